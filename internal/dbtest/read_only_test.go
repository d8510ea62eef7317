package dbtest

import (
	"database/sql"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// TestReadOnlyRefusesWritesOfStableFunctions calls functions under ReadOnly, one of which is
// declared STABLE and yet writes.
func TestReadOnlyRefusesWritesOfStableFunctions(t *testing.T) {
	setUp(t, openPostgres(t), "DROP SCHEMA IF EXISTS reading CASCADE", "CREATE SCHEMA reading",
		"CREATE TABLE reading.written (n int)",
		`CREATE FUNCTION reading.insert_into() RETURNS int LANGUAGE sql
			AS 'INSERT INTO reading.written VALUES (1) RETURNING n'`,
		`CREATE FUNCTION reading.lies() RETURNS int LANGUAGE plpgsql STABLE AS $$
			BEGIN RETURN reading.insert_into(); END $$`,
		`CREATE FUNCTION reading.many() RETURNS SETOF int LANGUAGE sql STABLE
			AS 'SELECT generate_series(1, 3)'`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "reading")
		m := moresql.New(db, quiet, moresql.ReadOnly())
		for _, test := range []struct {
			reason         string
			h              http.Handler
			method, target string
			status         int
		}{
			{reason: "a GET that reads", h: rest.Routines(m, cat), method: "GET", target: "/many",
				status: 200},
			{reason: "a GET that writes", h: rest.Routines(m, cat), method: "GET", target: "/lies",
				status: 405},
			{reason: "a POST that writes", h: rest.Routines(m, cat), method: "POST", target: "/insert_into",
				status: 200},
			{reason: "a handler that writes", h: m.Handler("reading.insert_into"), method: "POST",
				target: "/", status: 405},
		} {
			if status, body := do(test.h, test.method, test.target, "", ""); status != test.status {
				t.Errorf("%s: %d %s, want %d", test.reason, status, body, test.status)
			}
		}
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		h := moresql.New(tx, quiet, moresql.ReadOnly()).Handler("reading.many")
		status, body := do(h, "GET", "/", "", "")
		if status != 500 {
			t.Errorf("in a transaction of the caller: %d %s", status, body)
		}
		if n := db.Stats().InUse; n != 1 {
			t.Errorf("%d connections in use, want the transaction's", n)
		}
	})
	n := queryInt(t, openPostgres(t), "SELECT count(*) FROM reading.written")
	if want := len(ways()); n != want {
		t.Errorf("%d rows were written, want those of the %d POSTs", n, want)
	}
}

// What only reads is rolled back, with settings of a session or of HTTP, too: READ ONLY lets NOTIFY
// through, and before PostgreSQL 16 large objects. PostgreSQL says what has become of a
// transaction.
func TestWhatOnlyReadsIsRolledBack(t *testing.T) {
	setUp(t, openPostgres(t), "DROP SCHEMA IF EXISTS undone CASCADE", "CREATE SCHEMA undone",
		`CREATE FUNCTION undone.notify() RETURNS text LANGUAGE plpgsql AS $$
			BEGIN NOTIFY undone; RETURN pg_current_xact_id(); END $$`)
	session := moresql.Session(func(*http.Request) (moresql.Settings, error) {
		return moresql.Settings{}, nil
	})
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "undone")
		m := moresql.New(db, quiet)
		scalar := moresql.Shape(row.Scalar)
		for _, test := range []struct {
			reason string
			h      http.Handler
			method string
			status string
		}{
			{reason: "GET", h: rest.Routines(m, cat), method: "GET", status: "aborted"},
			{reason: "GET with HTTP settings", h: rest.Routines(m, cat, rest.HTTPSettings()),
				method: "GET", status: "aborted"},
			{reason: "GET in a session", h: rest.Routines(m, cat, session), method: "GET",
				status: "aborted"},
			{reason: "POST in a session", h: rest.Routines(m, cat, session), method: "POST",
				status: "committed"},
			{reason: "a handler that only reads, in a session", method: "POST", status: "aborted",
				h: m.Handler("undone.notify", moresql.ReadOnly(), session, scalar)},
		} {
			status, body := do(test.h, test.method, "/notify", "", "")
			id, err := strconv.Unquote(strings.TrimSpace(body))
			if status != 200 || err != nil {
				t.Errorf("%s: %d %s", test.reason, status, body)
				continue
			}
			if got := queryText(t, db, "SELECT pg_xact_status('"+id+"')"); got != test.status {
				t.Errorf("%s: the transaction is %s, want %s", test.reason, got, test.status)
			}
		}
	})
}
