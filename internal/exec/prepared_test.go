package exec

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql/row"
)

// TestPrepared runs one call after the other on one connection.
func TestPrepared(t *testing.T) {
	type calls = []struct{ texts, seen string }
	skip := func(v *driver.NamedValue) error { return driver.ErrSkip }
	tests := []struct {
		why     string
		fake    *fakeDB
		options Options
		calls   calls
	}{
		{"a statement is prepared once", &fakeDB{able: modern}, Options{}, calls{
			{"a", "prepare a, run a"}, {"a", "run a"}, {"a", "run a"},
		}},
		{"by its text", &fakeDB{able: modern}, Options{}, calls{
			{"a b", "prepare a, run a, prepare b, run b"}, {"b a", "run b, run a"}, {"c", "prepare c, run c"}, {"a b c", "run a, run b, run c"},
		}},
		{"within a transaction too", &fakeDB{able: modern}, Options{ReadOnly: true}, calls{
			{"a", "begin read only true, prepare a, run a, rollback"}, {"a", "begin read only true, run a, rollback"},
		}},
		{"the statement may have a say in its arguments", &fakeDB{able: prepares | runs | refuses, refuse: skip}, Options{}, calls{
			{"a", "prepare a, run a"}, {"a", "run a"},
		}},
		{"one that fails is prepared anew: the database may have lost it, or its result has other columns by now",
			&fakeDB{able: modern, answers: map[string]answer{"a": {err: errFake}}}, Options{}, calls{
				{"b", "prepare b, run b"}, {"a", "prepare a, run a, close a"}, {"a", "prepare a, run a, close a"}, {"b", "run b"},
			}},
		{"or fails behind its rows", &fakeDB{able: modern, answers: map[string]answer{"a": {rows: 2, end: errFake}}}, Options{}, calls{
			{"a", "prepare a, run a, close a"}, {"a", "prepare a, run a, close a"},
		}},
		{"it is closed after the transaction, which an error may have ended", &fakeDB{able: modern, answers: map[string]answer{"a": {err: errFake}}}, Options{ReadOnly: true}, calls{
			{"a", "begin read only true, prepare a, run a, rollback, close a"},
		}},
		{"only what failed is", &fakeDB{able: modern, answers: map[string]answer{"b": {err: errFake}}}, Options{}, calls{
			{"a b", "prepare a, run a, prepare b, run b, close b"}, {"a b", "run a, prepare b, run b, close b"},
		}},
		{"what cannot be prepared is not kept", &fakeDB{able: modern, answers: map[string]answer{"prepare a": {err: errFake}}}, Options{}, calls{
			{"a", "prepare a"}, {"a", "prepare a"},
		}},
		{"nothing can be for a driver without contexts", &fakeDB{}, Options{}, calls{
			{"a", "prepare a, old run a, close a"}, {"a", "prepare a, old run a, close a"},
		}},
		{"nor is anything on connections that cannot be told apart", &fakeDB{able: modern | uncomparable}, Options{}, calls{
			{"a", "query a"}, {"a", "query a"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			db := tt.fake.open(t)
			tt.options.Prepared = new(Prepared)
			for i, call := range tt.calls {
				n, err := count(t.Context(), db, call.texts, tt.options)
				if err != nil && !errors.Is(err, errFake) || err == nil && n != 1 {
					t.Errorf("call %d: %d rows, %v", i, n, err)
				}
				if seen := tt.fake.seen(); seen != call.seen {
					t.Errorf("call %d: the database saw %s; want %s", i, seen, call.seen)
				}
			}
			if tt.fake.opened != 1 {
				t.Errorf("there were %d connections, want one", tt.fake.opened)
			}
		})
	}
}

// TestPreparedKeeps says what is no fault of the statement's: it stays prepared.
func TestPreparedKeeps(t *testing.T) {
	f := &fakeDB{able: modern, answers: map[string]answer{"a": {rows: 3}}}
	db, o := f.open(t), Options{Prepared: new(Prepared)}
	for why, use := range map[string]func(*row.Rows) error{
		"the client has gone": func(*row.Rows) error { return errFake },
		"the result does not have the shape that is asked for": func(rows *row.Rows) error { return rows.As(row.One) },
		"nobody wants all rows":                                func(rows *row.Rows) error { return nil },
	} {
		call(t.Context(), db, texts("a"), o, use)
		f.seen()
		if n, err := count(t.Context(), db, "a", o); n != 3 || err != nil || f.seen() != "run a" {
			t.Errorf("%s: the next call has %d rows, %v, and had to prepare the statement again", why, n, err)
		}
	}
}

// nested has n connections in use at once, and calls then with all of them.
func nested(t *testing.T, db *sql.DB, o Options, n int, then func()) {
	t.Helper()
	if n == 0 {
		then()
		return
	}
	if err := call(t.Context(), db, texts("a"), o, func(rows *row.Rows) error {
		if err := rows.Finish(); err != nil {
			return err
		}
		nested(t, db, o, n-1, then)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestPreparedConns: every connection has statements of its own, and when it is gone they are forgotten.
func TestPreparedConns(t *testing.T) {
	p := new(Prepared)
	o := Options{Prepared: p}
	f := &fakeDB{able: modern, answers: map[string]answer{"bad": {err: driver.ErrBadConn}, "gone": {err: errFake, lost: true}}}
	db := f.open(t)
	db.SetMaxIdleConns(10)
	check := func(why string, most int) {
		t.Helper()
		if len(p.conns) > 2*most+spare {
			t.Errorf("%s: the statements of %d connections are kept, where %d are open", why, len(p.conns), db.Stats().OpenConnections)
		}
	}

	nested(t, db, o, 3, func() {})
	if seen := f.seen(); strings.Count(seen, "prepare a") != 3 {
		t.Errorf("three connections saw %s", seen)
	}
	nested(t, db, o, 3, func() {})
	if seen := f.seen(); seen != "run a, run a, run a" {
		t.Errorf("a second time they saw %s", seen)
	}
	check("three connections", 3)

	for _, text := range []string{"bad", "gone"} {
		if _, err := count(t.Context(), db, text, o); !errors.Is(err, driver.ErrBadConn) {
			t.Errorf("%s: %v", text, err)
		}
		check("one is lost by "+text, db.Stats().OpenConnections)
	}
	for range 100 {
		count(t.Context(), db, "bad", o)
		check("each call loses its connection", 3)
	}

	// What the pool closes it tells nobody: what is kept of that goes as others are opened.
	db.SetMaxIdleConns(-1)
	for range 100 {
		nested(t, db, o, 1, func() { check("each call has a new connection", db.Stats().OpenConnections) })
	}
	nested(t, db, o, 20, func() { check("many at once", 20) })
	nested(t, db, o, 1, func() { check("and then one", 1) })
	nested(t, db, o, 5, func() { check("and five", 5) })
	for range 100 {
		func() {
			defer func() { recover() }()
			nested(t, db, o, 2, func() { panic(errFake) })
		}()
		check("each call panics", 2)
	}
	if s := db.Stats(); s.OpenConnections != 0 {
		t.Errorf("%d connections are open", s.OpenConnections)
	}
}

// TestPreparedOldest: of many more connections than are open those go that have not been used for longest, but never one in use.
func TestPreparedOldest(t *testing.T) {
	p := new(Prepared)
	one := func() int { return 1 }
	conns := make([]driver.Conn, 2+spare+3)
	for i := range conns {
		conns[i] = &fakeConn{id: i}
	}
	busy := p.take(conns[0], one)
	for _, conn := range conns[1 : 2+spare] {
		p.give(conn, p.take(conn, one), false)
	}
	p.give(conns[1], p.take(conns[1], one), false) // used again: 2 is the oldest now
	for _, conn := range conns[2+spare:] {
		p.give(conn, p.take(conn, one), false)
	}
	for i, conn := range conns {
		if _, kept := p.conns[conn]; kept != (i < 2 || i > 4) {
			t.Errorf("connection %d is kept: %v", i, kept)
		}
	}
	if p.take(conns[0], one) != nil {
		t.Error("the statements of a connection in use were given to another call")
	}
	if p.give(conns[0], busy, true); p.conns[conns[0]] != nil {
		t.Error("the statements of a lost connection are kept")
	}
}

// TestPreparedLimit: optional parameters multiply the texts of a statement. What is over the limit is sent as it is.
func TestPreparedLimit(t *testing.T) {
	f := &fakeDB{able: modern}
	db, o := f.open(t), Options{Prepared: new(Prepared)}
	for round := range 2 {
		for i := range maxStatements + 10 {
			text := fmt.Sprint("s", i)
			want := "query " + text
			if i < maxStatements {
				want = "run " + text
				if round == 0 {
					want = fmt.Sprintf("prepare %s, run %[1]s", text)
				}
			}
			if _, err := count(t.Context(), db, text, o); err != nil {
				t.Fatal(err)
			}
			if seen := f.seen(); seen != want {
				t.Fatalf("round %d: the database saw %s; want %s", round, seen, want)
			}
		}
	}
	for _, s := range o.Prepared.conns {
		if len(s.byText) != maxStatements {
			t.Errorf("%d are kept, want %d", len(s.byText), maxStatements)
		}
	}
}

// TestPreparedConcurrently has many goroutines call over few connections, some of which break. The fake tells when a connection or
// a statement is not where it belongs. To be run with -race.
func TestPreparedConcurrently(t *testing.T) {
	f := &fakeDB{able: modern, answers: map[string]answer{
		"bad": {err: driver.ErrBadConn}, "late": {rows: 2, end: errFake, lost: true}, "wrong": {err: errFake}, "many": {rows: 50},
	}}
	db, p := f.open(t), new(Prepared)
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(2)
	names := []string{"a", "a b", "c a", "many", "wrong", "late", "bad"}
	var all sync.WaitGroup
	for range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			for range 200 {
				name := names[rand.IntN(len(names))]
				n, err := count(t.Context(), db, name, Options{Prepared: p, ReadOnly: rand.IntN(4) == 0})
				switch name {
				case "wrong", "late", "bad":
					if err == nil {
						t.Errorf("%s: no error", name)
					}
				default:
					if n == 0 || err != nil {
						t.Errorf("%s: %d rows, %v", name, n, err)
					}
				}
			}
		}()
	}
	all.Wait()
	if n := len(p.conns); n > 2*4+spare {
		t.Errorf("the statements of %d connections are kept, where at most 4 were open", n)
	}
}

// TestForgottenBeforeUse says that a statement is forgotten also when its rows fail before anybody sees them.
func TestForgottenBeforeUse(t *testing.T) {
	for why, a := range map[string]answer{"a": {rows: 2, end: errFake}, "Lend": {none: true, end: errFake}} {
		f := &fakeDB{able: modern, answers: map[string]answer{"a": a}}
		count(t.Context(), f.open(t), "a b", Options{Prepared: new(Prepared)})
		if seen := f.seen(); seen != "prepare a, run a, close a" {
			t.Errorf("%s: the database saw %s; want it closed", why, seen)
		}
	}
}

// intercepted is a connection whose type is comparable but whose value is not, as a wrapper's may be.
type intercepted struct {
	driver.Conn
	driver.QueryerContext
	driver.ConnPrepareContext
	by any
}

type interceptor struct{ *fakeDB }

func (d interceptor) Connect(context.Context) (driver.Conn, error) {
	d.opened++
	c := &fakeConn{db: d.fakeDB, valid: true}
	return intercepted{c, c, c, []int{}}, nil
}

func TestUncomparable(t *testing.T) {
	db := sql.OpenDB(interceptor{&fakeDB{able: modern}})
	defer db.Close()
	if _, err := count(t.Context(), db, "a", Options{Prepared: new(Prepared)}); err != nil {
		t.Error(err)
	}
}
