package rest

import (
	"fmt"
	"slices"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/payload"
	"github.com/moresql/moresql/row"
)

const codeNoKey = "42P10" // on_conflict names no key, as PostgreSQL has it

// planStages has rows changed by several statements, where the database has no single one that
// returns them with their number: before that which reads what is sent of them, and for a Delete
// after it. What fails in between is an error as any other, unless a part of a long response has
// been sent by then.
func (w *outcome) planStages(p *moresql.Plan) error {
	c, d := w.call, spec(w.dialect)
	w.prepare(w.write.rows)
	if err := w.checkKey(); err != nil {
		return err
	}
	p.Statement, p.Values = moresql.Statement{Query: dialect.Savepoint, Bind: []int{}}, nil
	reread := &rereading{}
	if w.in.Returns == dialect.All {
		selected, err := d.Reread(w.in, nil)
		if err != nil {
			return err
		}
		p.Result = resultColumns(selected)
		refuseCut(p, &reread.Selected)
		if selected.Nothing {
			c.Shape = withoutColumns(c.Shape)
		}
	}
	p.First = func(run runner) (string, []any, error) {
		keys, err := w.change(run, c.Values)
		if err != nil || w.in.Returns != dialect.All {
			return dialect.Savepoint, nil, err
		}
		reread.keys = distinct(keys)
		reread.Selected, err = d.Reread(w.in, reread.keys)
		return reread.Query, chosen(reread.Extra, reread.Bind), err
	}
	if w.in.Kind != dialect.Delete && w.in.Returns == dialect.All && !w.node.HasInner() {
		p.Row = chain(p.Row, reread.count)
		c.More = followed(reread.check, c.More)
	}
	if w.in.Kind == dialect.Delete && w.in.Returns == dialect.All {
		c.More = followed(func(run runner) error { return d.Deletion(w.in, run) }, c.More)
	}
	return nil
}

// followed returns a function that runs f and then, if it is there, g.
func followed(f, g func(runner) error) func(runner) error {
	return func(run runner) error {
		if err := f(run); err != nil || g == nil {
			return err
		}
		return g(run)
	}
}

// A rereading is the statement for the rows that have been written, which goes by their keys.
type rereading struct {
	dialect.Selected
	keys [][]row.Value
	rows int
}

// count counts the rows.
func (r *rereading) count(*row.Row) error {
	r.rows++
	return nil
}

// check refuses a write whose rows are not all found again: a trigger has changed their keys.
func (r *rereading) check(runner) error {
	if r.rows < len(r.keys) {
		return notFoundAgain()
	}
	return nil
}

// distinct returns keys without those that are there before: a body may have a row twice.
func distinct(keys [][]row.Value) [][]row.Value {
	seen := map[string]bool{}
	return slices.DeleteFunc(keys, func(key []row.Value) bool {
		text := ""
		for _, v := range key {
			text += fmt.Sprintf("%d %q ", v.Kind(), v)
		}
		isThere := seen[text]
		seen[text] = true
		return isThere
	})
}

// change changes rows, and counts them. values are the bodies of the groups of rows.
func (w *outcome) change(run runner, values []any) (keys [][]row.Value, err error) {
	for i := range w.in.Rows {
		rows := &w.in.Rows[i]
		if len(values) == 0 { // there is nothing to set
			break
		}
		text, _ := values[rows.Value].(string)
		if rows.JSON, err = payload.Values(text, rows.Columns); err != nil {
			return nil, badRows(err)
		}
	}
	changed, err := spec(w.dialect).Change(w.in, run)
	if err != nil {
		return nil, err
	}
	w.sum.rows += changed.Rows
	w.sum.inserted += changed.Inserted
	if w.in.Returns == dialect.Keys && changed.Rows == 1 && len(changed.Keys) == 1 {
		filters := make([]string, len(changed.Keys[0]))
		for i, v := range changed.Keys[0] {
			if filters[i] = "eq." + v.String(); v.IsNull() {
				filters[i] = "is.null"
			}
		}
		w.located = location(w.relation, filters)
	}
	return changed.Keys, nil
}

// insertStaged inserts some rows of an upload.
func (w *outcome) insertStaged(run runner, rows *payload.Rows) error {
	w.prepare(rows)
	values := make([]any, len(rows.Groups))
	for i, g := range rows.Groups {
		values[i] = g.JSON
	}
	_, err := w.change(run, values)
	return err
}

// checkKey refuses columns that are no key to find rows by.
func (w *outcome) checkKey() error {
	isKey := func(key []string) bool {
		return len(key) == len(w.in.Key) && !slices.ContainsFunc(key, func(name string) bool {
			return !slices.Contains(w.in.Key, name)
		})
	}
	if len(w.in.Key) == 0 || isKey(w.relation.PrimaryKey) ||
		slices.ContainsFunc(w.relation.Unique, isKey) {
		return nil
	}
	return badRequest(codeNoKey,
		"there is no unique or exclusion constraint matching the ON CONFLICT specification",
		"name the columns of one key by on_conflict")
}

// chosen returns the values at some places of a list.
func chosen(values []any, at []int) []any {
	list := make([]any, len(at))
	for i, n := range at {
		list[i] = values[n]
	}
	return list
}
