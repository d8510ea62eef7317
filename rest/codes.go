package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/embed"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/routine"
	"github.com/moresql/moresql/row"
)

// The codes are PostgREST's (its documentation, "Errors"), which its clients look for. No other
// file has any.
const (
	codeParse     = "PGRST100" // a part of the result that is not understood
	codeMethod    = "PGRST101"
	codeBody      = "PGRST102"
	codeRange     = "PGRST103" // an offset after the last row, a range that ends before it begins
	codeSchema    = "PGRST106" // a schema that is not served
	codeMediaType = "PGRST107" // a media type that is not there, or has no room for the result
	codeHeaders   = "PGRST111" // a function has set response.headers to what they cannot be
	codeStatus    = "PGRST112" // a function has set response.status to what it cannot be
	codeSingular  = "PGRST116" // one row is requested, and there is another number
	codeEmbedded  = "PGRST108" // a filter on a resource that is not embedded
	codeOrder     = "PGRST118" // an order by an embedded resource of many rows
	codePath      = "PGRST125" // a path that no relation can have
	codeNotYet    = "PGRST127" // what is understood, and not supported
	codeGrouped   = "PGRST123" // aggregates, which the program has not allowed
	codeRaised    = "PGRST121" // a function has raised PGRST with what cannot be read
	codePrefer    = "PGRST122" // a preference is not understood, and handling is strict
	codeAffected  = "PGRST124" // there are more rows than max-affected allows
	codeNoRows    = "PGRST128" // max-affected is for results of rows
	codeNoWay     = "PGRST200" // no relationship leads to what is to be embedded
	codeWays      = "PGRST201" // several do
	codeNotFound  = "PGRST202"
	codeAmbiguous = "PGRST203"
	codeRelation  = "PGRST205" // no such relation
	codePut       = "PGRST105" // a PUT that is not of one row by its key
	codePutLimit  = "PGRST114" // a PUT with limit or offset
	codePutKey    = "PGRST115" // a PUT whose body has another key
	codeVerb      = "PGRST117" // a method that relations do not have
	codeColumn    = "PGRST204" // no such column
	codeSecret    = "PGRST300" // a token where there is no key to verify it
	codeToken     = "PGRST301" // a token that cannot be verified
	codeAnonymous = "PGRST302" // no token where one is needed
	codeClaims    = "PGRST303" // a claim of a token that does not hold

	codeCardinality = "21000" // a write of all rows, as pg-safeupdate has it

	stateRaised = "PGRST" // the SQLSTATE of an error that is a whole response
)

// complete gives an error of the library the code that PostgREST has for it.
func complete(e *moresql.Error) {
	var count *row.CountError
	var wrong *filter.Error
	switch {
	case e.Code == stateRaised && e.Raised:
		respondAsRaised(e)
	case e.Code != "":
	case errors.As(e.Err, &wrong):
		e.Code = codeOf(wrong)
	case e.Status == http.StatusNotAcceptable && errors.As(e.Err, &count):
		e.Code, e.Detail = codeSingular, "The result contains 0 rows"
		if count.Many {
			e.Detail = "The result contains more than one row"
		}
	case e.Status == http.StatusNotAcceptable:
		e.Code = codeMediaType
	}
	if isWord(e.Code) { // a response to HEAD has no body that names it (RFC 9209, 2.1)
		h := e.Header.Clone()
		if h == nil {
			h = http.Header{}
		}
		h.Set("Proxy-Status", "moresql; error="+e.Code)
		e.Header = h
	}
}

// codeOf returns the code for a parameter that is wrong.
func codeOf(e *filter.Error) string {
	switch {
	case e.Unembedded != "":
		return codeEmbedded
	case e.NoColumn:
		return "42703" // undefined_column, as PostgreSQL would say
	case e.NotYet:
		return codeNotYet
	case e.NoType:
		return "42704" // undefined_object
	case e.NoRange:
		return codeRange
	}
	return codeParse
}

// noAggregates refuses aggregates, which may read many rows for each of the response.
func noAggregates() error {
	return &moresql.Error{
		Status: http.StatusBadRequest, Code: codeGrouped, Public: true,
		Message: "Use of aggregate functions is not allowed",
	}
}

// cannotEmbed makes an error that says why a resource cannot be embedded that of the request.
func cannotEmbed(err error) error {
	e := &moresql.Error{Status: http.StatusBadRequest, Code: codeNoWay, Public: true, Err: err}
	var wrong *embed.Error
	var several *embed.Ambiguous
	switch {
	case errors.As(err, &wrong):
		e.Message, e.Detail, e.Hint = wrong.Error(), wrong.Detail(), wrong.Hint()
		if wrong.Kind == embed.NotToOne {
			e.Code = codeOrder
		}
	case errors.As(err, &several):
		choices, err := json.Marshal(several.Choices())
		if err != nil {
			return err
		}
		e.Status, e.Code = http.StatusMultipleChoices, codeWays
		e.Message, e.Detail, e.Hint = several.Error(), string(choices), several.Hint()
	default:
		return err
	}
	return e
}

// noRelation refuses a name that no relation of a schema has.
func noRelation(r *http.Request, snapshot *catalog.Snapshot, schema, name string) error {
	if strings.Contains(name, "/") {
		return &moresql.Error{
			Status: http.StatusNotFound, Code: codePath, Public: true,
			Message: "Invalid path specified in request URL",
		}
	}
	if name == "" {
		return &moresql.Error{
			Status: http.StatusNotFound, Code: codeRelation, Public: true,
			Message: "the path names no table",
			Hint:    "a table is at its name, as /films is: package openapi has a list for GET /",
		}
	}
	e := &moresql.Error{
		Status: http.StatusNotFound, Code: codeRelation, Public: true, Message: fmt.Sprintf(
			"Could not find the table '%s.%.63s' in the schema cache", schema, name),
	}
	list := snapshot.Relations()
	i := similar(name, len(list), func(i int) string { return list[i].Name })
	if front, ok := r.Context().Value(frontKey{}).(Front); ok {
		e.Hint = front.hint(r.URL.Path)
	}
	if i >= 0 {
		e.Hint = fmt.Sprintf("Perhaps you meant the table '%s'", &list[i])
	}
	return e
}

// badSetting is the error of what a function has set of the response. The message is PostgREST's;
// what has been set is for the log only.
func badSetting(code, message, hint, set string) error {
	return &moresql.Error{
		Status: http.StatusInternalServerError, Code: code, Message: message, Hint: hint, Public: true,
		Err: fmt.Errorf("%s: %.200q", message, set),
	}
}

func badStatus(set string) error {
	return badSetting(codeStatus, "response.status guc must be a valid status code",
		"set it to one of 200 to 599", set)
}

func badHeaders(set string) error {
	return badSetting(codeHeaders, "response.headers guc must be a JSON array composed of objects "+
		"with a single key and a string value",
		`set it to a JSON array such as [{"Cache-Control": "no-store"}]; names are tokens, values have `+
			"no control characters, and how the response is framed is not for a function to say", set)
}

// cannotRespondAsRaised makes an error that of a RAISE that cannot be read.
func cannotRespondAsRaised(e *moresql.Error, detail, hint string) {
	e.Status, e.Code = http.StatusInternalServerError, codeRaised
	e.Message, e.Detail = `Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error`, detail
	e.Hint, e.Public, e.Raised = hint, true, true
}

func notFound(message, hint string) error {
	return &moresql.Error{
		Status: http.StatusNotFound, Code: codeNotFound, Message: message, Hint: hint, Public: true,
	}
}

func notAllowed(allow, message string) error {
	return &moresql.Error{
		Status: http.StatusMethodNotAllowed, Code: codeMethod, Message: message, Public: true,
		Header: http.Header{"Allow": {allow}},
	}
}

func mayWrite(name string) error {
	return notAllowed(allowPost, name+" may change the database: call it with POST")
}

// wrote completes the error of a call that may only read and has tried to write. allow lists the
// methods that it may be called with.
func wrote(e *moresql.Error, hint, allow string) {
	if e.Hint == "" {
		e.Hint = hint
	}
	e.Public = true // cannot execute INSERT in a read-only transaction
	if e.Header == nil {
		e.Header = http.Header{}
	}
	e.Header.Set("Allow", allow)
}

// needsNoTransaction completes the error of a statement that cannot run in one, such as VACUUM.
func needsNoTransaction(e *moresql.Error) {
	e.Hint = "a POST runs in a transaction: MoreSQL.Handler sends the statement alone"
	e.Public = true // VACUUM cannot run inside a transaction block
}

// keysDiffer refuses an array that is not one of objects with the same keys.
func keysDiffer() error {
	return &moresql.Error{
		Status: http.StatusBadRequest, Code: codeBody, Public: true,
		Message: "All object keys must match",
		Hint:    "send an object, or an array of objects that all have the same keys",
	}
}

// notWhole refuses a body that none of the overloads takes.
func notWhole(overloads []catalog.Routine, mediaType string) error {
	return notFound(fmt.Sprintf("%s does not take a body of %s as a whole", overloads[0].Name,
		mediaType), closest(overloads, nil))
}

// badBody gives an error of a body its code: one that is not about a single argument.
func badBody(err error) error {
	var refused *binder.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest || refused.Field != "" ||
		len(refused.Problems) > 0 {
		return err
	}
	return &moresql.Error{
		Status: http.StatusBadRequest, Code: codeBody, Message: refused.Message, Hint: refused.Hint,
		Public: true, Err: err,
	}
}

// noMediaType refuses an overload that does not return what the request accepts.
func noMediaType(r *catalog.Routine, mediaType string) error {
	return &moresql.Error{
		Status: http.StatusNotAcceptable, Code: codeMediaType, Public: true,
		Message: fmt.Sprintf("%s does not return %s", r, mediaType),
		Hint:    "accept application/json",
	}
}

// noHandler refuses an overload whose rows no aggregate makes a media type of.
func noHandler(mediaType string) error {
	return &moresql.Error{
		Status: http.StatusNotAcceptable, Code: codeMediaType, Public: true,
		Message: "these rows have no " + mediaType, Hint: "accept application/json",
	}
}

// unknownPreferences refuses what is not understood of a request that wants that.
func unknownPreferences(list []string) error {
	return &moresql.Error{
		Status: http.StatusBadRequest, Code: codePrefer, Public: true,
		Message: "Invalid preferences given with handling=strict",
		Detail:  fmt.Sprintf("Invalid preferences: %.300s", strings.Join(list, ", ")),
	}
}

// tooManyAffected refuses a result with more rows than the request wants to affect.
func tooManyAffected(rows string) error {
	return &moresql.Error{
		Status: http.StatusBadRequest, Code: codeAffected, Public: true,
		Message: "Query result exceeds max-affected preference constraint",
		Detail:  "The query affects " + rows + " rows",
	}
}

// notAffecting refuses to count the rows of a result that has none.
func notAffecting() error {
	return &moresql.Error{
		Status: http.StatusBadRequest, Code: codeNoRows, Public: true,
		Message: "Function must return SETOF or TABLE when max-affected preference is used with " +
			"handling=strict",
	}
}

// badRange refuses a range that has no row.
func badRange(message string) error {
	return &moresql.Error{
		Status: http.StatusRequestedRangeNotSatisfiable, Code: codeRange, Public: true,
		Message: message,
	}
}

// unknownSchema refuses a schema that is not one of those of the catalog.
func unknownSchema(profile string, schemas []string) error {
	return &moresql.Error{
		Status: http.StatusNotAcceptable, Code: codeSchema, Public: true,
		Message: fmt.Sprintf("Invalid schema: %.63s", profile),
		Hint:    "Only the following schemas are exposed: " + strings.Join(schemas, ", "),
	}
}

// notFilterable refuses a filter, an order or a page of a result that has no columns to name.
func notFilterable() error {
	return &moresql.Error{
		Status: http.StatusBadRequest, Code: codeParse, Public: true,
		Message: "the result cannot be filtered, ordered or paged",
		Hint:    "leave everything but the parameters of the procedure out of the query",
	}
}

// tooMany ends a response that has more rows than MaxPage allows, when it is too late to say so.
func tooMany(rows int64) error {
	return &moresql.Error{
		Status: http.StatusInternalServerError, Public: true,
		Message: fmt.Sprintf("the result exceeds the limit of %d rows", rows),
	}
}

// afterLastRow refuses an offset after the last row, as PostgREST does (RFC 9110, 15.5.17).
func afterLastRow(total int64) error {
	return &moresql.Error{
		Status: http.StatusRequestedRangeNotSatisfiable, Code: codeRange, Public: true,
		Message: "the offset is after the last row",
		Detail:  fmt.Sprintf("There are %d rows.", total),
		Header:  http.Header{"Content-Range": {fmt.Sprintf("*/%d", total)}},
	}
}

func ambiguous(matching []*catalog.Routine) error {
	list := make([]string, len(matching))
	for i, r := range matching {
		list[i] = r.String()
	}
	return &moresql.Error{
		Status: http.StatusMultipleChoices, Code: codeAmbiguous, Public: true,
		Message: "more than one function is called with these parameters: " + strings.Join(list, "; "),
		Hint:    "give one of them a name or parameter names of its own",
	}
}

// listNames lists the names of arguments, the first few of very many.
func listNames(args []binder.Arg) string {
	const most = 20
	var list []string
	for i, a := range args {
		if i == most {
			list = append(list, "…")
			break
		}
		list = append(list, fmt.Sprintf("%.63s", a.Name))
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// closest names the overload that shares most of the names and lacks the fewest.
func closest(overloads []catalog.Routine, args []binder.Arg) string {
	return fmt.Sprintf("there is %s", likest(overloads, args))
}

func likeness(r *catalog.Routine, args []binder.Arg) int {
	points := 0
	for p := range routine.Inputs(r) {
		if slices.ContainsFunc(args, func(a binder.Arg) bool { return a.Name == p.Name }) {
			points += 2
		} else if !p.Default {
			points--
		}
	}
	return points
}

// closestName names the function whose name differs in the fewest letters, "" if none is similar.
func closestName(snapshot *catalog.Snapshot, name string) string {
	list := snapshot.Routines()
	i := similar(name, len(list), func(i int) string { return list[i].Name })
	if i < 0 {
		return ""
	}
	return "perhaps you mean " + list[i].String()
}
