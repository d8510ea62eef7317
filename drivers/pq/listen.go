package pq

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"

	"github.com/lib/pq"
)

// Listen opens a connection of its own that listens to channels, for moresql's package events:
// lib/pq drops the notifications that reach a connection of database/sql. wait returns the next
// notification, or why there will be no more; both it and close are for one goroutine. The error is
// driver.ErrSkip on a connection of Wrap, which does not know where it leads.
func (c *conn) Listen(ctx context.Context, channels []string) (
	wait func(context.Context) (channel, payload string, err error), close func() error, err error,
) {
	if c.dsn == "" {
		return nil, nil, driver.ErrSkip
	}
	l, err := listen(ctx, c.dsn, channels)
	if err != nil {
		return nil, nil, err
	}
	return l.wait, l.close, nil
}

// A listener is a connection that listens.
type listener struct {
	conn  *pq.ListenerConn
	heard chan *pq.Notification
	early []*pq.Notification // heard before all channels were listened to
}

// listen connects for as long as ctx lasts, which lib/pq does not know of.
func listen(ctx context.Context, dsn string, channels []string) (*listener, error) {
	l := &listener{heard: make(chan *pq.Notification, 64)}
	var failed error
	made := make(chan struct{})
	go func() {
		defer close(made)
		if l.conn, failed = pq.NewListenerConn(dsn, l.heard); failed != nil {
			return
		}
		for _, name := range channels {
			if _, failed = l.conn.Listen(name); failed != nil {
				return
			}
		}
	}()
	// hear takes what is heard meanwhile, since lib/pq waits to have it taken.
	hear := func(ctx context.Context) error {
		for {
			select {
			case n, ok := <-l.heard:
				if !ok {
					<-made
					return cmp.Or(failed, errUnheard)
				}
				l.early = append(l.early, n)
			case <-made:
				return failed
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	err := hear(ctx)
	if err == nil {
		return l, nil
	}
	go func() {
		if hear(context.WithoutCancel(ctx)); l.conn != nil {
			l.close()
		}
	}()
	return nil, err
}

var errUnheard = errors.New("pq: the connection that listens is lost")

func (l *listener) wait(ctx context.Context) (channel, payload string, err error) {
	if len(l.early) > 0 {
		n := l.early[0]
		l.early = l.early[1:]
		return n.Channel, n.Extra, nil
	}
	select {
	case n, ok := <-l.heard:
		if !ok {
			return "", "", errUnheard
		}
		return n.Channel, n.Extra, nil
	case <-ctx.Done():
		return "", "", ctx.Err()
	}
}

// close ends the connection. lib/pq waits until each notification has been taken.
func (l *listener) close() error {
	err := l.conn.Close()
	for range l.heard {
	}
	return err
}
