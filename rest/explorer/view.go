package explorer

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/moresql/moresql/internal/filter"
)

// A view is what the template of the page shows.
type view struct {
	*listing
	Folder, Document string
	Refused          int // the status of the document, if it is not 200
	Chosen           *pathItem
	Missing          bool // there is no such path
	Description      string
	Forms            []form
}

// A form calls an operation.
type form struct {
	Action, Method, Encoding, Button string
	Fields                           []field
	More                             []link // adds a field that is left out
	Unsendable                       bool   // a form cannot write the body
}

// A field is a control of a form.
type field struct {
	ID, Name, Type, Value, Note      string
	Required, Multiline, IsChoice    bool
	Min, Max, MinLength, MaxLen, Any string
	Choices                          []string
}

type link struct{ Name, Address string }

// view returns what to show for a request.
func (h *handler) view(r *http.Request) *view {
	v := &view{Folder: h.folder, Document: h.address}
	v.listing, v.Refused = h.get(r)
	query := r.URL.Query()
	if called := query.Get("call"); called != "" && v.Refused == 0 {
		v.choose(called, query)
	}
	return v
}

// get returns the listing of what the client of a request may call, or an empty one and the status
// of the document.
func (h *handler) get(r *http.Request) (*listing, int) {
	inner := r.Clone(r.Context())
	inner.Method = http.MethodGet
	inner.Header.Set("Accept", "application/openapi+json")
	inner.Header.Del("If-None-Match")
	inner.Header.Del("Range")
	recorded := &recorder{header: http.Header{}, status: http.StatusOK}
	h.document.ServeHTTP(recorded, inner)
	if recorded.status != http.StatusOK {
		return &listing{}, recorded.status
	}
	etag := recorded.header.Get("Etag")
	h.mu.Lock()
	defer h.mu.Unlock()
	if l := h.parsed[etag]; l != nil && etag != "" {
		return l, 0
	}
	l, err := parse(recorded.body.Bytes())
	if err != nil {
		return &listing{}, http.StatusBadGateway
	}
	const most = 20 // listings at once
	if h.parsed == nil || len(h.parsed) >= most {
		h.parsed = map[string]*listing{}
	}
	h.parsed[etag] = l
	return l, 0
}

// A recorder is a ResponseWriter that keeps the response.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
func (r *recorder) FlushError() error           { return nil }

// nameOf returns what a path calls, such as the name of a routine.
func nameOf(full string) string {
	if strings.Contains(full, "{") || strings.Count(full, "/") > 2 {
		return full
	}
	name, err := url.PathUnescape(path.Base(full))
	if err != nil {
		return full
	}
	return name
}

// choose shows the forms of a path. The query has the fields that are added to them, with, and the
// values of those in the path, in.NAME.
func (v *view) choose(called string, query url.Values) {
	v.Chosen = v.operations[called]
	if v.Chosen == nil {
		v.Missing = true
		return
	}
	for _, op := range []struct {
		*operation
		method string
	}{{v.Chosen.get, "get"}, {v.Chosen.post, "post"}} {
		if op.operation != nil {
			if v.Description == "" {
				v.Description = op.Description
			}
			v.Forms = append(v.Forms, v.form(op.operation, op.method, query))
		}
	}
}

// form returns the form of an operation.
func (v *view) form(op *operation, method string, query url.Values) form {
	f := form{
		Action: strings.TrimPrefix(v.Chosen.Path, "/"), Method: method,
		Button: map[string]string{"get": "Read", "post": "Call"}[method],
	}
	var inPath []field
	for _, p := range op.Parameters {
		if p.Ref != "" { // one of the grammar, which a filter in the address is easier for
			continue
		}
		switch given := query.Get("in." + p.Name); {
		case p.In == "path" && given == "":
			inPath = append(inPath, v.field(method, p.Name, p.Schema, true))
			inPath[len(inPath)-1].Name = "in." + p.Name
		case p.In == "path":
			f.Action = strings.ReplaceAll(f.Action, "{"+p.Name+"}", url.PathEscape(given))
		case p.In == "query":
			v.add(&f, p.Name, p.Schema, p.Required, query)
		}
	}
	if inPath != nil { // which the page itself takes first
		return form{Method: "get", Button: "Continue", Fields: inPath}
	}
	if method == "post" {
		v.addBody(&f, op, query)
	} else if columns := v.readable(op); columns != "" {
		f.Fields = append(f.Fields, field{ID: "get.select", Name: "select", Type: "text", Value: columns})
	}
	return f
}

// readable returns the columns of rows that have others, which may not be read, "" if there are
// none: the request has to name those that may.
func (v *view) readable(op *operation) string {
	rows := op.Responses["200"].Content["application/json"].Schema
	if rows.Items == nil {
		return ""
	}
	row := v.components.resolve(*rows.Items)
	if !row.Partial {
		return ""
	}
	var names []string
	for _, m := range row.Properties {
		names = append(names, filter.Quote(m.name))
	}
	return strings.Join(names, ",")
}

// addBody adds the fields of a body.
func (v *view) addBody(f *form, op *operation, query url.Values) {
	content := op.RequestBody.Content
	body, ok := content["application/json"]
	s := v.components.resolve(body.Schema)
	if len(s.OneOf) > 0 {
		s = v.components.resolve(s.OneOf[0])
	}
	switch {
	case len(content) == 0:
	case !ok || s.Properties == nil:
		f.Unsendable = true
	default:
		f.Encoding = "application/x-www-form-urlencoded"
		for _, m := range s.Properties {
			v.add(f, m.name, m.schema, slices.Contains(s.Required, m.name), query)
		}
	}
}

// add adds a field, or a link that adds it.
func (v *view) add(f *form, name string, s schema, required bool, query url.Values) {
	if required || slices.Contains(query["with"], name) {
		f.Fields = append(f.Fields, v.field(f.Method, name, s, required))
		return
	}
	more := url.Values{"call": {v.Chosen.Path}, "with": append(slices.Clone(query["with"]), name)}
	for key, values := range query {
		if strings.HasPrefix(key, "in.") {
			more[key] = values
		}
	}
	f.More = append(f.More, link{name, "?" + more.Encode()})
}

// field returns the control for a schema.
func (v *view) field(method, name string, s schema, required bool) field {
	s = v.components.resolve(s)
	f := field{
		ID: method + "." + name, Name: name, Type: "text", Required: required,
		Min: s.Minimum.String(), Max: s.Maximum.String(), MaxLen: s.MaxLength.String(),
		MinLength: s.MinLength.String(),
	}
	var text string
	if json.Unmarshal(s.Default, &text) == nil {
		f.Value = text
	} else {
		f.Value = string(s.Default)
	}
	typ, _ := s.Type.(string)
	if types, ok := s.Type.([]any); ok && len(types) > 0 {
		typ, _ = types[0].(string)
		if len(types) > 1 && types[1] != "null" { // a text may stand for each of them
			typ = "string"
		}
	}
	switch {
	case len(s.Enum) > 0:
		f.IsChoice = true
		for _, label := range s.Enum {
			if text, ok := label.(string); ok {
				f.Choices = append(f.Choices, text)
			}
		}
	case typ == "boolean":
		f.IsChoice, f.Choices = true, []string{"true", "false"}
	case typ == "integer":
		f.Type = "number"
	case typ == "number" && s.Format == "":
		f.Type, f.Any = "number", "any"
	case s.Format == "date":
		f.Type = "date"
	case s.Format == "time-local":
		f.Type, f.Any = "time", "any"
	case s.Format == "date-time-local":
		f.Type, f.Any = "datetime-local", "any"
	case typ == "array":
		f.Note = "a list: {a,b}"
	case typ == "" || typ == "object":
		f.Multiline, f.Note = true, "JSON"
	}
	if isSecret(name) {
		f.Type = "password"
	}
	return f
}

// isSecret reports whether the value of a field should not be shown.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "password") || strings.Contains(name, "secret")
}
