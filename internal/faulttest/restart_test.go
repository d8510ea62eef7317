package faulttest

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/internal/pgtest"
)

const (
	restartClients = 4   // of each driver, with a connection for each
	restartGood    = 200 // successful calls in a row that show that the service is back
)

var restartFixture = []string{
	`CREATE TABLE restart_effects (id bigint)`,
	`CREATE FUNCTION restart_add(id bigint, n int) RETURNS TABLE (i int, filler text) LANGUAGE sql AS
	$$ INSERT INTO restart_effects VALUES (id); SELECT i, repeat('x', 100)
	FROM generate_series(1, n) i $$`,
}

// A load is a service on one driver with clients that call it without a pause, and the outcomes of
// their calls.
type load struct {
	t      *testing.T
	name   string
	db     *sql.DB
	server *httptest.Server
	ids    *atomic.Int64 // the last id of a call
	stop   atomic.Bool
	reason atomic.Pointer[moresql.Error] // the last failure

	mu       sync.Mutex
	outcomes map[int64]outcome
	counts   tally
	good     int       // the number of successful calls since the last failure
	failed   time.Time // when the last failed call began
}

// newLoad returns a load whose clients have not started yet.
func newLoad(t *testing.T, driver, uri string, ids *atomic.Int64) *load {
	t.Helper()
	l := &load{t: t, name: driver, db: openSure(t, driver, uri), ids: ids,
		outcomes: map[int64]outcome{}}
	l.db.SetMaxOpenConns(restartClients)
	l.db.SetMaxIdleConns(restartClients)
	keep := moresql.Hooks{Error: func(e *moresql.Error) { l.reason.Store(e) }}
	m := moresql.New(l.db, quiet, moresql.Fields("id", "n"), keep)
	mux := http.NewServeMux()
	mux.Handle("POST /0", m.Handler("restart_add"))
	mux.Handle("POST /1", m.Handler("restart_add", inSession))
	l.server = serveQuietly(t, mux)
	return l
}

// run calls until it is stopped. Every tenth response has several blocks.
func (l *load) run() {
	for !l.stop.Load() {
		id, rows, began := l.ids.Add(1), 1, time.Now()
		if id%10 == 0 {
			rows = 3000
		}
		request, _ := http.NewRequest("POST",
			fmt.Sprintf("%s/%d?id=%d&n=%d", l.server.URL, id/10%2, id, rows), nil)
		o, err := receive(l.server.Client(), request) // the client does not repeat a POST
		if err != nil {
			l.t.Error(err)
			return
		}
		l.note(id, o, began)
	}
}

// note counts the outcome of a call.
func (l *load) note(id int64, o outcome, began time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outcomes[id] = o
	l.counts.add(o.String())
	switch o.String() {
	case "complete":
		l.good++
		return
	case "503", "aborted":
	default:
		l.t.Errorf("%s: a call has failed with %s: %v", l.name, o, l.reason.Load())
	}
	l.good = 0
	if began.After(l.failed) {
		l.failed = began
	}
}

// back waits until calls succeed again, and returns when the last failed one began.
func (l *load) back(since time.Time) (failed time.Time) {
	l.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		l.mu.Lock()
		good, failed := l.good, l.failed
		l.mu.Unlock()
		if good >= restartGood {
			return failed
		}
		if time.Since(since) > time.Minute || l.t.Failed() {
			break
		}
	}
	l.t.Fatalf("%s: %v after the database is back the service is not: %v", l.name, time.Since(since),
		l.reason.Load())
	return
}

// TestRestartUnderLoadRunsNoCallTwice restarts PostgreSQL under load, every other time by an
// immediate shutdown. The service recovers by itself, and no call runs twice.
func TestRestartUnderLoadRunsNoCallTwice(t *testing.T) {
	leaktest.Check(t)
	server := pgtest.Start(t)
	uri := server.URI() + "&synchronous_commit=on" // a confirmed commit survives a crash
	db := openSure(t, "postgres", uri)
	prepare(t, db, restartFixture...)
	var folder string
	if err := db.QueryRow("SHOW data_directory").Scan(&folder); err != nil {
		t.Fatal(err)
	}

	ids := new(atomic.Int64)
	var loads []*load
	for _, driver := range drivers {
		loads = append(loads, newLoad(t, driver, uri, ids))
	}
	var clients sync.WaitGroup
	for _, l := range loads {
		for range restartClients {
			clients.Go(l.run)
		}
	}
	end := func() {
		for _, l := range loads {
			l.stop.Store(true)
		}
		clients.Wait()
	}
	defer end() // runs before the server is stopped
	restarts := scale(20, 2)
	var slowest time.Duration
	for _, l := range loads {
		l.back(time.Now())
	}
	for i := range restarts {
		if i%2 == 1 {
			immediately(t, folder)
		}
		server.Halt()
		if err := server.Resume(); err != nil {
			t.Fatal(err)
		}
		up := time.Now()
		for _, l := range loads {
			slowest = max(slowest, l.back(up).Sub(up))
		}
	}
	if limit := time.Duration(scale(1, 10)) * time.Second; slowest > limit { // CI machines are busy
		t.Errorf("calls have failed %v after the database was back", slowest)
	}
	end()
	audit(t, db, loads, restarts, slowest)
}

// immediately shuts a server down without waiting for its sessions or a checkpoint (PostgreSQL
// manual, 19.5).
func immediately(t *testing.T, folder string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGQUIT)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// audit compares the responses of clients with the effects of their calls.
func audit(t *testing.T, db *sql.DB, loads []*load, restarts int, slowest time.Duration) {
	t.Helper()
	rows, err := db.Query("SELECT id, count(*) FROM restart_effects GROUP BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	effects, sum := map[int64]int{}, 0
	for rows.Next() {
		var id int64
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			t.Fatal(err)
		}
		if effects[id] = n; n > 1 {
			t.Errorf("call %d has run %d times", id, n)
		}
		sum += n
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	complete, retry, unknown, ran := 0, 0, 0, 0
	for _, l := range loads {
		for id, o := range l.outcomes {
			switch n := effects[id]; {
			case o.String() == "complete":
				if complete++; n != 1 {
					t.Errorf("%s: call %d has succeeded and has run %d times", l.name, id, n)
				}
			case o.retry:
				if retry++; n != 0 {
					t.Errorf("%s: call %d has run although it was to be retried", l.name, id)
				}
			default:
				unknown++
				ran += n
			}
		}
		t.Logf("%s: %s", l.name, &l.counts)
		if n := l.db.Stats().InUse; n != 0 {
			t.Errorf("%s: %d connections are in use", l.name, n)
		}
	}
	if sum != complete+ran {
		t.Errorf("%d effects, want %d of complete responses and %d of failed calls", sum, complete, ran)
	}
	t.Logf("%d restarts, the last failed call began %v after the database was back",
		restarts, slowest)
	t.Logf("%d calls: %d complete, %d to be retried, %d that may have run, of which %d have; "+
		"%d effects, none twice",
		complete+retry+unknown, complete, retry, unknown, ran, sum)
}
