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

// arrayOf is an array of PostgreSQL's, as a driver hands it over.
func arrayOf(t testing.TB, elem row.Kind, text string) (v row.Value) {
	t.Helper()
	for r, err := range row.Of([]row.Column{{Name: "a", Kind: row.Array, Elem: elem}},
		[]any{text}).All() {
		if err != nil {
			t.Fatal(err)
		}
		v = r.Value(0)
	}
	return v
}

// walked is what appendArray writes token by token: an array that says its bounds is never copied,
// and they are left out.
func walked(t testing.TB, elem row.Kind, text string) string {
	t.Helper()
	v := arrayOf(t, elem, "[1:1]="+text)
	if _, ok := copyArray(nil, v); ok {
		t.Fatalf("an array with bounds is copied: %q", v)
	}
	return string(appendArray(nil, v, new(row.ArrayReader)))
}

// TestCopyArray says which arrays are copied. The texts are those of PostgreSQL 15.
func TestCopyArray(t *testing.T) {
	tests := []struct {
		why  string
		elem row.Kind
		text string
		want string // "" for what has to be walked
	}{
		{why: "numbers",
			elem: row.Int, text: `{1,-2,9223372036854775807}`, want: `[1,-2,9223372036854775807]`},
		{why: "NULL is the word, in numbers too",
			elem: row.Int, text: `{NULL,1,NULL}`, want: `[null,1,null]`},
		{why: "numeric has all its digits",
			elem: row.Numeric, text: `{1.10,-0.00000000000000000001,123456789012345678901234567890}`,
			want: `[1.10,-0.00000000000000000001,123456789012345678901234567890]`},
		{why: "nothing", elem: row.Text, text: `{}`, want: `[]`},
		{why: "words", elem: row.Text, text: `{red,a;b,[c],<d>}`, want: `["red","a;b","[c]","<d>"]`},
		{why: "quoted text may have anything in it",
			elem: row.Text, text: `{"two doors","","a,b","{c}","é 漢 😀"}`,
			want: `["two doors","","a,b","{c}","é 漢 😀"]`},
		{why: "PostgreSQL escapes as JSON does",
			elem: row.Text, text: `{"\"quoted\"","C:\\temp"}`, want: `["\"quoted\"","C:\\temp"]`},
		{why: "NULL is none when it is quoted",
			elem: row.Text, text: `{NULL,"NULL","null"}`, want: `[null,"NULL","null"]`},

		{why: "words of other letters than ASCII's, which would have to be looked at",
			elem: row.Text, text: `{naïve}`, want: ``},
		{why: "control characters, which JSON escapes", elem: row.Text, text: "{\"a\nb\"}", want: ``},
		{why: "a tab too", elem: row.Text, text: "{\"a\tb\"}", want: ``},
		{why: "what is no UTF-8", elem: row.Text, text: "{\"\xff\"}", want: ``},
		{why: "an escape that PostgreSQL does not write, and that means another thing in JSON",
			elem: row.Text, text: `{"\n"}`, want: ``},
		{why: "NaN and the infinities are strings", elem: row.Numeric, text: `{1,NaN}`, want: ``},
		{why: "a word like NULL", elem: row.Text, text: `{null}`, want: ``},
		{why: "dimensions", elem: row.Int, text: `{{1,2},{3,4}}`, want: ``},
		{why: "bounds", elem: row.Int, text: `[0:1]={7,8}`, want: ``},
		{why: "quoted numbers", elem: row.Int, text: `{"1"}`, want: ``},
		{why: "numbers that JSON writes otherwise", elem: row.Int, text: `{007}`, want: ``},
		{why: "other elements", elem: row.Bool, text: `{t,f}`, want: ``},
		{why: "dates", elem: row.Date, text: `{2024-02-29}`, want: ``},
		{why: "JSON", elem: row.JSON, text: `{"{\"a\": 1}"}`, want: ``},
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
			}{why: "no array", elem: elem, text: text, want: ""})
		}
	}
	for _, tt := range tests {
		v := arrayOf(t, tt.elem, tt.text)
		got, ok := copyArray([]byte("before"), v)
		if ok != (tt.want != "") || ok && string(got) != "before"+tt.want {
			t.Errorf("%s: %q of %v: copied is %v, %q; want %q", tt.why, tt.text, tt.elem, ok, got, tt.want)
		}
		if got := appendArray([]byte("before"), v,
			new(row.ArrayReader)); !json.Valid(got[len("before"):]) {
			t.Errorf("%s: %q of %v becomes %q", tt.why, tt.text, tt.elem, got)
		}
	}
	for r := range row.Of([]row.Column{
		{DatabaseType: "_BOX", Kind: row.Array, Elem: row.Text},
	}, []any{`{a,b;c}`}).All() {
		if got, ok := copyArray(nil, r.Value(0)); ok {
			t.Errorf("{a,b;c} with ; between its elements is copied as %s", got)
		}
	}
	if got, ok := copyArray(nil, row.Value{}); ok {
		t.Errorf("NULL is copied as %s", got)
	}
}

// negativeZero is no integer of any database's. Walking reads it as 0.
var negativeZero = regexp.MustCompile(`[{,]-0[,}]`)

// arrayOut is how PostgreSQL writes an element (array_out in arrayfuncs.c): see FuzzArrayElements
// in row.
func arrayOut(s string) string {
	if s != "" && !strings.EqualFold(s, "NULL") && !strings.ContainsAny(s, "\"\\{}, \t\n\r\v\f") {
		return s
	}
	return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(s) + `"`
}

// FuzzCopyArray holds what is copied against what is walked, byte for byte: of any text, and of the
// array that has its parts between bars for elements, which encoding/json then has to read as they
// are.
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
					t.Fatalf("%q: what was before it became %q", text, got)
				}
				if ok {
					got := string(got[len(before):])
					if want := walked(t, elem, text); got != want &&
						(elem != row.Int || !negativeZero.MatchString(text)) {
						t.Errorf("%q of %v is copied as %q, and walked it is %q", text, elem, got, want)
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
