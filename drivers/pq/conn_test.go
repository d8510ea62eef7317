package pq

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"weak"
)

// nested uses n connections at once, each for a statement, and calls then with all of them in use.
func nested(t *testing.T, db *sql.DB, n int, then func()) {
	t.Helper()
	if n == 0 {
		then()
		return
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	rows, err := conn.QueryContext(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	nested(t, db, n-1, then)
}

func TestEachConnectionKeepsStatementsOfItsOwn(t *testing.T) {
	f := &fakeDB{responses: map[string]response{
		"bad":  {err: driver.ErrBadConn, lost: true},
		"gone": {err: errFake, lost: true},
	}}
	db := f.open(t)
	db.SetMaxIdleConns(10)
	nested(t, db, 3, func() {})
	if seen := f.seen(); strings.Count(seen, "prepare a") != 3 {
		t.Errorf("three connections saw %s", seen)
	}
	nested(t, db, 3, func() {})
	if seen := f.seen(); seen != "run a, run a, run a" {
		t.Errorf("a second time they saw %s", seen)
	}
	for i, text := range []string{"bad", "gone"} {
		if _, err := count(t.Context(), db, text, false); err == nil {
			t.Errorf("%s: no error", text)
		}
		if seen := f.seen(); seen != "prepare "+text+", run "+text {
			t.Errorf("the database saw %s: a statement is sent once, whatever becomes of it", seen)
		}
		if open := db.Stats().OpenConnections; open != 2-i {
			t.Errorf("%s: %d connections are open; want %d", text, open, 2-i)
		}
	}
	nested(t, db, 3, func() {})
	if seen := f.seen(); strings.Count(seen, "prepare a") != 2 {
		t.Errorf("one connection that was there and two new ones saw %s", seen)
	}
}

func TestStatementsDieWithTheirConnection(t *testing.T) {
	f := &fakeDB{}
	db := f.open(t)
	db.SetMaxIdleConns(-1) // each call has a new connection
	var kept []weak.Pointer[statements]
	for range 100 {
		c, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c.Raw(func(c any) error {
			kept = append(kept, weak.Make(c.(*conn).kept))
			return nil
		})
		if _, err := c.ExecContext(t.Context(), "a", 1); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	runtime.GC()
	runtime.GC()
	left := 0
	for _, p := range kept {
		if p.Value() != nil {
			left++
		}
	}
	if left > 2 { // what the stack still holds
		t.Errorf("the statements of %d closed connections are left", left)
	}
}

// TestConnectionsAreUsedConcurrently has many goroutines use few connections, some of which
// break. The fake reports a connection or a statement that is used where it does not belong. To
// be run with -race.
func TestConnectionsAreUsedConcurrently(t *testing.T) {
	f := &fakeDB{responses: map[string]response{
		"bad":   {err: driver.ErrBadConn, lost: true},
		"late":  {rows: 2, end: errFake, lost: true},
		"wrong": {err: errFake},
		"many":  {rows: 50},
	}}
	db := f.open(t)
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
				n, err := count(t.Context(), db, name, rand.IntN(4) == 0)
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
}

// traced is a connection whose type is comparable but whose value is not, as a wrapper's may be.
type traced struct {
	underlying
	by any
}

func TestWrappedConnectionNeedNotBeComparable(t *testing.T) {
	f := &fakeDB{shape: func(c *fakeConn) driver.Conn { return traced{c, []int{}} }}
	db := f.open(t)
	for _, want := range []string{"prepare a, run a", "run a"} {
		if _, err := count(t.Context(), db, "a", false); err != nil || f.seen() != want {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

func TestConnectionThatLacksAMethodIsLeftAsItIs(t *testing.T) {
	f := &fakeDB{shape: func(c *fakeConn) driver.Conn {
		return struct {
			driver.Conn
			driver.QueryerContext
		}{c, c}
	}}
	db := f.open(t)
	for range 2 {
		if _, err := count(t.Context(), db, "a", false); err != nil || f.seen() != "query a" {
			t.Error("a statement is not sent as it is: ", err)
		}
	}
}

// TestConnectionHasWhatLibPQHas compares it with the interfaces that package driver has for
// connections: database/sql must find the same in ours.
func TestConnectionHasWhatLibPQHas(t *testing.T) {
	f := &fakeDB{}
	db := f.open(t)
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Raw(func(c any) error {
		if _, ok := c.(underlying); !ok {
			t.Errorf("%T lacks what lib/pq has", c)
		}
		if u, ok := c.(interface{ Unwrap() driver.Conn }); !ok {
			t.Errorf("%T has no Unwrap", c)
		} else if _, ok := u.Unwrap().(*fakeConn); !ok {
			t.Errorf("Unwrap returns a %T", u.Unwrap())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.PingContext(t.Context()); err != nil || f.seen() != "ping" {
		t.Errorf("a ping does not arrive: %v", err)
	}
}

func TestSecondStatementIsRefusedWhileRowsAreOpen(t *testing.T) {
	db := (&fakeDB{responses: map[string]response{"many": {rows: 9}}}).open(t)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for _, first := range []string{"many", "many;"} { // kept, and sent as it is
		rows, err := tx.Query(first)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"a", "a;"} {
			if _, err := tx.Query(text); err != errBusy {
				t.Errorf("Query(%q) while those of %q are open: %v", text, first, err)
			}
			if _, err := tx.Exec(text, 1); err != errBusy {
				t.Errorf("Exec(%q) while those of %q are open: %v", text, first, err)
			}
		}
		rows.Close()
		if _, err := tx.Exec("a", 1); err != nil {
			t.Errorf("after they have been closed: %v", err)
		}
	}
}

func TestRowsReadToTheirEndFreeTheConnection(t *testing.T) {
	c, err := Wrap(&fakeDB{}).Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first, err := c.(*conn).QueryContext(t.Context(), "a", nil)
	if err != nil {
		t.Fatal(err)
	}
	dest := make([]driver.Value, 1)
	for err == nil {
		err = first.Next(dest)
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	if c.(*conn).reading != nil {
		t.Error("the connection is busy after the last row")
	}
}

func TestNothingIsKeptDuringACopy(t *testing.T) {
	f := &fakeDB{}
	db := f.open(t)
	db.SetMaxOpenConns(1)
	if _, err := count(t.Context(), db, "a", false); err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	stmt, err := tx.Prepare("COPY t FROM STDIN")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := tx.Query("a") // lib/pq, which knows of the COPY, refuses it
	if err != nil {
		t.Fatal(err)
	}
	rows.Close()
	stmt.Close()
	tx.Commit()
	count(t.Context(), db, "a", false)
	want := "prepare a, run a, begin read only false, prepare COPY t FROM STDIN, query a, " +
		"close COPY t FROM STDIN, commit, run a"
	if seen := f.seen(); seen != want {
		t.Errorf("the database saw %s; want %s", seen, want)
	}
}

func TestStatementIsNotSentAfterItsContextIsDone(t *testing.T) {
	f := &fakeDB{}
	c, err := Wrap(f).Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = c.(*conn).QueryContext(ctx, "a", nil)
	if seen := f.seen(); !errors.Is(err, context.Canceled) || seen != "prepare a" {
		t.Errorf("%v, and the database saw %s", err, seen)
	}
}

func TestPooledConnectionRefusesOnlyWhatIsToBeKept(t *testing.T) {
	f := &fakeDB{}
	db := f.open(t)
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Raw(func(c any) error {
		c.(*conn).refusal = ErrPooled
		return nil
	})
	if _, err := c.QueryContext(t.Context(), "a", 1); !errors.Is(err, ErrPooled) {
		t.Errorf("a query with arguments: %v", err)
	}
	if _, err := c.ExecContext(t.Context(), "a", 1); !errors.Is(err, ErrPooled) {
		t.Errorf("a statement with arguments: %v", err)
	}
	if _, err := c.ExecContext(t.Context(), "a"); err != nil {
		t.Errorf("a statement without arguments: %v", err)
	}
	if seen := f.seen(); seen != "exec a" {
		t.Errorf("the database saw %s", seen)
	}
}
