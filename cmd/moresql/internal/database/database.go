// Package database finds the database that a URI names, opens it, and says what its errors mean to
// the person who runs the command.
package database

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/cmd/moresql/internal/failure"
)

// PoolSize is the number of connections of the pool unless a flag sets another.
const PoolSize = 20

// A DB is an open database and how its procedures are called.
//
// The library gets the pool itself, not this type: it calls a procedure at most once, and ends the
// queries of clients that have left, only through a *sql.DB, *sql.Conn or *sql.Tx that it knows.
type DB struct {
	Place
	Pool    *sql.DB
	Options []moresql.Option // of every call
	cleanup cleanup          // of a server's connections
	temp    string           // the folder to remove at the end, "" for none
}

// Open opens the database. Nothing is sent to a server before the first call. SQLite's data is kept
// in the folder data, or in a temporary one for "". connections limits the pool.
func (p Place) Open(data string, connections int) (_ *DB, err error) {
	db := &DB{Place: p}
	if db.Options, err = p.System.options(); err != nil {
		return nil, err
	}
	switch {
	case p.Connector != nil && data != "":
		return nil, fmt.Errorf("-data is for SQLite, and %s names another database: "+
			"leave one of them out", p.Variable)
	case p.Connector != nil:
		db.cleanup.Connector = p.Connector
		db.Pool = sql.OpenDB(&db.cleanup)
	default:
		if err := db.openSQLite(data); err != nil {
			return nil, err
		}
	}
	db.Limit(connections)
	return db, nil
}

// Bound has driver and server keep limits of calls as well: bytes of a row, and the time of a
// statement. 0 is none.
func (db *DB) Bound(row int64, time time.Duration) {
	if db.bounds != nil {
		db.bounds.row.Store(row)
		db.bounds.time.Store(int64(time))
	}
}

// Limit sets the size of the pool. As many connections may stay idle as may be open, so that a busy
// server does not have to connect again. They are replaced before MySQL or a proxy closes them for
// being idle.
func (db *DB) Limit(connections int) {
	db.Pool.SetMaxOpenConns(connections)
	db.Pool.SetMaxIdleConns(connections)
	db.Pool.SetConnMaxLifetime(3 * time.Minute)
}

func (db *DB) openSQLite(data string) (err error) {
	if data == "" {
		if data, err = os.MkdirTemp("", "moresql-"); err != nil {
			return fmt.Errorf("cannot create a temporary folder (%w): "+
				"name a folder for the data with -data", failure.Cause(err))
		}
		db.temp = data
	} else if err = os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("cannot create the folder %s (%w): choose another with -data",
			data, failure.Cause(err))
	}
	if data, err = filepath.Abs(data); err != nil {
		return err
	}
	db.Database = filepath.Join(data, "moresql.db")
	// A transaction takes the lock for writing when it begins: it waits for other writers then, where
	// it would fail later.
	db.Pool, err = sql.Open("sqlite", sqliteURI(db.Database, url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)"},
		"_txlock": {"immediate"},
	}))
	return err
}

// Close closes all connections, waits until interrupted queries are cancelled, and removes a
// temporary database.
func (db *DB) Close() {
	db.Pool.Close()
	db.cleanup.await()
	if db.temp != "" {
		os.RemoveAll(db.temp)
	}
}

// Where names the database for people.
func (db *DB) Where() string {
	switch {
	case db.temp != "":
		return db.Server + ", for as long as this runs"
	case db.Connector == nil:
		return db.Server + " in " + db.Database
	}
	return db.Server
}

// Check reports whether the database responds; the error says in one line what to do if it does
// not.
func (db *DB) Check(ctx context.Context) error {
	if err := db.Query(ctx); err != nil {
		return db.Explain(err)
	}
	return nil
}

// Query runs a query, and repeats it on other connections if the server has closed one, which
// database/sql does for the errors of lib/pq only. PingContext would fail once for each connection
// that the pool had before the server restarted.
func (db *DB) Query(ctx context.Context) (err error) {
	for range PoolSize + 1 {
		if err = db.Pool.QueryRowContext(ctx, "SELECT 1").Scan(new(int)); !isClosed(err) {
			return err
		}
	}
	return err
}
