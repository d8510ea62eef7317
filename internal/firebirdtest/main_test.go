package firebirdtest

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/drivers/firebird"
	"github.com/moresql/moresql/internal/handlertest"
	"github.com/moresql/moresql/internal/testserver"
	"github.com/moresql/moresql/rest"
)

// Firebird takes its configuration from a folder, and reports nowhere that it listens.
const (
	environment = `export FIREBIRD="$PWD" FIREBIRD_LOCK="$PWD" FIREBIRD_TMP="$PWD"; `
	install     = environment + `cp -rL /usr/lib/*/firebird/3.0/intl . && ` + // character sets
		`isql-fb -q -user SYSDBA -i init.sql && ` +
		`gfix -user SYSDBA -write async empty.fdb && chmod a+rw empty.fdb`
	serve = environment + `(while kill -0 $$ 2>/dev/null; do ` +
		`if (: </dev/tcp/127.0.0.1/$1) 2>/dev/null; then echo listening; exit; fi; done) & ` +
		`exec "$0" -p $1`
)

var server = testserver.NewShared(testserver.Recipe{
	Name:    "Firebird",
	Package: "firebird3.0-server",
	User:    "firebird",
	Find: func() (testserver.Programs, bool) {
		found := testserver.Lookup([]string{"/usr/sbin"}, "firebird") != "" &&
			testserver.Lookup(nil, "isql-fb") != ""
		bash := testserver.Lookup(nil, "bash")
		return testserver.Programs{Install: bash, Serve: bash}, found && bash != ""
	},
	Files: map[string]string{
		"firebird.conf": "ServerMode = Super\nRemoteBindAddress = localhost\nDatabaseAccess = Full\n" +
			"SecurityDatabase = $(root)/security3.fdb\n",
		"init.sql": "CREATE DATABASE 'security3.fdb';\nIN /usr/share/firebird/3.0/security.sql;\n" +
			"COMMIT;\nCREATE USER SYSDBA PASSWORD 'masterkey';\nCOMMIT;\n" +
			"CREATE DATABASE 'empty.fdb' DEFAULT CHARACTER SET UTF8;\n",
	},
	Install: func(string) []string { return []string{"-c", install} },
	Serve: func(_ string, port int) []string {
		program := testserver.Lookup([]string{"/usr/sbin"}, "firebird")
		return []string{"-c", serve, program, fmt.Sprint(port)}
	},
	Ready:    "listening",
	Shutdown: syscall.SIGKILL,
})

func TestMain(m *testing.M) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	time.Local = berlin // where the clock was put forward on 31 March 2024 at 2:00
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

var databases atomic.Int32

// dsn makes a database of the test's own, and returns the name of its source for a user.
func dsn(t testing.TB) (of func(user string) string) {
	t.Helper()
	s := server.Server(t)
	file := filepath.Join(s.Dir, fmt.Sprintf("test%d.fdb", databases.Add(1)))
	empty, err := os.ReadFile(filepath.Join(s.Dir, "empty.fdb"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, empty, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o666); err != nil { // whatever the umask: the server is another user
		t.Fatal(err)
	}
	return func(user string) string {
		return fmt.Sprintf("%s:masterkey@127.0.0.1:%d/%s", user, s.Port, file)
	}
}

// open returns a database of the test's own in which statements have run.
func open(t testing.TB, statements ...string) *sql.DB {
	t.Helper()
	db := connect(t, dsn(t)("SYSDBA"))
	run(t, db, statements...)
	return db
}

func connect(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	connector, err := firebird.NewConnector(dsn)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	return db
}

// run runs statements.
func run(t testing.TB, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// textOf returns the only value of a query.
func textOf(t testing.TB, db *sql.DB, query string, args ...any) (text string) {
	t.Helper()
	if err := db.QueryRow(query, args...).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

// calling returns a MoreSQL that calls selectable procedures, or with executable the others.
func calling(db *sql.DB, executable bool) *moresql.MoreSQL {
	if executable {
		return moresql.New(db, moresql.CallBy(moresql.Procedure{Dialect: firebird.Dialect}))
	}
	return moresql.New(db, moresql.CallBy(moresql.Function{Dialect: firebird.Dialect}))
}

// api returns the handler of the routines of a database.
func api(t testing.TB, db *sql.DB, packages ...string) (http.Handler, *catalog.Catalog) {
	t.Helper()
	cat, err := catalog.LoadFirebird(t.Context(), db, packages...)
	if err != nil {
		t.Fatal(err)
	}
	return rest.Routines(moresql.New(db), cat), cat
}

// get returns the status and the body of the response to GET.
func get(h http.Handler, target string, header ...string) (int, string) {
	return show(handlertest.Serve(h, handlertest.Get(target, header...)))
}

func post(h http.Handler, target, body string) (int, string) {
	return show(handlertest.Serve(h, handlertest.Post(target, body)))
}

func show(w *httptest.ResponseRecorder) (int, string) {
	return w.Code, strings.TrimSpace(w.Body.String())
}

// want fails the test unless a response is as it should be.
func want(t testing.TB, what string, code int, body string, wantCode int, wantBody string) {
	t.Helper()
	if code != wantCode || body != wantBody {
		t.Errorf("%s: %d %s\nwant %d %s", what, code, body, wantCode, wantBody)
	}
}

// parameters escapes the values of a query.
func parameters(query string) string {
	var list []string
	for _, p := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(p, "=")
		list = append(list, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	return strings.Join(list, "&")
}
