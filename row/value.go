package row

import (
	"encoding/hex"
	"math"
	"strconv"
	"time"
)

// A Value is one cell of a row: a kind and, without boxing, what it holds. The zero Value is NULL.
//
// A Value taken from a Row lives as long as the Row: until the next step, or for good after Row.Clone.
// It may be read from several goroutines.
type Value struct { // four words and four fields, the most that the compiler keeps in registers
	// data is the text of Numeric, Text, JSON, UUID and Array, the bytes of Bytes, and the text of a date or
	// a time that came as text; else it is empty. Its memory may be used again for the next row.
	data string
	// num is the Bool (0 or 1), the Int, the Uint, the bits of the float, or the seconds that a clock
	// on the wall has counted since 1970-01-01 00:00:00 (Date, Time, TimeTZ, Timestamp, TimestampTZ); for
	// an Array the kind of its elements, and above it what stands between them; 1 for JSON that the server has checked.
	num  uint64
	nsec int32 // nanoseconds of the second
	meta int32 // the kind in the low byte; for TimeTZ and TimestampTZ the seconds east of UTC above it
}

// ValueOf returns one of Go's own values as a Value, for Row.Set: nil, bool, an integer, a float, a string, which is Text, []byte, which is
// Bytes, or a time.Time, which is a TimestampTZ; a fmt.Stringer's text. It shares no memory with v, but for a string's. A type that
// has no text form is an error.
func ValueOf(v any) (Value, error) {
	c := Column{binary: true}
	if _, ok := v.(time.Time); ok {
		c.Kind = TimestampTZ
	}
	var sc scanner
	value := sc.value(v, &c)
	return value, sc.err
}

// offset returns the seconds east of UTC.
func (v Value) offset() int32 { return v.meta >> 8 }

// Kind returns what the value is; Null for NULL, whatever its column's kind.
func (v Value) Kind() Kind { return Kind(v.meta) }

// IsNull reports whether the value is NULL.
func (v Value) IsNull() bool { return v.Kind() == Null }

// Bool returns a Bool's value, false for any other kind.
func (v Value) Bool() bool { return v.Kind() == Bool && v.num != 0 }

// Int returns an Int's value, 0 for any other kind.
func (v Value) Int() int64 {
	if v.Kind() != Int {
		return 0
	}
	return int64(v.num)
}

// Uint returns a Uint's value, or that of an Int that is not negative, 0 for anything else.
func (v Value) Uint() uint64 {
	if v.Kind() == Uint || v.Kind() == Int && int64(v.num) >= 0 {
		return v.num
	}
	return 0
}

// Float returns a Float64's or a Float32's value, 0 for any other kind: a Numeric is never rounded for you.
func (v Value) Float() float64 {
	if v.Kind() != Float64 && v.Kind() != Float32 {
		return 0
	}
	return math.Float64frombits(v.num)
}

// Time returns the instant that a Date, Timestamp or TimestampTZ stands for, the first two read as UTC.
// It is false for every other kind, and for a date that is none in Go (infinity, or text that the driver left).
func (v Value) Time() (time.Time, bool) {
	switch {
	case len(v.data) > 0 || v.Kind() != Date && v.Kind() != Timestamp && v.Kind() != TimestampTZ:
		return time.Time{}, false
	case v.Kind() == TimestampTZ:
		sec := int64(v.num) - int64(v.offset())
		return time.Unix(sec, int64(v.nsec)).In(time.FixedZone("", int(v.offset()))), true
	}
	return time.Unix(int64(v.num), int64(v.nsec)).UTC(), true
}

// Elem returns the kind of an Array's elements, and what stands between them in its text.
func (v Value) Elem() (kind Kind, delim byte) {
	if v.Kind() != Array {
		return Null, 0
	}
	return Kind(v.num), byte(v.num >> 8)
}

// Checked reports whether the database has made sure that a JSON is valid, encoding aside.
func (v Value) Checked() bool { return v.Kind() == JSON && v.num == 1 }

// Raw returns the memory behind a value that is held as text or bytes: Numeric, Text, JSON, UUID, Bytes, Array (its
// PostgreSQL text), and a date or time that the driver left as text. It is empty for every other value. It must
// not be modified, and the next row overwrites it.
func (v Value) Raw() []byte { return bytesOf(v.data) }

// String returns the value's text, as AppendText writes it; "" for NULL.
func (v Value) String() string { return string(v.AppendText(nil)) }

// AppendText appends the value's text to b: numbers, JSON and text as they are, NaN, Infinity and -Infinity,
// true and false, dates and times in ISO 8601 as PostgreSQL's to_json writes them, bytes as \x and
// hexadecimal digits (PostgreSQL manual, 8.4.1), arrays as PostgreSQL's array text; nothing for NULL.
func (v Value) AppendText(b []byte) []byte {
	switch v.Kind() {
	case Bool:
		return strconv.AppendBool(b, v.num != 0)
	case Int:
		return strconv.AppendInt(b, int64(v.num), 10)
	case Uint:
		return strconv.AppendUint(b, v.num, 10)
	case Float32:
		return appendFloat(b, math.Float64frombits(v.num), 32)
	case Float64:
		return appendFloat(b, math.Float64frombits(v.num), 64)
	case Numeric, Text, JSON, UUID, Array:
		return append(b, v.data...)
	case Bytes:
		return hex.AppendEncode(append(b, `\x`...), v.Raw())
	case Date, Time, TimeTZ, Timestamp, TimestampTZ:
		if len(v.data) > 0 {
			return append(b, v.data...)
		}
		return v.appendTime(b)
	}
	return b
}

// Any returns the value as one of Go's own types, a copy that lives on: nil, bool, int64, uint64, float32,
// float64, []byte for Bytes, []any for Array, and the text of everything else as a string.
func (v Value) Any() any {
	switch v.Kind() {
	case Null, Void:
		return nil
	case Bool:
		return v.num != 0
	case Int:
		return int64(v.num)
	case Uint:
		return v.num
	case Float32:
		return float32(math.Float64frombits(v.num))
	case Float64:
		return math.Float64frombits(v.num)
	case Bytes:
		return append([]byte{}, v.data...)
	case Array:
		if list, err := v.List(Value.Any); err == nil {
			return list
		}
	}
	return v.String()
}

// appendFloat writes the shortest text that reads back as the same number, as PostgreSQL does since version 12: with an
// exponent below 1e-4, and from where a float of its precision need not hold every integer's digits (DBL_DIG, FLT_DIG).
func appendFloat(b []byte, f float64, bits int) []byte {
	low, high := 1e-4, 1e15
	if bits == 32 {
		low, high = float64(float32(1e-4)), 1e6
	}
	format := byte('e')
	switch abs := math.Abs(f); {
	case math.IsInf(f, 1):
		return append(b, "Infinity"...)
	case math.IsInf(f, -1):
		return append(b, "-Infinity"...)
	case abs == 0, low <= abs && abs < high:
		format = 'f'
	}
	return strconv.AppendFloat(b, f, format, -1, bits)
}
