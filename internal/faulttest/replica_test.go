package faulttest

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/replica"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

var copiedSchema = []string{
	`CREATE SCHEMA copied`,
	`CREATE TABLE copied.runs (n int)`,
	`CREATE TABLE copied.primary AS SELECT current_setting('port') AS port`,
	`CREATE FUNCTION copied.place() RETURNS text LANGUAGE sql STABLE
		AS $$ SELECT CASE WHEN pg_is_in_recovery() THEN 'replica'
		WHEN current_setting('port') = port THEN 'primary' ELSE 'promoted' END FROM copied.primary $$`,
	`CREATE FUNCTION copied.add() RETURNS text LANGUAGE sql
		AS 'INSERT INTO copied.runs VALUES (1); SELECT copied.place()'`,
	// sneak is declared STABLE, but the function that it calls writes.
	`CREATE FUNCTION copied.sneak() RETURNS text LANGUAGE plpgsql STABLE AS $$
		BEGIN RETURN copied.add(); END $$`,
}

// lag is the greatest lag of the replica for which it gets calls.
const lag = time.Second

// A pair is a primary and its replica, a connection to each for the test itself, and handlers that
// use both.
type pair struct {
	primary, replica     *pgtest.Server
	onPrimary, onReplica *sql.DB
	http.Handler
}

// startPair starts a primary and its replica.
func startPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{primary: pgtest.Start(t)}
	var err error
	if p.replica, err = p.primary.Replica("wal_retrieve_retry_interval=100ms"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.replica.Stop)
	p.onPrimary = openWay(t, "postgres", p.primary.URI(), 1)
	p.onReplica = openWay(t, "postgres", p.replica.URI(), 1)
	prepare(t, p.onPrimary, copiedSchema...)
	p.follow(t)
	return p
}

// through returns the pair with handlers that use one of the drivers.
func (p *pair) through(t *testing.T, driver string) *pair {
	t.Helper()
	leaktest.Check(t)
	db, standby := openWay(t, driver, p.primary.URI(), 8), openWay(t, driver, p.replica.URI(), 8)
	cat, err := catalog.Load(t.Context(), db, "copied")
	if err != nil {
		t.Fatal(err)
	}
	m := moresql.New(replica.New(db, standby, lag), quiet, moresql.Shape(row.Scalar))
	mux := http.NewServeMux()
	mux.Handle("/reading", m.Handler("copied.place", moresql.ReadOnly()))
	mux.Handle("/any", m.Handler("copied.place"))
	mux.Handle("/add", m.Handler("copied.add"))
	mux.Handle("/added", m.Handler("copied.add", moresql.ReadOnly()))
	mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
	q := *p
	q.Handler = mux
	t.Cleanup(func() {
		if n := db.Stats().InUse + standby.Stats().InUse; n != 0 {
			t.Errorf("%d connections are in use", n)
		}
	})
	return &q
}

// follow waits until the replica has caught up with the primary.
func (p *pair) follow(t *testing.T) {
	t.Helper()
	var at string
	if err := p.onPrimary.QueryRow("SELECT pg_current_wal_lsn()").Scan(&at); err != nil {
		t.Fatal(err)
	}
	if _, ok := eventually(time.Minute, func() (there bool) {
		// After an error there stays false.
		p.onReplica.QueryRow("SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn", at).Scan(&there)
		return there
	}); !ok {
		t.Fatal("the replica does not catch up")
	}
}

// call returns the body of the response to a call, or the status of a failure.
func (p *pair) call(method, path string) string {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	if w.Code != 200 {
		return fmt.Sprint(w.Code)
	}
	return strings.Trim(w.Body.String(), `"`)
}

// turnsTo waits until one of the two servers runs the calls that read, and returns how long that
// takes and the other results meanwhile.
func (p *pair) turnsTo(t *testing.T, place string) (took time.Duration, seen map[string]int) {
	t.Helper()
	seen = map[string]int{}
	took, ok := eventually(20*time.Second, func() bool {
		got := p.call("GET", "/reading")
		seen[got]++
		return got == place
	})
	if !ok {
		t.Fatalf("calls that read do not go to the %s: %v", place, seen)
	}
	delete(seen, place)
	return took, seen
}

// TestReplicaGetsReadsOnlyWhileUpToDate stops, restarts, delays and promotes a replica, and counts
// which server runs the calls.
func TestReplicaGetsReadsOnlyWhileUpToDate(t *testing.T) {
	p := startPair(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *pair)
	}{
		{"reads", replicaReads}, {"down", replicaDown}, {"restart", replicaRestart},
		{"lag", replicaLags},
	} {
		for _, driver := range drivers {
			t.Run(test.name+"/"+driver, func(t *testing.T) { test.run(t, p.through(t, driver)) })
		}
	}
	t.Run("promoted", func(t *testing.T) {
		pairs := map[string]*pair{}
		for _, driver := range drivers {
			pairs[driver] = p.through(t, driver)
			pairs[driver].turnsTo(t, "replica")
		}
		if _, err := p.onReplica.Exec("SELECT pg_promote()"); err != nil {
			t.Fatal(err)
		}
		for driver, p := range pairs {
			took, seen := p.turnsTo(t, "primary")
			t.Logf("%s: the replica is promoted: the primary runs the calls after %v; before that %v",
				driver, took.Round(time.Millisecond), seen)
		}
	})
}

// replicaReads checks that only calls which read go to the replica.
func replicaReads(t *testing.T, p *pair) {
	if _, err := p.onPrimary.Exec("TRUNCATE copied.runs"); err != nil {
		t.Fatal(err)
	}
	times := scale(1000, 20)
	p.turnsTo(t, "replica")
	for _, test := range []struct{ method, path, want string }{
		{"GET", "/reading", "replica"},
		{"POST", "/reading", "replica"},
		{"GET", "/rpc/place", "replica"},
		{"POST", "/rpc/place", "replica"}, // it is declared STABLE
		{"GET", "/any", "primary"},
		{"GET", "/added", "405"},
		{"GET", "/rpc/add", "405"},
		{"GET", "/rpc/sneak", "405"}, // 25006 on the replica; not run on the primary
		{"POST", "/add", "primary"},
		{"POST", "/rpc/add", "primary"},
	} {
		got := map[string]int{}
		for range times {
			got[p.call(test.method, test.path)]++
		}
		if t.Logf("%s %s: %v", test.method, test.path, got); got[test.want] != times {
			t.Errorf("%s %s: %v, want %s", test.method, test.path, got, test.want)
		}
	}
	var runs int
	if err := p.onPrimary.QueryRow("SELECT count(*) FROM copied.runs").Scan(&runs); err != nil ||
		runs != 2*times {
		t.Errorf("%d runs of calls that write, %v; want %d", runs, err, 2*times)
	}
}

// replicaDown stops the replica and starts it again.
func replicaDown(t *testing.T, p *pair) {
	for range scale(10, 1) {
		p.turnsTo(t, "replica")
		p.replica.Halt()
		took, seen := p.turnsTo(t, "primary")
		t.Logf("the replica is down: the primary runs the calls after %v; before that %v",
			took.Round(time.Millisecond), seen)
		if seen["503"] > 1 {
			t.Errorf("%d calls fail, want only the one whose connection was cut", seen["503"])
		}
		if err := p.replica.Resume(); err != nil {
			t.Fatal(err)
		}
		p.follow(t)
		took, seen = p.turnsTo(t, "replica")
		t.Logf("the replica is back: it runs the calls after %v; before that %v",
			took.Round(time.Millisecond), seen)
		if seen["503"] != 0 {
			t.Errorf("%d calls fail", seen["503"])
		}
	}
}

// replicaLags pauses the replay of the replica, and resumes it.
func replicaLags(t *testing.T, p *pair) {
	for range scale(10, 1) {
		p.turnsTo(t, "replica")
		if _, err := p.onReplica.Exec("SELECT pg_wal_replay_pause()"); err != nil {
			t.Fatal(err)
		}
		p.call("POST", "/add")
		took, paused := p.turnsTo(t, "primary")
		t.Logf("replay is paused, with a lag of %v allowed: the primary runs the calls after %v; "+
			"before that %v", lag, took.Round(time.Millisecond), paused)
		if _, err := p.onReplica.Exec("SELECT pg_wal_replay_resume()"); err != nil {
			t.Fatal(err)
		}
		took, resumed := p.turnsTo(t, "replica")
		t.Logf("replay is resumed: the replica runs the calls after %v; before that %v",
			took.Round(time.Millisecond), resumed)
		if paused["503"]+resumed["503"] != 0 {
			t.Errorf("calls fail: %v, %v", paused, resumed)
		}
	}
}

// replicaRestart calls while the replica is restarted: only calls in flight may fail, at most one
// for each client.
func replicaRestart(t *testing.T, p *pair) {
	const clients = 8
	total, most, restarts := map[string]int{}, 0, scale(20, 1)
	for range restarts {
		p.turnsTo(t, "replica")
		var mu sync.Mutex
		counts := map[string]int{}
		called := func(n int) func() bool {
			return func() bool {
				mu.Lock()
				defer mu.Unlock()
				return counts["replica"]+counts["primary"]+counts["503"] >= n
			}
		}
		done := make(chan struct{})
		var all sync.WaitGroup
		for range clients {
			all.Go(func() {
				for running := true; running; {
					got := p.call("GET", "/rpc/place")
					mu.Lock()
					counts[got]++
					mu.Unlock()
					select {
					case <-done:
						running = false
					default:
					}
				}
			})
		}
		eventually(10*time.Second, called(200))
		p.replica.Halt()
		err := p.replica.Resume()
		eventually(10*time.Second, called(1000))
		close(done)
		all.Wait()
		if err != nil {
			t.Fatal(err)
		}
		p.follow(t)
		for what, n := range counts {
			total[what] += n
		}
		known := counts["replica"] + counts["primary"] + counts["503"]
		most = max(most, counts["503"])
		if counts["503"] > clients || known < 1000 || len(counts) > 3 {
			t.Errorf("one restart: %v", counts)
		}
	}
	t.Logf("%d restarts of the replica, %d clients: %v; at most %d failures of one restart", restarts,
		clients, total, most)
}
