package dialect

import (
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/pgliteral"
)

// Numbers of types in pg_type.dat.
const (
	byteaOID    = 17
	jsonOID     = 114
	jsonbOID    = 3802
	tsvectorOID = 3614
)

func oidOf(t *catalog.Type) uint32 {
	if t = t.Underlying(); t == nil {
		return 0
	}
	return t.OID
}

// postgresFilters writes filters for PostgreSQL.
type postgresFilters struct{}

func (postgresFilters) typesJSON() bool { return true }

func (p postgresFilters) term(w *selector, table string, t filter.Term) {
	if t.Embed != "" {
		w.related(t)
	} else {
		p.field(w, table, t.Field)
	}
	w.direction(t)
}

func (postgresFilters) page(w *selector) { w.limit("", "::bigint") }

// meta writes one row of metadata columns, joined with the page. The rows of a join with one row
// on its left stay in the page's order, and settings in the target list are read when a row is
// there: after the call.
func (p postgresFilters) meta(w *selector, m Meta) error {
	source := "(SELECT 1) AS c"
	if m.Count {
		source = "(SELECT pg_catalog.count(*) AS n FROM r) AS c"
		w.write("WITH r AS MATERIALIZED (SELECT t.*")
		w.from()
		w.write(") ")
	}
	w.write("SELECT ")
	p.metaColumns(w, m)
	w.write("p.* FROM ", source, " LEFT JOIN LATERAL (SELECT true")
	if list := w.list(); len(list) > 0 || w.inner.Columns == nil {
		w.write(", ")
	}
	w.items("t")
	if m.Count {
		w.write(" FROM r AS t")
	} else {
		w.from()
	}
	w.page("t")
	w.write(") AS p ON true")
	return nil
}

func (p postgresFilters) metaColumns(w *selector, m Meta) {
	if m.Count {
		w.metaColumn("c.n")
	}
	if m.Rows {
		w.metaColumn("p.n")
	}
	if m.Cursor {
		w.metaColumn(p.cursor(w))
	}
	if m.Version {
		w.metaColumn(p.version(w))
	}
	if m.Settings {
		w.metaColumn("pg_catalog.current_setting('response.status', true)")
		w.metaColumn("pg_catalog.current_setting('response.headers', true)")
	}
	w.meta++ // the column that is true in rows of the page
}

// item writes a column as postgresRoutine does: as JSON where the value is not exact by itself.
func (p postgresFilters) item(w *selector, table string, item filter.Item) {
	column := p.scalar(w, table, item)
	switch {
	case w.inner.Plain || column.exact:
		w.write(column.text)
	case column.own:
		quoted := w.quoted[slices.Index(w.names, column.name)]
		w.write("pg_catalog.to_json(", column.text, ") AS ", quoted)
	default:
		w.write("pg_catalog.to_json(", column.text, ")")
	}
}

// field writes what is compared and ordered. json cannot be compared, other types have no paths,
// and jsonb has both. A path in json that ends in text is left as it is, which is how an index
// has it.
func (p postgresFilters) field(w *selector, table string, f filter.Field) {
	t, column := w.column(table, f)
	oid := oidOf(t)
	switch last := len(f.Path) - 1; {
	case last < 0 && oid != jsonOID:
		w.write(column)
		return
	case last >= 0 && (oid == jsonbOID || oid == jsonOID && f.Path[last].Text):
		w.write("(", column)
	default:
		w.write("(pg_catalog.to_jsonb(", column, ")")
	}
	p.path(w, f.Path)
	w.write(")")
}

func (p postgresFilters) path(w *selector, steps []filter.Step) {
	for _, step := range steps {
		if step.Text {
			w.write("->>")
		} else {
			w.write("->")
		}
		if !step.Index {
			w.value(step.Key)
			w.write("::text")
			continue
		}
		w.value(indexOf(step))
		w.write("::int")
	}
}

// compare writes a comparison. A value's placeholder has no type, so that it takes that of the
// other side, except where it would be another than the column's.
func (p postgresFilters) compare(w *selector, c filter.Condition) {
	t, _ := w.column(w.table, c.Field)
	if function := searchFunction(c.Op); function != "" {
		p.search(w, c, t, function)
		return
	}
	element, array := "", ""
	if c.Field.Path == nil {
		element, array = casts(t)
	}
	p.field(w, w.table, c.Field)
	switch {
	case c.Op == filter.Is:
		w.write(isWords(c.Value))
	case c.Op == filter.In:
		p.in(w, c, t, array)
	case c.Each != filter.Once:
		w.write(" ", postgresOperator(c.Op), " ", each(c.Each), " (")
		w.value(c.Value)
		w.write(array, ")")
	default:
		w.write(" ", postgresOperator(c.Op), " ")
		if from := p.fromText(w, t, c.Field); from != "" {
			w.write(from, "(")
			w.value(c.Value)
			w.write("::text)")
			return
		}
		w.value(operand(t, c.Field, c.Value))
		w.write(element)
	}
}

// fromText returns the function by which a type of its own reads what a column of a relation is
// compared with, "" for none.
func (postgresFilters) fromText(w *selector, t *catalog.Type, f filter.Field) string {
	if w.node == nil || t == nil || t.Representation.FromText == nil || f.Path != nil {
		return ""
	}
	from := t.Representation.FromText
	return w.quote(from.Schema) + "." + w.quote(from.Name)
}

// casts returns what gives a value the type of the column that it is compared with, and several in
// an array. Without it lib/pq would send a text for bytea as the bytes, and PostgreSQL read one for
// a composite as any record, which it cannot, and the name of a table as an oid.
func casts(t *catalog.Type) (element, array string) {
	u := t.Underlying()
	switch {
	case oidOf(t) == byteaOID:
		return "::text::bytea", "::text::bytea[]"
	case u == nil:
		return "", ""
	case u.Kind == catalog.Composite, u.Schema == "pg_catalog" && strings.HasPrefix(u.Name, "reg"):
		return "::" + u.SQL, "::" + u.SQL + "[]"
	}
	return "", ""
}

// operand returns the text that a field is compared with.
func operand(t *catalog.Type, f filter.Field, value string) string {
	if f.Path != nil {
		return value
	}
	return pgliteral.Shown(t, value)
}

// in compares with an array, so that the text is the same for any number of values. Arrays are
// listed, since PostgreSQL has no arrays of arrays.
func (p postgresFilters) in(w *selector, c filter.Condition, t *catalog.Type, cast string) {
	u := t.Underlying()
	isArray := c.Field.Path == nil && u != nil && u.Kind == catalog.Array
	if isArray && len(c.List) > 0 {
		w.write(" IN (")
		w.values(c.List, func(v string) { w.value(operand(t, c.Field, v)) })
		w.write(")")
		return
	}
	if from := p.fromText(w, t, c.Field); from != "" {
		w.write(" = ANY (ARRAY(SELECT ", from, "(v) FROM pg_catalog.unnest(")
		w.value(pgliteral.Array(&catalog.Type{}, c.List))
		w.write("::text[]) AS v))")
		return
	}
	list := make([]string, len(c.List))
	for i, v := range c.List {
		list[i] = operand(t, c.Field, v)
	}
	w.write(" = ANY (")
	w.value(pgliteral.Array(&catalog.Type{Delim: delimOf(t)}, list))
	w.write(cast, ")")
}

func delimOf(t *catalog.Type) byte {
	if t = t.Underlying(); t == nil {
		return 0
	}
	return t.Delim
}

// search writes a text search. What is no tsvector is converted, with the same configuration.
func (p postgresFilters) search(
	w *selector, c filter.Condition, t *catalog.Type, function string,
) {
	config := func() {
		if c.With != "" {
			w.value(c.With)
			w.write("::regconfig, ")
		}
	}
	if c.Field.Path != nil || t != nil && oidOf(t) != tsvectorOID {
		w.write("pg_catalog.to_tsvector(")
		config()
		p.field(w, w.table, c.Field)
		w.write(")")
	} else {
		p.field(w, w.table, c.Field)
	}
	w.write(" @@ pg_catalog.", function, "(")
	config()
	w.value(c.Value)
	w.write(")")
}

func searchFunction(op filter.Op) string {
	switch op {
	case filter.Search:
		return "to_tsquery"
	case filter.SearchPlain:
		return "plainto_tsquery"
	case filter.SearchPhrase:
		return "phraseto_tsquery"
	case filter.SearchWeb:
		return "websearch_to_tsquery"
	}
	return ""
}

func each(e filter.Each) string {
	if e == filter.All {
		return "ALL"
	}
	return "ANY"
}

func postgresOperator(op filter.Op) string {
	switch op {
	case filter.IsDistinct:
		return "IS DISTINCT FROM"
	case filter.Like:
		return "LIKE"
	case filter.ILike:
		return "ILIKE"
	case filter.Match:
		return "~"
	case filter.IMatch:
		return "~*"
	case filter.Contains:
		return "@>"
	case filter.ContainedBy:
		return "<@"
	case filter.Overlaps:
		return "&&"
	case filter.LeftOf:
		return "<<"
	case filter.RightOf:
		return ">>"
	case filter.NotRightPast:
		return "&<"
	case filter.NotLeftPast:
		return "&>"
	case filter.AdjacentTo:
		return "-|-"
	}
	return operator(op)
}
