package faulttest

import (
	"bufio"
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest/events"
)

// listening is a handler of a log that is sent to when a Hub listens.
type listening chan bool

func (listening) Enabled(context.Context, slog.Level) bool { return true }
func (l listening) WithAttrs([]slog.Attr) slog.Handler     { return l }
func (l listening) WithGroup(string) slog.Handler          { return l }
func (l listening) Handle(context.Context, slog.Record) error {
	l <- true
	return nil
}

// TestCrowdOfSubscribersGetsEachEventOnce has many subscribers, who share one connection, follow
// 10,000 events of 16 senders: none is lost or comes twice, and those of a sender are in order.
func TestCrowdOfSubscribersGetsEachEventOnce(t *testing.T) {
	leaktest.Check(t)
	db := openSure(t, "drivers/pgx", pgtest.Start(t).URI())
	up := make(listening, 100)
	hub := events.New(events.DB(db), events.Options{
		Channels: []events.Channel{{Name: "many"}}, Logger: slog.New(up),
	})
	server := serveQuietly(t, hub)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- hub.Run(ctx) }()
	<-up

	const senders, each = 16, 625
	var all sync.WaitGroup
	for range scale(1000, 50) {
		response, err := http.Get(server.URL + "/many")
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			defer response.Body.Close()
			var next [senders]int
			n := 0
			lines := bufio.NewScanner(response.Body)
			for n < senders*each && lines.Scan() {
				data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
				if !ok {
					continue
				}
				// Without strings, so that the test itself is not what takes the time.
				sender := int(data[0] - 'a')
				i, err := strconv.Atoi(string(data[1:]))
				if err != nil || i != next[sender] {
					t.Errorf("%s comes where %d of its sender does: %v", data, next[sender], err)
					return
				}
				next[sender]++
				n++
			}
			if n != senders*each {
				t.Errorf("the stream ends after %d events: %v", n, lines.Err())
			}
		})
	}
	for sender := range senders {
		all.Go(func() {
			for i := range each {
				payload := string(rune('a'+sender)) + strconv.Itoa(i)
				if _, err := db.Exec("SELECT pg_notify('many', $1)", payload); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	http.DefaultClient.CloseIdleConnections()
	cancel()
	<-ended
}
