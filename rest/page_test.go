package response

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// numbers returns so many rows, as Rows that have been asked for the first.
func numbers(t *testing.T, n int) *row.Rows {
	var list [][]any
	for i := range n {
		list = append(list, []any{int64(i)})
	}
	rows := row.Of(columns, list...)
	if err := rows.As(row.List); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestPage has the header of every kind of page. The form of Content-Range and the statuses are PostgREST's
// (its documentation, "Limits and Pagination"), Link is RFC 8288's.
func TestPage(t *testing.T) {
	for _, test := range []struct {
		reason       string
		method       string
		rows         int
		page         Page
		status       int
		contentRange string
		next         string // query of the next page
	}{
		{"all there is, not counted", "GET", 3, Page{Limit: Unknown, Total: Unknown}, 200, "0-2/*", ""},
		{"a full page may have another after it", "GET", 3, Page{Limit: 3, Total: Unknown}, 200, "0-2/*", "a=b&limit=3&offset=3"},
		{"one that is not full has none", "GET", 2, Page{Limit: 3, Total: Unknown}, 200, "0-1/*", ""},
		{"counted: a part", "GET", 3, Page{Offset: 3, Limit: 3, Total: 9}, 206, "3-5/9", "a=b&limit=3&offset=6"},
		{"counted: the last part", "GET", 3, Page{Offset: 6, Limit: 3, Total: 9}, 206, "6-8/9", ""},
		{"counted: the whole", "GET", 9, Page{Limit: Unknown, Total: 9}, 200, "0-8/9", ""},
		{"nothing there", "GET", 0, Page{Limit: 3, Total: 0}, 200, "*/0", ""},
		{"nothing wanted", "GET", 0, Page{Limit: 0, Total: 9}, 206, "*/9", ""},
		{"the answer has begun before all is read", "GET", 20_000, Page{Limit: 20_000, Total: Unknown}, 200, "", "a=b&limit=20000&offset=20000"},
		{"but it was counted", "GET", 20_000, Page{Limit: 20_000, Total: 30_000}, 206, "0-19999/30000", "a=b&limit=20000&offset=20000"},
		{"HEAD reads nothing and knows what was counted", "HEAD", 3, Page{Offset: 1, Limit: 3, Total: 9}, 206, "1-3/9", "a=b&limit=3&offset=4"},
		{"HEAD knows nothing else", "HEAD", 3, Page{Limit: 3, Total: Unknown}, 200, "", "a=b&limit=3&offset=3"},
		{"a POST has no link to follow", "POST", 3, Page{Limit: 3, Total: 9}, 206, "0-2/9", ""},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(test.method, "/?a=b&offset=1&limit=3", nil)
		if err := (Reply{Encoder: encoder.JSON(), Page: &test.page}).Send(w, r, numbers(t, test.rows)); err != nil {
			t.Fatal(err)
		}
		link := ""
		if test.next != "" {
			link = fmt.Sprintf(`<?%s>; rel="next"`, test.next)
		}
		if h := w.Header(); w.Code != test.status || h.Get("Content-Range") != test.contentRange || h.Get("Link") != link {
			t.Errorf("%s: %d, %q, %q", test.reason, w.Code, h.Get("Content-Range"), h.Get("Link"))
		}
		if test.method == "HEAD" && w.Body.Len() > 0 {
			t.Errorf("%s: a body %q", test.reason, w.Body)
		}
	}
}

// FuzzNextQuery says that the link is a reference with the same pairs, whatever a client has sent.
func FuzzNextQuery(f *testing.F) {
	for _, query := range []string{"", "a=b", "limit=1&offset=2&a=%3E", "a=<>\"é\x00&&b", "order=a.desc&limit=5"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		next := (&Page{Limit: 7, Offset: 1}).nextQuery(query)
		for i := range len(next) {
			if c := next[i]; c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == '"' {
				t.Fatalf("%q in %q", c, next)
			}
		}
		before, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		after, err := url.ParseQuery(next)
		if err != nil || after.Get("limit") != "7" && before.Get("limit") == "" || !after.Has("offset") {
			t.Fatalf("%q: %v", next, err)
		}
		for name, values := range before {
			if name != "limit" && name != "offset" && fmt.Sprint(after[name]) != fmt.Sprint(values) {
				t.Errorf("%q: %q, want %q", name, after[name], values)
			}
		}
	})
}

func TestLate(t *testing.T) {
	for _, test := range []struct {
		reason string
		late   func() (int, http.Header, error)
		code   int
		body   string
	}{
		{"nothing", func() (int, http.Header, error) { return 0, nil, nil }, 200, `[{"n":0}]`},
		{"a status", func() (int, http.Header, error) { return 202, nil, nil }, 202, `[{"n":0}]`},
		{"one without a body", func() (int, http.Header, error) { return 204, nil, nil }, 204, ""},
	} {
		w := httptest.NewRecorder()
		if err := (Reply{Encoder: encoder.JSON(), Late: test.late}).Send(w, getRequest(), numbers(t, 1)); err != nil {
			t.Fatal(err)
		}
		if w.Code != test.code || w.Body.String() != test.body {
			t.Errorf("%s: %d %q", test.reason, w.Code, w.Body)
		}
	}
	broken := errors.New("broken")
	w := httptest.NewRecorder()
	w.Code = 0
	err := Reply{Encoder: encoder.JSON(), Late: func() (int, http.Header, error) { return 0, nil, broken }}.Send(w, getRequest(), numbers(t, 1))
	if err != broken || w.Code != 0 {
		t.Errorf("%v, %d", err, w.Code)
	}
}

// The header of a Reply goes before what the answer has by itself, also one that comes late.
func TestHeader(t *testing.T) {
	reply := Reply{Encoder: encoder.JSON(), Header: http.Header{"X-A": {"1"}, "X-B": {"1"}}, Late: func() (int, http.Header, error) {
		return 0, http.Header{"Content-Type": {"text/x"}, "X-B": {"2"}}, nil
	}}
	w := httptest.NewRecorder()
	if err := reply.Send(w, getRequest(), numbers(t, 1)); err != nil {
		t.Fatal(err)
	}
	if h := w.Header(); h.Get("Content-Type") != "text/x" || h.Get("X-A") != "1" || h.Get("X-B") != "2" {
		t.Errorf("%v", h)
	}
	if reply.Header.Get("X-B") != "1" {
		t.Error("the handler's own header has changed")
	}
}

func TestParseSettings(t *testing.T) {
	for _, test := range []struct {
		reason, status, headers string
		code                    int
		header                  string // as fmt prints it
		fails                   bool
	}{
		{"nothing", "", "", 0, "map[]", false},
		{"a status", "418", "", 418, "map[]", false},
		{"no number", "teapot", "", 0, "", true},
		{"no answer's", "100", "", 0, "", true},
		{"beyond", "600", "", 0, "", true},
		{"headers", "", `[{"Cache-Control": "public"}, {"set-cookie": "a=1"}, {"Set-Cookie": "b=2"}]`, 0, "map[Cache-Control:[public] Set-Cookie:[a=1 b=2]]", false},
		{"one object", "", `{"X-A": "1"}`, 0, "map[X-A:[1]]", false},
		{"no JSON", "", `X-A: 1`, 0, "", true},
		{"values that are not text", "", `[{"X-A": 1}]`, 0, "", true},
		{"a second line", "", `[{"X-A": "1\r\nX-B: 2"}]`, 0, "", true},
		{"a name that is none", "", `[{"X A": "1"}]`, 0, "", true},
		{"no name", "", `[{"": "1"}]`, 0, "", true},
		{"where the answer ends is not the function's to say", "", `[{"content-length": "1"}]`, 0, "", true},
	} {
		code, header, err := ParseSettings(test.status, test.headers)
		if test.fails != (err != nil) || !test.fails && (code != test.code || fmt.Sprint(map[string][]string(header)) != test.header) {
			t.Errorf("%s: %d %v %v", test.reason, code, header, err)
		}
	}
}
