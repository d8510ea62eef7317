package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/lib/pq"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/leaktest"
)

func TestLocate(t *testing.T) {
	for _, test := range []struct{ reason, uri, url, want string }{
		{"nothing", "", "", "SQLite"},
		{"the first variable", "postgres://me@db:1/cars", "mysql://me@db:2/cars", "PostgreSQL at db:1 cars MORESQL_DATABASE_URI"},
		{"the second variable", "", "mysql://me@db:2/cars", "MySQL at db:2 cars DATABASE_URL"},
		{"both schemes", "postgresql://me@db/cars?sslmode=disable", "", "PostgreSQL at db:5432 cars MORESQL_DATABASE_URI"},
		{"MySQL's port", "mysql://me@db/cars?tls=false", "", "MySQL at db:3306 cars MORESQL_DATABASE_URI"},
		{"IPv6", "mysql://me@[::1]:2/cars", "", "MySQL at [::1]:2 cars MORESQL_DATABASE_URI"},
		{"what may be user:password", "mysql://me:1234/cars", "", "MySQL cars MORESQL_DATABASE_URI"},
	} {
		env := map[string]string{"MORESQL_DATABASE_URI": test.uri, "DATABASE_URL": test.url}
		p, err := locate(func(name string) string { return env[name] })
		got := strings.Join(strings.Fields(p.server+" "+p.database+" "+p.variable), " ")
		if err != nil || got != test.want {
			t.Errorf("%s: %s, %v; want %s", test.reason, got, err, test.want)
		}
	}
}

func TestPasswordMarks(t *testing.T) {
	p, err := parseURI("URI", "mysql://me:%40%3A%2F%3F%23%25@db/cars")
	if err != nil || p.password != "@:/?#%" {
		t.Errorf("password = %q, %v", p.password, err)
	}
}

// TestMalformed has the password, or a part of it, where URIs have something else.
func TestMalformed(t *testing.T) {
	for _, uri := range []string{
		secret,
		"host=db password=" + secret,
		"me:" + secret + "@tcp(db:3306)/cars",
		secret + "://me@db/cars",
		"postgres://me:" + secret + "%zz@db/cars",
		"postgres://me:" + secret + "\x7f@db/cars",
		"postgres://me:a/" + secret + "@db/cars",
		"postgres://me:12/" + secret + "@db/cars",
		"postgres://me:12?" + secret + "@db/cars",
		"postgres://me:12#" + secret + "@db/cars",
		"postgres://me:a@" + secret + "/b@db/cars",
		"mysql://me:12@" + secret + "#a",
		"mysql://me:" + secret + "/cars",
		"mysql://me:" + secret + "@db",
		"mysql://me:" + secret + "@db/cars?parseTime=" + secret,
		"postgres://me:" + secret + "@db/cars?sslmode=" + secret,
		"postgres://me@db/cars?password=" + secret + "&sslmode=wrong",
	} {
		if _, err := parseURI("URI", uri); err == nil || strings.Contains(err.Error(), secret) || !strings.HasPrefix(err.Error(), "URI ") {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

func TestExplain(t *testing.T) {
	db := &database{place: place{system: postgreSQL, server: "PostgreSQL at db:1", database: "cars", variable: "URI",
		password: secret, connector: new(pq.Connector)}}
	for _, test := range []struct {
		err  error
		want string
	}{
		{&pq.Error{Code: "28P01", Message: "no"}, "refuses the login (pq: no (28P01)): correct the user and the password in URI"},
		{&mysql.MySQLError{Number: 1045, SQLState: [5]byte([]byte("28000"))}, "refuses the login"},
		{&pq.Error{Code: "3D000"}, `has no database "cars"`},
		{&mysql.MySQLError{Number: 1049}, `has no database "cars"`},
		{&pq.Error{Code: "42501"}, "grant the user of URI the right"},
		{pq.ErrSSLNotSupported, "sslmode=disable"},
		{fmt.Errorf("dial: %w", context.DeadlineExceeded), "does not respond in time"},
		{errors.New("a driver\nthat quotes " + secret), "PostgreSQL at db:1: a driver that quotes ***"},
	} {
		if got := db.explain(test.err).Error(); !strings.HasPrefix(got, "PostgreSQL at db:1") || !strings.Contains(got, test.want) {
			t.Errorf("%v: %s", test.err, got)
		}
	}
}

// statement is a Caller whose procedures are whole statements.
type statement struct{}

func (statement) Statement(text string, _ []moresql.Param) (moresql.Statement, error) {
	return moresql.Statement{Query: text}, nil
}

// TestSQLiteErrors has SQLite's own errors, for its driver has no way to make them.
func TestSQLiteErrors(t *testing.T) {
	db, err := place{system: embedded}.open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer db.close()
	if err := db.install(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	m := moresql.New(db.pool, moresql.WithCaller(statement{}), moresql.WithLogger(slog.New(slog.DiscardHandler)))
	for _, test := range []struct {
		statement string
		status    int
		public    bool
	}{
		{"INSERT INTO users SELECT * FROM users", http.StatusConflict, true},
		{"INSERT INTO users SELECT 2, username, password, email FROM users", http.StatusConflict, true},
		{"UPDATE cars SET name = NULL", http.StatusBadRequest, true},
		{"UPDATE cars SET name = ''", http.StatusBadRequest, true},
		{"UPDATE cars SET doors = 'two'", http.StatusBadRequest, true},
		{"SELECT 1 LIMIT 'x'", http.StatusBadRequest, true},
		{"SELECT", http.StatusInternalServerError, false},
	} {
		w := httptest.NewRecorder()
		m.Handler(test.statement).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
		if told := strings.Contains(w.Body.String(), `"message":`); w.Code != test.status || told != test.public {
			t.Errorf("%s: %d %s", test.statement, w.Code, w.Body)
		}
	}
}

func TestMySQLErrors(t *testing.T) {
	for number, want := range map[uint16]int{1366: 400, 1048: 400, 3819: 400, 4025: 400, 1062: 409, 1064: 409} {
		e := &moresql.Error{Status: 409, Err: &mysql.MySQLError{Number: number, Message: "no"}}
		if onMySQLError(e); e.Status != want || e.Public != (want == 400) {
			t.Errorf("%d: %+v", number, e)
		}
	}
}

func TestFlags(t *testing.T) {
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-h"}, 0, "-data DIR"},
		{[]string{"--help"}, 0, "MORESQL_DATABASE_URI=postgres://"},
		{[]string{"-x"}, 2, "flag provided but not defined: -x; run moresql -h for help"},
		{[]string{"-init=maybe"}, 2, "moresql -h"},
		{[]string{"-max-rows", "many"}, 2, "moresql -h"},
		{[]string{"-max-rows", "-1"}, 2, "-max-rows must be the largest number of rows of a list, or 0 for all"},
		{[]string{"serve"}, 2, `"serve" is not a flag`},
		{[]string{"postgres://me:" + secret + "@db/cars"}, 2, "named by the environment variable MORESQL_DATABASE_URI"},
		{[]string{"-addr", "postgres://me:" + secret + "@db/cars"}, 2, "named by the environment variable MORESQL_DATABASE_URI"},
	} {
		var out bytes.Buffer
		status := run(t.Context(), test.args, func(string) string { return "" }, &out, &out)
		text := out.String()
		if status != test.status || !strings.Contains(text, test.want) || strings.Contains(text, secret) || status != 0 && strings.Count(text, "\n") != 1 {
			t.Errorf("%q: exit status %d\n%s", test.args, status, text)
		}
	}
}

// TestRun starts and ends the command in here, where what it leaves behind can be seen.
func TestRun(t *testing.T) {
	leaktest.Check(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	ctx, cancel := context.WithCancel(t.Context())
	stdout, stderr, ended := newOutput(), newOutput(), make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"-addr", "localhost:0"}, func(string) string { return "" }, stdout, stderr)
	}()
	eventually(t, "the command listens", func() bool { return strings.Contains(stdout.String(), "listening on ") })
	if files, err := filepath.Glob(filepath.Join(temp, "moresql-*", "moresql.db")); err != nil || len(files) != 1 {
		t.Errorf("the database is %v, %v", files, err)
	}
	cancel()
	if status := <-ended; status != 0 {
		t.Errorf("exit status %d:\n%s", status, stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
