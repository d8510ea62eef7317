package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/moresql/moresql/cmd/moresql/internal/failure"
	"github.com/moresql/moresql/cmd/moresql/internal/systemd"
)

// fixed are the flags that only a restart puts in force: what they say is done once, and a socket
// cannot move while clients are connected to it.
var fixed = []string{"addr", "admin-addr", "socket-mode", "tls-cert", "tls-key"}

// A notification has everything read again, as a signal has it.
type notification struct{}

func (notification) Signal()        {}
func (notification) String() string { return "notification" }

// request requests that everything is read again, without waiting for it.
func (s *service) request() {
	select {
	case s.signals <- notification{}:
	default: // a signal that has not been seen yet serves this request too
	}
}

// reload reads everything again at each signal, until ctx is done. Signals in quick succession are
// one.
func (s *service) reload(ctx context.Context) {
	for {
		reason := "SIGHUP"
		select {
		case <-ctx.Done():
			return
		case signal := <-s.signals:
			if n, ok := signal.(notification); ok {
				reason = n.String()
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(settle):
		}
		select {
		case <-s.signals:
		default:
		}
		start := time.Now()
		systemd.NotifyReload()
		err := s.reconfigure(ctx)
		if ctx.Err() != nil {
			return // the command is stopping
		}
		systemd.Notify(systemd.Ready)
		if s.metrics != nil {
			s.metrics.Reloaded(start, err)
		}
		if err != nil {
			s.log.Error("the configuration and the routes stay as they were",
				"reason", reason, "error", failure.OneLine(err))
			continue
		}
		g, routines := s.current.Load(), 0
		if g.reloader != nil {
			routines = g.reloader.routines()
		}
		s.log.Info("the configuration and the routes are up to date", "reason", reason,
			"routines", routines, "duration", time.Since(start))
	}
}

// reconfigure reads the configuration, the files that it names and the catalog again, and puts all
// of it in force at once, or nothing if there is a mistake anywhere.
func (s *service) reconfigure(ctx context.Context) error {
	o, log, err := s.read()
	if err != nil {
		return err
	}
	where, err := o.served()
	if err != nil {
		return err
	}
	last := s.current.Load()
	if now := last.db.System.Name; where.System.Name != now {
		return fmt.Errorf("the database is one of %s now and was one of %s before: "+
			"that takes a restart", where.System.Name, now)
	}
	waiting := s.waiting(o)
	kept := s.Network
	kept.Drain, kept.Grace = o.Drain, o.Grace
	o.Network = kept

	isSame := last.db.URI == where.URI && last.db.data == o.data
	db := last.db
	if isSame {
		db.take()
	} else if db, err = s.open(where, o); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, reloadTime)
	defer cancel()
	g, err := s.generate(limited, o, db, o.install && !(isSame && last.install))
	if err != nil {
		return err
	}
	s.sink.Store(log)
	s.enforce(ctx, g)
	if waiting != nil {
		s.log.Warn("these flags have other values now, which take a restart",
			"flags", strings.Join(waiting, " "))
	}
	return nil
}

// waiting returns the flags whose values have changed and that wait for a restart.
func (s *service) waiting(o options) (names []string) {
	for _, name := range fixed {
		if o.conf.Text(name) != s.conf.Text(name) {
			names = append(names, "-"+name)
		}
	}
	return names
}
