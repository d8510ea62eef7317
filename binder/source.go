package binder

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A Lookup returns the value of one name: its text as a string, or nil for an explicit null. ok is
// false if the name is absent. An error that is the client's fault should be an *[Error]. A Lookup
// serves one request, from one goroutine.
type Lookup func(name string) (value any, ok bool, err error)

// A Source is a part of a request that values come from.
type Source interface {
	// Open prepares the lookups in r; a nil Lookup without an error has no values. A source that
	// reads the body must restore it. Open is called concurrently, for different requests.
	Open(r *http.Request) (Lookup, error)
}

// A SourceFunc is an adapter that makes a function a [Source].
type SourceFunc func(r *http.Request) (Lookup, error)

// Open calls f.
func (f SourceFunc) Open(r *http.Request) (Lookup, error) { return f(r) }

// Defaults returns a new slice of [Path], [Query] and [Body]: the values that name the resource win
// over those that describe it.
func Defaults() []Source { return []Source{Path(), Query(), Body()} }

// Path returns the source of the wildcards of the path, by [http.Request.PathValue].
func Path() Source { return pathSource{} }

type pathSource struct{}

// Open implements Source.
func (s pathSource) Open(r *http.Request) (Lookup, error) { return lookupIn(s, r), nil }

func (pathSource) isDirect(*http.Request) bool { return true }

func (pathSource) find(r *http.Request, name string) (any, bool, error) {
	value := r.PathValue(name)
	// PathValue is "" for an unknown name, and for {name...} that matches nothing.
	return value, value != "" || hasWildcard(r.Pattern, name), nil
}

// A directSource needs no Lookup, which is allocated, for the requests that isDirect accepts.
type directSource interface {
	isDirect(*http.Request) bool
	find(r *http.Request, name string) (value any, ok bool, err error)
}

func lookupIn(s directSource, r *http.Request) Lookup {
	return func(name string) (any, bool, error) { return s.find(r, name) }
}

// hasWildcard reports whether a pattern of [http.ServeMux] has {name} or {name...}, which is always
// a whole segment.
func hasWildcard(pattern, name string) bool {
	for segment := range strings.SplitSeq(pattern, "/") {
		inner, opened := strings.CutPrefix(segment, "{")
		inner, closed := strings.CutSuffix(inner, "}")
		if opened && closed && inner != "$" && strings.TrimSuffix(inner, "...") == name {
			return true
		}
	}
	return false
}

// Query returns the source of the values in the URL's query. It is parsed strictly: a query that
// [url.ParseQuery] returns an error for has status 400, and so has a repeated field.
func Query() Source { return querySource{} }

type querySource struct{}

// Open implements Source.
func (s querySource) Open(r *http.Request) (Lookup, error) {
	text := r.URL.RawQuery
	switch {
	case text == "":
		return nil, nil
	case isPlain(text):
		return lookupIn(s, r), nil
	}
	query, err := parsePairs("query", text)
	if err != nil {
		return nil, err
	}
	return query.lookup, nil
}

func (querySource) isDirect(r *http.Request) bool { return isPlain(r.URL.RawQuery) }

// find returns what the lookup of the parsed query does, for one that is plain.
func (querySource) find(r *http.Request, name string) (value any, ok bool, err error) {
	text := r.URL.RawQuery
	for pair, rest := "", text; rest != ""; {
		pair, rest, _ = strings.Cut(rest, "&")
		key, found, _ := strings.Cut(pair, "=")
		if pair == "" || key != name {
			continue
		}
		if ok { // a second value is refused
			query, err := parsePairs("query", text)
			if err != nil {
				return nil, false, err
			}
			return query.lookup(name)
		}
		value, ok = found, true
	}
	return value, ok, nil
}

// isPlain reports whether name=value pairs are few and have nothing to be decoded or refused, so
// that they need not be parsed.
func isPlain(text string) bool {
	return !strings.ContainsAny(text, "%+;") && strings.Count(text, "&") < 16
}

// parsePairs parses name=value pairs; where names them in the message of an error.
func parsePairs(where, text string) (pairs, error) {
	values, err := url.ParseQuery(text)
	if err == nil {
		return pairs{values, text}, nil
	}
	reason := err.Error() // of a semicolon or too many pairs, which are constant texts
	if errors.As(err, new(url.EscapeError)) {
		// Its text quotes the escape, which may be part of a value.
		reason = "a percent sign is not followed by two hexadecimal digits"
	}
	message := "malformed " + where + ": " + reason
	return pairs{}, &Error{Status: http.StatusBadRequest, Message: message, Err: err}
}

// The pairs of a query or a form.
type pairs struct {
	values url.Values
	text   string // which they were parsed from, or ""
}

// lookup refuses names that have more than one value.
func (p pairs) lookup(name string) (any, bool, error) {
	found := p.values[name]
	if len(found) == 0 {
		return nil, false, nil
	}
	value, err := Arg{Name: name, Values: found}.Value()
	return value, err == nil, err
}

func (p pairs) args() ([]Arg, error) {
	var args []Arg
	for _, name := range p.names() {
		if found := p.values[name]; len(found) > 0 { // "&&" has none, nor a name emptied in PostForm
			args = append(args, Arg{Name: name, Values: found})
		}
	}
	return args, nil
}

// plainArgs returns the arguments of a text that isPlain.
func plainArgs(text string) []Arg {
	if text == "" {
		return nil
	}
	n := strings.Count(text, "&") + 1
	args, values := make([]Arg, 0, n), make([]string, 0, n)
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		if i := slices.IndexFunc(args, func(a Arg) bool { return a.Name == name }); i >= 0 {
			args[i].Values = append(args[i].Values, value)
			continue
		}
		values = append(values, value)
		args = append(args, Arg{Name: name, Values: values[len(values)-1 : len(values) : len(values)]})
	}
	return args
}

// names returns each name once, in the order of the text, or sorted if there is no text.
func (p pairs) names() []string {
	if p.text == "" {
		return slices.Sorted(maps.Keys(p.values))
	}
	var names []string
	seen := map[string]bool{}
	for pair := range strings.SplitSeq(p.text, "&") {
		key, _, _ := strings.Cut(pair, "=")
		name, _ := url.QueryUnescape(key) // no error: ParseQuery has accepted it
		if !seen[name] {
			names, seen[name] = append(names, name), true
		}
	}
	return names
}
