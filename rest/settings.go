package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/row"
)

// requestSettings returns what functions see of a request, and nothing yet of the response.
func requestSettings(r *http.Request) [][2]string {
	headers, cookies := map[string]string{"host": r.Host}, map[string]string{}
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	for _, c := range r.Cookies() {
		if _, ok := cookies[c.Name]; !ok { // the first is that of the longest path (RFC 6265, 5.4)
			cookies[c.Name] = c.Value
		}
	}
	return [][2]string{
		{"request.method", r.Method},
		{"request.path", requestPath(r)},
		{"request.headers", object(headers)},
		{"request.cookies", object(cookies)},
		{"response.status", ""}, // which another call may have left on the connection
		{"response.headers", ""},
	}
}

// requestPath returns the path that the client has sent: http.StripPrefix may have changed the URL.
func requestPath(r *http.Request) string {
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil {
		return u.Path
	}
	return r.URL.Path
}

// object writes a map as a JSON object.
func object(m map[string]string) string {
	text, err := json.Marshal(m)
	if err != nil { // strings marshal
		panic(err)
	}
	return string(text)
}

// trailSettings queries what the function has set after its rows, of a plan that is no relation. A
// trailer that the plan has already is part of the same query.
func trailSettings(p *moresql.Plan) error {
	settings := spec(p.Dialect).Settings()
	if settings == nil {
		return fmt.Errorf("%s has no settings for a response", p.Dialect)
	}
	trailer := moresql.Statement{Query: settings.Response, Bind: []int{}}
	if p.Trailer != nil {
		trailer = *p.Trailer
		trailer.Query = settings.Response + ", t.* FROM (SELECT 1) AS one LEFT JOIN (" +
			p.Trailer.Query + "\n) AS t ON true"
	}
	own, before := p.Trailer, p.Reply
	p.Trailer = &trailer
	p.Reply = func(
		status int, meta, values []row.Value, rows int64,
	) (_ int, header http.Header, err error) {
		var rest []row.Value
		if own != nil && len(values) > 2 {
			rest = values[2:]
		}
		if status, header, err = replyBefore(before, status, meta, rest, rows); err != nil {
			return 0, nil, err
		}
		status, err = applySettings(status, header, values)
		return status, header, err
	}
	return nil
}

// applySettings applies to a response what a function has set of it: values are response.status and
// response.headers, nil if there is no row to carry them.
func applySettings(status int, header http.Header, values []row.Value) (int, error) {
	if len(values) < 2 {
		return status, nil
	}
	code, fields, err := parseSettings(values[0].String(), values[1].String())
	if err != nil {
		return 0, err
	}
	maps.Copy(header, fields)
	if code != 0 {
		status = code
	}
	return status, nil
}

// parseSettings reads what a function has set of the response by PostgREST's convention:
// response.status, and response.headers as a JSON array of objects with one name and its value
// each. "" is nothing.
func parseSettings(status, headers string) (int, http.Header, error) {
	code := 0
	if status != "" {
		var err error
		if code, err = strconv.Atoi(status); err != nil || code < 200 || code > 599 {
			return 0, nil, badStatus(status)
		}
	}
	if headers == "" {
		return code, nil, nil
	}
	var list []map[string]*string
	if err := json.Unmarshal([]byte(headers), &list); err != nil || list == nil {
		return 0, nil, badHeaders(headers)
	}
	h := http.Header{}
	for _, object := range list {
		if len(object) != 1 || !addHeaders(h, object) {
			return 0, nil, badHeaders(headers)
		}
	}
	return code, h, nil
}

// addHeaders adds header fields that a function wants. It reports false if there is one that a
// function cannot set, or not to that value (RFC 9110, 5.5).
func addHeaders(h http.Header, fields map[string]*string) bool {
	for name, value := range fields {
		key := textproto.CanonicalMIMEHeaderKey(name)
		if value == nil || !validName(name) || slices.Contains(framing, key) ||
			strings.ContainsFunc(*value, isControl) {
			return false
		}
		h.Add(key, *value)
	}
	return true
}

func isControl(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }

// framing are the headers that say where a response ends and how it is sent, which net/http
// decides.
var framing = []string{
	"Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Upgrade", "Keep-Alive",
}

// validName reports whether a name is a token (RFC 9110, 5.6.2).
func validName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
	})
}
