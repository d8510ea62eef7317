package rest

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/internal/filter"
)

// A part is what a request wants of a result.
type part struct {
	query  *filter.Query
	count  bool  // the statement counts the rows of the whole
	forced bool  // it does so although the request does not want to know
	about  int64 // rows of the whole as the planner expects them, 0 for no estimate
	keyset bool  // pages begin after a row, that of the cursor if there is one
	cursor string
	order  string // that a cursor is of
	links  bool   // the response knows the cursor of the next page
	noLink bool   // limit or offset in the query are arguments, so that no link can lead on by these
}

// page returns the part as the header of the response reports it.
func (p *part) page(total int64) *page {
	pg := &page{
		limit: unknown, total: total, about: p.about, forced: p.forced,
		noLink: p.noLink || p.keyset, noPlace: p.cursor != "",
	}
	if p.query.Limit != nil {
		pg.limit = *p.query.Limit
	}
	if p.query.Offset != nil {
		pg.offset = *p.query.Offset
	}
	return pg
}

// read returns what a request wants of the result by its query, its Range and its preferences, nil
// if it wants the whole. Range and Prefer are ignored if the result cannot be filtered (RFC 9110,
// 14.2; RFC 7240, 2).
func (q *viewing) read(c *moresql.Call, filterable bool) (*part, error) {
	arguments := q.inner.Arguments
	args := c.Query
	if args == nil {
		query, err := binder.QueryArgs(q.request)
		if err != nil {
			return nil, err
		}
		args = slices.DeleteFunc(slices.Clone(query), func(a binder.Arg) bool {
			return slices.Contains(arguments, a.Name)
		})
	}
	pairs := pairsOf(args)
	cursor, keyset := "", q.prefer.keyset
	if q.hasKeysets() {
		pairs, cursor = takeCursor(pairs)
		keyset = keyset || cursor != ""
	}
	header := q.request.Header
	limited := q.maxPage > 0 && !isSingle(c.Shape)
	bounded := c.MaxRows > 0 && filterable && !isSingle(c.Shape)
	counted := c.Counted && isSafe(q.request)
	plain := !limited && !bounded && header["Range"] == nil && header["Prefer"] == nil
	if len(pairs) == 0 && (plain && !counted || !filterable) && !q.isTable() {
		return nil, nil
	}
	query, err := filter.Parse(pairs)
	if err != nil {
		return nil, err
	}
	p := &part{
		query:  query,
		count:  filterable && q.prefer.count,
		noLink: !q.linksOn(), keyset: keyset, cursor: cursor,
	}
	ranged := false
	if filterable {
		if ranged, err = takeRange(q.request, query); err != nil {
			return nil, err
		}
	}
	affects := filterable && q.prefer.limit() != unknown
	if len(pairs) == 0 && !p.count && !ranged && !limited && !bounded && !affects && !counted &&
		!q.isTable() {
		return nil, nil
	}
	cut := limited && q.cut(query)
	if bounded && (query.Limit == nil || *query.Limit > c.MaxRows) {
		limit := c.MaxRows + 1 // which is enough for the encoder to refuse them
		query.Limit, p.noLink, cut = &limit, true, false
	}
	// Where no link leads on, only a count says what is missing. And a call whose LIMIT is 0 would not
	// be run, unless its rows are counted.
	mustRun := affects || !c.ReadOnly && query.Limit != nil && *query.Limit == 0
	if filterable && !p.count && (mustRun || counted || cut && !(isSafe(q.request) && q.linksOn())) {
		p.count, p.forced = true, true
	}
	return p, nil
}

// pairsOf returns the parameters of a query as the grammar has them.
func pairsOf(args []binder.Arg) (pairs []filter.Pair) {
	for _, a := range args {
		for _, value := range a.Values {
			pairs = append(pairs, filter.Pair{Name: a.Name, Value: value})
		}
	}
	return pairs
}

// cut limits a query to the rows of a page, and reports whether it wanted more.
func (q *viewing) cut(query *filter.Query) bool {
	more := query.Limit == nil || *query.Limit > q.maxPage
	if more {
		query.Limit = &q.maxPage
	}
	return more
}

// firstPage returns the page that a request wants of a result which is cut after it has come, and
// which its query says nothing of.
func (q *viewing) firstPage() *part {
	p := &part{query: new(filter.Query)}
	takeRange(q.request, p.query) // a range that ends before it begins is none here
	q.cut(p.query)
	return p
}

// linksOn reports whether limit and offset in the query choose a page, and are no arguments.
func (q *viewing) linksOn() bool {
	arguments := q.inner.Arguments
	return !slices.Contains(arguments, "limit") && !slices.Contains(arguments, "offset")
}

// isPage reports whether the part is a number of rows and nothing else.
func (p *part) isPage() bool {
	return p.query.Select == nil && p.query.Where == nil && p.query.Order == nil
}

// isSafe reports whether a request may be repeated (RFC 9110, 9.2.1).
func isSafe(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}

// takeRange takes the page that the field Range requests of a GET, in the unit items or in none: of
// the rows that limit and offset choose, those that are in the range too, as PostgREST has it. For
// other methods Range has no meaning, and one that is not understood is ignored; one without rows
// may be refused (RFC 9110, 14.2), as PostgREST does.
func takeRange(r *http.Request, query *filter.Query) (bool, error) {
	text := strings.TrimPrefix(r.Header.Get("Range"), "items=")
	first, last, found := strings.Cut(text, "-")
	from, err := strconv.ParseInt(first, 10, 64)
	if !found || err != nil || from < 0 || r.Method != http.MethodGet {
		return false, nil
	}
	end := int64(math.MaxInt64) // the first row that is not in it
	if last != "" {
		to, err := strconv.ParseInt(last, 10, 64)
		switch {
		case err != nil:
			return false, nil
		case to < from:
			return false, badRange("the range ends before it begins")
		case to < math.MaxInt64:
			end = to + 1
		}
	}
	if query.Limit != nil && *query.Limit == 0 {
		return true, nil
	}
	offset := int64(0)
	if query.Offset != nil {
		offset = *query.Offset
	}
	if query.Limit != nil && *query.Limit < end-offset {
		end = offset + *query.Limit
	}
	from = max(from, offset)
	if from >= end {
		return false, badRange("the range has none of the rows that limit and offset choose")
	}
	query.Offset = &from
	if limit := end - from; last != "" || query.Limit != nil {
		query.Limit = &limit
	}
	return true, nil
}
