package openapi

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
)

// schemas makes JSON Schemas (2020-12) of the types of a catalog. Types that have a name of their
// own become components, once each, in the order in which they are first used.
type schemas struct {
	dialect    *dialect.Dialect
	names      names
	byType     map[*catalog.Type]string // the component of a type
	components object
	rows       map[*catalog.Column]string // the component of the columns that begin there
}

// value returns the schema of a value as JSON has it, which is not NULL. Its parts may be.
func (s *schemas) value(t *catalog.Type) object {
	switch {
	case t == nil:
		return object{}
	case t.Kind == catalog.Enum && t.Schema == "": // of MySQL, where it has no name
		return object{{"type", "string"}, {"enum", t.Labels}}
	case t.Kind == catalog.Domain, t.Kind == catalog.Enum, t.Kind == catalog.Composite:
		return s.ref(t)
	case t.Kind == catalog.Array:
		return object{{"type", "array"}, {"items", s.nullable(t.Elem)}}
	case t.Kind == catalog.Range, t.Kind == catalog.Multirange:
		return object{{"type", "string"}}
	case t.Kind == catalog.Pseudo:
		return object{}
	}
	return s.base(t)
}

// nullable returns the schema of a value that may be NULL, unless its type does not allow that.
func (s *schemas) nullable(t *catalog.Type) object {
	if isNotNull(t) {
		return s.value(t)
	}
	return orNull(s.value(t))
}

// isNotNull reports whether a type is a domain that has no NULL.
func isNotNull(t *catalog.Type) bool {
	for ; t != nil && t.Kind == catalog.Domain; t = t.Base {
		if t.NotNull {
			return true
		}
	}
	return false
}

// orNull returns the schema for what a schema is for, and null.
func orNull(schema object) object {
	name, ok := schema.get("type").(string)
	names, several := schema.get("type").([]string)
	switch {
	case len(schema) == 0: // anything
		return schema
	case several:
		return schema.set("type", append(slices.Clone(names), "null"))
	case ok && schema.get("enum") == nil:
		return schema.set("type", []string{name, "null"})
	}
	return object{{"anyOf", list{schema, object{{"type", "null"}}}}}
}

// ref returns a reference to the component of a type.
func (s *schemas) ref(t *catalog.Type) object {
	name, ok := s.byType[t]
	if !ok {
		name = s.names.unique(qualified(t.Schema, t.Name))
		s.byType[t] = name // before its parts, which may refer to it
		at := len(s.components)
		s.components = append(s.components, member{name, nil})
		s.components[at].value = s.named(t, name)
	}
	return reference("schemas", name)
}

func reference(section, name string) object {
	return object{{"$ref", "#/components/" + section + "/" + name}}
}

// named returns the schema of a type that has a name.
func (s *schemas) named(t *catalog.Type, component string) object {
	var schema object
	if full := qualified(t.Schema, t.Name); full != component {
		schema = append(schema, member{"title", full})
	}
	if t.Comment != "" {
		schema = append(schema, member{"description", t.Comment})
	}
	switch t.Kind {
	case catalog.Enum:
		return append(schema, member{"type", "string"}, member{"enum", t.Labels})
	case catalog.Domain:
		domain := s.domain(t)
		if len(schema) > 0 && domain.get("$ref") != nil { // what stands next to it is ignored by many
			domain = object{{"allOf", list{domain}}}
		}
		return append(schema, domain...)
	}
	return append(schema, s.row(t.Fields)...)
}

// row returns the schema of an object with columns as members. Of several with one name the last
// one counts, as for those who read it.
func (s *schemas) row(columns []catalog.Column) object {
	properties, required := object{}, []string{}
	for _, c := range columns {
		if properties.get(c.Name) == nil {
			required = append(required, c.Name)
			properties = append(properties, member{c.Name, s.nullable(c.Type)})
		} else {
			properties = properties.set(c.Name, s.nullable(c.Type))
		}
	}
	return object{{"type", "object"}, {"properties", properties}, {"required", required}}
}

// rowOf returns a reference to the component of the rows of a routine, whose columns have no type
// together.
func (s *schemas) rowOf(r *catalog.Routine) object {
	if len(r.Result.Columns) == 0 {
		return s.row(nil)
	}
	key := &r.Result.Columns[0]
	name, ok := s.rows[key]
	if !ok {
		name = s.names.unique(qualified(r.Schema, r.Name) + ".row")
		s.rows[key] = name
		schema := s.row(r.Result.Columns)
		s.components = append(s.components, member{name, schema})
	}
	return reference("schemas", name)
}

// domain returns the schema of a domain: that of what it is over, its length and its checks.
func (s *schemas) domain(t *catalog.Type) object {
	schema := s.value(t.Base)
	limits := s.checks(t)
	switch isRef := schema.get("$ref") != nil; {
	case isRef && len(limits) == 0:
		return schema
	case isRef:
		return append(object{{"allOf", list{schema}}}, limits...)
	}
	for _, m := range lengths(t.Base, t.Declared) {
		if other := opposite[m.name]; limits.get(other) == nil { // a check is narrower
			schema = schema.set(m.name, m.value)
		}
	}
	for _, m := range limits {
		schema = schema.set(m.name, m.value)
	}
	return schema
}

// opposite are the bounds that a schema does not have together.
var opposite = map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}

// base returns the schema of a type that is made of no others.
func (s *schemas) base(t *catalog.Type) object {
	is := s.dialect.JSONType(t)
	schema := schemaOf(is)
	if is.Format == dialect.Hex { // whose text is longer than it is
		return schema
	}
	for _, m := range lengths(t, t.SQL) { // of MySQL, whose types include them
		schema = schema.set(m.name, m.value)
	}
	return schema
}

// identity returns the schema of a column that the database fills.
func (s *schemas) identity(t *catalog.Type) object {
	if schema := schemaOf(s.dialect.Identity); schema != nil {
		return schema
	}
	return s.value(t)
}

// schemaOf returns the schema of a dialect's type, nil for anything.
func schemaOf(t dialect.JSONType) (schema object) {
	switch len(t.Types) {
	case 0:
	case 1:
		schema = append(schema, member{"type", t.Types[0]})
	default:
		schema = append(schema, member{"type", t.Types})
	}
	if t.Format != "" {
		schema = append(schema, member{"format", t.Format})
	}
	for _, k := range t.Keywords {
		schema = append(schema, member{k.Name, k.Value})
	}
	if t.Format == dialect.Hex {
		schema = append(schema, member{"description", `bytes in hexadecimal, \x68690a`})
	}
	return schema
}

var lengthOf = regexp.MustCompile(`^(character varying|character|bit varying|bit|numeric|` +
	`varchar|char|decimal)\((\d+)(?:,(\d+))?\)$`)

// lengths returns the limits of a type by its declaration, such as character varying(20) and
// numeric(10,2).
func lengths(t *catalog.Type, declared string) object {
	found := lengthOf.FindStringSubmatch(declared)
	if found == nil || t == nil {
		return nil
	}
	n, err := strconv.Atoi(found[2])
	if err != nil {
		return nil
	}
	switch found[1] {
	case "bit":
		return object{{"minLength", n}, {"maxLength", n}}
	case "numeric", "decimal":
		scale, _ := strconv.Atoi(found[3]) // "" is 0
		if scale > n {
			return nil
		}
		bound := "1" + strings.Repeat("0", n-scale)
		return object{{"exclusiveMinimum", raw("-" + bound)}, {"exclusiveMaximum", raw(bound)}}
	}
	return object{{"maxLength", n}}
}
