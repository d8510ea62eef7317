package binder

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// An Error says what is wrong with a request, with the HTTP status that answers it.
// Its texts are for the client: they hold no value that was sent. Err may quote some of it and is for the program's log.
type Error struct {
	Status  int    // 400, 413 or 415
	Field   string // the first field it is about, or ""
	Message string // what is wrong: lower case, no full stop
	Hint    string // what to do about it, as a sentence, or ""
	Err     error  // the cause, or nil

	// Problems are those of single fields, one each and in the order of the fields; Message tells of all of them. They are nil
	// when the request as a whole is at fault. [Bind] adds them to an Error of a source's that is about a field.
	Problems []Problem
}

// A Problem is what is wrong with one field. Its Message is that of an [Error] which has no other.
type Problem struct{ Field, Message string }

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Problem returns what a response says of the error: its HTTP status, message and hint.
func (e *Error) Problem() (status int, message, hint string) {
	return e.Status, e.Message, e.Hint
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.Err }

// refuse returns the error of one field.
func refuse(field, message string) *Error {
	return &Error{Status: http.StatusBadRequest, Field: field, Message: message, Problems: []Problem{{field, message}}}
}

const missing = "missing parameter: "

// together makes one error of those of single fields, so that a client has to be told only once; nil of none.
func together(refusals []*Error) error {
	if len(refusals) == 0 {
		return nil
	}
	var problems []Problem
	var absent, others []string
	var causes []error
	for _, e := range refusals {
		problems = append(problems, Problem{e.Field, e.Message})
		causes = append(causes, e.Err)
		if label, ok := strings.CutPrefix(e.Message, missing); ok {
			absent = append(absent, label)
		} else if !slices.Contains(others, e.Message) { // a file's name has the fault of the file
			others = append(others, e.Message)
		}
	}
	whole := *refusals[0]
	whole.Problems = problems
	if len(refusals) == 1 {
		return &whole
	}
	if absent != nil {
		text := missing
		if len(absent) > 1 {
			text = "missing parameters: "
		}
		others = slices.Insert(others, 0, text+strings.Join(absent, ", "))
	}
	whole.Message, whole.Hint, whole.Err = strings.Join(others, "; "), "", errors.Join(causes...)
	return &whole
}
