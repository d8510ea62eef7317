// Package binder turns an HTTP request into the named argument values of a procedure.
//
// [Bind] looks every declared [Field] up in the program's own values first, then in the [Source]s in their order; by
// [Defaults] these are the path, the query and the body. The first that has the name wins, and a source is not opened
// before a field needs it, so that no body is read for values that the path gives.
//
// A value goes on as the text that came, for the database to convert by the type of its parameter: a JSON number
// keeps its digits, a JSON object or array its bytes. JSON's null is nil. Nothing that was sent for a field is dropped
// or replaced silently: a name that comes twice in one source, a lone surrogate or a body of an unknown type is an [Error].
// What no field asks for is ignored.
//
// Where the names are not declared, as for a routine that they choose among overloads, [QueryArgs] and [BodyArgs] return
// all that a request gives, by the same rules, and [RawBody] the body as it is.
//
// Messages may name fields, and never quote a value: it might be a password.
package binder

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A Field is one declared parameter.
type Field struct {
	Name     string // matched exactly, upper and lower case too
	Optional bool   // may be absent from the request
}

// Check returns an error that says what is wrong with a declaration of fields: one without a name, a name twice, or a given
// value that no field has a place for. Such a value is most likely misspelt, and the request would choose what the
// program meant to.
func Check(fields []Field, given map[string]any) error {
	declared := map[string]bool{}
	for _, f := range fields {
		switch {
		case f.Name == "":
			return errors.New("a field without a name is declared")
		case declared[f.Name]:
			return fmt.Errorf("the field %q is declared twice", f.Name)
		}
		declared[f.Name] = true
	}
	for name := range given {
		if !declared[name] {
			return fmt.Errorf("there is a value for %q, which no field is declared for: add it to the fields", name)
		}
	}
	return nil
}

// Bind returns one value for each field, and whether it is present: only an optional field may be absent, with nil.
//
// A name in given wins over the sources; nil there is NULL, and names that no field has are ignored. The sources are
// asked in order, as the package says. A value of theirs is a string or nil; it may be kept, and may share its memory
// with the body.
//
// A field that is not optional and that nobody has is an *[Error] of status 400 which lists all of these. So is whatever
// else is wrong with the request, with a status to fit; an error of any other type is the program's own: a body read
// before and not put back, or what a source of the user's returned.
//
// Bind puts back the body that it has read, for the program to read and so that binding again gives the same answer. It
// sets r.Body that way, so r must not be used by another goroutine meanwhile.
func Bind(r *http.Request, fields []Field, given map[string]any, sources []Source) (values []any, present []bool, err error) {
	values, present = make([]any, len(fields)), make([]bool, len(fields))
	for i, field := range fields {
		values[i], present[i] = given[field.Name]
	}
	for _, source := range sources {
		if !slices.Contains(present, false) {
			break
		}
		lookup, err := source.Open(r)
		if err != nil {
			return nil, nil, err
		}
		if lookup == nil {
			continue
		}
		for i, field := range fields {
			if present[i] {
				continue
			}
			switch value, ok, err := lookup(field.Name); {
			case err != nil:
				return nil, nil, err
			case ok:
				values[i], present[i] = value, true
			}
		}
	}
	if err := missing(fields, present); err != nil {
		return nil, nil, err
	}
	return values, present, nil
}

// missing names all required fields at once, so that a client has to be told only once.
func missing(fields []Field, present []bool) error {
	var names []string
	for i, field := range fields {
		if !present[i] && !field.Optional {
			names = append(names, field.Name)
		}
	}
	if names == nil {
		return nil
	}
	message := "missing parameter: "
	if len(names) > 1 {
		message = "missing parameters: "
	}
	return &Error{Status: http.StatusBadRequest, Field: names[0], Message: message + strings.Join(names, ", ")}
}
