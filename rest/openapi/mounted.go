package openapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/routine"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// addHandlers adds the paths of the handlers of the program's own.
func (d *document) addHandlers() {
	for _, given := range d.about.Handlers {
		m, ok := describeMounted(given, d.snapshot)
		if !ok || m.Routine != nil && d.about.May != nil && !d.about.May(m.Routine) {
			continue
		}
		op := m.operation(d)
		if op = append(op, m.parameters(d)...); m.hasBody() {
			op = append(op, m.body(d)...)
		}
		op = append(op, member{"responses", m.replies(d)})
		d.add(m.path, object{{strings.ToLower(m.method), op}})
	}
}

// A mounted is a handler with what is known of it.
type mounted struct {
	rest.Description
	method, path string
	wildcards    []string
	summary      string
}

// describeMounted returns what is known of a handler, false if that is nothing.
func describeMounted(given Mounted, s *catalog.Snapshot) (mounted, bool) {
	if given.Catalog != nil {
		s = given.Catalog.Current()
	}
	description, ok := rest.Describe(given.Handler, s)
	m := mounted{Description: description, summary: given.Summary}
	m.method, m.path, m.wildcards = splitPattern(given.Pattern)
	return m, ok
}

// splitPattern returns the method, the path and the wildcards of a pattern of http.ServeMux.
func splitPattern(pattern string) (method, path string, wildcards []string) {
	method, path = http.MethodGet, strings.TrimSpace(pattern)
	if before, after, ok := strings.Cut(path, " "); ok {
		method, path = before, strings.TrimSpace(after)
	}
	if i := strings.Index(path, "/"); i > 0 { // after the host
		path = path[i:]
	}
	path = strings.TrimSuffix(path, "{$}")
	for rest := path; ; {
		_, after, ok := strings.Cut(rest, "{")
		name, after, closed := strings.Cut(after, "}")
		if !ok || !closed {
			return method, strings.ReplaceAll(path, "...}", "}"), wildcards
		}
		wildcards, rest = append(wildcards, strings.TrimSuffix(name, "...")), after
	}
}

// operation returns what the operation says of itself.
func (m *mounted) operation(d *document) object {
	tag, summary, description := "handlers", "", ""
	if m.Routine != nil {
		summary, description, _ = strings.Cut(strings.TrimSpace(m.Routine.Comment), "\n")
		// The binder decides what may be left out.
		called := strings.ReplaceAll(code(m.Routine), " DEFAULT …", "")
		description = strings.TrimSpace(description + "\n\nIt calls " + called + ".")
		tag = m.Routine.Schema
	}
	for _, other := range []string{m.summary, summary, m.Name} {
		if other = strings.TrimSpace(other); other != "" {
			summary = other
			break
		}
	}
	op := object{{"tags", []string{d.tag(tag)}}, {"summary", summary}}
	if description == "" {
		description = "It calls " + inCode(m.Name) + "."
	}
	id := d.operations.unique(m.Name)
	op = append(op, member{"description", description}, member{"operationId", id})
	if m.Routine == nil {
		return op
	}
	return append(op, member{"x-kind", strings.ToLower(m.Routine.Kind.String())})
}

// hasBody reports whether the method has a body by the rules of HTTP (RFC 9110, 9.3).
func (m *mounted) hasBody() bool {
	return m.method == http.MethodPost || m.method == http.MethodPut || m.method == http.MethodPatch
}

// in returns where a field comes from, and the name that it has there; "" for nowhere.
func (m *mounted) in(f binder.Field) (place, name string) {
	switch about := f.Describe(); {
	case slices.Contains(m.wildcards, f.Name) && (about.In == "" || about.In == "path"):
		return "path", f.Name
	case about.In == "none", about.In == "path":
		return "", ""
	case about.In == "header", about.In == "cookie":
		return about.In, about.Place
	case about.In != "":
		return about.In, f.Name
	case m.hasBody():
		return "body", f.Name
	}
	return "query", f.Name
}

// parameters returns the member with the parameters, nothing if there are none.
func (m *mounted) parameters(d *document) object {
	parameters, taken := list{}, []string{}
	for _, name := range m.wildcards { // of which each has to be there
		i := slices.IndexFunc(m.Fields, func(f binder.Field) bool { return f.Name == name })
		var schema any = text
		if i >= 0 {
			schema = m.value(d, m.Fields[i])
		}
		parameters = append(parameters, parameterOf("path", name, true, schema))
	}
	for _, f := range m.Fields {
		taken = append(taken, f.Name)
		place, name := m.in(f)
		switch place {
		case "query", "cookie":
		case "header":
			if slices.Contains(ownFields, name) {
				continue
			}
		default:
			continue
		}
		required := f.Describe().Required
		parameters = append(parameters, parameterOf(place, name, required, m.value(d, f)))
	}
	if m.Query && d.can.filters {
		var columns []string
		if m.Routine != nil {
			for _, c := range m.Routine.Result.Columns {
				columns = append(columns, c.Name)
			}
		}
		isGet := m.method == http.MethodGet
		parameters = append(parameters, d.chooses(taken, columns, m.isList(), true, isGet)...)
	}
	if len(parameters) == 0 {
		return nil
	}
	return object{{"parameters", parameters}}
}

// ownFields are the header fields that OpenAPI describes elsewhere (Parameter Object).
var ownFields = []string{"Accept", "Content-Type", "Authorization"}

func parameterOf(in, name string, required bool, schema any) object {
	return object{{"name", name}, {"in", in}, {"required", required}, {"schema", schema}}
}

// value returns the schema of a field: what the program has declared, or else the catalog's.
func (m *mounted) value(d *document, f binder.Field) any {
	if schema := f.Describe().Schema; schema != "{}" || m.Routine == nil {
		return raw(schema)
	}
	i := slices.IndexFunc(m.Fields, func(other binder.Field) bool { return other.Name == f.Name })
	place := 0
	for p := range routine.Inputs(m.Routine) {
		if p.Name == f.Name || !routine.Named(p) && place == i {
			return d.schemas.value(p.Type)
		}
		place++
	}
	return object{}
}

// body returns the member with the body, nothing if there is none.
func (m *mounted) body(d *document) object {
	properties, required := object{}, []string{}
	media := []string{"application/json", "application/x-www-form-urlencoded"}
	for _, f := range m.Fields {
		place, name := m.in(f)
		var schema any
		switch place {
		case "body":
			schema = m.value(d, f)
		case "file":
			media, schema = []string{"multipart/form-data"}, object{}
		case "whole":
			whole := object{{"*/*", object{}}}
			return object{{"requestBody", object{{"required", true}, {"content", whole}}}}
		default:
			continue
		}
		properties = append(properties, member{name, schema})
		if f.Describe().Required {
			required = append(required, name)
		}
	}
	if len(properties) == 0 {
		return nil
	}
	schema := object{{"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		schema = append(schema, member{"required", required})
	}
	content := object{}
	for _, name := range media {
		content = append(content, member{name, object{{"schema", schema}}})
	}
	body := object{{"required", len(required) > 0}, {"content", content}}
	return object{{"requestBody", body}}
}

func (m *mounted) isList() bool { return m.Shape == row.List }

// replies returns the responses.
func (m *mounted) replies(d *document) object {
	status := max(m.Status, http.StatusOK)
	reply := object{{"description", "The result"}}
	if status != http.StatusNoContent {
		reply = append(reply, member{"content", m.content(d)})
	}
	replies := object{{strconv.Itoa(status), reply}}
	if m.Query && m.isList() && d.can.filters && status == http.StatusOK {
		const text = "A part of the result, whose rows Prefer: count=exact has counted"
		part := reply.set("description", text)
		replies = append(replies, member{"206", part})
	}
	return append(replies, d.errorReplies(errorsKey{
		get: m.method == http.MethodGet, list: m.Query && m.isList(),
		reads: m.Routine != nil && routine.Reads(m.Routine),
	})...)
}

// content returns the media types of the result.
func (m *mounted) content(d *document) object {
	columns, one := 1, anyRow
	if m.Shape != row.Scalar && m.Shape != row.Scalars {
		columns = -1
	}
	if m.Routine != nil && (m.Routine.Result.Type != nil || m.Routine.Result.Columns != nil) {
		columns, one = len(m.Routine.Result.Columns), d.row(m.Routine)
	}
	return formats(m.Encoders, columns, m.Shape, func(shape row.Shape) object {
		switch shape {
		case row.One:
			return one
		case row.Maybe:
			return orNull(one)
		case row.List:
			return object{{"type", "array"}, {"items", one}}
		case row.Scalar, row.Scalars:
			if m.Routine != nil {
				return d.result(m.Routine, shape)
			}
		}
		return object{}
	})
}
