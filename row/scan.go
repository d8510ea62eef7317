package row

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/moresql/moresql/internal/quirk"
)

// A scanner makes Values of a driver's values.
type scanner struct {
	made []byte // memory of values: copies of the driver's bytes, and text in another form
	err  error  // the reason why the last value could not be made

	lends bool // large bytes of the driver are valid as long as the row, and need no copy
	lent  bool // a value is in such bytes
}

// value makes the Value of a driver's value in a column. Bytes are copied, since the driver may use
// them again. The column's kind and the type of src decide together: a driver may return a number
// as text, and SQLite any text in a column of numbers.
func (sc *scanner) value(src any, c *Column) Value {
	switch s := src.(type) {
	case nil:
		return Value{}
	case string:
		if c.stored {
			return storedText(s, c.Kind)
		}
		if c.loose && !utf8.ValidString(s) {
			return textValue(s, Bytes)
		}
		return sc.text(s, c.Kind, c)
	case int64:
		return sc.int(s, c)
	case float64:
		return floatValue(s, c)
	case bool:
		return boolValue(s)
	case []byte:
		return sc.bytes(sc.keep(s), c)
	case time.Time:
		return timeValue(s, c)
	}
	return sc.other(src, c)
}

// keep returns a driver's bytes as a string that is valid as long as the row.
func (sc *scanner) keep(src []byte) string {
	if sc.lends && len(src) >= lentSize {
		sc.lent = true
		return stringOf(src)
	}
	start := len(sc.made)
	sc.made = append(sc.made, src...)
	return stringOf(sc.made[start:])
}

// other makes the Value of a type that drivers return although it is not one of driver.Value's.
func (sc *scanner) other(src any, c *Column) Value {
	switch s := src.(type) {
	case float32:
		return float32Value(s)
	case uint64:
		return Value{num: s, meta: int32(Uint)}
	case uint:
		return Value{num: uint64(s), meta: int32(Uint)}
	case int:
		return sc.int(int64(s), c)
	case int32:
		return sc.int(int64(s), c)
	case int16:
		return sc.int(int64(s), c)
	case int8:
		return sc.int(int64(s), c)
	case uint32:
		return sc.int(int64(s), c)
	case uint16:
		return sc.int(int64(s), c)
	case uint8:
		return sc.int(int64(s), c)
	case [16]byte:
		return sc.uuid(s)
	case fmt.Stringer: // decimals, big integers and the like
		return sc.text(s.String(), c.Kind, c)
	}
	sc.err = fmt.Errorf("the driver returned a %T, which has no text form: "+
		"cast the column to text in the procedure", src)
	return Value{}
}

func boolValue(b bool) Value {
	v := Value{meta: int32(Bool)}
	if b {
		v.num = 1
	}
	return v
}

func intValue(i int64) Value { return Value{num: uint64(i), meta: int32(Int)} }

// textValue returns text or bytes without any conversion.
func textValue(s string, kind Kind) Value { return Value{data: s, meta: int32(kind)} }

// madeValue returns what has been appended to made after its first start bytes.
func (sc *scanner) madeValue(start int, kind Kind) Value {
	return textValue(stringOf(sc.made[start:]), kind)
}

func (sc *scanner) int(i int64, c *Column) Value {
	switch {
	case c.Kind == Bool && (i == 0 || i == 1): // SQLite
		return boolValue(i == 1)
	case c.Kind == Text && !c.stored: // oid, whose numbers to_json writes as strings
		start := len(sc.made)
		sc.made = strconv.AppendInt(sc.made, i, 10)
		return sc.madeValue(start, Text)
	}
	return intValue(i)
}

// uuid returns the text of a UUID (RFC 9562, section 4).
func (sc *scanner) uuid(u [16]byte) Value {
	start := len(sc.made)
	sc.made = hex.AppendEncode(sc.made, u[:4])
	for _, field := range [][]byte{u[4:6], u[6:8], u[8:10], u[10:]} {
		sc.made = hex.AppendEncode(append(sc.made, '-'), field)
	}
	return sc.madeValue(start, UUID)
}

// bytes decides whether bytes are binary or text.
func (sc *scanner) bytes(s string, c *Column) Value {
	switch {
	case c.Kind == UUID && len(s) == 16:
		u := [16]byte([]byte(s))
		if c.guid {
			swapGUID(&u)
		}
		return sc.uuid(u)
	case c.Kind == Bytes, c.Kind == Null && c.binary, c.stored:
		return textValue(s, Bytes)
	}
	v := sc.text(s, c.Kind, c)
	if v.Kind() == Text && !utf8.ValidString(s) { // SQLite stores any value in any column
		return textValue(s, Bytes)
	}
	return v
}

// text returns text as a value of the given kind, or as Text if that kind cannot hold it.
func (sc *scanner) text(s string, kind Kind, c *Column) Value {
	switch kind {
	case Null, Bytes:
		kind = Text
	case Array:
		num := uint64(c.Elem) | uint64(c.delim)<<8 | uint64(c.inner)<<16
		return Value{data: s, num: num, meta: int32(Array)}
	case Bool:
		switch s {
		case "t", "true", "1":
			return boolValue(true)
		case "f", "false", "0":
			return boolValue(false)
		}
		kind = Text
	case Int, Uint:
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return intValue(i)
		}
		if u, err := strconv.ParseUint(s, 10, 64); err == nil {
			return Value{num: u, meta: int32(Uint)}
		}
		return numericValue(s)
	case Float32, Float64:
		if f, ok := parseFloat(s); ok {
			return floatValue(f, c)
		}
		kind = Text
	case Numeric:
		if c.checked && s != "" && '0' <= s[len(s)-1] && s[len(s)-1] <= '9' {
			break
		}
		if c.loose {
			s = quirk.FirebirdDecimal(s)
		}
		return numericValue(s)
	case JSON:
		if c.checked {
			return Value{data: s, num: 1, meta: int32(JSON)}
		}
	case Date, Time, TimeTZ:
		if s == "" { // SQLite stores any text, and a time without text would be read from num
			kind = Text
		}
	case Timestamp, TimestampTZ:
		if s != "" {
			start := len(sc.made)
			sc.made = isoTimestamp(append(sc.made, s...), start, kind == TimestampTZ)
			return sc.madeValue(start, kind)
		}
		kind = Text
	}
	return textValue(s, kind)
}

// numericValue returns digits as a Numeric, without the leading zeros of MySQL's ZEROFILL, and any
// other text, such as NaN and the infinities, as Text.
func numericValue(s string) Value {
	digits := s
	for len(digits) > 1 && digits[0] == '0' && digits[1] != '.' && !isNumber(digits) {
		digits = digits[1:]
	}
	if isNumber(digits) {
		return textValue(digits, Numeric)
	}
	return textValue(s, Text)
}

// hex returns the bytes of a bytea inside an array, whose text is \x and hexadecimal digits. With
// another setting of bytea_output it stays text.
func (sc *scanner) hex(s string) Value {
	if len(s) >= 2 && s[:2] == `\x` {
		start := len(sc.made)
		if b, err := hex.AppendDecode(sc.made, bytesOf(s[2:])); err == nil {
			sc.made = b
			return sc.madeValue(start, Bytes)
		}
	}
	return textValue(s, Text)
}

// swapGUID puts the bytes of SQL Server's uniqueidentifier, whose first three fields are
// little-endian, into the order of its text. go-mssqldb returns them in the server's order unless
// its option "guid conversion" is on.
func swapGUID(u *[16]byte) {
	slices.Reverse(u[0:4])
	slices.Reverse(u[4:6])
	slices.Reverse(u[6:8])
}

// isNumber reports whether s is a number of JSON's grammar (RFC 8259, section 6), which is also how
// the databases write theirs.
func isNumber(s string) bool {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	if i < len(s) && s[i] == '0' {
		i++
	} else if i = skipDigits(s, i); i < 0 {
		return false
	}
	if i < len(s) && s[i] == '.' {
		if i = skipDigits(s, i+1); i < 0 {
			return false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		i = skipDigits(s, i)
	}
	return i == len(s)
}

// skipDigits returns the end of the digits that begin at s[i], or -1 if there are none.
func skipDigits(s string, i int) int {
	start := i
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	if i == start {
		return -1
	}
	return i
}
