package exec

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/moresql/moresql/internal/quirk"
)

// end gives back what the call has taken: from the driver first, then the connection itself.
func (s *session) end(failed bool) {
	if s.stop != nil {
		defer s.stop()
	}
	defer s.sql.Close() // to the pool, which finds out whether it is broken
	defer func() {
		if s.lost {
			s.sql.Raw(func(any) error { return driver.ErrBadConn }) // has the pool drop it
		}
	}()
	defer func() {
		if s.watch != nil {
			s.lost = s.watch.End() || s.lost
		}
	}()
	s.release()
	s.cleanUp()
	if failed || s.isCanceled() {
		s.probe()
	}
}

// release ends the transaction, and then closes what was prepared: an error may have ended that
// with it. A lost connection takes all of that with it, and might not respond any more.
func (s *session) release() {
	if e, ok := s.tx.(Ender); ok && e.Over() {
		s.tx = nil
	}
	if s.lost || s.tx == nil && s.closer == nil {
		return
	}
	if s.tx != nil && s.watch != nil { // the client may have its response, and not give up
		defer time.AfterFunc(cleanTime, s.cancel).Stop()
	}
	s.hold(func(s *session) error {
		if s.tx != nil {
			s.note(s.tx.Rollback())
		}
		for _, stmt := range s.closer {
			stmt.Close() // what cannot be closed is lost with its connection
		}
		return nil
	})
}

// cleanUp takes what the call has left off the connection, which is lost if that fails. The call
// may be over, and its client gone.
func (s *session) cleanUp() {
	if s.clean == "" || s.lost {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleanTime)
	defer cancel()
	if watch := quirk.Of(s.conn).Watch(ctx); watch != nil {
		defer func() { s.lost = watch.End() || s.lost }()
		watch.MarkSent()
		ctx = watch.Context()
	}
	err := s.hold(func(s *session) error {
		if e, ok := s.conn.(driver.ExecerContext); ok {
			_, err := e.ExecContext(ctx, s.clean, nil)
			return err
		}
		return errors.New("the driver cannot run several statements")
	})
	s.lost = s.lost || err != nil
}

// probe finds out whether a call that has failed or was abandoned has lost the connection, where
// the driver reports that only when the pool hands the connection on.
func (s *session) probe() {
	probe := quirk.Probe(s.conn)
	if probe == nil || s.lost {
		return
	}
	s.hold(func(s *session) error {
		// the context of the call is over
		ctx, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		s.note(probe(ctx))
		return nil
	})
}
