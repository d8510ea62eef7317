package arrow

import (
	"encoding/json"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/moresql/moresql/row"
)

// An appender appends a value that is not NULL to a column, and reports whether the column can hold
// it.
type appender func(v row.Value) bool

// appenderOf returns the appender of a column, for the builder of its type in the schema. elems are
// the kinds of an array's elements, as elemsOf returns them.
func appenderOf(builder array.Builder, kind row.Kind, elems ...row.Kind) appender {
	switch b := builder.(type) {
	case *array.BooleanBuilder:
		return func(v row.Value) bool {
			b.Append(v.Bool())
			return v.Kind() == row.Bool
		}
	case *array.Int64Builder:
		return func(v row.Value) bool {
			b.Append(v.Int())
			return v.Kind() == row.Int
		}
	case *array.Uint64Builder:
		return func(v row.Value) bool {
			b.Append(v.Uint())
			return v.Kind() == row.Uint || v.Kind() == row.Int && v.Int() >= 0
		}
	case *array.Float32Builder:
		// lib/pq reads a float4 with double precision: rounding restores the original.
		return func(v row.Value) bool {
			f := float32(v.Float())
			b.Append(f)
			return isFloat(v) && math.IsInf(float64(f), 0) == math.IsInf(v.Float(), 0)
		}
	case *array.Float64Builder:
		return func(v row.Value) bool {
			b.Append(v.Float())
			return isFloat(v)
		}
	case *array.StringBuilder:
		return appendText(b, kind == row.JSON)
	case *array.BinaryBuilder:
		return func(v row.Value) bool {
			b.Append(v.Raw())
			return v.Kind() == row.Bytes
		}
	case *array.Date32Builder:
		return func(v row.Value) bool {
			days, ok := daysOf(v)
			b.Append(arrow.Date32(days))
			return ok
		}
	case *array.Time64Builder:
		return func(v row.Value) bool {
			us, ok := timeOf(v)
			b.Append(arrow.Time64(us))
			return ok
		}
	case *array.TimestampBuilder:
		return func(v row.Value) bool {
			us, ok := timestampOf(v)
			b.Append(arrow.Timestamp(us))
			return ok && (v.Kind() == kind || v.Kind() == row.Date && kind == row.Timestamp)
		}
	case *array.ListBuilder:
		return appendList(b, appenderOf(b.ValueBuilder(), elems[0], elems[1:]...))
	}
	return func(row.Value) bool { // void
		builder.AppendNull()
		return true
	}
}

func isFloat(v row.Value) bool { return v.Kind() == row.Float32 || v.Kind() == row.Float64 }

func appendText(b *array.StringBuilder, isJSON bool) appender {
	var text []byte
	return func(v row.Value) bool {
		text = v.AppendText(text[:0])
		valid := validUTF8(text)
		if isJSON && !v.Checked() && !json.Valid(valid) {
			valid, _ = json.Marshal(string(valid)) // a string never fails
		}
		b.BinaryBuilder.Append(valid)
		return true
	}
}

// appendList returns an appender of arrays of one dimension.
func appendList(b *array.ListBuilder, appendElement appender) appender {
	var reader row.ArrayReader
	return func(v row.Value) bool {
		b.Append(true)
		reader.Reset(v)
		for depth := 0; ; {
			token, err := reader.Next()
			if err != nil {
				return false
			}
			switch token {
			case row.Open:
				if depth++; depth > 1 {
					return false
				}
			case row.Element:
				if e := reader.Value(); e.IsNull() {
					b.ValueBuilder().AppendNull()
				} else if !appendElement(e) {
					return false
				}
			case row.End:
				return true
			}
		}
	}
}

// validUTF8 replaces each byte that is not part of valid UTF-8 by U+FFFD.
func validUTF8(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return []byte(string([]rune(string(b))))
}
