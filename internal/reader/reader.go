// Package reader watches a replica of a database, which calls that only read may go to.
package reader

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
)

const (
	every    = time.Second // how long what is known of a replica is believed
	patience = time.Second // what it has to answer
)

// A Reader is a replica. It is safe for concurrent use.
type Reader struct {
	DB exec.Querier

	lag   time.Duration // how far it may be behind
	mutex sync.Mutex
	until time.Time // that is believed
	ready bool

	failures int // that have been told of
}

// New returns the reader for a replica that may be so far behind.
func New(db exec.Querier, lag time.Duration) *Reader { return &Reader{DB: db, lag: lag} }

// Ready reports whether the replica answers and is not too far behind, as it was found out within the last second. While one call
// finds out the others go by what was known before.
func (r *Reader) Ready(ctx context.Context) bool {
	r.mutex.Lock()
	if now := time.Now(); now.Before(r.until) {
		defer r.mutex.Unlock()
		return r.ready
	} else {
		r.until = now.Add(every + patience)
	}
	was, failures := r.ready, r.failures
	r.mutex.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if !was {
		r.refresh(ctx)
	}
	ready := r.measure(ctx)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.until, r.ready = time.Now().Add(every), ready && failures == r.failures // else it has gone away meanwhile
	return r.ready
}

// refresh has a pool drop the connections that have been idle since before the replica was away: each would fail a call.
func (r *Reader) refresh(ctx context.Context) {
	db, ok := r.DB.(*sql.DB)
	if !ok {
		return
	}
	for range db.Stats().Idle {
		conn, err := db.Conn(ctx)
		if err != nil {
			return
		}
		defer conn.Close()
		if conn.PingContext(ctx) != nil {
			conn.Raw(func(any) error { return driver.ErrBadConn }) // the pool shall close it
		}
	}
}

// Note looks at the error of a call that was to go to the replica. If it has no connection to give, or that is lost, the next calls need not find
// out themselves.
func (r *Reader) Note(err error) {
	code := sqlstate.Of(err).Code
	if !errors.As(err, new(*exec.ConnectError)) && !sqlstate.Unavailable(err) &&
		!strings.HasPrefix(code, "57P") && !strings.HasPrefix(code, "08") { // the server is going down, the connection
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.until, r.ready = time.Now().Add(every), false
	r.failures++
}

// behind is how many seconds the replica is behind (PostgreSQL manual, 9.27.4): none when it has replayed what the primary has, as that says with
// each message to pg_stat_wal_receiver, or, where the role may not see it (pg_read_all_stats), what it has received, which after a restart
// lies before what it has replayed. Otherwise it counts from the last transaction, so that one that is cut off falls behind. Of a server that is
// no replica, or no longer since it has been promoted, nobody knows.
const behind = `SELECT CASE WHEN NOT pg_is_in_recovery() THEN NULL
	WHEN (SELECT coalesce(latest_end_lsn, pg_last_wal_receive_lsn()) FROM pg_stat_wal_receiver) <= pg_last_wal_replay_lsn() THEN 0
	ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END::float8`

func (r *Reader) measure(ctx context.Context) (ready bool) {
	res, err := exec.Run(ctx, r.DB, []exec.Statement{{Text: behind}}, exec.Options{})
	if err != nil {
		return false
	}
	defer res.Close()
	for row, err := range res.Rows().All() {
		if err != nil {
			res.Explain(err)
			return false
		}
		v := row.Value(0)
		ready = !v.IsNull() && v.Float() <= r.lag.Seconds()
	}
	return ready && res.Commit() == nil
}
