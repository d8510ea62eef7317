package events_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/rest/events"
)

// A scripted database sends two notifications. In a program: events.DB(db).
type scripted struct {
	left                []string
	waiting, subscribed chan bool
}

func (s *scripted) Wait(ctx context.Context) (channel, payload string, err error) {
	if len(s.left) == 2 {
		close(s.waiting)
		<-s.subscribed
	}
	if len(s.left) == 0 {
		<-ctx.Done()
		return "", "", ctx.Err()
	}
	payload, s.left = s.left[0], s.left[1:]
	return "films", payload, nil
}

func (s *scripted) Close() error { return nil }

func ExampleNew() {
	films := &scripted{
		left:    []string{`{"title":"Nosferatu"}`, `{"title":"Metropolis"}`},
		waiting: make(chan bool), subscribed: make(chan bool),
	}
	listen := func(context.Context, []string) (events.Listener, error) { return films, nil }
	hub := events.New(listen, events.Options{
		Channels: []events.Channel{{Name: "films"}}, Logger: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go hub.Run(ctx)
	mux := http.NewServeMux()
	mux.Handle("GET /events/{channel}", hub)
	server := httptest.NewServer(mux)
	defer server.Close()

	<-films.waiting
	response, err := http.Get(server.URL + "/events/films")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	fmt.Println(response.Header.Get("Content-Type"), hub.Following())
	close(films.subscribed)
	lines := bufio.NewScanner(response.Body)
	for n := 0; n < 2 && lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "data:") {
			fmt.Println(lines.Text())
			n++
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Println(err)
	}
	cancel()
	// Output:
	// text/event-stream 1
	// data: {"title":"Nosferatu"}
	// data: {"title":"Metropolis"}
}

// A program without PostgreSQL is told at once.
func ExampleDB() {
	db := sql.OpenDB(fakedb.Connector(nil))
	defer db.Close()
	hub := events.New(events.DB(db), events.Options{
		Channels: []events.Channel{{Name: "films"}}, Logger: slog.New(slog.DiscardHandler),
	})
	err := hub.Run(context.Background())
	fmt.Println(errors.Is(err, events.ErrUnable))
	w := httptest.NewRecorder()
	hub.ServeHTTP(w, httptest.NewRequest("GET", "/films", nil))
	fmt.Println(w.Code)
	// Output:
	// true
	// 500
}
