package encoder

import (
	"encoding/json"
	"io"
	"math"

	"github.com/moresql/moresql/row"
)

// Marshal returns a JSON encoder that writes values with the Marshal function of another library:
//
//	moresql.Encoders(encoder.Marshal(sonic.Marshal))
//
// The function is called for every value, with nil, bool, int64, uint64, string, json.Number
// (numeric and floats, whose digits libraries write in different ways), json.RawMessage (json and
// jsonb) or []any of these: it must support these two types of encoding/json, as nearly all do. The
// array, the objects and the order of their columns are as JSON writes them. It is safe for
// concurrent use if marshal is.
func Marshal(marshal func(any) ([]byte, error)) Encoder { return marshalEncoder(marshal) }

// StdJSON returns an encoder that writes every value through encoding/json. It is safe for
// concurrent use.
func StdJSON() Encoder { return Marshal(json.Marshal) }

type marshalEncoder func(any) ([]byte, error)

func (marshalEncoder) MediaType() string { return jsonMediaType }

func (marshal marshalEncoder) Encode(w io.Writer, rows *row.Rows) error {
	return encodeJSON(w, rows, func(b []byte, v row.Value) ([]byte, error) {
		doc, err := marshal(native(v))
		return append(b, doc...), err
	})
}

// native returns the Go value for which a JSON library writes what the default encoder writes.
func native(v row.Value) any {
	switch v.Kind() {
	case row.Numeric:
		return json.Number(v.Raw())
	case row.Float32, row.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return v.String()
		}
		return json.Number(v.String())
	case row.JSON:
		return json.RawMessage(appendJSON(nil, v.Raw()))
	case row.Bytes:
		return v.String()
	case row.Array:
		if list, err := v.List(native); err == nil {
			return list
		}
	}
	value := v.Any()
	if s, ok := value.(string); ok { // libraries differ in how they replace invalid UTF-8
		return validUTF8(s)
	}
	return value
}
