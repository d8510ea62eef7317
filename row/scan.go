package row

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// A cell fills one value of the row, again for each row.
type cell struct {
	value  *Value
	column *Column
	copied []byte // what the driver takes back before the next row
	made   []byte // text that differs from the driver's
}

// Scan implements sql.Scanner.
//
// database/sql passes the driver's own bytes to Scan, and they are good only until Scan returns, so they
// are copied, into memory that the next row uses again. It also keeps Rows from being closed by a cancelled
// context while Scan runs (CVE-2025-47907).
func (c *cell) Scan(src any) error {
	if b, ok := src.([]byte); ok {
		c.copied = append(c.copied[:0], b...)
		c.setBytes(stringOf(c.copied))
		return nil
	}
	return c.set(src)
}

// set stores what a driver handed over, which has to stay as it is as long as the value. The column's kind and the type
// of src decide together: a driver may give a number as text, or SQLite text in a column of numbers.
func (c *cell) set(src any) error {
	switch s := src.(type) {
	case nil:
		*c.value = Value{}
	case int64:
		c.setInt(s)
	case float64:
		c.setFloat(s, c.column.Kind)
	case bool:
		c.setBool(s)
	case []byte:
		c.setBytes(stringOf(s))
	case string:
		c.setText(s, c.column.Kind)
	case time.Time:
		c.setTime(s)
	default:
		return c.setOther(src)
	}
	return nil
}

// setOther takes what drivers give beyond the types of driver.Value.
func (c *cell) setOther(src any) error {
	switch s := src.(type) {
	case float32:
		c.setFloat(float64(s), Float32)
	case uint64:
		c.setUint(s)
	case uint:
		c.setUint(uint64(s))
	case int:
		c.setInt(int64(s))
	case int32:
		c.setInt(int64(s))
	case int16:
		c.setInt(int64(s))
	case int8:
		c.setInt(int64(s))
	case uint32:
		c.setInt(int64(s))
	case uint16:
		c.setInt(int64(s))
	case uint8:
		c.setInt(int64(s))
	case [16]byte:
		c.setUUID(s)
	case fmt.Stringer: // decimals, big integers and the like
		c.setText(s.String(), c.column.Kind)
	default:
		return fmt.Errorf("the driver hands over a %T, which has no text form: cast the column to text in the procedure", src)
	}
	return nil
}

func (c *cell) setBool(b bool) {
	*c.value = Value{meta: int32(Bool)}
	if b {
		c.value.num = 1
	}
}

func (c *cell) setInt(i int64) {
	switch kind := c.column.Kind; {
	case kind == Bool && (i == 0 || i == 1): // SQLite
		c.setBool(i == 1)
	case kind == Text: // oid, whose numbers to_json writes as strings
		c.made = strconv.AppendInt(c.made[:0], i, 10)
		c.store(stringOf(c.made), Text)
	default:
		*c.value = Value{num: uint64(i), meta: int32(Int)}
	}
}

func (c *cell) setUint(u uint64) { *c.value = Value{num: u, meta: int32(Uint)} }

// setFloat keeps the bits. A Float32 is one whose value fits single precision: lib/pq reads float4 at
// double precision, and 0.1 so read is not 0.1 in single precision.
func (c *cell) setFloat(f float64, kind Kind) {
	if kind != Float32 || float64(float32(f)) != f && f == f {
		kind = Float64
	}
	*c.value = Value{num: math.Float64bits(f), meta: int32(kind)}
}

// setUUID stores the text of a UUID, RFC 9562 section 4.
func (c *cell) setUUID(u [16]byte) {
	c.made = hex.AppendEncode(c.made[:0], u[:4])
	for _, field := range [][]byte{u[4:6], u[6:8], u[8:10], u[10:]} {
		c.made = hex.AppendEncode(append(c.made, '-'), field)
	}
	c.store(stringOf(c.made), UUID)
}

// setBytes decides whether bytes are binary or text.
func (c *cell) setBytes(s string) {
	switch kind := c.column.Kind; {
	case kind == Bytes, kind == Null && c.column.binary:
		c.store(s, Bytes)
	case kind == UUID && len(s) == 16:
		u := [16]byte([]byte(s))
		if c.column.guid {
			swapGUID(&u)
		}
		c.setUUID(u)
	default:
		c.setText(s, kind)
		if c.value.Kind() == Text && !utf8.ValidString(s) { // SQLite lets any value into any column
			c.store(s, Bytes)
		}
	}
}

// store stores text or bytes as they are.
func (c *cell) store(s string, kind Kind) { *c.value = Value{data: s, meta: int32(kind)} }

// setText stores text as a value of the given kind, or as Text when it is not one.
func (c *cell) setText(s string, kind Kind) {
	switch kind {
	case Null, Bytes:
		c.store(s, Text)
	case Array:
		*c.value = Value{data: s, num: uint64(c.column.Elem) | uint64(c.column.delim)<<8, meta: int32(Array)}
	case Bool:
		switch s {
		case "t", "true", "1":
			c.setBool(true)
		case "f", "false", "0":
			c.setBool(false)
		default:
			c.store(s, Text)
		}
	case Int, Uint:
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			*c.value = Value{num: uint64(i), meta: int32(Int)}
		} else if u, err := strconv.ParseUint(s, 10, 64); err == nil {
			c.setUint(u)
		} else {
			c.setNumeric(s)
		}
	case Float32, Float64:
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			c.setFloat(f, kind)
		} else {
			c.store(s, Text)
		}
	case Numeric:
		c.setNumeric(s)
	case Date, Time, TimeTZ, Timestamp, TimestampTZ:
		c.setTimeText(s, kind)
	default:
		c.store(s, kind)
	}
}

func (c *cell) setNumeric(s string) {
	digits := s
	for len(digits) > 1 && digits[0] == '0' && digits[1] != '.' && !isNumber(digits) { // MySQL's ZEROFILL
		digits = digits[1:]
	}
	if isNumber(digits) {
		c.store(digits, Numeric)
	} else { // NaN and the infinities
		c.store(s, Text)
	}
}

// setTimeText stores the text of a date or a time, a timestamp's in ISO 8601. SQLite keeps any text in any column.
func (c *cell) setTimeText(s string, kind Kind) {
	switch {
	case s == "": // a time without text would be one in num
		kind = Text
	case kind == Timestamp, kind == TimestampTZ:
		c.made = isoTimestamp(append(c.made[:0], s...), kind == TimestampTZ)
		s = stringOf(c.made)
	}
	c.store(s, kind)
}

// setHex stores the text of a bytea inside an array. The server writes it as \x and hexadecimal digits
// unless bytea_output says otherwise; then it stays the text that it is.
func (c *cell) setHex(s string) {
	if len(s) >= 2 && s[:2] == `\x` {
		if b, err := hex.AppendDecode(c.made[:0], bytesOf(s[2:])); err == nil {
			c.made = b
			c.store(stringOf(b), Bytes)
			return
		}
	}
	c.store(s, Text)
}

// swapGUID turns the bytes of SQL Server's uniqueidentifier, whose first three fields have the byte of the lowest value
// first, into the order of its text. go-mssqldb hands them over as they are unless its "guid conversion" is on.
func swapGUID(u *[16]byte) {
	slices.Reverse(u[0:4])
	slices.Reverse(u[4:6])
	slices.Reverse(u[6:8])
}

// isNumber reports whether s is a decimal number as JSON writes them (RFC 8259, section 6), as the
// databases write theirs.
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

// skipDigits returns where the digits from s[i] on end, -1 when there is none.
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
