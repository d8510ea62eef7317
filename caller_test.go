package moresql_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
)

var (
	_ moresql.Querier = (*sql.DB)(nil)
	_ moresql.Querier = (*sql.Conn)(nil)
	_ moresql.Querier = (*sql.Tx)(nil)

	_ interface{ Describe(string) moresql.Traits } = moresql.Function{}
	_ interface{ Describe(string) moresql.Traits } = moresql.Procedure{}
)

var names = []struct {
	reason, proc string
	postgres     string // the name in the call, "" where it is refused
	mysql        string
}{{
	reason: "a plain name stays as it is written",
	proc:   "get_user", postgres: "get_user", mysql: "get_user",
}, {
	reason: "a schema",
	proc:   "api.get_user", postgres: "api.get_user", mysql: "api.get_user",
}, {
	reason: "upper case would be folded",
	proc:   "GetUser", postgres: `"GetUser"`, mysql: "`GetUser`",
}, {
	reason: "a part in SQL's own quotes",
	proc:   `api."Get User"`, postgres: `api."Get User"`, mysql: "api.`Get User`",
}, {
	reason: "a dot inside quotes",
	proc:   `api."a.b"`, postgres: `api."a.b"`, mysql: "api.`a.b`",
}, {
	reason: "a reserved word",
	proc:   "select", postgres: `"select"`, mysql: "`select`",
}, {
	reason: "letters beyond ASCII",
	proc:   "naïve", postgres: `"naïve"`, mysql: "`naïve`",
}, {
	reason: "a quote inside",
	proc:   `we"ird`, postgres: `"we""ird"`, mysql: "`we\"ird`",
}, {
	reason: "a quote inside quotes",
	proc:   `"we""ird"`, postgres: `"we""ird"`, mysql: "`we\"ird`",
}, {
	reason: "a grave accent inside",
	proc:   "we`ird", postgres: "\"we`ird\"", mysql: "`we``ird`",
}, {
	reason:   "what looks like SQL is a name",
	proc:     "f(); DROP TABLE users; --",
	postgres: `"f(); DROP TABLE users; --"`, mysql: "`f(); DROP TABLE users; --`",
}, {
	reason: "an empty name",
}, {
	reason: "a schema without a name", proc: "api.",
}, {
	reason: "an open quote", proc: `api."Get User`,
}, {
	reason: "text after a quote", proc: `"a"b`,
}, {
	reason: "a byte that no identifier has", proc: "a\x00b",
}, {
	reason: "invalid UTF-8", proc: "a\xffb",
}, {
	reason: "longer than PostgreSQL's 63 bytes, to which it would be cut",
	proc:   strings.Repeat("a", 64), mysql: strings.Repeat("a", 64),
}}

func TestCallersQuoteNamesWhereTheyNeedIt(t *testing.T) {
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

func TestCallersWriteStatements(t *testing.T) {
	named := moresql.Function{Named: true}
	abc := []moresql.Param{
		{Name: "a", In: true}, {Name: "b", In: true, Absent: true}, {Name: "c", In: true},
	}
	for _, test := range []struct {
		reason string
		caller moresql.Caller
		params []moresql.Param
		query  string
		bind   string
	}{{
		reason: "the default", caller: moresql.Function{}, params: abc,
		query: "SELECT * FROM f($1, $2, $3)", bind: "[0 1 2]",
	}, {
		reason: "question marks", caller: moresql.Function{Dialect: moresql.SQLite}, params: abc,
		query: "SELECT * FROM f(?, ?, ?)", bind: "[0 1 2]",
	}, {
		reason: "numbers after @p", caller: moresql.Function{Dialect: moresql.SQLServer}, params: abc,
		query: "SELECT * FROM f(@p1, @p2, @p3)", bind: "[0 1 2]",
	}, {
		reason: "by name, what is absent takes its default", caller: named, params: abc,
		query: `SELECT * FROM f("a" => $1, "c" => $2)`, bind: "[0 2]",
	}, {
		reason: "by name, a quote in a name", caller: named,
		params: []moresql.Param{{Name: `a"b`, In: true}},
		query:  `SELECT * FROM f("a""b" => $1)`, bind: "[0]",
	}, {
		reason: "by name, all are absent", caller: named,
		params: []moresql.Param{{Name: "a", In: true, Absent: true}},
		query:  `SELECT * FROM f()`, bind: "[]",
	}, {
		reason: "by name, one without a name by its place", caller: named,
		params: []moresql.Param{{In: true}, {Name: "b", In: true}},
		query:  `SELECT * FROM f($1, "b" => $2)`, bind: "[0 1]",
	}, {
		reason: "a procedure", caller: moresql.Procedure{}, params: abc,
		query: "CALL f($1, $2, $3)", bind: "[0 1 2]",
	}, {
		reason: "a procedure by name", caller: moresql.Procedure{Named: true}, params: abc,
		query: `CALL f("a" => $1, "c" => $2)`, bind: "[0 2]",
	}, {
		reason: "a procedure of SQL Server", caller: moresql.Procedure{Dialect: moresql.SQLServer},
		params: abc,
		query:  "EXEC f @a = @p1, @b = @p2, @c = @p3", bind: "[0 1 2]",
	}, {
		reason: "a Caller of the program's own", caller: shout{}, params: abc[:1],
		query: "EXEC F $1", bind: "[]",
	}} {
		s, err := test.caller.Statement("f", test.params)
		if err != nil || s.Query != test.query || fmt.Sprint(s.Bind) != test.bind {
			t.Errorf("%s: %q %v, %v\nwant %q %s",
				test.reason, s.Query, s.Bind, err, test.query, test.bind)
		}
	}
}

// shout is a Caller that says nothing of its statements.
type shout struct{}

func (shout) Statement(proc string, _ []moresql.Param) (moresql.Statement, error) {
	return moresql.Statement{Query: "EXEC " + strings.ToUpper(proc) + " $1"}, nil
}

// The three ways of wrapping a Caller that keep its abilities.
type (
	embedding  struct{ moresql.Function }       // Describe is promoted
	wrapping   struct{ inner moresql.Caller }   // Describe is found by Unwrap
	describing struct{ inner moresql.Function } // Describe is written out
)

func (w wrapping) Unwrap() moresql.Caller { return w.inner }

func (w wrapping) Statement(p string, params []moresql.Param) (moresql.Statement, error) {
	return w.inner.Statement(p, params)
}

func (d describing) Describe(proc string) moresql.Traits { return d.inner.Describe(proc) }

func (d describing) Statement(p string, params []moresql.Param) (moresql.Statement, error) {
	return d.inner.Statement(p, params)
}

var wrapped = map[string]moresql.Caller{
	"embedding":      embedding{},
	"Unwrap":         wrapping{moresql.Function{}},
	"Unwrap, twice":  wrapping{wrapping{moresql.Function{}}},
	"Describe":       describing{},
	"all three ways": wrapping{describing{embedding{}.Function}},
}

func TestWrappedFunctionKeepsItsTraits(t *testing.T) {
	want := moresql.Function{}.Describe("f")
	for how, caller := range wrapped {
		m := moresql.New(nil, moresql.CallBy(caller))
		if traits, ok := m.Describe("f"); !ok || traits != want {
			t.Errorf("%s: %+v, %v; want %+v", how, traits, ok, want)
		}
	}
	if traits, ok := moresql.New(nil, moresql.CallBy(shout{})).Describe("f"); ok {
		t.Errorf("a Caller that says nothing is described as %+v", traits)
	}
}

func TestSessionTakesWrappedFunctions(t *testing.T) {
	for how, caller := range wrapped {
		t.Run(how, func(t *testing.T) {
			db, expect := mock(t)
			expect.ExpectBegin()
			expect.ExpectQuery(setTwo).
				WithArgs("app.tenant", "ann", "role", "none").WillReturnRows(result("1 2 3"))
			expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars())
			expect.ExpectCommit()
			expectClean(expect)
			h := moresql.New(db, quiet, moresql.CallBy(caller), tenant).Handler("f")
			if w := serve(h, get("/")); w.Code != http.StatusOK {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

// tenant sets app.tenant for every call.
var tenant = moresql.Session(func(*http.Request) (moresql.Settings, error) {
	return moresql.Settings{Values: map[string]string{"app.tenant": "ann"}}, nil
})

func TestSessionRefusesCallersOfOtherDatabases(t *testing.T) {
	for what, caller := range map[string]moresql.Caller{
		"another database":           moresql.Function{Dialect: moresql.SQLite},
		"one that does not say":      shout{},
		"one that wraps such Caller": wrapping{shout{}},
	} {
		m := moresql.New(nil, moresql.CallBy(caller), tenant)
		text := panicOf(func() { m.Handler("f") })
		if !strings.Contains(text, "Session needs") || !strings.Contains(text, "PostgreSQL") {
			t.Errorf("%s: Handler panicked with %q", what, text)
		}
	}
}

// Any value with the method serves as a database: one that counts, for instance.
func ExampleQuerier() {
	db := returning("SELECT * FROM get_cars()", cars())
	statements := 0
	counting := querierFunc(func(ctx context.Context, s string, args ...any) (*sql.Rows, error) {
		statements++
		return db.QueryContext(ctx, s, args...)
	})
	for car, err := range moresql.New(counting).Rows(context.Background(), "get_cars") {
		fmt.Println(car.Get("name"), err)
	}
	fmt.Println(statements, "statement")
	// Output:
	// 2CV <nil>
	// DS <nil>
	// 1 statement
}

// A Caller of the program's own writes the statement for the names that it is given, and never
// sees a value.
func ExampleCaller() {
	db := returning("EXECUTE PROCEDURE GET_CAR (?)", result("name", []any{"2CV"}))
	m := moresql.New(db, moresql.CallBy(firebird{}))
	err := m.Stream(context.Background(), os.Stdout, encoder.JSON(), "get_car", 7)
	fmt.Println("", err)
	// Output: [{"name":"2CV"}] <nil>
}

type firebird struct{}

func (firebird) Statement(proc string, params []moresql.Param) (moresql.Statement, error) {
	if strings.ContainsAny(proc, `" `) {
		return moresql.Statement{}, errors.New("the name would need quotes")
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(params)), ", ")
	query := "EXECUTE PROCEDURE " + strings.ToUpper(proc) + " (" + marks + ")"
	return moresql.Statement{Query: query}, nil
}

// A Caller that prefixes the schema of a tenant wraps a Function, and keeps all that one can do.
func ExampleCaller_wrapped() {
	m := moresql.New(nil, moresql.CallBy(inSchema{"acme", moresql.Function{}}))
	s, err := m.Caller().Statement("get_car", []moresql.Param{{Name: "id", In: true}})
	fmt.Println(s.Query, err)
	traits, _ := m.Describe("get_car")
	fmt.Println("filterable:", traits.Relation)
	// Output:
	// SELECT * FROM acme.get_car($1) <nil>
	// filterable: true
}

type inSchema struct {
	schema string
	caller moresql.Caller
}

func (s inSchema) Unwrap() moresql.Caller { return s.caller }

func (s inSchema) Statement(p string, params []moresql.Param) (moresql.Statement, error) {
	return s.caller.Statement(s.schema+"."+p, params)
}

// An absent parameter is left out where arguments go by name, and NULL elsewhere; an OUT parameter
// has its place in a CALL.
func ExampleParam() {
	params := []moresql.Param{
		{Name: "title", In: true}, {Name: "year", In: true, Absent: true},
	}
	s, _ := moresql.Function{Named: true}.Statement("get_films", params)
	fmt.Println(s.Query, s.Bind)
	s, _ = moresql.Function{}.Statement("get_films", params)
	fmt.Println(s.Query, s.Bind)
	s, _ = moresql.Procedure{}.Statement("count_films", []moresql.Param{{Name: "n", Out: true}})
	fmt.Println(s.Query, s.Bind)
	// Output:
	// SELECT * FROM get_films("title" => $1) [0]
	// SELECT * FROM get_films($1, $2) [0 1]
	// CALL count_films($1) [0]
}

// MySQL returns an OUT parameter through a variable, so that the call is several statements.
func ExampleStatement() {
	s, err := moresql.Procedure{Dialect: moresql.MySQL}.Statement("divide", []moresql.Param{
		{Name: "a", In: true}, {Name: "b", In: true}, {Name: "quotient", Out: true},
	})
	for next := &s; next != nil; next = next.Then {
		fmt.Println(next.Query, next.Bind)
	}
	fmt.Println(err)
	// Output:
	// CALL divide(?, ?, @moresql_2) [0 1]
	// SELECT @moresql_2 AS `quotient` []
	// <nil>
}

func ExampleFunction() {
	for _, f := range []moresql.Function{{}, {Named: true}, {Dialect: moresql.SQLite}} {
		s, err := f.Statement("api.GetUser", []moresql.Param{
			{Name: "id", In: true}, {Name: "lang", In: true, Absent: true},
		})
		fmt.Println(s.Query, s.Bind, err)
	}
	// Output:
	// SELECT * FROM api."GetUser"($1, $2) [0 1] <nil>
	// SELECT * FROM api."GetUser"("id" => $1) [0] <nil>
	// SELECT * FROM api."GetUser"(?, ?) [0 1] <nil>
}

func ExampleProcedure() {
	params := []moresql.Param{{Name: "month", In: true}}
	for _, p := range []moresql.Procedure{{}, {Named: true}, {Dialect: moresql.SQLServer}} {
		s, err := p.Statement("close_month", params)
		fmt.Println(s.Query, err)
	}
	// Output:
	// CALL close_month($1) <nil>
	// CALL close_month("month" => $1) <nil>
	// EXEC close_month @month = @p1 <nil>
}

// A Dialect says how a database spells a call, and refuses one that it has not.
func ExampleDialect() {
	params := []moresql.Param{{In: true}}
	for _, d := range []moresql.Dialect{
		moresql.PostgreSQL, moresql.MySQL, moresql.SQLite, moresql.SQLServer,
	} {
		s, err := moresql.Procedure{Dialect: d}.Statement("order", params)
		fmt.Printf("%s: %s, %v\n", d, s.Query, err)
	}
	// Output:
	// PostgreSQL: CALL "order"($1), <nil>
	// MySQL: CALL `order`(?), <nil>
	// SQLite: , SQLite has no procedures: use Function or named statements
	// SQL Server: EXEC [order] @p1, <nil>
}

// Traits say what options and packages may do with the statements of a Caller.
func ExampleTraits() {
	for _, caller := range []moresql.Caller{moresql.Function{}, moresql.Procedure{Named: true}} {
		t, _ := moresql.New(nil, moresql.CallBy(caller)).Describe("f")
		fmt.Printf("%s %v, by name: %v, filterable: %v\n", t.Dialect, t.Kind, t.Named, t.Relation)
	}
	_, ok := moresql.New(nil, moresql.CallBy(firebird{})).Describe("f")
	fmt.Println("a Caller without Describe:", ok)
	// Output:
	// PostgreSQL FUNCTION, by name: false, filterable: true
	// PostgreSQL PROCEDURE, by name: true, filterable: false
	// a Caller without Describe: false
}
