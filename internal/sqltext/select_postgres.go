package sqltext

import (
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/pgliteral"
)

// Types that pg_type.dat numbers, beside byteaOID.
const (
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

// postgreSQL spells what PostgreSQL has.
type postgreSQL struct{ *selector }

// item writes a column as Routine does: as JSON where the value is not exact by itself.
func (w postgreSQL) item(table string, f filter.Field) {
	t, column := w.column(table, f)
	switch oid := oidOf(t); {
	case f.Path != nil && (oid == jsonOID || oid == jsonbOID):
		w.write(column)
		w.path(f.Path)
	case f.Path != nil:
		w.field(table, f)
	case w.inner.Plain || asItIs(t):
		w.write(column)
	default:
		w.write("pg_catalog.to_json(", column, ") AS ", column[len(table)+1:])
	}
}

// field writes what is compared and ordered. json can't be, and other types have no paths: jsonb has both. A path in json that ends in
// text is left as it is, which is how an index has it.
func (w postgreSQL) field(table string, f filter.Field) {
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
	w.path(f.Path)
	w.write(")")
}

func (w postgreSQL) path(steps []filter.Step) {
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

// compare writes a comparison. A value's placeholder has no type, so that it takes the one of the other side, but for bytea:
// lib/pq would send the text as the bytes.
func (w postgreSQL) compare(c filter.Condition) {
	t, _ := w.column("t", c.Field)
	if function := searchFunction(c.Op); function != "" {
		w.search(c, t, function)
		return
	}
	element, array := "", ""
	if c.Field.Path == nil && oidOf(t) == byteaOID {
		element, array = "::text::bytea", "::text::bytea[]"
	}
	w.field("t", c.Field)
	switch {
	case c.Op == filter.Is:
		w.write(isWords(c.Value))
	case c.Op == filter.In:
		w.in(c, t, array)
	case c.Each != filter.Once:
		w.write(" ", postgresOperator(c.Op), " ", each(c.Each), " (")
		w.value(c.Value)
		w.write(array, ")")
	default:
		w.write(" ", postgresOperator(c.Op), " ")
		w.value(c.Value)
		w.write(element)
	}
}

// in compares with an array, so that the text is the same for any number of values. There are no arrays of arrays.
func (w postgreSQL) in(c filter.Condition, t *catalog.Type, cast string) {
	if u := t.Underlying(); c.Field.Path == nil && u != nil && u.Kind == catalog.Array && len(c.List) > 0 {
		w.write(" IN (")
		w.values(c.List, func(v string) { w.value(v) })
		w.write(")")
		return
	}
	w.write(" = ANY (")
	w.value(pgliteral.Array(&catalog.Type{Delim: delimOf(t)}, c.List))
	w.write(cast, ")")
}

func delimOf(t *catalog.Type) byte {
	if t = t.Underlying(); t == nil {
		return 0
	}
	return t.Delim
}

// search writes a text search. What is no tsvector is made one, with the same configuration.
func (w postgreSQL) search(c filter.Condition, t *catalog.Type, function string) {
	config := func() {
		if c.With != "" {
			w.value(c.With)
			w.write("::regconfig, ")
		}
	}
	if c.Field.Path != nil || t != nil && oidOf(t) != tsvectorOID {
		w.write("pg_catalog.to_tsvector(")
		config()
		w.field("t", c.Field)
		w.write(")")
	} else {
		w.field("t", c.Field)
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
