package encoder_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"math/big"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/encodertest"
	"github.com/moresql/moresql/row"
)

func parse(text string) *template.Template {
	return template.Must(template.New("page").Parse(text))
}

func ExampleTemplate() {
	page := template.Must(template.New("cars").Parse(`<ul>
{{- range .Rows}}
<li>{{.car}}{{with .price}}, {{.}} CHF{{end}}{{range .tags}} <i>{{.}}</i>{{end}}</li>
{{- else}}
<li>no cars</li>
{{- end}}
</ul>
`))
	encoder.Template(page).Encode(os.Stdout, cars())
	// Output:
	// <ul>
	// <li>Käfer, 12500.00 CHF <i>blue</i> <i>&lt;new&gt;</i></li>
	// <li>2CV</li>
	// </ul>
}

// A page can show all columns without knowing them.
func ExampleTemplate_columns() {
	page := template.Must(template.New("table").Parse(
		`<tr>{{range .Columns}}<th>{{.}}{{end}}
{{range .Rows}}<tr>{{range $.Values}}<td>{{.}}{{end}}
{{end}}`))
	encoder.Template(page).Encode(os.Stdout, cars())
	// Output:
	// <tr><th>car<th>price<th>tags
	// <tr><td>Käfer<td>12500.00<td>[blue &lt;new&gt;]
	// <tr><td>2CV<td><td>[]
}

// A page for a result of the shape One.
func ExampleTemplate_one() {
	rows := row.Of([]row.Column{{Name: "name", Kind: row.Text}}, []any{"Käfer"})
	rows.Shape = row.One
	page := template.Must(template.New("car").Parse(`<h1>{{.Row.name}}</h1>`))
	encoder.Template(page).Encode(os.Stdout, rows)
	// Output: <h1>Käfer</h1>
}

// What is around the rows comes from the handler: with rest.Query, which counts them, and Session.
func ExampleFramer() {
	page := encoder.Template(template.Must(template.New("cars").Parse(`<p>Hello {{.User}}
<h1>{{.Title}}: {{.Total}}</h1>
{{range .Rows}}<p>{{.car}}
{{end}}{{with .Previous}}<a href="{{.}}">back</a>{{end}}
{{with .Next}}<a href="{{.}}">more</a>{{end}}
`)))
	framed := page.(encoder.Framer).Framed(encoder.Frame{
		Title: "Cars on offer", User: "Ann",
		Page: func(int64) encoder.Page {
			return encoder.Page{Total: 9, Next: "?limit=2&offset=2"}
		},
	})
	framed.Encode(os.Stdout, cars())
	// Output:
	// <p>Hello Ann
	// <h1>Cars on offer: 9</h1>
	// <p>Käfer
	// <p>2CV
	//
	// <a href="?limit=2&amp;offset=2">more</a>
}

// TestTemplateFrames has what a template shows of the frame: where none of it is known, and which
// templates have the rows counted.
func TestTemplateFrames(t *testing.T) {
	for text, want := range map[string]struct {
		more, total bool
		shown       string
	}{
		"{{range .Rows}}{{.name}}{{end}}":                   {},
		"{{.Title}}":                                        {},
		"{{.User}}":                                         {more: true},
		"{{.Next}}{{.Previous}}":                            {more: true},
		"{{with .Total}}{{.}}{{else}}?{{end}}":              {true, true, "?"},
		`{{define "n"}}{{.Total}}{{end}}{{template "n" .}}`: {true, true, ""},
		"{{range .Rows}}{{$.Total}}{{end}}":                 {more: true, total: true},
		"{{.Totals}}":                                       {shown: "an error"},
	} {
		page := encoder.Template(parse(text))
		more, total := page.(encoder.Framer).Frames()
		var shown bytes.Buffer
		err := page.Encode(&shown, row.Of([]row.Column{{Name: "name"}}))
		if err != nil {
			shown.WriteString("an error")
		}
		if more != want.more || total != want.total || shown.String() != want.shown {
			t.Errorf("%s: %t, %t, %q; want %+v", text, more, total, &shown, want)
		}
	}
}

// TestTemplateKeepsTheContract has the values in JavaScript, where html/template writes JSON.
func TestTemplateKeepsTheContract(t *testing.T) {
	const begin, end = "<script>\n", "</script>"
	page := encoder.Template(parse(begin + `{{.Columns}}{{range .Rows}}
[{{range $i, $v := $.Values}}{{if $i}},{{end}}{{$v}}{{end}}]{{end}}
` + end))
	encodertest.Run(t, page, func(document []byte) ([][]encodertest.Field, error) {
		inner, begins := bytes.CutPrefix(document, []byte(begin))
		inner, ends := bytes.CutSuffix(inner, []byte("\n"+end))
		if !begins || !ends {
			return nil, errors.New("the page is not complete")
		}
		columns, values, _ := bytes.Cut(inner, []byte("\n"))
		rows := bytes.ReplaceAll(values, []byte("\n"), []byte(","))
		return readCompact(append(append(append([]byte(`{"columns":`), columns...),
			append([]byte(`,"rows":[`), rows...)...), "]}"...))
	})
}

// TestTemplatePrintsEachKind has each kind of value as html/template prints it, in HTML and in
// JavaScript.
func TestTemplatePrintsEachKind(t *testing.T) {
	page := encoder.Template(parse(`{{range .Rows}}{{if .v}}true{{else}}false{{end}} ` +
		`<b>{{.v}}</b><script>{{.v}}</script>{{end}}`))
	for _, tt := range []struct {
		why    string
		kind   row.Kind
		value  any
		truth  string
		text   string
		script string
	}{
		{why: "NULL is nothing", kind: row.Text, truth: "false", text: "", script: "null"},
		{why: "NULL of a number too", kind: row.Int, truth: "false", text: "", script: "null"},
		{why: "the empty text", kind: row.Text, value: "", truth: "false", text: "", script: `""`},
		{why: "text",
			kind: row.Text, value: "<b>", truth: "true", text: "&lt;b&gt;", script: `"\u003cb\u003e"`},
		{why: "invalid UTF-8",
			kind: row.Text, value: "\xff", truth: "true", text: "\uFFFD", script: "\"\uFFFD\""},
		{why: "integer", kind: row.Int, value: int64(-5), truth: "true", text: "-5", script: "-5"},
		{why: "0 is false, as in Go",
			kind: row.Int, value: int64(0), truth: "false", text: "0", script: "0"},
		{why: "all digits of a numeric",
			kind: row.Numeric, value: "12345678901234567890.10", truth: "true",
			text: "12345678901234567890.10", script: "12345678901234567890.1"},
		{why: "no exponent where the database writes none",
			kind: row.Float64, value: 1e6, truth: "true", text: "1000000", script: "1000000"},
		{why: "infinity",
			kind: row.Float64, value: "Infinity", truth: "true", text: "Infinity", script: `"Infinity"`},
		{why: "boolean", kind: row.Bool, value: false, truth: "false", text: "false", script: "false"},
		{why: "bytes are text, not a list of numbers",
			kind: row.Bytes, value: []byte{0, 255}, truth: "true", text: `\x00ff`, script: `"\\x00ff"`},
		{why: "JSON is its value",
			kind: row.JSON, value: `[1.10, "<"]`, truth: "true", text: `[1.10, &#34;&lt;&#34;]`,
			script: `[1.1,"<"]`},
		{why: "JSON that is not valid is a text",
			kind: row.JSON, value: `[1`, truth: "true", text: `&#34;[1&#34;`, script: `"[1"`},
		{why: "an array that is not valid",
			kind: row.Array, value: "x", truth: "true", text: "x", script: `"x"`},
	} {
		got := write(t, page, row.Of([]row.Column{{Name: "v", Kind: tt.kind}}, []any{tt.value}))
		truth, rest, _ := strings.Cut(got, " <b>")
		text, script, _ := strings.Cut(strings.TrimSuffix(rest, "</script>"), "</b><script>")
		var value, want any
		if err := errors.Join(json.Unmarshal([]byte(script), &value),
			json.Unmarshal([]byte(tt.script), &want)); err != nil {
			t.Errorf("%s: %v in %s", tt.why, err, got)
		}
		if truth != tt.truth || text != tt.text || !reflect.DeepEqual(value, want) {
			t.Errorf("%s: %s, %s, %s; want %s, %s, %s", tt.why, truth, text, script, tt.truth, tt.text,
				tt.script)
		}
	}
}

// TestTemplateTruthIsThatOfGo compares the truth of JSON texts, and of numbers with digits that a
// template must print, with what package template makes of the value in Go.
func TestTemplateTruthIsThatOfGo(t *testing.T) {
	page := encoder.Template(parse(
		`{{range .Rows}}{{if .v}}true{{else}}false{{end}}|{{.v}}|<b title="{{.v}}">{{end}}`))
	for _, text := range []string{
		"0", "0.0", "-0", "0.00", "-0.000", "0e10", "0E-5", "0.0e+1", "0.01", "10", "-1", "1e-400",
		"true", "false", "null", `""`, `"0"`, `"false"`, `" "`, "[]", "[ ]", "{}", "{ }", "[0]", "[[]]",
		`{"a":0}`, " false ", "\n[]\n", " 0.0 ",
	} {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var value any
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		kinds := []row.Kind{row.JSON}
		if number, ok := value.(json.Number); ok {
			exact, _ := new(big.Rat).SetString(string(number))
			value = exact.Sign() // of a float64 it could be 0, although a digit is not
			if strings.TrimSpace(text) == text {
				kinds = append(kinds, row.Numeric)
			}
		}
		truth, _ := template.IsTrue(value)
		escaped := strings.NewReplacer(`"`, "&#34;", "+", "&#43;").Replace(text)
		want := fmt.Sprintf(`%t|%s|<b title="%s">`, truth, escaped, escaped)
		for _, kind := range kinds {
			rows := row.Of([]row.Column{{Name: "v", Kind: kind}}, []any{text})
			if got := write(t, page, rows); got != want {
				t.Errorf("%s: %s, want %s", kind, got, want)
			}
		}
	}
	compare := encoder.Template(parse(
		`{{range .Rows}}{{eq .v.String "0.00"}} {{lt .v.Float64 0.5}}{{end}}`))
	rows := row.Of([]row.Column{{Name: "v", Kind: row.Numeric}}, []any{"0.00"})
	if got := write(t, compare, rows); got != "true true" {
		t.Errorf("zero compares as %s", got)
	}
}

func TestTemplateDataOfEachShape(t *testing.T) {
	for _, tt := range []struct {
		why   string
		text  string
		shape row.Shape
		n     []int64
		want  string
	}{
		{why: "rows",
			text: `{{range .Rows}}{{.n}};{{end}}`, shape: row.List, n: []int64{1, 2}, want: "1;2;"},
		{why: "no rows", text: `{{range .Rows}}{{.n}}{{else}}none{{end}}`, shape: row.List, want: "none"},
		{why: "the first value",
			text: `{{range .Rows}}{{$.Value}};{{end}}`, shape: row.Scalars, n: []int64{1, 2}, want: "1;2;"},
		{why: "a row",
			text: `{{.Row.n}}{{.Value}}{{.Values}}`, shape: row.One, n: []int64{1}, want: "11[1]"},
		{why: "a row that may be absent",
			text: `{{.Row.n}}`, shape: row.Maybe, n: []int64{1}, want: "1"},
		{why: "a row that is absent",
			text: `{{with .Row}}{{.n}}{{else}}none{{end}}`, shape: row.Maybe, want: "none"},
		{why: "a value", text: `{{.Value}}`, shape: row.Scalar, n: []int64{1}, want: "1"},
		{why: "one row can be ranged over, and again",
			text: `{{range .Rows}}{{.n}}{{end}}{{range .Rows}}{{.n}}{{end}}`, shape: row.One, n: []int64{1},
			want: "11"},
		{why: "there is no value before the rows",
			text: `{{.Value}}{{.Values}}`, shape: row.List, n: []int64{1}, want: "[]"},
		{why: "rows that are not ranged over",
			text: `{{range .Rows}}{{.n}}{{break}}{{end}}`, shape: row.List, n: []int64{1, 2, 3}, want: "1"},
		{why: "no range over the rows",
			text: `{{range .Columns}}{{.}}{{end}}`, shape: row.List, n: []int64{1, 2, 3}, want: "n"},
		{why: "a condition on the rows reads none",
			text: `{{if .Rows}}{{end}}{{range .Rows}}{{.n}}{{end}}`, shape: row.List, n: []int64{1},
			want: "1"},
	} {
		rows := query(t, tt.shape, numbers("n", tt.n...))
		if got := write(t, encoder.Template(parse(tt.text)), rows); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.why, got, tt.want)
		}
	}
}

func TestTemplateErrorsEndThePage(t *testing.T) {
	failed := errors.New("the rows failed")
	for _, tt := range []struct {
		why  string
		text string
		want string // in the error
		out  string // what is written before it
	}{
		{why: "the name of a column that does not exist",
			text: `<b>{{range .Rows}}{{.nmae}}{{end}}</b>`, want: `"nmae"`, out: "<b>"},
		{why: "a row that does not exist", text: `{{.Row.n}}`, want: `"n"`},
		{why: "twice",
			text: `{{range .Rows}}{{.n}}{{end}}<b>{{range .Rows}}{{.n}}{{else}}none{{end}}</b>`,
			want: "ranges over .Rows twice", out: "12<b>"},
		{why: "twice, with no more to write",
			text: `{{range .Rows}}{{.n}}{{end}}{{range .Rows}}{{end}}`, want: "ranges over .Rows twice",
			out: "12"},
	} {
		var w bytes.Buffer
		err := encoder.Template(parse(tt.text)).Encode(&w, query(t, row.List, numbers("n", 1, 2)))
		if err == nil || !strings.Contains(err.Error(), tt.want) || w.String() != tt.out {
			t.Errorf("%s: wrote %q and returned %v", tt.why, &w, err)
		}
	}
	for why, text := range map[string]string{
		"the template continues to write":        `<b>{{range .Rows}}{{.n}}{{end}}</b>`,
		"the template ends after the rows":       `<b>{{range .Rows}}{{.n}}{{end}}`,
		"the template stops before the last row": `<b>{{range .Rows}}{{.n}}{{break}}{{end}}`,
		"the template continues and fails":       `<b>{{range .Rows}}{{.n}}{{end}}{{.Row.n}}`,
		"the template has an else branch":        `<b>{{range .Rows}}{{.n}}{{else}}none{{end}}`,
	} {
		var w bytes.Buffer
		err := encoder.Template(parse(text)).Encode(&w,
			query(t, row.List, numbers("n", 1, 2).RowError(1, failed)))
		if err != failed || w.String() != "<b>1" {
			t.Errorf("%s: wrote %q and returned %v", why, &w, err)
		}
	}
}

// TestTemplateRowHasTheFirstOfEqualNames checks that .Values have all columns nevertheless.
func TestTemplateRowHasTheFirstOfEqualNames(t *testing.T) {
	page := encoder.Template(parse(`{{range .Rows}}{{.a}}{{$.Values}}{{index . "b c"}};{{end}}`))
	rows := row.Of([]row.Column{{Name: "a"}, {Name: "b c"}, {Name: "a"}}, []any{"1", "2", "3"},
		[]any{"4", "5", "6"})
	if got := write(t, page, rows); got != "1[1 2 3]2;4[4 5 6]5;" {
		t.Errorf("got %q", got)
	}
}

func TestTemplateComparesNumbersByFloat64(t *testing.T) {
	page := encoder.Template(parse(`{{range .Rows}}` +
		`{{with .price}}{{if gt .Float64 10000.0}}expensive{{end}}{{end}};{{end}}`))
	if got := write(t, page, cars()); got != "expensive;;" {
		t.Errorf("got %q", got)
	}
}

// TestTemplateUsesACopy checks that the program's template stays as it was, and that later changes
// of it have no effect.
func TestTemplateUsesACopy(t *testing.T) {
	original := parse(`{{template "part" .}}{{define "part"}}{{range .Rows}}{{.n}}{{end}}{{end}}`)
	e := encoder.Template(original)
	template.Must(original.Parse(`{{define "part"}}other{{.missing}}{{end}}`))
	if got := write(t, e, query(t, row.List, numbers("n", 1))); got != "1" {
		t.Errorf("got %q", got)
	}
	var w bytes.Buffer
	if err := original.Execute(&w, map[string]int{}); err != nil || w.String() != "other" {
		t.Errorf("the original wrote %q, %v", &w, err)
	}
	defer func() {
		if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "after it has executed") {
			t.Errorf("a template that has been executed: %v", err)
		}
	}()
	encoder.Template(original)
}
