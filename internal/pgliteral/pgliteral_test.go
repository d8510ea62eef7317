package pgliteral

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/row"
)

// The tests of internal/dbtest check what the database makes of the literals.

var (
	integer = &catalog.Type{OID: 23, Name: "int4", SQL: "integer", Delim: ','}
	text    = &catalog.Type{OID: 25, Name: "text", SQL: "text", Delim: ','}
	jsonb   = &catalog.Type{OID: 3802, Name: "jsonb", SQL: "jsonb", Delim: ','}
	vector  = &catalog.Type{
		OID:   22,
		Name:  "int2vector",
		SQL:   "int2vector",
		Kind:  catalog.Array,
		Elem:  integer,
		Delim: ',',
	}
	texts = arrayOf(text)
	car   = &catalog.Type{
		Schema: "api",
		Name:   "car",
		SQL:    "api.car",
		Kind:   catalog.Composite,
		Fields: []catalog.Column{
			{Name: "id", Type: integer},
			{Name: "tags", Type: texts},
			{Name: "doc", Type: jsonb},
			{Name: "mystery"},
		},
	}
	garage = arrayOf(&catalog.Type{SQL: "api.my_car", Kind: catalog.Domain, Base: car})
)

func arrayOf(t *catalog.Type) *catalog.Type {
	return &catalog.Type{SQL: t.SQL + "[]", Kind: catalog.Array, Elem: t, Delim: t.Delim}
}

func ExampleOf() {
	literal, err := Of(car, `{"id": 1, "tags": ["fast", "very red"], "doc": null}`)
	fmt.Println(literal, err)
	// Output: (1,"{fast,""very red""}",,) <nil>
}

func TestErrorsQuoteNoValue(t *testing.T) {
	for _, test := range []struct {
		t           *catalog.Type
		value, want string
	}{
		{integer, ``, "not valid JSON"},
		{integer, `secret`, "not valid JSON"},
		{nil, `"secret" 1`, "not valid JSON"},
		{jsonb, "\"secret\xff\"", "not valid UTF-8"},
		{text, `"secret \udc00"`, "half of a surrogate pair"},
		{texts, `{"secret": 1}`, "text[] takes a JSON array"},
		{texts, `[["secret"], "secret"]`, "text[] has elements besides arrays"},
		{texts, `[["secret"], ["secret", "secret"]]`, "text[] has arrays of different lengths"},
		{texts, `[[[[[[["secret"]]]]]]]`, "text[] can't have 7 dimensions"},
		{vector, `[["secret"]]`, "int2vector can't have 2 dimensions"},
		{car, `["secret"]`, "api.car takes a JSON object"},
		{garage, `[{"secret": 1}, {"tags": {"secret": 1}}]`, "tags: text[] takes a JSON array"},
	} {
		got, err := Of(test.t, test.value)
		if err == nil || got != nil ||
			!strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s for %s is %v, %v, want %q", test.value, test.t, got, err, test.want)
		}
	}
}

// Neither a type that contains itself, which PostgreSQL does not allow, nor any other makes a text
// double without end.
func TestTextsHaveALimit(t *testing.T) {
	node := &catalog.Type{SQL: "node", Kind: catalog.Composite}
	node.Fields = []catalog.Column{{Name: "nodes", Type: arrayOf(node)}}
	for _, test := range []struct {
		depth int
		ok    bool
	}{{7, true}, {maxDepth/2 + 1, false}, {4000, false}} {
		value := strings.Repeat(`{"nodes": [`, test.depth) + strings.Repeat(`]}`, test.depth)
		if got, err := Of(node, value); (err == nil) != test.ok {
			t.Errorf("depth %d: %.40v, %v", test.depth, got, err)
		}
	}
	for spare, ok := range map[int]bool{8: true, 7: false} { // for ab and "{ab}"
		w := &writer{written: maxText - spare}
		if got, _, err := w.convert(car, `{"tags":["ab"]}`); (err == nil) != ok {
			t.Errorf("%d bytes are left: %v, %v", spare, got, err)
		}
	}
}

// FuzzOf compares an array of strings with what row parses in its text, and checks that no type
// makes Of panic.
func FuzzOf(f *testing.F) {
	types := []*catalog.Type{
		texts, nil, integer, text, jsonb, vector, car, garage,
		{Kind: catalog.Array}, {Kind: catalog.Domain},
	}
	for _, value := range []string{
		`["a", "b c", "", "NULL", null, ",;{}()\"\\\\ \n\u000b\f", "\ud83d\ude00", "\\ud83d", "\ufffd"]`,
		`["\ud83d"]`, `[]`, ` [ [ ] ] `, `[["a"], [["b"]]]`,
		`{"id": "1", "tags": [], "doc": {"a": 1}, "mystery": [1]}`,
		`[{"tags": "{}"}, {}]`, `[1, [2]]`, `null`,
	} {
		for i := range types {
			f.Add(value, uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, value string, which uint8) {
		typ := types[int(which)%len(types)]
		got, err := Of(typ, value)
		literal, isText := got.(string)
		if !isText && got != nil || err != nil && got != nil {
			t.Fatalf("%q is %v, %v", value, got, err)
		}
		var strs []*string
		if typ != texts || json.Unmarshal([]byte(value), &strs) != nil || strs == nil {
			return
		}
		if err != nil {
			if utf8.ValidString(value) && !strings.Contains(decoded(strs), string(utf8.RuneError)) {
				t.Fatalf("%q: %v", value, err)
			}
			return
		}
		if back := read(t, literal); decoded(back) != decoded(strs) {
			t.Fatalf("%q is %q, which is %s", value, literal, decoded(back))
		}
		list := []string{}
		for _, s := range strs {
			if s != nil {
				list = append(list, *s)
			}
		}
		plain := Array(texts, list)
		if back := read(t, plain); decoded(back) != fmt.Sprintf("%q", list) {
			t.Fatalf("Array of %q is %q", list, plain)
		}
		if !slices.Contains(strs, nil) && plain != literal {
			t.Fatalf("Array of %q is %q, Of is %q", list, plain, literal)
		}
	})
}

// read returns the elements of a text[] as row parses them, nil for NULL.
func read(t *testing.T, literal string) (list []*string) {
	rows := row.Of([]row.Column{{Name: "a", Kind: row.Array, Elem: row.Text}}, []any{literal})
	for r, err := range rows.All() {
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Value(0).List(func(v row.Value) any {
			if s := v.String(); v.IsNull() {
				list = append(list, nil)
			} else {
				list = append(list, &s)
			}
			return nil
		})
		if err != nil {
			t.Fatalf("%q: %v", literal, err)
		}
	}
	return list
}

// decoded spells strings out as fmt's %q does, and NULL.
func decoded(strs []*string) string {
	words := make([]string, len(strs))
	for i, s := range strs {
		words[i] = "NULL"
		if s != nil {
			words[i] = fmt.Sprintf("%q", *s)
		}
	}
	return "[" + strings.Join(words, " ") + "]"
}
