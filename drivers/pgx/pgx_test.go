package pgxpipe_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/pgxpipe"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	code := m.Run()
	pgtest.Stop()
	os.Exit(code)
}

func ExampleConnector() {
	config, err := pgx.ParseConfig("postgres://authenticator@localhost/app")
	if err != nil {
		fmt.Println(err)
		return
	}
	db := sql.OpenDB(pgxpipe.Connector(stdlib.GetConnector(*config)))
	defer db.Close()
	m := moresql.New(db, moresql.Session(func(*http.Request) (moresql.Settings, error) {
		return moresql.Settings{Role: "web_anon"}, nil
	}))
	http.Handle("GET /cars", m.Handler("get_cars")) // which waits for the database twice
	fmt.Println(db.Stats().OpenConnections, "connections until somebody calls")
	// Output: 0 connections until somebody calls
}

// counted is a connection that counts how often it has waited for an answer.
type counted struct {
	net.Conn
	sent   atomic.Bool // pgx reads in the background while it writes
	rounds *atomic.Int64
}

func (c *counted) Write(p []byte) (int, error) {
	c.sent.Store(true)
	return c.Conn.Write(p)
}

func (c *counted) Read(p []byte) (int, error) {
	if c.sent.Swap(false) {
		c.rounds.Add(1)
	}
	return c.Conn.Read(p)
}

// open opens a database with one connection, whose round trips are counted.
func open(t *testing.T, mode pgx.QueryExecMode) (*sql.DB, *atomic.Int64) {
	t.Helper()
	config, err := pgx.ParseConfig(pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	config.DefaultQueryExecMode = mode
	rounds := new(atomic.Int64)
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return &counted{Conn: conn, rounds: rounds}, err
	}
	never := stdlib.OptionShouldPing(func(context.Context, stdlib.ShouldPingParams) bool { return false })
	db := sql.OpenDB(pgxpipe.Connector(stdlib.GetConnector(*config, never)))
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	return db, rounds
}

func setUp(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s\n%v", s, err)
		}
	}
}

func ask(t *testing.T, db *sql.DB, query string) (text string) {
	t.Helper()
	if err := db.QueryRow(query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

var schema = []string{
	`DROP SCHEMA IF EXISTS pipe CASCADE`,
	`DO $$ BEGIN CREATE ROLE pipe_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
	`DO $$ BEGIN CREATE ROLE pipe_other; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
	`CREATE SCHEMA pipe`, `GRANT USAGE ON SCHEMA pipe TO pipe_user`,
	`CREATE TABLE pipe.runs (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)`, `GRANT INSERT ON pipe.runs TO pipe_user`,
	`CREATE FUNCTION pipe.add(a int, rows int) RETURNS TABLE (n int) LANGUAGE plpgsql AS $$ BEGIN INSERT INTO pipe.runs VALUES (a); RETURN QUERY SELECT 1 / (5000 - i) FROM generate_series(1, rows) i; END $$`,
	`CREATE FUNCTION pipe.spread(rows int) RETURNS TABLE (n int) LANGUAGE sql STABLE AS $$ SELECT 1000000 / (5000 - i) FROM generate_series(1, rows) i $$`,
	`CREATE FUNCTION pipe.who() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_user || ' ' || (current_setting('request.jwt.claims')::json ->> 'sub') $$`,
	`CREATE FUNCTION pipe.closed() RETURNS SETOF int LANGUAGE sql STABLE AS 'SELECT generate_series(1, 3)'`,
	`REVOKE EXECUTE ON FUNCTION pipe.closed FROM PUBLIC`, `GRANT EXECUTE ON FUNCTION pipe.closed TO pipe_user`,
	`GRANT USAGE ON SCHEMA pipe TO pipe_other`,
}

// session takes role and user from the request.
var session = moresql.Session(func(r *http.Request) (moresql.Settings, error) {
	return moresql.Settings{Role: r.FormValue("role"), Claims: map[string]string{"sub": r.FormValue("user")}}, nil
})

// call sends a request to a handler over HTTP; the error is that of reading the answer.
func call(t *testing.T, h http.Handler, query string) (int, string, error) {
	t.Helper()
	s := httptest.NewServer(h)
	defer s.Close()
	answer, err := http.Get(s.URL + "/?" + query)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), err
}

// A call in a transaction waits once more than a bare one, and at its first time on a connection once more again.
func TestRoundTrips(t *testing.T) {
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		db, rounds := open(t, mode)
		setUp(t, db, schema...)
		m := moresql.New(db, session)
		for reason, h := range map[string]http.Handler{
			"plain": m.Handler("pipe.who", moresql.Scalar()), "reading only": m.Handler("pipe.who", moresql.Scalar(), moresql.ReadOnly()),
			"with settings of HTTP": m.Handler("pipe.who", moresql.Scalar(), moresql.HTTPSettings()), "prepared": m.Handler("pipe.who", moresql.Scalar(), moresql.Prepared()),
		} {
			for i, user := range []string{"ann", "bob", "cyd"} {
				before := rounds.Load()
				status, body, _ := call(t, h, "role=pipe_user&user="+user)
				if status != 200 || body != `"pipe_user `+user+`"` {
					t.Fatalf("%v, %s: %d %s", mode, reason, status, body)
				}
				if n := rounds.Load() - before; i > 0 && n != 2 || n > 3 {
					t.Errorf("%v, %s: call %d has waited %d times, want 2", mode, reason, i+1, n)
				}
			}
		}
	}
}

// What fails has the status that it has without a pipeline, nothing of it is kept, and the connection is good.
func TestErrors(t *testing.T) {
	db, _ := open(t, pgx.QueryExecModeCacheStatement)
	setUp(t, db, schema...)
	m := moresql.New(db, session)
	add, spread := m.Handler("pipe.add", moresql.Fields("a", "rows")), m.Handler("pipe.spread", moresql.Fields("rows"))
	pid := ask(t, db, "SELECT pg_backend_pid()::text")
	for range 2 { // new to the connection, and known
		for _, test := range []struct {
			reason string
			h      http.Handler
			query  string
			status int // 0 is an answer that breaks off
			added  string
		}{
			{"a good call", add, "role=pipe_user&a=1&rows=10", 200, "1"},
			{"a long one", add, "role=pipe_user&a=1&rows=4000", 200, "1"},
			{"a role that there is not", add, "role=nobody&a=1&rows=1", 400, "0"},
			{"no right", add, "role=pipe_other&a=1&rows=1", 403, "0"},
			{"a value of another type", add, "role=pipe_user&a=x&rows=1", 400, "0"},
			{"an error of the function's", add, "role=pipe_user&a=1&rows=5000", 400, "0"},
			{"an error in rows, after an answer has begun", spread, "role=pipe_user&rows=5000", 0, "0"},
			{"an error in COMMIT", add, "role=pipe_user&a=0&rows=1", 409, "0"},
			{"an error in COMMIT, when the answer has begun", add, "role=pipe_user&a=0&rows=4000", 0, "0"},
			{"an error of the program's", m.Handler("pipe.add", moresql.Fields("a", "rows"), moresql.One()), "role=pipe_user&a=1&rows=2", 500, "0"},
			{"a value that there is no type for", m.Handler("pipe.add", moresql.Fields("a", "rows"), moresql.Values{"a": func() {}}), "role=pipe_user&rows=2", 500, "0"},
			{"reading only", m.Handler("pipe.add", moresql.Fields("a", "rows"), moresql.ReadOnly()), "role=pipe_user&a=1&rows=2", 405, "0"},
		} {
			setUp(t, db, "TRUNCATE pipe.runs", "INSERT INTO pipe.runs VALUES (0)")
			status, body, err := call(t, test.h, test.query)
			if test.status == 0 && (status != 200 || !errors.Is(err, io.ErrUnexpectedEOF)) || test.status != 0 && (status != test.status || err != nil) {
				t.Errorf("%s: %d %.100s %v, want %d", test.reason, status, body, err, test.status)
			}
			if n := ask(t, db, "SELECT (count(*) - 1)::text FROM pipe.runs"); n != test.added {
				t.Errorf("%s: %s rows are kept", test.reason, n)
			}
			if now := ask(t, db, "SELECT pg_backend_pid()::text"); now != pid {
				t.Errorf("%s: the connection is lost", test.reason)
				pid = now
			}
		}
	}
}

// A role has no right by a plan that was made for another one, as it may have with statements that stay prepared.
func TestRights(t *testing.T) {
	db, _ := open(t, pgx.QueryExecModeCacheStatement)
	setUp(t, db, schema...)
	h := moresql.New(db, session).Handler("pipe.closed")
	for range 7 {
		if status, body, _ := call(t, h, "role=pipe_user"); status != 200 {
			t.Fatal(status, body)
		}
		if status, body, _ := call(t, h, "role=pipe_other"); status != 403 {
			t.Fatal(status, body)
		}
	}
}

// A function that has changed costs one call at most.
func TestChanged(t *testing.T) {
	db, _ := open(t, pgx.QueryExecModeCacheStatement)
	setUp(t, db, schema...)
	h := moresql.New(db, session).Handler("pipe.changing", moresql.Fields("a"))
	for _, change := range []struct{ create, argument, want string }{
		{`CREATE FUNCTION pipe.changing(a int) RETURNS TABLE (n int) LANGUAGE sql AS 'SELECT a'`, "7", `[{"n":7}]`},
		{`CREATE FUNCTION pipe.changing(a int) RETURNS TABLE (n numeric) LANGUAGE sql AS 'SELECT a + 0.50'`, "7", `[{"n":7.50}]`},
		{`CREATE FUNCTION pipe.changing(a int) RETURNS TABLE (n int, m text) LANGUAGE sql AS $$ SELECT a, 'm' $$`, "7", `[{"n":7,"m":"m"}]`},
		{`CREATE FUNCTION pipe.changing(a text) RETURNS TABLE (n text) LANGUAGE sql AS 'SELECT a'`, "x", `[{"n":"x"}]`},
		{`CREATE FUNCTION pipe.changing(a bigint) RETURNS TABLE (n uuid) LANGUAGE sql AS $$ SELECT 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid $$`, "3000000000", `[{"n":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}]`},
	} {
		setUp(t, db, "DROP FUNCTION IF EXISTS pipe.changing", change.create)
		status, body, _ := call(t, h, "role=pipe_user&a="+change.argument)
		if status == 200 && body != change.want {
			t.Errorf("%s: the first answer is %s", change.create, body)
		}
		if status, body, _ = call(t, h, "role=pipe_user&a="+change.argument); status != 200 || body != change.want {
			t.Errorf("%s: %d %s", change.create, status, body)
		}
	}
}

// Who stops early does not wait for the rest, and a call whose client has gone ends; both leave nothing behind.
func TestUnfinished(t *testing.T) {
	db, _ := open(t, pgx.QueryExecModeCacheStatement)
	setUp(t, db, schema...)
	setUp(t, db, `CREATE FUNCTION pipe.endless() RETURNS SETOF bigint LANGUAGE sql STABLE AS 'SELECT i FROM (SELECT generate_series(1, 100000000) AS i) s'`)
	m := moresql.New(db, moresql.ReadOnly())
	for range 2 {
		for r, err := range m.Rows(t.Context(), "pipe.endless") {
			if err != nil || r.Value(0).Int() != 1 {
				t.Fatal(r, err)
			}
			break
		}
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		for _, err := range m.Rows(ctx, "pipe.endless") {
			if n++; n == 3 {
				cancel()
			}
			if n > 3 && !errors.Is(err, context.Canceled) {
				t.Fatal(n, err)
			}
		}
		cancel()
		if n != 4 || db.Stats().InUse != 0 {
			t.Errorf("%d rows, %d connections in use", n, db.Stats().InUse)
		}
	}
}
