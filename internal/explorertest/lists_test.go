package explorertest

import (
	"testing"
)

// An element of a list is the text that was given, also if it is the only one and looks like an
// array itself, and none is an empty list.
func TestElementsOfListsAreTheirTexts(t *testing.T) {
	uri := newDatabase(t)
	execute(t, connect(t, uri), `CREATE SCHEMA api;
		CREATE FUNCTION api.words(w text[]) RETURNS text[] LANGUAGE sql STABLE AS 'SELECT w'`)
	address := start(t, uri, "-superuser", "-schema", "api")
	p := open(t)
	for _, test := range []struct{ hash, want string }{
		{"#a.w=%7Ba,b%7D", `["{a,b}"]`}, {"#a.w=%5B%22a%22%5D", `["[\"a\"]"]`},
		{"#a.w=%7Ba%7D&a.w=b", `["{a}","b"]`}, {"#a.w=a,b", `["a,b"]`}, {"#a.w=", `[""]`},
		{"#empty=w", `[]`}, {"#a.w=%20%7Ba%7D", `[" {a}"]`}, {"#a.w=NULL", `["NULL"]`},
	} {
		for _, method := range []string{"get", "post"} {
			p.visit(address, "/rpc/words", test.hash+"&method="+method)
			p.run()
			p.await("document.querySelector('.ok, .problem')")
			p.showText()
			got := p.js("JSON.stringify(JSON.parse(document.querySelector('.panel pre').textContent))")
			if got != test.want {
				t.Errorf("%s %s: %s, want %s", method, test.hash, got, test.want)
			}
		}
	}
}
