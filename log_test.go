package moresql_test

import (
	"bytes"
	"database/sql"
	"net/http"
	"strings"
	"testing"

	"github.com/lib/pq"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/replica"
)

// To the client a name that the program has mistyped looks like its own mistake.
func TestMissingProcedureIsAWarningOnce(t *testing.T) {
	db, expect := mock(t)
	for range 5 {
		expect.ExpectQuery("SELECT * FROM get_carz()").WillReturnError(&pq.Error{
			Code: "42883", Message: "function get_carz() does not exist",
		})
	}
	var logged bytes.Buffer
	m := moresql.New(db, logTo(&logged))
	h := m.Handler("get_carz")
	for range 3 {
		if w := serve(h, get("/")); w.Code != 404 || strings.Contains(w.Body.String(), "carz") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	serve(m.Handler("get_carz"), get("/")) // another handler of the same
	w := serve(handlerFunc(m, "get_carz"), get("/"))
	if w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	text := logged.String()
	if strings.Count(text, "\n") != 1 || !strings.Contains(text, "level=WARN") ||
		!strings.Contains(text, "procedure=get_carz") ||
		!strings.Contains(text, "function get_carz() does not exist") {
		t.Errorf("logged %s", text)
	}
}

// A pooled type has the methods of the pool in it, and database/sql's guarantees.
type pooled struct{ *sql.DB }

// An unwrapping one gives the pool.
type unwrapping struct{ pooled }

func (u unwrapping) Unwrap() *sql.DB { return u.DB }

func TestWrappedPoolIsAWarning(t *testing.T) {
	db, _ := mock(t)
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, test := range []struct {
		db   moresql.Querier
		want string
	}{
		{db, ""},
		{conn, ""},
		{querierFunc(nil), ""},
		{pooled{db}, "a moresql_test.pooled may send a statement more than once"},
		{&pooled{db}, "a *moresql_test.pooled may send a statement more than once"},
		{unwrapping{pooled{db}}, ""},
		{replica.New(db, db, 0), ""},
		{replica.New(pooled{db}, db, 0), "a moresql_test.pooled may"},
	} {
		var logged bytes.Buffer
		m := moresql.New(test.db, logTo(&logged))
		m.With(moresql.ReadOnly()).Handler("f")
		if text := logged.String(); !strings.Contains(text, test.want) ||
			strings.Count(text, "level=WARN") != min(len(test.want), 1) {
			t.Errorf("%T: logged %q, want %q", test.db, text, test.want)
		}
	}
}

// The pool is used as if it had been passed: a transaction of the call's own is possible, and a
// statement goes to one connection.
func TestUnwrappedPoolIsUsedItself(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery("SELECT * FROM get_cars()").WillReturnRows(cars())
	w := serve(moresql.New(unwrapping{pooled{db}}, quiet).Handler("get_cars"), get("/"))
	if w.Body.String() != carsJSON {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// handlerFunc serves calls by Execute.
func handlerFunc(m *moresql.MoreSQL, proc string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.Execute(w, r, proc) })
}
