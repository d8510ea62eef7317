package exec

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/row"
)

// A pipeDB is a fakeDB whose driver sends the beginning of a transaction together.
type pipeDB struct{ *fakeDB }

type pipeConn struct{ *fakeConn }

func (f pipeDB) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := f.fakeDB.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return pipeConn{c.(*fakeConn)}, nil
}

func (c pipeConn) BeginQuery(ctx context.Context, readOnly bool, texts []string, args [][]driver.NamedValue) (tx driver.Tx, rows driver.Rows, err error) {
	c.db.note("together %d", len(texts))
	if tx, err = c.BeginTx(ctx, driver.TxOptions{ReadOnly: readOnly}); err != nil {
		return nil, nil, err
	}
	for i, text := range texts {
		if i > 0 {
			rows.Close()
		}
		if rows, err = c.QueryContext(ctx, text, args[i]); err != nil {
			return tx, nil, err
		}
	}
	return tx, rows, nil
}

// TestPipeline says what a driver is given to send together, and how the transaction ends.
func TestPipeline(t *testing.T) {
	commit := Options{Tx: true}
	for _, tt := range []struct {
		why     string
		answers map[string]answer
		options Options
		finish  bool
		trailer string
		err     string
		seen    string
	}{
		{"all statements", nil, commit, true, "", "", "together 2, begin read only false, query a, query b, commit"},
		{"to read only", nil, Options{ReadOnly: true}, true, "", "", "together 2, begin read only true, query a, query b, rollback"},
		{"what is asked last comes later", nil, commit, true, "last", "", "together 2, begin read only false, query a, query b, query last, commit"},
		{"nothing without a transaction", nil, Options{}, true, "", "", "query a, query b"},
		{"it does not begin", map[string]answer{"begin": {err: errFake}}, commit, true, "", errFake.Error(), "together 2, begin read only false"},
		{"the first fails", map[string]answer{"a": {err: errFake}}, commit, true, "", errFake.Error(), "together 2, begin read only false, query a, rollback"},
		{"the last fails", map[string]answer{"b": {err: errFake}}, commit, true, "", errFake.Error(), "together 2, begin read only false, query a, query b, rollback"},
		{"its rows fail", map[string]answer{"b": {rows: 2, end: errFake}}, commit, true, "", errFake.Error(), "together 2, begin read only false, query a, query b, rollback"},
		{"they are not there", map[string]answer{"b": {none: true, end: errFake}}, commit, true, "", errFake.Error(), "together 2, begin read only false, query a, query b, rollback"},
		{"they are not read to the end", nil, commit, false, "", "", "together 2, begin read only false, query a, query b, rollback"},
		{"the commit fails", map[string]answer{"commit": {err: errFake}}, commit, true, "", errFake.Error(), "together 2, begin read only false, query a, query b, commit"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			leaktest.Check(t)
			f := &fakeDB{able: modern | checks, answers: tt.answers, check: func(*driver.NamedValue) error { return nil }}
			db := sql.OpenDB(pipeDB{f})
			defer db.Close()
			var err error
			if tt.finish {
				err = complete(t.Context(), db, texts("a b"), tt.options, tt.trailer, func([]row.Value) error { return nil })
			} else {
				err = call(t.Context(), db, texts("a b"), tt.options, func(*row.Rows) error { return nil })
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%v, want %q", err, tt.err)
			}
			if seen := f.seen(); seen != tt.seen {
				t.Errorf("the database saw\n\t%s; want\n\t%s", seen, tt.seen)
			}
			if n := db.Stats().InUse; n != 0 || f.wrong != nil {
				t.Errorf("%d connections in use; %v", n, f.wrong)
			}
		})
	}
}

// Arguments that the driver refuses end the call before anything is sent.
func TestPipelineArguments(t *testing.T) {
	f := &fakeDB{able: modern | checks, check: func(*driver.NamedValue) error { return errFake }}
	db := sql.OpenDB(pipeDB{f})
	defer db.Close()
	err := call(t.Context(), db, []Statement{{Text: "a", Args: []any{1}}}, Options{Tx: true}, (*row.Rows).Finish)
	if err == nil || !strings.Contains(err.Error(), errFake.Error()) || f.seen() != "" {
		t.Error(err)
	}
}
