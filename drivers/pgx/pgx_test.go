package pgx_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/moresql/moresql"
	morepgx "github.com/moresql/moresql/drivers/pgx"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	time.Local = berlin // which values have where the zone of the server is unknown to Go
	code := m.Run()
	pgtest.Stop()
	os.Exit(code)
}

// counted is a connection that counts how often it has waited for a response.
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
	n, err := c.Conn.Read(p)
	if n > 0 && c.sent.Swap(false) { // it may have begun before the Write
		c.rounds.Add(1)
	}
	return n, err
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
	never := stdlib.OptionShouldPing(func(context.Context, stdlib.ShouldPingParams) bool {
		return false
	})
	db := sql.OpenDB(morepgx.Wrap(stdlib.GetConnector(*config, never)))
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

func query(t *testing.T, db *sql.DB, text string) (value string) {
	t.Helper()
	if err := db.QueryRow(text).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

var schema = []string{
	`DROP SCHEMA IF EXISTS pipe CASCADE`,
	`DO $$ BEGIN CREATE ROLE pipe_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
	`DO $$ BEGIN CREATE ROLE pipe_other; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
	`CREATE SCHEMA pipe`,
	`GRANT USAGE ON SCHEMA pipe TO pipe_user`,
	`CREATE TABLE pipe.runs (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)`,
	`GRANT INSERT ON pipe.runs TO pipe_user`,
	`CREATE FUNCTION pipe.add(a int, rows int) RETURNS TABLE (n int) LANGUAGE plpgsql AS $$ BEGIN
		INSERT INTO pipe.runs VALUES (a);
		RETURN QUERY SELECT 1 / (5000 - i) FROM generate_series(1, rows) i;
	END $$`,
	`CREATE FUNCTION pipe.spread(rows int) RETURNS TABLE (n int) LANGUAGE sql STABLE AS $$
		SELECT 1000000 / (5000 - i) FROM generate_series(1, rows) i $$`,
	`CREATE FUNCTION pipe.who() RETURNS text LANGUAGE sql STABLE AS $$
		SELECT current_user || ' ' || (current_setting('request.jwt.claims')::json ->> 'sub') $$`,
	`CREATE FUNCTION pipe.closed() RETURNS SETOF int LANGUAGE sql STABLE AS
		'SELECT generate_series(1, 3)'`,
	`REVOKE EXECUTE ON FUNCTION pipe.closed FROM PUBLIC`,
	`GRANT EXECUTE ON FUNCTION pipe.closed TO pipe_user`,
	`GRANT USAGE ON SCHEMA pipe TO pipe_other`,
}

// session takes the role and the user from the request.
var session = rest.Session(func(r *http.Request) (rest.Identity, error) {
	return rest.Identity{
		Role:   r.FormValue("role"),
		Claims: map[string]string{"sub": r.FormValue("user")},
	}, nil
})

// call sends a request to a handler over HTTP; the error is that of reading the response.
func call(t *testing.T, h http.Handler, query string) (int, string, error) {
	t.Helper()
	s := httptest.NewServer(h)
	defer s.Close()
	response, err := http.Get(s.URL + "/?" + query)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

// TestSessionWaitsOnceMoreThanABareCall, and not even once more if it only reads.
func TestSessionWaitsOnceMoreThanABareCall(t *testing.T) {
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe,
		pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	} {
		db, rounds := open(t, mode)
		setUp(t, db, schema...)
		m := moresql.New(db, session, moresql.Shape(row.Scalar))
		for name, test := range map[string]struct {
			h    http.Handler
			want int64
		}{
			"plain":                 {m.Handler("pipe.who"), 2},
			"reading only":          {m.Handler("pipe.who", moresql.ReadOnly()), 1},
			"with settings of HTTP": {m.Handler("pipe.who", rest.HTTPSettings()), 2},
		} {
			for i, user := range []string{"ann", "bob", "cyd"} {
				before := rounds.Load()
				status, body, _ := call(t, test.h, "role=pipe_user&user="+user)
				if status != 200 || body != `"pipe_user `+user+`"` {
					t.Fatalf("%v, %s: %d %s", mode, name, status, body)
				}
				// The first call on a connection has the statement described before.
				if n := rounds.Load() - before; i > 0 && n != test.want || n > 3 {
					t.Errorf("%v, %s: call %d waited %d times, want %d", mode, name, i+1, n, test.want)
				}
			}
		}
	}
}

// TestErrorHasTheStatusOfOneWithoutPipeline also checks that nothing is kept of a call that fails,
// and that the connection stays good.
func TestErrorHasTheStatusOfOneWithoutPipeline(t *testing.T) {
	db, _ := open(t, pgx.QueryExecModeCacheStatement)
	setUp(t, db, schema...)
	m := moresql.New(db, session)
	adding := func(options ...moresql.Option) http.Handler {
		return m.Handler("pipe.add", append(options, moresql.Fields("a", "rows"))...)
	}
	add, spread := adding(), m.Handler("pipe.spread", moresql.Fields("rows"))
	pid := query(t, db, "SELECT pg_backend_pid()::text")
	tests := []struct {
		name   string
		h      http.Handler
		query  string
		status int // 0 for a response that breaks off
		added  string
	}{
		{
			name: "a good call",
			h:    add, query: "role=pipe_user&a=1&rows=10", status: 200, added: "1",
		},
		{
			name: "a long result",
			h:    add, query: "role=pipe_user&a=1&rows=4000", status: 200, added: "1",
		},
		{
			name: "a role that does not exist",
			h:    add, query: "role=nobody&a=1&rows=1", status: 400, added: "0",
		},
		{
			name: "no right to call the function",
			h:    add, query: "role=pipe_other&a=1&rows=1", status: 403, added: "0",
		},
		{
			name: "a value of another type",
			h:    add, query: "role=pipe_user&a=x&rows=1", status: 400, added: "0",
		},
		{
			name: "an error in the function",
			h:    add, query: "role=pipe_user&a=1&rows=5000", status: 400, added: "0",
		},
		{
			name: "an error in rows, after the response has begun",
			h:    spread, query: "role=pipe_user&rows=5000", status: 0, added: "0",
		},
		{
			name: "an error in COMMIT",
			h:    add, query: "role=pipe_user&a=0&rows=1", status: 409, added: "0",
		},
		{
			name: "an error in COMMIT, after the response has begun",
			h:    add, query: "role=pipe_user&a=0&rows=4000", status: 0, added: "0",
		},
		{
			name:  "an error of the program",
			h:     adding(moresql.Shape(row.One)),
			query: "role=pipe_user&a=1&rows=2", status: 500, added: "0",
		},
		{
			name:  "a value that no type of the database holds",
			h:     adding(moresql.Values{"a": func() {}}),
			query: "role=pipe_user&rows=2", status: 500, added: "0",
		},
		{
			name:  "a write in a READ ONLY transaction",
			h:     adding(moresql.ReadOnly()),
			query: "role=pipe_user&a=1&rows=2", status: 405, added: "0",
		},
	}
	for range 2 { // with statements that are new to the connection, and then known
		for _, test := range tests {
			setUp(t, db, "TRUNCATE pipe.runs", "INSERT INTO pipe.runs VALUES (0)")
			status, body, err := call(t, test.h, test.query)
			broken := status == 200 && errors.Is(err, io.ErrUnexpectedEOF)
			if test.status == 0 && !broken ||
				test.status != 0 && (status != test.status || err != nil) {
				t.Errorf("%s: %d %.100s %v, want %d", test.name, status, body, err, test.status)
			}
			n := query(t, db, "SELECT (count(*) - 1)::text FROM pipe.runs")
			if n != test.added {
				t.Errorf("%s: %s rows are kept", test.name, n)
			}
			if now := query(t, db, "SELECT pg_backend_pid()::text"); now != pid {
				t.Errorf("%s: the connection is lost", test.name)
				pid = now
			}
		}
	}
}

// TestPlanOfOneRoleGivesNoRightToAnother calls a function that PostgreSQL inlines, whose right to
// EXECUTE it checks only when it plans: statements that stay prepared could skip the check.
func TestPlanOfOneRoleGivesNoRightToAnother(t *testing.T) {
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

func TestChangedFunctionFailsOneCallAtMost(t *testing.T) {
	db, _ := open(t, pgx.QueryExecModeCacheStatement)
	setUp(t, db, schema...)
	h := moresql.New(db, session).Handler("pipe.changing", moresql.Fields("a"))
	const uuid = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
	for _, change := range []struct{ function, argument, want string }{
		{`(a int) RETURNS TABLE (n int) LANGUAGE sql AS 'SELECT a'`, "7", `[{"n":7}]`},
		{
			`(a int) RETURNS TABLE (n numeric) LANGUAGE sql AS 'SELECT a + 0.50'`,
			"7", `[{"n":7.50}]`,
		},
		{
			`(a int) RETURNS TABLE (n int, m text) LANGUAGE sql AS $$ SELECT a, 'm' $$`,
			"7", `[{"n":7,"m":"m"}]`,
		},
		{`(a text) RETURNS TABLE (n text) LANGUAGE sql AS 'SELECT a'`, "x", `[{"n":"x"}]`},
		{
			`(a bigint) RETURNS TABLE (n uuid) LANGUAGE sql AS $$ SELECT '` + uuid + `'::uuid $$`,
			"3000000000", `[{"n":"` + uuid + `"}]`,
		},
	} {
		create := "CREATE FUNCTION pipe.changing" + change.function
		setUp(t, db, "DROP FUNCTION IF EXISTS pipe.changing", create)
		status, body, _ := call(t, h, "role=pipe_user&a="+change.argument)
		if status == 200 && body != change.want {
			t.Errorf("%s: the first response is %s", create, body)
		}
		status, body, _ = call(t, h, "role=pipe_user&a="+change.argument)
		if status != 200 || body != change.want {
			t.Errorf("%s: %d %s", create, status, body)
		}
	}
}

// TestUnfinishedResultLeavesNothingBehind has a caller stop early, who must not wait for the rest,
// and one whose context is done.
func TestUnfinishedResultLeavesNothingBehind(t *testing.T) {
	db, _ := open(t, pgx.QueryExecModeCacheStatement)
	setUp(t, db, schema...)
	setUp(t, db, `CREATE FUNCTION pipe.endless() RETURNS SETOF bigint LANGUAGE sql STABLE AS
		'SELECT i FROM (SELECT generate_series(1, 100000000) AS i) s'`)
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

func TestConnectorReportsWhatItCannotRead(t *testing.T) {
	if _, err := morepgx.NewConnector("postgres://localhost:port/app"); err == nil {
		t.Error("a connection string with a bad port is taken")
	}
}

// elsewhere is a connector of another package.
type elsewhere struct{ driver.Connector }

type otherConn struct{ driver.Conn }

func (elsewhere) Connect(context.Context) (driver.Conn, error) { return otherConn{}, nil }

func TestConnectionOfAnotherPackageIsLeftAsItIs(t *testing.T) {
	conn, err := morepgx.Wrap(elsewhere{}).Connect(t.Context())
	if conn != (otherConn{}) || err != nil {
		t.Errorf("%T, %v", conn, err)
	}
}
