package rest

import (
	"net/http"
	"slices"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/blame"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/payload"
	"github.com/moresql/moresql/internal/sqlstate"
	"github.com/moresql/moresql/row"
)

// A writing is what a request writes to a relation (PostgREST's documentation, "Tables and Views").
type writing struct {
	kind     dialect.WriteKind
	put      bool          // the one row whose key is in the query
	rows     *payload.Rows // of the body, nil for a Delete
	defaults []string      // columns that an Update sets to their defaults
	key      []string      // by which an Insert finds rows that are there already, nil if it does not
	merge    bool          // it changes these
	reports  bool          // the response says what has been done with the rows
	counts   bool          // what is done with each row is counted
	upload   *upload       // a body that is not read yet, else nil
	prefer   preferences
}

// writesBy returns the rights that a method needs which writes rows, 0 for one that does not.
func writesBy(method string) catalog.Rights {
	switch method {
	case http.MethodPost:
		return catalog.MayInsert
	case http.MethodPut:
		return catalog.MayInsert | catalog.MayUpdate
	case http.MethodPatch:
		return catalog.MayUpdate
	case http.MethodDelete:
		return catalog.MayDelete
	}
	return 0
}

// newWriting returns what a request writes, without its rows.
func newWriting(r *http.Request) *writing {
	w := &writing{prefer: preferencesOf(r.Header)}
	switch r.Method {
	case http.MethodPut:
		w.put = true
	case http.MethodPatch:
		w.kind = dialect.Update
	case http.MethodDelete:
		w.kind = dialect.Delete
	}
	return w
}

// bindWrite reads what is written.
func (t *tabling) bindWrite(r *http.Request) (*moresql.Call, error) {
	query, err := binder.QueryArgs(r)
	if err != nil {
		return nil, err
	}
	w := newWriting(r)
	t.write = w
	c := &moresql.Call{
		Name: t.name(), Shape: row.List, Atomic: true, Query: []binder.Arg{}, Plan: t.plan,
	}
	o := payload.Options{Missing: w.prefer.missing == "default"}
	for _, a := range query {
		switch {
		case isColumns(a):
			o.Columns, err = t.columns(a)
		case a.Name == "on_conflict":
			w.key, err = t.columns(a)
		default:
			c.Query = append(c.Query, a)
		}
		if err != nil {
			return nil, err
		}
	}
	t.resolve()
	if w.kind == dialect.Delete {
		w.prefer.missing = ""
		return c, nil
	}
	if w.kind == dialect.Insert && !w.put && w.prefer.returns != "representation" {
		if err := w.openLines(r, o); err != nil {
			return nil, err
		}
		if spec(t.dialect).Stages() { // which do not count what is done with a row
			w.reports, w.counts = w.reports && len(w.key) == 0, false
		}
		if w.upload != nil {
			c.More = w.upload.insertAll
			return c, t.checkColumns(w.upload.first)
		}
	}
	if w.rows, err = readRows(r, o); err != nil {
		return nil, err
	}
	if w.kind == dialect.Update {
		if err := w.setOne(o); err != nil {
			return nil, err
		}
	}
	if err := t.checkColumns(w.rows); err != nil {
		return nil, err
	}
	if w.kind == dialect.Update && len(w.rows.Groups[0].Columns) == 0 {
		return c, nil // there is no value
	}
	for _, g := range w.rows.Groups {
		c.Names, c.Values = append(c.Names, "body"), append(c.Values, g.JSON)
	}
	return c, nil
}

// openLines opens a body of lines that is too large for one statement, and decides whether what is
// done with each of its rows is counted.
func (w *writing) openLines(r *http.Request, o payload.Options) (err error) {
	format, err := formatOf(r)
	if err != nil || format == nil {
		return err
	}
	w.reports = w.prefer.returns == "headers-only"
	w.counts = w.reports && len(w.key) > 0 && !o.Missing
	w.upload, err = openUpload(r, o)
	return err
}

// checkColumns refuses rows with a column that the relation does not have, or cannot set where it
// takes others.
func (t *tabling) checkColumns(rows *payload.Rows) error {
	right := catalog.MayInsert
	if t.write.kind == dialect.Update {
		right = catalog.MayUpdate
	}
	for _, name := range rows.Columns() {
		a := t.relation.Column(name)
		switch {
		case a == nil:
			return noColumn(name, t.relation)
		case a.Generated && spec(t.dialect).Stages(): // of which not every database has a code
			return generated(name)
		case !a.Generated && t.relation.Rights.May(right) && !a.Settable.May(right):
			return computed(name, t.relation)
		}
	}
	return nil
}

// columns returns the columns of the relation that a parameter of the query lists.
func (t *tabling) columns(a binder.Arg) ([]string, error) {
	names, err := columnNames(a)
	if err == nil && len(names) == 0 {
		err = emptyColumns(a.Name)
	}
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if t.relation.Column(name) == nil {
			return nil, noColumn(name, t.relation)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// resolve decides what happens to rows that are there already. A relation without a key has no
// such rows: the preference is left out.
func (t *tabling) resolve() {
	w := t.write
	resolution := w.prefer.resolution
	w.prefer.resolution = ""
	switch {
	case w.put:
		w.key, w.merge = t.relation.PrimaryKey, true
		return
	case w.kind != dialect.Insert || resolution == "":
		w.key = nil
		return
	case w.key == nil:
		w.key = t.relation.PrimaryKey
	}
	if len(w.key) > 0 {
		w.prefer.resolution, w.merge = resolution, resolution == "merge-duplicates"
	}
}

// setOne makes the rows the one that an Update takes its values from.
func (w *writing) setOne(o payload.Options) error {
	switch {
	case w.rows.Count > 1:
		return notOne()
	case w.rows.Count == 0: // then there is nothing to set
		w.rows.Groups[0].Columns = nil
	case o.Missing && o.Columns != nil:
		for _, name := range o.Columns {
			if !slices.Contains(w.rows.Groups[0].Columns, name) {
				w.defaults = append(w.defaults, name)
			}
		}
	}
	return nil
}

// returns returns what is sent of the rows that are written.
func (w *writing) returns(r *catalog.Relation) dialect.Returns {
	switch {
	case w.prefer.returns == "representation":
		return dialect.All
	case w.upload != nil, w.counts:
		return dialect.Nothing
	case w.prefer.returns == "headers-only" && w.kind == dialect.Insert && !w.put &&
		len(r.PrimaryKey) > 0:
		return dialect.Keys
	}
	return dialect.Nothing
}

// statement returns the Write of rows, nil for none.
func (w *writing) statement(relation *catalog.Relation, rows *payload.Rows) dialect.Write {
	in := dialect.Write{
		Kind: w.kind, Defaults: w.defaults, Key: w.key, Merge: w.merge, Returns: w.returns(relation),
		Counts: w.counts,
	}
	if rows == nil {
		return in
	}
	in.Texts = rows.Texts
	for i, g := range rows.Groups {
		in.Rows = append(in.Rows, dialect.Rows{Columns: g.Columns, Value: i})
	}
	in.Counts = w.counts && len(rows.Groups) == 1 && len(rows.Groups[0].Columns) > 0
	return in
}

// explainWrite completes the errors of a request that writes. What the database says of the
// statement names columns and types of the relation.
func (t *tabling) explainWrite(e *moresql.Error) {
	if code := sqlstate.Constraint(e.Err); code != "" && !e.Raised {
		e.Code, e.Status = code, sqlstate.Lookup(code, true)
		if e.Status < 500 {
			e.Message, e.Public = sqlstate.Public(e.Err), true
		}
	}
	switch {
	case e.Code == "55000" && t.relation.Kind == catalog.Table && isOfStatement(e): // a late key
		e.Status, e.Public = http.StatusBadRequest, true
		e.Hint = "name another unique key by on_conflict, or leave out the preference resolution"
	case (e.Code == "55000" || e.Code == "42809" && t.relation.Kind == catalog.MaterializedView) &&
		isOfStatement(e): // a view that no row can be written to
		e.Status, e.Public = http.StatusMethodNotAllowed, true
		e.Header = http.Header{"Allow": {t.allowed(t.relation)}}
	case e.Code == codeCardinality && t.write.merge && isOfStatement(e):
		e.Status, e.Public = http.StatusBadRequest, true
		e.Hint = "send each row once"
	case (e.Code == "428C9" || e.Code == "0A000" && sqlstate.Constraint(e.Err) != "") &&
		isOfStatement(e): // a generated column: the database's hint is for SQL
		e.Status, e.Public = http.StatusBadRequest, true
		e.Hint = hintGenerated
	case blamesFilter(e):
		e.Status, e.Public = http.StatusBadRequest, true
	}
	if t.write.rows != nil && sqlstate.Of(e.Err).Code != "" { // fields are in the body, as columns
		e.Problems = blame.Fields(nil, e.Err, t.write.rows.Columns(), []int{})
	}
	nameLine(e)
}
