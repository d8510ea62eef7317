package rest

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// unknown stands for a number that is not known, or a limit that does not exist.
const unknown = -1

// A page is a part of a result, for the header of the response that has it.
type page struct {
	offset int64 // rows before it
	limit  int64 // the most rows in it, or unknown
	total  int64 // rows of the whole, or unknown
	about  int64 // the same as the planner expects them, at least 1; 0 if there is no estimate
	forced bool  // the total was not requested, and only completes Content-Range
	noLink bool  // limit and offset in the query are something else

	noPlace bool // how many rows are before it is not known
}

// describe sets what the header says of a page, but for what a function has set, and returns the
// status: 206 for a part of a whole that has been counted, as PostgREST does. rows is how many
// there are in the response, unknown if it begins before all of them have been read.
//
// Content-Range is left out if the number of rows is not known, and nobody has counted them. Link
// (RFC 8288) names the next page unless it is known that there is none, and the one before.
func (p *page) describe(
	r *http.Request, status int, h http.Header, rows int64,
) (int, http.Header, error) {
	if p.total != unknown && p.offset > p.total && !p.forced {
		return 0, nil, afterLastRow(p.total)
	}
	n := p.rows(rows)
	whole, total := p.total, "*"
	if whole == unknown && p.about > 0 {
		whole = max(p.about, p.offset+max(n, 0)) // at least what is there
	}
	if whole != unknown {
		total = strconv.FormatInt(whole, 10)
	}
	switch {
	case p.noPlace && whole != unknown:
		setDefault(h, "Content-Range", "*/"+total)
	case p.noPlace:
	case n > 0:
		setDefault(h, "Content-Range", rangeOf(p.offset, n, total))
	case n == 0:
		setDefault(h, "Content-Range", "*/"+total)
	}
	if isSafe(r) && p.next(n) {
		h.Add("Link", p.link(r, "next", p.offset+p.limit))
	}
	if isSafe(r) && p.paged() && p.offset > 0 {
		h.Add("Link", p.link(r, "prev", max(p.offset-p.limit, 0)))
	}
	if status == http.StatusOK && whole != unknown && n < whole && !p.forced {
		status = http.StatusPartialContent
	}
	return status, h, nil
}

// rangeOf returns the Content-Range of rows, at least one.
func rangeOf(offset, rows int64, total string) string {
	b := strconv.AppendInt(make([]byte, 0, 32), offset, 10)
	b = strconv.AppendInt(append(b, '-'), offset+rows-1, 10)
	return string(append(append(b, '/'), total...))
}

// setDefault sets a field, whose name is canonical, that a function has not set.
func setDefault(h http.Header, name, value string) {
	if len(h[name]) == 0 || h[name][0] == "" {
		h[name] = []string{value}
	}
}

// rows returns how many rows the page has.
func (p *page) rows(sent int64) int64 {
	if sent != unknown {
		return sent
	}
	if p.total == unknown {
		return unknown
	}
	n := max(p.total-p.offset, 0)
	if p.limit != unknown {
		n = min(n, p.limit)
	}
	return n
}

// next reports whether there may be a page after this one of n rows.
func (p *page) next(n int64) bool {
	switch {
	case !p.paged() || p.offset > math.MaxInt64-p.limit:
		return false
	case p.total != unknown:
		return p.offset+n < p.total
	}
	return n == unknown || n == p.limit
}

// paged reports whether links can lead to other pages.
func (p *page) paged() bool { return !p.noLink && p.limit > 0 }

// link returns the link to the page that begins at an offset.
func (p *page) link(r *http.Request, rel string, offset int64) string {
	pairs := append(withoutPage(r.URL.RawQuery, nil),
		fmt.Sprintf("limit=%d", p.limit), fmt.Sprintf("offset=%d", offset))
	return fmt.Sprintf(`<?%s>; rel=%q`, strings.Join(pairs, "&"), rel)
}

// withoutPage returns the parameters of a query as they stand in a Link, without limit and offset,
// and without those that isPlace, if it is not nil, says are the place of a page, too.
func withoutPage(query string, isPlace func(name, value string) bool) (pairs []string) {
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, _ = url.QueryUnescape(name) // it has been read before
		isPage := name == "limit" || name == "offset" || isPlace != nil && isPlace(name, value)
		if pair != "" && !isPage {
			pairs = append(pairs, inReference(pair))
		}
	}
	return pairs
}

// inReference escapes what a client may have sent in a query, but cannot stand in a URI reference
// between < and > (RFC 3986, 3.4).
func inReference(query string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == '"' {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
