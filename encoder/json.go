package encoder

import (
	"encoding/hex"
	"io"
	"math"

	"github.com/moresql/moresql/row"
)

// JSON returns the default encoder. It writes an array of objects, streamed, each with its columns in the order of
// the result and duplicate names kept; [] for no rows. Values are what PostgreSQL's to_json writes for them:
//
//   - integers, numeric and floats are numbers with all their digits; NaN and the infinities are strings
//   - dates and times are strings in ISO 8601
//   - json and jsonb stand as they are, arrays are arrays
//   - bytes are strings of hexadecimal digits after \x
//   - everything else is a string; bytes that are not UTF-8 become U+FFFD
//
// It is safe for concurrent use.
func JSON() Encoder { return jsonEncoder{} }

type jsonEncoder struct{}

func (jsonEncoder) MediaType() string { return jsonMediaType }

func (jsonEncoder) Encode(w io.Writer, rows *row.Rows) error {
	var v valueWriter
	return encodeJSON(w, rows, v.append)
}

// valueWriter appends values; it keeps the memory that walking arrays takes.
type valueWriter struct {
	array row.ArrayReader
}

func (w *valueWriter) append(b []byte, v row.Value) ([]byte, error) {
	if v.Kind() == row.Array {
		return w.appendArray(b, v), nil
	}
	return appendValue(b, v), nil
}

// appendValue appends any value but an array.
func appendValue(b []byte, v row.Value) []byte {
	switch v.Kind() {
	case row.Text, row.UUID:
		return appendString(b, v.Raw())
	case row.Numeric:
		return append(b, v.Raw()...)
	case row.Null, row.Void:
		return append(b, "null"...)
	case row.Float32, row.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return append(v.AppendText(append(b, '"')), '"')
		}
	case row.JSON:
		return appendJSON(b, v.Raw())
	case row.Bytes:
		return append(hex.AppendEncode(append(b, `"\\x`...), v.Raw()), '"')
	case row.Date, row.Time, row.TimeTZ, row.Timestamp, row.TimestampTZ:
		if raw := v.Raw(); len(raw) > 0 {
			return appendString(b, raw)
		}
		return append(v.AppendText(append(b, '"')), '"')
	}
	return v.AppendText(b)
}

// appendArray transcodes the text of an array. What cannot be read as one is written as the string that it is.
func (w *valueWriter) appendArray(b []byte, v row.Value) []byte {
	start := len(b)
	w.array.Reset(v)
	for {
		token, err := w.array.Next()
		if err != nil {
			return appendString(b[:start], v.Raw())
		}
		if len(b) > start && b[len(b)-1] != '[' && (token == row.Open || token == row.Element) {
			b = append(b, ',')
		}
		switch token {
		case row.Open:
			b = append(b, '[')
		case row.Close:
			b = append(b, ']')
		case row.Element:
			b = appendValue(b, w.array.Value())
		case row.End:
			return b
		}
	}
}
