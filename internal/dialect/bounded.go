package dialect

import (
	"crypto/rand"
	"math"
	"strconv"

	"github.com/moresql/moresql/internal/filter"
)

// A list of embedded rows that has more of them than Inner.MaxList is not cut: in its place there
// is a mark, a text that is made anew for each statement, so that nothing else can have it. It is
// found in what the list is embedded in, however deep.

// bound has an embedded list end after the first row that is too many, unless the request limits it
// to fewer by itself.
func (w *selector) bound() {
	most := w.inner.MaxList
	if w.node.Via.ToOne() || most == 0 || most == math.MaxInt64 ||
		w.q.Limit != nil && *w.q.Limit <= most {
		return
	}
	limited, limit := *w.q, most+1
	limited.Limit = &limit
	w.q, w.isBounded = &limited, true
	if w.mark == "" {
		w.mark = rand.Text()
	}
	w.bounded = append(w.bounded, w.limitName())
}

// markCut returns the mark that stands in the place of what the database loses.
func (w *selector) markCut() string {
	if w.cutMark == "" {
		w.cutMark = rand.Text()
	}
	return w.cutMark
}

// limitName returns the parameter that limits an embedded list.
func (w *selector) limitName() string {
	name := "limit"
	for ; w.up != nil; w = w.up {
		name = filter.Quote(w.node.Embed.Name()) + "." + name
	}
	return name
}

// orMark writes a list of count rows, or the mark if that is too many. A value takes the cast, and
// the mark stands between what makes JSON of it.
func (w *selector) orMark(count, cast, before, mark, after, list string) {
	if !w.isBounded {
		w.write(list)
		return
	}
	w.write("CASE WHEN ", count, " > ")
	w.value(w.inner.MaxList)
	w.write(cast, " THEN ", before)
	w.value(mark)
	w.write(after, " ELSE ", list, " END")
}

// anyMark writes whether a row of the page, the table p with the columns c1, c2, … has a mark, so
// that all of them are read before the first one is sent.
func (postgresFilters) anyMark(w *selector, columns []treeColumn) {
	w.write("pg_catalog.bool_or(false")
	for i, c := range columns {
		if c.bounded {
			w.write(" OR pg_catalog.strpos(p.c", strconv.Itoa(i+1), "::text, ")
			w.value(w.mark)
			w.write("::text) > 0")
		}
	}
	w.write(") OVER ()")
	w.mark = ""
}
