// Package replica makes one Querier of a database and a streaming replica of it. Calls that only
// read go to the replica while it is up to date, all others to the primary:
//
//	db := replica.New(primary, standby, 5*time.Second)
//	m := moresql.New(db)
//	mux.Handle("GET /cars", m.Handler("get_cars", moresql.ReadOnly()))
//
// What a client has just written it may not see yet in a call that only reads.
package replica

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/sqlstate"
	"github.com/moresql/moresql/row"
)

const (
	validity = time.Second // of what is known of the replica
	patience = time.Second // how long the replica may take to report its lag
)

// A Querier runs a statement that returns rows, as *sql.DB, *sql.Conn and *sql.Tx do.
type Querier = interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// A DB is a Querier made of two, for moresql.New. A call that only reads, one of a handler with
// moresql.ReadOnly or a GET under package rest, goes to the replica, unless the replica does not
// respond, lags too far, or has been promoted; then it goes to the primary, as all other calls do.
//
// A call is never run twice: it goes to the primary as well only if no connection to the replica
// could be had. One that the end of the replica interrupts fails.
//
// It is safe for concurrent use as far as the two are: a *sql.DB is.
type DB struct {
	primary, replica Querier
	maxLag           time.Duration

	mu       sync.Mutex
	until    time.Time // ready is valid
	ready    bool
	failures int // reported so far
}

// New returns a DB of a primary and its replica, which is not used while it lags by more than
// maxLag. The lag is queried once a second at most, and only for calls that read, by a statement
// for PostgreSQL's streaming replication. The caller closes the two.
func New(primary, replica Querier, maxLag time.Duration) *DB {
	return &DB{primary: primary, replica: replica, maxLag: maxLag}
}

// QueryContext runs a statement on the primary.
func (d *DB) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return d.primary.QueryContext(ctx, query, args...)
}

// Primary returns the Querier for calls that may write.
func (d *DB) Primary() Querier { return d.primary }

// Replica returns the Querier for calls that only read, or nil if the replica is not to be used: it
// does not respond or lags too far, as of the last second. The first call after a second finds out,
// and waits a second for that at most; others go by what was known before.
func (d *DB) Replica(ctx context.Context) Querier {
	d.mu.Lock()
	now := time.Now()
	if now.Before(d.until) {
		defer d.mu.Unlock()
		return d.usable()
	}
	d.until = now.Add(validity + patience)
	was, failures := d.ready, d.failures
	d.mu.Unlock()

	// what is found out is for other calls too
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if !was {
		d.refresh(ctx)
	}
	ready := d.measure(ctx)

	d.mu.Lock()
	defer d.mu.Unlock()
	d.until = time.Now().Add(validity)
	d.ready = ready && failures == d.failures // else it has failed a call meanwhile
	return d.usable()
}

// usable returns the replica if it is ready.
func (d *DB) usable() Querier {
	if d.ready {
		return d.replica
	}
	return nil
}

// refresh has a pool drop the connections that have been idle since before the replica was away:
// each would fail a call.
func (d *DB) refresh(ctx context.Context) {
	pool, ok := d.replica.(*sql.DB)
	if !ok {
		return
	}
	for range pool.Stats().Idle {
		conn, err := pool.Conn(ctx)
		if err != nil {
			return
		}
		defer conn.Close()
		if conn.PingContext(ctx) != nil {
			conn.Raw(func(any) error { return driver.ErrBadConn }) // has the pool drop it
		}
	}
}

// Report takes the error of a call that ran, or was to run, on the replica. If the replica has no
// connection to give, or has lost one, the calls of the next second go to the primary and need not
// find out themselves.
func (d *DB) Report(err error) {
	code := sqlstate.Of(err).Code
	if !errors.As(err, new(*exec.ConnectError)) && !sqlstate.Unavailable(err) &&
		!strings.HasPrefix(code, "57P") && // the server is going down or coming up
		!strings.HasPrefix(code, "08") { // the connection
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.until, d.ready = time.Now().Add(validity), false
	d.failures++
}

// lag is the query for the lag of a PostgreSQL replica in seconds (PostgreSQL manual, 9.27.4). It
// is 0 when the replica has replayed what the primary has. The primary reports that with each
// message to pg_stat_wal_receiver; where the role may not see it (pg_read_all_stats), what has
// been received stands for it, which after a restart lies before what has been replayed. Otherwise
// the lag counts from the last transaction, so that a replica that is cut off lags more and more.
// It is NULL for a server that is no replica, or no longer since it has been promoted.
const lag = `SELECT CASE WHEN NOT pg_is_in_recovery() THEN NULL
	WHEN (SELECT coalesce(latest_end_lsn, pg_last_wal_receive_lsn()) FROM pg_stat_wal_receiver)
		<= pg_last_wal_replay_lsn() THEN 0
	ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END::float8`

// measure reports whether the replica responds and does not lag by more than maxLag. What is not
// one row with a number of seconds is not the response of a replica.
func (d *DB) measure(ctx context.Context) (ready bool) {
	r, err := exec.Run(ctx, d.replica, []exec.Statement{{Text: lag}}, exec.Options{})
	if err != nil {
		return false
	}
	defer r.Close()
	n := 0
	for one, err := range r.Rows().All() {
		if err != nil {
			r.Explain(err)
			return false
		}
		v := one.Value(0)
		n++
		ready = v.Kind() == row.Float64 && v.Float() <= d.maxLag.Seconds()
	}
	return ready && n == 1
}
