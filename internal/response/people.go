package response

import (
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql/internal/htmlpage"
)

// page returns the problem as a page for a browser: what is wrong and what to do, and the form that
// has been refused, with what was typed.
func (p Problem) page(r *http.Request) htmlpage.Page {
	shown := htmlpage.Page{Title: strconv.Itoa(p.Status) + " " + p.Title}
	if p.Message != p.Title {
		shown.Lead = p.Message
	}
	if p.Hint != "" {
		shown.Texts = append(shown.Texts, "Hint: "+p.Hint)
	}
	if p.Details != "" {
		shown.Texts = append(shown.Texts, p.Details)
	}
	shown.Fields, shown.Reads = p.fields(r), r.Method != http.MethodPost
	for _, e := range p.Errors {
		isField := func(f htmlpage.Field) bool { return f.Name == e.Field }
		if !slices.ContainsFunc(shown.Fields, isField) {
			shown.Facts = append(shown.Facts, htmlpage.Fact{Name: e.Field, Value: e.Message})
		}
	}
	facts := []htmlpage.Fact{{Name: "Code", Value: p.Code}, {Name: "Request", Value: p.RequestID}}
	for _, fact := range facts {
		if fact.Value != "" {
			shown.Facts = append(shown.Facts, fact)
		}
	}
	return shown
}

// fields returns the form that a client has to correct, nil if the request has none that has been
// read.
func (p Problem) fields(r *http.Request) (fields []htmlpage.Field) {
	faults := map[string]string{}
	for _, e := range p.Errors {
		faults[e.Field] = e.Message
	}
	form, ok := p.form(r, faults)
	if !ok || p.Status < 400 || p.Status >= 500 {
		return nil
	}
	add := func(name, value string) {
		field := htmlpage.Field{Name: name, Value: value, Fault: faults[name], Secret: isSecret(name)}
		if field.Secret {
			field.Value = ""
		}
		fields = append(fields, field)
		delete(faults, name)
	}
	for _, pair := range form {
		add(pair[0], pair[1])
	}
	for _, name := range slices.Sorted(maps.Keys(faults)) { // that were missing
		add(name, "")
	}
	return fields
}

// form returns the pairs of the form that has been refused, false if there is none.
func (p Problem) form(r *http.Request, faults map[string]string) ([][2]string, bool) {
	if r.Method != http.MethodGet {
		pairs := typed(r)
		return pairs, pairs != nil
	}
	if len(faults) == 0 || len(r.URL.RawQuery) > maxForm {
		return nil, false
	}
	pairs := pairsOf(r.URL.RawQuery)
	for name := range faults { // which may be in the path, unless nothing is there without it
		isThere := slices.ContainsFunc(pairs, func(pair [2]string) bool { return pair[0] == name })
		if p.Status != http.StatusNotFound && !isThere {
			return nil, false
		}
	}
	return pairs, true
}

// isSecret reports whether a field is one whose value nobody may read over a shoulder or in a
// cache.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	isIn := func(word string) bool { return strings.Contains(name, word) }
	return slices.ContainsFunc([]string{"pass", "secret", "token", "pwd", "pin"}, isIn)
}

// maxForm is how many bytes of a form come back.
const maxForm = 64 << 10

// typed returns the pairs of a form in the body of a POST, in their order, if package binder has
// read it: nothing is read for a client that has been refused for itself.
func typed(r *http.Request) (pairs [][2]string) {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	body, isRead := r.Body.(interface{ Whole() []byte })
	if r.Method != http.MethodPost || mediaType != "application/x-www-form-urlencoded" || !isRead ||
		len(body.Whole()) > maxForm {
		return nil
	}
	return pairsOf(string(body.Whole()))
}

// pairsOf returns the pairs of a form as a query has them.
func pairsOf(form string) (pairs [][2]string) {
	for pair := range strings.SplitSeq(form, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if pair != "" && nameErr == nil && valueErr == nil {
			pairs = append(pairs, [2]string{name, value})
		}
	}
	return pairs
}
