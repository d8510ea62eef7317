package encoder

import (
	"encoding/hex"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/moresql/moresql/row"
)

// JSON returns the default encoder. It writes an array of objects, streamed, each with its columns
// in the order of the result, duplicate names included; [] for no rows. Values are as PostgreSQL's
// to_json writes them:
//
//   - integers, numeric and floats are numbers with all their digits; NaN and the infinities are
//     strings
//   - dates and times are strings in ISO 8601
//   - json and jsonb are copied unchanged, arrays are arrays
//   - bytes are strings of hexadecimal digits after \x
//   - everything else is a string; bytes that are not UTF-8 become U+FFFD
//
// It is safe for concurrent use.
func JSON() Encoder { return jsonEncoder{} }

type jsonEncoder struct{}

func (jsonEncoder) MediaType() string { return jsonMediaType }

func (jsonEncoder) Encode(w io.Writer, rows *row.Rows) error { return encodeJSON(w, rows, nil) }

// appendValue appends a value as JSON documents it. The reader is used for arrays.
func appendValue(b []byte, v row.Value, reader *row.ArrayReader) []byte {
	switch v.Kind() {
	case row.Int:
		return strconv.AppendInt(b, v.Int(), 10)
	case row.Text, row.UUID:
		return appendString(b, v.Raw())
	case row.Numeric:
		return append(b, v.Raw()...)
	case row.Null, row.Void:
		return append(b, "null"...)
	case row.Array:
		return appendArray(b, v, reader)
	case row.JSON:
		if raw := v.Raw(); v.Checked() && utf8.Valid(raw) {
			return append(b, raw...)
		}
		return appendJSON(b, v.Raw())
	case row.Bytes:
		return append(hex.AppendEncode(append(b, `"\\x`...), v.Raw()), '"')
	case row.Float32, row.Float64:
		start := len(b)
		if b = v.AppendText(b); b[len(b)-1] > '9' { // NaN and the infinities end with a letter
			b = append(slices.Insert(b, start, '"'), '"')
		}
		return b
	case row.Date, row.Time, row.TimeTZ, row.Timestamp, row.TimestampTZ:
		if raw := v.Raw(); len(raw) > 0 {
			return appendString(b, raw)
		}
		return append(v.AppendText(append(b, '"')), '"')
	}
	return v.AppendText(b)
}
