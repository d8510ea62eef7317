package openapi

import (
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/row"
)

// addRelations adds the paths of all relations. Which schema a name is served of does not depend on
// who may use what.
func (d *document) addRelations() {
	relations := d.snapshot.Relations()
	for i := range relations {
		if d.pathOf(&relations[i]) != "" {
			d.addRelation(&relations[i])
		}
	}
}

// rights returns what of the rights to a relation, or to one of its columns, is described.
func (d *document) rights(r *catalog.Relation, column string) catalog.Rights {
	if d.about.Rights == nil {
		return r.Rights
	}
	return r.Rights & d.about.Rights(r, column)
}

// columns returns the columns that there are some rights to.
func (d *document) columns(r *catalog.Relation, rights catalog.Rights) (list []*catalog.Attribute) {
	for i := range r.Columns {
		if d.rights(r, r.Columns[i].Name).May(rights) {
			list = append(list, &r.Columns[i])
		}
	}
	return list
}

// addRelation adds the path of a relation.
func (d *document) addRelation(r *catalog.Relation) {
	methods, rows, may := object{}, object{}, d.rights(r, "")
	if may.May(catalog.MaySelect) {
		rows = d.rowOfRelation(r, d.columns(r, catalog.MaySelect))
		methods = append(methods, member{"get", d.list(r, rows)})
	}
	if d.can.writes {
		methods = append(methods, d.writes(r, may, rows)...)
	}
	if len(methods) > 0 {
		d.add(d.pathOf(r), methods)
	}
}

// aggregates are the functions by which select can aggregate rows.
var aggregates = []string{
	string(filter.Count), string(filter.Sum), string(filter.Avg), string(filter.Min),
	string(filter.Max),
}

// list returns the operation that reads the rows of a relation.
func (d *document) list(r *catalog.Relation, rows object) object {
	columns, names := d.columns(r, catalog.MaySelect), []string{}
	for _, a := range columns {
		names = append(names, a.Name)
	}
	ok := object{{"description", "The rows"}, {"content", d.rowsContent(rows, len(columns))}}
	part := ok.set("description", "A part of the rows, all of which Prefer: count has counted")
	replies := object{{"200", ok}, {"206", part}}
	key := errorsKey{get: true, list: true, embeds: true, relation: true}
	replies = append(replies, d.errorReplies(key)...)
	op := d.addEmbeds(d.relationOperation("list", r), r)
	if d.about.Aggregates {
		op = append(op, member{"x-aggregates", aggregates})
	}
	parameters := append(d.chooses(nil, names, true, true, true), d.profiles(true)...)
	return append(op, member{"parameters", parameters}, member{"responses", replies})
}

// rowsContent returns the media types of rows of some columns.
func (d *document) rowsContent(rows object, columns int) object {
	of := func(shape row.Shape) object {
		if shape == row.One {
			return rows
		}
		return object{{"type", "array"}, {"items", rows}}
	}
	content := formats(d.about.Encoders, columns, row.List, of)
	if content.get(singular) == nil {
		content = append(content, member{singular, object{{"schema", rows}}})
	}
	return content
}

// relationOperation returns what an operation on a relation says of itself.
func (d *document) relationOperation(verb string, r *catalog.Relation) object {
	summary, description, _ := strings.Cut(strings.TrimSpace(r.Comment), "\n")
	if summary = strings.TrimSpace(summary); summary == "" {
		summary = r.String()
	}
	kind := strings.ToLower(r.Kind.String())
	description += "\n\nThe rows of the " + kind + " " + code(r) + "."
	if embedded := d.embedded(r); embedded != nil {
		description += " In each row select can embed " + strings.Join(embedded, ", ") + "."
	}
	return object{
		{"tags", []string{d.tag(r.Schema)}},
		{"summary", summary},
		{"description", strings.TrimSpace(description)},
		{"operationId", d.operations.unique(verb + "_" + r.Name)},
		{"x-kind", kind},
	}
}

// rowOfRelation returns a reference to the component of the rows of a relation.
func (d *document) rowOfRelation(r *catalog.Relation, columns []*catalog.Attribute) object {
	properties, required := object{}, []string{}
	for _, a := range columns {
		schema := d.attribute(r, a)
		if a.Settable == 0 {
			schema = with(schema, member{"readOnly", true})
		}
		properties = append(properties, member{a.Name, schema})
		required = append(required, a.Name)
	}
	schema := object{{"type", "object"}, {"properties", properties}, {"required", required}}
	if r.Comment != "" {
		schema = append(object{{"description", r.Comment}}, schema...)
	}
	isHidden := func(name string) bool { return !slices.Contains(required, name) }
	if r.PrimaryKey != nil && !slices.ContainsFunc(r.PrimaryKey, isHidden) {
		schema = append(schema, member{"x-primary-key", r.PrimaryKey})
	}
	if len(columns) < len(r.Columns) { // * stands for the others, too, and is refused for them
		schema = append(schema, member{"x-partial", true})
	}
	name := d.schemas.names.unique(r.String() + ".row")
	d.schemas.components = append(d.schemas.components, member{name, schema})
	return reference("schemas", name)
}

// attribute returns the schema of a column of a relation.
func (d *document) attribute(r *catalog.Relation, a *catalog.Attribute) object {
	schema := d.schemas.value(a.Type)
	if a.Identity {
		schema = d.schemas.identity(a.Type)
	}
	if schema.get("$ref") == nil {
		for _, m := range lengths(a.Type, a.Declared) {
			schema = schema.set(m.name, m.value)
		}
	}
	if a.Nullable && !isNotNull(a.Type) {
		schema = orNull(schema)
	}
	schema = d.schemas.withDefault(schema, a.Type, a.Default)
	if text := d.explain(r, a); text != "" {
		schema = with(schema, member{"description", text})
	}
	return schema
}

// with returns a schema with another member. What stands next to a $ref is ignored by many.
func with(schema object, m member) object {
	if schema.get("$ref") != nil {
		schema = object{{"allOf", list{schema}}}
	}
	return schema.set(m.name, m.value)
}

// explain describes a column: its comment, and the keys that it is part of.
func (d *document) explain(r *catalog.Relation, a *catalog.Attribute) string {
	lines := []string{}
	if a.Comment != "" {
		lines = append(lines, a.Comment)
	}
	switch {
	case !slices.Contains(r.PrimaryKey, a.Name):
	case len(r.PrimaryKey) == 1:
		lines = append(lines, "The primary key.")
	default:
		lines = append(lines, "Part of the primary key.")
	}
	for _, key := range r.ForeignKeys {
		i, to := slices.Index(key.Columns, a.Name), d.snapshot.Relation(key.Schema, key.Relation)
		if i < 0 || to == nil || d.rights(to, key.References[i]) == 0 {
			continue
		}
		line := "Refers to " + inCode(to.String()+"."+key.References[i]) + "."
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n\n")
}
