package encoder

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/moresql/moresql/row"
)

// arrayOf returns a PostgreSQL array, read as if a driver had returned it.
func arrayOf(t testing.TB, elem row.Kind, text string) (v row.Value) {
	t.Helper()
	rows := row.Of([]row.Column{{Name: "a", Kind: row.Array, Elem: elem}}, []any{text})
	for r, err := range rows.All() {
		if err != nil {
			t.Fatal(err)
		}
		v = r.Value(0)
	}
	return v
}

// walked returns what appendArray writes token by token: an array with bounds is never copied, and
// the bounds are left out.
func walked(t testing.TB, elem row.Kind, text string) string {
	t.Helper()
	v := arrayOf(t, elem, "[1:1]="+text)
	if _, ok := copyArray(nil, v); ok {
		t.Fatalf("an array with bounds is copied: %q", v)
	}
	return string(appendArray(nil, v, new(row.ArrayReader)))
}

// TestCopyArrayCopiesPlainArraysOnly has the texts of PostgreSQL 15.
func TestCopyArrayCopiesPlainArraysOnly(t *testing.T) {
	tests := []struct {
		why  string
		elem row.Kind
		text string
		want string // "" where the array is not copied
	}{
		{why: "numbers",
			elem: row.Int, text: `{1,-2,9223372036854775807}`, want: `[1,-2,9223372036854775807]`},
		{why: "NULL is the word, in numbers too",
			elem: row.Int, text: `{NULL,1,NULL}`, want: `[null,1,null]`},
		{why: "numeric has all its digits",
			elem: row.Numeric, text: `{1.10,-0.00000000000000000001,123456789012345678901234567890}`,
			want: `[1.10,-0.00000000000000000001,123456789012345678901234567890]`},
		{why: "no elements", elem: row.Text, text: `{}`, want: `[]`},
		{why: "words", elem: row.Text, text: `{red,a;b,[c],<d>}`, want: `["red","a;b","[c]","<d>"]`},
		{why: "quoted text of any characters",
			elem: row.Text, text: `{"two doors","","a,b","{c}","é 漢 😀"}`,
			want: `["two doors","","a,b","{c}","é 漢 😀"]`},
		{why: "escapes that are the same in JSON",
			elem: row.Text, text: `{"\"quoted\"","C:\\temp"}`, want: `["\"quoted\"","C:\\temp"]`},
		{why: "a quoted NULL is text",
			elem: row.Text, text: `{NULL,"NULL","null"}`, want: `[null,"NULL","null"]`},

		{why: "words of letters that are not ASCII, which would have to be checked",
			elem: row.Text, text: `{naïve}`},
		{why: "control characters, which JSON escapes", elem: row.Text, text: "{\"a\nb\"}"},
		{why: "a tab is a control character", elem: row.Text, text: "{\"a\tb\"}"},
		{why: "bytes that are not UTF-8", elem: row.Text, text: "{\"\xff\"}"},
		{why: "an escape that PostgreSQL does not write, and JSON reads differently",
			elem: row.Text, text: `{"\n"}`},
		{why: "NaN and the infinities are strings", elem: row.Numeric, text: `{1,NaN}`},
		{why: "a word like NULL", elem: row.Text, text: `{null}`},
		{why: "dimensions", elem: row.Int, text: `{{1,2},{3,4}}`},
		{why: "bounds", elem: row.Int, text: `[0:1]={7,8}`},
		{why: "quoted numbers", elem: row.Int, text: `{"1"}`},
		{why: "numbers that are not JSON", elem: row.Int, text: `{007}`},
		{why: "other elements", elem: row.Bool, text: `{t,f}`},
		{why: "dates", elem: row.Date, text: `{2024-02-29}`},
		{why: "JSON", elem: row.JSON, text: `{"{\"a\": 1}"}`},
	}
	for _, text := range []string{
		``, `{`, `{1`, `{1,`, `{1,}`, `{,1}`, `{1}x`, `{}x`, `{1}}`, `{"a`, `{"a\`, `{"a"`, `{"a"b}`,
		`{a"b"}`, `{a{b}`, `{{a}`, `x`, `{ }x`,
	} {
		for _, elem := range []row.Kind{row.Text, row.Int} {
			tests = append(tests, struct {
				why  string
				elem row.Kind
				text string
				want string
			}{why: "not an array", elem: elem, text: text})
		}
	}
	for _, tt := range tests {
		v := arrayOf(t, tt.elem, tt.text)
		got, ok := copyArray([]byte("before"), v)
		if ok != (tt.want != "") || ok && string(got) != "before"+tt.want {
			t.Errorf("%s: %q of %v: copied is %v, %q; want %q", tt.why, tt.text, tt.elem, ok, got, tt.want)
		}
		appended := appendArray([]byte("before"), v, new(row.ArrayReader))
		if !json.Valid(appended[len("before"):]) {
			t.Errorf("%s: %q of %v becomes %q", tt.why, tt.text, tt.elem, appended)
		}
	}
	boxes := []row.Column{{DatabaseType: "_BOX", Kind: row.Array, Elem: row.Text}}
	for r := range row.Of(boxes, []any{`{a,b;c}`}).All() {
		if got, ok := copyArray(nil, r.Value(0)); ok {
			t.Errorf("{a,b;c} with ; between its elements is copied as %s", got)
		}
	}
	if got, ok := copyArray(nil, row.Value{}); ok {
		t.Errorf("NULL is copied as %s", got)
	}
}

// negativeZero matches an integer that no database writes. The ArrayReader reads it as 0.
var negativeZero = regexp.MustCompile(`[{,]-0[,}]`)

// arrayOut writes an element as PostgreSQL does (array_out in arrayfuncs.c): see FuzzArrayElements
// of package row.
func arrayOut(s string) string {
	if s != "" && !strings.EqualFold(s, "NULL") && !strings.ContainsAny(s, "\"\\{}, \t\n\r\v\f") {
		return s
	}
	return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(s) + `"`
}

// FuzzCopyArray compares what is copied with what is read token by token, byte for byte: for any
// text, and for the array whose elements are its parts between bars, which encoding/json must then
// read back unchanged.
func FuzzCopyArray(f *testing.F) {
	for _, text := range []string{
		`{}`, `{1,-2,NULL}`, `{1.10,NaN,-0}`, `{a,"b c","d\"e\\f",NULL,null,"NULL"}`, `{"é 漢 😀"}`,
		"{\"\xff\",\"\n\"}", `{{1},{2}}`, `[0:1]={1,2}`,
		`{a`, `{a{b}`, `{"a`, `{"a\`, `{"\u0041"}`, `{name,nose,n}`, `{,}`, `{1}x`, `{}x`,
		`a|b c|NULL|null|Null||é`, `"|\|,|{|}|;`, "\t|\n|\v|\f|\r|\x00|\x7f|\xff|\xe4\xb8",
		`1|-2|1.5|1e5|007|+1|.5|18446744073709551616`, `12345678|1234567"|12345678\`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parts := strings.Split(text, "|")
		elements := make([]string, len(parts))
		for i, part := range parts {
			elements[i] = arrayOut(part)
		}
		whole := "{" + strings.Join(elements, ",") + "}"
		for _, text := range []string{text, whole} {
			for _, elem := range []row.Kind{row.Text, row.Int, row.Numeric} {
				v := arrayOf(t, elem, text)
				const before = `"before":`
				got, ok := copyArray([]byte(before), v)
				if !strings.HasPrefix(string(got), before) {
					t.Fatalf("%q: the text before it became %q", text, got)
				}
				if ok {
					got := string(got[len(before):])
					if want := walked(t, elem, text); got != want &&
						(elem != row.Int || !negativeZero.MatchString(text)) {
						t.Errorf("%q of %v is copied as %q, and read it is %q", text, elem, got, want)
					}
				}
				got = appendArray([]byte(before), v, new(row.ArrayReader))
				if document := got[len(before):]; !json.Valid(document) || !utf8.Valid(document) {
					t.Errorf("%q of %v becomes %q", text, elem, document)
				}
			}
		}

		var want []any
		for _, part := range parts {
			want = append(want, string([]rune(part)))
		}
		var got []any
		document := appendArray(nil, arrayOf(t, row.Text, whole), new(row.ArrayReader))
		if err := json.Unmarshal(document, &got); err != nil ||
			fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("%q becomes %s, which reads %q (%v); want %q", whole, document, got, err, want)
		}
	})
}
