package formattest

import (
	"encoding/json"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// hostile are texts that could be more than text somewhere in a page.
var hostile = []string{
	`<script>alert(1)</script>`,
	`</script><script>alert(1)</script>`,
	`<!--<script>`,
	`-->`,
	`<![CDATA[<b>]]>`,
	`"><img src=x onerror=alert(1)>`,
	`'><img src=x onerror=alert(1)>`,
	`x onclick=alert(1) `,
	`" onmouseover="alert(1)`,
	`' onmouseover='alert(1)`,
	"` onmouseover=`alert(1)",
	`</title><b>`,
	`</textarea><b>`,
	`</style><b>`,
	`</td></tr></table><b>`,
	`javascript:alert(1)`,
	" java\tscript:alert(1)",
	`data:text/html,<script>alert(1)</script>`,
	`";alert(1);"`,
	`';alert(1);'`,
	"`;alert(1);${alert(1)}`",
	`\";alert(1);//`,
	`expression(alert(1))`,
	`url(javascript:alert(1))`,
	`}</style><script>alert(1)</script>`,
	`&lt;b&gt;&#60;b&#62;`,
	`{{.}}`,
	"<\x00script>",
	"\x00\"\r\n<b>",
	"\xff<b>\xc0\xbcscript\xc0\xbe",
	"\u2028alert(1)\u2029",
	"+ADw-script+AD4-",
}

// TestHostileTextStaysTextInHTML compares the tags of a page with those of the same page for
// harmless text, and reads the text back.
func TestHostileTextStaysTextInHTML(t *testing.T) {
	for _, text := range hostile {
		checkHTML(t, text)
	}
}

// FuzzHTMLPage is TestHostileTextStaysTextInHTML for any text.
func FuzzHTMLPage(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkHTML(t, text) })
}

func checkHTML(t *testing.T, hostile string) {
	page := func(text string) string {
		columns := []row.Column{
			{Name: text, Kind: row.Text}, {Name: text, Kind: row.JSON}, {Name: text, Kind: row.Array},
		}
		return write(t, encoder.HTML(encoder.HTMLTitle(text)), row.Of(columns, []any{text, text, text}))
	}
	document := page(hostile)
	want, err := outline(page("x"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := outline(document); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q changes the tags (%v): %q", hostile, err, got)
	}
	parsed, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	visible := strings.ReplaceAll(string([]rune(hostile)), "\x00", "\uFFFD")
	for _, kind := range []atom.Atom{atom.Title, atom.Caption, atom.Th, atom.Td} {
		for _, element := range elements(parsed, kind) {
			if got := text(element); got != visible {
				t.Errorf("<%v> of %q is %q", kind, visible, got)
			}
		}
	}
}

// places is a program's template that has a value in every place where one may stand.
const places = `<!doctype html>
<html lang="en">
<head><title>{{.Row.v}}</title><style>
b { color: {{.Row.v}}; background: url("{{.Row.v}}"); content: "{{.Row.v}}" }
</style></head>
<body class="{{.Row.v}}">
<p id=text>{{.Row.v}}</p>
<p id=attribute title="{{.Row.v}}" lang='{{.Row.v}}'></p>
<p id=bare title={{.Row.v}}></p>
<a href="{{.Row.v}}">a</a>
<a href="/cars?name={{.Row.v}}&amp;sort=up#top">b</a>
<a href="{{.Row.v}}/x">c</a>
<img src="{{.Row.v}}" srcset="{{.Row.v}}">
<p onclick="f({{.Row.v}})" style="color: {{.Row.v}}"></p>
<textarea>{{.Row.v}}</textarea>
<script>var v = {{.Row.v}};</script>
<script>var s = "{{.Row.v}}", t = '{{.Row.v}}';</script>
<script type="application/json">{{.Row.v}}</script>
</body>
</html>
`

// TestHostileTextStaysTextInTemplates checks that in no place of a program's template a value
// becomes a tag, an attribute, or a URL that runs, whatever the kind of its column; in a script it
// is the value.
func TestHostileTextStaysTextInTemplates(t *testing.T) {
	e := encoder.Template(template.Must(template.New("places").Parse(places)))
	page := func(kind row.Kind, text string) string {
		rows := row.Of([]row.Column{{Name: "v", Kind: kind, Elem: row.Text}}, []any{text})
		rows.Shape = row.One
		return write(t, e, rows)
	}
	for _, text := range hostile {
		valid := string([]rune(text))
		document, _ := json.Marshal(valid)
		array := `{"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(valid) + `"}`
		for _, test := range []struct {
			kind     row.Kind
			src      string
			harmless string
			want     any // in a script
		}{
			{kind: row.Text, src: text, harmless: "x", want: valid},
			{kind: row.JSON, src: "not JSON " + text, harmless: "x", want: "not JSON " + valid},
			{kind: row.JSON, src: string(document), harmless: `"x"`, want: valid},
			{kind: row.JSON,
				src: `{"</script>": ` + string(document) + `}`, harmless: `{"a": "x"}`,
				want: map[string]any{"</script>": valid}},
			{kind: row.Array, src: array, harmless: "{x}", want: []any{valid}},
			{kind: row.Numeric, src: text, harmless: "1", want: valid},
		} {
			document := page(test.kind, test.src)
			want, err := outline(page(test.kind, test.harmless))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := outline(document); err != nil || !slices.Equal(got, want) {
				t.Errorf("%q of %v changes the tags (%v): %q, want %q",
					test.src, test.kind, err, got, want)
			}
			checkAddresses(t, document)
			_, after, _ := strings.Cut(document, "<script>var v = ")
			script, _, _ := strings.Cut(after, ";</script>")
			var got any
			if err := json.Unmarshal([]byte(script), &got); err != nil {
				t.Errorf("%q of %v: %v in the script %s", test.src, test.kind, err, script)
			}
			if a, b := toJSON(got), toJSON(test.want); a != b {
				t.Errorf("%q of %v is %s in a script, want %s", test.src, test.kind, a, b)
			}
		}
	}
}

func toJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// checkAddresses checks that no URL has a scheme, since none of the template has one.
func checkAddresses(t *testing.T, document string) {
	t.Helper()
	page, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []atom.Atom{atom.A, atom.Img} {
		for _, element := range elements(page, kind) {
			for _, name := range []string{"href", "src", "srcset"} {
				if u, err := url.Parse(attribute(element, name)); err != nil || u.Scheme != "" {
					t.Errorf("%s=%q (%v)", name, attribute(element, name), err)
				}
			}
		}
	}
}
