package sqltext

import (
	"fmt"
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
	extract := func() {
		w.write("JSON_EXTRACT(", column, ", ")
		w.value(jsonPath(f.Path, func(n int64) string { return fmt.Sprintf("last-%d", n-1) }))
		w.write(")")
	}
	switch {
	case f.Path == nil:
		w.write(column)
	case isText(f.Path):
		w.write("CASE WHEN JSON_TYPE(")
		extract()
		w.write(") <> 'NULL' THEN JSON_UNQUOTE(")
		extract()
		w.write(") END")
	default:
		extract()
	}
}

func (w mysql) compare(c filter.Condition) error {
	if c.Each != filter.Once {
		return w.unsupported(c)
	}
	switch c.Op {
	case filter.Is:
		w.field("t", c.Field)
		w.write(isWords(c.Value))
	case filter.In:
		return w.in(c)
	case filter.IsDistinct:
		w.write("NOT ")
		w.field("t", c.Field)
		w.write(" <=> ")
		return w.operand(c.Field, c.Value)
	case filter.Like:
		w.like(c, "")
	case filter.ILike:
		w.like(c, "LOWER")
	case filter.Match:
		w.match(c, "utf8mb4_bin")
	case filter.IMatch:
		w.match(c, "utf8mb4_general_ci")
	default:
		op := operator(c.Op)
		if op == "" {
			return w.unsupported(c)
		}
		w.field("t", c.Field)
		w.write(" ", op, " ")
		return w.operand(c.Field, c.Value)
	}
	return nil
}

func (w mysql) in(c filter.Condition) error {
	if c.List == nil {
		w.write("FALSE")
		return nil
	}
	w.field("t", c.Field)
	w.write(" IN (")
	for i, v := range c.List {
		if i > 0 {
			w.write(", ")
		}
		if err := w.operand(c.Field, v); err != nil {
			return err
		}
	}
	w.write(")")
	return nil
}

// operand writes what a field is compared with. A text that is no number would equal 0, and a long one be cut to a double (manual,
// "Type Conversion in Expression Evaluation").
func (w mysql) operand(f filter.Field, value string) error {
	t, _ := w.column("t", f)
	var words []string
	if t != nil && f.Path == nil {
		words = strings.Fields(strings.ToUpper(t.Name)) // UNSIGNED INT
	}
	is := func(types ...string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(types, word) })
	}
	var v any = value
	switch {
	case is("DECIMAL"):
		v = numberOf(value)
	case is("TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "YEAR", "FLOAT", "DOUBLE"):
		v = truthOf(numberOf(value))
	case f.Path != nil && !isText(f.Path):
		w.value(numberOf(value))
		return nil
	default:
		w.value(value)
		return nil
	}
	if _, isText := v.(string); isText {
		return &filter.Error{Param: f.Param, Pos: f.Pos, Message: "its value has to be a number"}
	}
	if is("DECIMAL") {
		w.write("CAST(")
		w.value(value)
		w.write(" AS DECIMAL(65, 30))")
		return nil
	}
	w.value(v)
	return nil
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
