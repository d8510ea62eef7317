package gojson_test

import (
	"os"
	"testing"

	"github.com/moresql/moresql/encoder/encodertest"
	"github.com/moresql/moresql/encoder/gojson"
	"github.com/moresql/moresql/row"
)

func TestEncoderKeepsTheContract(t *testing.T) {
	encodertest.RunJSON(t, gojson.JSON())
}

func ExampleJSON() {
	columns := []row.Column{{Name: "name", Kind: row.Text}, {Name: "price", Kind: row.Numeric}}
	rows := row.Of(columns, []any{"Beetle", "12500.00"}, []any{"2CV", nil})
	gojson.JSON().Encode(os.Stdout, rows)
	// Output: [{"name":"Beetle","price":12500.00},{"name":"2CV","price":null}]
}
