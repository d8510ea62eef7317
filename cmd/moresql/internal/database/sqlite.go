package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/moresql/moresql"
)

// A fileConnector opens a file of SQLite. The driver has no connector of its own.
type fileConnector struct {
	uri string
	*bounds
}

// Connect implements driver.Connector.
func (c fileConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.uri)
	if err != nil {
		return nil, err
	}
	if err := c.limitValues(ctx, conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// limitValues has SQLite refuse a value that would not fit into the memory for large rows, before
// the value exists. The driver sets a limit by a *sql.Conn alone.
func (c fileConnector) limitValues(ctx context.Context, conn driver.Conn) error {
	most := min(c.row.Load(), math.MaxInt32)
	if most == 0 {
		return nil
	}
	db := sql.OpenDB(lent{conn})
	defer db.Close()
	borrowed, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer borrowed.Close()
	_, err = sqlite.Limit(borrowed, sqlite3.SQLITE_LIMIT_LENGTH, int(max(most, smallValue)))
	return err
}

// smallValue is what a value may have in any case, in bytes: those of the schema are values, too.
const smallValue = 1 << 20

// lent is a connection, and who connects to it, that somebody else closes.
type lent struct{ driver.Conn }

func (l lent) Connect(context.Context) (driver.Conn, error) { return l, nil }
func (l lent) Driver() driver.Driver                        { return new(sqlite.Driver) }
func (l lent) Unwrap() driver.Conn                          { return l.Conn }
func (l lent) Close() error                                 { return nil }

// onSQLiteError reports a value that SQLite has refused for its length as the library reports a row
// for which there is no room.
func onSQLiteError(e *moresql.Error) {
	if large := (*sqlite.Error)(nil); errors.As(e.Err, &large) &&
		large.Code() == sqlite3.SQLITE_TOOBIG {
		e.Status, e.Public = http.StatusInternalServerError, true
		e.Message, e.Hint = "a value exceeds the limit of memory", "request a part of the result"
	}
}

func (fileConnector) Driver() driver.Driver { return new(sqlite.Driver) }

// locateFile returns the place of a file of the user's own: what follows sqlite: or sqlite:// is
// its path, sqlite:///srv/films.db or sqlite:films.db.
func locateFile(variable, path string) (Place, error) {
	file, err := fileOf(path)
	if err != nil {
		return Place{}, err
	}
	p := Place{
		System: fileSQLite, Variable: variable, Server: fileSQLite.Name + " in " + file, Database: file,
	}
	p.bounds = new(bounds)
	p.Connector = fileConnector{sqliteURI(file, url.Values{
		"mode": {"rw"}, "_pragma": {"busy_timeout(5000)", "foreign_keys(1)"}, "_txlock": {"immediate"},
	}), p.bounds}
	return p, nil
}

// fileOf returns the absolute path of the file that a URI names after its scheme. Before the letter
// of a drive of Windows stands a slash that is not the path's (RFC 8089, appendix E.2).
func fileOf(path string) (string, error) {
	path = strings.TrimPrefix(path, "//")
	if rest := strings.TrimPrefix(path, "/"); filepath.VolumeName(rest) != "" {
		path = rest
	}
	return filepath.Abs(path)
}

// sqliteURI returns the URI of a database file.
func sqliteURI(file string, query url.Values) string {
	u := url.URL{
		Scheme: "file", OmitHost: true, Path: filepath.ToSlash(file), RawQuery: query.Encode(),
	}
	return u.String()
}
