package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/routine"
)

// matchBody takes arguments from the body by name, or the whole of it where the only parameter of a
// routine has no name. Arguments by name take precedence.
func matchBody(overloads []catalog.Routine, r *http.Request) (*matched, error) {
	columns, err := chosenColumns(r)
	if err != nil {
		return nil, err
	}
	body, mediaType, err := binder.RawBody(r)
	var refused *binder.Error
	if errors.As(err, &refused) && refused.Status != http.StatusUnsupportedMediaType {
		return nil, err // too large, or it does not arrive, whoever reads it
	}
	isRaw := err == nil && mediaType != ""
	var args []binder.Arg
	switch {
	case isRaw && isJSON(mediaType) && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")):
		args, err = arrayArgs(r, body, columns != nil)
	case isRaw && mediaType == "text/csv":
		args, err = csvArgs(string(body))
	default:
		args, err = binder.UploadArgs(r)
	}
	args = choose(args, columns)
	if isRaw && (err != nil || !isJSON(mediaType) || len(candidates(overloads, args)) == 0) {
		if m, err := matchWhole(overloads, body, mediaType); m != nil || err != nil {
			return m, err
		}
	}
	switch {
	case err != nil && isRaw && slices.Contains(wholeTypes, mediaType):
		return nil, notWhole(overloads, mediaType)
	case err != nil:
		return nil, badBody(err)
	}
	return match(overloads, args)
}

// typedBody returns the request with a body that counts as JSON unless its header says what it is,
// as PostgREST has it.
func typedBody(r *http.Request) *http.Request {
	typed := *r
	if r.Header.Get("Content-Type") == "" {
		typed.Header = http.Header{"Content-Type": {"application/json"}}
		typed.Header["Content-Encoding"] = r.Header["Content-Encoding"]
	}
	return &typed
}

// matchWhole returns the overload that takes a body of the media type as a whole, nil if there is
// none. Nothing tells several apart.
func matchWhole(overloads []catalog.Routine, body []byte, mediaType string) (*matched, error) {
	var matching []*catalog.Routine
	var param *catalog.Param
	for i := range overloads {
		if p := wholeBody(&overloads[i], mediaType); p != nil {
			matching, param = append(matching, &overloads[i]), p
		}
	}
	switch len(matching) {
	case 0:
		return nil, nil
	case 1:
		var value any = string(body)
		if mediaType == "application/octet-stream" {
			value = body
		}
		return &matched{
			routine: matching[0], given: []*catalog.Param{param}, values: []any{value},
		}, nil
	}
	return nil, ambiguous(matching)
}

// arrayArgs returns the arguments of an array of objects: those of the first one, as PostgREST has
// it, which also wants all of them to have the same keys, unless the request has chosen some.
func arrayArgs(r *http.Request, body []byte, chosen bool) ([]binder.Arg, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, &binder.Error{
			Status: http.StatusBadRequest, Message: "the body is not valid JSON: " + err.Error(), Err: err,
		}
	}
	var first []binder.Arg
	for i, object := range list {
		if object[0] != '{' {
			return nil, keysDiffer()
		}
		alone := *r
		alone.Body, alone.ContentLength = io.NopCloser(bytes.NewReader(object)), int64(len(object))
		args, err := binder.BodyArgs(&alone)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			first = args
		} else if !chosen && !slices.Equal(sortedNames(args), sortedNames(first)) {
			return nil, keysDiffer()
		}
	}
	return first, nil
}

func sortedNames(args []binder.Arg) []string {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = a.Name
	}
	slices.Sort(names)
	return names
}

// isColumns reports whether a parameter of a query is the list of the body's keys that count. A
// filter on a column of that name has an operator.
func isColumns(a binder.Arg) bool {
	return a.Name == "columns" && !isOperation(a.Name, a.Values[0])
}

// chosenColumns returns the keys of the body that a request wants to count (PostgREST's
// documentation, "Specifying Columns"), nil for all of them.
func chosenColumns(r *http.Request) ([]string, error) {
	if !strings.Contains(r.URL.RawQuery, "columns") {
		return nil, nil
	}
	query, err := binder.QueryArgs(r)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(query, isColumns)
	if i < 0 || slices.Equal(query[i].Values, []string{""}) {
		return nil, nil
	}
	return columnNames(query[i])
}

// choose returns the arguments of the given names, NULL for one that the body does not have; all
// of them if columns is nil.
func choose(args []binder.Arg, columns []string) []binder.Arg {
	if columns == nil {
		return args
	}
	var chosen []binder.Arg
	for _, name := range columns {
		i := slices.IndexFunc(args, func(a binder.Arg) bool { return a.Name == name })
		switch {
		case slices.ContainsFunc(chosen, func(a binder.Arg) bool { return a.Name == name }):
		case i < 0:
			chosen = append(chosen, binder.Arg{Name: name, Values: []string{"null"}, JSON: true})
		default:
			chosen = append(chosen, args[i])
		}
	}
	return chosen
}

// BodyType returns the media type of a body that Routines passes as a whole to the only parameter
// of a routine, which has no name (PostgREST documentation, "Functions with a single unnamed
// parameter"): application/json, text/plain, application/xml or application/octet-stream, by the
// parameter's type. It is "" for all other routines, whose arguments go by name.
func BodyType(r *catalog.Routine) string { return routine.BodyType(r) }

// wholeTypes are those of bodies that have no arguments by name.
var wholeTypes = []string{"text/plain", "text/xml", "application/xml", "application/octet-stream"}

// wholeBody returns the parameter that takes a body of the media type as a whole, nil if there is
// none.
func wholeBody(r *catalog.Routine, mediaType string) *catalog.Param {
	switch want := BodyType(r); {
	case want == "":
		return nil
	case want == mediaType,
		want == "application/json" && isJSON(mediaType),
		want == "application/xml" && mediaType == "text/xml": // RFC 7303, 9.2
		for p := range routine.Inputs(r) {
			return p
		}
	}
	return nil
}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}
