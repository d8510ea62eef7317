package openapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/moresql/moresql/rest"
)

// An errorsKey is what the errors of an operation depend on.
type errorsKey struct{ get, list, overloaded, embeds, reads, relation bool }

// errorReplies returns the responses to what can go wrong with a call.
func (d *document) errorReplies(key errorsKey) object {
	if replies, ok := d.errors[key]; ok {
		return replies
	}
	var replies object
	for _, e := range errorStatuses {
		if e.applies == nil || e.applies(d, key) {
			ref := d.responses.ref("responses", http.StatusText(e.status), func() object {
				return d.errorReply(e)
			})
			replies = append(replies, member{strconv.Itoa(e.status), ref})
		}
	}
	other := d.responses.ref("responses", "Error", func() object {
		return d.problemReply("Another error, as that of a status that a function has set.")
	})
	replies = append(replies, member{"default", other})
	d.errors[key] = replies
	return replies
}

// An errorStatus is a status of errors and when a call can have it.
type errorStatus struct {
	status  int
	text    string
	applies func(d *document, key errorsKey) bool // nil for every call
}

var errorStatuses = []errorStatus{
	{
		300, "Several routines have these arguments, or several relationships lead to what is embedded.",
		func(_ *document, key errorsKey) bool { return key.overloaded || key.embeds },
	},
	{status: 400, text: "An argument, a filter or a preference is not valid, or the database " +
		"refuses it: P0001 is the code of RAISE, and those that begin with 22 and 23 are about values."},
	{401, "The client is not known, and may not do this.", hasRights},
	{403, "The role of the client may not do this: code 42501.", hasRights},
	{status: 404, text: "No routine has these arguments, or there is nothing of this name."},
	{
		405, "It would write, and the request may only read: code 25006.",
		func(d *document, key errorsKey) bool { return d.can.readOnly && (key.get || key.reads) },
	},
	{status: 406, text: "The result cannot be had in a media type that the request accepts."},
	{
		409, "A row contradicts others: codes 23503, 23505 and 23P01.",
		func(_ *document, key errorsKey) bool { return !key.get && !key.reads },
	},
	{
		412, "The row is not as If-Match or If-None-Match has it.",
		func(_ *document, key errorsKey) bool { return key.relation },
	},
	{413, "The body is too large.", func(_ *document, key errorsKey) bool { return !key.get }},
	{
		415, "The body has a media type that is not understood.",
		func(_ *document, key errorsKey) bool { return !key.get },
	},
	{
		416, "The range or the offset is after the last row.",
		func(d *document, key errorsKey) bool { return key.list && d.can.filters },
	},
	{status: 500, text: "The database or the server is at fault. The log has the cause under the " +
		"request_id."},
	{status: 503, text: "The database or the server is busy or away. Retry-After says when to try " +
		"again, if the call has not run."},
	{status: 504, text: "It took too long."},
}

func hasRights(d *document, _ errorsKey) bool { return d.can.rights }

// errorReply returns the response with a status, and the codes that it can have.
func (d *document) errorReply(e errorStatus) object {
	var codes []string
	for _, c := range rest.Codes() {
		if c.Status == e.status {
			codes = append(codes, "\n- "+c.Code+": "+c.Meaning)
		}
	}
	text := e.text
	if codes != nil {
		text += "\n" + strings.Join(codes, "")
	}
	return d.problemReply(text)
}

// problemReply returns a response of application/problem+json (RFC 9457).
func (d *document) problemReply(description string) object {
	if d.schemas.byType[nil] == "" {
		name := d.schemas.names.unique("problem")
		d.schemas.byType[nil] = name
		d.schemas.components = append(d.schemas.components, member{name, problem})
	}
	schema := reference("schemas", d.schemas.byType[nil])
	return object{
		{"description", description},
		{"content", object{{"application/problem+json", object{{"schema", schema}}}}},
	}
}

// problem is the schema of an error: RFC 9457 with the members that PostgREST has.
var problem = object{
	{"type", "object"},
	{"properties", object{
		{"title", object{{"type", "string"}, {"description", "The text of the status"}}},
		{"status", object{{"type", "integer"}}},
		{"code", object{{"type", "string"}, {"description", "An SQLSTATE, or a code of PostgREST's"}}},
		{"message", object{{"type", "string"}}},
		{"details", object{{"type", "string"}}},
		{"hint", object{{"type", "string"}, {"description", "What to do"}}},
		{"request_id", object{{"type", "string"}, {"description", "What the log has it under"}}},
		{"errors", object{
			{"type", "array"},
			{"items", object{
				{"type", "object"},
				{"properties", object{
					{"field", object{{"type", "string"}}}, {"message", object{{"type", "string"}}},
				}},
				{"required", []string{"field", "message"}},
			}},
		}},
	}},
	{"required", []string{"title", "status", "message"}},
}
