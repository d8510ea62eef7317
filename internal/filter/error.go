package filter

import (
	"fmt"
	"net/http"
	"unicode/utf8"
)

// An Error is a parameter that is not understood. It names columns and words of the grammar, and quotes nothing else.
type Error struct {
	Param   string // the parameter's name
	Pos     int    // the character of its value, counting from 1; 0 for its name, or all of it
	Message string
	Hint    string // what to do instead, or ""
}

// Error returns all of it but the hint, with a long name shortened.
func (e *Error) Error() string {
	if e.Pos == 0 {
		return fmt.Sprintf("%.64q: %s", e.Param, e.Message)
	}
	return fmt.Sprintf("%.64q, character %d: %s", e.Param, e.Pos, e.Message)
}

// Problem returns what a response says of the error: the HTTP status 400, its text and its hint.
func (e *Error) Problem() (status int, message, hint string) {
	return http.StatusBadRequest, e.Error(), e.Hint
}

// fail makes an Error about the text at pos.
func (r *reader) fail(pos int, message, hint string) error {
	return &Error{Param: r.param, Pos: r.place(pos), Message: message, Hint: hint}
}

// place turns an offset into what Error.Pos is.
func (r *reader) place(pos int) int {
	if r.inName {
		return 0
	}
	return utf8.RuneCountInString(r.text[:pos]) + 1
}
