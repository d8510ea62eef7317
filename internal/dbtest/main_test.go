package dbtest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/internal/pgtest"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite"
)

func TestMain(m *testing.M) {
	if rows := os.Getenv(memoryChild); rows != "" {
		os.Exit(serveForMemory(rows))
	}
	// pgx gives timestamptz in the local zone, to_json in the server's: here the same
	time.Local = time.UTC
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

// setUp runs statements that set a test up.
func setUp(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s\n%v", s, err)
		}
	}
}

// query is a Caller of the tests' own: what it is asked to call is a whole statement.
type query struct{}

func (query) Statement(text string, params []moresql.Param) (moresql.Statement, error) {
	return moresql.Statement{Query: text}, nil
}

// ask returns the one text that a query gives.
func ask(t *testing.T, db *sql.DB, text string, args ...any) string {
	t.Helper()
	var answer string
	if err := db.QueryRow(text, args...).Scan(&answer); err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return answer
}

// stream returns what a call streams as JSON.
func stream(t *testing.T, m *moresql.MoreSQL, proc string, args ...any) string {
	t.Helper()
	var out bytes.Buffer
	if err := m.Stream(context.Background(), &out, encoderJSON, proc, args...); err != nil {
		t.Fatalf("%s\n%v", proc, err)
	}
	return out.String()
}

// sameJSON compares two documents as JSON: numbers by their exact value, the members of objects in
// their order.
func sameJSON(t *testing.T, got, want string) bool {
	t.Helper()
	g, err := tokens(got)
	if err != nil {
		t.Fatalf("not JSON: %v\n%s", err, got)
	}
	w, err := tokens(want)
	if err != nil {
		t.Fatalf("the expectation is not JSON: %v\n%s", err, want)
	}
	if len(g) != len(w) {
		return false
	}
	for i := range g {
		if g[i] != w[i] {
			return false
		}
	}
	return true
}

func tokens(doc string) (list []string, err error) {
	d := json.NewDecoder(bytes.NewReader([]byte(doc)))
	d.UseNumber()
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		if number, ok := token.(json.Number); ok {
			value, ok := new(big.Rat).SetString(string(number))
			if !ok {
				return nil, fmt.Errorf("the number %s", number)
			}
			token = value
		}
		list = append(list, fmt.Sprintf("%T %v", token, token))
	}
}

func urlOf(path string) *url.URL { return &url.URL{Path: path} }
