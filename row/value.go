package row

import (
	"encoding/hex"
	"math"
	"strconv"
	"time"
)

// A Value is one value of a row: a kind and, without boxing, its content. The zero Value is NULL.
//
// A Value that comes from a Row is valid as long as the Row: until the next step, or for good after
// Row.Clone. Several goroutines may read it at once.
type Value struct { // four words and four fields, the most that the compiler keeps in registers
	// data is the text of Numeric, Text, JSON, UUID and Array, the bytes of Bytes, and the text of a
	// date or a time that the driver returned as text; empty otherwise. The next row may use its
	// memory again.
	data string

	// num depends on the kind. Bool: 0 or 1. Int and Uint: the number. Float32 and Float64: the bits
	// of the float64. Dates and times: the seconds of the local clock since 1970-01-01 00:00:00.
	// Array: the kind of its elements, above the low byte their delimiter, and
	// then the kind of their own elements. JSON: 1 if the server
	// has checked it.
	num uint64

	nsec int32 // nanoseconds of the second
	meta int32 // the kind, and above its byte the seconds east of UTC of TimeTZ and TimestampTZ
}

// ValueOf returns a Go value as a Value, for Row.Set. It takes nil, bool, integers, floats, a
// string (Text), []byte (Bytes), time.Time (TimestampTZ), and the text of any fmt.Stringer. Of v it
// shares only the memory of a string. A value of another type is an error.
func ValueOf(v any) (Value, error) {
	c := Column{binary: true}
	if _, ok := v.(time.Time); ok {
		c.Kind = TimestampTZ
	}
	var sc scanner
	value := sc.value(v, &c)
	return value, sc.err
}

// offset returns the seconds east of UTC of a TimeTZ or TimestampTZ.
func (v Value) offset() int32 { return v.meta >> 8 }

// Kind returns the value's own kind: Null for NULL, and another one than its column's where the
// driver returns a value that the column's kind cannot hold.
func (v Value) Kind() Kind { return Kind(v.meta) }

// IsNull reports whether the value is NULL.
func (v Value) IsNull() bool { return v.Kind() == Null }

// Bool returns the value of a Bool, and false for any other kind.
func (v Value) Bool() bool { return v.Kind() == Bool && v.num != 0 }

// Int returns the value of an Int, and 0 for any other kind.
func (v Value) Int() int64 {
	if v.Kind() != Int {
		return 0
	}
	return int64(v.num)
}

// Uint returns the value of a Uint or of an Int that is not negative, and 0 otherwise.
func (v Value) Uint() uint64 {
	if v.Kind() == Uint || v.Kind() == Int && int64(v.num) >= 0 {
		return v.num
	}
	return 0
}

// Float returns the value of a Float64 or a Float32, and 0 for any other kind. A Numeric is never
// rounded: parse its String where a float is good enough.
func (v Value) Float() float64 {
	if v.Kind() != Float64 && v.Kind() != Float32 {
		return 0
	}
	return math.Float64frombits(v.num)
}

// Time returns the instant of a TimestampTZ, with its offset, or of a Date or Timestamp taken as
// UTC. It reports false for any other kind, and for a date that is text because no time.Time can
// hold it (infinity) or because the driver returned it so.
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

// Elem returns the kind of an Array's elements and the delimiter between them in its text, which is
// ' ' for PostgreSQL's int2vector and oidvector, whose text has no braces. For any other kind both
// are zero.
func (v Value) Elem() (kind Kind, delim byte) {
	if v.Kind() != Array {
		return Null, 0
	}
	return Kind(v.num), byte(v.num >> 8)
}

// Checked reports whether the value is a JSON whose syntax the database has checked. Its bytes may
// still not be valid UTF-8.
func (v Value) Checked() bool { return v.Kind() == JSON && v.num == 1 }

// Raw returns the memory of a value that is held as text or bytes: Numeric, Text, JSON, UUID,
// Bytes, Array (its PostgreSQL text), and a date or time that the driver returned as text. It is
// empty for any other value. It must not be modified, and the next row overwrites it.
func (v Value) Raw() []byte { return bytesOf(v.data) }

// String returns the value's text as AppendText writes it, "" for NULL.
func (v Value) String() string { return string(v.AppendText(nil)) }

// AppendText appends the value's text to b: true and false, numbers with all their digits, NaN,
// Infinity and -Infinity, text and JSON unchanged, dates and times in ISO 8601 as PostgreSQL's
// to_json writes them, bytes as \x and hexadecimal digits (PostgreSQL manual, 8.4.1), arrays as
// PostgreSQL's array text (8.15.6), nothing for NULL.
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

// Any returns the value as a Go value, a copy that stays valid: nil, bool, int64, uint64, float32,
// float64, []byte for Bytes, []any for Array, and the text of every other kind as a string.
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
