package dbtest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/moresql/moresql/internal/racetest"
)

// marker is in every hostile text, to be found where it must not be.
const marker = "zq7x"

// hostile are texts with a meaning in SQL, for one of its lexers, in JSON, URLs or headers, and
// rubbish.
var hostile = func() []string {
	var list []string
	for i, text := range []string{
		"' OR '1'='1", "'; DROP TABLE secrets; --", `"; DROP TABLE secrets; --`,
		"`; DROP TABLE secrets; #", "1); DROP TABLE secrets; --",
		"/* */", "-- ", "#", "*/", `\'`, `\`, "''", `""`, "$1", "?", ":name", "@p1", "$$", "$x$", "%s",
		"E'\\''", "U&'\\0027'", "0x27",
		"\u2019 OR \u20191\u2019=\u20191", "\u02bc; DROP TABLE secrets", "\uff07; DROP TABLE secrets",
		"\u201c", "\uff1b", "\ufeff", "\u202e",
		"\x00", "a\x00'b", "\xff", "\xbf\x27", "\xc0\xa7", "\xed\xa0\x80", "\r\nSet-Cookie: a=b\r\n\r\n",
		"\t\v\f\x1b", "../../secrets", "..",
		"{}", `{"`, `{a,"b`, "[[", "a,b", "(", ")", "))", "a.b", "a->b", "x::text", "NaN", "1e999",
		"9223372036854775808", "-1", "null",
		"pg_sleep(9)", "UNION SELECT 1", "𝒳", "$.a", `"`, "<script>", "javascript:alert(1)",
		strings.Repeat("'", 1000),
	} {
		if list = append(list, text+marker); i < 20 { // texts that matter at the end, too
			list = append(list, marker+text)
		}
	}
	return append(list, "", "..", ".", "\x00", "'", `"`, `\`,
		strings.Repeat("[", racetest.Sized(200_000, 10_000)),
		marker+strings.Repeat("x';", racetest.Sized(230_000, 3_000)))
}()

// A place is where a request can have a text.
type place struct {
	name     string
	request  func(base, text string) *http.Request
	harmless []string // texts that produce every statement which may be sent for this place
}

// get returns requests whose path and query have the text in place of §.
func get(path string, query ...string) func(base, text string) *http.Request {
	return func(base, text string) *http.Request {
		v := url.Values{}
		for pair := range slices.Chunk(query, 2) {
			v.Add(strings.ReplaceAll(pair[0], "§", text), strings.ReplaceAll(pair[1], "§", text))
		}
		r, _ := http.NewRequest("GET",
			base+strings.ReplaceAll(path, "§", url.PathEscape(text))+"?"+v.Encode(), nil)
		return r
	}
}

// post returns requests whose body is made of the text.
func post(path, mediaType string,
	body func(text string) string) func(base, text string) *http.Request {
	return func(base, text string) *http.Request {
		r, _ := http.NewRequest("POST", base+path, strings.NewReader(body(text)))
		r.Header.Set("Content-Type", mediaType)
		return r
	}
}

// inHeader returns requests with a header that has the text in place of §.
func inHeader(path, name, value string) func(base, text string) *http.Request {
	return func(base, text string) *http.Request {
		r, _ := http.NewRequest("GET", base+path, nil)
		r.Header.Set(name, strings.ReplaceAll(value, "§", text))
		return r
	}
}

// asJSON writes a text as a string of JSON, byte for byte, in place of § in a template.
func asJSON(template string) func(string) string {
	return func(text string) string {
		quoted, _ := json.Marshal(text)
		if !strings.Contains(text, "\xff") {
			return strings.ReplaceAll(template, "§", string(quoted))
		}
		return strings.ReplaceAll(template, "§",
			`"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)+`"`)
	}
}

// asForm writes a text, escaped, in place of § in a template.
func asForm(template string) func(string) string {
	return func(text string) string {
		return strings.ReplaceAll(template, "§", url.QueryEscape(text))
	}
}

// upload returns multipart requests with one part.
func upload(path string, header func(text string) textproto.MIMEHeader,
	content string) func(base, text string) *http.Request {
	return func(base, text string) *http.Request {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		part, _ := w.CreatePart(header(text))
		io.WriteString(part, strings.ReplaceAll(content, "§", text))
		w.Close()
		r, _ := http.NewRequest("POST", base+path, &b)
		r.Header.Set("Content-Type", w.FormDataContentType())
		return r
	}
}

// disposition returns the header of a part that has the text in place of §.
func disposition(value string) func(string) textproto.MIMEHeader {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "%0D", "\n", "%0A")
	return func(text string) textproto.MIMEHeader {
		return textproto.MIMEHeader{
			"Content-Disposition": {"form-data; " + strings.ReplaceAll(value, "§", escape.Replace(text))}}
	}
}

// grammarPlaces are the places of filters on a result with the columns id, name and data.
func grammarPlaces(path string) []place {
	rows := func(query ...string) func(base, text string) *http.Request { return get(path, query...) }
	return []place{
		{"a parameter's name", rows("§", "eq.1"), []string{"name"}},
		{"a quoted name", rows(`"§"`, "eq.1"), []string{"name"}},
		{"a filter", rows("name", "§"), []string{"eq.1"}},
		{"an operator", rows("name", "§.1"), []string{"eq"}},
		{"a value", rows("name", "eq.§"), []string{"Ann"}},
		{"a number", rows("id", "eq.§"), []string{"1"}},
		{"a negated value", rows("name", "not.eq.§"), []string{"Ann"}},
		{"a pattern", rows("name", "like.§"), []string{"Ann"}},
		{"a pattern in any case", rows("name", "ilike.§"), []string{"Ann"}},
		{"an operand of is", rows("id", "is.§"), []string{"null", "not_null"}},
		{"a list", rows("name", "in.(§,b)"), []string{"Ann"}},
		{"a list in quotes", rows("name", `in.("§",b)`), []string{"Ann"}},
		{"and", rows("and", `(name.eq.§,id.eq.1)`), []string{"Ann"}},
		{"or, in quotes", rows("or", `(name.eq."§",id.eq.1)`), []string{"Ann"}},
		{"a tree", rows("or", "§"), []string{"(id.eq.1)"}},
		{"a path", rows("data->>§", "eq.1"), []string{"a", "1", "a->b"}},
		{"a quoted path", rows(`data->"§"->>b`, "eq.1"), []string{"a"}},
		{"a path of another column's", rows(`name->>§`, "eq.1"), []string{"a", "1", "a->b"}},
		{"select", rows("select", "§"), []string{"id", "name", "*"}},
		{"a column of select", rows("select", "id,§"), []string{"name"}},
		{"an alias", rows("select", "§:id"), []string{"a"}},
		{"a quoted alias", rows("select", `"§":id`), []string{"a"}},
		{"a path of select", rows("select", "data->§"), []string{"a", "1", "a->b"}},
		{"order", rows("order", "§"), []string{"name"}},
		{"an order's direction", rows("order", "name.§"), []string{"asc", "desc"}},
		{"limit", rows("limit", "§"), []string{"1"}},
		{"offset", rows("offset", "§"), []string{"0"}},
		{"Range", inHeader(path, "Range", "§"), []string{"0-1", "0-", "x"}},
		{"the end of Range", inHeader(path, "Range", "items=0-§"), []string{"1", "", "x"}},
		{"Prefer", inHeader(path, "Prefer", "count=§"), []string{"exact", "none"}},
		{"Accept", inHeader(path, "Accept", "§"), []string{"*/*"}},
		{"X-Request-Id", inHeader(path+"?id=eq.1", "X-Request-Id", "§"), []string{"1"}},
	}
}
