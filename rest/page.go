package response

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/moresql/moresql/row"
)

// Unknown stands for a number that is not known, or a limit that there is not.
const Unknown = -1

// A Page is a part of a result, for the header of the answer that has it.
type Page struct {
	Offset int64 // rows before it
	Limit  int64 // the most rows in it, or Unknown
	Total  int64 // rows of the whole, or Unknown
	Counts bool  // Preference: the total was asked for
	NoLink bool  // limit and offset in the query are something else
}

// describe sets what the header says of a page, and returns the status: 206 for a part of a whole that has been counted, as
// PostgREST does. rows have been passed on as far as what has been written, which all says is everything.
//
// Content-Range is left out when the number of rows is not known yet: the answer has begun before they have all been read, and
// nobody has counted them. Link (RFC 8288) names the next page unless it is known that there is none.
func (p *Page) describe(h http.Header, r *http.Request, status int, rows *row.Rows, all bool) int {
	n := p.rows(int64(rows.Passed()), all)
	total := "*"
	if p.Total != Unknown {
		total = strconv.FormatInt(p.Total, 10)
	}
	switch {
	case n > 0:
		h.Set("Content-Range", fmt.Sprintf("%d-%d/%s", p.Offset, p.Offset+n-1, total))
	case n == 0:
		h.Set("Content-Range", "*/"+total)
	}
	if p.Counts {
		h.Set("Preference-Applied", "count=exact") // RFC 7240, 3
	}
	if p.next(n) && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		h.Add("Link", fmt.Sprintf(`<?%s>; rel="next"`, p.nextQuery(r.URL.RawQuery)))
	}
	if status == http.StatusOK && p.Total != Unknown && n < p.Total {
		return http.StatusPartialContent
	}
	return status
}

// rows returns how many rows the page has.
func (p *Page) rows(passed int64, all bool) int64 {
	if all {
		return passed
	}
	if p.Total == Unknown {
		return Unknown
	}
	n := max(p.Total-p.Offset, 0)
	if p.Limit != Unknown {
		n = min(n, p.Limit)
	}
	return n
}

// next reports whether there may be a page after this one of n rows.
func (p *Page) next(n int64) bool {
	switch {
	case p.NoLink || p.Limit == Unknown || p.Limit == 0:
		return false
	case p.Total != Unknown:
		return p.Offset+n < p.Total
	}
	return n == Unknown || n == p.Limit
}

// nextQuery returns the query of the request for the next page.
func (p *Page) nextQuery(query string) string {
	var pairs []string
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		name, _ = url.QueryUnescape(name) // it has been read before
		if pair != "" && name != "limit" && name != "offset" {
			pairs = append(pairs, inReference(pair))
		}
	}
	return strings.Join(append(pairs, fmt.Sprintf("limit=%d", p.Limit), fmt.Sprintf("offset=%d", p.Offset+p.Limit)), "&")
}

// inReference escapes what a client may have sent in a query and a URI reference between < and > cannot have (RFC 3986, 3.4).
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
