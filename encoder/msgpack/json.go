package msgpack

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/vmihailenco/msgpack/v5"
)

// An object is a JSON object: name, value, name, value.
type object []any

// EncodeMsgpack implements msgpack.CustomEncoder.
func (o object) EncodeMsgpack(enc *msgpack.Encoder) error {
	if err := enc.EncodeMapLen(len(o) / 2); err != nil {
		return err
	}
	return enc.EncodeMulti(o...)
}

// parseJSON returns a JSON text as nil, bool, int64, uint64, float64, string, []any or object. It
// is not ok for any other text.
func parseJSON(text []byte) (_ any, ok bool) {
	if !json.Valid(text) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return parseValue(d), true
}

// parseValue reads on in a text that is valid, as deeply nested as encoding/json allows.
func parseValue(d *json.Decoder) any {
	token, _ := d.Token()
	switch t := token.(type) {
	case json.Number:
		return number(string(t))
	case json.Delim:
		list := []any{}
		for d.More() {
			list = append(list, parseValue(d))
		}
		d.Token() // the closing one
		if t == '{' {
			return object(list)
		}
		return list
	}
	return token
}

// number returns the value of a JSON number if it has the same digits, and else these.
func number(digits string) any {
	if i, err := strconv.ParseInt(digits, 10, 64); err == nil && digits != "-0" {
		return i
	}
	if u, err := strconv.ParseUint(digits, 10, 64); err == nil {
		return u
	}
	if f, err := strconv.ParseFloat(digits, 64); err == nil {
		for _, format := range []byte{'f', 'e'} { // PostgreSQL's for a float are the same
			if strconv.FormatFloat(f, format, -1, 64) == digits {
				return f
			}
		}
	}
	return digits
}
