package faulttest

import (
	"database/sql"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
)

// A scene is the pool of connections of one test, and a separate connection that observes it.
type scene struct {
	t        *testing.T
	name     string // the application_name of the pool's connections
	db       *sql.DB
	onlooker *sql.DB
}

// through returns a function that opens a pool by a driver.
func through(driver string) func(uri string) (*sql.DB, error) {
	return func(uri string) (*sql.DB, error) { return sql.Open(driver, uri) }
}

// newScene runs the statements and opens the pool, of which nothing may be left when the test ends.
func newScene(t *testing.T, open func(uri string) (*sql.DB, error), connections int,
	statements ...string) *scene {
	t.Helper()
	leaktest.Check(t)
	uri := pgtest.URI(t)
	s := &scene{t: t, name: strings.ToLower(strings.ReplaceAll(t.Name(), "/", "_"))}
	s.onlooker = openSure(t, "postgres", uri)
	prepare(t, s.onlooker, statements...)
	db, err := open(uri + "&application_name=" + s.name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	s.db = db
	return s
}

// client returns an HTTP client that keeps up to a number of connections.
func (s *scene) client(connections int) *http.Client {
	transport := &http.Transport{MaxIdleConns: connections, MaxIdleConnsPerHost: connections}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// busy returns how many of the pool's connections are active or in a transaction, according to the
// database.
func (s *scene) busy() (n int) {
	s.t.Helper()
	const query = `SELECT count(*) FROM pg_stat_activity
		WHERE application_name = $1 AND state <> 'idle'`
	if err := s.onlooker.QueryRow(query, s.name).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// settles waits until no connection is in use by the pool or busy in the database, and returns how
// long that took.
func (s *scene) settles(within time.Duration) time.Duration {
	s.t.Helper()
	took, ok := eventually(within, func() bool { return s.db.Stats().InUse == 0 && s.busy() == 0 })
	if !ok {
		s.t.Errorf("after %v %d connections are in use, and %d busy in the database", within,
			s.db.Stats().InUse, s.busy())
	}
	return took
}

// eventually calls so until it returns true, and reports how long that took.
func eventually(within time.Duration, so func() bool) (took time.Duration, ok bool) {
	begin := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		if time.Since(begin) > within {
			return within, false
		}
		<-tick.C
	}
	return time.Since(begin), true
}

// A mode is a combination of options that changes how a call is sent.
type mode struct {
	name    string
	options []moresql.Option
}

// modes returns all of them.
func modes() []mode {
	session := rest.Session(func(*http.Request) (rest.Identity, error) {
		return rest.Identity{Claims: "somebody"}, nil
	})
	return []mode{
		{"plain", nil},
		{"read-only", []moresql.Option{moresql.ReadOnly()}},
		{"session", []moresql.Option{session}},
		{"all", []moresql.Option{moresql.ReadOnly(), session}},
	}
}

// heap returns the size of the heap in MiB.
func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // empties what a sync.Pool has kept from the first
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}
