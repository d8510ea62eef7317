package exec

import (
	"cmp"
	"database/sql/driver"
	"errors"
	"fmt"
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
)

// TestStatementsAreSentOnce lets connections break. database/sql sends a statement again when the
// driver says that the connection is bad, even if the statement has arrived; Run never does.
func TestStatementsAreSentOnce(t *testing.T) {
	const prepared = fakedb.Prepares | fakedb.RunsPrepared
	bad := fakedb.Result{Err: driver.ErrBadConn}
	for _, test := range []struct {
		reason string
		can    fakedb.Ability
		result fakedb.Result
		times  int // that database/sql sends it
	}{
		{"the query breaks the connection", fakedb.Modern, bad, 3},
		{
			reason: "the error is wrapped",
			can:    fakedb.Modern,
			result: fakedb.Result{Err: fmt.Errorf("read tcp: %w", driver.ErrBadConn)},
			times:  3,
		},
		{"a prepared statement breaks the connection", prepared, bad, 3},
		{"a driver from before contexts breaks the connection", 0, bad, 3},
		{
			reason: "after rows it is too late for anybody",
			can:    fakedb.Modern,
			result: fakedb.Result{Rows: 2, End: driver.ErrBadConn},
			times:  1,
		},
		{"it is another error", fakedb.Modern, fakedb.Result{Err: errFake}, 1},
	} {
		t.Run(test.reason, func(t *testing.T) {
			results := map[string]fakedb.Result{"a": test.result}
			want := cmp.Or(test.result.Err, test.result.End)
			f := &fakedb.DB{Can: test.can, Results: results}
			rows, err := f.Open(t).QueryContext(t.Context(), "a")
			if err == nil {
				for rows.Next() {
				}
				err = rows.Err()
				rows.Close()
			}
			if n := len(f.Args()); n != test.times || !errors.Is(err, want) {
				t.Errorf("database/sql has sent it %d times, %v; want %d, %v", n, err, test.times, want)
			}
			for _, o := range []Options{{}, {ReadOnly: true}} {
				if o.ReadOnly && test.can&fakedb.Begins == 0 {
					continue
				}
				f := &fakedb.DB{Can: test.can, Results: results}
				_, err := count(t.Context(), f.Open(t), "a", o)
				if n := len(f.Args()); n != 1 || !errors.Is(err, want) {
					t.Errorf("%+v: sent %d times, %v; want once, %v", o, n, err, want)
				}
			}
		})
	}
}

// TestLostConnectionsAreDropped, and the error is driver.ErrBadConn: moresql responds with 503
// then.
func TestLostConnectionsAreDropped(t *testing.T) {
	type results = map[string]fakedb.Result
	const prepared = fakedb.Prepares | fakedb.RunsPrepared
	bad := fakedb.Result{Err: driver.ErrBadConn}
	lost := fakedb.Result{Err: errFake, Lost: true}
	readOnly := Options{ReadOnly: true}
	for _, test := range []struct {
		reason  string
		can     fakedb.Ability
		results results
		options Options
	}{
		{"the driver reports it", fakedb.Modern, results{"b": bad}, Options{}},
		{
			reason:  "the driver reports it in rows",
			can:     fakedb.Modern,
			results: results{"b": {Rows: 2, End: driver.ErrBadConn}},
		},
		{
			reason:  "the driver reports it in rows of an earlier statement",
			can:     fakedb.Modern,
			results: results{"a": {Rows: 2, End: driver.ErrBadConn}},
		},
		{"the driver reports it at BEGIN", fakedb.Modern, results{"begin": bad}, readOnly},
		{"the driver reports it when it prepares", prepared, results{"prepare b": bad}, Options{}},

		// The driver has another error, and only its Validator knows.
		{"it is found out", fakedb.Modern, results{"b": lost}, Options{}},
		{
			reason:  "it is found out in rows",
			can:     fakedb.Modern,
			results: results{"b": {Rows: 2, End: errFake, Lost: true}},
		},
		{
			reason:  "it is found out in rows of an earlier statement",
			can:     fakedb.Modern,
			results: results{"a": {Rows: 2, End: errFake, Lost: true}},
		},
		{
			reason:  "it is found out before there are rows",
			can:     fakedb.Modern,
			results: results{"b": {Sets: fakedb.Nothing, End: errFake, Lost: true}},
		},
		{"it is found out in an earlier statement", fakedb.Modern, results{"a": lost}, Options{}},
		{"it is found out at BEGIN", fakedb.Modern, results{"begin": lost}, readOnly},
		{"it is found out by preparing", prepared, results{"prepare b": lost}, Options{}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			f := &fakedb.DB{Can: test.can, Results: test.results}
			db := f.Open(t)
			_, err := count(t.Context(), db, "a b", test.options)
			if !errors.Is(err, driver.ErrBadConn) {
				t.Errorf("the error is %v, want one that is driver.ErrBadConn", err)
			}
			for _, r := range test.results {
				if want := cmp.Or(r.Err, r.End); !errors.Is(err, want) {
					t.Errorf("the error is %v, want the driver's own too: %v", err, want)
				}
			}
			if s := db.Stats(); s.InUse != 0 || s.OpenConnections != 0 {
				t.Errorf("%d connections in use, %d open; want none", s.InUse, s.OpenConnections)
			}
			if n, err := count(t.Context(), db, "c", Options{}); n != 1 || err != nil {
				t.Errorf("the next call has %d rows, %v", n, err)
			}
		})
	}
}

// TestLossWithoutAnErrorIsNone: a connection may turn out lost when all that was wanted of it has
// arrived. The pool calls the Validator itself.
func TestLossWithoutAnErrorIsNone(t *testing.T) {
	results := map[string]fakedb.Result{"a": {Rows: 2, Lost: true}}
	f := &fakedb.DB{Can: fakedb.Modern, Results: results}
	db := f.Open(t)
	if n, err := count(t.Context(), db, "a", Options{}); n != 2 || err != nil {
		t.Errorf("%d rows, %v; want 2", n, err)
	}
	if n := db.Stats().OpenConnections; n != 0 {
		t.Errorf("%d connections are open, want none", n)
	}
}

// TestConnectionsLostAtTheEndAreDropped although the call itself was a success.
func TestConnectionsLostAtTheEndAreDropped(t *testing.T) {
	for _, test := range []struct {
		reason  string
		results map[string]fakedb.Result
		options Options
	}{
		{
			reason:  "the rollback loses it",
			results: map[string]fakedb.Result{"rollback": {Err: driver.ErrBadConn}},
			options: Options{ReadOnly: true},
		},
		{
			reason:  "closing the rows loses it",
			results: map[string]fakedb.Result{"a": {Rows: 2, CloseErr: driver.ErrBadConn}},
		},
	} {
		f := &fakedb.DB{Can: fakedb.Modern, Results: test.results}
		db := f.Open(t)
		if err := call(t.Context(), db, texts("a"), test.options, unread); err != nil {
			t.Errorf("%s: %v", test.reason, err)
		}
		if n := db.Stats().OpenConnections; n != 0 {
			t.Errorf("%s: the lost connection is back in the pool", test.reason)
		}
	}
}

// TestLossIsProbedAfterAFailure where the driver has no Validator that reports it, as pgx: the pool
// would hand the connection on to the next call.
func TestLossIsProbedAfterAFailure(t *testing.T) {
	for _, test := range []struct {
		reason string
		result fakedb.Result
		open   int
	}{
		{"it is lost, and no error says so", fakedb.Result{Err: errors.New("gone"), Lost: true}, 0},
		{"it is not lost", fakedb.Result{Err: errors.New("wrong")}, 1},
		{"nothing is wrong", fakedb.Result{Rows: 1}, 1},
	} {
		f := &fakedb.DB{
			Can:     fakedb.Queries | fakedb.Prepares | fakedb.Resets,
			Results: map[string]fakedb.Result{"f": test.result},
		}
		db := f.Open(t)
		_, err := count(t.Context(), db, "f", Options{})
		n := db.Stats().OpenConnections
		if n != test.open || (err != nil) != (test.result.Err != nil) {
			t.Errorf("%s: %d connections are open, %v", test.reason, n, err)
		}
	}
}
