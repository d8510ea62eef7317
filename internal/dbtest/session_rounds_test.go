package dbtest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/lib/pq"
	"github.com/moresql/moresql"
	morepgx "github.com/moresql/moresql/drivers/pgx"
	morepq "github.com/moresql/moresql/drivers/pq"
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
func openCounted(t *testing.T, name string) (*sql.DB, *counter) {
	t.Helper()
	c := new(counter)
	var connector driver.Connector
	switch name {
	case "lib/pq", "drivers/pq":
		plain, err := pq.NewConnector(pgtest.URI(t))
		if err != nil {
			t.Fatal(err)
		}
		plain.Dialer(c)
		connector = plain
	case "pgx", "drivers/pgx":
		config, err := pgx.ParseConfig(pgtest.URI(t))
		if err != nil {
			t.Fatal(err)
		}
		config.DialFunc = c.DialContext
		// A ping of an idle connection would be another round trip.
		never := func(context.Context, stdlib.ShouldPingParams) bool { return false }
		connector = stdlib.GetConnector(*config, stdlib.OptionShouldPing(never))
	}
	switch name {
	case "drivers/pq":
		connector = morepq.Wrap(connector)
	case "drivers/pgx":
		connector = morepgx.Wrap(connector)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	return db, c
}

// TestRoundTripsPerCallAreExact counts the round trips of a call, from the second of its kind on a
// connection.
func TestRoundTripsPerCallAreExact(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	session := rest.Session(func(*http.Request) (rest.Identity, error) {
		return rest.Identity{Role: "talk_user", Claims: map[string]string{"sub": "ann"}}, nil
	})
	procedure := moresql.CallBy(moresql.Procedure{})
	for _, test := range []struct {
		reason, proc                    string
		options                         []moresql.Option
		libpq, prepared, pgx, pipelined int
	}{
		// Unless a statement is prepared, lib/pq has it parsed before it sends the values. BEGIN and
		// COMMIT have no values. A pipeline sends everything up to the call together, and cleans the
		// connection with COMMIT; of what only reads it sends all together.
		{reason: "a call", proc: "talk.one",
			libpq: 2, prepared: 1, pgx: 1, pipelined: 1},
		{reason: "read-only: BEGIN, the call, ROLLBACK", proc: "talk.one",
			options: []moresql.Option{moresql.ReadOnly()},
			libpq:   4, prepared: 3, pgx: 3, pipelined: 1},
		{reason: "in a session: BEGIN, set_config, the call, COMMIT, cleaning", proc: "talk.one",
			options: []moresql.Option{session},
			libpq:   7, prepared: 5, pgx: 5, pipelined: 2},
		{reason: "with HTTP settings", proc: "talk.one",
			options: []moresql.Option{rest.HTTPSettings()},
			libpq:   7, prepared: 5, pgx: 5, pipelined: 2},
		{reason: "with session and HTTP settings", proc: "talk.one",
			options: []moresql.Option{session, rest.HTTPSettings()},
			libpq:   7, prepared: 5, pgx: 5, pipelined: 2},
		{reason: "with both, read-only", proc: "talk.one",
			options: []moresql.Option{session, rest.HTTPSettings(), moresql.ReadOnly()},
			libpq:   7, prepared: 5, pgx: 5, pipelined: 1},
		{reason: "a procedure, with a query of its settings after it", proc: "talk.quiet",
			options: []moresql.Option{procedure, rest.HTTPSettings()},
			libpq:   8, prepared: 6, pgx: 6, pipelined: 3},
	} {
		for _, mode := range []struct {
			driver string
			want   int
		}{
			{"lib/pq", test.libpq}, {"drivers/pq", test.prepared},
			{"pgx", test.pgx}, {"drivers/pgx", test.pipelined},
		} {
			db, c := openCounted(t, mode.driver)
			m := moresql.New(db, quiet).With(test.options...)
			h := m.Handler(test.proc, moresql.Fields("status", "headers"))
			var rounds [3]int
			for i := range rounds {
				before := c.rounds.Load()
				if status, body := do(h, "POST", "/?status=200&headers=[]", "", ""); status >= 300 {
					t.Fatalf("%s: %d %s", test.reason, status, body)
				}
				rounds[i] = int(c.rounds.Load() - before)
			}
			t.Logf("%s, %s: %d round trips", test.reason, mode.driver, rounds[1])
			if rounds[1] != mode.want || rounds[2] != mode.want {
				t.Errorf("%s, %s: %d round trips, want %d", test.reason, mode.driver, rounds[1:], mode.want)
			}
		}
	}
}
