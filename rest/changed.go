package rest

import (
	"net/http"
	"strconv"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/row"
)

// Count lets a request for a statement that returns nothing know how many rows it has changed, by
// Prefer: count=exact: the Content-Range of the response is */n. It is for a handler of the
// program's own; Routines counts anyway. The number is that of the database: PostgreSQL says it of
// INSERT, UPDATE, DELETE and MERGE but not of a CALL, MariaDB by ROW_COUNT(), which for a procedure
// is that of its last statement, and SQLite by changes(). What is not known is not in the response.
func Count() moresql.Option {
	return use(func(v *view) { v.counts = true })
}

// countChanges has the response report how many rows a statement without a result has changed.
func (q *viewing) countChanges(p *moresql.Plan) {
	if !q.counts && !q.query || !q.prefer.count {
		return
	}
	changed := int64(unknown)
	affected, reply := p.Affected, p.Reply
	p.Affected = func(n int64) error {
		changed = n
		if affected != nil {
			return affected(n)
		}
		return nil
	}
	p.Reply = func(
		status int, meta, trailer []row.Value, rows int64,
	) (_ int, header http.Header, err error) {
		status, header, err = replyBefore(reply, status, meta, trailer, rows)
		if err != nil || changed == unknown {
			return status, header, err
		}
		setDefault(header, "Content-Range", "*/"+strconv.FormatInt(changed, 10))
		applied := "count=exact"
		if others := header.Get("Preference-Applied"); others != "" {
			applied += ", " + others
		}
		header.Set("Preference-Applied", applied)
		return status, header, nil
	}
}
