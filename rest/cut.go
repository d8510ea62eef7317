package rest

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/row"
)

// mayFailLate reports whether the response to a call that may write can become an error by what the
// view has added to it: then the call must not commit by itself. A request that is not safe says
// that it writes; others count as reading, unless they choose what can fail.
func (q *viewing) mayFailLate(c *moresql.Call, wanted *part, mediaType string) bool {
	if !q.query || c.ReadOnly {
		return false
	}
	return !isSafe(q.request) || isSingular(mediaType) ||
		wanted != nil && wanted.count && wanted.query.Offset != nil
}

// cutRows leaves the statement of a plan as it is and takes a page of the rows that come, where the
// request can be repeated for the next one, or else as many as a response may have.
func (q *viewing) cutRows(c *moresql.Call, p *moresql.Plan, wanted *part) error {
	limited := q.maxPage > 0 && !isSingle(c.Shape)
	safe := isSafe(q.request)
	if limit := q.prefer.limit(); limit != unknown {
		p.Row = chain(p.Row, affect(limit))
	}
	if wanted != nil && !(safe && wanted.isPage()) {
		return notFilterable()
	}
	if q.settings {
		if err := trailSettings(p); err != nil {
			return err
		}
	}
	switch {
	case wanted == nil && !limited:
	case safe && q.linksOn():
		if wanted == nil {
			wanted = q.firstPage()
		}
		taken := wanted.page(unknown)
		p.Row = chain(p.Row, window(taken.offset, taken.limit))
		q.replyPage(p, func(int64) *page { return taken })
	default:
		cut := &cutting{page: page{limit: q.maxPage, forced: true, noLink: true}}
		p.Row = chain(p.Row, cut.row)
		q.replyPage(p, cut.count)
	}
	return nil
}

// replyPage has the header of the response report the page that pageOf returns for the number of
// rows in it.
func (q *viewing) replyPage(p *moresql.Plan, pageOf func(rows int64) *page) {
	before := p.Reply
	p.Reply = func(
		status int, meta, trailer []row.Value, rows int64,
	) (_ int, header http.Header, err error) {
		if status, header, err = replyBefore(before, status, meta, trailer, rows); err != nil {
			return 0, nil, err
		}
		return pageOf(rows).describe(q.request, status, header, rows)
	}
}

// chain returns a function that has f and then g see a row.
func chain(f, g func(*row.Row) error) func(*row.Row) error {
	if f == nil {
		return g
	}
	return func(r *row.Row) error {
		if err := f(r); err != nil {
			return err
		}
		return g(r)
	}
}

// window leaves out the rows before and after a page. limit is unknown for none.
func window(offset, limit int64) func(*row.Row) error {
	n := int64(0)
	return func(*row.Row) error {
		if n++; n <= offset || limit != unknown && n-offset > limit {
			return row.ErrSkip
		}
		return nil
	}
}

// affect refuses a result with more rows than a request wants to affect.
func affect(limit int64) func(*row.Row) error {
	n := int64(0)
	return func(*row.Row) error {
		if n++; n > limit {
			return tooManyAffected(fmt.Sprintf("more than %d", limit))
		}
		return nil
	}
}

// A cutting takes the first rows of a result that has no other pages, and counts the rest, so that
// the header can say that the list is cut. If it has been sent by then the response is aborted.
type cutting struct {
	page
	rows  int64
	began bool
}

func (c *cutting) row(*row.Row) error {
	switch c.rows++; {
	case c.rows <= c.limit:
		return nil
	case c.began:
		return tooMany(c.limit)
	}
	return row.ErrSkip
}

// count returns the page, with the number of rows in all if the response knows its own.
func (c *cutting) count(sent int64) *page {
	if c.total = c.rows; sent == unknown {
		c.began, c.total = true, unknown
	}
	return &c.page
}

// refuseCut has a response fail in which the database has lost a part of what is embedded in a row.
// selected may be set until the rows come.
func refuseCut(p *moresql.Plan, selected *dialect.Selected) {
	p.Row = chain(p.Row, func(r *row.Row) error {
		if selected.Cut != "" && hasMark(r, selected.JSON, selected.Cut) {
			return cutOff()
		}
		return nil
	})
}

// hasMark reports whether a row has a mark in a value at one of the places.
func hasMark(r *row.Row, places []int, mark string) bool {
	return slices.ContainsFunc(places, func(i int) bool {
		return bytes.Contains(r.Value(i).Raw(), []byte(mark))
	})
}

// bound has a response fail in which a list that is embedded in a row has more rows than MaxPage
// allows. Where the database cannot say so before the first row, the response may have begun.
func (q *viewing) bound(p *moresql.Plan, selected dialect.Selected) {
	switch {
	case selected.Bounded == nil:
		return
	case selected.Mark != "":
		p.Row = chain(p.Row, func(r *row.Row) error {
			if hasMark(r, selected.JSON, selected.Mark) {
				return tooLong(q.maxPage, selected.Bounded)
			}
			return nil
		})
		return
	}
	before := p.Reply
	p.Reply = func(
		status int, meta, trailer []row.Value, rows int64,
	) (int, http.Header, error) {
		if len(meta) > 0 && meta[0].Bool() {
			return 0, nil, tooLong(q.maxPage, selected.Bounded)
		}
		return replyBefore(before, status, meta[min(1, len(meta)):], trailer, rows)
	}
}

// tooLong refuses a list that has more rows than it may, by the parameters that limit such lists.
func tooLong(most int64, limits []string) error {
	texts := make([]string, len(limits))
	for i, name := range limits {
		texts[i] = fmt.Sprintf("%.200s=%d", name, most)
	}
	return &moresql.Error{
		Status: http.StatusBadRequest, Public: true,
		Message: fmt.Sprintf("an embedded list has more than %d rows", most),
		Hint: "take some of its rows, as by " + strings.Join(texts, " or ") +
			", or request them by themselves, page by page",
	}
}

// cutOff reports that the database has cut off what is embedded in a row.
func cutOff() error {
	return &moresql.Error{
		Status: http.StatusInternalServerError, Public: true,
		Message: "what is embedded in a row is longer than the database allows",
		Hint:    "embed fewer rows, by a filter or a limit of what is embedded",
	}
}
