package mcp_test

import (
	"database/sql/driver"
	"errors"
	"strings"
	"testing"

	"github.com/lib/pq"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/mcp"
)

// Arguments reach the database with all their digits, and results the client.
func TestCallsAreExact(t *testing.T) {
	const statement = `SELECT * FROM "api"."add"("a" => $1::numeric, "b" => $2::text)`
	const digits = "12345678901234567890.12345678901234567890"
	m, db := open(t, map[string]fakedb.Result{statement: {Sets: []fakedb.Set{{
		Columns: []fakedb.Column{{Name: "add", DatabaseType: "NUMERIC"}},
		Rows:    [][]driver.Value{{digits}},
	}}}})
	cat := catalog.OfRelations(nil, function("add", catalog.Volatile, catalog.Result{Type: numeric},
		catalog.Param{Name: "a", Type: numeric}, catalog.Param{Name: "b", Type: text}))
	server := mcp.New(m, cat, mcp.Options{})
	w := post(t, server, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add",
		"arguments":{"a":`+digits+`,"b":"<ä\u0041>"}}}`)
	want := `"structuredContent":{"result":` + digits + `}`
	if !strings.Contains(w.Body.String(), want) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := last(db); got[0] != digits || got[1] != "<äA>" {
		t.Errorf("the database got %v", got)
	}
}

// A result has at most MaxRows rows, and says how to get the others. The database is
// queried for one row beyond them at most, where that changes nothing.
func TestResultsAreCut(t *testing.T) {
	list := catalog.Result{Type: integer, Set: true}
	limit := catalog.Param{Name: "limit", Type: integer, Default: true}
	cat := catalog.OfRelations(nil,
		function("reads", catalog.Stable, list), function("writes", catalog.Volatile, list),
		function("limited", catalog.Stable, list, limit))
	const (
		reads = `SELECT t."reads" FROM (SELECT * FROM "api"."reads"()) AS t LIMIT $1::bigint`
		more  = `{"result":[1,2,3],"truncated":true,` +
			`"note":"there are more rows: call again with offset 3","next_offset":3}`
	)
	for _, test := range []struct {
		reason, name, arguments, statement, result string
		rows                                       int
		bound                                      []any
	}{
		{
			reason: "fewer rows", name: "reads", arguments: "{}", statement: reads, rows: 2,
			bound: []any{4}, result: `{"result":[1,2]}`,
		},
		{
			reason: "as many", name: "reads", arguments: "{}", statement: reads, rows: 3,
			bound: []any{4}, result: `{"result":[1,2,3]}`,
		},
		{
			reason: "more", name: "reads", arguments: "{}", statement: reads, rows: 4,
			bound: []any{4}, result: more,
		},
		{
			reason: "the next ones", name: "reads", arguments: `{"offset":3}`, rows: 4,
			statement: reads + ` OFFSET $2::bigint`, bound: []any{4, 3},
			result: strings.NewReplacer("offset 3", "offset 6", ":3}", ":6}").Replace(more),
		},
		{
			reason: "a limit of the model's", name: "reads", arguments: `{"limit":2}`, statement: reads,
			rows: 2, bound: []any{2}, result: `{"result":[1,2]}`,
		},
		{
			reason: "one that is larger", name: "reads", arguments: `{"limit":99}`, statement: reads,
			rows: 4, bound: []any{4}, result: more,
		},
		{
			reason: "a function that writes is run once, and whole", name: "writes", arguments: "{}",
			statement: `SELECT * FROM "api"."writes"()`, rows: 9,
			result: `{"result":[1,2,3],"truncated":true,` +
				`"note":"the rest is left out; calling again would run it once more"}`,
		},
		{
			reason: "a function with a limit of its own", name: "limited", arguments: `{"limit":7}`,
			statement: `SELECT t."limited" FROM ` +
				`(SELECT * FROM "api"."limited"("limit" => $1::integer)) AS t LIMIT $2::bigint`,
			rows: 4, bound: []any{"7", 4},
			result: `{"result":[1,2,3],"truncated":true,` +
				`"note":"the rest is left out: narrow the arguments"}`,
		},
	} {
		m, db := open(t, map[string]fakedb.Result{test.statement: {Rows: test.rows}})
		c := connect(t, mcp.New(m, cat, mcp.Options{MaxRows: 3}))
		text, failed := call(t, c, test.name, test.arguments)
		if failed || text != test.result {
			t.Errorf("%s: %s, want %s\n%s", test.reason, text, test.result, db.Log())
		}
		if bound := last(db); shown(t, bound) != shown(t, test.bound) {
			t.Errorf("%s: bound %v, want %v", test.reason, bound, test.bound)
		}
	}
}

// last returns the values of the last statement.
func last(db *fakedb.DB) (values []any) {
	args := db.Args()
	for _, a := range args[len(args)-1] {
		values = append(values, a.Value)
	}
	return values
}

// What is wrong with a call the model reads, and nothing has been sent to the database.
func TestWrongArgumentsAreErrorsOfTheTool(t *testing.T) {
	list := catalog.Result{Type: integer, Set: true}
	cat := catalog.OfRelations(nil, function("list", catalog.Stable, list),
		function("say", catalog.Volatile, catalog.Result{Type: text}, catalog.Param{Type: text}),
		function("keep", catalog.Volatile, catalog.Result{Type: text}, catalog.Param{Type: bytes}))
	m, db := open(t, nil)
	c := connect(t, mcp.New(m, cat, mcp.Options{}))
	for _, test := range []struct{ name, arguments, text string }{
		{"list", `{"limit":0}`, "limit must be a whole number of at least 1"},
		{"list", `{"limit":"2"}`, "limit must be a whole number of at least 1"},
		{"list", `{"offset":-1}`, "offset must be a whole number of at least 0"},
		{"list", `{"offset":1.5}`, "offset must be a whole number of at least 0"},
		{"list", `[]`, "the arguments are not an object"},
		{"list", `{"x":1}`, `{"title":"Not Found","status":404,"code":"PGRST202",` +
			`"message":"list cannot be called with the parameters (x)","hint":"there is api.list()"}`},
		{"say", `{}`, "the argument body is missing"},
		{"say", `{"body":5}`, "the only argument is body, a string"},
		{"say", `{"body":null}`, "the only argument is body, a string"},
		{"say", `{"body":"a","text":"b"}`, "the only argument is body, a string"},
		{"keep", `{"body":5}`, "the only argument is body, a string"},
		{"keep", `{"body":"!"}`, "the argument body is not base64"},
		{"nothing", `{}`, `unknown tool "nothing"`},
	} {
		text, failed := call(t, c, test.name, test.arguments)
		if !failed || !strings.Contains(text, test.text) {
			t.Errorf("%s %s: %s", test.name, test.arguments, text)
		}
	}
	if log := db.Log(); strings.Contains(log, `"api".`) {
		t.Errorf("the database got %s", log)
	}
}

// An error of the database has its code, and of its texts what an author wrote for clients. A
// result that ends in one is no result.
func TestErrorsOfTheDatabaseAreErrorsOfTheTool(t *testing.T) {
	const statement = `SELECT * FROM "api"."f"()`
	long := fakedb.Ints(1, 10_000).Failing(&pq.Error{Code: "40001", Message: "s3cret"})
	cat := catalog.OfRelations(nil,
		function("f", catalog.Volatile, catalog.Result{Type: integer, Set: true}))
	for _, test := range []struct {
		reason string
		result fakedb.Result
		text   string
	}{
		{
			reason: "one that an author raised", result: fakedb.Result{Err: &pq.Error{
				Code: "P0001", Message: "sold out", Detail: "all of it", Hint: "come again",
			}},
			text: `{"title":"Bad Request","status":400,"code":"P0001","message":"sold out",` +
				`"details":"all of it","hint":"come again"}`,
		},
		{
			reason: "one that shows a row", result: fakedb.Result{Err: &pq.Error{
				Code: "23505", Message: `duplicate key value violates unique constraint "k"`,
				Detail: "Key (name)=(s3cret) already exists.",
			}},
			text: `{"title":"Conflict","status":409,"code":"23505",`,
		},
		{
			reason: "after the first block", result: fakedb.Result{Sets: []fakedb.Set{long}},
			text: `"code":"40001"`,
		},
		{
			reason: "a fault of the program", result: fakedb.Result{Err: errors.New("s3cret")},
			text: `{"title":"Internal Server Error","status":500,"message":"Internal Server Error",`,
		},
	} {
		m, _ := open(t, map[string]fakedb.Result{statement: test.result})
		c := connect(t, mcp.New(m, cat, mcp.Options{MaxRows: 100_000}))
		text, failed := call(t, c, "f", "{}")
		if !failed || !strings.Contains(text, test.text) || strings.Contains(text, "s3cret") {
			t.Errorf("%s: %s", test.reason, text)
		}
	}
}
