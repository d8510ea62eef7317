package binder

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// An Error is a request that cannot be bound. Its texts are for the client and quote no value that
// was sent. Err may quote some of it and is for the program's log.
type Error struct {
	Status  int    // the HTTP status of the response: 400, 413 or 415
	Field   string // the first field that is at fault, or ""
	Message string // what is wrong: lower case, no full stop
	Hint    string // how to mend it, as a sentence, or ""
	Err     error  // the cause, or nil

	// Problems are those of single fields, one for each field that is at fault and in their order;
	// Message sums them up. Problems is nil if the request as a whole is at fault. [Bind] adds them
	// to an Error of a source that is about a field.
	Problems []Problem
}

// A Problem is what is wrong with one field. Its Message is that of an [Error] with no other
// problem.
type Problem struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

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
	return &Error{
		Status:   http.StatusBadRequest,
		Field:    field,
		Message:  message,
		Problems: []Problem{{field, message}},
	}
}

const missing = "missing parameter: "

// together joins the errors of single fields, so that a client learns of all of them at once. It
// returns nil if there are none.
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
		} else if !slices.Contains(others, e.Message) { // a file and its name share their fault
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
	whole.Message, whole.Hint = strings.Join(others, "; "), ""
	whole.Err = errors.Join(causes...)
	return &whole
}
