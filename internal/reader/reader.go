// Package reader watches a replica of a database, which calls that only read may go to.
package reader

import (
	"context"
	"sync"
	"time"

	"github.com/moresql/moresql/internal/query"
	"github.com/moresql/moresql/row"
)

const (
	every    = time.Second // how long what is known of a replica is believed
	patience = time.Second // what it has to answer
)

// A Reader is a replica. It is safe for concurrent use.
type Reader struct {
	DB       query.Querier
	Prepared query.Prepared // of its pool

	lag   time.Duration // how far it may be behind
	mutex sync.Mutex
	until time.Time // that is believed
	ready bool
}

// New returns the reader for a replica that may be so far behind.
func New(db query.Querier, lag time.Duration) *Reader { return &Reader{DB: db, lag: lag} }

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
	r.mutex.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	ready := r.measure(ctx)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.until, r.ready = time.Now().Add(every), ready
	return ready
}

// Failed says that the replica has no connection to give.
func (r *Reader) Failed() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.until, r.ready = time.Now().Add(every), false
}

// behind is how many seconds the replica is behind (PostgreSQL manual, 9.27.4): none when it has replayed all that it has received and is
// receiving. Otherwise it counts from the last transaction, so that one that is cut off, or whose primary is idle, falls behind.
const behind = `SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0
	WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
	ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END::float8`

func (r *Reader) measure(ctx context.Context) (ready bool) {
	err := query.Run(ctx, r.DB, []query.Statement{{Text: behind}}, query.Options{}, func(rows *row.Rows) error {
		for row, err := range rows.All() {
			if err != nil {
				return err
			}
			v := row.Value(0)
			ready = !v.IsNull() && v.Float() <= r.lag.Seconds()
		}
		return rows.Finish()
	})
	return ready && err == nil
}
