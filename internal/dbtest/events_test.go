package dbtest

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/rest/events"
)

// eventDrivers are the drivers that hear of notifications.
var eventDrivers = []struct {
	name string
	open func(*testing.T) *sql.DB
}{{"pgx", openPgx}, {"drivers/pgx", openPipelined}, {"drivers/pq", openPrepared}}

// A logged signal is sent for each line of a log.
type logged chan string

func (l logged) Enabled(context.Context, slog.Level) bool      { return true }
func (l logged) WithAttrs([]slog.Attr) slog.Handler            { return l }
func (l logged) WithGroup(string) slog.Handler                 { return l }
func (l logged) Handle(_ context.Context, r slog.Record) error { l <- r.Message; return nil }

// runHub runs a Hub of channels until the test ends, and serves it. It returns when that listens.
func runHub(t *testing.T, db *sql.DB, lines logged, channels ...string) *httptest.Server {
	t.Helper()
	o := events.Options{Logger: slog.New(lines)}
	for _, name := range channels {
		o.Channels = append(o.Channels, events.Channel{Name: name})
	}
	hub := events.New(events.DB(db), o)
	mux := http.NewServeMux()
	mux.Handle("/events/{channel}", hub)
	server := httptest.NewServer(mux)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- hub.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run ends with %v", err)
		}
		server.Close()
	})
	<-lines
	return server
}

// A follower reads the stream of a channel.
type follower struct {
	*bufio.Scanner
	last string // the ID of the last event
}

// followChannel returns when the server has let the follower in.
func followChannel(t *testing.T, server *httptest.Server, channel string) *follower {
	t.Helper()
	response, err := server.Client().Get(server.URL + "/events/" + channel)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != 200 {
		t.Fatal(response.Status)
	}
	return &follower{Scanner: bufio.NewScanner(response.Body)}
}

// next returns the type and the data of the next event, "" at the end of the stream.
func (f *follower) next() (kind, data string) {
	var lines []string
	for f.Scan() {
		name, value, _ := strings.Cut(f.Text(), ": ")
		switch {
		case name == "event":
			kind = value
		case name == "id":
			f.last = value
		case name == "data":
			lines = append(lines, value)
		case name == "" && lines != nil:
			return kind, strings.Join(lines, "\n")
		}
	}
	return "", ""
}

// TestNotificationsAreEvents sends what a payload can be, on channels whose names need quotes, and
// compares it with what arrives.
func TestNotificationsAreEvents(t *testing.T) {
	sender := openPostgres(t)
	payloads := []string{
		"", "plain", `{"title": "Metropolis"}`, "two\nlines", " spaces ", "Ü€𝄞", `\ ' " $1 %s`,
		strings.Repeat("x", 7999), // the most (PostgreSQL manual, NOTIFY)
	}
	for _, driver := range eventDrivers {
		t.Run(driver.name, func(t *testing.T) {
			leaktest.Check(t)
			db := driver.open(t)
			t.Cleanup(func() { db.Close() })
			names := []string{"films", `Or"ders; select`, "ünï"}
			server := runHub(t, db, make(logged, 100), names...)
			for _, name := range names {
				f := followChannel(t, server, strings.ReplaceAll(name, " ", "%20"))
				for _, payload := range payloads {
					if _, err := sender.Exec("SELECT pg_notify($1, $2)", name, payload); err != nil {
						t.Fatal(err)
					}
					if kind, got := f.next(); got != payload || kind != "" {
						t.Errorf("%s: %q %.50q, want %.50q", name, kind, got, payload)
					}
				}
			}
		})
	}
}

// TestListenerThatIsEndedComesBack ends the connection that listens, as an administrator or a
// failover does. No subscriber is lost, and each is told.
func TestListenerThatIsEndedComesBack(t *testing.T) {
	sender := openPostgres(t)
	for _, driver := range eventDrivers {
		t.Run(driver.name, func(t *testing.T) {
			leaktest.Check(t)
			db := driver.open(t)
			t.Cleanup(func() { db.Close() })
			lines := make(logged, 100)
			server := runHub(t, db, lines, "ended")
			f := followChannel(t, server, "ended")
			for range 3 {
				ended := queryInt(t, sender, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
					WHERE query LIKE 'LISTEN "ended"%' AND state = 'idle'`)
				if ended != 1 {
					t.Fatalf("%d connections listen", ended)
				}
				if kind, _ := f.next(); kind != "missed" {
					t.Fatalf("the word is %q: %v", kind, f.Err())
				}
				setUp(t, sender, "NOTIFY ended, 'on'")
				if kind, data := f.next(); kind != "" || data != "on" {
					t.Fatalf("%q %q", kind, data)
				}
				for _, want := range []string{"is lost", "listening"} {
					if line := <-lines; !strings.Contains(line, want) {
						t.Errorf("logged %q", line)
					}
				}
			}
		})
	}
}

// TestDriversWithoutNotifications says so at once, instead of listening to nothing.
func TestDriversWithoutNotifications(t *testing.T) {
	for _, test := range []struct {
		reason string
		db     *sql.DB
		name   string
	}{
		{"lib/pq drops them", openPostgres(t), "films"},
		{"SQLite has none", openSQLite(t), "films"},
		{"MariaDB has none", openMariaDB(t), "films"},
		{"PostgreSQL would cut the name", openPgx(t), strings.Repeat("x", 64)},
	} {
		channels := []events.Channel{{Name: test.name}}
		hub := events.New(events.DB(test.db), events.Options{Channels: channels})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if err := hub.Run(ctx); !errors.Is(err, events.ErrUnable) {
			t.Errorf("%s: %v", test.reason, err)
		}
		cancel()
		if in := test.db.Stats().InUse; in != 0 {
			t.Errorf("%s: %d connections are left in use", test.reason, in)
		}
	}
}
