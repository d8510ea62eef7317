package events

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/moresql/moresql/internal/quirk"
)

// Listen opens a connection to the database that listens to channels. ctx is that of the attempt
// only.
type Listen func(ctx context.Context, channels []string) (Listener, error)

// A Listener is a connection that listens. It is used by one goroutine at a time.
type Listener interface {
	// Wait returns the next notification. Its error, that of a ctx which is done among them, ends
	// the use of the connection.
	Wait(ctx context.Context) (channel, payload string, err error)

	// Close closes the connection, and may be called once.
	Close() error
}

// ErrUnable is wrapped by the errors of a Listen that will never succeed.
var ErrUnable = errors.New("events: the database cannot be listened to")

// Opener is an optional interface of a driver.Conn that listens on a connection of its own, as
// those of drivers/pq do: lib/pq has no notifications for database/sql. Its wait and close are the
// methods of a [Listener], and driver.ErrSkip says that it does not know where to connect to.
type Opener interface {
	Listen(ctx context.Context, channels []string) (
		wait func(context.Context) (channel, payload string, err error), close func() error, err error,
	)
}

// DB listens through the driver of a database: that of drivers/pgx, drivers/pq or pgx's package
// stdlib. It takes one connection of the pool for as long as it listens, and needs a PostgreSQL
// that is reached by itself: a pooler in transaction mode loses notifications, and a standby has
// none (PostgreSQL manual, LISTEN).
//
// With plain lib/pq a program writes its Listen itself, around a pq.ListenerConn.
func DB(db *sql.DB) Listen {
	return func(ctx context.Context, channels []string) (Listener, error) {
		for _, name := range channels {
			if name == "" || len(name) > 63 || !utf8.ValidString(name) || strings.Contains(name, "\x00") {
				return nil, fmt.Errorf("%w: PostgreSQL has no channel %q: its name is a text of 1 to 63 bytes",
					ErrUnable, name)
			}
		}
		conn, err := db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		l := &pooled{conn: conn}
		var own *owned
		err = conn.Raw(func(made any) (err error) {
			own, l.wait, err = ways(ctx, made, channels)
			return err
		})
		switch {
		case err != nil:
			conn.Close()
			return nil, err
		case own != nil:
			return own, conn.Close()
		}
		for _, name := range channels {
			if _, err := conn.ExecContext(ctx, "LISTEN "+quoted(name)); err != nil {
				l.Close()
				return nil, err
			}
		}
		return l, nil
	}
}

// ways returns how the connection of a driver listens.
func ways(ctx context.Context, made any, channels []string) (
	*owned, func(context.Context) (quirk.Notification, error), error,
) {
	for conn := made; conn != nil; {
		if o, ok := conn.(Opener); ok {
			wait, end, err := o.Listen(ctx, channels)
			if errors.Is(err, driver.ErrSkip) {
				break
			}
			return &owned{wait, end}, nil, err
		}
		wrapper, ok := conn.(interface{ Unwrap() driver.Conn })
		if !ok {
			break
		}
		conn = wrapper.Unwrap()
	}
	conn, _ := made.(driver.Conn)
	if wait := quirk.Notifications(conn); wait != nil {
		return nil, wait, nil
	}
	return nil, nil, fmt.Errorf("%w: %T has no notifications; open PostgreSQL through "+
		"drivers/pgx, drivers/pq or pgx's package stdlib", ErrUnable, made)
}

// An owned Listener is that of an Opener.
type owned struct {
	wait  func(context.Context) (channel, payload string, err error)
	close func() error
}

func (o *owned) Wait(ctx context.Context) (channel, payload string, err error) {
	return o.wait(ctx)
}

func (o *owned) Close() error { return o.close() }

// A pooled Listener is a connection of the pool.
type pooled struct {
	conn *sql.Conn
	wait func(context.Context) (quirk.Notification, error)
}

// A connection that is silent for so long is looked after: one that was cut without a word, by a
// firewall say, is silent without end.
const (
	silence = time.Minute
	answer  = 10 * time.Second
)

// Wait implements Listener.
func (p *pooled) Wait(ctx context.Context) (channel, payload string, err error) {
	for {
		n, err := p.next(ctx)
		switch {
		case err == nil:
			return n.Channel, n.Payload, nil
		case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded):
			return "", "", err
		}
		if err := p.ping(ctx); err != nil {
			return "", "", err
		}
	}
}

func (p *pooled) next(ctx context.Context) (n quirk.Notification, err error) {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	err = p.conn.Raw(func(any) (err error) {
		n, err = p.wait(ctx)
		return err
	})
	return n, err
}

func (p *pooled) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	_, err := p.conn.ExecContext(ctx, "SELECT 1")
	return err
}

// Close implements Listener. The next caller of the pool must not get a connection that listens.
func (p *pooled) Close() error {
	p.conn.Raw(func(any) error { return driver.ErrBadConn })
	return p.conn.Close()
}

// quoted returns a name as LISTEN takes it.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
