package encoder_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// cars is a result with text, a number, an array and NULL.
func cars() *row.Rows {
	columns := []row.Column{
		{Name: "car", Kind: row.Text},
		{Name: "price", Kind: row.Numeric},
		{Name: "tags", Kind: row.Array, Elem: row.Text},
	}
	return row.Of(columns,
		[]any{"Käfer", "12500.00", "{blue,<new>}"},
		[]any{"2CV", nil, "{}"})
}

func ExampleJSON() {
	encoder.JSON().Encode(os.Stdout, cars())
	// Output:
	// [{"car":"Käfer","price":12500.00,"tags":["blue","<new>"]},{"car":"2CV","price":null,"tags":[]}]
}

// A result of the shape One is an object.
func ExampleJSON_one() {
	rows := row.Of([]row.Column{{Name: "name", Kind: row.Text}}, []any{"Käfer"})
	rows.Shape = row.One
	encoder.JSON().Encode(os.Stdout, rows)
	// Output: {"name":"Käfer"}
}

// encoding/json escapes <, > and &, so that the document can be embedded in HTML.
func ExampleStdJSON() {
	rows := row.Of([]row.Column{{Name: "name"}, {Name: "tag"}}, []any{"Käfer", "<new>"})
	encoder.StdJSON().Encode(os.Stdout, rows)
	// Output: [{"name":"Käfer","tag":"\u003cnew\u003e"}]
}

// Marshal takes the function of any library, or one that does something else for some values.
func ExampleMarshal() {
	e := encoder.Marshal(func(v any) ([]byte, error) {
		if v == nil {
			return []byte(`"n/a"`), nil
		}
		return json.Marshal(v)
	})
	rows := row.Of([]row.Column{{Name: "name"}, {Name: "price"}}, []any{"2CV", nil})
	e.Encode(os.Stdout, rows)
	// Output: [{"name":"2CV","price":"n/a"}]
}

// writeTSV writes values separated by tabs, and \N for NULL.
func writeTSV(w io.Writer, rows *row.Rows) error {
	out := csv.NewWriter(w)
	out.Comma = '\t'
	record := make([]string, len(rows.Columns()))
	for i, c := range rows.Columns() {
		record[i] = c.Name
	}
	out.Write(record) // out.Error remembers what goes wrong
	for r, err := range rows.All() {
		if err != nil {
			return err
		}
		for i := range record {
			if record[i] = r.Value(i).String(); r.Value(i).IsNull() {
				record[i] = `\N`
			}
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// An encoder for another format.
func ExampleFunc() {
	e := encoder.Func("text/tab-separated-values; charset=utf-8", writeTSV)
	e.Encode(os.Stdout, cars())
	// Output:
	// car	price	tags
	// Käfer	12500.00	{blue,<new>}
	// 2CV	\N	{}
}

// An encoder reports a result that its format cannot represent.
func ExampleUnsupportedError() {
	first := encoder.Func("text/x-first", func(w io.Writer, rows *row.Rows) error {
		if n := len(rows.Columns()); n != 1 {
			return &encoder.UnsupportedError{
				Err: fmt.Errorf("text/x-first holds one column and the result has %d: select one", n),
			}
		}
		return encoder.Text().Encode(w, rows)
	})
	fmt.Println(first.Encode(os.Stdout, row.Of([]row.Column{{Name: "a"}, {Name: "b"}})))
	// Output: text/x-first holds one column and the result has 2: select one
}
