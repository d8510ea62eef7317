package sqltext

import (
	"slices"
	"strings"

	"github.com/moresql/moresql/internal/filter"
)

// mysql spells what MySQL and MariaDB have.
type mysql struct{ *selector }

func (w mysql) item(table string, f filter.Field) { w.field(table, f) }

// field writes a column, or what a path leads to. JSON's null as text is NULL.
func (w mysql) field(table string, f filter.Field) {
	_, column := w.column(table, f)
	switch {
	case f.Path == nil:
		w.write(column)
	case isText(f.Path):
		w.write("CASE WHEN JSON_TYPE(")
		w.extract(column, f)
		w.write(") <> 'NULL' THEN JSON_UNQUOTE(")
		w.extract(column, f)
		w.write(") END")
	default:
		w.extract(column, f)
	}
}

// extract writes what a path leads to. MariaDB 10.11 finds elements that are counted from the end in the first row only.
func (w mysql) extract(column string, f filter.Field) {
	if slices.ContainsFunc(f.Path, func(s filter.Step) bool { return s.Index && indexOf(s) < 0 }) {
		w.refuse(f, "elements of an array are not counted from its end here")
	}
	w.write("JSON_EXTRACT(", column, ", ")
	w.value(jsonPath(f.Path))
	w.write(")")
}

func (w mysql) compare(c filter.Condition) {
	op := operator(c.Op)
	switch {
	case c.Each != filter.Once:
		w.refuseOperator(c)
	case c.Op == filter.Is:
		w.field("t", c.Field)
		w.write(isWords(c.Value))
	case c.Op == filter.In:
		w.in(c)
	case c.Op == filter.IsDistinct:
		w.write("NOT ")
		w.field("t", c.Field)
		w.write(" <=> ")
		w.operand(c.Field, c.Value)
	case c.Op == filter.Like:
		w.like(c, "")
	case c.Op == filter.ILike:
		w.like(c, "LOWER")
	case c.Op == filter.Match:
		w.match(c, "utf8mb4_bin")
	case c.Op == filter.IMatch:
		w.match(c, "utf8mb4_general_ci")
	case op == "":
		w.refuseOperator(c)
	default:
		w.field("t", c.Field)
		w.write(" ", op, " ")
		w.operand(c.Field, c.Value)
	}
}

func (w mysql) in(c filter.Condition) {
	if c.List == nil {
		w.write("FALSE")
		return
	}
	w.field("t", c.Field)
	w.write(" IN (")
	w.values(c.List, func(v string) { w.operand(c.Field, v) })
	w.write(")")
}

// operand writes what a field is compared with. A text that is no number would equal 0, and a long one be cut to a double (manual,
// "Type Conversion in Expression Evaluation").
func (w mysql) operand(f filter.Field, value string) {
	number := numberOf(value)
	switch kind := w.numbers(f); {
	case kind == "DECIMAL" && isNumber(number):
		w.write("CAST(")
		w.value(value)
		w.write(" AS DECIMAL(65, 30))")
	case kind != "" && kind != "DECIMAL" && isNumber(truthOf(number)):
		w.value(truthOf(number))
	case kind != "":
		w.refuse(f, "its value has to be a number")
	case f.Path == nil || isText(f.Path):
		w.value(value)
	case isNumber(number):
		w.value(number)
	default:
		w.value(jsonText(value))
	}
}

func isNumber(v any) bool {
	_, isText := v.(string)
	return !isText
}

// numbers returns the type of a column that has numbers, as the driver names it but for UNSIGNED, "" for other columns.
func (w mysql) numbers(f filter.Field) string {
	t, _ := w.column("t", f)
	if t == nil || f.Path != nil {
		return ""
	}
	name := strings.TrimPrefix(strings.ToUpper(t.Name), "UNSIGNED ")
	if slices.Contains([]string{"TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "YEAR", "DECIMAL", "FLOAT", "DOUBLE"}, name) {
		return name
	}
	return ""
}

// like compares with a pattern, byte by byte, as it is or both in lower case.
func (w mysql) like(c filter.Condition, function string) {
	w.write(function, "(CONVERT(")
	w.field("t", c.Field)
	w.write(" USING utf8mb4)) LIKE ", function, "(CONVERT(")
	w.value(pipeEscaped(c.Value))
	w.write(" USING utf8mb4)) COLLATE utf8mb4_bin ESCAPE '|'")
}

// match compares with a regular expression; the collation says whether case counts.
func (w mysql) match(c filter.Condition, collation string) {
	w.write("CONVERT(")
	w.field("t", c.Field)
	w.write(" USING utf8mb4) REGEXP CONVERT(")
	w.value(c.Value)
	w.write(" USING utf8mb4) COLLATE ", collation)
}

// pipeEscaped returns a pattern with | for the backslash, which strings of a statement have to double in some modes of the server.
func pipeEscaped(like string) string {
	var b strings.Builder
	for i := 0; i < len(like); i++ {
		switch c := like[i]; {
		case c == '|':
			b.WriteString("||")
		case c == '\\' && i+1 < len(like):
			i++
			b.WriteString("|" + like[i:i+1])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
