package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/cmd/moresql/internal/failure"
	"github.com/moresql/moresql/cmd/moresql/internal/token"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/rest/events"
)

// addEvents adds a channel, as NAME or NAME=ROLE,ROLE.
func (o *options) addEvents(text string) error {
	name, roles, found, err := cutChannel(text)
	if err != nil {
		return err
	}
	c := events.Channel{Name: name}
	if found {
		c.Roles = strings.Split(roles, ",")
	}
	same := func(other events.Channel) bool { return other.Name == name }
	switch {
	case name == "" || len(name) > 63 || !utf8.ValidString(name):
		return errors.New("a channel has a name of at most 63 bytes")
	case slices.ContainsFunc(o.events, same):
		return errors.New("the channel is named already: give all its roles at once")
	case slices.ContainsFunc(c.Roles, func(role string) bool { return !token.IsRole(role) }):
		return errors.New("after = come the names of roles, as in orders=clerk,manager")
	}
	o.events = append(o.events, c)
	return nil
}

// cutChannel cuts a channel's name off what follows the = after it. A name that has a = itself is
// in double quotes, as SQL has it: "" stands for one of them.
func cutChannel(text string) (name, roles string, found bool, err error) {
	if !strings.HasPrefix(text, `"`) {
		name, roles, found = strings.Cut(text, "=")
		return name, roles, found, nil
	}
	for rest := text[1:]; ; {
		part, after, closed := strings.Cut(rest, `"`)
		if !closed {
			return "", "", false, errors.New("the closing double quote is missing")
		}
		name += part
		if rest, found = strings.CutPrefix(after, `"`); found {
			name += `"`
			continue
		}
		roles, found = strings.CutPrefix(after, "=")
		if after != "" && !found {
			err = errors.New("after the closing double quote only = can follow")
		}
		return name, roles, found, err
	}
}

// isRestricted reports whether a channel is for some roles only.
func isRestricted(c events.Channel) bool { return c.Roles != nil }

// A following is the Hub of the channels that clients may follow, which goes on through generations
// of the configuration that want the same.
type following struct {
	*events.Hub
	who    atomic.Pointer[identity] // who authenticates a new subscriber, nil for nobody
	cancel context.CancelFunc
	done   chan struct{}
}

// following returns how many clients there are.
func (f *following) following() int {
	if f == nil {
		return 0
	}
	return f.Following()
}

// end ends all streams, and waits until nothing listens to the channels.
func (f *following) end() {
	if f != nil {
		f.cancel()
		<-f.done
	}
}

// hear listens to the channels that clients may follow, through a connection of its own; it returns
// nil if there are none, and what the last generation has if that will do.
func (s *service) hear(ctx context.Context, g, last *generation) *following {
	if len(g.events) == 0 {
		return nil
	}
	if last != nil && last.hub != nil && last.db == g.db && (last.who == nil) == (g.who == nil) &&
		last.followers == g.followers && reflect.DeepEqual(last.events, g.events) {
		return last.hub
	}
	f := &following{done: make(chan struct{})}
	// A server that drains goes on until end.
	ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	db := sql.OpenDB(g.db.Notifier)
	o := events.Options{
		Channels: g.events, Logger: s.log, Write: writeTime, Subscribers: g.followers,
	}
	if g.who != nil {
		o.Session = func(r *http.Request) (moresql.Settings, error) {
			return f.who.Load().settings(r)
		}
	}
	f.Hub = events.New(events.DB(db), o)
	go func() {
		defer close(f.done)
		defer db.Close()
		if err := f.Run(ctx); ctx.Err() == nil {
			s.log.Error("the channels are not followed", "error", failure.OneLine(g.db.Explain(err)))
		}
	}()
	return f
}

// listChannels prints a line for each channel that follows it on the server at url.
func (a *api) listChannels(w io.Writer, server string) {
	if a.hub == nil {
		return
	}
	fmt.Fprint(w, "\nWhat NOTIFY sends, as server-sent events:\n\n")
	for _, c := range a.channels {
		fmt.Fprintf(w, "\tcurl -N '%s/events/%s'\n", server, rest.Segment(c.Name))
	}
}
