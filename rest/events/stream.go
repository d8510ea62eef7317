package events

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/redact"
	"github.com/moresql/moresql/rest"
)

// ServeHTTP follows the channel that the pattern names, as in "GET /events/{channel}", or that is
// the path. It responds until the client leaves, Run ends or Lifetime is over. A client that cannot
// follow gets an error as those of the library are.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := h.enter(r)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	defer h.subscribers.Add(-1)
	if h.subscribers.Add(1) > int64(h.Subscribers) {
		rest.Fail(w, r, &moresql.Error{
			Status: http.StatusServiceUnavailable, Public: true, Message: "too many follow events",
			Header: http.Header{"Retry-After": {"5"}}, Hint: "try again later",
		})
		return
	}
	h.heard.Store(true)
	s := &stream{hub: h, memory: c.memory, w: w, control: http.NewResponseController(w)}
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	if r.Method == http.MethodHead {
		return
	}
	err = s.begin(r.Header.Get("Last-Event-ID"))
	if err == nil {
		err = s.follow(r)
	}
	if errors.Is(err, errSlow) {
		h.Logger.Warn("a subscriber is cut off, since it is too slow", "path", r.URL.Path)
	}
	if err != nil {
		panic(http.ErrAbortHandler) // an end in good order would hide that there is more
	}
}

// refuse responds with why a client may not follow. The cause of what is not its fault is for the
// log.
func (h *Hub) refuse(w http.ResponseWriter, r *http.Request, err error) {
	e := new(moresql.Error)
	if !errors.As(err, &e) || e.Status < 400 || e.Status > 599 {
		e = &moresql.Error{Status: http.StatusInternalServerError}
	}
	if e.Status >= 500 {
		h.Logger.Error("a subscriber is not let in", "path", r.URL.Path, "error", redact.URI(err))
	}
	rest.Fail(w, r, e)
}

// enter returns the channel that a request may follow.
func (h *Hub) enter(r *http.Request) (*channel, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, &moresql.Error{
			Status: http.StatusMethodNotAllowed, Public: true, Header: http.Header{"Allow": {"GET, HEAD"}},
			Message: "events are followed by GET", Hint: "NOTIFY sends them, in the database",
		}
	}
	if r.ContentLength != 0 { // net/http reads it before it responds, for as long as a stream may last
		return nil, &moresql.Error{
			Status: http.StatusBadRequest, Public: true, Message: "events are followed without a body",
		}
	}
	var settings moresql.Settings
	if h.Session != nil {
		var err error
		if settings, err = h.Session(r); err != nil {
			return nil, err
		}
	}
	if h.unable.Load() {
		return nil, ErrUnable
	}
	name := cmp.Or(r.PathValue("channel"), strings.TrimPrefix(r.URL.Path, "/"))
	c := h.channels[name]
	switch {
	case c == nil:
		return nil, &moresql.Error{
			Status: http.StatusNotFound, Public: true, Message: "no such channel is followed here",
			Hint: "the server's configuration names those that are",
		}
	case c.roles != nil && !slices.Contains(c.roles, settings.Role) && settings.Authenticated:
		return nil, &moresql.Error{
			Status: http.StatusForbidden, Public: true, Message: "your role may not follow this channel",
		}
	case c.roles != nil && !slices.Contains(c.roles, settings.Role):
		return nil, rest.Challenge(rest.TokenMissing, "this channel is not for anonymous requests")
	}
	return c, nil
}

// A stream is what one subscriber gets.
type stream struct {
	hub     *Hub
	memory  *memory
	next    uint64 // the number of the next event
	w       http.ResponseWriter
	control *http.ResponseController
}

// begin sends what comes before the first event: an ID, which has no event (an EventSource sends it
// when it comes back, so that it misses nothing from here on), and what is known to be missed.
func (s *stream) begin(last string) error {
	// The ReadTimeout of a server would end a client that has nothing more to say.
	if err := supported(s.control.SetReadDeadline(time.Time{})); err != nil {
		return err
	}
	next, id := s.memory.end()
	missed := false
	if last != "" {
		if after, ok := s.memory.after(last); ok {
			next, id = after, last
		} else {
			missed = true
		}
	}
	s.next = next
	if missed {
		return s.send([]byte("id: " + id + "\nevent: missed\ndata: more has been sent than is kept\n\n"))
	}
	return s.send([]byte("id: " + id + "\n\n"))
}

var errSlow = errors.New("the subscriber has not got what is no longer kept")

// follow sends events as they come. It returns nil when the stream is over in good order, or when
// there is nobody who reads it.
func (s *stream) follow(r *http.Request) error {
	heartbeat := time.NewTimer(s.hub.Heartbeat)
	defer heartbeat.Stop()
	over := time.NewTimer(s.hub.Lifetime)
	defer over.Stop()
	list := make([][]byte, 0, 64)
	for {
		some, next, more, ok := s.memory.read(list[:0], s.next)
		if !ok {
			return errSlow
		}
		if len(some) > 0 {
			if err := s.send(some...); err != nil {
				return err
			}
			s.next = next
			heartbeat.Reset(s.hub.Heartbeat)
			continue
		}
		select {
		case <-more:
		case <-heartbeat.C:
			if err := s.send([]byte(":\n\n")); err != nil {
				return err
			}
			heartbeat.Reset(s.hub.Heartbeat)
		case <-over.C:
			return nil
		case <-s.hub.done:
			return nil
		case <-r.Context().Done():
			return nil
		}
	}
}

// send sends frames at once, within the time that a client has for them.
func (s *stream) send(frames ...[]byte) error {
	if err := supported(s.control.SetWriteDeadline(time.Now().Add(s.hub.Write))); err != nil {
		return err
	}
	for _, frame := range frames {
		if _, err := s.w.Write(frame); err != nil {
			return err
		}
	}
	return s.control.Flush()
}

// supported returns err unless it is that of a ResponseWriter without deadlines, a test's say.
func supported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}
