package rest

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql"
)

// The form of Content-Range and the statuses are PostgREST's (its documentation, "Pagination and
// Count"), Link is that of RFC 8288.
func TestHeaderOfPages(t *testing.T) {
	get, head, post := http.MethodGet, http.MethodHead, http.MethodPost
	for _, test := range []struct {
		reason       string
		method       string
		rows         int64 // in the response
		page         page
		status       int
		contentRange string
		next, prev   string // queries of the pages around it
	}{{
		reason: "all rows, not counted", method: get, rows: 3,
		page:   page{limit: unknown, total: unknown},
		status: 200, contentRange: "0-2/*",
	}, {
		reason: "a full page may have another after it", method: get, rows: 3,
		page:   page{limit: 3, total: unknown},
		status: 200, contentRange: "0-2/*", next: "a=b&limit=3&offset=3",
	}, {
		reason: "one that is not full has none", method: get, rows: 2,
		page:   page{limit: 3, total: unknown},
		status: 200, contentRange: "0-1/*",
	}, {
		reason: "counted: a part", method: get, rows: 3,
		page:   page{offset: 3, limit: 3, total: 9},
		status: 206, contentRange: "3-5/9", next: "a=b&limit=3&offset=6", prev: "a=b&limit=3&offset=0",
	}, {
		reason: "counted: the last part", method: get, rows: 3,
		page:   page{offset: 6, limit: 3, total: 9},
		status: 206, contentRange: "6-8/9", prev: "a=b&limit=3&offset=3",
	}, {
		reason: "counted: the whole", method: get, rows: 9,
		page:   page{limit: unknown, total: 9},
		status: 200, contentRange: "0-8/9",
	}, {
		reason: "no rows", method: get, rows: 0,
		page:   page{limit: 3, total: 0},
		status: 200, contentRange: "*/0",
	}, {
		reason: "no rows, not counted", method: get, rows: 0,
		page:   page{limit: 3, total: unknown},
		status: 200, contentRange: "*/*",
	}, {
		reason: "the next offset is the largest that there is", method: get, rows: unknown,
		page:   page{offset: 5, limit: math.MaxInt64 - 5, total: unknown},
		status: 200, next: "a=b&limit=9223372036854775802&offset=9223372036854775807",
		prev: "a=b&limit=9223372036854775802&offset=0",
	}, {
		reason: "the next offset would be no number", method: get, rows: unknown,
		page: page{offset: 5, limit: math.MaxInt64 - 4, total: unknown}, status: 200,
		prev: "a=b&limit=9223372036854775803&offset=0",
	}, {
		reason: "the largest page after the first row", method: get, rows: unknown,
		page: page{offset: 1, limit: math.MaxInt64, total: unknown}, status: 200,
		prev: "a=b&limit=9223372036854775807&offset=0",
	}, {
		reason: "a limit of 0", method: get, rows: 0,
		page:   page{limit: 0, total: 9},
		status: 206, contentRange: "*/9",
	}, {
		reason: "the response begins before all rows are read", method: get, rows: unknown,
		page:   page{limit: 20_000, total: unknown},
		status: 200, next: "a=b&limit=20000&offset=20000",
	}, {
		reason: "it does, and the rows are counted", method: get, rows: unknown,
		page:   page{limit: 20_000, total: 30_000},
		status: 206, contentRange: "0-19999/30000", next: "a=b&limit=20000&offset=20000",
	}, {
		reason: "HEAD has the header of GET", method: head, rows: 3,
		page:   page{offset: 1, limit: 3, total: 9},
		status: 206, contentRange: "1-3/9", next: "a=b&limit=3&offset=4", prev: "a=b&limit=3&offset=0",
	}, {
		reason: "HEAD, and nothing is counted", method: head, rows: 3,
		page:   page{limit: 3, total: unknown},
		status: 200, contentRange: "0-2/*", next: "a=b&limit=3&offset=3",
	}, {
		reason: "HEAD of a long result that was counted", method: head, rows: unknown,
		page:   page{offset: 1, limit: 3, total: 9},
		status: 206, contentRange: "1-3/9", next: "a=b&limit=3&offset=4", prev: "a=b&limit=3&offset=0",
	}, {
		reason: "HEAD of a long result that was not", method: head, rows: unknown,
		page:   page{limit: 3, total: unknown},
		status: 200, next: "a=b&limit=3&offset=3",
	}, {
		reason: "a POST has no link to follow", method: post, rows: 3,
		page:   page{limit: 3, total: 9},
		status: 206, contentRange: "0-2/9",
	}, {
		reason: "limit and offset are arguments", method: get, rows: 3,
		page:   page{limit: 3, total: 9, noLink: true},
		status: 206, contentRange: "0-2/9",
	}} {
		r := httptest.NewRequest(test.method, "/?a=b&offset=1&limit=3", nil)
		status, h, err := test.page.describe(r, http.StatusOK, http.Header{}, test.rows)
		var links []string
		if test.next != "" {
			links = append(links, fmt.Sprintf(`<?%s>; rel="next"`, test.next))
		}
		if test.prev != "" {
			links = append(links, fmt.Sprintf(`<?%s>; rel="prev"`, test.prev))
		}
		if err != nil || status != test.status || !slices.Equal(h["Link"], links) ||
			h.Get("Content-Range") != test.contentRange {
			t.Errorf("%s: %d, %q, %q, %v",
				test.reason, status, h.Get("Content-Range"), h["Link"], err)
		}
	}
}

// The offset may be the number of rows, as after the last page, and no more.
func TestOffsetAfterTheLastRow(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	p := page{offset: 9, limit: unknown, total: 9}
	if status, _, err := p.describe(r, 200, http.Header{}, 0); status != 206 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
	p.offset = 10
	_, _, err := p.describe(r, 200, http.Header{}, 0)
	var e *moresql.Error
	if !errors.As(err, &e) || e.Status != 416 || e.Code != "PGRST103" ||
		e.Detail != "There are 9 rows." || e.Header.Get("Content-Range") != "*/9" {
		t.Errorf("%#v", err)
	}
}

// A function that sets a field of the header, or a status, has its way.
func TestPageKeepsWhatAFunctionHasSet(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	h := http.Header{"Content-Range": {"0-0/1"}, "Link": {"<a>"}}
	p := page{limit: 3, total: 9}
	status, h, err := p.describe(r, 201, h, 3)
	if err != nil || status != 201 || h.Get("Content-Range") != "0-0/1" || len(h["Link"]) != 2 {
		t.Errorf("%d %v, %v", status, h, err)
	}
}

// The link is a URI reference with the same parameters, whatever a client has sent.
func FuzzNextQuery(f *testing.F) {
	for _, query := range []string{
		"", "a=b", "limit=1&offset=2&a=%3E", "a=<>\"é\x00&&b", "order=a.desc&limit=5",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := &http.Request{URL: &url.URL{RawQuery: query}}
		link := (&page{limit: 7}).link(r, "next", 8)
		next := strings.TrimSuffix(strings.TrimPrefix(link, "<?"), `>; rel="next"`)
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
		if err != nil || !after.Has("offset") ||
			after.Get("limit") != "7" && before.Get("limit") == "" {
			t.Fatalf("%q: %v", next, err)
		}
		for name, values := range before {
			if name == "limit" || name == "offset" {
				continue
			}
			if fmt.Sprint(after[name]) != fmt.Sprint(values) {
				t.Errorf("%q: %q, want %q", name, after[name], values)
			}
		}
	})
}
