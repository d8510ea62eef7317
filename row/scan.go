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

// A cell is the sql.Scanner that fills one value of the row.
//
// database/sql passes the driver's own bytes to Scan, and they are good only until Scan returns, so they
// are copied, into memory that the next row uses again. It also keeps Rows from being closed by a cancelled
// context while Scan runs (CVE-2025-47907).
type cell struct {
	value  *Value
	column *Column
}

// Scan implements sql.Scanner.
func (c *cell) Scan(src any) error { return c.value.set(src, c.column) }

// set stores what a driver handed over in a column. The column's kind and the type of src decide together:
// a driver may give a number as text, or SQLite text in a column of numbers.
func (v *Value) set(src any, c *Column) error {
	v.data = v.data[:0]
	v.elem, v.binary, v.delim = c.Elem, c.binary, c.delim
	switch s := src.(type) {
	case nil:
		v.kind = Null
	case int64:
		v.setInt(s, c.Kind)
	case float64:
		v.setFloat(s, c.Kind)
	case bool:
		v.setBool(s)
	case []byte:
		v.data = append(v.data, s...)
		if c.guid && len(s) == 16 {
			swapGUID(v.data)
		}
		v.setBytes(c.Kind)
	case string:
		v.data = append(v.data, s...)
		v.setText(c.Kind)
	case time.Time:
		v.setTime(s, c.Kind)
	default:
		return v.setOther(src, c)
	}
	return nil
}

// setOther takes what drivers give beyond the types of driver.Value.
func (v *Value) setOther(src any, c *Column) error {
	switch s := src.(type) {
	case float32:
		v.setFloat(float64(s), Float32)
	case uint64:
		v.kind, v.num = Uint, s
	case uint:
		v.kind, v.num = Uint, uint64(s)
	case int:
		v.setInt(int64(s), c.Kind)
	case int32:
		v.setInt(int64(s), c.Kind)
	case int16:
		v.setInt(int64(s), c.Kind)
	case int8:
		v.setInt(int64(s), c.Kind)
	case uint32:
		v.setInt(int64(s), c.Kind)
	case uint16:
		v.setInt(int64(s), c.Kind)
	case uint8:
		v.setInt(int64(s), c.Kind)
	case [16]byte:
		v.data = append(v.data, s[:]...)
		v.setBytes(UUID)
	case fmt.Stringer: // decimals, big integers and the like
		v.data = append(v.data, s.String()...)
		v.setText(c.Kind)
	default:
		return fmt.Errorf("the driver hands over a %T, which has no text form: cast the column to text in the procedure", src)
	}
	return nil
}

func (v *Value) setBool(b bool) {
	v.kind, v.num = Bool, 0
	if b {
		v.num = 1
	}
}

func (v *Value) setInt(i int64, kind Kind) {
	switch {
	case kind == Bool && (i == 0 || i == 1): // SQLite
		v.setBool(i == 1)
	case kind == Text: // oid, whose numbers to_json writes as strings
		v.kind, v.data = Text, strconv.AppendInt(v.data, i, 10)
	default:
		v.kind, v.num = Int, uint64(i)
	}
}

// setFloat keeps the bits. A Float32 is one whose value fits single precision: lib/pq reads float4 at
// double precision, and 0.1 so read is not 0.1 in single precision.
func (v *Value) setFloat(f float64, kind Kind) {
	v.kind, v.num = Float64, math.Float64bits(f)
	if kind == Float32 && (float64(float32(f)) == f || f != f) {
		v.kind = Float32
	}
}

// setBytes decides whether the bytes in data are binary or text.
func (v *Value) setBytes(kind Kind) {
	switch {
	case kind == Bytes, kind == Null && v.binary:
		v.kind = Bytes
	case kind == UUID && len(v.data) == 16:
		v.kind, v.data = UUID, appendUUID(v.data)
	default:
		v.setText(kind)
		if v.kind == Text && !utf8.Valid(v.data) { // SQLite lets any value into any column
			v.kind = Bytes
		}
	}
}

// setText stores the text in data as a value of the given kind, or as Text when it is not one.
func (v *Value) setText(kind Kind) {
	v.kind = kind
	switch kind {
	case Null, Bytes:
		v.kind = Text
	case Bool:
		switch string(v.data) {
		case "t", "true", "1":
			v.setBool(true)
		case "f", "false", "0":
			v.setBool(false)
		default:
			v.kind = Text
		}
	case Int, Uint:
		if i, err := strconv.ParseInt(string(v.data), 10, 64); err == nil {
			v.kind, v.num = Int, uint64(i)
		} else if u, err := strconv.ParseUint(string(v.data), 10, 64); err == nil {
			v.kind, v.num = Uint, u
		} else {
			v.setText(Numeric)
		}
	case Float32, Float64:
		if f, err := strconv.ParseFloat(string(v.data), 64); err == nil {
			v.setFloat(f, kind)
		} else {
			v.kind = Text
		}
	case Numeric:
		if isNumber(v.data) {
			break
		}
		digits := v.data
		for len(digits) > 1 && digits[0] == '0' && digits[1] != '.' { // MySQL's ZEROFILL
			digits = digits[1:]
		}
		if isNumber(digits) {
			v.data = append(v.data[:0], digits...)
		} else { // NaN and the infinities
			v.kind = Text
		}
	case Date, Time, TimeTZ, Timestamp, TimestampTZ:
		switch {
		case len(v.data) == 0: // SQLite keeps any text in any column, and a time without text is one in num
			v.kind = Text
		case kind == Timestamp, kind == TimestampTZ:
			v.data = isoTimestamp(v.data, kind == TimestampTZ)
		}
	}
}

// setHex stores the text of a bytea inside an array. The server writes it as \x and hexadecimal digits
// unless bytea_output says otherwise; then it stays the text that it is.
func (v *Value) setHex() {
	v.kind = Text
	if len(v.data) >= 2 && v.data[0] == '\\' && v.data[1] == 'x' {
		// behind the text, which has to stay whole when it proves to be something else
		if b, err := hex.AppendDecode(v.data, v.data[2:]); err == nil {
			v.kind, v.data = Bytes, b[:copy(b, b[len(v.data):])]
		}
	}
}

// swapGUID turns the bytes of SQL Server's uniqueidentifier, whose first three fields have the byte of the lowest value
// first, into the order of its text. go-mssqldb hands them over as they are unless its "guid conversion" is on.
func swapGUID(b []byte) {
	slices.Reverse(b[0:4])
	slices.Reverse(b[4:6])
	slices.Reverse(b[6:8])
}

// appendUUID turns 16 bytes into their text, RFC 9562 section 4, in place.
func appendUUID(b []byte) []byte {
	raw := [16]byte(b)
	b = b[:0]
	for i, c := range raw {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, []byte{c})
	}
	return b
}

// isNumber reports whether b is a decimal number as JSON writes them (RFC 8259, section 6), as the
// databases write theirs.
func isNumber(b []byte) bool {
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
	}
	digits := func() bool {
		n := 0
		for n < len(b) && '0' <= b[n] && b[n] <= '9' {
			n++
		}
		b = b[n:]
		return n > 0
	}
	if len(b) > 0 && b[0] == '0' {
		b = b[1:]
	} else if !digits() {
		return false
	}
	if len(b) > 0 && b[0] == '.' {
		b = b[1:]
		if !digits() {
			return false
		}
	}
	if len(b) > 0 && (b[0] == 'e' || b[0] == 'E') {
		b = b[1:]
		if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
			b = b[1:]
		}
		if !digits() {
			return false
		}
	}
	return len(b) == 0
}
