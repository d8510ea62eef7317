package binder

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unsafe"
)

// An Arg is one argument that a request gives by name.
type Arg struct {
	Name   string   // never empty
	Values []string // in the order of the request: one, or several of a query or form
	JSON   bool     // the only one of Values is a JSON value as sent, a string in its quotes
	File   bool     // Values are the contents of uploaded files, which may be any bytes
}

// Value returns the argument as [Bind] does: the text as a string. If JSON is set, that is the text
// of a JSON string, any other JSON value as sent, and nil for null. If File is set, it is a []byte,
// which must not be changed.
//
// Several values are an *[Error] of status 400, as is a JSON string with an unpaired surrogate,
// which is not Unicode text.
func (a Arg) Value() (any, error) {
	if len(a.Values) != 1 {
		return nil, refuse(a.Name, fmt.Sprintf("%s is given %d times", a.Name, len(a.Values)))
	}
	if a.JSON {
		value, err := jsonValue(a.Name, a.Values[0])
		return untyped(value), err
	}
	if a.File {
		return unsafeBytes(a.Values[0]), nil
	}
	return a.Values[0], nil
}

// jsonValue returns the value of a JSON text as Arg.Value does, or as a literal; name is for the
// error.
func jsonValue(name, raw string) (any, error) {
	switch {
	case raw == "null":
		return nil, nil
	case raw[0] != '"':
		return literal(raw), nil
	}
	text, ok := unquote(raw)
	if !ok {
		return nil, refuse(name, name+" holds half of a surrogate pair, which is not text")
	}
	return text, nil
}

// QueryArgs returns the arguments in the URL's query, in the order in which their names first
// appear. It parses the query as [Query] does, except that a name may be repeated. Its errors are
// of type *[Error]. The arguments may be kept.
func QueryArgs(r *http.Request) ([]Arg, error) {
	if isPlain(r.URL.RawQuery) {
		return named(plainArgs(r.URL.RawQuery), nil)
	}
	query, err := parsePairs("query", r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	return named(query.args())
}

// BodyArgs returns the arguments in the body: the members of a JSON object or the fields of a form,
// none for an empty body. It parses the body as [Body] does, except that a field of a form may be
// repeated and that any file is refused. It restores the body and reports errors as [Bind] does.
//
// The arguments are in the order in which their names first appear. Those of a form that net/http
// has parsed, as it does every multipart form, are sorted by name; if the program has parsed it,
// they share Values with r.PostForm or r.MultipartForm.
func BodyArgs(r *http.Request) ([]Arg, error) {
	args, err := UploadArgs(r)
	if i := slices.IndexFunc(args, func(a Arg) bool { return a.File }); i >= 0 {
		return nil, fileError(args[i].Name)
	}
	return args, err
}

// ObjectArgs returns the members of a JSON object as arguments, parsed as strictly as [Body] does.
// Its errors are of type *[Error]. The arguments may be kept, and share the memory of text.
func ObjectArgs(text string) ([]Arg, error) {
	content, err := openJSON(text)
	if err != nil {
		return nil, err
	}
	return named(content.args())
}

// UploadArgs returns what [BodyArgs] does, and the files of a multipart form after its other
// fields, sorted by name. A name that is both a file's and another field's is an *[Error] of status
// 400.
func UploadArgs(r *http.Request) ([]Arg, error) {
	content, err := readBody(r)
	if content == nil || err != nil {
		return nil, err
	}
	return named(content.args())
}

// named refuses an argument without a name, which would match a parameter that has none either.
func named(args []Arg, err error) ([]Arg, error) {
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(args, func(a Arg) bool { return a.Name == "" }) {
		return nil, &Error{Status: http.StatusBadRequest, Message: "an argument has no name"}
	}
	var expanded expansion
	for _, a := range args {
		for _, text := range a.Values {
			if err := expanded.add(a.Name, text); err != nil {
				return nil, err
			}
		}
	}
	return args, nil
}

// RawBody returns the whole body and its media type in lower case, for a routine that takes it as
// its only argument. It restores the body as [Bind] does; the two share memory, so the bytes must
// not be changed.
//
// The body itself is not checked. Its Content-Type may be any, but a body without one, with a
// charset other than utf-8, or with a Content-Encoding is an *[Error] of status 415. An empty body
// is an empty slice, never nil, and needs none of this: mediaType is "" if it is not known.
//
// A form that the program has parsed before, without restoring the body, is an error of another
// type: it is not the client's fault.
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
	start := string(body[:min(len(body), len("--"+params["boundary"]))])
	rest := remainder{mediaType, params["boundary"], start}
	if err := rest.failure(r); err != nil {
		return nil, "", err
	}
	if mediaType == typeJSON || strings.HasSuffix(mediaType, "+json") {
		if err := new(expansion).add("body", unsafeString(body)); err != nil {
			return nil, "", err
		}
	}
	if rest.isTaken(r) || len(body) == 0 && r.ContentLength > 0 {
		return nil, "", errConsumed
	}
	return body, mediaType, nil
}

// unsafeString returns the text of bytes that nobody changes afterwards, without a copy of it.
func unsafeString(data []byte) string { return unsafe.String(unsafe.SliceData(data), len(data)) }

// unsafeBytes returns the bytes of a text, which nobody may change.
func unsafeBytes(text string) []byte { return unsafe.Slice(unsafe.StringData(text), len(text)) }

// ContentType returns the media type of a body in lower case, for a caller that reads the body as a
// stream. It refuses what RawBody refuses: no Content-Type, a charset other than utf-8, or a
// Content-Encoding is an *[Error] of status 415.
func ContentType(r *http.Request) (mediaType string, err error) {
	mediaType, params, err := contentType(r.Header, "")
	if err == nil {
		err = inUTF8(params)
	}
	return mediaType, err
}
