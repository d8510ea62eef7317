package rest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/negotiate"
	"github.com/moresql/moresql/row"
)

// MaxCalls limits how many calls of Routines one request may batch. Without it only the limits of
// all requests hold: Limits.Body, Rows, Bytes and Timeout are those of the batch as a whole.
func MaxCalls(n int) moresql.Option {
	return use(func(v *view) { v.maxCalls = n })
}

// batches is the Resource of many calls of routines that run in one transaction.
type batches struct{ routines *routines }

func newBatches(res *routines) *view {
	v := newView(&batches{res})
	v.query = true
	return v
}

// Traits returns those of the calls.
func (res *batches) Traits() (moresql.Traits, bool) { return res.routines.Traits() }

// Match implements moresql.Resource.
func (res *batches) Match(r *http.Request) (*moresql.Operation, error) {
	b := &batch{batches: res, request: r}
	mediaType, err := batchType(r)
	if err == nil {
		b.lines = mediaType == typeLines
		mediaType, err = acceptBatch(r, mediaType)
	}
	if err != nil {
		return refusing(r, err), nil
	}
	b.writesLines = mediaType == typeLines
	return &moresql.Operation{
		Name: batchName, Bind: b.bind, Explain: explainBatch,
		Encoders: []encoder.Encoder{
			negotiate.Own{Encoder: encoder.Func(mediaType, b.encode), All: true},
		},
	}, nil
}

const (
	batchName = "a batch"
	typeArray = "application/json"
	typeLines = "application/x-ndjson"
)

// batchType returns the media type of the calls, which are JSON unless the header says what they
// are, as everywhere.
func batchType(r *http.Request) (string, error) {
	if r.Header.Get("Content-Type") == "" && r.Header.Get("Content-Encoding") == "" {
		return typeArray, nil
	}
	mediaType, err := binder.ContentType(r)
	switch {
	case err != nil:
		return "", err
	case isJSON(mediaType):
		return typeArray, nil
	case mediaType == typeLines:
		return typeLines, nil
	}
	return "", notCalls(mediaType)
}

// acceptBatch returns the media type of the results: that of the calls, unless the request prefers
// the other.
func acceptBatch(r *http.Request, own string) (string, error) {
	types := []string{typeArray, typeLines}
	if own == typeLines {
		slices.Reverse(types)
	}
	accept := r.Header.Values("Accept")
	if len(accept) == 0 {
		return own, nil
	}
	i, ok := negotiate.Accept(accept, types)
	if !ok {
		return "", notBatched()
	}
	return types[i], nil
}

// A batch is the state of one request for many calls.
type batch struct {
	*batches
	view        *view // of this request, with what all views of it are for
	request     *http.Request
	lines       bool // the calls are lines
	writesLines bool // the results are
	reader      *callReader
	call        *moresql.Call
	held        interface{ Keep(int64) } // the body, of Limits.Memory, or nil
}

func (b *batch) bind(r *http.Request) (*moresql.Call, error) {
	switch query, err := binder.QueryArgs(r); {
	case err != nil:
		return nil, err
	case len(query) > 0:
		return nil, notChosen(query[0].Name)
	}
	b.view = r.Context().Value(viewKey{}).(*viewing).view
	b.reader = newCallReader(arriving{r.Body}, b.lines)
	b.held, _ = r.Body.(interface{ Keep(int64) })
	b.call = &moresql.Call{
		Name: batchName, Shape: row.Maybe, Atomic: true, Query: []binder.Arg{}, Plan: b.plan,
		More: func(runner) error { return nil }, // the body is read while the response is written
	}
	return b.call, nil
}

// plan writes a statement that does nothing: it begins the transaction. Before the calls it reads
// what has been set of the response for the batch itself, by a statement before this one.
func (b *batch) plan(context.Context, *moresql.Call, string) (*moresql.Plan, error) {
	d, _ := b.routines.dialect(b.routines.catalog.Current().Database())
	p := &moresql.Plan{
		Statement: moresql.Statement{Query: spec(d).NoRows(), Bind: []int{}}, Dialect: d,
	}
	if settings := spec(d).Settings(); settings != nil && b.view.settings {
		p.Statement.Query, p.Meta = settings.Response+", NULL, NULL", 3 // there is no row but these
		p.Reply = func(status int, meta, _ []row.Value, _ int64) (int, http.Header, error) {
			header := http.Header{}
			status, err := applySettings(status, header, meta)
			return status, header, err
		}
	}
	return p, nil
}

// encode runs the calls, and writes the result of each.
func (b *batch) encode(w io.Writer, _ *row.Rows) error {
	before, end, results := "[", "]", w
	if b.writesLines {
		before, end, results = "", "", lineWriter{w}
	}
	open := before
	err := b.call.RunAll(b.calls, func(_ *moresql.Call, rows *row.Rows) error {
		if _, err := io.WriteString(w, before); err != nil {
			return err
		}
		if before = ","; b.writesLines {
			before = "\n"
		}
		return writeResult(results, rows)
	})
	switch {
	case err != nil:
		return err
	case before == open:
		end = open + end
	case b.writesLines:
		end = "\n"
	}
	_, err = io.WriteString(w, end)
	return err
}

// writeResult writes what a call alone would have for a response, null if that is nothing.
func writeResult(w io.Writer, rows *row.Rows) error {
	columns := rows.Columns()
	if len(columns) > 0 && columns[0].Kind != row.Void {
		return encoder.JSON().Encode(w, rows)
	}
	_, err := io.WriteString(w, "null")
	return err
}

// atMost returns a function that fails for the row after the first n: a batch has no pages.
func atMost(n int64) func(*row.Row) error {
	seen := int64(0)
	return func(*row.Row) error {
		if seen++; seen > n {
			return tooMany(n)
		}
		return nil
	}
}

// calls reads the calls of the body.
func (b *batch) calls(yield func(*moresql.Call, error) bool) {
	for n := 0; ; n++ {
		text, err := b.reader.next()
		if err == io.EOF {
			return
		}
		if b.held != nil {
			b.held.Keep(4 * batchBytes)
		}
		var c *moresql.Call
		switch limit := b.view.maxCalls; {
		case err != nil:
		case limit > 0 && n == limit:
			err = tooManyCalls(limit)
		default:
			c, err = b.callOf(text)
		}
		if !yield(c, badBody(err)) {
			return
		}
	}
}

// callOf returns the call of a routine, with its name alone if there is an error.
func (b *batch) callOf(text string) (*moresql.Call, error) {
	name, args, err := parseCall(text)
	if err != nil {
		return nil, err
	}
	snapshot := b.routines.catalog.Current()
	named := &moresql.Call{Name: fmt.Sprintf("%.63s", name)} // it may be no name, and long
	overloads, schemas, err := lookup(snapshot, b.request, name)
	if err == nil && len(overloads) == 0 {
		err = noFunction(snapshot, name)
	}
	if err != nil {
		return named, err
	}
	m := &matching{
		routines: b.routines, snapshot: snapshot, database: snapshot.Database(), overloads: overloads,
		schemas: schemas, reloads: snapshot.Reloads(),
	}
	m.operation.Name = qualified(&overloads[0])
	named.Name = m.operation.Name
	if m.matched, err = matchCall(overloads, args); err != nil {
		return named, err
	}
	c, err := m.call()
	if err != nil {
		return named, err
	}
	if b.view.settings { // what decides by the path has to see that of the call alone
		path := strings.TrimSuffix(requestPath(b.request), "/") + "/" + name
		c.Settings = [][2]string{{"request.path", path}}
	}
	c.Plan = b.planCall(c.Plan)
	return c, nil
}

// planCall returns what writes the statement of a call with what the view is for: a batch has no
// pages, and what a call sets of a response is read after its rows.
func (b *batch) planCall(
	write func(context.Context, *moresql.Call, string) (*moresql.Plan, error),
) func(context.Context, *moresql.Call, string) (*moresql.Plan, error) {
	return func(ctx context.Context, c *moresql.Call, mediaType string) (*moresql.Plan, error) {
		p, err := write(ctx, c, mediaType)
		if err == nil && b.view.maxPage > 0 {
			p.Row = chain(p.Row, atMost(b.view.maxPage))
		}
		if err == nil && b.view.settings {
			err = trailSettings(p)
		}
		return p, err
	}
}
