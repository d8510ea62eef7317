package msgpack_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	lib "github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"

	"github.com/moresql/moresql/encoder/encodertest"
	"github.com/moresql/moresql/encoder/msgpack"
)

func TestEncoderKeepsTheContract(t *testing.T) {
	encodertest.Run(t, msgpack.Encoder(), decode)
}

// decode reads maps with the library's decoder, key by key so that they keep their order.
func decode(document []byte) ([][]encodertest.Field, error) {
	d := lib.NewDecoder(bytes.NewReader(document))
	var rows [][]encodertest.Field
	for {
		if _, err := d.PeekCode(); err == io.EOF {
			return rows, nil
		}
		n, err := d.DecodeMapLen()
		if err != nil {
			return nil, err
		}
		fields := make([]encodertest.Field, n)
		for i := range fields {
			name, err := d.DecodeString()
			if err != nil {
				return nil, err
			}
			if fields[i], err = decodeField(d); err != nil {
				return nil, err
			}
			fields[i].Name = name
		}
		rows = append(rows, fields)
	}
}

// decodeField returns a value as a field without a name, arrays and maps as JSON.
func decodeField(d *lib.Decoder) (encodertest.Field, error) {
	code, err := d.PeekCode()
	if err != nil {
		return encodertest.Field{}, err
	}
	switch {
	case msgpcode.IsFixedArray(code), code == msgpcode.Array16, code == msgpcode.Array32:
		text, err := decodeElements(d.DecodeArrayLen, func() (string, error) { return decodeJSON(d) })
		return encodertest.Field{Text: "[" + text + "]"}, err
	case msgpcode.IsFixedMap(code), code == msgpcode.Map16, code == msgpcode.Map32:
		text, err := decodeElements(d.DecodeMapLen, func() (string, error) {
			name, err := d.DecodeString()
			if err != nil {
				return "", err
			}
			value, err := decodeJSON(d)
			return quote(name) + ":" + value, err
		})
		return encodertest.Field{Text: "{" + text + "}"}, err
	}
	value, err := d.DecodeInterface()
	switch v := value.(type) {
	case nil:
		return encodertest.Field{Null: true}, err
	case []byte:
		return encodertest.Field{Text: `\x` + hex.EncodeToString(v)}, err
	case float32:
		return encodertest.Field{Text: floatText(float64(v), 32)}, err
	case float64:
		return encodertest.Field{Text: floatText(v, 64)}, err
	}
	return encodertest.Field{Text: fmt.Sprint(value)}, err
}

func decodeElements(length func() (int, error), next func() (string, error)) (string, error) {
	n, err := length()
	if err != nil {
		return "", err
	}
	elements := make([]string, n)
	for i := range elements {
		if elements[i], err = next(); err != nil {
			return "", err
		}
	}
	return strings.Join(elements, ","), nil
}

// decodeJSON returns a value inside an array or a map as JSON. A str there may hold the digits of a
// number, which the document does not distinguish from text: any that looks like a number is taken
// for one.
func decodeJSON(d *lib.Decoder) (string, error) {
	code, err := d.PeekCode()
	if err != nil {
		return "", err
	}
	field, err := decodeField(d)
	isText := msgpcode.IsString(code)
	isJSON := json.Valid([]byte(field.Text)) // NaN is not
	isNumber := isJSON && strings.IndexByte("-0123456789", field.Text[0]) >= 0
	switch {
	case field.Null:
		return "null", err
	case isJSON && !isText, isNumber:
		return field.Text, err
	}
	return quote(field.Text), err
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func floatText(f float64, bits int) string {
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(f, 'g', -1, bits)
}
