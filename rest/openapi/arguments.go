package openapi

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgoid"
	"github.com/moresql/moresql/internal/routine"
)

// arguments returns the parameters of a query: those of all overloads, of which one is required if
// every overload wants it.
func (d *document) arguments(overloads []*catalog.Routine) (parameters list) {
	var all []string
	byName := map[string][]*catalog.Param{}
	for _, r := range overloads {
		for _, p := range routine.NamedInputs(r) {
			if byName[p.Name] == nil {
				all = append(all, p.Name)
			}
			byName[p.Name] = append(byName[p.Name], p)
		}
	}
	for _, name := range all {
		list := byName[name]
		required := len(list) == len(overloads) &&
			!slices.ContainsFunc(list, func(p *catalog.Param) bool { return p.Default })
		parameters = append(parameters, d.argument(list, required))
	}
	return parameters
}

// argument returns a parameter of a query.
func (d *document) argument(params []*catalog.Param, required bool) object {
	p := params[0]
	parameter := object{{"name", p.Name}, {"in", "query"}, {"required", required}}
	schema := d.inQuery(p)
	for _, other := range params[1:] {
		if next := d.inQuery(other); fmt.Sprint(next) != fmt.Sprint(schema) {
			schema = object{{"anyOf", list{schema, next}}}
			break
		}
	}
	switch t := p.Type.Underlying(); {
	case isJSON(t):
		content := object{{"application/json", object{{"schema", schema}}}}
		return append(parameter, member{"content", content})
	case t != nil && t.Kind == catalog.Array:
		parameter = append(parameter, member{"style", "form"}, member{"explode", true})
	}
	return append(parameter, member{"schema", schema})
}

// isJSON reports whether a text for a type is JSON, since a query has no other form for it that a
// document could describe.
func isJSON(t *catalog.Type) bool {
	switch t = t.Underlying(); {
	case t == nil:
		return false
	case t.Kind == catalog.Array:
		elem := t.Elem.Underlying()
		return elem.Kind == catalog.Array || isJSON(elem)
	}
	return t.Kind == catalog.Composite || t.Is(pgoid.JSON, pgoid.JSONB)
}

// inQuery returns the schema of an argument in a query, which has no NULL.
func (d *document) inQuery(p *catalog.Param) object {
	if t := p.Type.Underlying(); t != nil && t.Kind == catalog.Array && !isJSON(t) {
		return object{{"type", "array"}, {"items", d.schemas.value(t.Elem)}}
	}
	return d.schemas.withDefault(d.schemas.value(p.Type), p.Type, p.DefaultSQL)
}

// body returns the body of a POST, nil if there is none.
func (d *document) body(overloads []*catalog.Routine) object {
	var byName list
	required := true
	content := object{}
	for _, r := range overloads {
		if whole := routine.BodyType(r); whole != "" {
			for p := range routine.Inputs(r) {
				schema := d.schemas.value(p.Type)
				if whole == "application/octet-stream" {
					schema = object{}
				}
				content = append(content, member{whole, object{{"schema", schema}}})
				required = required && !p.Default
			}
			if !routine.TakesNames(r) {
				continue
			}
		}
		members := d.members(r)
		required = required && members.get("required") != nil
		byName = append(byName, members)
	}
	isEmpty := func(members any) bool { return len(members.(object).get("properties").(object)) == 0 }
	if len(content) == 0 && !slices.ContainsFunc(byName, func(m any) bool { return !isEmpty(m) }) {
		return nil
	}
	if len(byName) > 0 {
		schema := byName[0].(object)
		if len(byName) > 1 {
			schema = object{{"oneOf", byName}}
		}
		const json = "application/json"
		if whole, ok := content.get(json).(object); ok {
			schema = object{{"anyOf", append(byName, whole.get("schema"))}}
		}
		content = content.set(json, object{{"schema", schema}})
		if files := d.files(overloads); files != nil {
			content = content.set("multipart/form-data", object{{"schema", files}})
		}
	}
	return object{{"required", required}, {"content", content}}
}

// files returns the schema of a form with files: the arguments of the routines that take bytes. It
// is nil if there are none.
func (d *document) files(overloads []*catalog.Routine) object {
	var forms list
	for _, r := range overloads {
		form := d.members(r)
		properties, takesFile := slices.Clone(form.get("properties").(object)), false
		for i, p := range routine.NamedInputs(r) {
			if p.Type.Is(pgoid.Bytea) {
				properties[i].value = object{{"contentMediaType", "application/octet-stream"}}
				takesFile = true
			}
		}
		if takesFile {
			forms = append(forms, form.set("properties", properties))
		}
	}
	switch len(forms) {
	case 0:
		return nil
	case 1:
		return forms[0].(object)
	}
	return object{{"oneOf", forms}}
}

// members returns the schema of an object with the arguments of a routine. One with other members
// calls another routine, or none.
func (d *document) members(r *catalog.Routine) object {
	properties, required := object{}, []string{}
	for _, p := range routine.NamedInputs(r) {
		schema := d.schemas.withDefault(d.schemas.nullable(p.Type), p.Type, p.DefaultSQL)
		properties = append(properties, member{p.Name, schema})
		if !p.Default {
			required = append(required, p.Name)
		}
	}
	schema := object{{"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		schema = append(schema, member{"required", required})
	}
	return append(schema, member{"additionalProperties", false})
}

// isTime reports whether the text of a default has another form than JSON has for the type: a space
// instead of a T.
func isTime(t *catalog.Type) bool { return strings.HasPrefix(t.Name, "timestamp") }

var (
	quotedDefault = regexp.MustCompile(`^'((?:[^']|'')*)'::([a-z ]+|"?\w+"?\.?"?\w*"?)$`)
	numberDefault = regexp.MustCompile(`^-?\d+(\.\d+)?$`)
)

// withDefault returns the schema with the default of a parameter or a column, which is text in SQL,
// if that is a constant.
func (s *schemas) withDefault(schema object, declared *catalog.Type, text string) object {
	t := declared.Underlying()
	if t == nil || text == "" || t.Kind != catalog.Base && t.Kind != catalog.Enum {
		return schema
	}
	quoted := quotedDefault.FindStringSubmatch(text)
	if quoted != nil {
		text = strings.ReplaceAll(quoted[1], "''", "'")
	}
	kind := "string"
	if t.Kind == catalog.Base {
		kind, _ = s.base(t).get("type").(string)
	}
	var constant any
	switch {
	case kind == "boolean" && (text == "true" || text == "false"):
		constant = raw(text)
	case (kind == "integer" || kind == "number") && numberDefault.MatchString(text):
		constant = raw(text)
	case kind == "string" && quoted != nil && !isTime(t):
		constant = text
	default:
		return schema
	}
	return with(schema, member{"default", constant})
}
