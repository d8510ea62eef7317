package msgpack

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/moresql/moresql/row"
)

// An object is a JSON object as a list of names and values, alternating.
type object []any

// EncodeMsgpack implements msgpack.CustomEncoder.
func (o object) EncodeMsgpack(enc *msgpack.Encoder) error {
	if err := enc.EncodeMapLen(len(o) / 2); err != nil {
		return err
	}
	return enc.EncodeMulti(o...)
}

// parseJSON returns a JSON text as nil, bool, int64, uint64, float64, string, []any or object. ok
// is false if the text is not valid.
func parseJSON(text []byte) (_ any, ok bool) {
	if !json.Valid(text) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return parseValue(d), true
}

// parseValue reads the next value of a text that is valid. encoding/json limits how deep it can be
// nested.
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
		d.Token() // the closing bracket
		if t == '{' {
			return object(list)
		}
		return list
	}
	return token
}

// number returns the value of a JSON number in the first type that has the same digits, or else its
// digits as a string.
func number(digits string) any {
	if i, err := strconv.ParseInt(digits, 10, 64); err == nil && digits != "-0" {
		return i
	}
	if u, err := strconv.ParseUint(digits, 10, 64); err == nil {
		return u
	}
	if f, err := strconv.ParseFloat(digits, 64); err == nil {
		for _, format := range []byte{'f', 'e'} { // PostgreSQL writes floats in one of both
			if strconv.FormatFloat(f, format, -1, 64) == digits {
				return f
			}
		}
		// PostgreSQL's own text of a float64 is another one now and then.
		if v, err := row.ValueOf(f); err == nil && v.String() == digits {
			return f
		}
	}
	return digits
}
