package dbtest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/row"
)

// TestBrokenConnectionDoesNotRepeatCall breaks the connection after a procedure has run, where
// database/sql by itself would try three times.
func TestBrokenConnectionDoesNotRepeatCall(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "DROP TABLE IF EXISTS effects", "CREATE TABLE effects (n int)",
			`CREATE OR REPLACE PROCEDURE effect() LANGUAGE plpgsql AS $$ BEGIN
				INSERT INTO effects VALUES (1); COMMIT; PERFORM pg_terminate_backend(pg_backend_pid());
				PERFORM pg_sleep(10); END $$`)
		m := moresql.New(db, quiet, moresql.CallBy(moresql.Procedure{}))
		if status, body := do(m.Handler("effect"), "POST", "/", "", ""); status != 503 {
			t.Errorf("%d %s, want 503", status, body)
		}
		if n := queryText(t, db, "SELECT count(*)::text FROM effects"); n != "1" {
			t.Errorf("the procedure ran %s times", n)
		}
		if n := db.Stats().InUse; n != 0 {
			t.Errorf("%d connections in use", n)
		}
	})
}

// TestMariaDBLostConnectionIsServerError has KILL break the connection, for which the driver's
// error has no code.
func TestMariaDBLostConnectionIsServerError(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, "CREATE OR REPLACE PROCEDURE die() BEGIN KILL CONNECTION_ID(); DO SLEEP(10); END")
	status, body := do(moresql.New(db, quiet, call).Handler("die"), "POST", "/", "", "")
	if status < 500 || status == 504 && !strings.Contains(body, "70100") {
		t.Errorf("%d %s", status, body)
	}
	if n := db.Stats().InUse; n != 0 {
		t.Errorf("%d connections in use", n)
	}
}

// logging wraps a database, as programs do, to see every statement.
type logging struct {
	*sql.DB
	mutex sync.Mutex
	seen  []string
}

func (l *logging) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	l.mutex.Lock()
	l.seen = append(l.seen, query)
	l.mutex.Unlock()
	return l.DB.QueryContext(ctx, query, args...)
}

// TestWrappedDatabaseSeesEveryStatement calls through a wrapper, which must run each statement
// itself.
func TestWrappedDatabaseSeesEveryStatement(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, `CREATE OR REPLACE PROCEDURE add_one(a INT, OUT b INT, OUT B2 INT)
		BEGIN SET b = a + 1; SET B2 = a + 2; END`,
		"CREATE OR REPLACE PROCEDURE same(a INT) SELECT a AS v")
	l := &logging{DB: db}
	m := moresql.New(l, quiet, call)
	if got := stream(t, m, "same", 7); got != `[{"v":7}]` || len(l.seen) != 1 {
		t.Errorf("%s; the wrapper saw %q", got, l.seen)
	}
	// Variables of the session must not mix with those of another call.
	h := m.Handler("add_one", moresql.Shape(row.One),
		moresql.Bind(binder.Any("a"), binder.Out("b"), binder.Out("B")))
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			for j := range 10 {
				a := i*1000 + j
				want := fmt.Sprintf(`{"b":%d,"B":%d}`, a+1, a+2)
				if status, body := do(h, "GET", fmt.Sprintf("/?a=%d", a), "", ""); status != 200 ||
					body != want {
					t.Errorf("%d %s, want %s", status, body, want)
				}
			}
		})
	}
	group.Wait()
}

// TestHTTP10ErrorResetsConnection has a result fail halfway. A body of HTTP/1.0 ends with the
// connection, so that only a reset shows that it is incomplete.
func TestHTTP10ErrorResetsConnection(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, `CREATE OR REPLACE FUNCTION break_late() RETURNS TABLE (i int, filler text)
		LANGUAGE sql STABLE AS
		$$ SELECT i, repeat('x', 100) FROM generate_series(1, 20000) i WHERE 1 / (20000 - i) >= 0 $$`)
	server := httptest.NewServer(moresql.New(db, quiet).Handler("break_late"))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET / HTTP/1.0\r\n\r\n")
	body, err := io.ReadAll(conn)
	if err == nil {
		t.Errorf("%d bytes end like a complete response", len(body))
	}
	if !bytes.HasPrefix(body, []byte("HTTP/1.0 200")) {
		t.Errorf("%.50s", body)
	}
}

// TestSQLiteMixedColumnsKeepEachValue reads columns that hold values of several types, which SQLite
// allows.
func TestSQLiteMixedColumnsKeepEachValue(t *testing.T) {
	db := openSQLite(t)
	m := moresql.New(db, moresql.CallBy(query{}))
	setUp(t, db, "CREATE TABLE mixed (d DATE, t TEXT, i INTEGER)",
		`INSERT INTO mixed VALUES ('2024-01-02', 'x', 1), ('2024-01-02 10:11:12', x'00ff', 'three'),
			(NULL, NULL, x'00ff'), ('soon', 2, 1.5)`)
	check(t, "declared", stream(t, m, "SELECT * FROM mixed"), `[
		{"d":"2024-01-02","t":"x","i":1},
		{"d":"2024-01-02T10:11:12","t":"\\x00ff","i":"three"},
		{"d":null,"t":null,"i":"\\x00ff"},
		{"d":"soon","t":"2","i":1.5}]`)
	for order, want := range map[string]string{
		"SELECT 1 AS v UNION ALL SELECT x'ff'":      `[{"v":1},{"v":"\\xff"}]`,
		"SELECT x'6869' AS v UNION ALL SELECT 'hi'": `[{"v":"\\x6869"},{"v":"hi"}]`,
		"SELECT NULL AS v UNION ALL SELECT x'6869' UNION ALL SELECT 1.5": `[{"v":null},
			{"v":"\\x6869"},{"v":1.5}]`,
	} {
		check(t, order, stream(t, m, order), want)
	}
}
