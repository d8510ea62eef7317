package sqltext

import (
	"encoding/hex"
	"strings"

	"github.com/moresql/moresql/internal/filter"
)

// sqlite spells what SQLite has.
type sqlite struct{ *selector }

func (w sqlite) item(table string, f filter.Field) {
	_, column := w.column(table, f)
	switch {
	case f.Path == nil:
		w.write(column)
		return
	case isText(f.Path):
		w.write(document(column), " ->> ")
	default:
		w.write(document(column), " -> ")
	}
	w.value(jsonPath(f.Path))
}

// document is a column as JSON. Any text can be there, and one that is none would fail the whole statement.
func document(column string) string {
	return "CASE json_error_position(" + column + ") WHEN 0 THEN " + column + " END"
}

// field writes what is compared and ordered: of JSON the value that it is in SQL, or its text.
func (w sqlite) field(table string, f filter.Field) {
	t, column := w.column(table, f)
	switch {
	case f.Path == nil && t != nil && t.Name == DigitsType:
		w.write("CAST(", column, " AS NUMERIC)")
		return
	case f.Path == nil:
		w.write(column)
		return
	}
	if isText(f.Path) {
		w.write("CAST")
		defer w.write(" AS TEXT)")
	} else {
		defer w.write(")")
	}
	w.write("(", document(column), " ->> ")
	w.value(jsonPath(f.Path))
}

func (w sqlite) compare(c filter.Condition) {
	op, list := operator(c.Op), []string{c.Value}
	switch c.Op {
	case filter.Is:
		if c.Value == "unknown" { // there is no such word
			c.Value = "null"
		}
		w.field("t", c.Field)
		w.write(isWords(c.Value))
		return
	case filter.Like:
		op, list[0] = "GLOB", globOf(c.Value)
	case filter.ILike:
		op = "LIKE"
	case filter.In:
		op, list = "IN", c.List
	case filter.IsDistinct:
		op = "IS NOT"
	}
	switch {
	case op == "", c.Each != filter.Once:
		w.refuseOperator(c)
	case c.Op == filter.Like, c.Op == filter.ILike:
		w.field("t", c.Field)
		w.write(" ", op, " ")
		w.value(list[0])
		if c.Op == filter.ILike {
			w.write(` ESCAPE '\'`)
		}
	default:
		w.operands(c.Field, op, list)
	}
}

// operands writes the comparison of a field with a value, or with several by IN. SQLite turns what a column with a declared type is
// compared with into that type ("Datatypes In SQLite", 4.2); without one '5' never equals 5, so the field's own type decides.
func (w sqlite) operands(f filter.Field, op string, list []string) {
	compare := func(bound func(string) any) {
		w.field("t", f)
		w.write(" ", op, " ")
		if op == "IN" {
			w.write("(")
			defer w.write(")")
		}
		w.values(list, func(v string) { w.value(bound(v)) })
	}
	t, _ := w.column("t", f)
	switch {
	case isText(f.Path):
		compare(asText)
	case f.Path == nil && t != nil && t.Name != "":
		compare(declared(t.Name))
	default:
		w.write("CASE WHEN typeof(")
		w.field("t", f)
		w.write(") IN ('integer', 'real') THEN ")
		compare(func(v string) any { return truthOf(numberOf(v)) })
		w.write(" ELSE ")
		if f.Path == nil {
			compare(asText)
		} else {
			compare(jsonText)
		}
		w.write(" END")
	}
}

func asText(value string) any { return value }

// declared returns how a value is bound for a column with a declared type. BOOLEAN has 0 and 1, and a BLOB equals no text.
func declared(name string) func(value string) any {
	switch name = strings.ToUpper(name); {
	case strings.HasPrefix(name, "BOOL"):
		return func(value string) any { return truthOf(value) }
	case strings.Contains(name, "BLOB"):
		return func(value string) any {
			digits, isHex := strings.CutPrefix(value, `\x`)
			if b, err := hex.DecodeString(digits); isHex && err == nil {
				return b
			}
			return []byte(value)
		}
	}
	return asText
}

// globOf returns the pattern of GLOB, where case counts, for one of LIKE.
func globOf(like string) string {
	var b strings.Builder
	for i := 0; i < len(like); i++ {
		c := like[i]
		switch {
		case c == '%':
			b.WriteByte('*')
			continue
		case c == '_':
			b.WriteByte('?')
			continue
		case c == '\\' && i+1 < len(like):
			i++
			c = like[i]
		}
		if strings.IndexByte("*?[", c) >= 0 {
			b.WriteString("[" + string(rune(c)) + "]")
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
