package sqlstate

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// isAboutValue reports whether an error says that a value could not be read, although its code is
// one of those for statements, or for everything else. docs/errors.md has the reasons.
func isAboutValue(err error, code string) bool {
	if fields := coderFields(err); fields.IsValid() {
		return postgresValue(fields, code)
	}
	fields := mySQLFields(err)
	return fields.IsValid() && mySQLValue(number(fields, "Number"), text(fields, "Message"))
}

// A statement that is wrong by itself fails when it is parsed, and PostgreSQL reports the place in
// it: Position in the statement that was sent, InternalPosition and InternalQuery in one of a
// routine. A value fails when the statement runs, and there is no place. But that alone does not
// make it a value: DDL reports no place either, nor does PL/pgSQL. So the error has to come from
// a file of PostgreSQL's source that reads values.
func postgresValue(fields reflect.Value, code string) bool {
	if text(fields, "InternalQuery") != "" || number(fields, "Position") > 0 {
		return code == "42601" && isWithinName(fields)
	}
	return slices.Contains(strings.Fields(valueFiles[code]), text(fields, "File"))
}

// valueFiles are the files of PostgreSQL's source that read values, and of contrib, by the codes
// that they have for values. Codes of class 22 need no file.
//
// Left out is what depends on the types that an author has chosen (42804, 42P18, 42P21, 42P22),
// and names of settings (guc.c), which authors misspell as well. 42P01, a missing table, is 404
// whoever has named it.
var valueFiles = map[string]string{
	"42601": textFiles + nameFiles,                        // syntax error
	"42602": textFiles + nameFiles,                        // invalid name
	"42622": nameFiles,                                    // name too long
	"42704": nameFiles + jsonFiles + " tsvector_op.c",     // undefined object
	"3F000": nameFiles,                                    // undefined schema
	"42703": " acl.c ruleutils.c",                         // undefined column, of has_column_privilege
	"42725": " regproc.c",                                 // ambiguous function
	"42883": " regproc.c",                                 // undefined function, of regprocedure
	"42P02": " regproc.c",                                 // undefined parameter, of regoperator
	"54023": " regproc.c",                                 // too many arguments
	"54000": textFiles + " arrayutils.c" + storedFiles,    // program limit exceeded
	"0A000": textFiles + " namespace.c array_userfuncs.c", // a unit that an interval does not have
	"XX000": " tsquery.c xml.c hstore_io.c",               // what these have no code for
	"10608": " xml.c",                                     // the same since PostgreSQL 18
}

const (
	textFiles = " tsquery.c tsvector_parser.c tsvector.c tsvector_op.c to_tsany.c wparser.c" +
		" jsonpath_scan.l jsonpath_gram.y jsonfuncs.c json.c jsonb.c" + jsonFiles +
		" jsonb_util.c date.c datetime.c timestamp.c formatting.c arrayfuncs.c varlena.c" +
		" oracle_compat.c rangetypes.c multirangetypes.c" +
		" hstore_io.c ltree_io.c ltxtquery_io.c _int_bool.c" +
		" cubeparse.y cubescan.l segparse.y segscan.l"
	jsonFiles   = " jsonpath.c jsonpath_exec.c"
	nameFiles   = " regproc.c namespace.c parse_type.c acl.c"
	storedFiles = " nbtutils.c indextuple.c" // a value that is too long for an index
)

// isWithinName reports whether a syntax error is in the name of a type, as of regtype. It comes
// from the parser of statements, and so has a place, but in the name: the first line of the
// context quotes it, and the message quotes what stands at the place. For a literal the place is
// that of the literal in the statement.
func isWithinName(fields reflect.Value) bool {
	where := text(fields, "Where")
	line, _, _ := strings.Cut(where, "\n")
	first, end := quotation(line)
	if first < 0 {
		return false
	}
	place := number(fields, "Position") + number(fields, "InternalPosition") - 1
	_, size := utf8.DecodeRuneInString(where[first:])
	rest, ok := after(where[first+size:], place) // the name may have several lines
	if !ok {
		return false
	}
	name := strings.Trim(line[first:end], marks)
	literal, ok := after(text(fields, "InternalQuery"), place)
	if ok && strings.HasPrefix(literal, "'") && strings.Contains(literal, name) {
		return false
	}
	message := text(fields, "Message")
	if first, end = quotation(message); first < 0 { // at end of input
		return strings.IndexAny(rest, marks) == 0
	}
	return strings.HasPrefix(rest, strings.Trim(message[first:end], marks))
}

// after returns what follows the first n characters of a text, false if it has no more than these.
func after(text string, n int) (string, bool) {
	for i := range text {
		if n == 0 {
			return text[i:], true
		}
		n--
	}
	return "", false
}

// mySQLValue reports whether the number of an error of MySQL or MariaDB is that of a value. They
// report no place, but have numbers of their own for most kinds of values. Two numbers are of
// everything, and have fixed texts for XPath and for full-text search.
func mySQLValue(number int, message string) bool {
	switch number {
	case 1064: // ER_PARSE_ERROR, whose message begins otherwise for statements, in any language
		return strings.HasPrefix(message, "syntax error, unexpected ")
	case 1105: // ER_UNKNOWN_ERROR
		return strings.HasPrefix(message, "XPATH ")
	case 1267, 1270: // ER_CANT_AGGREGATE_…COLLATIONS, of a column and values with other letters
		return strings.Count(message, ",IMPLICIT)") == 1 &&
			strings.Contains(message, ",COERCIBLE)") && !strings.Contains(message, ",NONE)")
	case 1271: // the same of more values, without their kinds
		return strings.HasSuffix(strings.ToLower(strings.ReplaceAll(message, " ", "")), "'in'")
	case 1139, // ER_REGEXP_ERROR
		1256, 1259, // ER_TOO_BIG_FOR_UNCOMPRESS, ER_ZLIB_Z_DATA_ERROR
		1265, 1366, // WARN_DATA_TRUNCATED, ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
		1298, 1649, // ER_UNKNOWN_TIME_ZONE, ER_UNKNOWN_LOCALE
		1301,                   // ER_WARN_ALLOWED_PACKET_OVERFLOWED
		1411,                   // ER_WRONG_VALUE_FOR_TYPE, of STR_TO_DATE
		1525,                   // ER_WRONG_VALUE
		4048, 4049, 4050, 4076, // ER_GEOJSON_… of MariaDB
		4176, 4178, 4179, // ER_JSON_TABLE_…
		4183, // WARN_SFORMAT_ERROR
		3819: // ER_CHECK_CONSTRAINT_VIOLATED of MySQL
		return true
	}
	return 4035 <= number && number <= 4046 || // JSON of MariaDB, ER_JSON_BAD_CHR and so on
		3140 <= number && number <= 3158 || number == 3165 || // JSON of MySQL
		3685 <= number && number <= 3700 // ER_REGEXP_… of MySQL
}

// number returns a number of an error, which lib/pq keeps as text, 0 if it is absent.
func number(fields reflect.Value, name string) int {
	f := fields.FieldByName(name)
	switch {
	case !f.IsValid():
		return 0
	case f.CanInt():
		return int(f.Int())
	case f.CanUint():
		return int(f.Uint())
	}
	n, _ := strconv.Atoi(text(fields, name)) // "" if the server has sent none
	return n
}
