package payload

import (
	"bytes"
	stdcsv "encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func TestJSONBecomesGroupsOfRows(t *testing.T) {
	for _, test := range []struct {
		reason, body string
		options      Options
		want         []Group
	}{
		{"an object", ` {"a": 1, "b": {"c": [1, "}"]}} `, Options{},
			[]Group{{[]string{"a", "b"}, `[{"a": 1, "b": {"c": [1, "}"]}}]`}}},
		{"an array", `[ {"a":1} , {"a":null}]`, Options{},
			[]Group{{[]string{"a"}, `[{"a":1},{"a":null}]`}}},
		{"keys in another order", `[{"a":1,"b":2},{"b":2,"a":1}]`, Options{},
			[]Group{{[]string{"a", "b"}, `[{"a":1,"b":2},{"b":2,"a":1}]`}}},
		{"escaped keys", `[{"\u0061":1},{"a":2}]`, Options{},
			[]Group{{[]string{"a"}, `[{"\u0061":1},{"a":2}]`}}},
		{"a key twice", `{"a":1,"a":2}`, Options{}, []Group{{[]string{"a"}, `[{"a":1,"a":2}]`}}},
		{"nothing", `[]`, Options{}, []Group{{nil, `[]`}}},
		{"empty objects", `[{}, {}]`, Options{}, []Group{{[]string{}, `[{},{}]`}}},
		{"keys that count", `[{"a":1,"x":2},{}]`, Options{Columns: []string{"a", "b"}},
			[]Group{{[]string{"a", "b"}, `[{"a":1,"x":2},{}]`}}},
		{"missing keys", `[{"a":1,"x":2},{"b":3},{"a":4}]`,
			Options{Columns: []string{"a", "b"}, Missing: true},
			[]Group{{[]string{"a"}, `[{"a":1,"x":2},{"a":4}]`}, {[]string{"b"}, `[{"b":3}]`}}},
	} {
		rows, err := JSON(test.body, test.options)
		if err != nil || !reflect.DeepEqual(rows.Groups, test.want) {
			t.Errorf("%s: %+v, %v", test.reason, rows, err)
		}
	}
	for _, body := range []string{"", " ", "1", `"a"`, "null", "{", `[{"a":1},2]`, `[{"a":1},{"b":1}]`,
		`[{"a":1},{}]`, `[[]]`, `{"a":1}{"a":2}`} {
		if rows, err := JSON(body, Options{}); !errors.As(err, new(*Error)) {
			t.Errorf("%s: %+v, %v", body, rows, err)
		}
	}
}

func TestLinesKnowTheirNumbers(t *testing.T) {
	for _, test := range []struct {
		reason, body string
		csv          bool
		want         string // the rows of all batches
		lines        []int
		fails        int // the line of the error, 0 for none
	}{
		{"CSV", "a,b\r\n1,\"x\ny\"\r\n\r\n2,\"\"\"\"\n3,NULL", true,
			`[{"a":"1","b":"x\u000ay"}][{"a":"2","b":"\""}][{"a":"3","b":null}]`, []int{2, 5, 6}, 0},
		{"a mark and no rows", "\ufeffa,b\n", true, "[]", nil, 0},
		{"one column", "a\n\nNULL\n\"NULL\"\n", true,
			`[{"a":null}][{"a":null}][{"a":"NULL"}]`, []int{2, 3, 4}, 0},
		{"too few fields", "a,b\n1,2\n3\n", true, `[{"a":"1","b":"2"}]`, []int{2}, 3},
		{"a quote within", "a\n1\nx\"y\n", true, `[{"a":"1"}]`, []int{2}, 3},
		{"a quote without end", "a\n1\n\"x\n", true, `[{"a":"1"}]`, []int{2}, 3},
		{"no UTF-8", "a\n1\n\xff\n", true, `[{"a":"1"}]`, []int{2}, 3},
		{"no name", "a,\n1,2\n", true, "", nil, 1},
		{"a name twice", "a,a\n1,2\n", true, "", nil, 1},
		{"nothing", "", true, "", nil, 1},
		{"NDJSON", "{\"a\":1}\n\n {\"a\":2}\r\n{\"a\":3}", false, `[{"a":1}][{"a":2}][{"a":3}]`,
			[]int{1, 3, 4}, 0},
		{"other keys", "{\"a\":1}\n{\"b\":2}\n", false, `[{"a":1}]`, []int{1}, 2},
		{"no object", "{\"a\":1}\n[]\n", false, `[{"a":1}]`, []int{1}, 2},
		{"no JSON", "{\"a\":1}\n{\"a\"\n", false, `[{"a":1}]`, []int{1}, 2},
	} {
		for _, in := range []io.Reader{
			strings.NewReader(test.body), iotest.OneByteReader(strings.NewReader(test.body)),
		} {
			s := NDJSON(in, Options{})
			if test.csv {
				s = CSV(in, Options{})
			}
			var got strings.Builder
			var lines []int
			rows, err := s.Next(1)
			for ; err == nil; rows, err = s.Next(1) {
				if rows.Count > 0 || test.want == "[]" {
					got.WriteString(rows.Groups[0].JSON)
				}
				lines = append(lines, rows.Lines...)
			}
			var wrong *Error
			failed := 0
			if errors.As(err, &wrong) {
				failed = wrong.Line
			}
			if got.String() != test.want || !reflect.DeepEqual(lines, test.lines) || failed != test.fails {
				t.Errorf("%s: %s %v, %v", test.reason, got.String(), lines, err)
			}
		}
	}
}

func TestHalvesAreTheWhole(t *testing.T) {
	rows, err := CSV(strings.NewReader("a\n1\n2\n3\n4\n5\n"), Options{}).Next(math.MaxInt)
	if err != nil {
		t.Fatal(err)
	}
	first, second := rows.Halves()
	if first.Groups[0].JSON != `[{"a":"1"},{"a":"2"}]` || first.Lines[1] != 3 || first.Count != 2 ||
		second.Groups[0].JSON != `[{"a":"3"},{"a":"4"},{"a":"5"}]` || second.Lines[0] != 4 {
		t.Errorf("%+v %+v", first, second)
	}
}

// FuzzCSV compares with encoding/csv, which drops empty lines, the CR before an LF in quotes, and
// the quotes around NULL.
func FuzzCSV(f *testing.F) {
	f.Add("a,b\r\n1,\"x\"\"\ny\"\n,NULL")
	f.Fuzz(func(t *testing.T, body string) {
		rows, err := CSV(strings.NewReader(body), Options{}).Next(math.MaxInt)
		in := stdcsv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff")))
		records, wrong := in.ReadAll()
		if err != nil || strings.Contains(body, "\r") || strings.Contains(body, "NULL") {
			return
		}
		if wrong != nil {
			t.Fatalf("%q: %v, and here none", body, wrong)
		}
		var objects []map[string]string
		if err := json.Unmarshal([]byte(rows.Groups[0].JSON), &objects); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		if len(records) == 0 || len(records[0]) < 2 {
			return // an empty line is a field here
		}
		for i, record := range records[1:] {
			for j, name := range records[0] {
				if objects[i][name] != record[j] {
					t.Fatalf("%q: %q, want %q", body, objects[i][name], record[j])
				}
			}
		}
	})
}

// FuzzJSON compares with encoding/json.
func FuzzJSON(f *testing.F) {
	f.Add(`[{"a": {"b": "\"}"}, "c": [1.5e3, true, null]}, {"a": 1, "c": 2}]`)
	f.Fuzz(func(t *testing.T, body string) {
		rows, err := JSON(body, Options{})
		if err != nil {
			return
		}
		var one map[string]json.RawMessage
		var list []map[string]json.RawMessage
		if json.Unmarshal([]byte(body), &list) != nil {
			if err := json.Unmarshal([]byte(body), &one); err != nil {
				t.Fatalf("%q is taken: %v", body, err)
			}
			list = append(list, one)
		}
		if len(list) != rows.Count {
			t.Fatalf("%q: %d rows, want %d", body, rows.Count, len(list))
		}
		var compact, want bytes.Buffer
		if err := json.Compact(&compact, []byte(rows.Groups[0].JSON)); err != nil {
			t.Fatalf("%q: %s", body, rows.Groups[0].JSON)
		}
		text := strings.Trim(body, space)
		if text[0] == '{' {
			text = "[" + text + "]"
		}
		json.Compact(&want, []byte(text))
		if compact.String() != want.String() {
			t.Fatalf("%q: %s", body, compact.String())
		}
	})
}

func TestValuesOfColumns(t *testing.T) {
	for _, test := range []struct {
		reason, text string
		want         string // "" for an error
	}{
		{"in another order", `[{"b": 1.50, "a": "x"}, {"a": null, "b": [1, {"a": 2}]}]`,
			`["\"x\"" "1.50"] ["null" "[1, {\"a\": 2}]"]`},
		{"missing keys, and others", ` [{"c": 1}] `, `["null" "null"]`},
		{"a key twice, of which the last counts", `[{"a": 1, "\u0061": 2}]`, `["2" "null"]`},
		{"no rows", `[]`, " "},
		{"no array", `{"a": 1}`, ""},
		{"no JSON", `[{`, ""},
	} {
		rows, err := Values(test.text, []string{"a", "b"})
		if err != nil {
			if test.want != "" {
				t.Errorf("%s: %v", test.reason, err)
			}
			continue
		}
		var got []string
		for values := range rows {
			got = append(got, fmt.Sprintf("%q", values))
		}
		if text := strings.Join(got, " "); strings.TrimSpace(test.want) != text || test.want == "" {
			t.Errorf("%s: %s, want %s", test.reason, text, test.want)
		}
	}
}
