package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/moresql/moresql/cmd/moresql/internal/token"
	"github.com/moresql/moresql/rest/events"
)

// addEvents adds a channel, as NAME or NAME=ROLE,ROLE.
func (o *options) addEvents(text string) error {
	name, roles, found := strings.Cut(text, "=")
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

// isRestricted reports whether a channel is for some roles only.
func isRestricted(c events.Channel) bool { return c.Roles != nil }

// hear starts to listen to the channels that clients may follow, through a connection of its own;
// no Hub if there are none. end ends that, and all who follow.
func (s *service) hear(ctx context.Context) (hub *events.Hub, end context.CancelFunc) {
	if len(s.events) == 0 {
		return nil, func() {}
	}
	// A server that drains goes on until end.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	db := sql.OpenDB(s.db.notifier)
	o := events.Options{Channels: s.events, Logger: s.log, Write: writeTime}
	if s.who != nil {
		o.Session = s.who.settings
	}
	hub = events.New(events.DB(db), o)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer db.Close()
		if err := hub.Run(ctx); ctx.Err() == nil {
			s.log.Error("the channels are not followed", "error", oneLine(s.db.explain(err)))
		}
	}()
	return hub, func() {
		cancel()
		<-done
	}
}

// listChannels prints a line for each channel that follows it on the server at url.
func (a *api) listChannels(w io.Writer, server string) {
	if a.hub == nil {
		return
	}
	fmt.Fprint(w, "\nWhat NOTIFY sends, as server-sent events:\n\n")
	for _, c := range a.channels {
		fmt.Fprintf(w, "\tcurl -N '%s/events/%s'\n", server, url.PathEscape(c.Name))
	}
}
