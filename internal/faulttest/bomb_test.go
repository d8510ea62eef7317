package faulttest

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A bomb is a request that is much larger or deeper than any legitimate one.
type bomb struct {
	reason      string
	target      string
	contentType string // of a POST, or "" for a GET
	body        string
	header      http.Header
	status      []int // the statuses that are right, or nil for any below 500
}

// times returns n texts of a format, each with its index, joined by a separator.
func times(n int, format, separator string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(separator)
		}
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// nested returns inner within n pairs of open and shut.
func nested(n int, open, inner, shut string) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(shut, n)
}

// bombs returns all of them.
func bombs() []bomb {
	const deep, many, large = 100_000, 10_000, 1_000_000
	const jsonType, form, text = "application/json", "application/x-www-form-urlencoded", "text/plain"
	digits, mib := strings.Repeat("9", 900_000), strings.Repeat("k", large)
	refused := []int{400}
	list := []bomb{
		{reason: "a deep array of JSON", target: "/make", contentType: jsonType,
			body: `{"name": ` + nested(deep, "[", "", "]") + `, "doors": 2}`, status: refused},
		{reason: "a deep object of JSON", target: "/rpc/echo_docb", contentType: jsonType,
			body: `{"v": ` + nested(deep, `{"a":`, "1", "}") + `}`, status: refused},
		{reason: "the greatest depth that is read", target: "/rpc/echo_docb", contentType: jsonType,
			body: `{"v": ` + nested(9_990, "[", "", "]") + `}`, status: []int{200, 400}},
		{reason: "a deep body for json", target: "/rpc/whole", contentType: jsonType,
			body: nested(deep, "[", "", "]"), status: refused},
		{reason: "a deep body for jsonb", target: "/rpc/whole_b", contentType: jsonType,
			body: nested(deep, `[`, "", "]"), status: refused},
		{reason: "a deep body without an end", target: "/rpc/whole_b", contentType: jsonType,
			body: strings.Repeat("[", large), status: refused},
		{reason: "a deep document in a form", target: "/rpc/echo_docb", contentType: form,
			body: "v=" + nested(deep, "[", "", "]"), status: refused},
		{reason: "a deep array literal", target: "/rpc/echo_ints", contentType: form,
			body: "v=" + nested(deep, "{", "", "}"), status: refused},
		{reason: "a deep jsonpath", target: "/rpc/echo_path", contentType: form,
			body: "v=" + url.QueryEscape(nested(deep, "(", "$", ")")), status: refused},
		{reason: "a deep tsquery", target: "/rpc/echo_query", contentType: form,
			body: "v=" + url.QueryEscape(nested(deep, "(", "a", ")")), status: refused},
		{reason: "deep conditions", target: "/cars?and=" + nested(deep, "(and", "", ")"),
			status: refused},
		{reason: "a long path of JSON", target: "/cars?select=data" + strings.Repeat("-%3Ea", many),
			status: refused},
		{reason: "a deep regular expression",
			target: "/cars?the%20Name=match." + nested(3000, "(", "a", ")*")},
		{reason: "a pattern of many wildcards",
			target: "/cars?the%20Name=like." + strings.Repeat("%25a", 2000) + "b", status: []int{200}},

		{reason: "many digits for int", target: "/rpc/echo_int", contentType: form, body: "v=" + digits,
			status: refused},
		{reason: "many digits for numeric", target: "/rpc/echo_num", contentType: form,
			body: "v=" + digits, status: refused},
		{reason: "many digits for float8", target: "/rpc/echo_flt", contentType: form,
			body: "v=" + digits, status: refused},
		{reason: "many digits for a declared int", target: "/typed?doors=" + digits, status: refused},
		{reason: "a long number in JSON", target: "/rpc/echo_docb", contentType: jsonType,
			body: `{"v": ` + digits + `}`, status: refused},
		{reason: "a large exponent in JSON", target: "/rpc/echo_docb", contentType: jsonType,
			body: `{"v": 1e999999999}`, status: refused},
		{reason: "a large exponent", target: "/rpc/echo_num?v=1e-999999999", status: refused},
		{reason: "a long limit", target: "/cars?limit=" + digits, status: refused},
		{reason: "a long range", target: "/cars",
			header: http.Header{"Range": {digits[:400_000] + "-" + digits[:400_000]}}, status: []int{200}},

		{reason: "a long key in JSON", target: "/make", contentType: jsonType,
			body: `{"` + mib + `": 1, "name": "a", "doors": 2}`, status: []int{200}},
		{reason: "a long key in JSON for a routine", target: "/rpc/add", contentType: jsonType,
			body: `{"` + mib + `": 1, "a": 1, "b": 2}`, status: []int{404}},
		{reason: "a long key in a value", target: "/rpc/echo_docb", contentType: jsonType,
			body: `{"v": {"` + mib + `": 1}}`, status: []int{200}},
		{reason: "a long key in a form", target: "/make", contentType: form, body: mib + "=1",
			status: refused},
		{reason: "a long key in a query", target: "/rpc/add?" + mib + "=1", status: []int{404, 400}},
		{reason: "a long value", target: "/rpc/echo_text", contentType: form, body: "v=" + mib,
			status: []int{200}},
		{reason: "a long value for int", target: "/rpc/echo_int", contentType: form, body: "v=" + mib,
			status: refused},
		{reason: "a long name of a routine", target: "/rpc/" + mib, status: []int{404}},
		{reason: "a body over the limit", target: "/rpc/echo_text", contentType: form,
			body: "v=" + strings.Repeat("x", 2<<20), status: []int{413}},

		{reason: "invalid UTF-8 in a query", target: "/rpc/echo_text?v=%ff", status: refused},
		{reason: "invalid UTF-8 in a path", target: "/cars/%ff", status: refused},
		{reason: "invalid UTF-8 in a form", target: "/rpc/echo_text", contentType: form, body: "v=%c3%28",
			status: refused},
		{reason: "invalid UTF-8 in JSON", target: "/rpc/echo_text", contentType: jsonType,
			body: "{\"v\": \"\xed\xa0\x80\"}", status: refused},
		{reason: "invalid UTF-8 in a body", target: "/rpc/whole_text", contentType: text, body: "\xff",
			status: refused},
		{reason: "invalid UTF-8 in a filter", target: "/cars?the%20Name=eq.%ff", status: refused},
		{reason: "invalid UTF-8 in a header of a session", target: "/session/who",
			header: http.Header{"X-Tenant": {"\xff"}}, status: refused},
		{reason: "NUL in a query", target: "/rpc/echo_text?v=a%00b", status: refused},
		{reason: "NUL in a path", target: "/cars/%00", status: refused},
		{reason: "NUL in a name", target: "/rpc/echo%00text", status: []int{404}},
		{reason: "NUL in a form", target: "/rpc/echo_text", contentType: form, body: "v=%00",
			status: refused},
		{reason: "NUL in JSON", target: "/rpc/echo_text", contentType: jsonType,
			body: `{"v": "a\u0000b"}`, status: refused},
		{reason: "NUL in JSON for jsonb", target: "/rpc/echo_docb", contentType: jsonType,
			body: `{"v": {"a": "\u0000"}}`, status: refused},
		{reason: "NUL in a body", target: "/rpc/whole_text", contentType: text, body: "a\x00b",
			status: refused},
		{reason: "NUL in a body of bytes", target: "/rpc/whole_bytes",
			contentType: "application/octet-stream", body: "a\x00b", status: []int{200}},
		{reason: "NUL in a filter", target: "/cars?the%20Name=eq.%00", status: refused},
		{reason: "NUL in a list", target: "/cars?the%20Name=in.(a,%00)", status: refused},
		{reason: "NUL in a path of JSON", target: "/cars?data->%00=eq.1", status: refused},

		{reason: "many parameters of a query", target: "/rpc/add?" + times(many, "p%d=1", "&"),
			status: []int{404, 400}},
		{reason: "many parameters of a query for a declared call",
			target: "/typed?" + times(many, "p%d=1", "&"), status: refused},
		{reason: "one parameter many times", target: "/rpc/add?" + times(many, "a=%d", "&"),
			status: []int{404}},
		{reason: "many filters", target: "/cars?" + times(many, "id=neq.%d", "&"), status: refused},
		{reason: "many values of a list", target: "/cars?id=in.(" + times(many, "%d", ",") + ")",
			status: []int{200}},
		{reason: "many columns", target: "/cars?select=" + times(many, "c%d:id", ","), status: refused},
		{reason: "many terms of an order", target: "/cars?order=" + times(many, "id%.0s", ","),
			status: refused},
		{reason: "many parameters of a form", target: "/rpc/add", contentType: form,
			body: times(many, "p%d=1", "&"), status: []int{404, 400}},
		{reason: "many members of JSON", target: "/rpc/add", contentType: jsonType,
			body: "{" + times(many, `"p%d": 1`, ",") + "}", status: []int{404}},
		{reason: "many elements of an array", target: "/rpc/sum_all", contentType: jsonType,
			body: `{"list": [` + times(many, "%d", ",") + "]}", status: []int{200}},

		{reason: "a long header", target: "/session/who",
			header: http.Header{"X": {strings.Repeat("x", 900_000)}}, status: []int{200}},
		{reason: "a header beyond what net/http reads", target: "/session/who",
			header: http.Header{"X": {strings.Repeat("x", 2<<20)}}, status: []int{431}},
		{reason: "many media types", target: "/cars",
			header: http.Header{"Accept": {times(many, "a/b%d", ", ")}}, status: []int{406}},
		{reason: "many parameters of a media type", target: "/cars",
			header: http.Header{"Accept": {"text/csv" + times(many, ";p%d=1", "")}}},
		{reason: "many preferences", target: "/cars",
			header: http.Header{"Prefer": {times(many, "p%d", ", ")}}, status: []int{200}},
		{reason: "many cookies", target: "/session/who",
			header: http.Header{"Cookie": {times(many, "c%d=1", "; ")}}, status: []int{200}},
		{reason: "many parameters of a Content-Type", target: "/make",
			contentType: jsonType + times(many, ";p%d=1", ""), body: "{}"},
	}
	headers := http.Header{}
	for i := range many {
		headers.Set(fmt.Sprintf("X-%d", i), "1")
	}
	list = append(list,
		bomb{reason: "many headers", target: "/session/who", header: headers, status: []int{200}})
	var parts bytes.Buffer
	w := multipart.NewWriter(&parts)
	for i := range many {
		w.WriteField(fmt.Sprint(i), "1") // cannot fail: it writes to memory
	}
	w.Close()
	return append(list,
		bomb{reason: "many parts", target: "/rpc/add", contentType: w.FormDataContentType(),
			body: parts.String()})
}

// TestBombsAreRefusedAndLeaveServerRunning sends bombs to a server that is set up as the
// documentation says.
func TestBombsAreRefusedAndLeaveServerRunning(t *testing.T) {
	s := newSurface(t)
	for which, h := range s.handlers {
		var logged logOf
		server := httptest.NewUnstartedServer(h)
		server.Config.ErrorLog = log.New(&logged, "", 0)
		server.Start()
		client := server.Client()
		counts, slowest, slow := map[int]int{}, time.Duration(0), ""
		for _, b := range bombs() {
			start := time.Now()
			status, body, err := b.send(client, server.URL)
			if took := time.Since(start); took > slowest {
				slowest, slow = took, b.reason
			}
			counts[status/100]++
			switch {
			case err != nil:
				t.Errorf("%d, %s: %v", which, b.reason, err)
			case status >= 500, b.status != nil && !slices.Contains(b.status, status):
				t.Errorf("%d, %s: %d %.300s, want %v", which, b.reason, status, body, b.status)
			case status >= 400 && len(body) > 4<<10:
				t.Errorf("%d, %s: an error of %d bytes", which, b.reason, len(body))
			}
		}
		status, body, err := (bomb{target: "/rpc/add?a=40&b=2"}).send(client, server.URL)
		if status != 200 || body != "42" || err != nil {
			t.Errorf("%d: afterwards 40 + 2 is %d %s, %v", which, status, body, err)
		}
		t.Logf("%d: %d bombs: %d succeeded, %d were refused, none was a server error; "+
			"the slowest, %s, took %v",
			which, len(bombs()), counts[2], counts[4], slow, slowest.Round(time.Millisecond))
		for what, raw := range rawBombs {
			response := sendRaw(t, server.Listener.Addr().String(), raw)
			if response != "" && !strings.HasPrefix(response, "HTTP/1.1 4") {
				t.Errorf("%d, %s: %.200q", which, what, response)
			}
		}
		server.Close()
		if strings.Contains(logged.String(), "panic") {
			t.Errorf("%d: %.2000s", which, logged.String())
		}
	}
	for _, wrong := range s.seen.wrong() {
		t.Error(wrong)
	}
}

// rawBombs are requests that the client of net/http refuses to send.
var rawBombs = map[string]string{
	"NUL in a header": "GET /session/who HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
	"a header without an end": "GET /session/who HTTP/1.1\r\nHost: a\r\n" +
		strings.Repeat("X: y\r\n", 400_000),
	"a line without an end": "GET /" + strings.Repeat("a", 2<<20),
	"two lengths": "POST /make HTTP/1.1\r\nHost: a\r\n" +
		"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
	"a length below zero": "POST /make HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n{}",
	"a chunk that is too large": "POST /make HTTP/1.1\r\nHost: a\r\n" +
		"Content-Type: application/json\r\nConnection: close\r\n" +
		"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}",
	"a malformed chunk": "POST /make HTTP/1.1\r\nHost: a\r\n" +
		"Content-Type: application/json\r\nConnection: close\r\n" +
		"Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}",
	"a truncated body": "POST /make HTTP/1.1\r\nHost: a\r\n" +
		"Content-Type: application/json\r\nConnection: close\r\n" +
		"Content-Length: 99\r\n\r\n{",
	"rubbish": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}

// send sends the bomb and returns the status and the body of the response.
func (b bomb) send(client *http.Client, server string) (status int, text string, err error) {
	method, body := http.MethodGet, io.Reader(nil)
	if b.contentType != "" {
		method, body = http.MethodPost, strings.NewReader(b.body)
	}
	r, err := http.NewRequest(method, server+strings.ReplaceAll(b.target, "->", "-%3E"), body)
	if err != nil {
		return 0, "", err
	}
	for name, values := range b.header {
		r.Header[name] = values
	}
	if b.contentType != "" {
		r.Header.Set("Content-Type", b.contentType)
	}
	res, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	return res.StatusCode, string(all), err
}

// sendRaw sends bytes and returns the response, as much of it as is received.
func sendRaw(t *testing.T, address, raw string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	go func() {
		io.WriteString(conn, raw) // may fail, if the server closes first
		conn.(*net.TCPConn).CloseWrite()
	}()
	response, _ := io.ReadAll(conn) // a reset is as good as an end
	return string(response)
}

// logOf is a log for concurrent writers.
type logOf struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logOf) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logOf) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
