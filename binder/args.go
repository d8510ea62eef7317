package binder

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
)

// An Arg is one argument that a request gives by its name, which is never empty.
type Arg struct {
	Name   string
	Values []string // the texts that came, in their order: one, or several where a query or a form repeats the name
	JSON   bool     // the only one of Values is a valid JSON value as it came, a string in its quotes: see Value
}

// Value returns the argument as [Bind] does: the text as a string, which for JSON is the text of a JSON string, and any
// other JSON value as it came, but for null, which is nil.
//
// Several values are an *[Error] of status 400, and so is a JSON string with half of a surrogate pair, which is not text.
func (a Arg) Value() (any, error) {
	if len(a.Values) != 1 {
		return nil, refuse(a.Name, fmt.Sprintf("%s is given %d times", a.Name, len(a.Values)))
	}
	if a.JSON {
		return jsonValue(a.Name, a.Values[0])
	}
	return a.Values[0], nil
}

// jsonValue returns the value of a JSON text as Value says; name is for the error.
func jsonValue(name, raw string) (any, error) {
	switch {
	case raw == "null":
		return nil, nil
	case raw[0] != '"':
		return raw, nil
	}
	text, ok := unquote(raw)
	if !ok {
		return nil, refuse(name, name+" holds half of a surrogate pair, which is not text")
	}
	return text, nil
}

// QueryArgs returns the arguments of the URL's query, in the order in which their names first appear. It reads as
// [Query] does, but a name may come more than once.
func QueryArgs(r *http.Request) ([]Arg, error) {
	query, err := parsePairs("query", r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	return named(query.args())
}

// BodyArgs returns the arguments of the body: the members of a JSON object or the fields of a form, and none of an empty
// body. It reads as [Body] does, and puts the body back as [Bind] does, but a field of a form may come more than once, and
// a file is refused whatever its name.
//
// They have the order in which their names first appear. Those of a form that net/http has parsed, as it does every
// multipart form, are sorted by name, and share Values with r.PostForm or r.MultipartForm where the program has parsed it.
func BodyArgs(r *http.Request) ([]Arg, error) {
	content, err := readBody(r)
	if content == nil || err != nil {
		return nil, err
	}
	return named(content.args())
}

// named refuses an argument without a name: where parameters have none either, it would be taken for one of them.
func named(args []Arg, err error) ([]Arg, error) {
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(args, func(a Arg) bool { return a.Name == "" }) {
		return nil, &Error{Status: http.StatusBadRequest, Message: "an argument has no name"}
	}
	return args, nil
}

// RawBody returns the whole body and its media type in lower case, for a routine that takes it as its only argument. It
// puts the body back as [Bind] does: the two share memory, so that the bytes must not be changed.
//
// Of the body itself nothing is checked. Its Content-Type may be any, but status 415 refuses a body without one, one with
// a charset other than utf-8, and Content-Encoding. An empty body is an empty slice, never nil, and needs none of this:
// mediaType is "" then where it can't be told.
//
// A form that the program has parsed before, and not put back, is an error of the program's own.
func RawBody(r *http.Request) (body []byte, mediaType string, err error) {
	mediaType, params, refusal := contentType(r.Header, "")
	if refusal == nil {
		refusal = inUTF8(params)
	}
	if refusal != nil {
		switch none, err := empty(r); {
		case err != nil:
			return nil, "", err
		case none:
			return []byte{}, mediaType, nil
		}
		return nil, "", refusal
	}
	if body, err = drain(r); err != nil {
		return nil, "", err
	}
	putBack(r, bytes.NewReader(body))
	if err = formTaken(r, mediaType, body, params["boundary"]); err != nil {
		return nil, "", err
	}
	if len(body) == 0 && r.ContentLength > 0 {
		return nil, "", errConsumed
	}
	return body, mediaType, nil
}
