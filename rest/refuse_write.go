package rest

import (
	"fmt"
	"net/http"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/nearest"
	"github.com/moresql/moresql/internal/payload"
)

// notFoundAgain refuses to return rows that have other keys than those that they were written by.
func notFoundAgain() error {
	return &moresql.Error{
		Status: http.StatusBadRequest, Code: codeNotYet, Public: true,
		Message: "what has been written is not found again by its keys: a trigger changes them",
		Hint:    "use return=minimal",
	}
}

// badRequest returns an error of a request that cannot be kept.
func badRequest(code, message, hint string) error {
	return &moresql.Error{
		Status: http.StatusBadRequest, Code: code, Message: message, Hint: hint, Public: true,
	}
}

// badRow refuses rows of a body.
func badRow(e *payload.Error) error {
	detail := ""
	if e.Line > 0 {
		detail = fmt.Sprintf("Line %d", e.Line)
	}
	return &moresql.Error{
		Status: http.StatusBadRequest, Code: codeBody, Message: e.Message, Hint: e.Hint, Detail: detail,
		Public: true, Err: e,
	}
}

// unknownBody refuses a body of a media type that has no rows.
func unknownBody(mediaType string) error {
	return &binder.Error{
		Status:  http.StatusUnsupportedMediaType,
		Message: fmt.Sprintf("rows are not read from %.100s", mediaType),
		Hint: "send application/json, application/x-ndjson, text/csv or " +
			"application/x-www-form-urlencoded",
	}
}

// noColumn refuses a column that a relation does not have.
func noColumn(name string, r *catalog.Relation) error {
	hint := ""
	at := func(i int) string { return r.Columns[i].Name }
	if i := nearest.Index(name, len(r.Columns), at); i >= 0 {
		hint = fmt.Sprintf("Perhaps you meant the column '%s'", at(i))
	}
	return badRequest(codeColumn, fmt.Sprintf(
		"Could not find the '%.63s' column of '%s' in the schema cache", name, r.Name), hint)
}

// generated refuses a value of a column that the database computes.
func generated(name string) error {
	return badRequest("428C9",
		fmt.Sprintf("cannot insert a non-DEFAULT value into column \"%.63s\"", name), hintGenerated)
}

// computed refuses a value of a column that a view computes. The code is PostgreSQL's.
func computed(name string, r *catalog.Relation) error {
	return badRequest("0A000",
		fmt.Sprintf("cannot set the column \"%.63s\" of view \"%.63s\"", name, r.Name), hintGenerated)
}

const hintGenerated = "leave the column out, or name the others by the parameter columns"

// emptyColumns refuses a list of columns without any.
func emptyColumns(param string) error {
	return badRequest(codeParse, param+" lists no columns", "write "+param+"=a,b")
}

// notOne refuses a body of several rows for an update, which takes its values from one.
func notOne() error {
	return badRequest(codeBody, "An update takes one object", "send an object of the columns to set")
}

// unfiltered refuses to change all rows of a relation. The code is that of pg-safeupdate.
func unfiltered(verb string) error {
	return badRequest(codeCardinality, verb+" requires a WHERE clause",
		"add a filter to the query, such as id=eq.1")
}

// noFilter refuses filters on rows that are new.
func noFilter() error {
	return badRequest(codeParse, "Rows that are inserted are not filtered",
		"leave filters out of the query")
}

// noLimit refuses a page of rows that are written. PostgREST would write all of them.
func noLimit() error {
	return badRequest(codeParse, "limit/offset querystring parameters do not limit what is written",
		"filter the rows, such as id=in.(1,2,3)")
}

// noPutLimit refuses a page of what is put.
func noPutLimit() error {
	return badRequest(codePutLimit,
		"limit/offset querystring parameters are not allowed for PUT", "leave them out of the query")
}

// notByKey refuses a PUT of what is not one row by its key. allow lists the relation's methods.
func notByKey(allow string) error {
	return &moresql.Error{
		Status: http.StatusMethodNotAllowed, Code: codePut, Public: true,
		Message: "Filters must include all and only primary key columns with 'eq' operators",
		Header:  http.Header{"Allow": {allow}},
	}
}

// otherKey refuses a PUT whose body has another key than its query.
func otherKey() error {
	return badRequest(codePutKey, "Payload values do not match URL in primary key column(s)", "")
}

// notSingular refuses a number of rows other than one where one is requested.
func notSingular(rows int64) error {
	return &moresql.Error{
		Status: http.StatusNotAcceptable, Code: codeSingular, Public: true,
		Message: "Cannot coerce the result to a single JSON object",
		Detail:  fmt.Sprintf("The result contains %d rows", rows),
	}
}

// unsupportedMethod refuses a method that no relation has.
func unsupportedMethod(method, allow string) error {
	return &moresql.Error{
		Status: http.StatusMethodNotAllowed, Code: codeVerb, Public: true,
		Message: fmt.Sprintf("Unsupported HTTP method: %.20s", method),
		Header:  http.Header{"Allow": {allow}},
	}
}
