package rest_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// A write is one statement, which is committed before the response ends.
func ExampleTables_insert() {
	db, expect := open()
	expect.ExpectBegin()
	expect.ExpectQuery(`WITH w AS (INSERT INTO "api"."directors" AS t ("id", "name") ` +
		`SELECT b."id", b."name" FROM pg_catalog.json_to_recordset($1::json) AS b ` +
		`("id" integer, "name" text) RETURNING t."name") ` +
		`SELECT c.n, p.* FROM (SELECT pg_catalog.count(*) AS n FROM w) AS c ` +
		`LEFT JOIN LATERAL (SELECT true, w."name" FROM w AS w) AS p ON true`).
		WithArgs(`[{"id": 1, "name": "Ann"}]`).
		WillReturnRows(result("n bool name", []any{1, true, "Ann"}))
	expect.ExpectCommit()
	h := rest.Tables(moresql.New(db), films())
	r := post("/directors?select=name", `{"id": 1, "name": "Ann"}`)
	r.Header.Set("Prefer", "return=representation")
	show(h, r)
	// Output:
	// 201 application/json
	// [{"name":"Ann"}]
}

// The client is answered as if it had written, and nothing stays.
func ExampleEndTx() {
	db, expect := open()
	expect.ExpectBegin()
	expect.ExpectQuery(`WITH w AS (DELETE FROM "api"."films" AS t WHERE t."id" = $1 RETURNING 1) ` +
		`SELECT c.n, NULL FROM (SELECT pg_catalog.count(*) AS n FROM w) AS c`).
		WithArgs("7").WillReturnRows(result("n null", []any{1, nil}))
	expect.ExpectQuery("SET CONSTRAINTS ALL IMMEDIATE").WillReturnRows(result("none"))
	expect.ExpectRollback()
	h := rest.Tables(moresql.New(db), films(), rest.EndTx(rest.Rollback))
	show(h, httptest.NewRequest("DELETE", "/films?id=eq.7", nil))
	// Output:
	// 204
}

func ExampleFiltered() {
	db, _ := open()
	h := rest.Tables(moresql.New(db), films(), rest.Filtered())
	show(h, httptest.NewRequest("DELETE", "/films", nil))
	// Output:
	// 400 application/problem+json
	// {
	//   "title": "Bad Request",
	//   "status": 400,
	//   "code": "21000",
	//   "message": "DELETE requires a WHERE clause",
	//   "hint": "add a filter to the query, such as id=eq.1"
	// }
}

// What is refused of a write is refused before anything is sent.
func TestTablesRefuseWritesWithoutTheDatabase(t *testing.T) {
	db, _ := mock(t)
	h := rest.Tables(moresql.New(db, quiet), films(), rest.Filtered())
	for _, test := range []struct {
		method, target, body, prefer string
		status                       int
		code                         string
	}{
		{"POST", "/nothing", `{}`, "", 404, "PGRST205"},
		{"POST", "/films", ``, "", 400, "PGRST102"},
		{"POST", "/films", `{"nam": 1}`, "", 400, "PGRST204"},
		{"POST", "/films?columns=nam", `{}`, "", 400, "PGRST204"},
		{"POST", "/films?on_conflict=nam", `{}`, "", 400, "PGRST204"},
		{"POST", "/films?columns=id&columns=title", `{}`, "", 400, "PGRST100"},
		{"POST", "/films?on_conflict=id&on_conflict=id", `{}`, "", 400, "PGRST100"},
		{"POST", "/films?select=id&select=title", `{}`, "", 400, "PGRST100"},
		{"POST", "/films?order=id&order=title", `{}`, "", 400, "PGRST100"},
		{"POST", "/films?id=eq.1", `{}`, "", 400, "PGRST100"},
		{"POST", "/films?select=nam", `{}`, "", 400, "42703"},
		{"POST", "/films?select=actors(name)", `{}`, "", 400, "PGRST200"},
		{"POST", "/films?select=count()", `{}`, "", 400, "PGRST123"},
		{"POST", "/films", `{}`, "handling=strict, return=all", 400, "PGRST122"},
		{"POST", "/films", `{}`, "handling=strict, tx=rollback", 400, "PGRST122"},
		{"PATCH", "/films", `{"title": "x"}`, "", 400, "21000"},
		{"PATCH", "/films?title=eq.1", `[{}, {}]`, "", 400, "PGRST102"},
		{"PATCH", "/films?nam=eq.1", `{"title": "x"}`, "", 400, "42703"},
		{"PATCH", "/films?id=eq.1&limit=1", `{"title": "x"}`, "", 400, "PGRST100"},
		{"DELETE", "/films", ``, "", 400, "21000"},
		{"DELETE", "/films?id=eq.1&offset=1", ``, "", 400, "PGRST100"},
		{"PUT", "/films?id=eq.1&limit=1", `{"id": 1}`, "", 400, "PGRST114"},
		{"PUT", "/films?title=eq.1", `{"id": 1}`, "", 405, "PGRST105"},
		{"PUT", "/films", `{"id": 1}`, "", 405, "PGRST105"},
		{"PUT", "/films?id=eq.1&id=eq.1", `{"id": 1}`, "", 405, "PGRST105"},
		{"PUT", "/films?id=eq.1", `{"title": "x"}`, "", 400, "PGRST115"},
		{"QUERY", "/films", ``, "", 405, "PGRST117"},
	} {
		w := httptest.NewRecorder()
		r := post(test.target, test.body)
		r.Method = test.method
		r.Header.Set("Prefer", test.prefer)
		h.ServeHTTP(w, r)
		if w.Code != test.status || !strings.Contains(w.Body.String(), `"code":"`+test.code+`"`) {
			t.Errorf("%s %s %s: %d %s, want %d %s", test.method, test.target, test.body, w.Code, w.Body,
				test.status, test.code)
		}
	}
}
