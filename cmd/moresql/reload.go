package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/cmd/moresql/internal/failure"
)

const (
	settle     = 100 * time.Millisecond // gathers changes in quick succession into one reload
	reloadTime = time.Minute            // limits one reload
)

// A reloader loads the catalog again when the database has changed.
type reloader struct {
	cats     []*catalog.Catalog // at least one
	files    *sqlFolder         // whose catalog is one of them, nil for none
	db       *database.DB
	log      *slog.Logger
	requests chan string // reasons; it holds one, which stands for all before a reload begins

	reloaded    func(at time.Time, err error) // nil, or called after each reload
	reconfigure func()                        // nil, or called when a notification wants it
}

// newReloader returns a reloader of what an API has, nil if that never changes.
func newReloader(a *api, log *slog.Logger) *reloader {
	r := &reloader{files: a.files, db: a.db, log: log, requests: make(chan string, 1)}
	if a.files != nil {
		r.cats = append(r.cats, a.files.cat)
	}
	if a.cat != nil {
		r.cats = append(r.cats, a.cat)
	}
	if r.cats == nil {
		return nil
	}
	return r
}

// start reloads after each hangup and, on PostgreSQL, after notifications on the channel unless it
// is "", until ctx is done or stop is called. stop waits until all goroutines have ended.
func (r *reloader) start(
	ctx context.Context, channel string, hangups <-chan os.Signal,
) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { r.run(ctx, hangups) })
	if r.db.Listener != "" && channel != "" {
		all.Go(func() { r.listen(ctx, channel) })
	}
	return func() {
		cancel()
		all.Wait()
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

// reload loads each catalog. It leaves the routes of one as they were if that fails.
func (r *reloader) reload(ctx context.Context, reason string) {
	ctx, cancel := context.WithTimeout(ctx, reloadTime)
	defer cancel()
	start := time.Now()
	var all error
	for _, cat := range r.cats {
		err := cat.Reload(ctx)
		switch {
		case err == nil:
			continue
		case r.files != nil && cat == r.files.cat:
			err = r.files.explain(err)
		default:
			err = r.db.Explain(err)
		}
		if ctx.Err() != context.Canceled { // the command is not stopping
			r.log.Error("the routes stay as they were", "reason", reason, "error", failure.OneLine(err))
		}
		all = errors.Join(all, err)
	}
	if r.reloaded != nil {
		r.reloaded(start, all)
	}
	if all == nil {
		r.log.Info("the routes are up to date", "reason", reason,
			"routines", r.routines(), "duration", time.Since(start))
	}
}

// routines returns how many there are.
func (r *reloader) routines() (n int) {
	for _, cat := range r.cats {
		n += len(cat.Current().Routines())
	}
	return n
}
