package moresql

import (
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/response"
	"github.com/moresql/moresql/internal/sqlstate"
	"github.com/moresql/moresql/row"
)

// asked is the part of a result that a request asks for.
type asked struct {
	*filter.Query
	count  bool // it wants to know how many rows the whole has
	noLink bool // a parameter of the procedure is called limit or offset, so that nobody can ask for the next page by these
}

// page returns it as the header of the answer tells it.
func (a *asked) page() *response.Page {
	p := &response.Page{Limit: response.Unknown, Total: response.Unknown, Counts: a.count, NoLink: a.noLink}
	if a.Limit != nil {
		p.Limit = *a.Limit
	}
	if a.Offset != nil {
		p.Offset = *a.Offset
	}
	return p
}

// asked reads what a request asks for. Names that declared fields have are theirs.
func (x *exchange) asked() (*asked, error) {
	args, err := binder.QueryArgs(x.r)
	if err != nil {
		return nil, err
	}
	own := func(name string) bool {
		return slices.ContainsFunc(x.fields, func(f binder.Field) bool { return f.Name == name })
	}
	a, err := x.ask(slices.DeleteFunc(args, func(a binder.Arg) bool { return own(a.Name) }), true)
	if a != nil {
		a.noLink = own("limit") || own("offset")
	}
	return a, err
}

// ask reads what a request asks for by its query, its Range and its preferences, nil when it is the whole result. Of a result that has no
// parts the last two are passed over (RFC 9110, 14.2; RFC 7240, 2).
func (x *exchange) ask(args []binder.Arg, hasParts bool) (*asked, error) {
	var pairs []filter.Pair
	for _, a := range args {
		for _, value := range a.Values {
			pairs = append(pairs, filter.Pair{Name: a.Name, Value: value})
		}
	}
	q, err := filter.Parse(pairs)
	if err != nil {
		return nil, err
	}
	a := &asked{Query: q, count: hasParts && prefers(x.r.Header, "count", "exact")}
	ranged := hasParts && x.takeRange(a)
	if len(pairs) == 0 && !a.count && !ranged && (x.maxPage == 0 || x.single() || !hasParts) {
		return nil, nil
	}
	if x.maxPage > 0 && !x.single() && (a.Limit == nil || *a.Limit > x.maxPage) {
		a.Limit = &x.maxPage
	}
	return a, nil
}

// single reports whether the answer has one row in any case.
func (x *exchange) single() bool { return x.shape == row.One || x.shape == row.Scalar }

// takeRange takes the page that the field Range asks for, in the unit items or in none, unless the query says what it is. One that is not
// understood may be passed over (RFC 9110, 14.2).
func (x *exchange) takeRange(a *asked) bool {
	text := strings.TrimPrefix(x.r.Header.Get("Range"), "items=")
	first, last, found := strings.Cut(text, "-")
	if !found || a.Limit != nil || a.Offset != nil || x.r.Method != http.MethodGet && x.r.Method != http.MethodHead {
		return false
	}
	from, err := strconv.ParseInt(first, 10, 64)
	if err != nil || from < 0 {
		return false
	}
	if last != "" {
		to, err := strconv.ParseInt(last, 10, 64)
		if err != nil || to < from {
			return false
		}
		limit := to - from
		if limit < math.MaxInt64 { // one more than that would be below 0, which is no limit to SQLite
			limit++
		}
		a.Limit = &limit
	}
	a.Offset = &from
	return true
}

// prefers reports whether a request has a preference (RFC 7240), as its clients write it.
func prefers(h http.Header, name, value string) bool {
	for preference := range strings.SplitSeq(strings.Join(h.Values("Prefer"), ","), ",") {
		preference, _, _ = strings.Cut(preference, ";")
		n, v, _ := strings.Cut(preference, "=")
		if strings.EqualFold(strings.TrimSpace(n), name) && strings.Trim(strings.TrimSpace(v), `"`) == value {
			return true
		}
	}
	return false
}

// source returns the statement of a declared call as one that can be asked of, nil for one that cannot.
func (c *call) source(s Statement, values int) (*dialect.Inner, Dialect) {
	inner := &dialect.Inner{Query: s.Query, Bind: s.Bind, Values: values}
	switch caller := c.caller.(type) {
	case Function:
		return inner, caller.Dialect
	case *Statements:
		if caller.isQuery(c.proc) {
			return inner, caller.dialect
		}
	}
	return nil, 0
}

// declared fills in how a part of a declared call's result is asked for.
func (x *exchange) declared(a *answer) (err error) {
	a.inner, a.dialect = x.source(a.Statement, len(a.values))
	if a.inner != nil && a.asked != nil {
		a.inner.Columns, err = x.columns.of(x, *a)
	}
	return err
}

// columns are those of the result of a declared call, which the database is asked for once.
type columns struct {
	mutex sync.Mutex
	list  []catalog.Column
}

// of returns them.
func (c *columns) of(x *exchange, a answer) ([]catalog.Column, error) {
	c.mutex.Lock()
	list := c.list
	c.mutex.Unlock()
	if list != nil {
		return list, nil
	}
	none := int64(0)
	selected, err := a.dialect.rules().Select(*a.inner, &filter.Query{Limit: &none}, dialect.Meta{})
	if err != nil {
		return nil, err
	}
	s := Statement{Query: selected.Query, Bind: selected.Bind}
	err = x.run(s, append(slices.Clip(a.values), selected.Extra...), row.Options{}, nil, func(rows *row.Rows) error {
		for _, column := range rows.Columns() {
			list = append(list, a.dialect.rules().Column(column))
		}
		return rows.Finish()
	})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errors.New("no part of a result without columns can be asked for: leave Query out")
	}
	c.mutex.Lock()
	c.list = list
	c.mutex.Unlock()
	return list, nil
}

// forget has the columns asked for again: an error may come from their having changed.
func (c *columns) forget(err error) {
	if c == nil || err == nil {
		return
	}
	if code := sqlstate.Of(err).Code; code == "" || code == "0A000" || strings.HasPrefix(code, "42") { // 0A000: a plan's result has changed
		c.mutex.Lock()
		c.list = nil
		c.mutex.Unlock()
	}
}
