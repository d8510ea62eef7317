package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/moresql/moresql"
)

// poolSize is the number of connections of the pool unless a flag sets another.
const poolSize = 20

// A database is an open database and how its procedures are called.
//
// The library gets the pool itself, not this type: it calls a procedure at most once, and ends the
// queries of clients that have left, only through a *sql.DB, *sql.Conn or *sql.Tx that it knows.
type database struct {
	place
	pool    *sql.DB
	options []moresql.Option // of every call
	cleanup cleanup          // of a server's connections
	temp    string           // the folder to remove at the end, "" for none
}

// open opens the database. Nothing is sent to a server before the first call. SQLite's data is kept
// in the folder data, or in a temporary one for "". connections limits the pool.
func (p place) open(data string, connections int) (_ *database, err error) {
	db := &database{place: p}
	if db.options, err = p.system.options(); err != nil {
		return nil, err
	}
	switch {
	case p.connector != nil && data != "":
		return nil, fmt.Errorf("-data is for SQLite, and %s names another database: "+
			"leave one of them out", p.variable)
	case p.connector != nil:
		db.cleanup.Connector = p.connector
		db.pool = sql.OpenDB(&db.cleanup)
	default:
		if err := db.openSQLite(data); err != nil {
			return nil, err
		}
	}
	db.limit(connections)
	return db, nil
}

// bound has driver and server keep the limits of calls as well.
func (db *database) bound(l limits) {
	if db.bounds != nil {
		db.bounds.set(l)
	}
}

// limit sets the size of the pool. As many connections may stay idle as may be open, so that a busy
// server does not have to connect again. They are replaced before MySQL or a proxy closes them for
// being idle.
func (db *database) limit(connections int) {
	db.pool.SetMaxOpenConns(connections)
	db.pool.SetMaxIdleConns(connections)
	db.pool.SetConnMaxLifetime(3 * time.Minute)
}

func (db *database) openSQLite(data string) (err error) {
	if data == "" {
		if data, err = os.MkdirTemp("", "moresql-"); err != nil {
			return fmt.Errorf("cannot create a temporary folder (%w): "+
				"name a folder for the data with -data", cause(err))
		}
		db.temp = data
	} else if err = os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("cannot create the folder %s (%w): choose another with -data",
			data, cause(err))
	}
	if data, err = filepath.Abs(data); err != nil {
		return err
	}
	db.database = filepath.Join(data, "moresql.db")
	// A transaction takes the lock for writing when it begins: it waits for other writers then, where
	// it would fail later.
	db.pool, err = sql.Open("sqlite", sqliteURI(db.database, url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)"},
		"_txlock": {"immediate"},
	}))
	return err
}

// close closes all connections, waits until interrupted queries are cancelled, and removes a
// temporary database.
func (db *database) close() {
	db.pool.Close()
	db.cleanup.await()
	if db.temp != "" {
		os.RemoveAll(db.temp)
	}
}

// where names the database for people.
func (db *database) where() string {
	switch {
	case db.temp != "":
		return db.server + ", for as long as this runs"
	case db.connector == nil:
		return db.server + " in " + db.database
	}
	return db.server
}

// check reports whether the database responds; the error says in one line what to do if it does
// not.
func (db *database) check(ctx context.Context) error {
	if err := db.query(ctx); err != nil {
		return db.explain(err)
	}
	return nil
}

// query runs a query, and repeats it on other connections if the server has closed one, which
// database/sql does for the errors of lib/pq only. PingContext would fail once for each connection
// that the pool had before the server restarted.
func (db *database) query(ctx context.Context) (err error) {
	for range poolSize + 1 {
		if err = db.pool.QueryRowContext(ctx, "SELECT 1").Scan(new(int)); !isClosed(err) {
			return err
		}
	}
	return err
}
