package faulttest

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// A generator returns random requests.
type generator struct{ *rand.Rand }

// of returns one element of a list.
func (g generator) of(list []string) string { return list[g.IntN(len(list))] }

// chance is true once in n times.
func (g generator) chance(n int) bool { return g.IntN(n) == 0 }

var (
	methods = []string{"GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET", "POST", "POST",
		"POST", "POST", "POST", "POST", "HEAD", "HEAD", "PUT", "OPTIONS", "get"}
	columns = []string{"id", "the Name", "price", "tags", "data", "doc", "photo", "born", "at",
		"words", "span", "mood", "ok", `"the Name"`,
		"data->a", "data->>a", "data->b->0", "doc->a->1->>b", "data->-1", "data->>99999999999",
		`data->"x'y"`, "id->a", "nope", "t", "*", "id::text", "count()", "i"}
	operators = []string{"eq", "neq", "gt", "gte", "lt", "lte", "isdistinct", "is", "in", "like",
		"ilike", "match", "imatch", "cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj",
		"fts", "plfts", "phfts", "wfts", "eq(any)", "like(all)", "fts(english)", "wfts(nope)", "not.eq",
		"not.in", "not.is", "not.not", "fts('; DROP)", "union"}
	values = []string{"1", "0", "-1", "", "null", "true", "x", "a", "sad", "NaN", "Infinity", "1e400",
		"1e-400", "99999999999999999999999999", "-9223372036854775808", "0x1f", "1_000", "2024-01-01",
		"2024-02-30", "infinity", "epoch", "now", "24:00", "P1Y", "1 year", "{}", "{1,2}", "{{1},{2}}",
		"{a,\"b\"}", "{", "(1,2)", "[1,5)", "(,)", "empty", `\x00ff`, `\xzz`, `\`, `\\`, `%`, "_", "*",
		"**",
		"(", "[", "(?=", "a{99999}", "((((a*)*)*)*)*b", "[[:alpha:]]", "fat & cat", "fat & ", "!!!",
		"':*", "'", "''", `"`, `""`, "'; DROP TABLE surface.cars; --", "1 OR 1=1", "1) UNION SELECT 'x",
		"$1", "$$",
		"$tag$", "/*", "*/", "--", "\u2028", "é", "\U0001F600", "\x00", "a\x00b", "\xff", "\xc3",
		"\xed\xa0\x80", "%00", "%ff", "%zz", "+", " ", "\t", "\r\n", "10.0.0.1", "::1/129",
		"$.a[*] ? (@ > 1)", "$[", "strict $",
		"00000000-0000-0000-0000-000000000000", `{"a":1}`, `{"a":`, "[1,2]", "[]", "pg_class",
		"surface.cars", "101", "(1,1),(0,0)", "0/0", "$1,000.00", "en-US", "a,b", "a.b", "null,null"}
	names = []string{"v", "v", "v", "v", "a", "b", "c", "list", "lowest", "n", "i", "name", "doors",
		"price", "kind", "tenant", "select", "order", "limit", "offset", "and", "or", "not.and", "not.or",
		"", "$1", "V", "v ", "id\x00"}
	accepts = []string{"*/*", "application/json", "text/csv", "text/html", "application/x-ndjson",
		"application/x-ndjson", "application/msgpack", "application/vnd.apache.arrow.stream",
		"application/*;q=0.5, */*;q=0.1", "text/csv;header=absent", "text/plain, */*;q=0.01",
		"application/json, application/json;q=0", "application/vnd.pgrst.object+json, */*", ",,,",
		"a/b/c", "*"}
	types = []string{"application/json", "application/json", "application/json", "application/json",
		"application/json", "application/json", "application/x-www-form-urlencoded",
		"application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
		"multipart/form-data; boundary=x", "multipart/form-data", "text/plain",
		"application/octet-stream",
		"application/problem+json", "application/json; charset=latin1", "text/xml", "", "json", "a/b; c"}
	fields = []string{"Prefer: count=exact", "Prefer: count=exact, return=minimal",
		"Prefer: count=\"exact", "Range: 0-4", "Range: items=5-9", "Range: 9-1", "Range: bytes=0-",
		"Range: 0-9223372036854775807",
		"Range: 9223372036854775807-", "Range: -5", "Range-Unit: items", "Authorization: Bearer x",
		"Cookie: a=b; c=\"d\"; =e", "X-User: ann'; --", "X-User: \xff\xfe", "X-Tenant: a", "X-Tenant:",
		"X-Request-Id: \u2028",
		"Content-Encoding: gzip", "Expect: 100-continue", "Transfer-Encoding: chunked",
		"Content-Type: text/plain", "If-None-Match: *", "Accept-Profile: other", "Origin: null",
		"X: " + strings.Repeat("x", 5000)}
)

// value returns one of values, sometimes mutated, concatenated or repeated.
func (g generator) value() string {
	v := g.of(values)
	switch {
	case g.chance(12):
		v += g.of(values)
	case g.chance(40) && v != "":
		v = v[:g.IntN(len(v))]
	case g.chance(60) && v != "":
		b := []byte(v)
		b[g.IntN(len(b))] ^= 1 << g.IntN(8)
		v = string(b)
	case g.chance(300):
		v = strings.Repeat(v, 1+g.IntN(3000))
	case g.chance(3):
		v = strconv.Itoa(g.IntN(40))
	}
	return v
}

// valueFor returns, half of the time, a valid value for the function at a path, else any value.
func (g generator) valueFor(path string) string {
	if _, name, ok := strings.Cut(path, "echo_"); ok && g.chance(2) {
		return echoed[name].good
	}
	return g.value()
}

// filter returns an operator with its operand.
func (g generator) filter() string {
	op := g.of(operators)
	if strings.HasSuffix(op, "in") {
		list := make([]string, g.IntN(4))
		for i := range list {
			list[i] = g.value()
		}
		return op + ".(" + strings.Join(list, ",") + ")"
	}
	return op + "." + g.value()
}

// group returns nested conditions in parentheses.
func (g generator) group(depth int) string {
	parts := make([]string, 1+g.IntN(3))
	for i := range parts {
		if depth > 0 && g.chance(3) {
			parts[i] = g.of([]string{"and", "or", "not.and", "not.or"}) + g.group(depth-1)
		} else {
			parts[i] = g.of(columns) + "." + g.filter()
		}
	}
	return "(" + strings.Join(parts, ",") + ")"
}

// pair returns a query parameter that selects, filters, orders or pages.
func (g generator) pair() (name, value string) {
	list := func(suffixes ...string) string {
		parts := make([]string, 1+g.IntN(4))
		for i := range parts {
			parts[i] = g.of(columns) + g.of(suffixes)
		}
		return strings.Join(parts, ",")
	}
	switch g.IntN(9) {
	case 0:
		return "select", g.of([]string{"", "", "a:", "'\"; DROP:"}) + list("", "", "::text", "(x)")
	case 1:
		return "order", list("", ".desc", ".asc.nullsfirst", ".nullslast", ".desc.x")
	case 2:
		return g.of([]string{"limit", "offset"}),
			g.of([]string{"0", "1", "5", "20", "99", "-1", "9223372036854775807", "1e3", g.value()})
	case 3:
		return g.of([]string{"and", "or", "not.and", "not.or"}), g.group(g.IntN(4))
	}
	return g.of(columns), g.filter()
}

// path returns the path of a request.
func (g generator) path() string {
	mount := g.of([]string{"/rpc/", "/rpc/", "/session/", "/small/"})
	switch g.IntN(10) {
	case 0:
		return mount + "cars"
	case 1:
		return "/cars"
	case 2:
		return "/cars/" + escape(g, g.value())
	case 3:
		return g.of([]string{"/make", "/typed"})
	case 4:
		return mount + g.of([]string{"add", "sum_all", "many", "whole", "whole_b", "whole_text",
			"whole_bytes", "nothing", "who", "divide"})
	case 5:
		if g.chance(4) {
			return mount + escape(g, g.value())
		}
		return mount + "cars"
	}
	return mount + "echo_" + g.of(echoNames)
}

// echoNames are the keys of echoed, sorted.
var echoNames = slices.Sorted(maps.Keys(echoed))

// escape escapes a text for a URL, except for now and then.
func escape(g generator, text string) string {
	if g.chance(40) {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '(' ||
			c == ')' || c == ',' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return b.String()
}

// request returns a request: its method, target, header and body.
func (g generator) request() (method, target, header string, body []byte) {
	method, target = g.of(methods), g.path()
	separator := "?"
	add := func(name, value string) {
		target += separator + escape(g, name) + "=" + escape(g, value)
		separator = g.of([]string{"&", "&", "&", "&", "&", "&", "&", "&", ";", "?"})
	}
	lists := strings.Contains(target, "cars") || strings.Contains(target, "many")
	if method != "POST" {
		switch {
		case strings.Contains(target, "echo_"):
			add("v", g.valueFor(target))
		case strings.Contains(target, "add"), strings.Contains(target, "divide"):
			add("a", g.value())
			add("b", g.value())
		case strings.Contains(target, "many"):
			add("n", strconv.Itoa(g.IntN(200)))
		case !lists:
			for range g.IntN(4) {
				add(g.of(names), g.value())
			}
		}
	}
	for range g.IntN(4) {
		switch {
		case lists || g.chance(4):
			add(g.pair())
		case g.chance(8):
			add(g.of(names), g.value())
		}
	}
	if g.chance(2) {
		header = "Accept: " + g.of(accepts) + "\r\n"
	}
	for range g.IntN(3) {
		header += g.of(fields) + "\r\n"
	}
	if method == "POST" || method == "PUT" || g.chance(20) {
		kind := g.of(types)
		header += "Content-Type: " + kind + "\r\n"
		body = g.body(kind, target)
	}
	return method, target, header, body
}

// body returns a body of a media type, sometimes a malformed one.
func (g generator) body(kind, target string) []byte {
	own := []string{"v"}
	switch {
	case strings.HasPrefix(target, "/make"):
		own = []string{"name", "doors", "price"}
	case strings.Contains(target, "add"), strings.Contains(target, "divide"):
		own = []string{"a", "b"}
	case !strings.Contains(target, "echo_"):
		own = []string{g.of(names), g.of(names)}
	}
	var b []byte
	switch {
	case strings.Contains(kind, "json"):
		b = append(b, '{')
		for i, name := range own {
			if i > 0 {
				b = append(b, ',')
			}
			value := g.json(3)
			if strings.Contains(target, "echo_") && g.chance(3) {
				value = strconv.Quote(g.valueFor(target))
			}
			b = append(b, strconv.Quote(name)+":"+value...)
		}
		b = append(b, '}')
		if strings.Contains(target, "whole") && g.chance(2) {
			b = []byte(g.json(4))
		}
	case strings.Contains(kind, "urlencoded"):
		for _, name := range own {
			b = append(b, escape(g, name)+"="+escape(g, g.value())+"&"...)
		}
		b = bytes.TrimSuffix(b, []byte("&"))
	case strings.Contains(kind, "multipart"):
		for _, name := range own {
			b = fmt.Appendf(b, "--x\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", name,
				g.value())
		}
		b = append(b, "--x--\r\n"...)
	default:
		b = []byte(g.value())
	}
	if g.chance(25) && len(b) > 0 {
		b[g.IntN(len(b))] ^= 1 << g.IntN(8)
	}
	if g.chance(40) {
		b = b[:g.IntN(len(b)+1)]
	}
	return b
}

// json returns a JSON value, sometimes a malformed one.
func (g generator) json(depth int) string {
	switch n := g.IntN(10); {
	case n == 0 && depth > 0:
		parts := make([]string, g.IntN(4))
		for i := range parts {
			parts[i] = g.json(depth - 1)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case n == 1 && depth > 0:
		parts := make([]string, g.IntN(4))
		for i := range parts {
			parts[i] = `"` + g.of([]string{"a", "x", "Y", "z", "a", `\u0000`, `\ud800`, "é"}) + `": ` +
				g.json(depth-1)
		}
		return "{" + strings.Join(parts, ",") + "}"
	case n < 5:
		return g.of([]string{"0", "-0", "1", "1.50", "1e5", "1E400", "-1e-400",
			"123456789012345678901234567890", "0.1e+1", "true", "false", "null", "01", "+1", "NaN", ".5",
			"1."})
	case n < 6:
		return `"` + g.of([]string{`\u0000`, `a\u0000b`, `\ud83d\ude00`, `\ud83d`, `\"`, `\\`, `\/`, `\x`,
			"\x01", "\xff"}) + `"`
	}
	return strconv.Quote(g.value())
}
