package dialect

import (
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/pgoid"
)

// scalar returns a column that is no embedded resource.
func (p postgresFilters) scalar(w *selector, table string, item filter.Item) treeColumn {
	f := item.Field
	if f.Column == "" { // count()
		return treeColumn{
			text: "1", name: item.Name(), exact: true, aggregate: item.Aggregate, cast: item.AggregateCast,
			item: item,
		}
	}
	t, text := w.column(table, f)
	column := treeColumn{
		text: text, name: item.Name(), exact: isExact(t), own: item.Name() == f.Column,
		aggregate: item.Aggregate, cast: item.AggregateCast, item: item,
	}
	switch oid := oidOf(t); {
	case f.Path == nil && item.Aggregate == "" && w.represents(t):
		as := t.Representation.AsJSON
		column.text = w.quote(as.Schema) + "." + w.quote(as.Name) + "(" + text + ")"
		column.exact, column.isJSON = true, true
	case f.Path != nil && (oid == jsonOID || oid == jsonbOID):
		column.text, column.exact = text+w.capture(func() { p.path(w, f.Path) }), true
	case f.Path != nil:
		column.text, column.exact = w.capture(func() { p.field(w, table, f) }), true
	}
	if item.Cast != "" {
		p.castTo(w, item.Cast, f, &column)
	}
	return column
}

// represents reports whether the values of a type are written by a cast of its own: those of a
// relation, in JSON.
func (w *selector) represents(t *catalog.Type) bool {
	isJSON := w.up != nil || !w.inner.Plain
	return w.node != nil && isJSON && t != nil && t.Representation.AsJSON != nil
}

// castTo converts a value to a type that the request names.
func (postgresFilters) castTo(w *selector, name string, f filter.Field, c *treeColumn) {
	sql, isExact := castType(name)
	if sql == "" {
		w.refuseType(f)
	}
	c.text, c.exact = "CAST("+c.text+" AS "+sql+")", isExact
}

// grouped writes an aggregate. What is embedded is compared as jsonb, since json has no equality.
func (postgresFilters) grouped(w *selector, c *treeColumn) {
	switch {
	case c.aggregate != "":
		c.text = "pg_catalog." + aggregateName(c.aggregate) + "(" + c.text + ")"
		c.exact = c.exact || c.aggregate == filter.Count
	case c.isJSON:
		c.text = "(" + c.text + ")::pg_catalog.jsonb"
	}
}

// castType returns how the type that a request names is written, "" for a type that values cannot
// be cast to. The name of the request does not become text of a statement.
func castType(name string) (sql string, exact bool) {
	name = strings.ToLower(strings.Join(strings.Fields(name), " "))
	element, isArray := strings.CutSuffix(name, "[]")
	if !isArray {
		element, isArray = strings.CutPrefix(name, "_") // as pg_type has it
	}
	if i, ok := castTypes[element]; ok {
		if isArray {
			return i.SQL + "[]", false
		}
		return i.SQL, isExact(&i)
	}
	return "", false
}

// castTypes are the built-in types by their names in SQL, and in pg_type.
var castTypes = newCastTypes(
	"bool boolean", pgoid.Bool, "bytea", pgoid.Bytea, "name", pgoid.Name,
	"int8 bigint", pgoid.Int8, "int2 smallint", pgoid.Int2, "int4 integer int", pgoid.Int4,
	"text", pgoid.Text, "json", pgoid.JSON, "xml", pgoid.XML, "jsonb", pgoid.JSONB,
	"bpchar char", pgoid.BPChar, "varchar", pgoid.Varchar, "numeric decimal", pgoid.Numeric,
	"uuid", pgoid.UUID, "tsvector", pgoid.TSVector,
	// The others are not exact, whichever they are.
	"float4 real", 0, "float8 float", 0, "money", 0, "date", 0, "time", 0, "timetz", 0,
	"timestamp", 0, "timestamptz", 0, "interval", 0, "inet", 0, "cidr", 0, "macaddr", 0,
	"bit", 0, "varbit", 0, "point", 0, "oid", 0, "regclass", 0, "tsquery", 0, "int4range", 0,
	"int8range", 0, "numrange", 0, "tsrange", 0, "tstzrange", 0, "daterange", 0,
)

func newCastTypes(list ...any) map[string]catalog.Type {
	types := map[string]catalog.Type{}
	for i := 0; i < len(list); i += 2 {
		names := strings.Fields(list[i].(string))
		oid := uint32(list[i+1].(int))
		for _, name := range names {
			types[name] = catalog.Type{OID: oid, SQL: "pg_catalog." + names[0]}
		}
	}
	for name, short := range map[string]string{
		"character varying": "varchar", "double precision": "float8", "character": "bpchar",
		"timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp",
		"time with time zone": "timetz", "time without time zone": "time", "bit varying": "varbit",
	} {
		types[name] = types[short]
	}
	return types
}
