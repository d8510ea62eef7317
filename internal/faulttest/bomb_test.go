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

// A bomb is a request that is much larger or deeper than any that is meant.
type bomb struct {
	reason      string
	target      string
	contentType string // of a POST, "" for a GET
	body        string
	header      http.Header
	status      []int // one of them; none for any below 500
}

// times writes texts with their numbers in a row.
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

func nested(n int, open, inner, shut string) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(shut, n)
}

func bombs() []bomb {
	const deep, many, large = 100_000, 10_000, 1_000_000
	const jsonType, form, text = "application/json", "application/x-www-form-urlencoded", "text/plain"
	digits, mib := strings.Repeat("9", 900_000), strings.Repeat("k", large)
	refused := []int{400}
	list := []bomb{
		{"JSON that is deep", "/make", jsonType, `{"name": ` + nested(deep, "[", "", "]") + `, "doors": 2}`, nil, refused},
		{"objects that are deep", "/rpc/echo_docb", jsonType, `{"v": ` + nested(deep, `{"a":`, "1", "}") + `}`, nil, refused},
		{"as deep as is read", "/rpc/echo_docb", jsonType, `{"v": ` + nested(9_990, "[", "", "]") + `}`, nil, []int{200, 400}},
		{"depth for json itself", "/rpc/whole", jsonType, nested(deep, "[", "", "]"), nil, refused},
		{"depth for jsonb itself", "/rpc/whole_b", jsonType, nested(deep, `[`, "", "]"), nil, refused},
		{"depth that never ends", "/rpc/whole_b", jsonType, strings.Repeat("[", large), nil, refused},
		{"depth in a text", "/rpc/echo_docb", form, "v=" + nested(deep, "[", "", "]"), nil, refused},
		{"an array of arrays", "/rpc/echo_ints", form, "v=" + nested(deep, "{", "", "}"), nil, refused},
		{"jsonpath", "/rpc/echo_path", form, "v=" + url.QueryEscape(nested(deep, "(", "$", ")")), nil, refused},
		{"tsquery", "/rpc/echo_query", form, "v=" + url.QueryEscape(nested(deep, "(", "a", ")")), nil, refused},
		{"filters that are deep", "/cars?and=" + nested(deep, "(and", "", ")"), "", "", nil, refused},
		{"a path that is long", "/cars?select=data" + strings.Repeat("-%3Ea", many), "", "", nil, refused},
		{"a regular expression", "/cars?the%20Name=match." + nested(3000, "(", "a", ")*"), "", "", nil, nil},
		{"a pattern", "/cars?the%20Name=like." + strings.Repeat("%25a", 2000) + "b", "", "", nil, []int{200}},

		{"digits for int", "/rpc/echo_int", form, "v=" + digits, nil, refused},
		{"digits for numeric", "/rpc/echo_num", form, "v=" + digits, nil, refused},
		{"digits for float8", "/rpc/echo_flt", form, "v=" + digits, nil, refused},
		{"digits for a declared int", "/typed?doors=" + digits, "", "", nil, refused},
		{"a number in JSON", "/rpc/echo_docb", jsonType, `{"v": ` + digits + `}`, nil, refused},
		{"an exponent in JSON", "/rpc/echo_docb", jsonType, `{"v": 1e999999999}`, nil, refused},
		{"an exponent", "/rpc/echo_num?v=1e-999999999", "", "", nil, refused},
		{"a limit", "/cars?limit=" + digits, "", "", nil, refused},
		{"a range", "/cars", "", "", http.Header{"Range": {digits[:400_000] + "-" + digits[:400_000]}}, []int{200}},

		{"a key in JSON", "/make", jsonType, `{"` + mib + `": 1, "name": "a", "doors": 2}`, nil, []int{200}},
		{"a key in JSON for a routine", "/rpc/add", jsonType, `{"` + mib + `": 1, "a": 1, "b": 2}`, nil, []int{404}},
		{"a key in a value", "/rpc/echo_docb", jsonType, `{"v": {"` + mib + `": 1}}`, nil, []int{200}},
		{"a key in a form", "/make", form, mib + "=1", nil, refused},
		{"a key in a query", "/rpc/add?" + mib + "=1", "", "", nil, []int{404, 400}},
		{"a value", "/rpc/echo_text", form, "v=" + mib, nil, []int{200}},
		{"a value that is none", "/rpc/echo_int", form, "v=" + mib, nil, refused},
		{"a name of a routine", "/rpc/" + mib, "", "", nil, []int{404}},
		{"more than a body may have", "/rpc/echo_text", form, "v=" + strings.Repeat("x", 2<<20), nil, []int{413}},

		{"invalid UTF-8 in a query", "/rpc/echo_text?v=%ff", "", "", nil, refused},
		{"invalid UTF-8 in a path", "/cars/%ff", "", "", nil, refused},
		{"invalid UTF-8 in a form", "/rpc/echo_text", form, "v=%c3%28", nil, refused},
		{"invalid UTF-8 in JSON", "/rpc/echo_text", jsonType, "{\"v\": \"\xed\xa0\x80\"}", nil, refused},
		{"invalid UTF-8 in a body", "/rpc/whole_text", text, "\xff", nil, refused},
		{"invalid UTF-8 in a filter", "/cars?the%20Name=eq.%ff", "", "", nil, refused},
		{"invalid UTF-8 in a header of a session", "/session/who", "", "", http.Header{"X-Tenant": {"\xff"}}, refused},
		{"NUL in a query", "/rpc/echo_text?v=a%00b", "", "", nil, refused},
		{"NUL in a path", "/cars/%00", "", "", nil, refused},
		{"NUL in a name", "/rpc/echo%00text", "", "", nil, []int{404}},
		{"NUL in a form", "/rpc/echo_text", form, "v=%00", nil, refused},
		{"NUL in JSON", "/rpc/echo_text", jsonType, `{"v": "a\u0000b"}`, nil, refused},
		{"NUL in JSON for jsonb", "/rpc/echo_docb", jsonType, `{"v": {"a": "\u0000"}}`, nil, refused},
		{"NUL in a body", "/rpc/whole_text", text, "a\x00b", nil, refused},
		{"NUL in a body of bytes", "/rpc/whole_bytes", "application/octet-stream", "a\x00b", nil, []int{200}},
		{"NUL in a filter", "/cars?the%20Name=eq.%00", "", "", nil, refused},
		{"NUL in a list", "/cars?the%20Name=in.(a,%00)", "", "", nil, refused},
		{"NUL in a path of JSON", "/cars?data->%00=eq.1", "", "", nil, refused},

		{"parameters of a query", "/rpc/add?" + times(many, "p%d=1", "&"), "", "", nil, []int{404, 400}},
		{"parameters of a query for a declared call", "/typed?" + times(many, "p%d=1", "&"), "", "", nil, refused},
		{"one parameter that often", "/rpc/add?" + times(many, "a=%d", "&"), "", "", nil, []int{404}},
		{"filters", "/cars?" + times(many, "id=neq.%d", "&"), "", "", nil, refused},
		{"values of a list", "/cars?id=in.(" + times(many, "%d", ",") + ")", "", "", nil, []int{200}},
		{"columns", "/cars?select=" + times(many, "c%d:id", ","), "", "", nil, refused},
		{"terms of an order", "/cars?order=" + times(many, "id%.0s", ","), "", "", nil, refused},
		{"parameters of a form", "/rpc/add", form, times(many, "p%d=1", "&"), nil, []int{404, 400}},
		{"members of JSON", "/rpc/add", jsonType, "{" + times(many, `"p%d": 1`, ",") + "}", nil, []int{404}},
		{"elements of an array", "/rpc/sum_all", jsonType, `{"list": [` + times(many, "%d", ",") + "]}", nil, []int{200}},

		{"a header", "/session/who", "", "", http.Header{"X": {strings.Repeat("x", 900_000)}}, []int{200}},
		{"a header beyond what net/http reads", "/session/who", "", "", http.Header{"X": {strings.Repeat("x", 2<<20)}}, []int{431}},
		{"media types", "/cars", "", "", http.Header{"Accept": {times(many, "a/b%d", ", ")}}, []int{406}},
		{"parameters of a media type", "/cars", "", "", http.Header{"Accept": {"text/csv" + times(many, ";p%d=1", "")}}, nil},
		{"preferences", "/cars", "", "", http.Header{"Prefer": {times(many, "p%d", ", ")}}, []int{200}},
		{"cookies", "/session/who", "", "", http.Header{"Cookie": {times(many, "c%d=1", "; ")}}, []int{200}},
		{"parameters of a Content-Type", "/make", jsonType + times(many, ";p%d=1", ""), "{}", nil, nil},
	}
	headers := http.Header{}
	for i := range many {
		headers.Set(fmt.Sprintf("X-%d", i), "1")
	}
	list = append(list, bomb{"headers", "/session/who", "", "", headers, []int{200}})
	var parts bytes.Buffer
	w := multipart.NewWriter(&parts)
	for i := range many {
		w.WriteField(fmt.Sprint(i), "1") // into memory
	}
	w.Close()
	return append(list, bomb{"parts", "/rpc/add", w.FormDataContentType(), parts.String(), nil, nil})
}

// TestBombs sends them to a server as the library's documentation has it, which goes on afterwards as if nothing had been.
func TestBombs(t *testing.T) {
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
		if status, body, err := (bomb{target: "/rpc/add?a=40&b=2"}).send(client, server.URL); status != 200 || body != "42" || err != nil {
			t.Errorf("%d: afterwards 40 + 2 is %d %s, %v", which, status, body, err)
		}
		t.Logf("%d: %d bombs: %d answered well, %d refused, none taken for a fault of the server's; the slowest, %s, took %v",
			which, len(bombs()), counts[2], counts[4], slow, slowest.Round(time.Millisecond))
		for what, raw := range rawBombs {
			if answer := sendRaw(t, server.Listener.Addr().String(), raw); answer != "" && !strings.HasPrefix(answer, "HTTP/1.1 4") {
				t.Errorf("%d, %s: %.200q", which, what, answer)
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

// rawBombs are what no client of net/http sends.
var rawBombs = map[string]string{
	"NUL in a header":           "GET /session/who HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
	"a header without an end":   "GET /session/who HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: y\r\n", 400_000),
	"a line without an end":     "GET /" + strings.Repeat("a", 2<<20),
	"two lengths":               "POST /make HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
	"a length below zero":       "POST /make HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n{}",
	"chunks that are too large": "POST /make HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}",
	"no chunks":                 "POST /make HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}",
	"a body that is cut":        "POST /make HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 99\r\n\r\n{",
	"rubbish":                   "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}

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

// sendRaw sends bytes and returns what comes back, as far as it comes.
func sendRaw(t *testing.T, address, raw string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	go func() {
		io.WriteString(conn, raw) // the server may have closed it before
		conn.(*net.TCPConn).CloseWrite()
	}()
	answer, _ := io.ReadAll(conn) // a reset tells nothing
	return string(answer)
}

// logOf is a log that may be written to by several.
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
