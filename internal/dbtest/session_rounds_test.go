package dbtest

import (
	"context"
	"database/sql"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/lib/pq"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
)

// A counter dials connections, and counts how often their driver waits for the server's reply.
type counter struct{ rounds atomic.Int64 }

type countedConn struct {
	net.Conn
	*counter
	sent atomic.Bool
}

func (c *counter) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	return &countedConn{Conn: conn, counter: c}, err
}

func (c *counter) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return c.DialContext(ctx, network, address)
}

func (c *counter) Dial(network, address string) (net.Conn, error) {
	return c.DialContext(context.Background(), network, address)
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

// openCounted opens a database with one connection, whose round trips are counted.
func openCounted(t *testing.T, driver string) (*sql.DB, *counter) {
	t.Helper()
	c := new(counter)
	var db *sql.DB
	switch driver {
	case "lib/pq":
		connector, err := pq.NewConnector(pgtest.URI(t))
		if err != nil {
			t.Fatal(err)
		}
		connector.Dialer(c)
		db = sql.OpenDB(connector)
	case "pgx":
		config, err := pgx.ParseConfig(pgtest.URI(t))
		if err != nil {
			t.Fatal(err)
		}
		config.DialFunc = c.DialContext
		// A ping of an idle connection would be another round trip.
		never := func(context.Context, stdlib.ShouldPingParams) bool { return false }
		db = stdlib.OpenDB(*config, stdlib.OptionShouldPing(never))
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	return db, c
}

// TestRoundTripsPerCallAreExact counts the round trips of a call, from the second of its kind on a
// connection.
func TestRoundTripsPerCallAreExact(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	session := moresql.Session(func(*http.Request) (moresql.Settings, error) {
		return moresql.Settings{Role: "talk_user", Claims: map[string]string{"sub": "ann"}}, nil
	})
	procedure := moresql.CallBy(moresql.Procedure{})
	for _, test := range []struct {
		reason, proc              string
		options                   []moresql.Option
		libpq, libpqPrepared, pgx int
	}{
		// Unless a statement is prepared, lib/pq has it parsed before it sends the values. BEGIN and
		// COMMIT have no values.
		{reason: "a call", proc: "talk.one", libpq: 2, libpqPrepared: 1, pgx: 1},
		{reason: "read-only: BEGIN, the call, ROLLBACK", proc: "talk.one",
			options: []moresql.Option{moresql.ReadOnly()}, libpq: 4, libpqPrepared: 3, pgx: 3},
		{reason: "in a session: BEGIN, set_config, the call, COMMIT", proc: "talk.one",
			options: []moresql.Option{session}, libpq: 6, libpqPrepared: 4, pgx: 4},
		{reason: "with HTTP settings", proc: "talk.one",
			options: []moresql.Option{rest.HTTPSettings()}, libpq: 6, libpqPrepared: 4, pgx: 4},
		{reason: "with session and HTTP settings", proc: "talk.one",
			options: []moresql.Option{session, rest.HTTPSettings()}, libpq: 6, libpqPrepared: 4, pgx: 4},
		{reason: "with both, read-only", proc: "talk.one",
			options: []moresql.Option{session, rest.HTTPSettings(), moresql.ReadOnly()}, libpq: 6,
			libpqPrepared: 4, pgx: 4},
		{reason: "a procedure, with a query of its settings after it", proc: "talk.quiet",
			options: []moresql.Option{procedure, rest.HTTPSettings()}, libpq: 7, libpqPrepared: 5,
			pgx: 5},
	} {
		for _, mode := range []struct {
			driver   string
			prepared bool
			want     int
		}{
			{"lib/pq", false, test.libpq}, {"lib/pq", true, test.libpqPrepared}, {"pgx", false, test.pgx},
			{"pgx", true, test.pgx},
		} {
			db, c := openCounted(t, mode.driver)
			m := moresql.New(db, quiet).With(test.options...)
			if mode.prepared {
				m = m.With(moresql.Prepared())
			}
			h := m.Handler(test.proc, moresql.Fields("status", "headers"))
			var rounds [3]int
			for i := range rounds {
				before := c.rounds.Load()
				if status, body := do(h, "POST", "/?status=200&headers=[]", "", ""); status >= 300 {
					t.Fatalf("%s: %d %s", test.reason, status, body)
				}
				rounds[i] = int(c.rounds.Load() - before)
			}
			t.Logf("%s, %s, prepared %v: %d round trips", test.reason, mode.driver, mode.prepared, rounds[1])
			if rounds[1] != mode.want || rounds[2] != mode.want {
				t.Errorf("%s, %s, prepared %v: %d round trips, want %d", test.reason, mode.driver,
					mode.prepared,
					rounds[1:], mode.want)
			}
		}
	}
}
