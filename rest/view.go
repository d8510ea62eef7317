package rest

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/row"
)

// Query lets a request choose a part of the result, in the grammar that clients of PostgREST speak
// (its documentation, "Tables and Views" and "Pagination and Count"): select, order, limit, offset,
// filters such as price=gte.10, and, or; a Range, and Prefer: count=exact. What a request says is
// bound to the statement or names a column that exists; a parameter that is not understood is a
// 400. Names that the procedure's own fields have stay theirs.
//
// The call becomes a subquery, which PostgreSQL inlines for most functions in SQL, so that a filter
// reaches an index. Where no catalog knows the columns, the database is queried for them once, by a
// statement that returns no rows. It needs a Caller whose statements may stand in a FROM, such as
// moresql.Function or sqlfile.Statements; under Routines it is on.
func Query() moresql.Option {
	return use(func(v *view) { v.query = true })
}

// MaxPage limits how many rows a response has, whatever a request wants. The Link of a response to
// GET leads to the next page, and the Content-Range of one to POST says how many rows there are. A
// POST whose result cannot be a subquery, such as that of a CALL, fails instead if it is longer and
// its header has been sent before all rows have come. A list that is embedded in a row is never
// cut: one that is longer is a 400, unless the request limits it by itself. MaxPage includes Query.
func MaxPage(rows int64) moresql.Option {
	return use(func(v *view) { v.query, v.maxPage = true, rows })
}

// Aggregates lets requests for tables, and for functions that return rows of one, select
// aggregates, which PostgREST does not by itself either (its documentation, "Aggregate Functions"):
// select=day,price.sum(),count() has a row for each day. They may read many rows for few.
func Aggregates() moresql.Option {
	return use(func(v *view) { v.aggregates = true })
}

// HTTPSettings lets functions speak HTTP, as under PostgREST (its documentation, "Transactions"):
// current_setting has request.method, request.path, request.headers and request.cookies, the last
// two JSON objects, header names in lower case; and what the function sets by set_config of
// response.status and response.headers, a JSON array such as [{"Cache-Control": "no-store"}], is
// that of the response. It has to be set before the function returns its first row. Calls run in a
// transaction, as under moresql.Session, which adds role and claims; a status of 400 and above
// rolls it back. It needs PostgreSQL.
func HTTPSettings() moresql.Option {
	return use(func(v *view) { v.settings = true })
}

// use returns the Option that decorates a Resource with a view, or changes the view that it has:
// one statement answers what all of the options want.
func use(change func(*view)) moresql.Option {
	return moresql.Use(func(inner moresql.Resource) moresql.Resource {
		if v := viewIn(inner); v != nil {
			change(v)
			return inner
		}
		v := newView(inner)
		change(v)
		return v
	})
}

func newView(inner moresql.Resource) *view {
	_, isProcedure := inner.(interface {
		Declared() (string, []binder.Field, row.Shape, int)
	})
	return &view{
		Resource: inner, opaque: !isProcedure && !isCatalog(inner),
		encoders: clientEncoders, columns: new(sync.Map),
	}
}

// viewIn returns the view that decorates a Resource, nil if there is none. Each handler has its
// own. It may be below decorators of the program's own that have a method Unwrap()
// moresql.Resource.
func viewIn(r moresql.Resource) *view {
	for {
		if v, ok := r.(*view); ok {
			return v
		}
		decorator, ok := r.(interface{ Unwrap() moresql.Resource })
		if !ok {
			return nil
		}
		r = decorator.Unwrap()
	}
}

// A view is a Resource of which a request may choose a part, and that speaks HTTP by settings.
type view struct {
	moresql.Resource
	query      bool
	maxPage    int64 // 0 for no limit
	settings   bool
	counts     bool              // requests may count what a statement without a result changes
	aggregates bool              // requests may select them
	maxCalls   int               // of a batch, 0 for no limit
	filtered   bool              // requests must not change all rows of a relation
	txEnd      TxEnd             // how the transaction of a call ends
	opaque     bool              // the Resource may be a decorator that hides another view
	encoders   []encoder.Encoder // of media types that only clients of PostgREST accept
	columns    *sync.Map         // of *columns by the texts of calls whose Resource does not know them
}

// Unwrap returns the Resource that the view decorates.
func (v *view) Unwrap() moresql.Resource { return v.Resource }

type described interface{ Traits() (moresql.Traits, bool) }

// Traits returns those of the Resource that the view decorates.
func (v *view) Traits() (moresql.Traits, bool) {
	if d, ok := v.Resource.(described); ok {
		return d.Traits()
	}
	return moresql.Traits{}, true
}

// Validate returns an error if nothing can be chosen of what the Resource returns.
func (v *view) Validate() error {
	if inner, ok := v.Resource.(interface{ Validate() error }); ok {
		if err := inner.Validate(); err != nil {
			return err
		}
	}
	traits, ok := v.Traits()
	if err := spec(traits.Dialect).CheckSettings("HTTPSettings", ok); err != nil && v.settings {
		return err
	}
	if _, says := v.Resource.(described); v.query && says && !traits.Relation {
		return errors.New("Query and MaxPage need a statement that may stand in a FROM: that of a " +
			"Function, or a query of sqlfile; this call is neither")
	}
	return nil
}

// Match implements moresql.Resource.
func (v *view) Match(r *http.Request) (*moresql.Operation, error) {
	var from based
	inner, err := (*moresql.Operation)(nil), error(nil)
	if o, ok := v.Resource.(opener); ok {
		inner, from, err = o.open(r)
	} else {
		inner, err = v.Resource.Match(r)
	}
	if err != nil || inner == nil || inner.Bind == nil { // the pipeline reports what is missing
		return nil, err
	}
	q := &viewing{view: v, request: r, inner: inner, operation: *inner, from: from}
	op := &q.operation
	op.Bind, op.Explain = q.bind, q.explain
	if v.query && from != nil {
		q.offerHandlers()
	}
	if v.query && op.Encoders == nil {
		op.Encoders = v.encoders
	} else if v.query {
		op.Encoders = append(slices.Clip(op.Encoders), v.encoders...)
	}
	return op, nil
}

// A viewing is the state of one request for a view.
type viewing struct {
	*view
	request *http.Request
	inner   *moresql.Operation
	from    based // nil if the rows are of no catalog

	operation moresql.Operation      // inner's, with what the view changes
	hidden    bool                   // another view, below a decorator, does what this one is for
	prefer    preferences            // of the request
	undoes    bool                   // the transaction is rolled back
	handled   []string               // the media types that aggregates make of the rows
	tagged    func(row.Value) string // returns the entity tag; nil if the response has none
	filters   bool                   // the request has filters
	selects   bool                   // the request has selected columns
	follows   bool                   // the request wants pages by keyset
	known     *columns               // of the result, if the database has been queried

	plan func(context.Context, *moresql.Call, string) (*moresql.Plan, error) // of the Resource
}

func (q *viewing) bind(r *http.Request) (*moresql.Call, error) {
	if outer, ok := r.Context().Value(viewKey{}).(*viewing); ok {
		q.view, outer.hidden = q.with(outer.view), true
	}
	if q.query || q.counts {
		q.prefer = preferencesOf(r.Header)
	}
	if q.query {
		q.prefer.returns, q.prefer.resolution, q.prefer.missing = "", "", "" // for outcome
		q.endBy()
		if !q.hasZone() {
			q.prefer.leave("timezone", &q.prefer.timezone)
		}
		q.countInstead()
		if q.prefer.keyset && !q.hasKeysets() {
			q.prefer.keyset = false
			q.prefer.others = append(q.prefer.others, "pagination=keyset")
		}
		if q.prefer.handling == "strict" && len(q.prefer.others) > 0 {
			return nil, unknownPreferences(q.prefer.others)
		}
	}
	c, err := q.bindInner(r)
	if err != nil || c == nil || c.Plan == nil {
		return nil, err
	}
	if q.prefer.limit() != unknown && isSingle(c.Shape) {
		return nil, notAffecting()
	}
	q.request, q.plan, c.Plan = r, c.Plan, q.planView
	q.end(c)
	if q.settings && !q.hidden {
		c.Settings = append(c.Settings, requestSettings(r)...)
	}
	if q.prefer.timezone != "" && !q.hidden {
		c.Settings = append(c.Settings, [2]string{"timezone", q.prefer.timezone})
	}
	return c, nil
}

// planView writes the statement anew if a part of the result is wanted, or metadata.
func (q *viewing) planView(
	ctx context.Context, c *moresql.Call, mediaType string,
) (*moresql.Plan, error) {
	p, err := q.plan(ctx, c, mediaType)
	if err != nil || p == nil || q.hidden {
		return p, err
	}
	if t, ok := q.from.(*tabling); ok && t.write != nil {
		return q.planWrite(c, p, t, mediaType)
	}
	if _, ok := q.Resource.(*batches); ok {
		q.report(c, p, nil)
		return p, nil
	}
	filterable := p.Relation != nil && p.Meta == 0 && p.Trailer == nil
	var wanted *part
	if q.query {
		if wanted, err = q.read(c, filterable); err != nil {
			return nil, err
		}
	}
	handler, err := q.handler(mediaType)
	if err != nil {
		return nil, err
	}
	c.Atomic = c.Atomic || p.Relation != nil && q.mayFailLate(c, wanted, mediaType)
	switch {
	case !filterable:
		err = q.cutRows(c, p, wanted)
	case wanted != nil || q.settings || handler != nil:
		err = q.selectFrom(ctx, c, p, wanted, mediaType, handler)
	}
	if err == nil && q.query {
		q.report(c, p, wanted)
	}
	if err == nil {
		q.countChanges(p)
	}
	return p, err
}

// selectFrom makes the statement of a plan a SELECT from it.
func (q *viewing) selectFrom(
	ctx context.Context, c *moresql.Call, p *moresql.Plan, wanted *part, mediaType string,
	handler *catalog.Handler,
) error {
	inner := dialect.Inner{
		Query: p.Relation.Query, Bind: p.Relation.Bind, Values: len(p.Values), Columns: p.Columns,
		Plain: !writesJSON(mediaType) || handler != nil, Handler: handler, MaxList: q.maxPage,
	}
	query, meta := &filter.Query{}, dialect.Meta{Settings: q.settings, Rows: handler != nil}
	if wanted != nil {
		query, meta.Count = wanted.query, wanted.count
	}
	if err := q.embed(&inner, query); err != nil {
		return err
	}
	if wanted != nil {
		if err := q.pageByKeyset(&inner, wanted, &meta); err != nil {
			return err
		}
		if inner.Columns == nil {
			known, _ := q.columns.LoadOrStore(inner.Query, new(columns))
			q.known = known.(*columns)
			var err error
			if inner.Columns, err = q.known.get(c, p.Dialect, inner, p.Values); err != nil {
				return err
			}
		}
		q.filters = true // from here on: an error so far is about the procedure itself
		counts, err := q.estimate(c, p, wanted, inner)
		if err != nil {
			return err
		}
		meta.Count = meta.Count || counts
	}
	meta.Version = wanted != nil && handler == nil && !c.Framed && q.isTagged(query, c.Shape)
	selected, err := spec(p.Dialect).Select(inner, query, meta)
	if err != nil {
		return err
	}
	if meta.Version {
		q.tagged = func(version row.Value) string { return q.tag(selected, mediaType, version) }
	}
	p.Statement = moresql.Statement{Query: selected.Query, Bind: selected.Bind}
	q.markTable(p)
	p.Values = append(slices.Clip(p.Values), selected.Extra...)
	p.Relation, p.Columns, p.Meta = nil, nil, selected.Meta
	p.Result = resultColumns(selected)
	if selected.Cut != "" {
		refuseCut(p, &selected)
	}
	q.selects = len(query.Select) > 0
	switch {
	case selected.Nothing:
		c.Shape = withoutColumns(c.Shape)
	case q.selects && len(p.Result) > 1:
		c.Shape = withColumns(c.Shape)
	}
	q.replySelected(p, wanted, handler != nil)
	q.bound(p, selected)
	return nil
}

// explain gives errors PostgREST's codes, and blames the request for what it has added to the
// statement.
func (q *viewing) explain(e *moresql.Error) {
	if q.inner.Explain != nil {
		q.inner.Explain(e)
	}
	q.known.forget(e)
	switch t, ok := q.from.(*tabling); {
	case ok && isOutdated(e):
		outdated(e)
	case ok && t.write != nil:
		t.explainWrite(e)
	case q.filters && blamesFilter(e):
		e.Status, e.Public = http.StatusBadRequest, true
		e.Message = "the database cannot filter, order or select as requested"
		e.Hint = "check the operators, values and types of the columns"
		if q.follows && e.Code == "42883" { // undefined_function
			noOperator(e)
		}
	}
	var unsupported *encoder.UnsupportedError
	if q.selects && e.Status == http.StatusInternalServerError && errors.As(e.Err, &unsupported) {
		e.Status, e.Message, e.Public = http.StatusBadRequest, unsupported.Error(), true
	}
	complete(e)
}
