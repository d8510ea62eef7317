package encoder_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// A client that reads a missing member as null has less to load.
func ExampleStripped() {
	encoder.Stripped().Encode(os.Stdout, cars())
	// Output:
	// [{"car":"Käfer","price":12500.00,"tags":["blue","<new>"]},{"car":"2CV","tags":[]}]
}

func ExampleStrippedObject() {
	columns := []row.Column{{Name: "id", Kind: row.Int}, {Name: "name", Kind: row.Text}}
	rows := row.Of(columns, []any{1, nil})
	rows.Shape = row.One
	encoder.StrippedObject().Encode(os.Stdout, rows)
	// Output: {"id":1}
}

func TestStrippedLeavesOutNulls(t *testing.T) {
	columns := []row.Column{
		{Name: "a", Kind: row.Text}, {Name: "b", Kind: row.JSON}, {Name: "c", Kind: row.Int},
	}
	large := strings.Repeat("x", 100_000)
	rows := row.Of(columns,
		[]any{nil, nil, nil}, []any{"null", "null", 1}, []any{nil, ` { "d" : null } `, nil},
		[]any{large, `{"n":null,"l":"` + large + `"}`, 2})
	const want = `[{},{"a":"null","c":1},{"b":{}},{"a":"LARGE","b":{"l":"LARGE"},"c":2}]`
	got := strings.ReplaceAll(write(t, encoder.Stripped(), rows), large, "LARGE")
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := write(t, encoder.Stripped(), row.Of(columns)); got != "[]" {
		t.Errorf("%s of no rows", got)
	}
}

// FuzzStripped compares what is left of a value with the rule in a few lines.
func FuzzStripped(f *testing.F) {
	for _, text := range []string{
		`null`, `[null]`, `{"a":null}`, `[{"a":null,"b":[null,{}]},1 , "null"]`,
		` { "a" : { "b" : null } , "c" : null, "d":[ ] } `, `"\"null"`, `{"null":1,"":null}`, `-1e5`,
		`{"":{"" :null}}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want any
		if json.Unmarshal([]byte(text), &want) != nil || tokensIn(want) != tokensOf(text) {
			return // it is no JSON, or has a name twice, of which Unmarshal takes the last
		}
		rows := row.Of([]row.Column{{Name: "v", Kind: row.JSON}}, []any{text})
		rows.Shape = row.Scalar
		var got any
		if err := json.Unmarshal([]byte(write(t, encoder.Stripped(), rows)), &got); err != nil {
			t.Fatal(err)
		}
		if want := withoutNulls(want); !reflect.DeepEqual(got, want) {
			t.Errorf("%s becomes %v, want %v", text, got, want)
		}
	})
}

func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if member == nil {
				delete(v, name)
			} else {
				v[name] = withoutNulls(member)
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	}
	return v
}

// tokensOf returns how many tokens a JSON text has, without commas and colons.
func tokensOf(text string) (n int) {
	for d := json.NewDecoder(strings.NewReader(text)); ; n++ {
		if _, err := d.Token(); err != nil {
			return n
		}
	}
}

// tokensIn returns how many tokens the text of a value has.
func tokensIn(v any) int {
	n := 2 // brackets
	switch v := v.(type) {
	case map[string]any:
		for _, member := range v {
			n += 1 + tokensIn(member)
		}
	case []any:
		for _, element := range v {
			n += tokensIn(element)
		}
	default:
		n = 1
	}
	return n
}
