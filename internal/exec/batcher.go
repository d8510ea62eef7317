package exec

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/moresql/moresql/row"
)

// A Batcher is a driver.Conn that sends statements of a transaction together, without waiting for
// the response to one before it sends the next. It is the contract with connectors, as Pipeliner
// is.
type Batcher interface {
	// QueryBatch sends the first n of statements, at least one, within the transaction that has begun,
	// and returns their results. None is run after one that has failed. How many it sends is up to
	// the driver: no more than what the network takes before anybody reads what comes back. Without
	// results and error it leaves the first of the statements to QueryContext.
	QueryBatch(
		ctx context.Context, texts []string, args [][]driver.NamedValue,
	) (n int, results BatchResults, err error)
}

// BatchResults are the results of statements that have been sent together.
type BatchResults = interface {
	// Next returns the rows of the next statement. Those before have to be closed.
	Next() (driver.Rows, error)

	// Close reads what has not been read. Nothing else happens on the connection before.
	Close() error
}

// sendGroup sends the first statements of a group together, and returns how many: 0 where the
// driver cannot.
func (s *session) sendGroup(group []Step) (n int, err error) {
	err = s.hold(func(s *session) error {
		b, ok := s.conn.(Batcher)
		if !ok {
			return nil
		}
		texts, args := make([]string, len(group)), make([][]driver.NamedValue, len(group))
		for i := range group {
			first := &group[i].Statements[0]
			if len(group[i].Statements) > 1 || group[i].Outs != nil {
				texts, args = texts[:i], args[:i]
				break
			}
			texts[i] = first.Text
			if args[i], err = s.bind(nil, first.Args); err != nil {
				if i > 0 { // the others come first
					texts, args = texts[:i], args[:i]
					break
				}
				return err
			}
		}
		if len(texts) == 0 {
			return nil
		}
		if err = s.markSent(); err == nil {
			n, s.batch, err = b.QueryBatch(s.sent, texts, args)
		}
		return err
	})
	return n, err
}

// nextOfGroup returns the rows of the next statement of a group.
func (s *session) nextOfGroup(o row.Options) (rows *row.Rows, err error) {
	err = s.hold(func(s *session) error {
		result, err := s.batch.Next()
		if err == nil {
			rows, err = o.ScanDriver(s.ctx, result, s.holdRead)
		}
		return err
	})
	return rows, err
}

// endGroup ends a group, of which something has not been read if it is early.
func (s *session) endGroup(early bool) {
	if early {
		defer time.AfterFunc(drainTime, s.cancel).Stop()
	}
	s.note(s.hold(func(s *session) error { return s.batch.Close() }))
	s.batch = nil
}

// closePrepared closes what was prepared for one of many statements.
func (s *session) closePrepared() {
	s.note(s.hold(func(s *session) error {
		for _, stmt := range s.closer {
			stmt.Close()
		}
		s.closer = s.closer[:0]
		return nil
	}))
}
