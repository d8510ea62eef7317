package filter

import (
	"fmt"
	"net/http"
	"unicode/utf8"
)

// An Error is a parameter that cannot be parsed. It names columns and words of the grammar, and
// quotes nothing else.
type Error struct {
	Param   string // the name of the parameter
	Pos     int    // the character of its value, from 1; 0 for its name, or the value as a whole
	Message string
	Hint    string // what to write instead, or ""

	Unembedded string // a resource that the parameter names and the request does not embed, or ""
	NoColumn   bool   // the parameter names a column that does not exist
	NotYet     bool   // the request is understood, and not supported
	NoType     bool   // the parameter names a type that values cannot be cast to
	NoRange    bool   // the parameter is a number of rows below 0
}

// Error returns the parameter, shortened if it is long, the position and the message.
func (e *Error) Error() string {
	if e.Pos == 0 {
		return fmt.Sprintf("%.64q: %s", e.Param, e.Message)
	}
	return fmt.Sprintf("%.64q, character %d: %s", e.Param, e.Pos, e.Message)
}

// Problem returns what a response says of the error: the HTTP status 400, or 416 for a number of
// rows that there cannot be, its text and its hint.
func (e *Error) Problem() (status int, message, hint string) {
	if e.NoRange {
		return http.StatusRequestedRangeNotSatisfiable, e.Error(), e.Hint
	}
	return http.StatusBadRequest, e.Error(), e.Hint
}

// NotEmbedded returns the error of a parameter that names a resource which is not embedded, with
// PostgREST's hints.
func (q *Query) NotEmbedded(param, name string) error {
	e := &Error{
		Param: param, Unembedded: name,
		Message: fmt.Sprintf("%.64q is not an embedded resource in this request", name),
		Hint:    fmt.Sprintf("Verify that '%.64s' is included in the 'select' query parameter.", name),
	}
	for _, item := range q.Select {
		if embed := item.Embed; embed != nil && embed.Relation == name {
			e.Hint = fmt.Sprintf("Change '%.64s' to '%.64s' in filters, orders or limits.", name,
				embed.Alias)
		}
	}
	return e
}

// fail returns an Error about the text at pos.
func (p *parser) fail(pos int, message, hint string) error {
	return &Error{Param: p.param, Pos: p.place(pos), Message: message, Hint: hint}
}

// failMost returns an Error about the text at pos, which exceeds a limit.
func (p *parser) failMost(pos, most int, of string) error {
	return p.fail(pos, fmt.Sprintf("there are too many %s: at most %d are allowed", of, most), "")
}

// place returns Error.Pos for an offset.
func (p *parser) place(pos int) int {
	if p.inName {
		return 0
	}
	return utf8.RuneCountInString(p.text[:pos]) + 1
}
