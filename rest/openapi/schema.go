package openapi

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql/catalog"
)

// schemas makes JSON Schemas (2020-12) of the types of a catalog. Types that have a name of their
// own become components, once each, in the order in which they are first used.
type schemas struct {
	affinity   bool // the types of columns are SQLite's
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
	case s.affinity:
		return sqliteType(t.Name)
	}
	return base(t)
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
	limits := checks(t)
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

// A basic type is the schema of one of a database's own types.
type basic struct {
	names  string // separated by spaces
	schema object
}

// postgresTypes are those that to_json does not write as a string of any form. The formats are
// those of JSON Schema and of the registry of OpenAPI, as far as a value has the form: a timestamp
// without time zone is not a date-time of RFC 3339, and an interval no duration.
var postgresTypes = byName([]basic{
	{"bool", object{{"type", "boolean"}}},
	{"int2", object{{"type", "integer"}, {"format", "int16"},
		{"minimum", -1 << 15}, {"maximum", 1<<15 - 1}}},
	{"int4", object{{"type", "integer"}, {"format", "int32"}}},
	{"int8", object{{"type", "integer"}, {"format", "int64"}}},
	{"float4", object{{"type", "number"}, {"format", "float"}}},
	{"float8", object{{"type", "number"}, {"format", "double"}}},
	{"numeric", object{{"type", "number"}}},
	{"json jsonb", object{}},
	{"uuid", object{{"type", "string"}, {"format", "uuid"}}},
	{"date", object{{"type", "string"}, {"format", "date"}}},
	{"timestamptz", object{{"type", "string"}, {"format", "date-time"}}},
	{"timestamp", object{{"type", "string"}, {"format", "date-time-local"}}},
	{"time", object{{"type", "string"}, {"format", "time-local"}}},
	{"char", object{{"type", "string"}, {"maxLength", 1}}},
	{"name", object{{"type", "string"}, {"maxLength", 63}}},
	{"bytea", hexadecimal},
	{"bit varbit", object{{"type", "string"}, {"pattern", "^[01]*$"}}},
})

// hexadecimal is the schema of bytes, for which no registry has a format.
var hexadecimal = object{
	{"type", "string"}, {"format", "hex"}, {"description", `bytes in hexadecimal, \x68690a`},
}

// mysqlTypes are those of MySQL and MariaDB. Of types that are missing a value can be anything.
var mysqlTypes = byName([]basic{
	{"tinyint smallint mediumint int year", object{{"type", "integer"}, {"format", "int32"}}},
	{"bigint", object{{"type", "integer"}}},
	{"float", object{{"type", "number"}, {"format", "float"}}},
	{"double", object{{"type", "number"}, {"format", "double"}}},
	{"decimal", object{{"type", "number"}}},
	{"char varchar tinytext text mediumtext longtext set time datetime timestamp",
		object{{"type", "string"}}},
	{"date", object{{"type", "string"}, {"format", "date"}}},
	{"binary varbinary tinyblob blob mediumblob longblob", hexadecimal},
})

func byName(types []basic) map[string]object {
	m := map[string]object{}
	for _, t := range types {
		for name := range strings.FieldsSeq(t.names) {
			m[name] = t.schema
		}
	}
	return m
}

// base returns the schema of a type that is made of no others.
func base(t *catalog.Type) object {
	switch schema, ok := postgresTypes[t.Name]; {
	case t.OID == 0: // of another database, whose types include their lengths
		if t.SQL == "tinyint(1)" { // a number, or true and false
			return object{}
		}
		schema := mysqlTypes[t.Name]
		for _, m := range lengths(t, t.SQL) {
			schema = schema.set(m.name, m.value)
		}
		return schema
	case ok && t.OID < firstNormalOID:
		return schema
	case t.ToJSON: // what its extension makes of it in a result, but a text in a request
		return object{}
	}
	return object{{"type", "string"}}
}

// firstNormalOID is that of the first type that is not built in (FirstNormalObjectId in
// src/include/access/transam.h).
const firstNormalOID = 16384

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
