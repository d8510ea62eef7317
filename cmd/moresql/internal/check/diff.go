package check

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql/catalog"
)

// DiffOf finds in what a catalog differs from another one of the same database system. The schemas
// of both are compared in their order, whatever their names.
func DiffOf(here, there *catalog.Snapshot) []Finding {
	a, b := described(here, here.Schemas()), described(there, here.Schemas())
	var list []Finding
	add := func(object, problem, fix string) {
		list = append(list, Finding{Diff, Problem, object, problem, fix})
	}
	for _, object := range a.names {
		theirs, ok := b.facts[object]
		if !ok {
			add(object, "the other database does not have it", "create it there, or drop it here")
			continue
		}
		for _, fact := range a.facts[object] {
			if other, found := find(theirs, fact.name); !found {
				add(object, fact.name+" is "+fact.value+" here, and missing there", "")
			} else if other != fact.value {
				add(object, fact.name+" is "+fact.value+" here, and "+other+" there", "")
			}
		}
		for _, fact := range theirs {
			if _, found := find(a.facts[object], fact.name); !found {
				add(object, fact.name+" is missing here, and "+fact.value+" there", "")
			}
		}
	}
	for _, object := range b.names {
		if _, ok := a.facts[object]; !ok {
			add(object, "only the other database has it", "create it here, or drop it there")
		}
	}
	return list
}

// A fact is something that is said of a routine, a relation or a type.
type fact struct{ name, value string }

func find(facts []fact, name string) (value string, found bool) {
	i := slices.IndexFunc(facts, func(f fact) bool { return f.name == name })
	if i < 0 {
		return "", false
	}
	return facts[i].value, true
}

// A description is what a catalog says, by the objects, which are in the catalog's order.
type description struct {
	snapshot    *catalog.Snapshot
	schemas, as []string
	names       []string
	facts       map[string][]fact
}

// described describes a snapshot with other names for its schemas.
func described(s *catalog.Snapshot, as []string) *description {
	d := &description{
		snapshot: s, schemas: s.Schemas(), as: as, facts: map[string][]fact{},
	}
	for i := range s.Routines() {
		d.routine(&s.Routines()[i])
	}
	for i := range s.Relations() {
		d.relation(&s.Relations()[i])
	}
	return d
}

// schema returns the name of a schema in the other catalog.
func (d *description) schema(name string) string {
	if i := slices.Index(d.schemas, name); i >= 0 && i < len(d.as) {
		return d.as[i]
	}
	return name
}

func (d *description) add(object string, facts ...fact) {
	if _, ok := d.facts[object]; !ok {
		d.names, d.facts[object] = append(d.names, object), []fact{}
	}
	for _, f := range facts {
		if f.value != "" {
			d.facts[object] = append(d.facts[object], f)
		}
	}
}

// routine describes a routine, whose name and types of arguments are its identity.
func (d *description) routine(r *catalog.Routine) {
	var types []string
	for _, p := range r.Params {
		if p.Mode != catalog.Out {
			types = append(types, p.Type.String())
		}
		d.typed(p.Type)
	}
	d.typed(r.Result.Type)
	object := fmt.Sprintf("%s %s.%s(%s)", strings.ToLower(r.Kind.String()), d.schema(r.Schema),
		r.Name, strings.Join(types, ", "))
	var params []string
	for _, p := range r.Params {
		text := p.String()
		if p.DefaultSQL != "" {
			text = strings.TrimSuffix(text, "…") + p.DefaultSQL
		}
		params = append(params, text)
	}
	for _, c := range r.Result.Columns {
		d.typed(c.Type)
	}
	result := r.Result.Type.String()
	if len(r.Result.Columns) > 0 {
		result = strings.TrimSpace(result + " (" + columnsText(r.Result.Columns) + ")")
	}
	if r.Result.Set {
		result = "SETOF " + result
	}
	strict := ""
	if r.Strict {
		strict = "STRICT"
	}
	d.add(object, fact{"the list of parameters", strings.Join(params, ", ")},
		fact{"the result", result}, fact{"the volatility", r.Volatility.String()},
		fact{"the handling of NULL", strict}, fact{"the comment", quotedText(r.Comment)})
}

// typed describes a type of the program's own, by what its values may be, and those that it is made
// of. The row of a relation is described with that.
func (d *description) typed(t *catalog.Type) {
	if t == nil {
		return
	}
	object := "type " + t.String()
	if _, ok := d.facts[object]; ok {
		return
	}
	switch t.Kind {
	case catalog.Array:
		d.typed(t.Elem)
		return
	case catalog.Composite:
		if d.snapshot.Relation(t.Schema, t.Name) != nil {
			return
		}
	case catalog.Domain, catalog.Enum:
	default:
		return
	}
	null := ""
	if t.NotNull {
		null = "NOT NULL"
	}
	d.add(object, fact{"the list of words", strings.Join(t.Labels, ", ")},
		fact{"the list of fields", columnsText(t.Fields)},
		fact{"the type below", t.Declared}, fact{"the CHECK", strings.Join(t.Checks, " AND ")},
		fact{"the handling of NULL", null}, fact{"the comment", quotedText(t.Comment)})
	d.typed(t.Base)
	for _, f := range t.Fields {
		d.typed(f.Type)
	}
}

// columnsText returns columns with their types, in their order.
func columnsText(columns []catalog.Column) string {
	var texts []string
	for _, c := range columns {
		texts = append(texts, strings.TrimSpace(c.Name+" "+c.Type.String()))
	}
	return strings.Join(texts, ", ")
}

func (d *description) relation(r *catalog.Relation) {
	object := strings.ToLower(r.Kind.String()) + " " + d.schema(r.Schema) + "." + r.Name
	d.add(object, fact{"the primary key", list(r.PrimaryKey)},
		fact{"the comment", quotedText(r.Comment)})
	for _, c := range r.Columns {
		d.typed(c.Type)
		d.add(object, fact{"the column " + c.Name, columnText(c)})
	}
	for _, key := range r.Unique {
		d.add(object, fact{"the unique key " + list(key), "declared"})
	}
	// One key leads to a table and to each view that shows it.
	targets := map[string][]string{}
	for _, k := range r.ForeignKeys {
		name := "the foreign key " + list(k.Columns) + " " + k.Name
		targets[name] = append(targets[name],
			fmt.Sprintf("%s.%s %s", d.schema(k.Schema), k.Relation, list(k.References)))
	}
	for _, name := range slices.Sorted(maps.Keys(targets)) {
		slices.Sort(targets[name])
		d.add(object, fact{name, "to " + strings.Join(targets[name], " and ")})
	}
}

func columnText(c catalog.Attribute) string {
	text := c.Declared
	if text == "" {
		text = c.Type.String()
	}
	if text == "" {
		text = "of any type"
	}
	if !c.Nullable {
		text += " NOT NULL"
	}
	switch {
	case c.Identity:
		text += " GENERATED AS IDENTITY"
	case c.Generated:
		text += " GENERATED"
	}
	if c.Default != "" {
		text += " DEFAULT " + c.Default
	}
	if c.Comment != "" {
		text += " with the comment " + quotedText(c.Comment)
	}
	return text
}

// list returns names in parentheses, "" for none.
func list(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// quotedText returns a text on one line, "" for none.
func quotedText(text string) string {
	if text == "" {
		return ""
	}
	return strconv.Quote(text)
}
