// Package fakedb is a database in memory with its driver, for tests. It does what drivers may do
// and real ones seldom do: it overwrites the bytes that it has handed out as soon as it is called
// again, fails where a test wants it to, and lacks what a test does not want it to have. It
// records what reaches it, and finds out where its connections and statements are misused.
//
// Record records what reaches a real database.
package fakedb

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql/internal/leaktest"
)

// An Ability is what the types of a driver have beyond what database/sql requires of all.
type Ability uint

const (
	Queries        Ability = 1 << iota // driver.QueryerContext
	Prepares                           // driver.ConnPrepareContext
	Begins                             // driver.ConnBeginTx
	Checks                             // driver.NamedValueChecker on the connection
	RunsPrepared                       // driver.StmtQueryContext
	ChecksPrepared                     // driver.NamedValueChecker on the statement
	Pipelines                          // BeginQuery on the connection, with Modern and Checks
	QueriesRaw                         // QueryRaw on the connection, with Modern and Checks
	Resets                             // driver.SessionResetter in place of driver.Validator

	// Modern is what lib/pq and most others have.
	Modern = Queries | Prepares | Begins | RunsPrepared
)

// A Result is what the database responds to a statement. The zero Result is a column without rows.
type Result struct {
	Err  error // instead of all else; driver.ErrSkip has the driver prepare the statement
	Rows int   // in a single column n, which counts from 1
	Sets []Set // instead of Rows, unless it is nil

	End      error // after the rows, in place of io.EOF
	CloseErr error // of closing the rows
	Lost     bool  // the connection is, once the statement arrives, and its Validator knows it
	OnRow    func(n int)

	// Endless has Next and Close wait, after the rows, until the context of the statement is done,
	// as pg_sleep would.
	Endless bool
}

// Nothing is what a statement returns that has no result, or MySQL for a procedure without one.
var Nothing = []Set{{}}

// A DB is a database, and the driver.Connector for it. Its exported fields must not change while it
// is in use.
type DB struct {
	Can Ability

	// Results are by the texts of statements. A statement without one returns one row. The texts
	// "begin", "commit", "rollback" and "prepare …" stand for what they say; only Err and Lost
	// matter there.
	Results map[string]Result

	// Check and CheckPrepared are the NamedValueChecker of a connection and of a statement.
	Check, CheckPrepared func(*driver.NamedValue) error

	// Inputs returns what NumInput does for a statement. If it is nil the driver does not know.
	Inputs func(text string) int

	mu     sync.Mutex
	log    []string
	args   [][]driver.NamedValue
	opened int
	closed int
	misuse []string
}

// Open opens the database. At the end of the test no connection may be in use, every one must have
// been closed, no goroutine may be left, and nothing may have been misused: a connection by two at
// once or for two things at a time, a statement that is closed or of another connection.
func (db *DB) Open(t testing.TB) *sql.DB {
	t.Helper()
	leaktest.Check(t)
	pool := sql.OpenDB(db)
	t.Cleanup(func() {
		t.Helper()
		if n := pool.Stats().InUse; n != 0 {
			t.Errorf("%d connections are still in use", n)
		}
		pool.Close()
		if db.opened != db.closed {
			t.Errorf("%d connections were opened and %d closed", db.opened, db.closed)
		}
		for _, text := range db.misuse {
			t.Error(text)
		}
	})
	return pool
}

// Log returns what has reached the database since the last call of Log, except for the opening and
// closing of connections: "prepare a, run a, close a".
func (db *DB) Log() string {
	db.mu.Lock()
	defer db.mu.Unlock()
	log := strings.Join(db.log, ", ")
	db.log = nil
	return log
}

// Args returns the arguments of each statement that has been sent since the last call of Args.
func (db *DB) Args() [][]driver.NamedValue {
	db.mu.Lock()
	defer db.mu.Unlock()
	args := db.args
	db.args = nil
	return args
}

// Opened returns how many connections have been opened.
func (db *DB) Opened() int {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.opened
}

func (db *DB) note(format string, args ...any) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.log = append(db.log, fmt.Sprintf(format, args...))
}

func (db *DB) noteSent(verb, text string, args []driver.NamedValue) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.log = append(db.log, verb+" "+text)
	db.args = append(db.args, slices.Clone(args))
}

func (db *DB) fail(format string, args ...any) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.misuse = append(db.misuse, fmt.Sprintf(format, args...))
}
