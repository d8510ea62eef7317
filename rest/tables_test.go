package rest_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// films are two relations of a catalog that was written by hand: a film has a director.
func films() *catalog.Catalog {
	text := &catalog.Type{OID: 25, SQL: "text", Schema: "pg_catalog", Name: "text"}
	id := &catalog.Type{OID: 23, SQL: "integer", Schema: "pg_catalog", Name: "int4"}
	column := func(name string, t *catalog.Type) catalog.Attribute {
		return catalog.Attribute{Column: catalog.Column{Name: name, Type: t}}
	}
	return catalog.OfRelations([]catalog.Relation{
		{
			Schema: "api", Name: "directors", PrimaryKey: []string{"id"}, Rights: catalog.MaySelect,
			Columns: []catalog.Attribute{column("id", id), column("name", text)},
		},
		{
			Schema: "api", Name: "films", PrimaryKey: []string{"id"}, Rights: catalog.MaySelect,
			Columns: []catalog.Attribute{
				column("id", id), column("title", text), column("director_id", id),
			},
			ForeignKeys: []catalog.ForeignKey{{
				Name: "director", Columns: []string{"director_id"},
				Schema: "api", Relation: "directors", References: []string{"id"},
			}},
		},
		{Schema: "api", Name: "closed", Rights: catalog.MayInsert},
	})
}

// jsonResult returns rows of columns, the last of which is of type json.
func jsonResult(columns ...string) *sqlmock.Rows {
	var list []*sqlmock.Column
	for i, name := range columns {
		column := sqlmock.NewColumn(name).OfType("TEXT", "")
		if i == len(columns)-1 {
			column.OfType("JSON", "")
		}
		list = append(list, column)
	}
	return sqlmock.NewRowsWithColumnDefinition(list...)
}

func ExampleTables() {
	db, expect := open()
	reads(expect, func() {
		expect.ExpectQuery(`SELECT t."title", (SELECT pg_catalog.row_to_json(e.*) FROM ` +
			`(SELECT t1."name" AS "name" FROM "api"."directors" AS t1 ` +
			`WHERE t1."id" = t."director_id" LIMIT 1) AS e) ` +
			`FROM "api"."films" AS t WHERE t."id" = $1`).WithArgs("1").
			WillReturnRows(jsonResult("title", "row_to_json").AddRow("Up", `{"name":"Ann"}`))
	})
	h := rest.Tables(moresql.New(db), films())
	show(h, get("/films?select=title,directors(name)&id=eq.1"))
	show(h, get("/film"))
	// Output:
	// 200 application/json
	// [{"title":"Up","directors":{"name":"Ann"}}]
	// 404 application/problem+json
	// {
	//   "title": "Not Found",
	//   "status": 404,
	//   "code": "PGRST205",
	//   "message": "Could not find the table 'api.film' in the schema cache",
	//   "hint": "Perhaps you meant the table 'api.films'"
	// }
}

// Names and values that a request has made up are bound.
func TestTablesBindWhatRequestsMakeUp(t *testing.T) {
	db, expect := mock(t)
	reads(expect, func() {
		expect.ExpectQuery(`SELECT (SELECT coalesce(pg_catalog.json_agg(`+
			`pg_catalog.json_build_object($1::text, e.c1, $2::text, e.c2)), '[]') `+
			`FROM (SELECT t1."id" AS c1, t1."title" AS c2 FROM "api"."films" AS t1 `+
			`WHERE t1."director_id" = t."id" AND t1."title" LIKE $3 ORDER BY t1."id" LIMIT $4::bigint`+
			`) AS e) FROM "api"."directors" AS t`).
			WithArgs("id", `";'`, "%'--%", 3).WillReturnRows(jsonResult("coalesce").AddRow("[]"))
	})
	h := rest.Tables(moresql.New(db, quiet), films())
	w := httptest.NewRecorder()
	h.ServeHTTP(w, get(`/directors?select=films(id,%22\%22%3B'%22:title)&films.title=like.*'--*`+
		`&films.order=id&films.limit=3`))
	if w.Code != 200 || w.Body.String() != `[{"films":[]}]` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// What is refused is refused before anything is sent.
func TestTablesRefuseWithoutTheDatabase(t *testing.T) {
	db, _ := mock(t)
	h := rest.Tables(moresql.New(db, quiet), films())
	for _, test := range []struct {
		method, target string
		status         int
		code, allow    string
	}{
		{"GET", "/nothing", 404, "PGRST205", ""},
		{"GET", "/nothing", 404, "PGRST205", ""},
		{"GET", "/", 404, "PGRST205", ""},
		{"GET", "/films/1", 404, "PGRST125", ""},
		{"TRACE", "/films", 405, "PGRST117", "GET, HEAD, OPTIONS"},
		{"GET", "/films?select=titel", 400, "42703", ""},
		{"GET", "/films?select=id::nothing", 400, "42704", ""},
		{"GET", "/films?select=directors(nam)", 400, "42703", ""},
		{"GET", "/films?select=actors(name)", 400, "PGRST200", ""},
		{"GET", "/films?select=directors!actor(name)", 400, "PGRST200", ""},
		{"GET", "/films?directors.name=eq.x", 400, "PGRST108", ""},
		{"GET", "/directors?select=films(id)&order=films(id)", 400, "PGRST118", ""},
		{"GET", "/films?limit=-1", 416, "PGRST103", ""},
		{"OPTIONS", "/films", 204, "", "GET, HEAD, OPTIONS"},
		{"OPTIONS", "/closed", 204, "", "POST, OPTIONS"},
		{"OPTIONS", "/nothing", 404, "PGRST205", ""},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(test.method, test.target, nil))
		if w.Code != test.status || test.allow != "" && w.Header().Get("Allow") != test.allow ||
			test.code != "" && !strings.Contains(w.Body.String(), `"code":"`+test.code+`"`) {
			t.Errorf("%s %s: %d %v %s", test.method, test.target, w.Code, w.Header(), w.Body)
		}
	}
}

func ExampleAggregates() {
	db, expect := open()
	reads(expect, func() {
		expect.ExpectQuery(`SELECT t."director_id", pg_catalog.count(1) FROM "api"."films" AS t ` +
			`GROUP BY t."director_id"`).WillReturnRows(result("director_id count", []any{7, 2}))
	})
	h := rest.Tables(moresql.New(db), films(), rest.Aggregates())
	show(h, get("/films?select=director_id,count()"))
	// Output:
	// 200 application/json
	// [{"director_id":7,"count":2}]
}

// A catalog that says nothing of a database's relations is a mistake of the program.
func TestTablesNeedRelationsThatCanBeRead(t *testing.T) {
	db, _ := mock(t)
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, "Tables needs a catalog that") {
			t.Errorf("the panic is %q", text)
		}
	}()
	rest.Tables(moresql.New(db, quiet), catalog.Of())
}
