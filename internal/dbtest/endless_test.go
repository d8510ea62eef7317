package dbtest

import (
	"context"
	"database/sql"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/row"
)

// TestMariaDBResultsWithoutEndAreLeft exceeds the limit of rows of a result that MariaDB would send
// for days. The driver reads it to the end to close it, and looks at no context meanwhile: neither
// the connection nor the query may last as long.
func TestMariaDBResultsWithoutEndAreLeft(t *testing.T) {
	admin := openMariaDB(t)
	setUp(t, admin, `CREATE OR REPLACE PROCEDURE endless() SELECT a.seq
		FROM seq_1_to_1000000 a, seq_1_to_1000000 b`)
	for reason, wrap := range map[string]func(*sql.DB) moresql.Querier{
		"a pool":                 func(db *sql.DB) moresql.Querier { return db },
		"a pool in another type": func(db *sql.DB) moresql.Querier { return &logging{DB: db} },
	} {
		db := openMariaDB(t)
		m := moresql.New(wrap(db), quiet, call, moresql.Limits{Rows: 10, Write: time.Minute})
		done := make(chan struct{})
		go func() {
			defer close(done)
			if status, body := do(m.Handler("endless"), "POST", "/", "", ""); status != 500 {
				t.Errorf("%s: %d %s, want 500", reason, status, body)
			}
		}()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: the call has not ended", reason)
		}
		if n := db.Stats().InUse; n != 0 {
			t.Errorf("%s: %d connections in use", reason, n)
		}
		const running = `SELECT count(*) FROM information_schema.processlist
			WHERE info LIKE '%seq_1_to_1000000 a%' AND id <> CONNECTION_ID()`
		for until := time.Now().Add(10 * time.Second); queryText(t, admin, running) != "0"; {
			if time.Now().After(until) {
				t.Fatalf("%s: the query runs on", reason)
			}
		}
	}
}

// TestMariaDBResultsAreClosedAfterTheirLastRow refuses a result of which all rows have been read.
// What the server sends after a procedure's rows is no row: taken for one it costs the connection.
func TestMariaDBResultsAreClosedAfterTheirLastRow(t *testing.T) {
	setUp(t, openMariaDB(t), `CREATE OR REPLACE PROCEDURE two(n int)
		SELECT CONNECTION_ID() AS id FROM seq_1_to_2`)
	for reason, wrap := range map[string]func(*sql.DB) moresql.Querier{
		"a pool":                 func(db *sql.DB) moresql.Querier { return db },
		"a pool in another type": func(db *sql.DB) moresql.Querier { return &logging{DB: db} },
	} {
		db := openMariaDB(t)
		db.SetMaxOpenConns(1)
		m := moresql.New(wrap(db), quiet, call)
		list := m.Handler("two", moresql.Fields("n"))
		one := m.Handler("two", moresql.Fields("n"), moresql.Shape(row.One))
		_, before := do(list, "POST", "/?n=1", "", "")
		if status, body := do(one, "POST", "/?n=1", "", ""); status != 500 {
			t.Errorf("%s: %d %s, want 500", reason, status, body)
		}
		if status, after := do(list, "POST", "/?n=1", "", ""); status != 200 || after != before {
			t.Errorf("%s: %d %s, want %s on the same connection", reason, status, after, before)
		}
	}
}

// TestMariaDBResultsAreClosedForClientsThatLeave has a client leave after the first of two rows, of
// which the driver has read both.
func TestMariaDBResultsAreClosedForClientsThatLeave(t *testing.T) {
	setUp(t, openMariaDB(t), `CREATE OR REPLACE PROCEDURE left_early(n int)
		SELECT seq FROM seq_1_to_2`)
	db := openMariaDB(t)
	for range 50 { // the driver may have noticed first
		ctx, leave := context.WithCancel(t.Context())
		h := moresql.New(db, quiet, call).Handler("left_early", moresql.Fields("n"),
			moresql.Hooks{Row: func(*row.Row) error { leave(); return nil }})
		r := httptest.NewRequestWithContext(ctx, "POST", "/?n=1", nil)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == 200 {
			t.Errorf("a complete response: %s", w.Body)
		}
	}
}
