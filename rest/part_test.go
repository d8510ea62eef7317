package rest

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/row"
)

// describePart returns what is read of a request: offset and limit, what is counted and filtered.
func describePart(p *part, err error) string {
	if err != nil {
		return err.Error()
	}
	if p == nil {
		return "all"
	}
	number := func(n *int64) string {
		if n == nil {
			return "-"
		}
		return fmt.Sprint(*n)
	}
	q := p.query
	text := fmt.Sprintf("offset %s limit %s", number(q.Offset), number(q.Limit))
	if n := len(q.Select); n > 0 {
		text += fmt.Sprintf(" select %d", n)
	}
	if n := len(q.Where); n > 0 {
		text += fmt.Sprintf(" where %d", n)
	}
	if n := len(q.Order); n > 0 {
		text += fmt.Sprintf(" order %d", n)
	}
	if p.count {
		text += " counted"
	}
	if p.noLink {
		text += " no link"
	}
	return text
}

// What a request wants of a result stands in its query, its Range and its preferences (PostgREST's
// documentation, "Pagination and Count").
func TestPartOfARequest(t *testing.T) {
	const get, post = http.MethodGet, http.MethodPost
	for _, test := range []struct {
		reason       string
		method       string // GET if it is empty
		query        string
		header       []string // names and values, alternating
		arguments    []string
		maxPage      int64
		shape        row.Shape
		unfilterable bool
		want         string
	}{
		{reason: "nothing", want: "all"},
		{reason: "a limit", query: "limit=2", want: "offset - limit 2"},
		{reason: "a page", query: "limit=2&offset=4", want: "offset 4 limit 2"},
		{
			reason: "columns, filters and an order", query: "select=a,b&a=eq.1&b=gt.2&order=a",
			want: "offset - limit - select 2 where 2 order 1",
		},
		{
			reason: "a repeated filter holds twice", query: "a=gt.1&a=lt.9",
			want: "offset - limit - where 2",
		},
		{
			reason: "names of arguments are not filters", query: "a=1&limit=5&offset=2",
			arguments: []string{"a", "limit", "offset"}, want: "all",
		},
		{
			reason: "no link where limit is an argument", query: "limit=5&b=eq.1",
			arguments: []string{"limit"}, want: "offset - limit - where 1 no link",
		},
		{reason: "a Range", header: []string{"Range", "10-19"}, want: "offset 10 limit 10"},
		{
			reason: "a Range with its unit", header: []string{"Range", "items=0-0"},
			want: "offset 0 limit 1",
		},
		{reason: "an open Range", header: []string{"Range", "10-"}, want: "offset 10 limit -"},
		{
			reason: "the longest Range", header: []string{"Range", "0-9223372036854775807"},
			want: "offset 0 limit 9223372036854775807",
		},
		{reason: "a Range of bytes", header: []string{"Range", "bytes=0-9"}, want: "all"},
		{
			reason: "a Range backwards", header: []string{"Range", "9-0"},
			want: "moresql: : the range ends before it begins",
		},
		{reason: "a Range of the last rows", header: []string{"Range", "-5"}, want: "all"},
		{reason: "no Range", header: []string{"Range", "x-y"}, want: "all"},
		{
			reason: "a Range without a row of the page", query: "limit=2",
			header: []string{"Range", "10-19"},
			want:   "moresql: : the range has none of the rows that limit and offset choose",
		},
		{
			reason: "a Range within the page", query: "limit=9&offset=2",
			header: []string{"Range", "4-6"}, want: "offset 4 limit 3",
		},
		{
			reason: "a Range that begins before the page", query: "limit=3&offset=5",
			header: []string{"Range", "0-"}, want: "offset 5 limit 3",
		},
		{
			reason: "a Range that ends after the page", query: "limit=3&offset=5",
			header: []string{"Range", "6-99"}, want: "offset 6 limit 2",
		},
		{
			reason: "a page of no row is one of no row", query: "limit=0",
			header: []string{"Range", "6-99"}, want: "offset - limit 0 counted",
		},
		{
			reason: "a Range of a POST has no meaning", method: post,
			header: []string{"Range", "10-19"}, want: "all",
		},
		{
			reason: "nor has that of a HEAD (RFC 9110, 14.2)", method: http.MethodHead,
			header: []string{"Range", "10-19"}, want: "all",
		},
		{reason: "an empty select", query: "select=", want: "offset - limit -"},
		{
			reason: "a count", header: []string{"Prefer", "count=exact"},
			want: "offset - limit - counted",
		},
		{
			reason: "a count among other preferences",
			header: []string{"Prefer", "return=minimal", "Prefer", `x, Count = "exact"; y=z`},
			want:   "offset - limit - counted",
		},
		{reason: "an estimate", header: []string{"Prefer", "count=planned"}, want: "all"},
		{
			reason: "Range and Prefer of a result that cannot be filtered", unfilterable: true,
			header: []string{"Range", "0-9", "Prefer", "count=exact"}, want: "all",
		},
		{
			reason: "a filter of it is read, to be refused", unfilterable: true,
			query: "a=eq.1", want: "offset - limit - where 1",
		},
		{
			reason: "more rows than may be have to be counted",
			header: []string{"Prefer", "handling=strict, max-affected=3"},
			want:   "offset - limit - counted",
		},
		{
			reason: "unless handling is lenient", header: []string{"Prefer", "max-affected=3"},
			want: "all",
		},
		{reason: "a page at most", maxPage: 5, want: "offset - limit 5"},
		{reason: "less than that", maxPage: 5, query: "limit=2", want: "offset - limit 2"},
		{reason: "more than that", maxPage: 5, query: "limit=9", want: "offset - limit 5"},
		{
			reason: "a Range of more than that", maxPage: 5, header: []string{"Range", "3-99"},
			want: "offset 3 limit 5",
		},
		{reason: "one row needs no page", maxPage: 5, shape: row.One, want: "all"},
		{reason: "nor does a value", maxPage: 5, shape: row.Scalar, want: "all"},
		{
			reason: "a page of a result that cannot be filtered", maxPage: 5, unfilterable: true,
			want: "all",
		},
		{
			reason: "a negative limit", query: "limit=-1",
			want: `"limit", character 1: it has to be a whole number, not less than 0`,
		},
		{reason: "a limit twice", query: "limit=1&limit=2",
			want: `"limit": it is given more than once`},
		{reason: "no filter", query: "a=1", want: `"a", character 1: there is no such operator`},
	} {
		method := test.method
		if method == "" {
			method = get
		}
		r := httptest.NewRequest(method, "/?"+test.query, nil)
		for pair := range slices.Chunk(test.header, 2) {
			r.Header.Add(pair[0], pair[1])
		}
		q := &viewing{
			view: &view{query: true, maxPage: test.maxPage}, request: r,
			inner:  &moresql.Operation{Arguments: test.arguments},
			prefer: preferencesOf(r.Header),
		}
		c := &moresql.Call{Shape: test.shape}
		if got := describePart(q.read(c, !test.unfilterable)); got != test.want {
			t.Errorf("%s: %s, want %s", test.reason, got, test.want)
		}
	}
}

func TestErrorOfTheQueryIsTheParsers(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/?a=1", nil)
	q := &viewing{view: &view{query: true}, request: r, inner: &moresql.Operation{}}
	_, err := q.read(&moresql.Call{}, true)
	var parse *filter.Error
	if !errors.As(err, &parse) || parse.Param != "a" {
		t.Errorf("%#v", err)
	}
}

func TestPartBecomesAPage(t *testing.T) {
	limit, offset := int64(2), int64(4)
	p := &part{query: &filter.Query{Limit: &limit, Offset: &offset}, count: true, noLink: true}
	want := page{offset: 4, limit: 2, total: 9, noLink: true}
	if got := p.page(9); *got != want {
		t.Errorf("%+v, want %+v", *got, want)
	}
	p = &part{query: &filter.Query{}}
	if got := p.page(unknown); *got != (page{limit: unknown, total: unknown}) {
		t.Errorf("%+v", *got)
	}
}
