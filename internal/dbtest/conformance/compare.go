package main

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// client takes responses as they are.
var client = &http.Client{
	Transport: &http.Transport{DisableCompression: true},
	Timeout:   20 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	},
}

// try sends the requests of an example, and returns what is not as expected, "" if all is.
func (c *testCase) try(server *httptest.Server) string {
	for _, s := range c.steps {
		if failure := s.try(server.URL); failure != "" {
			return fmt.Sprintf("  line %d: %s %s %v\n  %s", s.line, s.method, s.path, s.header, failure)
		}
	}
	return ""
}

func (s *step) try(base string) string {
	u, err := url.Parse(base + "/" + strings.TrimPrefix(escape(s.path), "/"))
	if err != nil {
		return err.Error()
	}
	r, err := http.NewRequest(s.method, u.String(), strings.NewReader(s.body))
	if err != nil {
		return err.Error()
	}
	r.Header = s.header.Clone()
	response, err := client.Do(r)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	if s.status != 0 && response.StatusCode != s.status {
		return fmt.Sprintf("status %d, not %d: %s", response.StatusCode, s.status, body)
	}
	for _, rule := range s.headers {
		if failure := rule.check(response); failure != "" {
			return failure
		}
	}
	return s.compare(response, body)
}

// escape escapes what a client may not send as it is, and leaves everything else.
func escape(path string) string {
	var b strings.Builder
	for i, c := range []byte(path) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 ||
			c == '%' && !isEscape(path[i:]) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isEscape(s string) bool {
	return len(s) > 2 && strings.ContainsRune(hex, rune(s[1])) && strings.ContainsRune(hex, rune(s[2]))
}

const hex = "0123456789abcdefABCDEF"

// unchecked are fields that depend on spaces of JSON and on the server.
var unchecked = []string{"Content-Length", "Server-Timing", "Content-Encoding"}

func (rule headerRule) check(response *http.Response) string {
	all := response.Header.Values(rule.name)
	got := strings.Join(all, ", ")
	switch {
	case rule.absent && got != "":
		return fmt.Sprintf("there is %s: %s", rule.name, got)
	case rule.absent, slices.Contains(unchecked, rule.name):
		return ""
	case rule.contains && strings.Contains(got, rule.value):
		return ""
	case rule.name == "Content-Type" && sameType(got, rule.value):
		return ""
	case rule.name == "Proxy-Status", rule.name == "WWW-Authenticate":
		return ""
	case sameList(got, rule.value), slices.Contains(all, rule.value):
		return ""
	}
	return fmt.Sprintf("%s is %q, not %q", rule.name, got, rule.value)
}

// sameType reports whether two media types are the same, apart from the charset; errors have one of
// their own (docs/postgrest.md).
func sameType(got, want string) bool {
	g, gp, _ := mime.ParseMediaType(got)
	w, wp, _ := mime.ParseMediaType(want)
	delete(gp, "charset")
	delete(wp, "charset")
	delete(gp, "header") // of CSV (RFC 4180)
	return g == w && fmt.Sprint(gp) == fmt.Sprint(wp) ||
		g == "application/problem+json" && w == "application/json"
}

func sameList(a, b string) bool {
	split := func(s string) []string {
		all := strings.Split(s, ",")
		for i := range all {
			all[i] = strings.TrimSpace(all[i])
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(split(a), split(b))
}

func (s *step) compare(response *http.Response, body []byte) string {
	if s.want == nil || s.method == http.MethodHead {
		return ""
	}
	if text, ok := s.want.(string); ok {
		return s.compareText(text, body)
	}
	var want, got any
	if err := json.Unmarshal([]byte(lenient(string(s.want.(jsonText)))), &want); err != nil {
		return "" // the specification's own JSON may be read by another rule
	}
	if err := json.Unmarshal(body, &got); err != nil {
		return fmt.Sprintf("no JSON: %s", body)
	}
	if response.StatusCode >= 300 {
		return compareErrors(got, want)
	}
	if !strings.Contains(s.path, "order=") { // the order is the database's
		sortArrays(want)
		sortArrays(got)
	}
	if !reflect.DeepEqual(got, want) {
		g, _ := json.Marshal(got)
		w, _ := json.Marshal(want)
		return fmt.Sprintf("got  %s\n  want %s", g, w)
	}
	return ""
}

// lenient returns JSON of the specification as JSON: its keys may have no quotes.
func lenient(text string) string { return bareKey.ReplaceAllString(text, `$1"$2":`) }

func (s *step) compareText(want string, body []byte) string {
	clean := func(text string) string {
		return strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	}
	if clean(want) == clean(string(body)) {
		return ""
	}
	var w, g any
	if json.Unmarshal([]byte(want), &w) == nil && json.Unmarshal(body, &g) == nil {
		if reflect.DeepEqual(w, g) || compareErrors(g, w) == "" {
			return ""
		}
	}
	return fmt.Sprintf("got  %q\n  want %q", body, want)
}

// compareErrors compares what documents of errors have in common.
func compareErrors(got, want any) string {
	g, _ := got.(map[string]any)
	w, isObject := want.(map[string]any)
	if _, has := w["code"]; !isObject || !has || g == nil {
		return fmt.Sprintf("got  %v\n  want %v", got, want)
	}
	fields := []string{"code", "message", "details", "hint"}
	if code, _ := w["code"].(string); strings.HasPrefix(code, "PGRST") {
		fields = fields[:1]
	}
	for _, f := range fields {
		if g[f] != w[f] && !(f == "details" && g[f] == nil) {
			if fmt.Sprint(g[f]) != fmt.Sprint(w[f]) {
				return fmt.Sprintf("%s is %v, not %v", f, g[f], w[f])
			}
		}
	}
	return ""
}

// sortArrays brings the elements of arrays into an order.
func sortArrays(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			sortArrays(e)
		}
		slices.SortFunc(v, func(a, b any) int {
			x, _ := json.Marshal(a)
			y, _ := json.Marshal(b)
			return strings.Compare(string(x), string(y))
		})
	case map[string]any:
		for _, e := range v {
			sortArrays(e)
		}
	}
}

var bareKey = regexp.MustCompile(`([{,]\s*)([A-Za-z_]\w*)\s*:`)
