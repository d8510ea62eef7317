package openapi

import (
	"slices"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/routine"
	"github.com/moresql/moresql/row"
)

// shared returns the parameters by which a request chooses a part of the result (rest.Query), and
// the header fields. A name that an argument has is the argument's.
func (d *document) shared(overloads []*catalog.Routine, isGet bool) (parameters list) {
	var taken, columns []string
	isList, hasColumns := false, false
	for _, r := range overloads {
		if isGet {
			for _, p := range routine.NamedInputs(r) {
				taken = append(taken, p.Name)
			}
		}
		if !d.isFilterable(r) {
			continue
		}
		isList = isList || r.Result.Set || routine.Shape(r) == row.List
		hasColumns = hasColumns || routine.Shape(r) != row.Scalars
		for _, c := range r.Result.Columns {
			if !slices.Contains(columns, c.Name) {
				columns = append(columns, c.Name)
			}
		}
	}
	return append(d.chooses(taken, columns, isList, hasColumns, isGet), d.profiles(isGet)...)
}

// chooses returns the parameters by which a request chooses a part of a result that has several
// rows, or columns of its own; of the names that are taken there is none.
func (d *document) chooses(
	taken, columns []string, isList, hasColumns, isGet bool,
) (parameters list) {
	add := func(key, name string, build func() object) {
		if !slices.Contains(taken, name) {
			taken = append(taken, name)
			parameters = append(parameters, d.parameters.ref("parameters", key, build))
		}
	}
	for _, p := range grammar {
		if (p.list && isList || p.columns && hasColumns) && (isGet || p.name != "Range") {
			add(p.name, p.name, p.object)
		}
	}
	for _, column := range columns {
		if name := filter.Quote(column); hasColumns && !filter.Reserved(column) {
			add("filter."+column, name, func() object { return filterOf(name) })
		}
	}
	return parameters
}

// isFilterable reports whether a request can choose a part of a result: of rows, and of a set of
// values, whose columns are known.
func (d *document) isFilterable(r *catalog.Routine) bool {
	if !d.can.filters || r.Kind == catalog.Procedure || routine.IsVoid(r) {
		return false
	}
	isRecord := r.Result.Columns == nil && r.Result.Type != nil && r.Result.Type.Name == "record"
	return !isRecord && routine.Shape(r) != row.Scalar
}

// A parameter is one of the grammar.
type parameter struct {
	name, in, description string
	list, columns         bool // for results of several rows, or of several columns
	schema                object
	example               string
}

func (p parameter) object() object {
	o := object{
		{"name", p.name}, {"in", p.in}, {"required", false}, {"description", p.description},
		{"schema", p.schema},
	}
	if p.example != "" {
		o = append(o, member{"example", p.example})
	}
	return o
}

var (
	text  = object{{"type", "string"}}
	count = object{{"type", "integer"}, {"format", "int64"}, {"minimum", 0}}
)

// grammar are the parameters that are the same for all results.
var grammar = []parameter{
	{
		name: "select", in: "query", columns: true, schema: text,
		description: "The columns of the result, a,b. alias:column renames one, and " +
			"column->key and column->>key choose a part of JSON.",
	},
	{
		name: "order", in: "query", list: true, schema: text,
		description: "The columns to sort by: a,b.desc,c.asc.nullslast.",
	},
	{name: "limit", in: "query", list: true, schema: count, description: "The most rows to send."},
	{name: "offset", in: "query", list: true, schema: count, description: "The rows to leave out."},
	{
		name: "and", in: "query", list: true, schema: text,
		description: "Filters that all have to hold: (a.gte.1,b.is.null). not.and negates them.",
	},
	{
		name: "or", in: "query", list: true, schema: text,
		description: "Filters of which one has to hold: (a.lt.1,b.eq.x). not.or negates them.",
	},
	{
		name: "Range", in: "header", list: true, schema: text, example: "0-24",
		description: "The first and the last row to send, counted from 0.",
	},
	{
		name: "Prefer", in: "header", list: true, schema: text, example: "count=exact",
		description: "count=exact counts the rows of the whole, which Content-Range then has. " +
			"handling=strict refuses a preference that is not known.",
	},
}

// filterOf returns the parameter that filters by a column, whose name is as the grammar reads it.
func filterOf(name string) object {
	return parameter{
		name: name, in: "query", schema: text,
		description: "A filter on the column: an operator, a dot and a value, as in eq.5, gte.10, " +
			"like.a*, in.(1,2) and is.null. not. before it negates it.",
	}.object().set("x-filter", true)
}

// profiles returns the header field by which a request chooses the schema, where there are several.
func (d *document) profiles(isGet bool) list {
	schemas := d.snapshot.Schemas()
	if len(schemas) < 2 || slices.Contains(schemas, "") {
		return nil
	}
	name := "Content-Profile"
	if isGet {
		name = "Accept-Profile"
	}
	return list{d.parameters.ref("parameters", name, func() object {
		p := parameter{
			name: name, in: "header", schema: object{{"type", "string"}, {"enum", schemas}},
			description: "The schema of the routine. Without it the first one that has the name counts.",
		}
		if d.about.Schema == "" {
			return p.object()
		}
		p.schema = object{{"type", "string"}, {"const", d.about.Schema}}
		p.description = "The schema of the routine."
		return p.object().set("required", true)
	})}
}
