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
	// pgx returns timestamptz in the local zone, to_json in the server's, which is UTC here.
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

// stream returns the JSON that a call streams.
func stream(t *testing.T, m *moresql.MoreSQL, proc string, args ...any) string {
	t.Helper()
	var out bytes.Buffer
	if err := m.Stream(context.Background(), &out, encoderJSON, proc, args...); err != nil {
		t.Fatalf("%s\n%v", proc, err)
	}
	return out.String()
}

// sameJSON reports whether two documents are equal, with numbers compared by their exact value and
// members of objects in their order.
func sameJSON(t *testing.T, got, want string) bool {
	t.Helper()
	g, err := tokens(got)
	if err != nil {
		t.Fatalf("not JSON: %v\n%s", err, got)
	}
	w, err := tokens(want)
	if err != nil {
		t.Fatalf("want is not JSON: %v\n%s", err, want)
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

// tokens returns the tokens of a document, with their types.
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
