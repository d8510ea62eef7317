package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/lib/pq"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/sqlstate"
)

// A database is one that can be asked.
type database struct {
	*sql.DB
	place
	options []moresql.Option // how moresql calls its procedures
	temp    string           // the folder to remove, if any
}

// open opens the database: nothing is sent to a server before the first call. SQLite's data is kept in the folder data.
func (p place) open(data string) (_ *database, err error) {
	db := &database{place: p}
	if db.options, err = p.system.options(); err != nil {
		return nil, err
	}
	switch {
	case p.connector != nil && data != "":
		return nil, fmt.Errorf("-data is for SQLite, and %s names another database: leave one of them out", p.variable)
	case p.connector != nil:
		db.DB = sql.OpenDB(p.connector)
	default:
		if err := db.openSQLite(data); err != nil {
			return nil, err
		}
	}
	// As many stay open as may be opened, so that a busy server need not connect anew. Connections are replaced before
	// a proxy in between or MySQL would cut them for being idle.
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20)
	db.SetConnMaxLifetime(3 * time.Minute)
	return db, nil
}

func (db *database) openSQLite(data string) (err error) {
	if data == "" {
		if data, err = os.MkdirTemp("", "moresql-"); err != nil {
			return fmt.Errorf("cannot make a temporary folder (%w): name one to keep the data in with -data", cause(err))
		}
		db.temp = data
	} else if err = os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("cannot make the folder %s (%w): choose another with -data", data, cause(err))
	}
	if data, err = filepath.Abs(data); err != nil {
		return err
	}
	db.database = filepath.Join(data, "moresql.db")
	file := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(db.database), RawQuery: url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)"},
		"_txlock": {"immediate"}, // a transaction that writes waits for the others before it begins, instead of failing
	}.Encode()}
	db.DB, err = sql.Open("sqlite", file.String())
	return err
}

// close ends all connections, and a temporary database.
func (db *database) close() {
	db.Close()
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

// check asks the database whether it is there; the error says in one line what to do when it isn't. It makes a query,
// which database/sql tries again on a new connection when the old one was cut; PingContext would fail then, once for each
// connection that the pool had before the server was restarted.
func (db *database) check(ctx context.Context) error {
	if err := db.QueryRowContext(ctx, "SELECT 1").Scan(new(int)); err != nil {
		return db.explain(err)
	}
	return nil
}

// explain says what an error of the database means for who runs the command, in one line without the password.
func (db *database) explain(err error) error {
	if db.connector == nil {
		return fmt.Errorf("SQLite cannot use %s (%s): choose another folder with -data", db.database, db.censor(err))
	}
	text := db.censor(cause(err))
	details := sqlstate.Of(err)
	var number uint16
	if e := (*mysql.MySQLError)(nil); errors.As(err, &e) {
		number = e.Number
	}
	switch {
	case details.Code == "28P01", details.Code == "28000":
		return fmt.Errorf("%s refuses the login (%s): correct the user and the password in %s", db.server, text, db.variable)
	case details.Code == "3D000", number == 1049:
		return fmt.Errorf("%s has no database %q: create it, or correct its name in %s", db.server, db.database, db.variable)
	case details.Code == "42501", number == 1044, number == 1142, number == 1370:
		return fmt.Errorf("%s does not allow it (%s): grant the user of %s the right", db.server, text, db.variable)
	case errors.Is(err, pq.ErrSSLNotSupported), errors.Is(err, mysql.ErrNoTLS):
		return fmt.Errorf("%s does not encrypt connections: if the network is safe, add ?sslmode=disable (MySQL: ?tls=false) to %s", db.server, db.variable)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s does not answer in time: see whether it runs, and whether host and port in %s are right", db.server, db.variable)
	case details.Code == "" && sqlstate.Unavailable(err):
		return fmt.Errorf("%s cannot be reached (%s): start it, or correct host and port in %s", db.server, text, db.variable)
	}
	return fmt.Errorf("%s: %s", db.server, text)
}

// cause returns what the system said, without the address and the file around it.
func cause(err error) error {
	if e := (*net.DNSError)(nil); errors.As(err, &e) {
		return errors.New(e.Err)
	}
	if e := (*net.AddrError)(nil); errors.As(err, &e) {
		return errors.New(e.Err)
	}
	if e := syscall.Errno(0); errors.As(err, &e) {
		return e
	}
	return err
}
