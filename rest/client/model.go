package client

import (
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/routine"
	"github.com/moresql/moresql/row"
)

// A model is what both languages say of a catalog, in the order of that.
type model struct {
	dialect   *dialect.Dialect
	schema    string // the first one
	calls     []*call
	relations []*relation
	types     []*namedType
	byType    map[*catalog.Type]*namedType
	names     names // of types, and of constants in Go
}

// A call is a routine that a request can call.
type call struct {
	*catalog.Routine
	name     string     // that of the routine, with the names of its arguments if it is overloaded
	args     []arg      // by name
	bodyType string     // the media type of the one argument that is the body, "" for none
	media    string     // of the result, "" for JSON
	shape    row.Shape  // of the result in JSON
	result   *ref       // a value of the result, nil for none
	params   *namedType // args as a type, nil for none
}

// An arg is a parameter of a call.
type arg struct {
	name     string
	ref      *ref
	optional bool
}

// A namedType is one that a client declares.
type namedType struct {
	name   string // in both languages
	title  string // what it is
	doc    string
	labels []string // of an enum, else nil
	fields []field
}

// A field is a member of an object.
type field struct {
	name string
	ref  *ref
	arg  bool // of the arguments of a call
	may  bool // may be left out
	set  bool // of a row that is written, may be left out or NULL
}

// A ref says what a value is in JSON.
type ref struct {
	kind  kind
	elem  *ref       // of a list
	named *namedType // of an object or an enum
	types []string   // of JSON Schema, those that anything is of if that is known
	words []string   // of an enum of MySQL, which has no name
	null  bool       // it may be null
}

type kind uint8

const (
	anything kind = iota
	text
	boolean
	int16s
	int32s
	int64s
	float32s
	float64s
	number // of any size
	list
	named
	conditions // of a filter
)

// reserved are names that the clients themselves use for types.
var reserved = []string{
	"Blob", "BodyInit", "Client", "Error", "Headers", "JSON", "Null", "Page", "Partial", "Promise",
	"Record", "RequestInit", "Response", "ServerError", "Set", "String", "To", "TypeError",
	"URLSearchParams",
}

// read makes the model of a snapshot. Of names that several schemas have, the first one is called.
func read(s *catalog.Snapshot, o Options) *model {
	m := &model{byType: make(map[*catalog.Type]*namedType)}
	relations := o.Relations
	if relations == nil {
		relations = s
	}
	m.dialect = dialect.OfSnapshot(relations)
	if schemas := s.Schemas(); len(schemas) > 0 {
		m.schema = schemas[0]
	}
	for _, reserved := range reserved {
		m.names.unique(reserved)
	}
	seen := map[string]bool{}
	for rest := s.Routines(); len(rest) > 0; {
		overloads := s.Lookup(rest[0].Schema, rest[0].Name)
		rest = rest[len(overloads):]
		if seen[overloads[0].Name] {
			continue
		}
		seen[overloads[0].Name] = true
		callable := slices.DeleteFunc(routine.Callable(overloads), func(r *catalog.Routine) bool {
			return o.May != nil && !o.May(r)
		})
		for _, r := range callable {
			m.add(r, len(callable) > 1)
		}
	}
	if o.Tables != "" {
		m.addRelations(relations, o)
	}
	return m
}

// accept returns the media type that the client of a call accepts.
func (c *call) accept() string {
	switch c.media {
	case "":
		return "application/json"
	case "*/*": // which means JSON in a request
		return "application/octet-stream"
	}
	return c.media
}

func (m *model) add(r *catalog.Routine, overloaded bool) {
	c := &call{Routine: r, name: r.Name, bodyType: routine.BodyType(r), media: routine.MediaType(r)}
	for _, p := range routine.NamedInputs(r) {
		c.args = append(c.args, arg{p.Name, m.value(p.Type), p.Default})
	}
	if overloaded {
		c.name += suffix(c)
	}
	if len(c.args) > 0 {
		c.params = &namedType{
			name: m.names.unique(pascal(c.name) + "Args"), title: "the arguments of " + c.name,
		}
		for _, a := range c.args {
			f := field{name: a.name, ref: a.ref, arg: true, may: a.optional}
			c.params.fields = append(c.params.fields, f)
		}
	}
	switch c.shape = routine.ResultShape(r); {
	case c.media != "" || routine.IsVoid(r):
	case c.shape == row.Scalar, c.shape == row.Scalars:
		c.result = m.nullable(r.Result.Type)
	default:
		c.result = m.row(c)
	}
	m.calls = append(m.calls, c)
}

// suffix returns what an overload has after its name: its arguments.
func suffix(c *call) string {
	if c.bodyType != "" {
		return "_of_body"
	}
	if len(c.args) == 0 {
		return ""
	}
	var list []string
	for _, a := range c.args {
		list = append(list, a.name)
	}
	return "_by_" + strings.Join(list, "_")
}

// row returns what a row of a result is: its own type, or one that is made of its columns.
func (m *model) row(c *call) *ref {
	null := c.shape == row.Maybe
	if t := c.Result.Type.Underlying(); t != nil && t.Kind == catalog.Composite {
		return &ref{kind: named, named: m.named(t), null: null}
	}
	if c.Result.Columns == nil { // known when it is run
		return &ref{kind: anything}
	}
	n := &namedType{name: m.names.unique(pascal(c.name) + "Row"), title: "a row of " + c.name}
	m.types = append(m.types, n)
	n.fields = m.fields(c.Result.Columns)
	return &ref{kind: named, named: n, null: null}
}

// fields returns the members of an object with columns. Of several with one name the last one
// counts, as for those who read JSON.
func (m *model) fields(columns []catalog.Column) (list []field) {
	for _, c := range columns {
		f := field{name: c.Name, ref: m.nullable(c.Type)}
		same := func(g field) bool { return g.name == f.name }
		if i := slices.IndexFunc(list, same); i >= 0 {
			list[i] = f
		} else {
			list = append(list, f)
		}
	}
	return list
}

// named returns the declaration of an enum or a composite.
func (m *model) named(t *catalog.Type) *namedType {
	if n := m.byType[t]; n != nil {
		return n
	}
	n := &namedType{
		name: m.names.unique(pascal(t.Name)), title: "the type " + t.Schema + "." + t.Name,
		doc: t.Comment, labels: t.Labels,
	}
	m.byType[t] = n // before its parts, which may refer to it
	m.types = append(m.types, n)
	if t.Kind == catalog.Enum && n.labels == nil {
		n.labels = []string{} // an enum all the same
	}
	if t.Kind == catalog.Composite {
		n.fields = m.fields(t.Fields)
	}
	return n
}

// nullable returns what a value is that may be NULL, unless its type does not allow that.
func (m *model) nullable(t *catalog.Type) *ref {
	r := *m.value(t)
	r.null = true
	for ; t != nil && t.Kind == catalog.Domain; t = t.Base {
		if t.NotNull {
			r.null = false
		}
	}
	return &r
}

// value returns what a value is that is not NULL, as package openapi describes it.
func (m *model) value(declared *catalog.Type) *ref {
	t := declared.Underlying()
	switch {
	case t == nil || t.Kind == catalog.Pseudo:
		return &ref{}
	case t.Kind == catalog.Enum && t.Schema != "", t.Kind == catalog.Composite:
		return &ref{kind: named, named: m.named(t)}
	case t.Kind == catalog.Array:
		return &ref{kind: list, elem: m.nullable(t.Elem)}
	case t.Kind == catalog.Base:
		return refTo(m.dialect.JSONType(t))
	}
	return &ref{kind: text, words: t.Labels} // a range, or an enum without a name
}

// kinds are those of the types and formats of JSON Schema that package dialect has.
var kinds = map[string]kind{
	"boolean": boolean, "string": text, "number": number, "integer": number,
	"int8": int16s, "int16": int16s, "uint8": int32s, "uint16": int32s, "int32": int32s,
	"uint32": int64s, "int64": int64s, "float": float32s, "double": float64s,
}

// refTo returns what a value of a type is that is made of no others.
func refTo(t dialect.JSONType) *ref {
	switch k, ok := kinds[t.Format]; {
	case len(t.Types) != 1:
		return &ref{kind: anything, types: t.Types}
	case ok:
		return &ref{kind: k}
	}
	return &ref{kind: kinds[t.Types[0]]}
}
