package pq_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	libpq "github.com/lib/pq"

	"github.com/moresql/moresql/drivers/pq"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/internal/pgtest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	pgtest.Stop()
	os.Exit(code)
}

// open opens a database with one connection.
func open(t *testing.T, parameters string) *sql.DB {
	t.Helper()
	connector, err := pq.NewConnector(pgtest.URI(t) + parameters)
	if err != nil {
		t.Fatal(err)
	}
	leaktest.Check(t)
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	return db
}

func exec(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s\n%v", s, err)
		}
	}
}

// rounds counts how often a driver has waited for a response to what it had sent.
type rounds struct{ atomic.Int64 }

func (r *rounds) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	return &countedConn{Conn: conn, rounds: r}, err
}

func (r *rounds) DialTimeout(
	network, address string, timeout time.Duration,
) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return r.DialContext(ctx, network, address)
}

func (r *rounds) Dial(network, address string) (net.Conn, error) {
	return r.DialContext(context.Background(), network, address)
}

type countedConn struct {
	net.Conn
	rounds *rounds
	sent   atomic.Bool
}

func (c *countedConn) Write(p []byte) (int, error) {
	c.sent.Store(true)
	return c.Conn.Write(p)
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && c.sent.Swap(false) {
		c.rounds.Add(1)
	}
	return n, err
}

func TestCallWithArgumentsTakesOneRoundTrip(t *testing.T) {
	for name, want := range map[string]int64{"lib/pq": 2, "this": 1} {
		connector, err := libpq.NewConnector(pgtest.URI(t))
		if err != nil {
			t.Fatal(err)
		}
		r := new(rounds)
		connector.Dialer(r)
		db := sql.OpenDB(connector)
		if name == "this" {
			db.Close()
			db = sql.OpenDB(pq.Wrap(connector))
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		for i := range 3 {
			before, got := r.Load(), 0
			if err := db.QueryRow("SELECT $1::int + 1", i).Scan(&got); err != nil || got != i+1 {
				t.Fatal(got, err)
			}
			if n := r.Load() - before; i > 0 && n != want {
				t.Errorf("%s: call %d takes %d round trips, want %d", name, i+1, n, want)
			}
		}
	}
}

// TestChangedFunctionFailsOneCallAtMost changes a function after a statement with its call was
// kept.
func TestChangedFunctionFailsOneCallAtMost(t *testing.T) {
	const base = "CREATE FUNCTION pq_stale(a int) RETURNS TABLE (n int) LANGUAGE sql AS 'SELECT a'"
	for _, test := range []struct{ name, create, argument, want string }{
		{"nothing changes", base, "7", "[7]"},
		{
			name: "another type of result",
			create: "CREATE FUNCTION pq_stale(a int) RETURNS TABLE (n text, m int) LANGUAGE sql " +
				"AS $$ SELECT a || '!', a $$",
			argument: "7", want: "[7! 7]",
		},
		{
			name: "another type of parameter",
			create: "CREATE FUNCTION pq_stale(a text) RETURNS TABLE (n text) LANGUAGE sql " +
				"AS 'SELECT a'",
			argument: "x", want: "[x]",
		},
		{
			name: "a wider type of parameter",
			create: "CREATE FUNCTION pq_stale(a bigint) RETURNS TABLE (n bigint) LANGUAGE sql " +
				"AS 'SELECT a'",
			argument: "3000000000", want: "[3000000000]",
		},
		{"the server has lost it", "DEALLOCATE ALL; " + base, "7", "[7]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := open(t, "")
			exec(t, db, "DROP FUNCTION IF EXISTS pq_stale", base)
			for range 2 {
				if got, err := row(db, "SELECT * FROM pq_stale($1)", "1"); got != "[1]" {
					t.Fatalf("before: %s %v", got, err)
				}
			}
			exec(t, db, "DROP FUNCTION pq_stale; "+test.create)
			row(db, "SELECT * FROM pq_stale($1)", test.argument) // finds out
			got, err := row(db, "SELECT * FROM pq_stale($1)", test.argument)
			if got != test.want || err != nil {
				t.Errorf("%s %v, want %s", got, err, test.want)
			}
		})
	}
}

// row returns the only row of a query, as fmt prints its values with bytes as text.
func row(q interface {
	Query(string, ...any) (*sql.Rows, error)
}, query string, args ...any) (string, error) {
	rows, err := q.Query(query, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	names, _ := rows.Columns()
	values, targets := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return "", err
		}
	}
	for i, v := range values {
		if b, ok := v.([]byte); ok {
			values[i] = string(b)
		}
	}
	return fmt.Sprint(values), rows.Err()
}

// TestServerHasOneStatementForEachText counts them while connections come and go.
func TestServerHasOneStatementForEachText(t *testing.T) {
	db := open(t, "")
	db.SetMaxOpenConns(0)
	db.SetMaxIdleConns(2)
	const query = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%mark%' " +
		"AND $1::int = 1 /* mark */"
	for range 40 {
		var all sync.WaitGroup
		for range 8 {
			all.Add(1)
			go func() {
				defer all.Done()
				if got, err := row(db, query, 1); got != "[1]" || err != nil {
					t.Errorf("%s %v, want one statement on the connection", got, err)
				}
			}()
		}
		all.Wait()
	}
}

// TestResultIsThatOfLibPQ compares values and what is known of the columns' types.
func TestResultIsThatOfLibPQ(t *testing.T) {
	const query = `SELECT true, 1::int2, 2::int4, 3::int8, 1.5::float8, 1.50::numeric(6,2), 'a'::text,
		'b'::varchar(3), '\x00ff'::bytea, '{"a": 1}'::jsonb, date '2024-02-29',
		timestamptz '2024-07-02 03:04:05.6+05', '{1,NULL}'::int[], NULL::int,
		'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, $1::int`
	for _, parameters := range []string{"", "&binary_parameters=yes"} {
		bare, err := sql.Open("postgres", pgtest.URI(t)+parameters)
		if err != nil {
			t.Fatal(err)
		}
		defer bare.Close()
		db := open(t, parameters)
		want, wantTypes := typed(t, bare, query)
		for range 2 {
			got, gotTypes := typed(t, db, query)
			if got != want {
				t.Errorf("%q: the values are\n%s\nwant\n%s", parameters, got, want)
			}
			if !reflect.DeepEqual(gotTypes, wantTypes) {
				t.Errorf("%q: the columns are\n%v\nwant\n%v", parameters, gotTypes, wantTypes)
			}
		}
	}
}

func typed(t *testing.T, db *sql.DB, query string) (values string, types []string) {
	t.Helper()
	values, err := row(db, query, 41)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(query, 41)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range columns {
		length, hasLength := c.Length()
		precision, scale, isDecimal := c.DecimalSize()
		types = append(types, fmt.Sprint(c.DatabaseTypeName(), c.ScanType(),
			length, hasLength, precision, scale, isDecimal))
	}
	return values, types
}

func TestTextWithSeveralStatementsReturnsSeveralResults(t *testing.T) {
	db := open(t, "")
	rows, err := db.Query("SELECT 1; SELECT 2")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []int
	for {
		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				t.Fatal(err)
			}
			got = append(got, n)
		}
		if !rows.NextResultSet() {
			break
		}
	}
	if !reflect.DeepEqual(got, []int{1, 2}) || rows.Err() != nil {
		t.Errorf("%v %v", got, rows.Err())
	}
}

func TestCopyWorksAsInLibPQ(t *testing.T) {
	db := open(t, "")
	exec(t, db, "DROP TABLE IF EXISTS pq_copied", "CREATE TABLE pq_copied (n int, s text)")
	if got, err := row(db, "SELECT count(*) FROM pq_copied WHERE n > $1", 0); got != "[0]" {
		t.Fatal(got, err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	stmt, err := tx.Prepare(`COPY pq_copied (n, s) FROM STDIN`)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, err := stmt.Exec(i+1, "text"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := row(tx, "SELECT count(*) FROM pq_copied WHERE n > $1", 0); err == nil {
		t.Error("lib/pq takes a statement within a COPY")
	}
	if _, err := stmt.Exec(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(stmt.Close(), tx.Commit()); err != nil {
		t.Fatal(err)
	}
	if got, err := row(db, "SELECT count(*) FROM pq_copied WHERE n > $1", 0); got != "[3]" {
		t.Error(got, err)
	}
}

func TestCancelledStatementIsPreparedAnew(t *testing.T) {
	db := open(t, "")
	const query = "SELECT pg_backend_pid(), pg_sleep($1)::text"
	before, err := row(db, query, 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := db.ExecContext(ctx, query, 60); err == nil {
		t.Error("a call whose context is done does not fail")
	}
	if after, err := row(db, query, 0); after != before || err != nil {
		t.Errorf("the next call: %s %v, want %s", after, err, before)
	}
}

func TestErrorInATransactionLeavesTheConnectionUsable(t *testing.T) {
	db := open(t, "")
	exec(t, db, "DROP TABLE IF EXISTS pq_unique", "CREATE TABLE pq_unique (n int UNIQUE)")
	var state *libpq.Error
	for range 3 {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			_, err = tx.Exec("INSERT INTO pq_unique VALUES ($1)", 1)
		}
		if !errors.As(err, &state) || state.Code != "23505" {
			t.Errorf("a second row of the same key: %v", err)
		}
		_, err = tx.Query("SELECT $1::int", 1)
		if !errors.As(err, &state) || state.Code != "25P02" {
			t.Errorf("a query in the failed transaction: %v", err)
		}
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
	if got, err := row(db, "SELECT 10 / $1::int", 0); err == nil {
		t.Errorf("a division by zero returns %s", got)
	}
	if got, err := row(db, "SELECT 10 / $1::int", 5); got != "[2]" || err != nil {
		t.Errorf("the same statement then: %s %v", got, err)
	}
}

func TestConnectorReportsWhatItCannotRead(t *testing.T) {
	if _, err := pq.NewConnector("postgres://localhost:port/app"); err == nil ||
		!strings.Contains(err.Error(), "port") {
		t.Errorf("a connection string with a bad port: %v", err)
	}
}
