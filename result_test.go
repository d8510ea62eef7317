package moresql_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// Every shape, over what a procedure may return.
func TestShapes(t *testing.T) {
	one, two := []any{1, "a"}, []any{2, "b"}
	void := sqlmock.NewColumn("f").OfType("VOID", "")
	for _, test := range []struct {
		reason string
		option moresql.Option // Shape(row.List) if nil
		rows   *sqlmock.Rows
		status int
		body   string
	}{{
		reason: "a list",
		rows:   result("id name", one, two),
		status: 200, body: `[{"id":1,"name":"a"},{"id":2,"name":"b"}]`,
	}, {
		reason: "an empty list",
		rows:   result("id name"), status: 200, body: `[]`,
	}, {
		reason: "columns keep their order, and duplicates are kept",
		rows:   result("b a b", []any{1, 2, 3}), status: 200, body: `[{"b":1,"a":2,"b":3}]`,
	}, {
		reason: "a status", option: moresql.Status(201),
		rows: result("id", []any{1}), status: 201, body: `[{"id":1}]`,
	}, {
		reason: "one row", option: moresql.Shape(row.One),
		rows: result("id name", one), status: 200, body: `{"id":1,"name":"a"}`,
	}, {
		reason: "one row of none", option: moresql.Shape(row.One),
		rows: result("id name"), status: 404,
	}, {
		reason: "one row of two", option: moresql.Shape(row.One),
		rows: result("id name", one, two), status: 500,
	}, {
		reason: "a scalar", option: moresql.Shape(row.Scalar),
		rows: result("n", []any{42}), status: 200, body: `42`,
	}, {
		reason: "a scalar that is NULL", option: moresql.Shape(row.Scalar),
		rows: result("n", []any{nil}), status: 200, body: `null`,
	}, {
		reason: "a scalar of no row", option: moresql.Shape(row.Scalar),
		rows: result("n"), status: 404,
	}, {
		reason: "a scalar of two rows", option: moresql.Shape(row.Scalar),
		rows: result("n", []any{1}, []any{2}), status: 500,
	}, {
		reason: "a scalar of two columns", option: moresql.Shape(row.Scalar),
		rows: result("id name", one), status: 500,
	}, {
		reason: "auto: one column of one row is the value", option: moresql.Shape(row.Auto),
		rows: result("n", []any{42}), status: 200, body: `42`,
	}, {
		reason: "auto: one row is the object", option: moresql.Shape(row.Auto),
		rows: result("id name", one), status: 200, body: `{"id":1,"name":"a"}`,
	}, {
		reason: "auto: several rows are the array", option: moresql.Shape(row.Auto),
		rows:   result("id name", one, two),
		status: 200, body: `[{"id":1,"name":"a"},{"id":2,"name":"b"}]`,
	}, {
		reason: "auto: no row is the array", option: moresql.Shape(row.Auto),
		rows: result("id name"), status: 200, body: `[]`,
	}, {
		reason: "auto: several rows of one column are the array", option: moresql.Shape(row.Auto),
		rows: result("n", []any{1}, []any{2}), status: 200, body: `[{"n":1},{"n":2}]`,
	}, {
		reason: "a single result set", option: moresql.Shape(row.Sets),
		rows: result("n", []any{1}), status: 200, body: `[[{"n":1}]]`,
	}, {
		reason: "no columns", option: moresql.Shape(row.One),
		rows: result(""), status: 204,
	}, {
		reason: "no columns, and a status", option: moresql.Status(202),
		rows: result(""), status: 202,
	}, {
		reason: "a status that allows no body", option: moresql.Status(204),
		rows: result("id", []any{1}), status: 204,
	}, {
		reason: "void", option: moresql.Shape(row.Auto),
		rows: sqlmock.NewRowsWithColumnDefinition(void).AddRow(""), status: 204,
	}} {
		t.Run(test.reason, func(t *testing.T) {
			db, expect := mock(t)
			expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(test.rows).RowsWillBeClosed()
			option := test.option
			if option == nil {
				option = moresql.Shape(row.List)
			}
			w := serve(moresql.New(db, quiet).Handler("f", option), get("/"))
			if w.Code != test.status || test.status < 300 && w.Body.String() != test.body {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, test.status, test.body)
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
			sqlmock.NewRows(nil), result("a", []any{1}, []any{2}), result("b c"), result("d", []any{3}),
		}
	}
	broken := sets()
	broken[3].RowError(0, errors.New("broken")).AddRow(4)
	for _, test := range []struct {
		reason string
		shape  row.Shape
		sets   []*sqlmock.Rows
		status int
		body   string
	}{{
		reason: "the first that has columns", shape: row.Auto,
		sets: sets(), status: 200, body: `[{"a":1},{"a":2}]`,
	}, {
		reason: "all", shape: row.Sets,
		sets: sets(), status: 200, body: `[[{"a":1},{"a":2}],[],[{"d":3}]]`,
	}, {
		reason: "an error in a late one is an error", shape: row.Sets,
		sets: broken, status: 500,
	}} {
		t.Run(test.reason, func(t *testing.T) {
			db, expect := mock(t)
			expect.ExpectQuery("CALL p()").WillReturnRows(test.sets...)
			m := moresql.New(db, quiet, moresql.CallBy(moresql.Procedure{}))
			w := serve(m.Handler("p", moresql.Shape(test.shape)), get("/"))
			if w.Code != test.status || test.status == 200 && w.Body.String() != test.body {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, test.status, test.body)
			}
		})
	}
}

// A result is read to its end also if there is no body: a late error is no success.
func TestLateErrorWithoutBodyIsAnError(t *testing.T) {
	for method, status := range map[string]int{http.MethodGet: 204, http.MethodHead: 0} {
		db, expect := mock(t)
		late := result("b", []any{1}).RowError(0, errors.New("late"))
		expect.ExpectQuery("CALL p()").WillReturnRows(result("a", []any{1}), late)
		m := moresql.New(db, quiet, moresql.CallBy(moresql.Procedure{}))
		h := m.Handler("p", moresql.Shape(row.Sets), moresql.Status(status))
		w := serve(h, httptest.NewRequest(method, "/", nil))
		if w.Code != http.StatusInternalServerError {
			t.Errorf("%s: %d %s, want 500", method, w.Code, w.Body)
		}
	}
}

// An encoder of the program's own may break its contract; the response still does not lie.
func TestCarelessEncoderCannotHideAnError(t *testing.T) {
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
	broken := errors.New("broken")
	for reason, rows := range map[string]*sqlmock.Rows{
		"it passes over an error": result("n", []any{1}, []any{3}).RowError(1, broken),
		"it stops before one":     result("n", []any{1}, []any{2}, []any{3}).RowError(2, broken),
	} {
		db, expect := mock(t)
		expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(rows)
		w := serve(moresql.New(db, quiet, moresql.Encoders(careless)).Handler("f"), get("/"))
		if w.Code != http.StatusInternalServerError {
			t.Errorf("%s: %d %s, want 500", reason, w.Code, w.Body)
		}
	}
}

// An error in the middle of a long result comes too late for a status: the client sees that the
// body is cut off.
func TestLateErrorAbortsTheResponse(t *testing.T) {
	db, expect := mock(t)
	rows := result("text")
	for range 100 {
		rows.AddRow(strings.Repeat("x", 1000))
	}
	expect.ExpectQuery("SELECT * FROM f()").
		WillReturnRows(rows.RowError(99, errors.New("broken"))).RowsWillBeClosed()

	server := httptest.NewServer(moresql.New(db, quiet).Handler("f"))
	defer server.Close()
	response, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if response.StatusCode != 200 || !errors.Is(err, io.ErrUnexpectedEOF) || json.Valid(body) {
		t.Errorf("status %d, %d bytes, %v; want 200 and a body that ends in io.ErrUnexpectedEOF",
			response.StatusCode, len(body), err)
	}
	server.Client().CloseIdleConnections()
}

// HEAD has the effects, the status and the header of GET (RFC 9110, 9.3.2), also in a transaction,
// which is committed.
func TestHeadHasTheEffectsOfGet(t *testing.T) {
	for _, session := range []bool{false, true} {
		var responses [2]*httptest.ResponseRecorder
		for i, method := range []string{http.MethodGet, http.MethodHead} {
			db, expect := mock(t)
			options := []moresql.Option{quiet, moresql.Response{Download: "cars.json"}}
			if session {
				options = append(options, tenant)
				expect.ExpectBegin()
				expect.ExpectQuery(setTwo).
					WithArgs("app.tenant", "ann", "role", "none").WillReturnRows(result("1 2 3"))
			}
			expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars()).RowsWillBeClosed()
			if session {
				expect.ExpectCommit()
				expectClean(expect)
			}
			h := moresql.New(db, options...).Handler("f", moresql.Status(201))
			responses[i] = serve(h, httptest.NewRequest(method, "/", nil))
		}
		g, h := responses[0], responses[1]
		g.Header().Del("Content-Length") // which HEAD may leave out
		if h.Code != 201 || g.Code != 201 || fmt.Sprint(g.Header()) != fmt.Sprint(h.Header()) {
			t.Errorf("GET: %d %v, HEAD: %d %v", g.Code, g.Header(), h.Code, h.Header())
		}
		if g.Body.String() != carsJSON || h.Body.Len() != 0 {
			t.Errorf("GET: %s, HEAD: %s", g.Body, h.Body)
		}
	}
}

func TestRedirectFillsColumnsIntoTheURL(t *testing.T) {
	for _, test := range []struct {
		reason, to string
		rows       *sqlmock.Rows
		status     int
		location   string
	}{{
		reason: "no columns in the URL", to: "/thanks",
		rows: result("id"), status: 303, location: "/thanks",
	}, {
		reason: "in the path", to: "/cars/{name}/x",
		rows:   result("name", []any{"a b/c?d#e\r\n"}),
		status: 303, location: "/cars/a%20b%2Fc%3Fd%23e%0D%0A/x",
	}, {
		reason: "in the query", to: "/cars?name={name}&id={id}",
		rows:   result("id name", []any{7, "a&b=c d"}),
		status: 303, location: "/cars?name=a%26b%3Dc+d&id=7",
	}, {
		reason: "no row", to: "/cars/{id}", rows: result("id"), status: 404,
	}, {
		reason: "no such column", to: "/cars/{nope}", rows: result("id", []any{7}), status: 500,
	}, {
		reason: "no closing brace", to: "/cars/{id", rows: result("id", []any{7}), status: 500,
	}} {
		db, expect := mock(t)
		expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(test.rows)
		w := serve(moresql.New(db, quiet).Handler("f", moresql.Response{Redirect: test.to}), get("/"))
		location := w.Header().Get("Location")
		if w.Code != test.status || location != test.location ||
			w.Code == 303 && w.Body.Len() > 0 {
			t.Errorf("%s: %d %q %s", test.reason, w.Code, location, w.Body)
		}
	}
}

// Redirect and Download add to the header of Plan.Reply, and do not replace it: a function that
// logs in sets a cookie and leads on.
func TestRedirectKeepsTheHeaderOfTheReply(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery("SELECT 7 AS id").WillReturnRows(result("id", []any{7}))
	cookie := moresql.Use(func(moresql.Resource) moresql.Resource {
		return statement{query: "SELECT 7 AS id", header: http.Header{
			"Set-Cookie": {"session=1"}, "Location": {"/elsewhere"},
			"Content-Disposition": {"attachment; filename=own.txt"},
		}}
	})
	m := moresql.New(db, quiet, moresql.Response{Redirect: "/users/{id}", Download: "x.txt"})
	w := serve(m.Handler("login", cookie), postForm("/", ""))
	for name, want := range map[string]string{
		"Set-Cookie": "session=1", "Location": "/users/7",
		"Content-Disposition": "attachment; filename=own.txt",
	} {
		if got := w.Header().Get(name); w.Code != http.StatusSeeOther || got != want {
			t.Errorf("%d, %s: %q, want %q", w.Code, name, got, want)
		}
	}
}

// What a client may choose from is up to each handler; encoders of its own replace those of New.
func TestClientChoosesTheEncoder(t *testing.T) {
	db, expect := mock(t)
	m := moresql.New(db, quiet, moresql.Encoders(encoder.JSON(), encoder.CSV()))
	ndjson := moresql.Encoders(encoder.NDJSON())
	for _, test := range []struct {
		accept  string
		options []moresql.Option
		status  int
		vary    string
		body    string
	}{
		{accept: "", status: 200, vary: "Accept", body: carsJSON},
		{
			accept: "text/csv", status: 200, vary: "Accept",
			body: "name,price\r\n2CV,4000\r\nDS,9000\r\n",
		},
		{accept: "image/png", status: 406, vary: "Accept"},
		{
			accept: "text/csv", options: []moresql.Option{ndjson}, status: 200,
			body: "{\"name\":\"2CV\",\"price\":4000}\n{\"name\":\"DS\",\"price\":9000}\n",
		},
	} {
		if test.status == 200 {
			expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars())
		}
		header := []string{"Accept", test.accept}
		if test.accept == "" {
			header = nil
		}
		w := serve(m.Handler("f", test.options...), get("/", header...))
		if w.Code != test.status || w.Header().Get("Vary") != test.vary ||
			test.body != "" && w.Body.String() != test.body {
			t.Errorf("%s: %d %v %s", test.accept, w.Code, w.Header(), w.Body)
		}
	}
}

// A media type that cannot hold the result is 406 to the client that has chosen it. Where there is
// no other one it is the program's mistake.
func TestUnsupportedResultIs406ForAChosenEncoder(t *testing.T) {
	picky := encoder.Func("application/picky", func(io.Writer, *row.Rows) error {
		return &encoder.UnsupportedError{Err: errors.New("too many columns")}
	})
	for _, test := range []struct {
		encoders moresql.Option
		status   int
	}{
		{encoders: moresql.Encoders(encoder.JSON(), picky), status: 406},
		{encoders: moresql.Encoders(picky), status: 500},
	} {
		m := moresql.New(returning("SELECT * FROM f()", cars()), quiet, test.encoders)
		w := serve(m.Handler("f"), get("/", "Accept", "application/picky"))
		shown := strings.Contains(w.Body.String(), "too many columns")
		if w.Code != test.status || shown != (test.status == 406) {
			t.Errorf("%d %s, want %d", w.Code, w.Body, test.status)
		}
	}
}

func TestCSVOfSeveralResultSetsIs406(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars(), cars())
	m := moresql.New(db, quiet, moresql.Encoders(encoder.JSON(), encoder.CSV()))
	w := serve(m.Handler("f", moresql.Shape(row.Sets)), get("/", "Accept", "text/csv"))
	if w.Code != 406 || !strings.Contains(w.Body.String(), "holds one result set") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A statement is a Resource that runs the same query for every request.
type statement struct {
	query  string
	header http.Header
}

func (s statement) Match(*http.Request) (*moresql.Operation, error) {
	return &moresql.Operation{Name: "statement", Bind: s.bind}, nil
}

func (s statement) bind(*http.Request) (*moresql.Call, error) {
	return &moresql.Call{Name: "statement", Plan: s.plan}, nil
}

func (s statement) plan(context.Context, *moresql.Call, string) (*moresql.Plan, error) {
	return &moresql.Plan{
		Statement: moresql.Statement{Query: s.query},
		Reply: func(status int, _, _ []row.Value, _ int64) (int, http.Header, error) {
			return status, s.header, nil
		},
	}, nil
}

// After sees every request, also one that the program's own code ends.
func TestAfterSeesARequestThatPanics(t *testing.T) {
	seen := 0
	after := moresql.Hooks{After: func(_ *http.Request, c *moresql.Call, err error) {
		var e *moresql.Error
		if seen++; !errors.As(err, &e) || e.Status != 500 || c.Name != "f" {
			t.Errorf("%v of %s", err, c.Name)
		}
	}}
	for _, hooks := range []moresql.Hooks{
		{Before: func(*http.Request, *moresql.Call) error { panic("before") }},
		{Row: func(*row.Row) error { panic("row") }},
	} {
		h := moresql.New(returning("SELECT * FROM f()", cars()), quiet, hooks, after).Handler("f")
		w := httptest.NewRecorder()
		text := panicOf(func() { h.ServeHTTP(w, get("/")) })
		if text != "before" && text != "row" || w.Body.Len() > 0 {
			t.Errorf("panics with %s, and %s is sent", text, w.Body)
		}
	}
	if seen != 2 {
		t.Errorf("%d of 2", seen)
	}
}

// What would be an error is undone: nobody can tell a half effect from none.
func ExampleAtomic() {
	db, expect := open()
	expect.ExpectBegin()
	expect.ExpectQuery("SELECT * FROM add_car($1)").WillReturnRows(cars())
	expect.ExpectRollback()
	m := moresql.New(db, quiet, moresql.Atomic())
	h := m.Handler("add_car", moresql.Fields("name"), moresql.Shape(row.One))
	w := serve(h, postForm("/", "name=2CV"))
	fmt.Println(w.Code, expect.ExpectationsWereMet())
	// Output: 500 <nil>
}

// Rows and Stream commit after the last row.
func TestAtomicHoldsForGoPrograms(t *testing.T) {
	db, expect := mock(t)
	m := moresql.New(db, quiet, moresql.Atomic())
	call := func() {
		expect.ExpectBegin()
		expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars())
	}
	call()
	expect.ExpectCommit()
	for _, err := range m.Rows(t.Context(), "f") {
		if err != nil {
			t.Error(err)
		}
	}
	call()
	expect.ExpectRollback()
	for range m.Rows(t.Context(), "f") {
		break
	}
	call()
	expect.ExpectCommit()
	if err := m.Stream(t.Context(), io.Discard, encoder.JSON(), "f"); err != nil {
		t.Error(err)
	}
	call()
	expect.ExpectCommit().WillReturnError(errors.New("refused"))
	if err := m.Stream(t.Context(), io.Discard, encoder.JSON(), "f"); err == nil {
		t.Error("Stream hides that the commit has failed")
	}
	call()
	expect.ExpectCommit().WillReturnError(errors.New("refused"))
	failed := false
	for _, err := range m.Rows(t.Context(), "f") {
		failed = failed || err != nil
	}
	if !failed {
		t.Error("Rows hides that the commit has failed")
	}
}
