package rest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/row"
)

// locate has a response name the resource that it represents (RFC 9110, 8.7), as PostgREST does:
// the same for all orders of the parameters of the query.
func locate(p *moresql.Plan, location string) {
	before := p.Reply
	p.Reply = func(
		status int, meta, trailer []row.Value, rows int64,
	) (_ int, header http.Header, err error) {
		if status, header, err = replyBefore(before, status, meta, trailer, rows); err != nil {
			return 0, nil, err
		}
		setDefault(header, "Content-Location", location)
		return status, header, nil
	}
}

// locationOf returns the location of what a request reads.
func locationOf(r *http.Request) string {
	path := r.URL.EscapedPath() // http.StripPrefix may have changed it
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil {
		path = u.EscapedPath()
	}
	pairs := slices.DeleteFunc(strings.Split(r.URL.RawQuery, "&"), func(pair string) bool {
		return pair == ""
	})
	slices.SortStableFunc(pairs, func(a, b string) int {
		a, _, _ = strings.Cut(a, "=")
		b, _, _ = strings.Cut(b, "=")
		return strings.Compare(a, b)
	})
	if len(pairs) > 0 {
		path += "?" + inReference(strings.Join(pairs, "&"))
	}
	return path
}
