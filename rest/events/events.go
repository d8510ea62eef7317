// Package events serves what PostgreSQL's NOTIFY sends as server-sent events (WHATWG, HTML Living
// Standard, "Server-sent events"): a page follows a channel by EventSource, a program by reading
// lines.
//
//	hub := events.New(events.DB(db), events.Options{
//		Channels: []events.Channel{{Name: "films"}, {Name: "orders", Roles: []string{"clerk"}}},
//		Session:  session, // that of moresql.Session
//	})
//	go hub.Run(ctx)
//	mux.Handle("GET /events/{channel}", hub)
//
// One connection to the database listens for all subscribers. An event is
//
//	id: 6m3k1c-42
//	data: the payload, a line for each of its lines
//
// and an event of the type "missed" says that something may have been sent that the subscriber has
// not got: the connection to the database was lost for a while, or the subscriber comes back, with
// its Last-Event-ID, after more than is kept.
package events

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/redact"
)

// A Channel is a channel of NOTIFY that clients may follow.
type Channel struct {
	Name  string   // as NOTIFY has it, also where it takes quotes there
	Roles []string // of the session, one of which a request must have; nil is everybody
}

// Options are those of a Hub. The zero value of each but Channels is a sensible one.
type Options struct {
	Channels []Channel // no other is listened to

	// Session authenticates a request, as it does for moresql.Session. nil lets everybody in who
	// may follow a Channel without Roles.
	Session func(*http.Request) (moresql.Settings, error)

	// Memory is how many bytes of events are kept of each channel, for subscribers that come back
	// and those that are slower than others: one that would need more is cut off. 0 is 16 MiB.
	Memory int

	// Subscribers is the greatest number at a time, over which requests are refused with 503. 0 is
	// 10,000.
	Subscribers int

	// Heartbeat is the time after which a comment tells a silent connection from a lost one, and a
	// client that is gone is noticed. 0 is 15 s, which the standard suggests.
	Heartbeat time.Duration

	// Write is the time that a subscriber has to take what is written, as moresql.Limits has it. 0
	// is 30 s.
	Write time.Duration

	// Lifetime is the time after which a stream ends. A client comes back by itself, with a token
	// that is valid then, and misses nothing. 0 is an hour.
	Lifetime time.Duration

	// Logger gets a line when the connection that listens is there and when it is lost. nil is
	// slog.Default().
	Logger *slog.Logger
}

// A Hub listens to the channels of a database while Run runs, and is the handler of requests that
// follow one. It may be used concurrently.
type Hub struct {
	Options
	listen      Listen
	channels    map[string]*channel
	names       []string
	subscribers atomic.Int64
	heard       atomic.Bool   // somebody may have events, and miss those between two connections
	unable      atomic.Bool   // there will be no events
	done        chan struct{} // closed when Run returns
}

// A channel is what is known of one.
type channel struct {
	roles  []string
	memory *memory
}

// New returns a Hub for the channels of a database that listen reaches, see [DB]. It sends nothing
// yet.
func New(listen Listen, options Options) *Hub {
	h := &Hub{
		Options: options, listen: listen,
		channels: make(map[string]*channel), done: make(chan struct{}),
	}
	h.Memory = cmp.Or(h.Memory, 16<<20)
	h.Subscribers = cmp.Or(h.Subscribers, 10_000)
	h.Heartbeat = cmp.Or(h.Heartbeat, 15*time.Second)
	h.Write = cmp.Or(h.Write, 30*time.Second)
	h.Lifetime = cmp.Or(h.Lifetime, time.Hour)
	if h.Logger == nil {
		h.Logger = slog.Default()
	}
	epoch := strconv.FormatInt(time.Now().UnixNano(), 36)
	for _, c := range options.Channels {
		if h.channels[c.Name] == nil {
			h.names = append(h.names, c.Name)
		}
		h.channels[c.Name] = &channel{roles: c.Roles, memory: newMemory(epoch, h.Memory)}
	}
	return h
}

// Following returns how many subscribers there are.
func (h *Hub) Following() int { return int(h.subscribers.Load()) }

// The time before Run connects again, which doubles from the first to the last.
const (
	shortWait = 100 * time.Millisecond
	longWait  = 5 * time.Second
)

// Run listens until ctx is done, and then ends all streams. It connects again when the connection
// is lost, for as long as it takes. Its error is that of ctx, or says why there cannot be any
// notifications, such as for another database than PostgreSQL. Run it once.
func (h *Hub) Run(ctx context.Context) error {
	defer close(h.done)
	pause, lost := shortWait, false
	for {
		err := h.follow(ctx, func() {
			h.Logger.Info("listening to the channels of events")
			pause, lost = shortWait, false
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, ErrUnable) {
			h.unable.Store(true)
			return err
		}
		if !lost {
			h.Logger.Warn("the connection that listens is lost, and made again",
				"error", redact.URI(err))
		}
		lost = true
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, longWait)
	}
}

// follow publishes what one connection hears until it fails. It calls listening once it hears.
func (h *Hub) follow(ctx context.Context, listening func()) error {
	l, err := h.listen(ctx, h.names)
	if err != nil {
		return err
	}
	defer l.Close()
	if h.heard.Swap(true) {
		for _, c := range h.channels {
			c.memory.add("missed", "the database was not listened to for a while")
		}
	}
	listening()
	for {
		name, payload, err := l.Wait(ctx)
		if err != nil {
			return fmt.Errorf("waiting for notifications: %w", err)
		}
		if c := h.channels[name]; c != nil {
			c.memory.add("", payload)
		}
	}
}
