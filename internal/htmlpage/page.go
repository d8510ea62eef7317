// Package htmlpage writes small HTML pages for people with a browser: errors, forms that come back,
// and lists. A page has no script and loads nothing, which its Content-Security-Policy makes sure
// of.
package htmlpage

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"

	"github.com/moresql/moresql/internal/negotiate"
)

// A Page is what a page shows. Empty parts are left out.
type Page struct {
	Title  string
	Lead   string   // the first paragraph
	Texts  []string // paragraphs after it
	Facts  []Fact
	Links  []Link
	Fields []Field // of a form that is sent again to where it came from
	Reads  bool    // by GET
}

// A Fact is a name and a value.
type Fact struct{ Name, Value string }

// A Link is an entry of a list. Without Href it is a text.
type Link struct{ Href, Text, Note string }

// A Field is one of a form.
type Field struct {
	Name, Value, Fault string
	Secret             bool // it is not shown, and its value is not sent back
}

//go:embed page.html
var source string

//go:embed page.css
var style string

var (
	pages  = template.Must(template.New("page").Parse(source))
	digest = sha256.Sum256([]byte(style))

	// policy allows the style of the pages and nothing else (W3C, CSP Level 3).
	policy = "default-src 'none'; style-src 'sha256-" +
		base64.StdEncoding.EncodeToString(digest[:]) + "'; img-src 'self'; form-action 'self'; " +
		"base-uri 'none'; frame-ancestors 'none'"
)

// Wanted reports whether a request prefers a page to JSON, as those of browsers do: they name
// text/html first.
func Wanted(r *http.Request) bool {
	offered := []string{"application/problem+json", "application/json", "text/html"}
	i, ok := negotiate.Accept(r.Header.Values("Accept"), offered)
	return ok && i == 2
}

// Write writes a page as the whole response. Other fields of the header are the caller's.
func Write(w http.ResponseWriter, status int, p Page) {
	body := Append(nil, p)
	SetHeader(w.Header())
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // a client that has left needs no response
}

// SetHeader sets the fields of the header that pages have.
func SetHeader(h http.Header) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
}

// Append appends the HTML of a page.
func Append(b []byte, p Page) []byte {
	out := bytes.NewBuffer(b)
	err := pages.Execute(out, struct {
		Page
		Style template.CSS
	}{p, template.CSS(style)})
	if err != nil { // the data has all that the template names, and a buffer takes everything
		panic(err)
	}
	return out.Bytes()
}
