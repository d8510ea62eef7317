package formattest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/encodertest"
	"github.com/moresql/moresql/row"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

func TestHTMLKeepsTheContract(t *testing.T) { encodertest.Run(t, encoder.HTML(), readTable) }

// readTable is the encodertest.Decode of HTML.
func readTable(document []byte) ([][]encodertest.Field, error) {
	if _, err := outline(string(document)); err != nil {
		return nil, err
	}
	page, err := html.Parse(bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	names := elements(page, atom.Th)
	var rows [][]encodertest.Field
	for _, body := range elements(page, atom.Tbody) {
		for _, tr := range elements(body, atom.Tr) {
			var fields []encodertest.Field
			for i, td := range elements(tr, atom.Td) {
				if i == len(names) {
					return nil, errors.New("a row has more cells than there are columns")
				}
				null := attribute(td, "class") == "null"
				fields = append(fields, encodertest.Field{Name: text(names[i]), Text: text(td), Null: null})
			}
			rows = append(rows, fields)
		}
	}
	return rows, nil
}

// elements returns the descendants of n of one kind, in document order.
func elements(n *html.Node, kind atom.Atom) (found []*html.Node) {
	for d := range n.Descendants() {
		if d.DataAtom == kind {
			found = append(found, d)
		}
	}
	return found
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// void are the elements without an end tag (HTML Standard, 13.1.2) that occur in these tests.
var void = []string{"meta", "img", "input"}

// outline returns the tags of a page with the names of their attributes, in document order. A tag
// that is not closed, or misplaced, is an error: a parser would correct it.
func outline(page string) ([]string, error) {
	var tags, open []string
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			if len(open) > 0 {
				return tags, fmt.Errorf("<%s> is not closed", open[len(open)-1])
			}
			return tags, nil
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			tag := token.Data
			if kind == html.StartTagToken && !slices.Contains(void, tag) {
				open = append(open, tag)
			}
			for _, a := range token.Attr {
				tag += " " + a.Key
			}
			tags = append(tags, tag)
		case html.EndTagToken:
			tag := z.Token().Data
			if len(open) == 0 || open[len(open)-1] != tag {
				return tags, fmt.Errorf("</%s> closes %v", tag, open)
			}
			open = open[:len(open)-1]
			tags = append(tags, "/"+tag)
		case html.CommentToken, html.DoctypeToken:
			tags = append(tags, z.Token().String())
		}
	}
}

// write returns the document that an encoder writes for rows.
func write(t testing.TB, e encoder.Encoder, rows *row.Rows) string {
	t.Helper()
	var w bytes.Buffer
	if err := e.Encode(&w, rows); err != nil {
		t.Fatal(err)
	}
	return w.String()
}

// TestPageHasWhatBrowsersNeed also checks what screen readers need (WCAG 2.2: 1.3.1, 2.4.2, 3.1.1).
func TestPageHasWhatBrowsersNeed(t *testing.T) {
	columns := []row.Column{{Name: "n", Kind: row.Int}, {Name: "t", Kind: row.Text}, {Name: "x"}}
	for name, rows := range map[string]*row.Rows{
		"rows":    row.Of(columns, []any{int64(-1), "a", 1.5}, []any{nil, nil, nil}),
		"no rows": row.Of(columns),
	} {
		document := write(t, encoder.HTML(encoder.HTMLTitle("Cars")), rows)
		if !strings.HasPrefix(strings.ToLower(document), "<!doctype html>") {
			t.Errorf("%s: without a doctype, browsers use quirks mode", name)
		}
		// The encoding must be in the first 1024 bytes (HTML Standard, 4.2.5.4).
		if i := strings.Index(document, `<meta charset="utf-8">`); i < 0 || i > 1024 {
			t.Errorf("%s: the encoding is at %d", name, i)
		}
		if _, err := outline(document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		page, err := html.Parse(strings.NewReader(document))
		if err != nil {
			t.Fatal(err)
		}
		for kind, want := range map[atom.Atom]int{
			atom.Html:    1,
			atom.Title:   1,
			atom.Table:   1,
			atom.Caption: 1,
			atom.Thead:   1,
			atom.Tbody:   1,
			atom.Th:      3,
			atom.Script:  0,
			atom.Link:    0,
			atom.Img:     0,
		} {
			if got := len(elements(page, kind)); got != want {
				t.Errorf("%s: %d of <%v>, want %d", name, got, kind, want)
			}
		}
		for _, kind := range []atom.Atom{atom.Title, atom.Caption} {
			if got := text(elements(page, kind)[0]); got != "Cars" {
				t.Errorf("%s: <%v> is %q", name, kind, got)
			}
		}
		if lang := attribute(elements(page, atom.Html)[0], "lang"); lang == "" {
			t.Errorf("%s: no language", name)
		}
		for _, th := range elements(page, atom.Th) {
			if attribute(th, "scope") != "col" {
				t.Errorf("%s: the scope of %q is not its column", name, text(th))
			}
		}
		var classes []string
		for _, td := range elements(page, atom.Td) {
			classes = append(classes, attribute(td, "class"))
		}
		want := []string{"num", "", "num", "null", "null", "null"}
		if name == "rows" && !slices.Equal(classes, want) {
			t.Errorf("the classes of the cells are %q, want %q", classes, want)
		}
	}
}
