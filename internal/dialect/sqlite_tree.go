package dialect

import (
	"strconv"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
)

var _ jsonWriter = sqliteFilters{}

func (l sqliteFilters) tree(w *selector, m Meta) { w.jsonTree(l, m) }

func (l sqliteFilters) embedded(w *selector, e *filter.Embed) { w.jsonEmbedded(l, e) }

func (l sqliteFilters) spread(w *selector, e *filter.Embed) []treeColumn {
	return w.jsonSpread(l, e)
}

func (sqliteFilters) grouped(_ *selector, c *treeColumn) { c.aggregated() }

func (sqliteFilters) object() string { return "json_object" }

// maxColumns is half of the arguments that a function has since SQLite 3.48 (SQLite documentation,
// Implementation Limits).
func (sqliteFilters) maxColumns() int { return 500 }

func (sqliteFilters) whole(_ *selector, object string) string { return object }

func (sqliteFilters) sent(_ *selector, text string) string { return text }

func (sqliteFilters) viaSubquery(treeColumn) bool { return false }

func (sqliteFilters) isJSON(*catalog.Type) bool { return false } // the driver reports the type

// array takes the rows from a subquery, which alone can have a limit.
func (l sqliteFilters) array(w *selector, of treeColumn) {
	element := of
	element.text = "e.c"
	w.write("(SELECT ")
	list := "json_group_array(" + l.inJSON(w, element) + ")"
	w.orMark("count(*)", "", "", strconv.Quote(w.mark), "", list)
	w.write(" FROM (SELECT ", of.text, " AS c")
	w.rows()
	w.groupBy()
	w.page(w.table)
	w.write(") AS e)")
}

func (l sqliteFilters) scalar(w *selector, table string, item filter.Item) treeColumn {
	f := item.Field
	c := treeColumn{
		name: item.Name(), aggregate: item.Aggregate, cast: item.AggregateCast, item: item,
	}
	switch {
	case f.Column == "": // count()
		c.text = "1"
	case f.Path == nil:
		c.typ, c.text = w.column(table, f)
	case item.Cast != "":
		c.text = w.capture(func() { l.field(w, table, f) })
	default:
		c.text, c.isJSON = w.capture(func() { l.extract(w, table, f) }), !isText(f.Path)
	}
	if item.Cast != "" {
		l.castTo(w, item.Cast, f, &c)
	}
	return c
}

// sqliteCasts are the types that values can be cast to, by their names in requests: those of other
// databases, too, as far as SQLite has what they mean.
var sqliteCasts = map[string]string{
	"integer": "INTEGER", "int": "INTEGER", "int8": "INTEGER", "int4": "INTEGER", "int2": "INTEGER",
	"bigint": "INTEGER", "smallint": "INTEGER",
	"real": "REAL", "double precision": "REAL", "double": "REAL", "float": "REAL", "float8": "REAL",
	"text": "TEXT", "varchar": "TEXT", "character varying": "TEXT",
	"numeric": "NUMERIC", "decimal": "NUMERIC", "blob": "BLOB", "bytea": "BLOB",
}

// castTo converts a value to a type that the request names.
func (sqliteFilters) castTo(w *selector, name string, f filter.Field, c *treeColumn) {
	c.castBy(w, sqliteCasts, name, f)
}

// castBy converts a value to one of the types that a database has by their names in requests.
func (c *treeColumn) castBy(w *selector, types map[string]string, name string, f filter.Field) {
	sql := types[strings.ToLower(strings.Join(strings.Fields(name), " "))]
	if sql == "" {
		w.refuseType(f)
	}
	c.text, c.isJSON = "CAST("+c.text+" AS "+sql+")", false
	name, _, _ = strings.Cut(sql, "(")
	c.typ = &catalog.Type{Name: name, SQL: sql}
}

// inJSON returns a value as a response shows it outside of what is embedded: by the class that it
// is stored in, and where that is text or an integer by the type that the column is declared as.
func (sqliteFilters) inJSON(_ *selector, c treeColumn) string {
	if c.isJSON { // a subquery forgets that
		return "json(" + c.text + ")"
	}
	declared := ""
	if c.typ != nil {
		declared, _, _ = strings.Cut(strings.ToUpper(c.typ.Name), "(")
		declared = strings.TrimSpace(declared)
	}
	x := c.text
	text, integer := x, x
	switch {
	case declared == "BOOLEAN", declared == "BOOL":
		integer = "CASE " + x + " WHEN 1 THEN json('true') WHEN 0 THEN json('false') ELSE " + x + " END"
	case declared == "JSON", declared == "JSONB":
		text = "CASE WHEN json_valid(" + x + ") THEN json(" + x + ") ELSE " + x + " END"
	case isTimeType(declared):
		text = sqliteShownTime + x + " AS v)))))"
	}
	return "CASE typeof(" + x + ") WHEN 'blob' THEN '\\x' || lower(hex(" + x + "))" +
		" WHEN 'real' THEN " + sqliteShownReal + x + " AS v))))" +
		" WHEN 'text' THEN " + text + " ELSE " + integer + " END"
}
