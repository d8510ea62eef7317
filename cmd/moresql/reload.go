package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/moresql/moresql/catalog"
)

const (
	settle     = 100 * time.Millisecond // what may follow the first of several changes, so that one reload serves them all
	reloadTime = time.Minute            // what a reload may take
)

// A reloader loads the catalog again when it is told that the database has changed.
type reloader struct {
	cat    *catalog.Catalog
	db     *database
	log    *slog.Logger
	wanted chan string // why; it holds one, which stands for all that come before a reload begins
}

func newReloader(cat *catalog.Catalog, db *database, log *slog.Logger) *reloader {
	return &reloader{cat: cat, db: db, log: log, wanted: make(chan string, 1)}
}

// start reloads until ctx is done: after SIGHUP and, on PostgreSQL, after what comes on the channel, if it is not "". What it
// returns stops it and waits until all of it has ended.
func (r *reloader) start(ctx context.Context, channel string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	all.Go(func() { r.run(ctx, hangups) })
	if r.db.listener != "" && channel != "" {
		all.Go(func() { r.listen(ctx, channel) })
	}
	return func() {
		cancel()
		all.Wait()
		signal.Stop(hangups)
	}
}

// want asks for a reload and does not wait for it.
func (r *reloader) want(reason string) {
	select {
	case r.wanted <- reason:
	default: // one that has not begun yet will do
	}
}

// run reloads, one reload after the other.
func (r *reloader) run(ctx context.Context, hangups <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			r.want("SIGHUP")
		case reason := <-r.wanted:
			select {
			case <-ctx.Done():
				return
			case <-time.After(settle):
			}
			select {
			case <-r.wanted: // served by this one
			default:
			}
			r.reload(ctx, reason)
		}
	}
}

func (r *reloader) reload(ctx context.Context, reason string) {
	ctx, cancel := context.WithTimeout(ctx, reloadTime)
	defer cancel()
	start, err := time.Now(), r.cat.Reload(ctx)
	switch {
	case err == nil:
		r.log.Info("the routes are those of now", "reason", reason, "routines", len(r.cat.Current().Routines()), "duration", time.Since(start))
	case ctx.Err() != context.Canceled: // which is the end
		r.log.Error("the routes stay as they were", "reason", reason, "error", oneLine(r.db.explain(err)))
	}
}
