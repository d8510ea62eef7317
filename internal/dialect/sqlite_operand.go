package dialect

import (
	"math"
	"strconv"
	"strings"

	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/row"
)

// operands writes the comparison of a field with a value, or with several by IN. SQLite converts
// what a column with a declared type is compared with to that type ("Datatypes In SQLite", 4.2).
// Without a declared type '5' never equals 5, so the type of the field's value decides. The same
// holds for ANY, which in a STRICT table converts nothing.
//
// Any column can hold any value, and a value is found by what a response shows for it. So an
// operand stands for all values that look like it: bytes as \x and hexadecimal digits, 1 and true
// in a BOOLEAN.
func (l sqliteFilters) operands(w *selector, f filter.Field, op string, list []string) {
	t, _ := w.column(w.table, f)
	declared := ""
	if f.Path == nil && t != nil {
		declared, _, _ = strings.Cut(strings.ToUpper(t.Name), "(")
		declared = strings.TrimSpace(declared)
	}
	switch {
	case isText(f.Path), declared == digitsType:
		l.compareWith(w, f, op, list, textOperand)
	case isTimeType(declared):
		l.compareTimes(w, f, op, list)
	case strings.HasPrefix(declared, "BOOL"):
		l.compareWith(w, f, op, list, boolOperand)
	case strings.Contains(declared, "BLOB") && (op == "=" || op == "<>" || op == "IN"):
		l.compareWith(w, f, op, list, blobOperand)
	case f.Path == nil && strings.Contains(declared, "BLOB"):
		l.compareClasses(w, f, op, list, textOperand, func(v string) any { return bytesOf(v) })
	case f.Path == nil && (declared == "" || declared == "ANY"):
		l.compareClasses(w, f, op, list, textOperand, bytesShown)
	case f.Path == nil && hasNumbers(declared):
		l.compareWith(w, f, op, list, numberOperand)
	case f.Path == nil:
		l.compareWith(w, f, op, list, anyOperand)
	default:
		text := func(v string) []any { return []any{jsonText(v)} }
		l.compareClasses(w, f, op, list, text, bytesShown)
	}
}

// compareClasses compares each value of a field by its storage class; text and blob say what an
// operand stands for among texts and among bytes.
func (l sqliteFilters) compareClasses(
	w *selector, f filter.Field, op string, list []string, text func(string) []any,
	blob func(string) any,
) {
	w.write("CASE typeof(")
	l.field(w, w.table, f)
	w.write(") WHEN 'text' THEN ")
	l.compareWith(w, f, op, list, text)
	w.write(" WHEN 'blob' THEN ")
	l.compareWith(w, f, op, list, func(v string) []any { return []any{blob(v)} })
	w.write(" ELSE ")
	l.compareWith(w, f, op, list, func(v string) []any { return []any{truthOf(numberShown(v))} })
	w.write(" END")
}

// compareWith writes a comparison with the first value that an operand stands for, or if the
// comparison is one of equality with all of them.
func (l sqliteFilters) compareWith(
	w *selector, f filter.Field, op string, list []string, values func(string) []any,
) {
	var all []any
	for _, operand := range list {
		all = append(all, values(operand)...)
	}
	l.field(w, w.table, f)
	switch {
	case op == "IN", op == "=" && len(all) > 1:
		op = "IN"
	case op == "<>" && len(all) > 1:
		op = "NOT IN"
	default:
		w.write(" ", op, " ")
		w.value(all[0])
		return
	}
	w.write(" ", op, " (")
	for i, v := range all {
		if i > 0 {
			w.write(", ")
		}
		w.value(v)
	}
	w.write(")")
}

// What an operand stands for in columns of one type. There are as many values for every operand,
// so that the statement does not depend on it.

func textOperand(operand string) []any { return []any{operand} }

// anyOperand is for columns of a type that leaves bytes as they are. The number counts where the
// column does not convert the text: it can have its declared type from the first part of a UNION.
func anyOperand(operand string) []any {
	return []any{operand, bytesShown(operand), canonical(operand)}
}

// bytesShown returns the bytes that are shown as the operand, otherwise the operand, which equals
// no bytes.
func bytesShown(operand string) any {
	if b, ok := shownBytes(operand); ok {
		return b
	}
	return operand
}

// numberShown returns the number that the operand spells, as the infinite ones are shown, too.
func numberShown(operand string) any {
	switch operand {
	case "Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	return numberOf(operand)
}

// numberOperand is for types of numbers, by which ranges are compared as numbers.
func numberOperand(operand string) []any {
	return append([]any{numberShown(operand)}, anyOperand(operand)...)
}

// canonical returns the number that is shown as the operand, otherwise the operand: 7 is not 07.
func canonical(operand string) any {
	switch n := numberShown(operand).(type) {
	case int64:
		if strconv.FormatInt(n, 10) == operand {
			return n
		}
	case float64:
		if v, err := row.ValueOf(n); err == nil && v.String() == operand {
			return n
		}
	}
	return operand
}

// boolOperand is for BOOLEAN, which has 0 and 1, and whatever else a program has stored.
func boolOperand(operand string) []any {
	return append([]any{truthOf(operand)}, anyOperand(operand)...)
}

// blobOperand is for BLOB, which converts nothing: a BLOB equals no text and a text no number.
func blobOperand(operand string) []any {
	return []any{bytesOf(operand), operand, numberShown(operand)}
}

// hasNumbers reports whether a declared type is one of numbers ("Datatypes In SQLite", 3.1). Any
// name that means nothing is a type of numbers too, and not meant here.
func hasNumbers(declared string) bool {
	for _, name := range []string{"INT", "REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL"} {
		if strings.Contains(declared, name) {
			return true
		}
	}
	return false
}

// isTimeType reports whether a column of the declared type has days or times.
func isTimeType(declared string) bool {
	return strings.HasPrefix(declared, "DATE") || strings.HasPrefix(declared, "TIMESTAMP") ||
		declared == "SMALLDATETIME"
}

// compareTimes compares the texts of times by the instants that they say: with a space or a T
// between day and time, with or without an offset, or as modernc.org/sqlite writes a time.Time
// ("Date And Time Functions", Time Values). A time without an offset counts as UTC, as it does for
// SQLite's functions. Numbers are compared as they are.
func (l sqliteFilters) compareTimes(w *selector, f filter.Field, op string, list []string) {
	instant := func(write func()) {
		w.write(sqliteInstant)
		write()
		w.write(" AS v)))")
	}
	w.write("CASE typeof(")
	l.field(w, w.table, f)
	w.write(") WHEN 'text' THEN ")
	instant(func() { l.field(w, w.table, f) })
	w.write(" ", op, " ")
	if op == "IN" {
		w.write("(")
	}
	w.values(list, func(v string) { instant(func() { w.value(v) }) })
	if op == "IN" {
		w.write(")")
	}
	w.write(" ELSE ")
	l.compareWith(w, f, op, list, anyOperand)
	w.write(" END")
}

// sqliteInstant begins the expression that turns the text of a time into one that is equal for
// equal instants and in their order: the time in UTC, then the fraction of the second without
// trailing zeros, of which SQLite's functions know three digits only. Another text stays as it is.
// v is the text, and o what follows the fraction, such as +02:00, or +0200 CEST after a space.
const sqliteInstant = `(SELECT coalesce(datetime(substr(v, 1, 19) ||` +
	` CASE WHEN o GLOB ' [+-][0-9][0-9][0-9][0-9] *'` +
	` THEN substr(o, 2, 3) || ':' || substr(o, 5, 2) ELSE o END) ||` +
	` rtrim(rtrim(substr(substr(v, 20), 1, length(substr(v, 20)) - length(o)), '0'), '.'), v)` +
	` FROM (SELECT v, ltrim(substr(v, 20), '.0123456789') AS o FROM (SELECT `
