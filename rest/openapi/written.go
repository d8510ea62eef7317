package openapi

import (
	"slices"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
)

// A writeMethod is a method that changes rows of a relation, and the rights that it needs.
type writeMethod struct {
	method, verb, does string
	rights             catalog.Rights
	filters            bool // the rows are those that the query selects
}

var writeMethods = []writeMethod{
	{method: "post", verb: "insert", does: "Adds rows", rights: catalog.MayInsert},
	{
		method: "put", verb: "upsert", filters: true, rights: catalog.MayInsert | catalog.MayUpdate,
		does: "Adds or replaces the row whose primary key the query has",
	},
	{
		method: "patch", verb: "update", filters: true, rights: catalog.MayUpdate,
		does: "Changes the rows that the query selects",
	},
	{
		method: "delete", verb: "delete", filters: true, rights: catalog.MayDelete,
		does: "Removes the rows that the query selects",
	},
}

// writes returns the operations that change rows of a relation, by what may be done with it.
func (d *document) writes(r *catalog.Relation, may catalog.Rights, rows object) (methods object) {
	for _, w := range writeMethods {
		if may.May(w.rights) && (w.method != "put" || len(r.PrimaryKey) > 0) {
			methods = append(methods, member{w.method, d.write(w, r, may, rows)})
		}
	}
	return methods
}

// write returns an operation that changes rows.
func (d *document) write(
	w writeMethod, r *catalog.Relation, may catalog.Rights, rows object,
) object {
	op := d.relationOperation(w.verb, r)
	op = op.set("summary", w.does+": "+op.get("summary").(string))
	if may.May(catalog.MaySelect) {
		op = d.addEmbeds(op, r) // in the rows that are sent back
	}
	if parameters := d.writeParameters(w, r, may); len(parameters) > 0 {
		op = append(op, member{"parameters", parameters})
	}
	if body := d.writeBody(w, r); body != nil {
		op = append(op, member{"requestBody", body})
	}
	return append(op, member{"responses", d.writeReplies(w, r, may, rows)})
}

// writeParameters returns the parameters of an operation that changes rows.
func (d *document) writeParameters(
	w writeMethod, r *catalog.Relation, may catalog.Rights,
) (parameters list) {
	add := func(p parameter) {
		parameters = append(parameters, d.parameters.ref("parameters", p.name, p.object))
	}
	if may.May(catalog.MaySelect) {
		add(grammar[0]) // select, of the rows that are sent back
	}
	if w.method == "post" || w.method == "patch" {
		add(parameter{
			name: "columns", in: "query", schema: text,
			description: "The columns that the body gives, a,b; other members of it are ignored.",
		})
	}
	if w.method == "post" && may.May(catalog.MayUpdate) {
		add(parameter{
			name: "on_conflict", in: "query", schema: text,
			description: "The columns of a key, a,b, by which rows are found that are there already. " +
				"Without it that is the primary key.",
		})
	}
	if w.filters && may.May(catalog.MaySelect) {
		parameters = append(parameters, d.writeFilters(w, r)...)
	}
	prefer := parameter{
		name: "Prefer", in: "header", schema: text, example: "return=representation",
		description: "return=representation sends the rows back, and count=exact counts them. " +
			"resolution=merge-duplicates changes rows that are there already, and " +
			"resolution=ignore-duplicates leaves them. missing=default gives columns that the body " +
			"does not have their defaults. max-affected=10 with handling=strict refuses more rows.",
	}
	parameters = append(parameters, d.parameters.ref("parameters", "Prefer.write", prefer.object))
	return append(parameters, d.profiles(false)...)
}

// writeFilters returns the parameters by which an operation selects the rows that it changes.
func (d *document) writeFilters(w writeMethod, r *catalog.Relation) (filters list) {
	for _, a := range d.columns(r, catalog.MaySelect) {
		if w.method == "put" && !slices.Contains(r.PrimaryKey, a.Name) {
			continue
		}
		key, name := "filter."+a.Name, filter.Quote(a.Name)
		if a.Name == "columns" || a.Name == "on_conflict" { // which mean something else in a write
			key, name = "write."+key, `"`+a.Name+`"`
		}
		build := func() object { return filterOf(name) }
		filters = append(filters, d.parameters.ref("parameters", key, build))
	}
	return filters
}

// writeBody returns the body of an operation that changes rows, nil if it has none.
func (d *document) writeBody(w writeMethod, r *catalog.Relation) object {
	if w.method == "delete" {
		return nil
	}
	values := d.values(w, r)
	schema := values
	if w.method == "post" {
		schema = object{{"anyOf", list{values, object{{"type", "array"}, {"items", values}}}}}
	}
	content := object{{"application/json", object{{"schema", schema}}}}
	return object{ // other types in it would have no schema, and clients could send anything
		{"description", "text/csv and application/x-www-form-urlencoded are understood, too"},
		{"required", true}, {"content", content},
	}
}

// values returns a reference to the component of what a row gets: of an insert each column that has
// to be there is required.
func (d *document) values(w writeMethod, r *catalog.Relation) object {
	suffix, right := ".insert", catalog.MayInsert
	if w.method == "patch" {
		suffix, right = ".update", catalog.MayUpdate
	}
	if name, ok := d.written[r.String()+suffix]; ok {
		return reference("schemas", name)
	}
	properties, required := object{}, []string{}
	for _, a := range d.columns(r, right) {
		if !a.Settable.May(right) {
			continue
		}
		schema := withoutDefault(d.attribute(r, a), right == catalog.MayInsert)
		properties = append(properties, member{a.Name, schema})
		optional := a.Nullable && !isNotNull(a.Type) || a.Default != "" || a.Identity
		if right == catalog.MayInsert && !optional {
			required = append(required, a.Name)
		}
	}
	schema := object{{"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		schema = append(schema, member{"required", required})
	}
	name := d.schemas.names.unique(r.String() + suffix)
	d.written[r.String()+suffix] = name
	d.schemas.components = append(d.schemas.components, member{name, schema})
	return reference("schemas", name)
}

// withoutDefault returns the schema of a column that a request may leave out. Generators of clients
// take a column with a default for one that is always there, which holds only of what is read: for
// an insert the description has it.
func withoutDefault(schema object, isInsert bool) object {
	constant := schema.get("default")
	if constant == nil {
		return schema
	}
	isDefault := func(m member) bool { return m.name == "default" }
	schema = slices.DeleteFunc(slices.Clone(schema), isDefault)
	if !isInsert {
		if all, ok := schema.get("allOf").(list); ok && len(schema) == 1 {
			return all[0].(object)
		}
		return schema
	}
	text := "Without it: " + inCode(string(appendJSON(nil, constant))) + "."
	if other, ok := schema.get("description").(string); ok {
		text = other + "\n\n" + text
	}
	return schema.set("description", text)
}

// writeReplies returns the responses to an operation that changes rows.
func (d *document) writeReplies(
	w writeMethod, r *catalog.Relation, may catalog.Rights, rows object,
) (replies object) {
	done := object{{"description", "It is done"}}
	if may.May(catalog.MaySelect) {
		done = object{
			{"description", "It is done. Prefer: return=representation sends the rows"},
			{"content", d.rowsContent(rows, len(r.Columns))},
		}
	}
	statuses := []string{"200", "204"}
	switch w.method {
	case "post":
		statuses = []string{"200", "201"}
	case "put":
		statuses = []string{"200", "201", "204"}
	}
	for _, status := range statuses {
		reply := done
		if status == "204" {
			reply = object{{"description", "It is done"}}
		}
		replies = append(replies, member{status, reply})
	}
	return append(replies, d.errorReplies(errorsKey{embeds: true, relation: true})...)
}
