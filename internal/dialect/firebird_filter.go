package dialect

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/moresql/moresql/internal/filter"
)

// firebirdFilters writes filters for Firebird. It takes a parameter for one of the type that it is
// compared with, and converts its text to that: exactly, or else with an error, or by rounding.
type firebirdFilters struct{}

func (firebirdFilters) typesJSON() bool { return false }

func (firebirdFilters) meta(w *selector, m Meta) error {
	return w.countPage("(SELECT 1 AS c FROM RDB$DATABASE)", "")
}

func (f firebirdFilters) term(w *selector, table string, t filter.Term) {
	f.field(w, table, t.Field)
	w.direction(t)
}

func (firebirdFilters) page(w *selector) {
	if w.q.Offset != nil {
		w.write(" OFFSET ")
		w.value(*w.q.Offset)
		w.write(" ROWS")
	}
	if w.q.Limit != nil {
		w.write(" FETCH NEXT ")
		w.value(*w.q.Limit)
		w.write(" ROWS ONLY")
	}
}

func (f firebirdFilters) item(w *selector, table string, item filter.Item) {
	f.field(w, table, item.Field)
}

// field writes a column. Firebird has no JSON.
func (firebirdFilters) field(w *selector, table string, f filter.Field) {
	if f.Path != nil {
		w.refuse(f, "Firebird has no JSON, into which a path could lead")
	}
	_, column := w.column(table, f)
	w.write(column)
}

func (f firebirdFilters) compare(w *selector, c filter.Condition) {
	op := operator(c.Op)
	switch {
	case c.Each != filter.Once:
		w.refuseOperator(c)
	case c.Op == filter.Is:
		f.is(w, c)
	case c.Op == filter.In:
		w.in(c.List, func() { f.field(w, w.table, c.Field) }, func(v string) { f.value(w, c.Field, v) })
	case c.Op == filter.IsDistinct:
		f.both(w, c, " IS DISTINCT FROM ")
	case c.Op == filter.Like:
		f.like(w, c, "")
	case c.Op == filter.ILike:
		f.like(w, c, "UPPER")
	case op == "":
		w.refuseOperator(c)
	default:
		f.both(w, c, " "+op+" ")
	}
}

func (f firebirdFilters) both(w *selector, c filter.Condition, op string) {
	f.field(w, w.table, c.Field)
	w.write(op)
	f.value(w, c.Field, c.Value)
}

func (f firebirdFilters) is(w *selector, c filter.Condition) {
	words := isWords(c.Value)
	if t, _ := w.column(w.table, c.Field); t != nil && t.Name != "BOOLEAN" &&
		!strings.HasSuffix(words, "NULL") {
		w.refuse(c.Field, "it is no truth value")
	}
	f.field(w, w.table, c.Field)
	w.write(words)
}

// firebirdText is the longest text in UTF-8: 32,765 bytes, of which a character may have four.
const firebirdText = "VARCHAR(8191)"

// like compares the text of a field, as responses show it, with a pattern, as both are or through a
// function.
func (f firebirdFilters) like(w *selector, c filter.Condition, function string) {
	before, after := "CAST(", " AS "+firebirdText+")"
	switch t, _ := w.column(w.table, c.Field); {
	case t == nil, t.Name == "VARCHAR", t.Name == "TEXT":
		before, after = "", ""
	case t.Name == "CHAR":
		before, after = "TRIM(TRAILING FROM ", ")"
	}
	w.write(function, "(", before)
	f.field(w, w.table, c.Field)
	w.write(after, ") LIKE ", function, "(CAST(")
	w.value(escapedOnly(c.Value))
	w.write(" AS ", firebirdText, `)) ESCAPE '\'`)
}

// escapedOnly returns a pattern in which a backslash stands before what needs it alone: Firebird
// refuses others.
func escapedOnly(like string) string {
	var b strings.Builder
	for i := 0; i < len(like); i++ {
		if c := like[i]; c != '\\' {
			b.WriteByte(c)
			continue
		}
		if i++; i == len(like) || strings.IndexByte(`%_\`, like[i]) >= 0 {
			b.WriteByte('\\')
		}
		if i < len(like) {
			b.WriteByte(like[i])
		}
	}
	return b.String()
}

// value writes what a field is compared with. The parameter of a text is as long as the field,
// which a longer value must not exceed: it is cast.
func (firebirdFilters) value(w *selector, f filter.Field, value string) {
	t, _ := w.column(w.table, f)
	if t == nil {
		w.value(value)
		return
	}
	switch t.Name {
	case "CHAR", "VARCHAR", "TEXT":
		w.write("CAST(")
		w.value(value)
		w.write(" AS ", firebirdText, ")")
		return
	case "BINARY", "VARBINARY":
		w.write("CAST(")
		w.value(firebirdValue(t, value))
		w.write(" AS VARCHAR(32765) CHARACTER SET OCTETS)")
		return
	case "SMALLINT", "INTEGER", "BIGINT", "NUMERIC", "DECIMAL":
		if places := scaleOf(t.SQL); decimals(value) > places {
			w.refuse(f, fmt.Sprintf("its numbers have %d decimal places, and the value has more", places))
		}
	}
	w.value(firebirdValue(t, value))
}

// scaleOf returns the number of decimal places of NUMERIC(18,4), 0 for other types.
func scaleOf(sql string) int {
	_, scale, _ := strings.Cut(strings.TrimSuffix(sql, ")"), ",")
	n, _ := strconv.Atoi(strings.TrimSpace(scale))
	return n
}

// decimals returns the number of decimal places that a number needs, 0 for what is no number.
func decimals(text string) int {
	if !isDecimal(text) {
		return 0
	}
	digits, exponent := significant(text)
	return max(0, len(digits)-exponent)
}
