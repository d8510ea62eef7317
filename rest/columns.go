package rest

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/sqlstate"
	"github.com/moresql/moresql/row"
)

// columns are those of the result of a call, which the database is queried for once.
type columns struct {
	mutex sync.Mutex
	list  []catalog.Column
}

// get returns the columns.
func (c *columns) get(
	call *moresql.Call, d moresql.Dialect, inner dialect.Inner, values []any,
) ([]catalog.Column, error) {
	c.mutex.Lock()
	list := c.list
	c.mutex.Unlock()
	if list != nil {
		return list, nil
	}
	none := int64(0)
	s, err := spec(d).Select(inner, &filter.Query{Limit: &none}, dialect.Meta{})
	if err != nil {
		return nil, err
	}
	statement := moresql.Statement{Query: s.Query, Bind: s.Bind}
	values = append(slices.Clip(values), s.Extra...)
	err = call.Run(statement, values, func(rows *row.Rows) error {
		for _, column := range rows.Columns() {
			list = append(list, spec(d).Column(column))
		}
		return rows.Finish()
	})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errors.New("a result without columns cannot be filtered: leave Query out")
	}
	c.mutex.Lock()
	c.list = list
	c.mutex.Unlock()
	return list, nil
}

// forget has the database queried for the columns again: an error may come from their having
// changed.
func (c *columns) forget(err error) {
	if c == nil {
		return
	}
	code := sqlstate.Of(err).Code
	if code == "" || code == "0A000" || strings.HasPrefix(code, "42") { // 0A000: a kept plan is void
		c.mutex.Lock()
		c.list = nil
		c.mutex.Unlock()
	}
}

// isOfStatement reports whether an error of the database counts as the program's own, and does not
// come from within a routine.
func isOfStatement(e *moresql.Error) bool {
	return e.Err != nil && !e.Public && !e.Raised && len(e.Code) == 5 && !sqlstate.Within(e.Err)
}

// isOutdated reports whether an error of a statement that reads or writes a relation says that the
// relation has other columns than the catalog: each name of a request is one of those.
func isOutdated(e *moresql.Error) bool { return e.Code == "42703" && isOfStatement(e) }

// outdated completes the error. The program's log has it as that of the database.
func outdated(e *moresql.Error) {
	e.Status, e.Public = http.StatusServiceUnavailable, true
	e.Message = "the table has changed, and the server does not know it yet"
	e.Hint = "try again later; the server has to reload its catalog"
}

// blamesFilter reports whether an error whose code blames the statement is about what a request has
// added to it: a text search or an operator that makes no sense for a column, or is.true of a
// number. 42501 and 42P01 are about the procedure.
func blamesFilter(e *moresql.Error) bool {
	return isOfStatement(e) && e.Code != "42501" && e.Code != "42P01" &&
		e.Code != "42P17" && // policies that go round in circles
		(strings.HasPrefix(e.Code, "42") || strings.HasPrefix(e.Code, "3F"))
}
