package rest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/embed"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/payload"
	"github.com/moresql/moresql/internal/routine"
	"github.com/moresql/moresql/row"
)

// planWrite writes the statement that changes rows of a relation.
func (q *viewing) planWrite(
	c *moresql.Call, p *moresql.Plan, t *tabling, mediaType string,
) (*moresql.Plan, error) {
	query, err := filter.Parse(pairsOf(c.Query))
	if err != nil {
		return nil, err
	}
	if err := q.checkWrite(t, query); err != nil {
		return nil, err
	}
	node, err := embed.Resolve(t.snapshot, t.relation, query)
	if err != nil {
		return nil, cannotEmbed(err)
	}
	if query.Aggregates() && !q.aggregates {
		return nil, noAggregates()
	}
	demands, err := t.preconditionOf(q.request.Header, query.Where)
	if err != nil {
		return nil, err
	}
	w := &outcome{
		viewing: q, call: c, tabling: t, node: node, plain: !writesJSON(mediaType), demands: demands,
	}
	w.before, p.Reply = p.Reply, w.reply
	p.Relation, p.Columns = nil, nil
	q.filters, q.selects = true, len(query.Select) > 0
	switch {
	case t.write.upload != nil:
		return p, w.planUpload(p)
	case spec(t.dialect).Stages():
		return p, w.planStages(p)
	}
	written, err := w.writeRows(t.write.rows, len(c.Values))
	if err != nil {
		return nil, err
	}
	p.Statement = statement(written.Statement)
	q.markTable(p)
	p.Values = append(slices.Clip(c.Values), written.Extra...)
	p.Meta = written.Meta
	p.Result = resultColumns(dialect.Selected{Names: written.Names})
	return p, nil
}

// planUpload has the body inserted in batches after a savepoint.
func (w *outcome) planUpload(p *moresql.Plan) error {
	p.Statement, p.Values = moresql.Statement{Query: dialect.Savepoint, Bind: []int{}}, nil
	w.write.upload.insert = func(run runner, rows *payload.Rows) error {
		if err := w.checkColumns(rows); err != nil {
			return err
		}
		if spec(w.dialect).Stages() {
			return w.insertStaged(run, rows)
		}
		return w.insertBatch(run, rows)
	}
	if w.settings {
		return trailSettings(p)
	}
	return nil
}

// insertBatch inserts some rows of an upload.
func (w *outcome) insertBatch(run runner, rows *payload.Rows) error {
	written, err := w.writeRows(rows, len(rows.Groups))
	if err != nil {
		return err
	}
	var meta []row.Value
	if err := run(written.Statement.Query, boundTo(rows, written), func(r row.Row) error {
		r = r.Clone()
		for i := range r.Len() {
			meta = append(meta, r.Value(i))
		}
		return nil
	}); err != nil {
		return err
	}
	w.sum.add(&w.in, meta)
	return nil
}

// writeRows writes the statement for some rows, nil for a Delete.
func (w *outcome) writeRows(rows *payload.Rows, values int) (dialect.Written, error) {
	w.prepare(rows)
	return spec(w.dialect).Write(w.in, values)
}

// prepare sets what is written of some rows, nil for a Delete.
func (w *outcome) prepare(rows *payload.Rows) {
	w.in = w.write.statement(w.relation, rows)
	w.in.Node, w.in.Plain, w.in.Versions = w.node, w.plain, w.demands.versions
	w.in.Settings = w.settings && w.write.upload == nil
}

// checkWrite refuses what a query cannot say of what is written.
func (q *viewing) checkWrite(t *tabling, query *filter.Query) error {
	limited := query.Limit != nil || query.Offset != nil
	switch w := t.write; {
	case w.put && limited:
		return noPutLimit()
	case limited:
		return noLimit()
	case w.put && !isByKey(query.Where, t.relation.PrimaryKey):
		return notByKey(t.allowed(t.relation))
	case w.put:
		return w.hasKey()
	case w.kind == dialect.Insert && query.Where != nil:
		return noFilter()
	case q.filtered && query.Where == nil && w.kind == dialect.Delete:
		return unfiltered("DELETE")
	case q.filtered && query.Where == nil && w.kind == dialect.Update && w.sets():
		return unfiltered("UPDATE")
	}
	return nil
}

// isByKey reports whether conditions are that the columns of a key are equal to values.
func isByKey(where []filter.Condition, key []string) bool {
	if len(key) == 0 || len(where) != len(key) {
		return false
	}
	return !slices.ContainsFunc(key, func(name string) bool {
		return !slices.ContainsFunc(where, func(c filter.Condition) bool {
			return c.Op == filter.Eq && !c.Not && c.Each == filter.Once && c.Field.Column == name &&
				c.Field.Path == nil
		})
	})
}

// hasKey refuses a body without the key that it is put by.
func (w *writing) hasKey() error {
	columns := w.rows.Columns()
	for _, name := range w.key {
		if !slices.Contains(columns, name) {
			return otherKey()
		}
	}
	return nil
}

// sets reports whether an Update sets anything.
func (w *writing) sets() bool { return len(w.rows.Groups[0].Columns)+len(w.defaults) > 0 }

// An outcome is that of a request whose rows have been written.
type outcome struct {
	*viewing
	*tabling
	call    *moresql.Call
	node    *embed.Node
	plain   bool
	in      dialect.Write // the last statement
	sum     tally
	located string // the location of the only row, "" if it is not known
	demands precondition
	before  func(int, []row.Value, []row.Value, int64) (int, http.Header, error)
}

// reply returns the status and the header of the response. An error takes back what was written.
func (w *outcome) reply(
	status int, meta, _ []row.Value, _ int64,
) (_ int, header http.Header, err error) {
	if _, header, err = replyBefore(w.before, status, nil, nil, unknown); err != nil {
		return 0, nil, err
	}
	if w.write.upload == nil && !spec(w.dialect).Stages() {
		meta = w.sum.add(&w.in, meta)
		meta = w.locate(meta)
	}
	if err := w.demands.check(w.sum.rows, w.sum.inserted, w.write.put); err != nil {
		return 0, nil, err
	}
	if err := w.check(w.sum.rows); err != nil {
		return 0, nil, err
	}
	if w.located != "" {
		header.Set("Location", w.located)
	}
	if w.write.reports {
		header.Set("Written-Rows", w.sum.String())
	}
	if !w.write.put {
		header.Set("Content-Range", w.contentRange(w.sum.rows))
	}
	if applied := w.applied(); applied != "" {
		header.Set("Preference-Applied", applied)
	}
	status = w.status(w.sum.inserted)
	if w.in.Settings {
		status, err = applySettings(status, header, meta)
	}
	return status, header, err
}

// applied returns the preferences that have been kept: of those that reads know as well, the ones
// that the view has not left out.
func (w *outcome) applied() string {
	kept, own := w.viewing.prefer, &w.write.prefer
	kept.returns, kept.resolution, kept.missing = own.returns, own.resolution, own.missing
	return kept.applied(kept.count && kept.estimate == "")
}

// check refuses a number of rows that the request does not want to write.
func (w *outcome) check(rows int64) error {
	limit := w.write.prefer.limit()
	switch {
	case w.write.put && rows != 1:
		return otherKey()
	case w.call.Shape == row.One && rows != 1:
		return notSingular(rows)
	case limit != unknown && rows > limit:
		return tooManyAffected(strconv.FormatInt(rows, 10))
	}
	return nil
}

// status returns that of a response; inserted is how many of the rows are new.
func (w *outcome) status(inserted int64) int {
	hasBody := w.in.Returns == dialect.All
	switch {
	case w.write.put && !hasBody:
		return http.StatusNoContent
	case w.write.kind == dialect.Insert && (inserted > 0 || !w.write.merge):
		return http.StatusCreated
	case hasBody || w.write.kind == dialect.Insert:
		return http.StatusOK
	}
	return http.StatusNoContent
}

// contentRange returns the field of that name, by PostgREST's rules: an update has a range, and
// what is counted is counted.
func (w *outcome) contentRange(rows int64) string {
	text := "*/"
	if w.write.kind == dialect.Update && rows > 0 {
		text = "0-" + strconv.FormatInt(rows-1, 10) + "/"
	}
	if w.viewing.prefer.count {
		return text + strconv.FormatInt(rows, 10)
	}
	return text + "*"
}

// locate takes the primary key of a row, a JSON array of its values, from the metadata columns.
func (w *outcome) locate(meta []row.Value) []row.Value {
	if w.in.Returns != dialect.Keys {
		return meta
	}
	if w.sum.rows == 1 {
		var values []json.RawMessage
		_ = json.Unmarshal(meta[0].Raw(), &values) // as the database has written it
		filters := make([]string, len(values))
		for i, value := range values {
			filters[i] = asFilter(value)
		}
		w.located = location(w.relation, filters)
	}
	return meta[1:]
}

// location returns where a row is found by filters on the columns of its primary key.
func location(r *catalog.Relation, filters []string) string {
	var pairs []string
	for i, text := range filters {
		name := filter.Quote(r.PrimaryKey[i])
		pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(text))
	}
	return "/" + routine.Segment(r.Name) + "?" + strings.Join(pairs, "&")
}

// asFilter returns the filter that a JSON value meets.
func asFilter(value json.RawMessage) string {
	if value = bytes.TrimSpace(value); string(value) == "null" {
		return "is.null"
	}
	var text string
	if json.Unmarshal(value, &text) != nil {
		text = string(value)
	}
	return "eq." + text
}
