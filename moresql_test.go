package moresql_test

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/lib/pq"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/gojson"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/row"
)

// mock returns a database that expects exactly the statements that the test tells it of.
func mock(t testing.TB) (*sql.DB, sqlmock.Sqlmock) {
	t.Helper()
	leaktest.Check(t)
	db, expect, err := sqlmock.New(sqlmock.QueryMatcherOption(sqlmock.QueryMatcherEqual))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := expect.ExpectationsWereMet(); err != nil {
			t.Error(err)
		}
		if n := db.Stats().InUse; n != 0 {
			t.Errorf("%d connections were not given back", n)
		}
		db.Close()
	})
	return db, expect
}

// quiet is a logger for tests of errors.
var quiet = moresql.WithLogger(slog.New(slog.DiscardHandler))

func get(h http.Handler, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
	return w
}

var names = []struct {
	reason, proc string
	postgres     string // the call, "" where the name is refused
	mysql        string
}{
	{"a plain name stays as it is written", "get_user", "get_user", "get_user"},
	{"a schema", "api.get_user", "api.get_user", "api.get_user"},
	{"upper case would be folded", "GetUser", `"GetUser"`, "`GetUser`"},
	{"a part in SQL's own quotes", `api."Get User"`, `api."Get User"`, "api.`Get User`"},
	{"a dot inside quotes", `api."a.b"`, `api."a.b"`, "api.`a.b`"},
	{"a reserved word", "select", `"select"`, "`select`"},
	{"letters beyond ASCII", "naïve", `"naïve"`, "`naïve`"},
	{"a quote inside", `we"ird`, `"we""ird"`, "`we\"ird`"},
	{"a quote inside quotes", `"we""ird"`, `"we""ird"`, "`we\"ird`"},
	{"a grave inside", "we`ird", "\"we`ird\"", "`we``ird`"},
	{"what looks like SQL is a name", "f(); DROP TABLE users; --", `"f(); DROP TABLE users; --"`, "`f(); DROP TABLE users; --`"},
	{"no name", "", "", ""},
	{"no name in the schema", "api.", "", ""},
	{"an open quote", `api."Get User`, "", ""},
	{"text after a quote", `"a"b`, "", ""},
	{"a byte that no identifier has", "a\x00b", "", ""},
	{"not UTF-8", "a\xffb", "", ""},
	{"longer than PostgreSQL's 63 bytes, which it would cut", strings.Repeat("a", 64), "", strings.Repeat("a", 64)},
}

func TestNames(t *testing.T) {
	for _, test := range names {
		for caller, want := range map[moresql.Caller]string{
			moresql.Function{}:                        ifName(test.postgres, "SELECT * FROM %s()"),
			moresql.Procedure{Dialect: moresql.MySQL}: ifName(test.mysql, "CALL %s()"),
		} {
			s, err := caller.Statement(test.proc, nil)
			if s.Query != want || (err != nil) != (want == "") {
				t.Errorf("%s: %T wrote %q, %v; want %q", test.reason, caller, s.Query, err, want)
			}
		}
	}
}

func ifName(name, format string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(format, name)
}

func TestStatements(t *testing.T) {
	abc := []moresql.Param{{Name: "a"}, {Name: "b", Absent: true}, {Name: "c"}}
	files, err := moresql.LoadStatements(fstest.MapFS{
		"find.sql":      {Data: []byte("SELECT ':a', a::text -- :a\nFROM t WHERE a = :c OR b = :b OR c = :c OR a = :a")},
		"cars/all.sql":  {Data: []byte("SELECT * FROM cars;")},
		"cars/note.txt": {Data: []byte("not SQL")},
	}, moresql.PostgreSQL)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		reason string
		caller moresql.Caller
		proc   string
		params []moresql.Param
		query  string
		bind   string
	}{
		{"the default", moresql.Function{}, "f", abc, "SELECT * FROM f($1, $2, $3)", "[0 1 2]"},
		{"question marks", moresql.Function{Dialect: moresql.SQLite}, "f", abc, "SELECT * FROM f(?, ?, ?)", "[0 1 2]"},
		{"numbers after @p", moresql.Function{Dialect: moresql.SQLServer}, "f", abc, "SELECT * FROM f(@p1, @p2, @p3)", "[0 1 2]"},
		{"named: what is absent takes its default", moresql.Function{Named: true}, "f", abc, `SELECT * FROM f("a" => $1, "c" => $2)`, "[0 2]"},
		{"named: a quote in a name", moresql.Function{Named: true}, "f", []moresql.Param{{Name: `a"b`}}, `SELECT * FROM f("a""b" => $1)`, "[0]"},
		{"named: nothing is left", moresql.Function{Named: true}, "f", []moresql.Param{{Name: "a", Absent: true}}, `SELECT * FROM f()`, "[]"},
		{"named: without a name by place", moresql.Function{Named: true}, "f", []moresql.Param{{}, {Name: "b"}}, `SELECT * FROM f($1, "b" => $2)`, "[0 1]"},
		{"a procedure", moresql.Procedure{}, "p", abc, "CALL p($1, $2, $3)", "[0 1 2]"},
		{"a procedure, named", moresql.Procedure{Named: true}, "p", abc, `CALL p("a" => $1, "c" => $2)`, "[0 2]"},
		{"a file: by name, whatever the order", files, "find", abc, "SELECT ':a', a::text -- :a\nFROM t WHERE a = $1 OR b = $2 OR c = $1 OR a = $3", "[2 1 0]"},
		{"a file: by place, in the order of appearance", files, "find", make([]moresql.Param, 3), "SELECT ':a', a::text -- :a\nFROM t WHERE a = $1 OR b = $2 OR c = $1 OR a = $3", "[0 1 2]"},
		{"a file in a folder", files, "cars/all", nil, "SELECT * FROM cars", "[]"},
		{"a caller of one's own", shout{}, "f", abc[:1], "EXEC F $1", "[]"},
	} {
		s, err := test.caller.Statement(test.proc, test.params)
		if err != nil || s.Query != test.query || fmt.Sprint(s.Bind) != test.bind {
			t.Errorf("%s: %q %v, %v\nwant %q %s", test.reason, s.Query, s.Bind, err, test.query, test.bind)
		}
	}
}

type shout struct{}

func (shout) Statement(proc string, _ []moresql.Param) (moresql.Statement, error) {
	return moresql.Statement{Query: "EXEC " + strings.ToUpper(proc) + " $1"}, nil
}

func TestHandlerRefuses(t *testing.T) {
	files, err := moresql.LoadStatements(fstest.MapFS{"get.sql": {Data: []byte("SELECT :id")}}, moresql.SQLite)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		reason  string
		proc    string
		options []moresql.Option
		message string
	}{
		{"a name that is none", "api.", nil, `"api."`},
		{"a field name that is none", "f", []moresql.Option{moresql.WithCaller(moresql.Function{Named: true}), moresql.Fields("")}, "without a name"},
		{"a field twice", "f", []moresql.Option{moresql.Fields("a"), moresql.Optional("a")}, `"a" is declared twice`},
		{"a value without a place", "f", []moresql.Option{moresql.Values{"b": 1}}, `a value for "b"`},
		{"named notation where there is none", "f", []moresql.Option{moresql.WithCaller(moresql.Function{Dialect: moresql.MySQL, Named: true})}, "MySQL has no named notation"},
		{"a status of no success", "f", []moresql.Option{moresql.Status(500)}, "Status(500)"},
		{"a status that is none", "f", []moresql.Option{moresql.Status(-1)}, "Status(-1)"},
		{"an OUT parameter of a function", "f", []moresql.Option{moresql.Out("a")}, "leave Out"},
		{"an OUT parameter of a statement", "get", []moresql.Option{moresql.WithCaller(files), moresql.InOut("id")}, "leave Out"},
		{"a statement that there is not", "put", []moresql.Option{moresql.WithCaller(files)}, "put.sql"},
		{"a parameter without a field", "get", []moresql.Option{moresql.WithCaller(files)}, ":id"},
		{"a field without a parameter", "get", []moresql.Option{moresql.WithCaller(files), moresql.Fields("id", "b")}, ":id"},
		{"a field of another name", "get", []moresql.Option{moresql.WithCaller(files), moresql.Fields("di")}, ":id"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			db, _ := mock(t) // which no statement reaches
			m := moresql.New(db, quiet)
			func() {
				defer func() {
					if err, _ := recover().(error); err == nil || !strings.Contains(err.Error(), test.message) {
						t.Errorf("Handler panicked with %v, want an error about %s", err, test.message)
					}
				}()
				m.Handler(test.proc, test.options...)
			}()
			w := httptest.NewRecorder()
			m.Execute(w, httptest.NewRequest("GET", "/", nil), test.proc, test.options...)
			if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), test.message) {
				t.Errorf("Execute answered %d %s, want 500 and no word of the program's mistake", w.Code, w.Body)
			}
		})
	}
}

func TestLoadStatementsRefuses(t *testing.T) {
	_, err := moresql.LoadStatements(fstest.MapFS{"a/bad.sql": {Data: []byte("SELECT\n 'open")}}, moresql.SQLite)
	if err == nil || !strings.Contains(err.Error(), "a/bad.sql: line 2") {
		t.Errorf("error = %v, want one that names the file and the line", err)
	}
}

// Every shape, over what a procedure may return.
func TestShapes(t *testing.T) {
	rows := func(columns string, values ...[]any) *sqlmock.Rows {
		r := sqlmock.NewRows(strings.Fields(columns))
		for _, v := range values {
			r.AddRow(toDriver(v)...)
		}
		return r
	}
	two := [][]any{{1, "a"}, {2, "b"}}
	for _, test := range []struct {
		reason string
		shape  moresql.Option
		rows   *sqlmock.Rows
		status int
		body   string
	}{
		{"a list", moresql.Status(200), rows("id name", two...), 200, `[{"id":1,"name":"a"},{"id":2,"name":"b"}]`},
		{"a list of nothing", moresql.Status(200), rows("id name"), 200, `[]`},
		{"the order and the doubles are kept", moresql.Status(200), rows("b a b", []any{1, 2, 3}), 200, `[{"b":1,"a":2,"b":3}]`},
		{"a status", moresql.Status(201), rows("id", []any{1}), 201, `[{"id":1}]`},
		{"one", moresql.One(), rows("id name", two[0]), 200, `{"id":1,"name":"a"}`},
		{"one of none", moresql.One(), rows("id name"), 404, ""},
		{"one of two", moresql.One(), rows("id name", two...), 500, ""},
		{"scalar", moresql.Scalar(), rows("n", []any{42}), 200, `42`},
		{"scalar NULL", moresql.Scalar(), rows("n", []any{nil}), 200, `null`},
		{"scalar of none", moresql.Scalar(), rows("n"), 404, ""},
		{"scalar of two rows", moresql.Scalar(), rows("n", []any{1}, []any{2}), 500, ""},
		{"scalar of two columns", moresql.Scalar(), rows("id name", two[0]), 500, ""},
		{"auto: one of one is the value", moresql.Auto(), rows("n", []any{42}), 200, `42`},
		{"auto: one row is the object", moresql.Auto(), rows("id name", two[0]), 200, `{"id":1,"name":"a"}`},
		{"auto: more are the array", moresql.Auto(), rows("id name", two...), 200, `[{"id":1,"name":"a"},{"id":2,"name":"b"}]`},
		{"auto: none is the array", moresql.Auto(), rows("id name"), 200, `[]`},
		{"auto: more of one column are the array", moresql.Auto(), rows("n", []any{1}, []any{2}), 200, `[{"n":1},{"n":2}]`},
		{"sets of one", moresql.Sets(), rows("n", []any{1}), 200, `[[{"n":1}]]`},
		{"no columns", moresql.One(), rows(""), 204, ""},
		{"no columns, a status", moresql.Status(202), rows(""), 202, ""},
		{"a status without a body", moresql.Status(204), rows("id", []any{1}), 204, ""},
		{"void", moresql.Auto(), sqlmock.NewRowsWithColumnDefinition(sqlmock.NewColumn("f").OfType("VOID", "")).AddRow(""), 204, ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			db, expect := mock(t)
			expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(test.rows).RowsWillBeClosed()
			w := get(moresql.New(db, quiet).Handler("f", test.shape), "/")
			if w.Code != test.status || test.status < 300 && w.Body.String() != test.body {
				t.Errorf("answer = %d %s, want %d %s", w.Code, w.Body, test.status, test.body)
			}
			want := "application/json"
			if test.status >= 400 {
				want = "application/problem+json"
			} else if test.body == "" {
				want = ""
			}
			if got := w.Header().Get("Content-Type"); got != want {
				t.Errorf("Content-Type = %q, want %q", got, want)
			}
		})
	}
}

func TestResultSets(t *testing.T) {
	sets := func() []*sqlmock.Rows {
		return []*sqlmock.Rows{
			sqlmock.NewRows(nil),
			sqlmock.NewRows([]string{"a"}).AddRow(1).AddRow(2),
			sqlmock.NewRows([]string{"b", "c"}),
			sqlmock.NewRows([]string{"d"}).AddRow(3),
		}
	}
	broken := sets()
	broken[3].RowError(0, errors.New("broken")).AddRow(4)
	for _, test := range []struct {
		reason string
		shape  moresql.Option
		sets   []*sqlmock.Rows
		status int
		body   string
	}{
		{"the first that has columns", moresql.Auto(), sets(), 200, `[{"a":1},{"a":2}]`},
		{"all", moresql.Sets(), sets(), 200, `[[{"a":1},{"a":2}],[],[{"d":3}]]`},
		{"an error of a late one is an error", moresql.Sets(), broken, 500, ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			db, expect := mock(t)
			expect.ExpectQuery("CALL p()").WillReturnRows(test.sets...)
			w := get(moresql.New(db, quiet, moresql.WithCaller(moresql.Procedure{})).Handler("p", test.shape), "/")
			if w.Code != test.status || test.status == 200 && w.Body.String() != test.body {
				t.Errorf("answer = %d %s, want %d %s", w.Code, w.Body, test.status, test.body)
			}
		})
	}
}

// Without a body, too, the result is read to its end: a late error is no success.
func TestLateErrorWithoutBody(t *testing.T) {
	db, expect := mock(t)
	late := sqlmock.NewRows([]string{"b"}).AddRow(1).RowError(0, errors.New("late"))
	expect.ExpectQuery("CALL p()").WillReturnRows(sqlmock.NewRows([]string{"a"}).AddRow(1), late)
	m := moresql.New(db, quiet, moresql.WithCaller(moresql.Procedure{}))
	if w := get(m.Handler("p", moresql.Sets(), moresql.Status(http.StatusNoContent)), "/"); w.Code != http.StatusInternalServerError {
		t.Errorf("answer = %d %s, want 500", w.Code, w.Body)
	}
}

// An encoder of the user's own may break its contract; the answer still does not lie.
func TestCarelessEncoder(t *testing.T) {
	careless := encoder.Func("text/plain", func(w io.Writer, rows *row.Rows) error {
		for r, err := range rows.All() {
			if err == nil {
				fmt.Fprintln(w, r.Value(0))
			}
			if r.Len() > 0 && r.Value(0).Int() == 2 {
				break
			}
		}
		return nil
	})
	for _, test := range []struct {
		reason string
		rows   *sqlmock.Rows
	}{
		{"it passes over an error", sqlmock.NewRows([]string{"n"}).AddRow(1).AddRow(3).RowError(1, errors.New("broken"))},
		{"it stops before one", sqlmock.NewRows([]string{"n"}).AddRow(1).AddRow(2).AddRow(3).RowError(2, errors.New("broken"))},
	} {
		db, expect := mock(t)
		expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(test.rows)
		if w := get(moresql.New(db, quiet, moresql.WithEncoder(careless)).Handler("f"), "/"); w.Code != http.StatusInternalServerError {
			t.Errorf("%s: answer = %d %s, want 500", test.reason, w.Code, w.Body)
		}
	}
}

// A status that is none of an error must not make an error look like a success, or panic.
func TestErrorStatus(t *testing.T) {
	for _, status := range []int{0, 200, 1000} {
		db, _ := mock(t)
		failing := binder.SourceFunc(func(*http.Request) (binder.Lookup, error) {
			return nil, &moresql.Error{Status: status, Message: "no", Public: true}
		})
		if w := get(moresql.New(db, quiet).Handler("f", moresql.Fields("a"), moresql.From(failing)), "/"); w.Code != http.StatusInternalServerError {
			t.Errorf("status %d: answer = %d", status, w.Code)
		}
	}
}

func TestValues(t *testing.T) {
	for _, test := range []struct {
		reason  string
		options []moresql.Option
		query   string // of the request
		call    string
		args    []any
	}{
		{"a value goes on as the text that came", []moresql.Option{moresql.Fields("id")}, "id=007", "SELECT * FROM f($1)", []any{"007"}},
		{"the order is that of the fields", []moresql.Option{moresql.Fields("b", "a")}, "a=1&b=2", "SELECT * FROM f($1, $2)", []any{"2", "1"}},
		{"values win, and keep their type", []moresql.Option{moresql.Fields("id"), moresql.Values{"id": int64(3)}}, "id=1", "SELECT * FROM f($1)", []any{int64(3)}},
		{"nil is NULL", []moresql.Option{moresql.Fields("id"), moresql.Values{"id": nil}}, "id=1", "SELECT * FROM f($1)", []any{nil}},
		{"an absent one is NULL by place", []moresql.Option{moresql.Optional("a"), moresql.Fields("b")}, "b=2", "SELECT * FROM f($1, $2)", []any{nil, "2"}},
		{"an absent one is left out by name", []moresql.Option{moresql.Optional("a"), moresql.Fields("b"), moresql.WithCaller(moresql.Function{Named: true})}, "b=2", `SELECT * FROM f("b" => $1)`, []any{"2"}},
		{"SQL in a value is a value", []moresql.Option{moresql.Fields("id")}, "id=1)%3BDROP+TABLE+users%3B--", "SELECT * FROM f($1)", []any{"1);DROP TABLE users;--"}},
		{"a source of one's own", []moresql.Option{moresql.Fields("X-User"), moresql.From(header)}, "", "SELECT * FROM f($1)", []any{"ann"}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			db, expect := mock(t)
			r := httptest.NewRequest("GET", "/?"+test.query, nil)
			r.Header.Set("X-User", "ann")
			expect.ExpectQuery(test.call).WithArgs(toDriver(test.args)...).WillReturnRows(sqlmock.NewRows([]string{"n"}))
			w := httptest.NewRecorder()
			moresql.New(db).Execute(w, r, "f", test.options...)
			if w.Code != 200 {
				t.Errorf("answer = %d %s", w.Code, w.Body)
			}
		})
	}
}

var header = binder.SourceFunc(func(r *http.Request) (binder.Lookup, error) {
	return func(name string) (any, bool, error) {
		return r.Header.Get(name), r.Header.Get(name) != "", nil
	}, nil
})

// What the client is told of an error, and what it is not.
func TestErrors(t *testing.T) {
	raised := &pq.Error{Code: "P0001", Message: "no such car", Detail: "looked everywhere", Hint: "buy one"}
	for _, test := range []struct {
		reason string
		err    error
		status int
		told   map[string]any // beside title and status
	}{
		{"what the author raises goes out", raised, 400, map[string]any{"code": "P0001", "message": "no such car", "details": "looked everywhere", "hint": "buy one"}},
		{"a status of the author's", &pq.Error{Code: "PT402", Message: "pay first"}, 402, map[string]any{"code": "PT402", "message": "pay first"}},
		{"bad data: the message says what", &pq.Error{Code: "22P02", Message: "invalid input syntax"}, 400, map[string]any{"code": "22P02", "message": "invalid input syntax"}},
		{"the detail may show rows", &pq.Error{Code: "23505", Message: "duplicate key", Detail: "Key (email)=(ann@example.org)"}, 409, map[string]any{"code": "23505", "message": "duplicate key"}},
		{"an unexpected one says nothing", &pq.Error{Code: "42703", Message: "column secret does not exist"}, 500, map[string]any{"code": "42703"}},
		{"nor does one that is no SQLSTATE", errors.New("secret"), 500, map[string]any{}},
		{"the way to the database", &net.OpError{Op: "dial", Err: errors.New("secret refused")}, 503, map[string]any{}},
		{"the database goes down", &pq.Error{Code: "57P01", Message: "terminating"}, 503, map[string]any{"code": "57P01"}},
		{"what the client has no right to, without telling who it is", &pq.Error{Code: "42501", Message: "permission denied for table secret"}, 401, map[string]any{"code": "42501"}},
		{"what is not there", &pq.Error{Code: "42883", Message: "function secret() does not exist"}, 404, map[string]any{"code": "42883"}},
		{"an error in an error", fmt.Errorf("wrapped: %w", raised), 400, map[string]any{"code": "P0001", "message": "no such car", "details": "looked everywhere", "hint": "buy one"}},
	} {
		for _, when := range []string{"the query", "the first row", "a later row"} {
			t.Run(test.reason+" from "+when, func(t *testing.T) {
				db, expect := mock(t)
				rows := sqlmock.NewRows([]string{"n"}).AddRow(1).AddRow(2)
				switch query := expect.ExpectQuery("SELECT * FROM f()"); when {
				case "the query":
					query.WillReturnError(test.err)
				case "the first row":
					query.WillReturnRows(rows.RowError(0, test.err))
				case "a later row":
					query.WillReturnRows(rows.RowError(1, test.err))
				}
				var logged bytes.Buffer
				m := moresql.New(db, moresql.WithLogger(slog.New(slog.NewTextHandler(&logged, nil))))
				w := get(m.Handler("f"), "/path?password=hunter2")

				test.told["status"], test.told["title"] = float64(test.status), http.StatusText(test.status)
				var told map[string]any
				if err := json.Unmarshal(w.Body.Bytes(), &told); err != nil {
					t.Fatalf("%v in %s", err, w.Body)
				}
				id := told["request_id"]
				if delete(told, "request_id"); test.status >= 500 != (id != nil) || id != nil && (!strings.Contains(logged.String(), id.(string)) || w.Header().Get("X-Request-Id") != id) {
					t.Errorf("request id %v, logged %s", id, &logged)
				}
				if w.Code != test.status || fmt.Sprint(told) != fmt.Sprint(test.told) {
					t.Errorf("answer = %d %v\nwant %d %v", w.Code, told, test.status, test.told)
				}
				if errorLogged := strings.Contains(logged.String(), "level=ERROR"); errorLogged != (test.status >= 500) {
					t.Errorf("logged %q for status %d", &logged, test.status)
				}
				if strings.Contains(logged.String(), "hunter2") {
					t.Errorf("a value of the request is logged: %s", &logged)
				}
			})
		}
	}
}

func TestRequestErrors(t *testing.T) {
	db, _ := mock(t) // which no statement reaches
	h := moresql.New(db, quiet).Handler("f", moresql.Fields("a", "b"), moresql.BodyLimit(20))
	for _, test := range []struct {
		reason, contentType, body string
		status                    int
		message                   string
	}{
		{"fields that are missing are all named", "application/json", `{}`, 400, "a, b"},
		{"no JSON", "application/json", `{"a":`, 400, "offset"},
		{"too large", "application/json", `{"a": "0123456789 0123456789"}`, 413, "20"},
		{"no kind of body that is known", "text/plain", "a=1", 415, "application/json"},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(test.body))
		r.Header.Set("Content-Type", test.contentType)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var told struct{ Message, Hint string }
		if err := json.Unmarshal(w.Body.Bytes(), &told); err != nil || w.Code != test.status || !strings.Contains(told.Message+told.Hint, test.message) {
			t.Errorf("%s: answer = %d %s, want %d and %q", test.reason, w.Code, w.Body, test.status, test.message)
		}
	}
}

// An error in the middle of a long result cannot have a status any more: the client sees an aborted body.
func TestAbort(t *testing.T) {
	db, expect := mock(t)
	rows := sqlmock.NewRows([]string{"text"})
	for range 100 {
		rows.AddRow(strings.Repeat("x", 1000))
	}
	expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(rows.RowError(99, errors.New("broken"))).RowsWillBeClosed()

	server := httptest.NewServer(moresql.New(db, quiet).Handler("f"))
	defer server.Close()
	response, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if response.StatusCode != 200 || !errors.Is(err, io.ErrUnexpectedEOF) || json.Valid(body) {
		t.Errorf("status %d, %d bytes, %v; want 200 and a body that ends in io.ErrUnexpectedEOF", response.StatusCode, len(body), err)
	}
	server.Client().CloseIdleConnections()
}

// A client that is gone is nobody's fault.
func TestCancelled(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery("SELECT * FROM f()").WillReturnError(&pq.Error{Code: "57014", Message: "canceling statement due to user request"})
	ctx, cancel := context.WithCancel(context.Background())
	leaving := querierFunc(func(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
		defer cancel()
		return db.QueryContext(ctx, query, args...)
	})
	var logged bytes.Buffer
	m := moresql.New(leaving, moresql.WithLogger(slog.New(slog.NewTextHandler(&logged, nil))))
	w := httptest.NewRecorder()
	m.Handler("f").ServeHTTP(w, httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	if w.Code != http.StatusServiceUnavailable || logged.Len() > 0 {
		t.Errorf("answer = %d, logged %q; want 503 and no log", w.Code, &logged)
	}
}

type querierFunc func(context.Context, string, ...any) (*sql.Rows, error)

func (f querierFunc) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return f(ctx, query, args...)
}

func TestDeadline(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery("SELECT * FROM f()").WillDelayFor(time.Hour).WillReturnRows(sqlmock.NewRows(nil))
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	w := httptest.NewRecorder()
	moresql.New(db, quiet).Handler("f").ServeHTTP(w, httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	if w.Code != http.StatusGatewayTimeout {
		t.Errorf("answer = %d %s, want 504", w.Code, w.Body)
	}
}

// toDriver gives values the types that drivers have.
func toDriver(values []any) []driver.Value {
	list := make([]driver.Value, len(values))
	for i, v := range values {
		list[i] = v
		if n, ok := v.(int); ok {
			list[i] = int64(n)
		}
	}
	return list
}

func TestRows(t *testing.T) {
	three := func() *sqlmock.Rows { return sqlmock.NewRows([]string{"n"}).AddRow(1).AddRow(2).AddRow(3) }
	broken := errors.New("broken")
	for _, test := range []struct {
		reason string
		rows   *sqlmock.Rows
		stop   int // break after so many
		want   string
		err    error
	}{
		{"to the end", three(), 9, "1 2 3", nil},
		{"stopping early gives the connection back", three(), 1, "1", nil},
		{"an error comes last", three().RowError(2, broken), 9, "1 2", broken},
	} {
		t.Run(test.reason, func(t *testing.T) {
			db, expect := mock(t)
			expect.ExpectQuery("SELECT * FROM f($1)").WithArgs("x").WillReturnRows(test.rows)
			var got []string
			var err error
			var last row.Row
			for last, err = range moresql.New(db).Rows(context.Background(), "f", "x") {
				if err != nil {
					break
				}
				if got = append(got, last.Get("n").String()); len(got) == test.stop {
					break
				}
			}
			if strings.Join(got, " ") != test.want || !errors.Is(err, test.err) {
				t.Errorf("rows = %v, %v; want %s, %v", got, err, test.want, test.err)
			}
			var e *moresql.Error
			if err != nil && (!errors.As(err, &e) || e.Proc != "f" || last.Len() != 0) {
				t.Errorf("the error is %#v with %d columns, want an *Error that names f, and a zero Row", err, last.Len())
			}
		})
	}
}

func TestStream(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery(`SELECT * FROM f("id" => $1)`).WithArgs(int64(7)).WillReturnRows(sqlmock.NewRows([]string{"n"}).AddRow(1))
	m := moresql.New(db).With(moresql.WithCaller(moresql.Function{Named: true}))
	var out bytes.Buffer
	if err := m.Stream(context.Background(), &out, gojson.JSON(), "f", sql.Named("id", 7)); err != nil || out.String() != `[{"n":1}]` {
		t.Errorf("wrote %s, %v", &out, err)
	}
	var e *moresql.Error
	if err := m.Stream(context.Background(), &out, gojson.JSON(), "f."); !errors.As(err, &e) {
		t.Errorf("a name that is none: %v, want an *Error", err)
	}
}

// Options of one call leave the others alone.
func TestOptionsAreCopied(t *testing.T) {
	db, expect := mock(t)
	m := moresql.New(db, moresql.Fields("a"), moresql.Values{"a": "default"})
	first := m.Handler("f", moresql.Fields("b"), moresql.Values{"a": "mine", "b": "x"})
	second := m.Handler("f", moresql.Fields("c"), moresql.Values{"c": "y"})
	expect.ExpectQuery("SELECT * FROM f($1, $2)").WithArgs("mine", "x").WillReturnRows(sqlmock.NewRows(nil))
	expect.ExpectQuery("SELECT * FROM f($1, $2)").WithArgs("default", "y").WillReturnRows(sqlmock.NewRows(nil))
	for _, h := range []http.Handler{first, second} {
		if w := get(h, "/"); w.Code != http.StatusNoContent {
			t.Errorf("answer = %d %s", w.Code, w.Body)
		}
	}
}

// OnError has the last word.
func TestOnError(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery("SELECT * FROM f()").WillReturnError(errors.New("constraint failed"))
	m := moresql.New(db, quiet, moresql.OnError(func(e *moresql.Error) {
		e.Status, e.Message, e.Public = http.StatusConflict, "there is one already", true
	}))
	w := get(m.Handler("f"), "/")
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "there is one already") {
		t.Errorf("answer = %d %s", w.Code, w.Body)
	}
}

// cached is a Caller that gives the same statement out each time.
type cached struct{ s moresql.Statement }

func (c cached) Statement(string, []moresql.Param) (moresql.Statement, error) { return c.s, nil }

// RPC leaves a statement alone that a caller keeps, and binds NULL to what is absent.
func TestRPCOwnCaller(t *testing.T) {
	cat := catalog.Of(catalog.Routine{Name: "f", Params: []catalog.Param{{Name: "a", Default: true}, {Name: "b", Default: true}}, Volatility: catalog.Stable})
	for _, test := range []struct {
		bind []int
		want []any
	}{{[]int{1, 0}, []any{"B", "A"}}, {nil, []any{"A", "B"}}, {[]int{0, 1, 0}, []any{"A", "B", "A"}}} {
		db, expect := mock(t)
		h := moresql.New(db, quiet, moresql.WithCaller(cached{moresql.Statement{Query: "CALLED", Bind: test.bind}})).RPC(cat)
		for range 2 {
			expect.ExpectQuery("CALLED").WithArgs(toDriver(test.want)...).WillReturnRows(sqlmock.NewRows([]string{"n"}))
			if w := get(h, "/f?b=B&a=A"); w.Code != http.StatusOK {
				t.Errorf("%v: %d %s", test.bind, w.Code, w.Body)
			}
		}
	}
	db, expect := mock(t)
	expect.ExpectQuery("CALLED").WithArgs(nil, "B").WillReturnRows(sqlmock.NewRows([]string{"n"}))
	if w := get(moresql.New(db, quiet, moresql.WithCaller(cached{moresql.Statement{Query: "CALLED"}})).RPC(cat), "/f?b=B"); w.Code != http.StatusOK {
		t.Errorf("absent: %d %s", w.Code, w.Body)
	}
}

// A catalog may know less than PostgreSQL's; and OnError sees what RPC refuses.
func TestRPCUnknownTypes(t *testing.T) {
	cat := catalog.Of(
		catalog.Routine{Schema: "s", Name: "p", Kind: catalog.Procedure, Params: []catalog.Param{{Name: "a"}}},
		catalog.Routine{Name: "f", Result: catalog.Result{Type: &catalog.Type{Name: "int4", OID: 23}}, Params: []catalog.Param{{Name: "a"}}},
		catalog.Routine{Name: "c", Result: catalog.Result{Type: &catalog.Type{Name: "record"}, Columns: []catalog.Column{{Name: "x"}}}})
	db, expect := mock(t)
	seen := 0
	h := moresql.New(db, quiet, moresql.OnError(func(e *moresql.Error) { seen++ })).RPC(cat)
	for target, query := range map[string]string{"/p": `CALL "s"."p"("a" => $1)`, "/f": `SELECT * FROM "f"("a" => $1)`, "/c": `SELECT * FROM "c"()`} {
		body := `{"a": 1}`
		if target == "/c" {
			body = `{}`
		}
		expect.ExpectQuery(query).WillReturnRows(sqlmock.NewRows([]string{"x"}).AddRow(1))
		r := httptest.NewRequest("POST", target, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	if w := get(h, "/none"); w.Code != http.StatusNotFound || seen != 1 {
		t.Errorf("%d %s, OnError saw %d", w.Code, w.Body, seen)
	}
}

// demo is a database for the examples that answers every call of get_cars and get_user.
func demo() *sql.DB {
	db, expect, err := sqlmock.New(sqlmock.QueryMatcherOption(sqlmock.QueryMatcherEqual))
	if err != nil {
		panic(err)
	}
	expect.MatchExpectationsInOrder(false)
	added := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	expect.ExpectQuery("SELECT * FROM get_cars()").WillReturnRows(sqlmock.NewRowsWithColumnDefinition(
		sqlmock.NewColumn("name").OfType("TEXT", ""), sqlmock.NewColumn("price").OfType("NUMERIC", ""),
		sqlmock.NewColumn("tags").OfType("_TEXT", ""), sqlmock.NewColumn("added").OfType("TIMESTAMP", added)).
		AddRow("2CV", []byte("1999.90"), []byte(`{slow,"very cheap"}`), added).
		AddRow("DS", []byte("25000.00"), nil, added))
	expect.ExpectQuery("SELECT * FROM get_user($1, $2)").WithArgs("ann", "secret").
		WillReturnRows(sqlmock.NewRows([]string{"id", "username"}).AddRow(1, "ann"))
	return db
}

func print(h http.Handler, r *http.Request) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	fmt.Println(w.Body)
}

func Example() {
	m := moresql.New(demo()) // a *sql.DB, *sql.Conn or *sql.Tx
	mux := http.NewServeMux()
	mux.Handle("GET /cars", m.Handler("get_cars"))
	print(mux, httptest.NewRequest("GET", "/cars", nil))
	// Output:
	// 200 application/json
	// [{"name":"2CV","price":1999.90,"tags":["slow","very cheap"],"added":"2024-01-02T03:04:05"},{"name":"DS","price":25000.00,"tags":null,"added":"2024-01-02T03:04:05"}]
}

func ExampleNew() {
	m := moresql.New(demo(), moresql.Auto()) // options are the defaults of every call
	print(m.Handler("get_user", moresql.Fields("username", "password")), httptest.NewRequest("GET", "/?username=ann&password=secret", nil))
	// Output:
	// 200 application/json
	// {"id":1,"username":"ann"}
}

// answering returns a database that answers one statement, for the examples.
func answering(statement string, rows *sqlmock.Rows) *sql.DB {
	db, expect, err := sqlmock.New(sqlmock.QueryMatcherOption(sqlmock.QueryMatcherEqual))
	if err != nil {
		panic(err)
	}
	expect.ExpectQuery(statement).WillReturnRows(rows)
	return db
}

func ExampleOne() {
	m := moresql.New(answering("SELECT * FROM get_car($1)", sqlmock.NewRows([]string{"id", "name"}).AddRow(7, "2CV")))
	print(m.Handler("get_car", moresql.Fields("id"), moresql.One()), httptest.NewRequest("GET", "/?id=7", nil))
	// Output:
	// 200 application/json
	// {"id":7,"name":"2CV"}
}

func ExampleAuto() {
	m := moresql.New(answering("SELECT * FROM count_cars()", sqlmock.NewRows([]string{"count"}).AddRow(42)))
	print(m.Handler("count_cars", moresql.Auto()), httptest.NewRequest("GET", "/", nil))
	// Output:
	// 200 application/json
	// 42
}

func ExampleStatus() {
	m := moresql.New(answering("SELECT * FROM create_car($1)", sqlmock.NewRows([]string{"id", "name"}).AddRow(7, "2CV")))
	h := m.Handler("create_car", moresql.Fields("name"), moresql.One(), moresql.Status(http.StatusCreated))
	r := httptest.NewRequest("POST", "/", strings.NewReader(`{"name": "2CV"}`))
	r.Header.Set("Content-Type", "application/json")
	print(h, r)
	// Output:
	// 201 application/json
	// {"id":7,"name":"2CV"}
}

// The program's value wins, whatever the request says.
func ExampleValues() {
	m := moresql.New(answering("SELECT * FROM greet($1)", sqlmock.NewRows([]string{"greet"}).AddRow("hello ann")))
	h := m.Handler("greet", moresql.Fields("name"), moresql.Values{"name": "ann"}, moresql.Scalar())
	print(h, httptest.NewRequest("GET", "/?name=eve", nil))
	// Output:
	// 200 application/json
	// "hello ann"
}

func ExampleBodyLimit() {
	m := moresql.New(demo(), moresql.BodyLimit(10))
	r := httptest.NewRequest("POST", "/", strings.NewReader(`{"username": "ann", "password": "secret"}`))
	r.Header.Set("Content-Type", "application/json")
	print(m.Handler("get_user", moresql.Fields("username", "password")), r)
	// Output:
	// 413 application/problem+json
	// {"title":"Request Entity Too Large","status":413,"message":"the body is larger than 10 bytes"}
}

func ExampleSets() {
	db, expect, err := sqlmock.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	expect.ExpectQuery("CALL dashboard").WillReturnRows(
		sqlmock.NewRows([]string{"name"}).AddRow("2CV").AddRow("DS"), sqlmock.NewRows([]string{"count"}).AddRow(2))
	m := moresql.New(db, moresql.WithCaller(moresql.Procedure{Dialect: moresql.MySQL}))
	print(m.Handler("dashboard", moresql.Sets()), httptest.NewRequest("GET", "/", nil))
	// Output:
	// 200 application/json
	// [[{"name":"2CV"},{"name":"DS"}],[{"count":2}]]
}

func ExampleScalar() {
	m := moresql.New(answering("SELECT * FROM count_cars()", sqlmock.NewRows([]string{"count"}).AddRow(42)))
	print(m.Handler("count_cars", moresql.Scalar()), httptest.NewRequest("GET", "/", nil))
	// Output:
	// 200 application/json
	// 42
}

// Under named notation the function's own default stands for what the request leaves out.
func ExampleOptional() {
	m := moresql.New(answering(`SELECT * FROM get_films("title" => $1)`, sqlmock.NewRows([]string{"title"}).AddRow("The Italian Job")),
		moresql.WithCaller(moresql.Function{Named: true}))
	print(m.Handler("get_films", moresql.Fields("title"), moresql.Optional("year")), httptest.NewRequest("GET", "/?title=job", nil))
	// Output:
	// 200 application/json
	// [{"title":"The Italian Job"}]
}

func ExampleOut() {
	m := moresql.New(answering("CALL divide($1, $2, $3)", sqlmock.NewRows([]string{"quotient"}).AddRow(3)),
		moresql.WithCaller(moresql.Procedure{}))
	print(m.Handler("divide", moresql.Fields("a", "b"), moresql.Out("quotient"), moresql.One()), httptest.NewRequest("GET", "/?a=17&b=5", nil))
	// Output:
	// 200 application/json
	// {"quotient":3}
}

// MariaDB's JSON is a LONGTEXT to the driver.
func ExampleKinds() {
	m := moresql.New(answering("CALL get_car()", sqlmock.NewRows([]string{"features"}).AddRow([]byte(`["targa"]`))),
		moresql.WithCaller(moresql.Procedure{Dialect: moresql.MySQL}), moresql.Kinds{"features": row.JSON})
	print(m.Handler("get_car"), httptest.NewRequest("GET", "/", nil))
	// Output:
	// 200 application/json
	// [{"features":["targa"]}]
}

func ExampleReadOnly() {
	db, expect, err := sqlmock.New(sqlmock.QueryMatcherOption(sqlmock.QueryMatcherEqual))
	if err != nil {
		fmt.Println(err)
		return
	}
	expect.ExpectBegin()
	expect.ExpectQuery("SELECT * FROM get_cars()").WillReturnRows(sqlmock.NewRows([]string{"name"}).AddRow("2CV"))
	expect.ExpectRollback()
	print(moresql.New(db).Handler("get_cars", moresql.ReadOnly()), httptest.NewRequest("GET", "/", nil))
	fmt.Println(expect.ExpectationsWereMet())
	// Output:
	// 200 application/json
	// [{"name":"2CV"}]
	// <nil>
}

func ExampleFrom() {
	m := moresql.New(answering("SELECT * FROM whoami($1)", sqlmock.NewRows([]string{"whoami"}).AddRow("ann")))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-User", "ann")
	print(m.Handler("whoami", moresql.Fields("X-User"), moresql.From(header), moresql.Scalar()), r)
	// Output:
	// 200 application/json
	// "ann"
}

func ExampleOnError() {
	m := moresql.New(answering("SELECT * FROM get_car()", sqlmock.NewRows([]string{"id"})),
		moresql.OnError(func(e *moresql.Error) {
			if e.Status == http.StatusNotFound {
				e.Message, e.Hint = "no such car", "GET /cars lists them"
			}
		}))
	print(m.Handler("get_car", moresql.One()), httptest.NewRequest("GET", "/", nil))
	// Output:
	// 404 application/problem+json
	// {"title":"Not Found","status":404,"message":"no such car","hint":"GET /cars lists them"}
}

func ExampleMoreSQL_Handler() {
	m := moresql.New(demo())
	mux := http.NewServeMux()
	mux.Handle("GET /user", m.Handler("get_user", moresql.Fields("username", "password"), moresql.One()))
	print(mux, httptest.NewRequest("GET", "/user?username=ann&password=secret", nil))
	print(mux, httptest.NewRequest("GET", "/user?username=ann", nil))
	// Output:
	// 200 application/json
	// {"id":1,"username":"ann"}
	// 400 application/problem+json
	// {"title":"Bad Request","status":400,"message":"missing parameter: password","errors":[{"field":"password","message":"missing parameter: password"}]}
}

func ExampleMoreSQL_Execute() {
	m := moresql.New(demo())
	login := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.Execute(w, r, "get_user", moresql.Fields("username", "password"), moresql.Auto(),
			moresql.Values{"username": strings.ToLower(r.FormValue("username"))})
	})
	r := httptest.NewRequest("POST", "/login", strings.NewReader("username=ANN&password=secret"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	print(login, r)
	// Output:
	// 200 application/json
	// {"id":1,"username":"ann"}
}

func ExampleMoreSQL_Rows() {
	m := moresql.New(demo())
	for car, err := range m.Rows(context.Background(), "get_cars") {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(car.Get("name"), "costs", car.Get("price"))
	}
	// Output:
	// 2CV costs 1999.90
	// DS costs 25000.00
}

func ExampleMoreSQL_Stream() {
	m := moresql.New(demo())
	if err := m.Stream(context.Background(), os.Stdout, encoder.JSON(), "get_user", "ann", "secret"); err != nil {
		fmt.Println(err)
	}
	// Output: [{"id":1,"username":"ann"}]
}

func ExampleMoreSQL_With() {
	m := moresql.New(demo()).With(moresql.WithEncoder(gojson.JSON()), moresql.One())
	print(m.Handler("get_user", moresql.Fields("username", "password")), httptest.NewRequest("GET", "/?username=ann&password=secret", nil))
	// Output:
	// 200 application/json
	// {"id":1,"username":"ann"}
}

func ExampleFunction() {
	for _, f := range []moresql.Function{{}, {Named: true}, {Dialect: moresql.SQLite}} {
		s, err := f.Statement("api.GetUser", []moresql.Param{{Name: "id"}, {Name: "lang", Absent: true}})
		fmt.Println(s.Query, s.Bind, err)
	}
	// Output:
	// SELECT * FROM api."GetUser"($1, $2) [0 1] <nil>
	// SELECT * FROM api."GetUser"("id" => $1) [0] <nil>
	// SELECT * FROM api."GetUser"(?, ?) [0 1] <nil>
}

func ExampleProcedure() {
	s, err := moresql.Procedure{}.Statement("close_month", []moresql.Param{{Name: "month"}})
	fmt.Println(s.Query, err)
	// Output: CALL close_month($1) <nil>
}

func ExampleLoadStatements() {
	files := fstest.MapFS{"get_car.sql": {Data: []byte("SELECT * FROM cars WHERE id = :id")}} // or embed.FS, os.DirFS
	statements, err := moresql.LoadStatements(files, moresql.SQLite)
	if err != nil {
		fmt.Println(err)
		return
	}
	m := moresql.New(nil, moresql.WithCaller(statements))
	m.Handler("get_car", moresql.Fields("id"), moresql.One())

	s, err := statements.Statement("get_car", []moresql.Param{{Name: "id"}})
	fmt.Println(s.Query, err)
	// Output: SELECT * FROM cars WHERE id = ? <nil>
}

func ExampleMoreSQL_RPC() {
	integer := &catalog.Type{OID: 23, Name: "int4", SQL: "integer"}
	cat := catalog.Of(catalog.Routine{ // catalog.Load reads them from the database
		Schema: "api", Name: "add", Volatility: catalog.Immutable, Result: catalog.Result{Type: integer},
		Params: []catalog.Param{{Name: "a", Type: integer}, {Name: "b", Type: integer}},
	})
	m := moresql.New(answering(`SELECT * FROM "api"."add"("a" => $1::integer, "b" => $2::integer)`, sqlmock.NewRows([]string{"add"}).AddRow(42)))
	mux := http.NewServeMux()
	mux.Handle("/rpc/", http.StripPrefix("/rpc", m.RPC(cat)))
	print(mux, httptest.NewRequest("GET", "/rpc/add?b=2&a=40", nil))
	print(mux, httptest.NewRequest("GET", "/rpc/add?a=40", nil))
	// Output:
	// 200 application/json
	// 42
	// 404 application/problem+json
	// {"title":"Not Found","status":404,"code":"PGRST202","message":"add is not called with the parameters (a)","hint":"there is api.add(a integer, b integer)"}
}

func ExampleMoreSQL_Check() {
	cat := catalog.Of(catalog.Routine{Schema: "api", Name: "get_cars"}) // catalog.Load reads them from the database
	m := moresql.New(demo())
	m.Handler("get_cars")
	m.Handler("get_car", moresql.Fields("id"))
	fmt.Println(m.Check(context.Background(), cat))
	// Output: moresql: get_car: there is no such function in the catalog: perhaps you mean api.get_cars()
}

func ExampleStatements_Catalog() {
	files := fstest.MapFS{"add.sql": {Data: []byte("SELECT :a + :b AS sum")}}
	statements, err := moresql.LoadStatements(files, moresql.SQLite)
	if err != nil {
		fmt.Println(err)
		return
	}
	m := moresql.New(answering("SELECT ? + ? AS sum", sqlmock.NewRows([]string{"sum"}).AddRow(42)), moresql.WithCaller(statements))
	print(m.RPC(statements.Catalog()), httptest.NewRequest("GET", "/add?b=2&a=40", nil))
	// Output:
	// 200 application/json
	// [{"sum":42}]
}

// A caller of your own writes the statement for the names that it is given, and never sees a value.
func ExampleCaller() {
	m := moresql.New(demo(), moresql.WithCaller(execute{}), moresql.WithLogger(slog.New(slog.DiscardHandler)))
	fmt.Println(m.Stream(context.Background(), os.Stdout, encoder.JSON(), "get_user") != nil) // demo does not know the statement

	s, _ := execute{}.Statement("get_user", []moresql.Param{{Name: "id"}})
	fmt.Println(s.Query)
	// Output:
	// true
	// EXECUTE PROCEDURE GET_USER (?)
}

type execute struct{} // Firebird's

func (execute) Statement(proc string, params []moresql.Param) (moresql.Statement, error) {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(params)), ", ")
	return moresql.Statement{Query: "EXECUTE PROCEDURE " + strings.ToUpper(proc) + " (" + marks + ")"}, nil
}

func ExampleError() {
	db, expect, _ := sqlmock.New()
	expect.ExpectQuery("get_car").WillReturnError(&pq.Error{Code: "P0001", Message: "no such car", Hint: "buy one"})
	for _, err := range moresql.New(db).Rows(context.Background(), "get_car") {
		var e *moresql.Error
		if errors.As(err, &e) {
			fmt.Println(e.Status, e.Code, e.Message, e.Hint)
		}
		var cause *pq.Error
		fmt.Println(errors.As(err, &cause))
	}
	// Output:
	// 400 P0001 no such car buy one
	// true
}
