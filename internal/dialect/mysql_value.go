package dialect

import (
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
)

// bindMySQL binds truth values and numbers as what they are: MySQL takes the text true for 0 next
// to a number, and a text is no number in JSON, LIMIT or the result. Whole numbers of 64 bits, with
// or without a sign, are integers, other numbers doubles where those have all their digits, and
// otherwise text. Next to a number MySQL reads such a text as a double ("Type Conversion in
// Expression Evaluation"); a DECIMAL column or parameter stores all its digits. A time with a zone
// is a time.Time, since MySQL ignores the zone of a text.
func bindMySQL(text string, t binder.Type) any {
	switch t {
	case binder.BoolType:
		if value, ok := truth(text); ok {
			return value
		}
	case binder.NumberType:
		if n, err := strconv.ParseUint(text, 10, 64); err == nil && int64(n) < 0 {
			return n
		}
		return number(text)
	case binder.TimeType:
		return mysqlInstant(text)
	}
	return text
}

// mysqlInstant is instant for times that the server has. The driver fails at others, whose text the
// server refuses, and writes the zero time, the first of year 1, as 0000-00-00.
func mysqlInstant(text string) any {
	at, ok := instant(text).(time.Time)
	switch year := at.UTC().Year(); {
	case !ok, year < 1, year > 9999:
		return text
	case at.IsZero():
		return at.Add(time.Nanosecond) // which no column has
	}
	return at
}

// mysqlArgument binds by the type of the parameter, to which the server converts: texts are right
// for most types, DECIMAL and times included, whose digits they keep.
func mysqlArgument(t *catalog.Type, a binder.Arg, text string) any {
	switch name := strings.ToLower(t.Name); {
	case isMySQLBinary(name):
		return bytesOf(text)
	case name == "bit":
		if b, ok := shownBytes(text); ok {
			return b
		}
		return truthOf(bindMySQL(text, binder.NumberType))
	case hasMySQLTimes(name):
		return mysqlInstant(text)
	case name == "json" && a.JSON: // a string keeps its quotes
		return a.Values[0]
	case isMySQLBoolean(t):
		return truthOf(bindMySQL(text, a.Type()))
	case name == "year" && text == "0": // as the text it is 2000
		return int64(0)
	case mysqlNumbers[strings.ToUpper(name)]:
		if name == "decimal" && a.Type() == binder.NumberType {
			return text
		}
		return bindMySQL(text, a.Type())
	}
	return text
}

// isMySQLBinary reports whether a type, in lower case, has bytes, which responses show as \x and
// hexadecimal digits.
func isMySQLBinary(name string) bool {
	switch name {
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob",
		"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring",
		"multipolygon", "geometrycollection":
		return true
	}
	return false
}

// hasMySQLTimes reports whether a type, in lower case, has instants. They have no zone: the server
// ignores that of a text, at best with a warning.
func hasMySQLTimes(name string) bool { return name == "datetime" || name == "timestamp" }

// mysqlNumbers are the types that have numbers, in upper case and without UNSIGNED.
var mysqlNumbers = map[string]bool{
	"TINYINT": true, "SMALLINT": true, "MEDIUMINT": true, "INT": true, "BIGINT": true, "YEAR": true,
	"DECIMAL": true, "FLOAT": true, "DOUBLE": true,
}

// operand writes what a field is compared with. A text that is no number would equal 0, and a long
// number would be rounded to a double ("Type Conversion in Expression Evaluation").
func (m mysqlFilters) operand(w *selector, f filter.Field, value string) {
	name := m.columnType(w, f)
	switch {
	case mysqlNumbers[name]:
		m.number(w, f, name, value)
	case isMySQLBinary(strings.ToLower(name)):
		w.value(bytesOf(value))
	case hasMySQLTimes(strings.ToLower(name)), name == "DATE":
		m.time(w, f, name, value)
	case name == "TIME" && !mysqlClock.MatchString(value):
		w.refuse(f, "its value has to be a time of day, such as 12:30:00")
	case name == "TIME":
		w.value(withPoint(value))
	case name == "BIT":
		m.bits(w, f, value)
	case f.Path == nil || isText(f.Path):
		w.value(value)
	case isNumber(numberOf(value)):
		w.value(numberOf(value))
	default:
		w.value(jsonText(value))
	}
}

// columnType returns the type of a column as the driver reports it, in upper case without
// UNSIGNED, and "" if it is not known or the field is inside the column's JSON.
func (mysqlFilters) columnType(w *selector, f filter.Field) string {
	t, _ := w.column(w.table, f)
	if t == nil || f.Path != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToUpper(t.Name), "UNSIGNED ")
}

// number writes a number that is compared with a column of numbers.
func (mysqlFilters) number(w *selector, f filter.Field, name, value string) {
	if name == "DECIMAL" && isNumber(numberOf(value)) {
		whole, fraction := decimalParts(value)
		w.write("CAST(")
		w.value(whole)
		w.write(" AS DECIMAL(65, 0)) + CAST(")
		w.value(fraction)
		w.write(" AS DECIMAL(65, 30))")
		return
	}
	if name == "DECIMAL" {
		w.refuse(f, "its value has to be a number")
	}
	number := truthOf(bindMySQL(value, binder.NumberType)) // an integer keeps all its digits
	if !isNumber(number) {
		number = numberOf(value)
	}
	if !isNumber(number) {
		w.refuse(f, "its value has to be a number")
	}
	w.value(number)
}

// mysqlClock matches a TIME, which may also be a duration.
var mysqlClock = regexp.MustCompile(`^-?(\d+ )?\d+(:[0-5]?\d){1,2}([.,]\d*)?$`)

// time writes what is compared with days or times, in the one form that the server reads in each
// statement: an UPDATE finds no row where it warns of the text, as it does of a zone. Any text that
// is no time would be before all of them.
func (mysqlFilters) time(w *selector, f filter.Field, name, value string) {
	if at, ok := mysqlInstant(value).(time.Time); ok && name != "DATE" {
		w.value(at)
		return
	} else if ok { // the day that is written
		w.value(timeText(at))
		return
	}
	text, ok := plainTime(value)
	if !ok {
		w.refuse(f, "its value has to be a day or a time, such as 2024-07-01T12:30:00Z")
	}
	w.value(text)
}

// withPoint returns a time whose fraction the server reads, which it does not do after a comma.
func withPoint(text string) string { return strings.Replace(text, ",", ".", 1) }

// decimalParts returns the whole part and the fraction of a decimal, each with its sign. A DECIMAL
// has 65 digits at most, and can be compared with all of them only in two parts: one that has room
// for 30 digits after the point has room for 35 before it.
func decimalParts(text string) (whole, fraction string) {
	const most = 66 // before the point, which is more than any DECIMAL has
	digits, exponent := significant(text)
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign = "-"
	}
	switch exponent = min(exponent, most); {
	case exponent < -most:
		return "0", "0"
	case exponent <= 0:
		return "0", sign + "0." + strings.Repeat("0", -exponent) + digits
	case len(digits) <= exponent:
		return sign + digits + strings.Repeat("0", exponent-len(digits)), "0"
	}
	return sign + digits[:exponent], sign + "0." + digits[exponent:]
}

// bits writes a number that is compared with a BIT, which responses show as its bytes.
func (mysqlFilters) bits(w *selector, f filter.Field, value string) {
	if b, ok := shownBytes(value); ok && len(b) <= 8 {
		w.value(binary.BigEndian.Uint64(append(make([]byte, 8-len(b)), b...)))
		return
	}
	number := truthOf(bindMySQL(value, binder.NumberType))
	if !isNumber(number) {
		w.refuse(f, "its value has to be a number")
	}
	w.value(number)
}

func isNumber(v any) bool {
	_, isText := v.(string)
	return !isText
}
