package dbtest

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/drivers/pgx"
	"github.com/moresql/moresql/drivers/pq"
	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/sqlfile"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite"
)

// TestMain stops the servers that tests have started, and fails if goroutines are left.
func TestMain(m *testing.M) {
	if rows := os.Getenv(memoryChild); rows != "" {
		os.Exit(serveForMemory(rows))
	}
	if driver := os.Getenv(budgetChild); driver != "" {
		os.Exit(serveWithBudget(driver))
	}
	// pgx returns timestamptz in the local zone, to_json in the server's, which is UTC here.
	zone, err := time.LoadLocation(cmp.Or(os.Getenv(zoneChild), "UTC"))
	if err != nil {
		panic(err)
	}
	time.Local = zone
	code := m.Run()
	pgtest.Stop()
	mariadbtest.Stop()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, "goroutines left over:", err)
		code = 1
	}
	os.Exit(code)
}

// open opens a database and closes it when the test ends.
func open(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func openPostgres(t *testing.T) *sql.DB { return open(t, "postgres", pgtest.URI(t)) }
func openPgx(t *testing.T) *sql.DB      { return open(t, "pgx", pgtest.URI(t)) }
func openMariaDB(t *testing.T) *sql.DB  { return open(t, "mysql", mariadbtest.DSN(t)) }
func openSQLite(t *testing.T) *sql.DB {
	return open(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "test.db"))
}

// openConnector opens the test server by a connector of the library's own.
func openConnector(t *testing.T, newConnector func(string) (driver.Connector, error)) *sql.DB {
	t.Helper()
	connector, err := newConnector(pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	return db
}

// openPrepared opens the test server by lib/pq, with statements kept prepared.
func openPrepared(t *testing.T) *sql.DB { return openConnector(t, pq.NewConnector) }

// openPipelined opens the test server by pgx, with pipelines.
func openPipelined(t *testing.T) *sql.DB { return openConnector(t, pgx.NewConnector) }

// A way opens the test server.
type way struct {
	name string
	open func(*testing.T) *sql.DB
}

// drivers open the test server by each driver of PostgreSQL, and connectors by the library's
// connector for each driver.
var (
	drivers    = []way{{"lib/pq", openPostgres}, {"pgx", openPgx}}
	connectors = []way{{"drivers/pq", openPrepared}, {"drivers/pgx", openPipelined}}
)

// setUp runs statements that prepare a test.
func setUp(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s\n%v", s, err)
		}
	}
}

// query is a Caller whose procedures' names are whole statements.
type query struct{}

func (query) Statement(text string, params []moresql.Param) (moresql.Statement, error) {
	return moresql.Statement{Query: text}, nil
}

// queryText returns the only value of a query, a text.
func queryText(t *testing.T, db *sql.DB, query string, args ...any) string {
	t.Helper()
	var text string
	if err := db.QueryRow(query, args...).Scan(&text); err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	return text
}

// queryInt returns the only value of a query, an integer.
func queryInt(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// quiet discards the log of a test that provokes errors.
var quiet = moresql.Hooks{Logger: slog.New(slog.DiscardHandler)}

// ways are the drivers of PostgreSQL by themselves and by the library's connectors, with -short,
// which is for the versions of the server, the connectors alone.
func ways() []way {
	if testing.Short() {
		return connectors
	}
	return slices.Concat(drivers, connectors)
}

// eachConnector runs a test with all ways.
func eachConnector(t *testing.T, test func(t *testing.T, db *sql.DB)) {
	for _, way := range ways() {
		t.Run(way.name, func(t *testing.T) { test(t, way.open(t)) })
	}
}

// load returns a catalog of schemas.
func load(t testing.TB, db catalog.Querier, schemas ...string) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Load(context.Background(), db, schemas...)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// loadStatements returns the named statements of a folder.
func loadStatements(t *testing.T, folder fs.FS, d moresql.Dialect) *sqlfile.Statements {
	t.Helper()
	statements, err := sqlfile.Load(folder, d)
	if err != nil {
		t.Fatal(err)
	}
	return statements
}
