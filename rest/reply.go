package rest

import (
	"net/http"
	"strconv"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/row"
)

// report has the response name the range of its rows, if it is no part of a result that does so
// itself, and the preferences that have been kept.
func (q *viewing) report(c *moresql.Call, p *moresql.Plan, wanted *part) {
	ranged := wanted == nil && (c.Shape == row.List || c.Shape == row.Scalars)
	counted := wanted != nil && wanted.count && !wanted.forced
	if !counted && !q.hasEstimates() {
		q.prefer.estimate = ""
	}
	applied := q.prefer.applied(counted && q.prefer.estimate == "")
	if !ranged && applied == "" {
		return
	}
	before := p.Reply
	p.Reply = func(
		status int, meta, trailer []row.Value, rows int64,
	) (_ int, header http.Header, err error) {
		status, header, err = replyBefore(before, status, meta, trailer, rows)
		if err != nil {
			return 0, nil, err
		}
		if applied != "" {
			setDefault(header, "Preference-Applied", applied)
		}
		if !ranged || status == http.StatusNoContent {
			return status, header, nil
		}
		return (&page{limit: unknown, total: unknown}).describe(q.request, status, header, rows)
	}
}

// replySelected has the response report the page, and what the function has set, by the metadata
// columns of a statement that selectFrom has written.
func (q *viewing) replySelected(p *moresql.Plan, wanted *part, handled bool) {
	before := p.Reply
	p.Reply = func(
		status int, meta, _ []row.Value, rows int64,
	) (_ int, header http.Header, err error) {
		if status, header, err = replyBefore(before, status, nil, nil, rows); err != nil {
			return 0, nil, err
		}
		total := int64(unknown)
		if wanted != nil && wanted.count && len(meta) > 0 {
			total, meta = meta[0].Int(), meta[1:]
		}
		if handled && len(meta) > 0 {
			rows, meta = meta[0].Int(), meta[1:]
		}
		if wanted != nil && wanted.links && len(meta) > 0 {
			wanted.link(header, q.request, meta[0])
			meta = meta[1:]
		}
		tag := ""
		if q.tagged != nil && len(meta) > 0 {
			tag, meta = q.tagged(meta[0]), meta[1:]
		}
		if limit := q.prefer.limit(); limit != unknown && total > limit {
			return 0, nil, tooManyAffected(strconv.FormatInt(total, 10))
		}
		if q.settings {
			if status, err = applySettings(status, header, meta); err != nil {
				return 0, nil, err
			}
		}
		if wanted == nil {
			return status, header, nil
		}
		status, header, err = wanted.page(total).describe(q.request, status, header, rows)
		if err != nil || q.tagged == nil {
			return status, header, err
		}
		return q.replyTagged(status, header, tag)
	}
}

// replyBefore returns what a Resource replies by itself, with a header that can be added to.
func replyBefore(
	reply func(int, []row.Value, []row.Value, int64) (int, http.Header, error),
	status int, meta, trailer []row.Value, rows int64,
) (_ int, header http.Header, err error) {
	if reply != nil {
		status, header, err = reply(status, meta, trailer, rows)
	}
	if header == nil {
		header = http.Header{}
	}
	return status, header, err
}
