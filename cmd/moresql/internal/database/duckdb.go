package database

import (
	"cmp"
	"database/sql/driver"
	"errors"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
)

// duckDB is the number of the dialect, as drivers/duckdb has it, which needs cgo to be imported.
const duckDB moresql.Dialect = 4

// fileDuckDB is a file of the user's own, whose macros are served. It never has the sample.
var fileDuckDB = system{
	Name:       "DuckDB",
	Filterable: true,
	Routines:   true,
	Schemas:    []string{"main"},
	caller:     func() (moresql.Caller, error) { return moresql.Function{Dialect: duckDB}, nil },
	Load:       catalog.LoadDuckDB,
	Dialect:    duckDB,
}

// newDuckConnector returns a connector. It is nil in a build without DuckDB, whose library is
// larger than everything else here together and needs cgo.
var newDuckConnector func(dsn string) (driver.Connector, error)

var errNoDuckDB = errors.New("this moresql has no DuckDB in it, which needs cgo and a C++ " +
	"compiler: install one that has it by CGO_ENABLED=1 go install -tags duckdb " +
	"github.com/moresql/moresql/cmd/moresql@latest")

// locateDuckDB returns the place of a file of DuckDB: what follows duckdb: or duckdb:// is its
// path, and settings of DuckDB may follow as a query. It is opened for reading, as far as they do
// not say otherwise, since macros only read: then others can read it at the same time.
func locateDuckDB(variable, path string) (p Place, err error) {
	path, query, _ := strings.Cut(path, "?")
	file, err := fileOf(path)
	if err != nil {
		return Place{}, err
	}
	settings, err := url.ParseQuery(query)
	if err != nil {
		return Place{}, err
	}
	settings.Set("access_mode", cmp.Or(settings.Get("access_mode"), "read_only"))
	if newDuckConnector == nil {
		return Place{}, errNoDuckDB
	}
	p = Place{
		System: fileDuckDB, Variable: variable, Server: fileDuckDB.Name + " in " + file, Database: file,
	}
	p.Connector, err = newDuckConnector(file + "?" + settings.Encode())
	return p, err
}

// IsDuckDB reports whether a file is a database of DuckDB, by its name or by the four bytes that
// each begins with after a checksum ("Storage", Storage Format).
func IsDuckDB(file string) bool {
	file, _, _ = strings.Cut(file, "?")
	if strings.HasSuffix(file, ".duckdb") {
		return true
	}
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	var header [12]byte
	_, err = io.ReadFull(f, header[:])
	return err == nil && string(header[8:]) == "DUCK"
}
