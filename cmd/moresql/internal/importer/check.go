package importer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/moresql/moresql/catalog"
)

// A checker checks the values of a column before any is written.
type checker struct {
	plain   func([]byte) bool // a value is certainly valid; nil for any text
	judge   string            // the SQL type by which the database decides on the others, "" for none
	what    string            // the values are, for messages
	length  int               // in letters, 0 for any
	integer bool              // of 64 bits or fewer
	truth   bool              // true and false are stored as 1 and 0
	asJSON  bool              // values of JSON are stored as such
	nested  *catalog.Type     // the array or row that one of JSON is; nil if it is none
	bind    func([]byte) any  // the argument for a value, nil for its text
	typed   func([]byte) any  // the argument for a value of JSON, whose type is kept; nil if it is not
	shown   string            // a column as text, as of system
}

// check returns what is wrong with a value, or that the database has to decide.
func (c *checker) check(text []byte) (reason string, unsure bool) {
	if c.length > 0 && len(text) > c.length {
		letters := bytes.TrimRight(text, " ") // which are cut off
		if n := utf8.RuneCount(letters); n > c.length {
			return fmt.Sprintf("it has %d letters, and the column holds %d", n, c.length), false
		}
	}
	switch {
	case c.plain == nil:
		return "", c.judge != ""
	case c.plain(text):
		return "", false
	case c.judge != "":
		return "", true
	}
	return quote(text) + " is not " + c.what, false
}

// quote shows a value in a message.
func quote(text []byte) string {
	const most = 60
	if len(text) > most {
		return strconv.Quote(strings.ToValidUTF8(string(text[:most]), "")) + "…"
	}
	return strconv.Quote(string(text))
}

var typeArguments = regexp.MustCompile(`\((\d+)(?:,\s*(-?\d+))?\)`)

// arguments returns the length or precision of a declared type, and its scale; 0 for none.
func arguments(declared string) (length, scale int) {
	if m := typeArguments.FindStringSubmatch(declared); m != nil {
		length, _ = strconv.Atoi(m[1])
		scale, _ = strconv.Atoi(m[2])
	}
	return length, scale
}

// checkPostgres returns the checker of a type of PostgreSQL. What it does not know for certain the
// server decides, which reads more than the usual forms.
func checkPostgres(t *catalog.Type, declared string) checker {
	if t == nil {
		return checker{}
	}
	c := checker{judge: declared, asJSON: isJSON(t), nested: nested(t)}
	if t.Kind != catalog.Base {
		return c
	}
	length, scale := arguments(declared)
	switch t.Name {
	case "int2":
		c.plain, c.integer = integer(math.MinInt16, math.MaxInt16), true
	case "int4":
		c.plain, c.integer = integer(math.MinInt32, math.MaxInt32), true
	case "int8":
		c.plain, c.integer = integer(math.MinInt64, math.MaxInt64), true
	case "numeric":
		c.plain = decimal(length-scale, length > 0)
	case "float4", "float8":
		c.plain = decimal(30, true)
	case "bool":
		c.plain = isTruth
	case "text":
		c.plain, c.judge = isAny, ""
	case "name", "char": // which the server cuts off
		most := map[string]int{"name": 63, "char": 1}[t.Name]
		c.plain, c.judge = func(b []byte) bool { return len(b) <= most }, ""
		c.what = fmt.Sprintf("as short as %s, which has %d bytes", declared, most)
	case "varchar", "bpchar":
		c.plain, c.judge, c.length = isAny, "", length
	case "json", "jsonb":
		c.plain = func(b []byte) bool { return json.Valid(b) && !bytes.Contains(b, []byte(`\u`)) }
	case "uuid":
		c.plain = isUUID
	case "date":
		c.plain = isDate
	case "timestamp", "timestamptz":
		c.plain = isTimestamp
	}
	return c
}

// isJSON reports whether a type of PostgreSQL has JSON.
func isJSON(t *catalog.Type) bool {
	t = t.Underlying()
	return t != nil && t.Kind == catalog.Base && (t.Name == "json" || t.Name == "jsonb")
}

// checkMySQL returns the checker of a type of MySQL, which would round what is not an integer. The
// server decides on the rest when it is written.
func checkMySQL(t *catalog.Type, declared string) checker {
	if t == nil {
		return checker{}
	}
	c := checker{asJSON: t.Name == "json"}
	name, _, _ := strings.Cut(strings.ToLower(t.Name), " ")
	length, _ := arguments(declared)
	bits, whole := map[string]uint{
		"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64,
	}[name]
	switch unsigned := strings.Contains(strings.ToLower(declared), "unsigned"); {
	case strings.HasPrefix(declared, "tinyint(1)"):
		small := integer(-128, 127)
		c.truth, c.what = true, "true, false or an integer"
		c.plain = func(b []byte) bool { return isTruth(b) || small(b) }
	case whole && unsigned:
		c.plain, c.what = natural(bits), "an integer of "+declared
	case whole:
		c.plain, c.what = integer(-1<<(bits-1), 1<<(bits-1)-1), "an integer of "+declared
	case name == "varchar", name == "char":
		c.length = length
	case name == "bit":
		c.plain, c.what = isBits(length), "a number of "+declared+` or bytes as in \x6869`
		c.truth, c.bind, c.shown = length == 1, bitsOf, shownByMySQL
	case name == "enum", name == "set":
		c.plain, c.what = isWord(declared), "of "+declared
	case name == "datetime", name == "timestamp":
		c.bind = instantOf
	case strings.HasSuffix(name, "binary"), strings.HasSuffix(name, "blob"),
		strings.HasPrefix(name, "geom"), strings.HasSuffix(name, "point"), // GEOMETRYCOLLECTION, too
		strings.HasSuffix(name, "linestring"), strings.HasSuffix(name, "polygon"):
		c.bind, c.shown = bytesOf, shownByMySQL
	}
	return c
}

// checkSQLite returns the checker of a declared type. SQLite itself stores any value in any column
// ("Datatypes In SQLite"), and numbers with more digits than a REAL has without some of these.
func checkSQLite(t *catalog.Type, declared string) checker {
	if t == nil {
		return checker{}
	}
	name := strings.ToUpper(declared)
	has := func(part string) bool { return strings.Contains(name, part) }
	switch {
	case has("BOOL"):
		return checker{plain: isTruth, truth: true, what: "true or false"}
	case has("INT"):
		return checker{
			plain: integer(math.MinInt64, math.MaxInt64), what: "an integer of 64 bits", integer: true,
		}
	case has("CHAR"), has("CLOB"), has("TEXT"):
		return checker{}
	case has("JSON"):
		return checker{plain: json.Valid, what: "JSON", asJSON: true}
	case has("REAL"), has("FLOA"), has("DOUB"):
		return checker{plain: isExactReal, what: decimalsKept}
	case has("NUM"), has("DEC"):
		return checker{plain: isExactFloat, what: decimalsKept}
	case has("BLOB"):
		return checker{bind: bytesOf, typed: typedBytes, shown: shownBySQLite}
	case name == "" || name == "ANY" && t.Strict:
		return checker{typed: typedOf, shown: shownBySQLite}
	case t.Strict:
		return checker{}
	}
	return checker{plain: keepsText(name), what: "kept by SQLite as it is in a column of " + declared +
		": a column of TEXT keeps it"}
}

const decimalsKept = "a number with a decimal point whose digits SQLite keeps, of which a REAL " +
	"has 15: a column of TEXT keeps more"

func isAny([]byte) bool { return true }

// integer returns what reports whether a text is an integer between two others.
func integer(least, most int64) func([]byte) bool {
	return func(b []byte) bool {
		digits := b
		if len(b) > 1 && b[0] == '-' {
			digits = b[1:]
		}
		if len(digits) == 0 || !allDigits(digits) {
			return false
		}
		if len(digits) < 19 {
			var n int64
			for _, d := range digits {
				n = n*10 + int64(d-'0')
			}
			if b[0] == '-' {
				n = -n
			}
			return n >= least && n <= most
		}
		n, err := strconv.ParseInt(string(b), 10, 64)
		return err == nil && n >= least && n <= most
	}
}

func natural(bits uint) func([]byte) bool {
	return func(b []byte) bool {
		_, err := strconv.ParseUint(string(b), 10, int(bits))
		return err == nil
	}
}

func allDigits(b []byte) bool {
	for _, d := range b {
		if d < '0' || d > '9' {
			return false
		}
	}
	return true
}

// decimal returns what reports whether a text is a plain decimal number, whose integer part has at
// most a number of digits if it is limited.
func decimal(most int, limited bool) func([]byte) bool {
	return func(b []byte) bool {
		if len(b) > 1 && b[0] == '-' {
			b = b[1:]
		}
		whole, fraction, found := bytes.Cut(b, []byte{'.'})
		if len(whole) == 0 || found && len(fraction) == 0 || limited && len(whole) >= most && most > 1 ||
			limited && most <= 1 {
			return false // it may be rounded up to one digit more
		}
		return allDigits(whole) && allDigits(fraction)
	}
}

// isExactFloat reports whether a text is an integer of 64 bits, or exact as a float64.
func isExactFloat(b []byte) bool {
	_, err := strconv.ParseInt(strings.Trim(string(b), blanks), 10, 64)
	return err == nil || isExactReal(b)
}

// isExactReal reports whether a text is a decimal number, and the shortest one that stands for its
// float64, but for blanks, its sign and zeros at its ends.
func isExactReal(b []byte) bool {
	number := strings.Trim(string(b), blanks)
	if strings.ContainsAny(number, "xXpPiInN_") { // a number of Go alone
		return false
	}
	f, err := strconv.ParseFloat(number, 64)
	return err == nil && significant(strconv.FormatFloat(f, 'e', -1, 64)) == significant(number)
}

// blanks are those that SQLite takes for space (its function sqlite3Isspace).
const blanks = " \t\r\n\v\f"

// significant returns the digits of a number between the first and the last that are not zero.
func significant(number string) string {
	number, _, _ = strings.Cut(strings.ToLower(number), "e")
	return strings.Trim(strings.Replace(strings.TrimLeft(number, "+-"), ".", "", 1), "0")
}
