package main

import (
	"context"
	"database/sql/driver"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
)

// A fileConnector opens a file of SQLite. The driver has no connector of its own.
type fileConnector struct{ uri string }

func (c fileConnector) Connect(context.Context) (driver.Conn, error) {
	return c.Driver().Open(c.uri)
}

func (fileConnector) Driver() driver.Driver { return new(sqlite.Driver) }

// locateFile returns the place of a file of the user's own: what follows sqlite: or sqlite:// is
// its path, sqlite:///srv/films.db or sqlite:films.db.
func locateFile(variable, path string) (place, error) {
	file, err := filepath.Abs(strings.TrimPrefix(path, "//"))
	if err != nil {
		return place{}, err
	}
	p := place{
		system: fileSQLite, variable: variable, server: fileSQLite.name + " in " + file, database: file,
	}
	p.connector = fileConnector{sqliteURI(file, url.Values{
		"mode": {"rw"}, "_pragma": {"busy_timeout(5000)", "foreign_keys(1)"}, "_txlock": {"immediate"},
	})}
	return p, nil
}

// sqliteURI returns the URI of a database file.
func sqliteURI(file string, query url.Values) string {
	u := url.URL{
		Scheme: "file", OmitHost: true, Path: filepath.ToSlash(file), RawQuery: query.Encode(),
	}
	return u.String()
}
