package encoder_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/encodertest"
	"github.com/moresql/moresql/row"
)

func ExampleCompact() {
	encoder.Compact().Encode(os.Stdout, cars())
	// Output:
	// {"columns":["car","price","tags"],"rows":[["Käfer",12500.00,["blue","<new>"]],["2CV",null,[]]]}
}

func ExampleEnvelope() {
	rows := row.Of([]row.Column{{Name: "name"}}, []any{"Käfer"}, []any{"2CV"})
	encoder.Envelope("cars").Encode(os.Stdout, rows)
	// Output: {"cars":[{"name":"Käfer"},{"name":"2CV"}],"count":2}
}

// Whoever makes the rows gives them the shape that an encoder decides on.
func ExampleObject() {
	e := encoder.Object()
	rows := row.Of([]row.Column{{Name: "name", Kind: row.Text}}, []any{"Käfer"})
	if s, ok := e.(encoder.Shaper); ok {
		if err := rows.As(s.Shape(row.List)); err != nil {
			fmt.Println(err)
		}
	}
	e.Encode(os.Stdout, rows)
	// Output: {"name":"Käfer"}
}

func TestCompactKeepsTheContract(t *testing.T) {
	encodertest.Run(t, encoder.Compact(), readCompact)
}

func TestEnvelopeRefusesTheNameOfTheCount(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an object has two members named count")
		}
	}()
	encoder.Envelope("count")
}

func TestEnvelopeKeepsTheContract(t *testing.T) {
	encodertest.Run(t, encoder.Envelope("cars"), readEnvelope)
}

func TestObjectKeepsTheContract(t *testing.T) { encodertest.RunJSON(t, encoder.Object()) }

// readCompact is the encodertest.Decode of Compact: it makes each row the object that JSON writes.
func readCompact(document []byte) ([][]encodertest.Field, error) {
	var result struct {
		Columns []json.RawMessage
		Rows    [][]json.RawMessage
	}
	if err := json.Unmarshal(document, &result); err != nil {
		return nil, err
	}
	objects := []byte{'['}
	for i, values := range result.Rows {
		if len(values) != len(result.Columns) {
			return nil, fmt.Errorf("%d values in %d columns", len(values), len(result.Columns))
		}
		if i > 0 {
			objects = append(objects, ',')
		}
		objects = append(objects, '{')
		for j, v := range values {
			if j > 0 {
				objects = append(objects, ',')
			}
			objects = append(append(append(objects, result.Columns[j]...), ':'), v...)
		}
		objects = append(objects, '}')
	}
	return encodertest.DecodeJSON(append(objects, ']'))
}

// readEnvelope is the encodertest.Decode of Envelope("cars").
func readEnvelope(document []byte) ([][]encodertest.Field, error) {
	var envelope struct {
		Cars  json.RawMessage
		Count *int
	}
	d := json.NewDecoder(bytes.NewReader(document))
	d.DisallowUnknownFields()
	if err := d.Decode(&envelope); err != nil {
		return nil, err
	}
	rows, err := encodertest.DecodeJSON(envelope.Cars)
	if err == nil && (envelope.Count == nil || *envelope.Count != len(rows)) {
		err = errors.New("the count is wrong")
	}
	return rows, err
}
