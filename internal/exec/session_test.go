package exec

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/moresql/moresql/row"
)

var errFake = errors.New("division by zero")

// texts makes statements of their texts.
func texts(names string) (statements []Statement) {
	for text := range strings.FieldsSeq(names) {
		statements = append(statements, Statement{Text: text})
	}
	return statements
}

// call runs statements and passes the rows of the last to use.
func call(ctx context.Context, db Querier, statements []Statement, o Options, use func(*row.Rows) error) error {
	r, err := Run(ctx, db, statements, o)
	if err != nil {
		return err
	}
	defer r.Close()
	return r.Explain(use(r.Rows()))
}

// complete runs statements to the end: what the trailer returns is used, and the transaction committed.
func complete(ctx context.Context, db Querier, statements []Statement, o Options, trailer string, use func([]row.Value) error) error {
	r, err := Run(ctx, db, statements, o)
	if err != nil {
		return err
	}
	defer r.Close()
	if trailer != "" {
		values, err := r.Trailer(Statement{Text: trailer})
		if err != nil {
			return err
		}
		if err := use(values); err != nil {
			return r.Explain(err)
		}
	}
	return r.Commit()
}

// count runs statements and counts the rows of the last.
func count(ctx context.Context, db Querier, names string, o Options) (n int, err error) {
	err = call(ctx, db, texts(names), o, func(rows *row.Rows) error {
		for _, err := range rows.All() {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// TestRun says what reaches the database, in what order, of what a driver can do.
func TestRun(t *testing.T) {
	skip := map[string]answer{"a": {err: driver.ErrSkip, rows: 1}}
	readOnly := Options{ReadOnly: true}
	tests := []struct {
		why     string
		able    ability
		answers map[string]answer
		texts   string
		options Options
		want    int // rows
		err     string
		seen    string
	}{
		{"a statement is sent as it is", modern, nil, "a", Options{}, 1, "", "query a"},
		{"no rows", modern, map[string]answer{"a": {}}, "a", Options{}, 0, "", "query a"},
		{"no columns", modern, map[string]answer{"a": {none: true}}, "a", Options{}, 0, "", "query a"},
		{"and an error there", modern, map[string]answer{"a": {none: true, end: errFake}}, "a", Options{}, 0, errFake.Error(), "query a"},
		{"a driver has it prepared first", modern, skip, "a", Options{}, 1, "", "skip a, prepare a, run a, close a"},
		{"or always", prepares | runs, nil, "a", Options{}, 1, "", "prepare a, run a, close a"},
		{"what cannot be prepared is not sent", prepares | runs, map[string]answer{"prepare a": {err: errFake}}, "a", Options{}, 0, errFake.Error(), "prepare a"},
		{"what fails is closed", prepares | runs, map[string]answer{"a": {err: errFake}}, "a", Options{}, 0, errFake.Error(), "prepare a, run a, close a"},

		{"one after the other", modern, nil, "a b c", Options{}, 1, "", "query a, query b, query c"},
		{"the rows are those of the last", modern, map[string]answer{"a": {rows: 5}, "b": {rows: 2}}, "a b", Options{}, 2, "", "query a, query b"},
		{"nothing follows a statement that fails", modern, map[string]answer{"a": {err: errFake}}, "a b", Options{}, 0, errFake.Error(), "query a"},
		{"or that fails behind its rows, which nobody wants", modern, map[string]answer{"a": {rows: 5, end: errFake}}, "a b", Options{}, 0, errFake.Error(), "query a"},
		{"or when they are closed", modern, map[string]answer{"a": {closing: errFake}}, "a b", Options{}, 0, errFake.Error(), "query a"},
		{"the last one's error comes after its rows", modern, map[string]answer{"b": {rows: 2, end: errFake}}, "a b", Options{}, 2, errFake.Error(), "query a, query b"},
		{"also that of closing them", modern, map[string]answer{"b": {rows: 2, closing: errFake}}, "a b", Options{}, 2, errFake.Error(), "query a, query b"},

		{"read only", modern, nil, "a", readOnly, 1, "", "begin read only true, query a, rollback"},
		{"all in one transaction", modern, nil, "a b", readOnly, 1, "", "begin read only true, query a, query b, rollback"},
		{"which ends after an error", modern, map[string]answer{"a": {err: errFake}}, "a b", readOnly, 0, errFake.Error(), "begin read only true, query a, rollback"},
		{"or an error in rows", modern, map[string]answer{"b": {rows: 3, end: errFake}}, "a b", readOnly, 3, errFake.Error(), "begin read only true, query a, query b, rollback"},
		{"what was prepared is closed when the transaction is over", modern, skip, "a", readOnly, 1, "", "begin read only true, skip a, prepare a, run a, rollback, close a"},

		// What follows goes through database/sql, which serves any driver.
		{"a driver of before contexts", 0, nil, "a b", Options{}, 1, "", "prepare a, old run a, close a, prepare b, old run b, close b"},
		{"its errors", 0, map[string]answer{"a": {rows: 2, end: errFake}}, "a b", Options{}, 0, errFake.Error(), "prepare a, old run a, close a"},
		{"only the preparing has a context", prepares, nil, "a", Options{}, 1, "", "prepare a, old run a, close a"},
		{"there is nothing behind ErrSkip", queries, skip, "a", Options{}, 1, "", "skip a, prepare a, old run a, close a"},
		{"no read-only transactions without a context, and no call without the transaction", queries | prepares | runs, nil, "a", readOnly, 0, "read-only", ""},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			f := &fakeDB{able: tt.able, answers: tt.answers}
			n, err := count(t.Context(), f.open(t), tt.texts, tt.options)
			if n != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%d rows, %v; want %d, %q", n, err, tt.want, tt.err)
			}
			if seen := f.seen(); seen != tt.seen || f.opened != 1 {
				t.Errorf("on %d connections the database saw\n\t%s; want\n\t%s", f.opened, seen, tt.seen)
			}
		})
	}
}

// TestCommit says when a transaction is committed: when the rows have been read to the end without an error, and what was
// to be asked last has been.
func TestCommit(t *testing.T) {
	commit := Options{Tx: true}
	without := Options{}
	for _, tt := range []struct {
		why     string
		able    ability
		answers map[string]answer
		options Options
		finish  bool
		trailer string
		refuse  error // of whoever reads the trailer
		err     string
		seen    string
	}{
		{"after the rows", modern, nil, commit, true, "", nil, "", "begin read only false, query a, query b, commit"},
		{"not when they were not read to the end", modern, nil, commit, false, "", nil, "", "begin read only false, query a, query b, rollback"},
		{"nor when they fail", modern, map[string]answer{"b": {rows: 3, end: errFake}}, commit, true, "", nil, errFake.Error(), "begin read only false, query a, query b, rollback"},
		{"nor when one before them fails", modern, map[string]answer{"a": {err: errFake}}, commit, true, "", nil, errFake.Error(), "begin read only false, query a, rollback"},
		{"it may fail itself", modern, map[string]answer{"commit": {err: errFake}}, commit, true, "", nil, errFake.Error(), "begin read only false, query a, query b, commit"},
		{"it may read only", modern, nil, Options{Tx: true, ReadOnly: true}, true, "", nil, "", "begin read only true, query a, query b, commit"},
		{"something is asked last", modern, nil, commit, true, "last", nil, "", "begin read only false, query a, query b, query last, commit"},
		{"without a transaction too", modern, nil, without, true, "last", nil, "", "query a, query b, query last"},
		{"whose error ends all", modern, map[string]answer{"last": {err: errFake}}, commit, true, "last", nil, errFake.Error(), "begin read only false, query a, query b, query last, rollback"},
		{"also that of its rows", modern, map[string]answer{"last": {rows: 1, end: errFake}}, commit, true, "last", nil, errFake.Error(), "begin read only false, query a, query b, query last, rollback"},
		{"and of who reads them", modern, nil, commit, true, "last", errFake, errFake.Error(), "begin read only false, query a, query b, query last, rollback"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			f := &fakeDB{able: tt.able, answers: tt.answers}
			db, err := f.open(t), error(nil)
			if tt.finish {
				err = complete(t.Context(), db, texts("a b"), tt.options, tt.trailer, func([]row.Value) error { return tt.refuse })
			} else {
				err = call(t.Context(), db, texts("a b"), tt.options, func(*row.Rows) error { return nil })
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%v; want %q", err, tt.err)
			}
			if seen := f.seen(); seen != tt.seen {
				t.Errorf("the database saw\n\t%s; want\n\t%s", seen, tt.seen)
			}
		})
	}
}

// A connection that cannot be had is told from one that a statement has lost.
func TestConnectError(t *testing.T) {
	db := new(fakeDB).open(t)
	db.Close()
	if _, err := count(t.Context(), db, "a", Options{}); !errors.As(err, new(*ConnectError)) {
		t.Errorf("error = %v", err)
	}
}

// TestOnce lets connections break. database/sql sends a statement again when the driver says that the connection is bad,
// even if it has arrived there; Run never does.
func TestOnce(t *testing.T) {
	wrapped := fmt.Errorf("read tcp: %w", driver.ErrBadConn)
	tests := []struct {
		why    string
		able   ability
		answer answer
		sql    int // times that database/sql sends it
	}{
		{"the query breaks the connection", modern, answer{err: driver.ErrBadConn}, 3},
		{"an error may be around", modern, answer{err: wrapped}, 3},
		{"in a prepared statement", prepares | runs, answer{err: driver.ErrBadConn}, 3},
		{"in one of a driver without contexts", 0, answer{err: driver.ErrBadConn}, 3},
		{"after rows it is too late for anybody", modern, answer{rows: 2, end: driver.ErrBadConn}, 1},
		{"another error", modern, answer{err: errFake}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			answers, want := map[string]answer{"a": tt.answer}, cmp.Or(tt.answer.err, tt.answer.end)
			f := &fakeDB{able: tt.able, answers: answers}
			rows, err := f.open(t).QueryContext(t.Context(), "a")
			if err == nil {
				for rows.Next() {
				}
				err = rows.Err()
				rows.Close()
			}
			if len(f.args) != tt.sql || !errors.Is(err, want) {
				t.Errorf("database/sql has sent it %d times, %v; want %d, %v", len(f.args), err, tt.sql, want)
			}
			for _, o := range []Options{{}, {ReadOnly: true}} {
				if o.ReadOnly && tt.able&begins == 0 {
					continue
				}
				f := &fakeDB{able: tt.able, answers: answers}
				if _, err := count(t.Context(), f.open(t), "a", o); len(f.args) != 1 || !errors.Is(err, want) {
					t.Errorf("%+v: sent %d times, %v; want once, %v", o, len(f.args), err, want)
				}
			}
		})
	}
}

// TestUse says that the connection comes back whatever is done with the rows, by those who panic too.
func TestUse(t *testing.T) {
	tests := []struct {
		why  string
		able ability
		use  func(*row.Rows) error
		open int // connections, afterwards
	}{
		{"all rows are read", modern, (*row.Rows).Finish, 1},
		{"no row is", modern, func(*row.Rows) error { return nil }, 1},
		{"only the first is", modern, func(rows *row.Rows) error {
			for range rows.All() {
				break
			}
			return nil
		}, 1},
		{"it fails", modern, func(*row.Rows) error { return errFake }, 1},
		{"it closes them itself", modern, (*row.Rows).Close, 1},
		{"it panics", modern, func(*row.Rows) error { panic(errFake) }, 1},
		{"it ends its goroutine, as FailNow does", modern, func(*row.Rows) error { runtime.Goexit(); return nil }, 1},
		{"only the first is, of a driver without contexts", 0, func(rows *row.Rows) error {
			for range rows.All() {
				break
			}
			return nil
		}, 1},
		{"it panics, through database/sql", 0, func(*row.Rows) error { panic(errFake) }, 1},
	}
	for _, tt := range tests {
		for _, o := range []Options{{}, {ReadOnly: true}} {
			if o.ReadOnly && tt.able&begins == 0 {
				continue
			}
			t.Run(fmt.Sprintf("%s/%+v", tt.why, o), func(t *testing.T) {
				f := &fakeDB{able: tt.able, answers: map[string]answer{"a": {rows: 3}}}
				db := f.open(t)
				ended := make(chan any)
				go func() {
					defer close(ended)
					defer func() {
						if err := recover(); err != nil && err != errFake {
							t.Error("panic:", err)
						}
					}()
					call(t.Context(), db, texts("a"), o, tt.use)
				}()
				<-ended
				if s := db.Stats(); s.InUse != 0 || s.OpenConnections != tt.open {
					t.Errorf("%d connections in use, %d open; want 0, %d", s.InUse, s.OpenConnections, tt.open)
				}
				if seen := f.seen(); o.ReadOnly && seen != "begin read only true, query a, rollback" {
					t.Errorf("the database saw %s", seen)
				}
			})
		}
	}
}

// TestLost says that a connection which is lost does not go back, and that the error tells of it: moresql answers 503 then.
func TestLost(t *testing.T) {
	tests := []struct {
		why     string
		answers map[string]answer
		options Options
	}{
		{"the driver says ErrBadConn", map[string]answer{"b": {err: driver.ErrBadConn}}, Options{}},
		{"in rows", map[string]answer{"b": {rows: 2, end: driver.ErrBadConn}}, Options{}},
		{"in rows of a statement before", map[string]answer{"a": {rows: 2, end: driver.ErrBadConn}}, Options{}},
		{"when it begins", map[string]answer{"begin": {err: driver.ErrBadConn}}, Options{ReadOnly: true}},
		{"the driver has another error, and only IsValid says it", map[string]answer{"b": {err: errFake, lost: true}}, Options{}},
		{"in rows", map[string]answer{"b": {rows: 2, end: errFake, lost: true}}, Options{}},
		{"in a statement before", map[string]answer{"a": {err: errFake, lost: true}}, Options{}},
		{"when it begins", map[string]answer{"begin": {err: errFake, lost: true}}, Options{ReadOnly: true}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			f := &fakeDB{able: modern, answers: tt.answers}
			db := f.open(t)
			_, err := count(t.Context(), db, "a b", tt.options)
			if !errors.Is(err, driver.ErrBadConn) {
				t.Errorf("the error is %v, want one that is driver.ErrBadConn", err)
			}
			for _, a := range tt.answers {
				if want := cmp.Or(a.err, a.end); !errors.Is(err, want) {
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

// TestLostQuietly: a connection may be found lost while all that was asked of it is there. It is no error of the call, and the pool
// asks IsValid itself.
func TestLostQuietly(t *testing.T) {
	f := &fakeDB{able: modern, answers: map[string]answer{"a": {rows: 2, lost: true}}}
	db := f.open(t)
	if n, err := count(t.Context(), db, "a", Options{}); n != 2 || err != nil {
		t.Errorf("%d rows, %v; want 2", n, err)
	}
	if n := db.Stats().OpenConnections; n != 0 {
		t.Errorf("%d connections are open, want none", n)
	}
}

// TestUnfinished leaves results that take for ever. After drainTime the statement is cancelled, and the connection is back.
func TestUnfinished(t *testing.T) {
	forever := map[string]answer{"a": {rows: 3, endless: true}}
	one := func(rows *row.Rows) error {
		for _, err := range rows.All() {
			return err
		}
		return nil
	}
	tests := []struct {
		why     string
		answers map[string]answer
		options Options
		use     func(*row.Rows) error
		err     error
		seen    string
	}{
		{"nobody wants the rest", forever, Options{}, one, nil, "query a, cancel a"},
		{"not even the first row", forever, Options{}, func(*row.Rows) error { return nil }, nil, "query a, cancel a"},
		{"in a transaction, which is rolled back all the same", forever, Options{ReadOnly: true}, one, nil, "begin read only true, query a, cancel a, rollback"},
		{"the client has gone", forever, Options{}, func(*row.Rows) error { return errFake }, errFake, "query a, cancel a"},
		{"what arrives in time is not cancelled", map[string]answer{"a": {rows: 3}}, Options{}, one, nil, "query a"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			f := &fakeDB{able: modern, answers: tt.answers}
			db := f.open(t)
			if err := call(t.Context(), db, texts("a"), tt.options, tt.use); err != tt.err {
				t.Errorf("Run = %v, want %v: to cancel what nobody wants is no error", err, tt.err)
			}
			if seen := f.seen(); seen != tt.seen {
				t.Errorf("the database saw %s; want %s", seen, tt.seen)
			}
			if s := db.Stats(); s.InUse != 0 || s.OpenConnections != 1 {
				t.Errorf("%d connections in use, %d open; want 0, 1", s.InUse, s.OpenConnections)
			}
		})
	}
}

// TestCancel: rows end with the context, whether the driver looks at it or has rows for ever.
func TestCancel(t *testing.T) {
	for _, able := range []ability{modern, prepares | runs, 0} {
		for _, names := range []string{"a", "b a", "a b"} { // the result, or one before it
			for why, a := range map[string]answer{
				"the driver has rows for ever": {rows: math.MaxInt},
				"the driver waits for more":    {rows: 3, endless: true},
			} {
				if a.endless && able == 0 {
					continue // nothing would end it, as its statement has no context
				}
				ctx, cancel := context.WithCancel(t.Context())
				last := 0
				a.onRow = func(n int) {
					if last = n; n == 3 {
						cancel()
					}
				}
				f := &fakeDB{able: able, answers: map[string]answer{"a": a}}
				db := f.open(t)
				// database/sql hears of the context in another goroutine, which may take a few rows more
				if _, err := count(ctx, db, names, Options{}); !errors.Is(err, context.Canceled) || able != 0 && last != 3 {
					t.Errorf("%s, %s: %v after %d rows; want context.Canceled after 3", names, why, err, last)
				}
				if n := db.Stats().InUse; n != 0 {
					t.Errorf("%s, %s: %d connections in use", names, why, n)
				}
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := &fakeDB{able: modern}
	if _, err := count(ctx, f.open(t), "a", Options{}); !errors.Is(err, context.Canceled) || f.seen() != "" {
		t.Errorf("a context that is done: %v, want its error and nothing sent", err)
	}
}

// TestSentOnce says that what a driver lacks is found out before anything is sent, not by sending it again.
func TestSentOnce(t *testing.T) {
	for _, able := range []ability{queries, queries | prepares} { // no ConnPrepareContext; no StmtQueryContext
		f := &fakeDB{able: able, answers: map[string]answer{"b": {err: driver.ErrSkip, rows: 1}}}
		count(t.Context(), f.open(t), "a b", Options{})
		if len(f.args) != 2 {
			t.Errorf("%d statements were sent, want 2: %s", len(f.args), f.seen())
		}
	}
}

// TestLostBeforeUse says that rows which nobody sees are explained too: those of earlier statements, and those that Lend refuses.
func TestLostBeforeUse(t *testing.T) {
	for why, answers := range map[string]map[string]answer{
		"an earlier statement's rows": {"a": {rows: 2, end: errFake, lost: true}},
		"Lend fails":                  {"b": {none: true, end: errFake, lost: true}},
	} {
		f := &fakeDB{able: modern, answers: answers}
		if _, err := count(t.Context(), f.open(t), "a b", Options{}); !errors.Is(err, driver.ErrBadConn) {
			t.Errorf("%s: the error is %v, want one that is driver.ErrBadConn", why, err)
		}
	}
}

// TestLostAtTheEnd says that a connection which is lost while a good call ends does not go back to the pool.
func TestLostAtTheEnd(t *testing.T) {
	for why, f := range map[string]*fakeDB{
		"rollback": {able: modern, answers: map[string]answer{"rollback": {err: driver.ErrBadConn}}},
		"rows":     {able: modern, answers: map[string]answer{"a": {rows: 2, closing: driver.ErrBadConn}}},
	} {
		db := f.open(t)
		call(t.Context(), db, texts("a"), Options{ReadOnly: why == "rollback"}, func(*row.Rows) error { return nil })
		if n := db.Stats().OpenConnections; n != 0 {
			t.Errorf("%s: the lost connection is back in the pool; database/sql closes it", why)
		}
	}
}
