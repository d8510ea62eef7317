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
	settle     = 100 * time.Millisecond // gathers changes in quick succession into one reload
	reloadTime = time.Minute            // limits one reload
)

// A reloader loads the catalog again when the database has changed.
type reloader struct {
	cat      *catalog.Catalog
	db       *database
	log      *slog.Logger
	requests chan string // reasons; it holds one, which stands for all before a reload begins

	reloaded func(at time.Time, err error) // nil, or called after each reload
}

func newReloader(cat *catalog.Catalog, db *database, log *slog.Logger) *reloader {
	return &reloader{cat: cat, db: db, log: log, requests: make(chan string, 1)}
}

// start reloads after SIGHUP and, on PostgreSQL, after notifications on the channel unless it is
// "", until ctx is done or stop is called. stop waits until all goroutines have ended.
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

// request requests a reload without waiting for it.
func (r *reloader) request(reason string) {
	select {
	case r.requests <- reason:
	default: // a reload that has not begun yet serves this request too
	}
}

// run runs one reload after the other.
func (r *reloader) run(ctx context.Context, hangups <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			r.request("SIGHUP")
		case reason := <-r.requests:
			select {
			case <-ctx.Done():
				return
			case <-time.After(settle):
			}
			select {
			case <-r.requests: // served by this reload
			default:
			}
			r.reload(ctx, reason)
		}
	}
}

// reload loads the catalog. It leaves the routes as they were if that fails.
func (r *reloader) reload(ctx context.Context, reason string) {
	ctx, cancel := context.WithTimeout(ctx, reloadTime)
	defer cancel()
	start, err := time.Now(), r.cat.Reload(ctx)
	if r.reloaded != nil {
		r.reloaded(start, err)
	}
	switch {
	case err == nil:
		r.log.Info("the routes are up to date", "reason", reason,
			"routines", len(r.cat.Current().Routines()), "duration", time.Since(start))
	case ctx.Err() != context.Canceled: // the command is not stopping
		r.log.Error("the routes stay as they were", "reason", reason,
			"error", oneLine(r.db.explain(err)))
	}
}
