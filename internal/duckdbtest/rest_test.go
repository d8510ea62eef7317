package duckdbtest

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/handlertest"
	"github.com/moresql/moresql/rest/openapi"
)

// films are macros of one table that has a column of each kind that filters differ for.
var films = []string{
	"CREATE TABLE films (id INTEGER, title VARCHAR, price DECIMAL(10,2), seen BOOLEAN, made DATE, " +
		"met TIMESTAMP, zoned TIMESTAMPTZ, raw BLOB, tags VARCHAR[], " +
		"info STRUCT(stars DOUBLE, who VARCHAR), doc JSON, big HUGEINT, took INTERVAL, code UUID)",
	`INSERT INTO films VALUES
		(1, 'Alien', 9.90, true, '1979-05-25', '1979-05-25 20:00:00', '1979-05-25 20:00:00+00', '\x01',
			['a', 'b'], {'stars': 8.5, 'who': 'Scott'}, '{"a":{"b/c":[1,2,{"d":12345678901234567890}]}}',
			170141183460469231731687303715884105727, INTERVAL '1 hour',
			'c0ffee00-0000-0000-0000-000000000001'),
		(2, 'Big "Fish"', 5.00, false, '0044-03-15 (BC)', '0044-03-15 (BC) 01:02:03', 'infinity', 'ab',
			[], {'stars': NULL, 'who': 'Burton'}, '[]', 0, INTERVAL '2 days', NULL),
		(3, '100%_', NULL, NULL, 'infinity', '-infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
			NULL)`,
	"CREATE MACRO films() AS TABLE SELECT * FROM main.films",
	"CREATE MACRO dear_films(least DECIMAL(10,2), most DECIMAL(10,2) := 100) AS TABLE " +
		"SELECT id, price FROM main.films WHERE price BETWEEN least AND most",
	"COMMENT ON MACRO TABLE dear_films IS 'Films that cost something'",
}

func TestCatalogHasMacros(t *testing.T) {
	db := open(t, films...)
	quoted, file := fileIn(t, "later.csv")
	if err := os.WriteFile(file, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, db, "CREATE SCHEMA api",
		"CREATE MACRO api.plus(a, b) AS a + b, (a, b, c) AS a + b + c",
		`CREATE MACRO api."Odd ""one"""("a b" INTEGER, c STRUCT(x INTEGER, y VARCHAR)[] := NULL) `+
			`AS TABLE SELECT "a b" AS "a b", c AS c`,
		"CREATE MACRO api.given(a, b := 'x, c := 1', d := NULL) AS TABLE SELECT a AS a, b AS b, d AS d",
		"CREATE MACRO api.later() AS TABLE SELECT * FROM read_csv("+quoted+")",
		"CREATE TEMP MACRO hidden() AS 1")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	_, cat := api(t, db, "api", "main", "api")
	var got []string
	for _, r := range cat.Current().Routines() {
		text := r.Volatility.String() + " " + r.String() + ": " + r.Result.Type.String()
		for _, c := range r.Result.Columns {
			text += " " + c.Name + " " + c.Type.String()
		}
		got = append(got, text+" "+r.Comment)
	}
	// The parameters as CREATE MACRO has them above, and the columns as DESCRIBE does.
	expected := []string{
		`STABLE api.Odd "one"(a b INTEGER, c STRUCT(x INTEGER, y VARCHAR)[] DEFAULT …):  ` +
			`a b INTEGER c STRUCT(x INTEGER, y VARCHAR)[] `,
		`STABLE api.given(a, b DEFAULT …, d DEFAULT …):  `,
		`STABLE api.later():  `,
		`STABLE api.plus(a, b): ANY `,
		`STABLE api.plus(a, b, c): ANY `,
		`STABLE main.dear_films(least DECIMAL(10,2), most DECIMAL(10,2) DEFAULT …):  ` +
			`id INTEGER price DECIMAL(10,2) Films that cost something`,
	}
	films := got[len(got)-1]
	if strings.Join(got[:len(got)-1], "\n") != strings.Join(expected, "\n") ||
		!strings.HasPrefix(films, "STABLE main.films():  id INTEGER title VARCHAR") {
		t.Errorf("got %s", strings.Join(got, "\n"))
	}
	if _, err := catalog.LoadDuckDB(t.Context(), db, `a"b`); err == nil {
		t.Error("a schema that does not exist is no error")
	}
	run(t, db, "USE api")
	if _, cat := api(t, db); strings.Join(cat.Current().Schemas(), " ") != "api" {
		t.Errorf("without a name: %v", cat.Current().Schemas())
	}
	run(t, db, "DROP MACRO api.plus")
	if err := cat.Reload(t.Context()); err != nil || cat.Current().Lookup("api", "plus") != nil {
		t.Errorf("after the reload: %v", err)
	}
}

func TestRoutinesCallMacros(t *testing.T) {
	db := open(t, films...)
	run(t, db, "CREATE MACRO plus(a, b) AS a + b, (a, b, c) AS a + b + c",
		"CREATE MACRO typed(a BIGINT, b DATE) AS b + a::INTEGER",
		`CREATE MACRO "Odd ""one"""("a b", "c"";" VARCHAR[] := ['x']) AS TABLE `+
			`SELECT "a b" AS v, "c"";" AS l`,
		"CREATE MACRO kinds(b BLOB := NULL, j JSON := NULL, s STRUCT(x INTEGER, y VARCHAR) := NULL, "+
			"t BOOLEAN := NULL, d DATE := NULL, h HUGEINT := NULL) AS TABLE "+
			"SELECT b AS b, j AS j, s AS s, t AS t, d AS d, h AS h",
		"CREATE MACRO fails(id) AS error('there is no car ' || id)")
	h, _ := api(t, db)
	for _, c := range []struct {
		reason, target, body string
		code                 int
		want                 string
	}{
		{reason: "a scalar", target: "/plus", body: `{"a": 1, "b": 2}`, code: 200, want: "3"},
		{reason: "an overload", target: "/plus", body: `{"a": 1, "b": 2, "c": 0.5}`, code: 200,
			want: "3.5"},
		{reason: "in any order of names", target: "/typed?b=2024-02-28&a=2", code: 200,
			want: `"2024-03-01"`},
		{reason: "a scalar of NULL", target: "/plus", body: `{"a": 1, "b": null}`, code: 200,
			want: "null"},
		{reason: "names that need quotes", target: "/Odd%20%22one%22?a%20b=1", code: 200,
			want: `[{"v":"1","l":["x"]}]`},
		{reason: "an array for a LIST", target: "/Odd%20%22one%22",
			body: `{"a b": "'", "c\";": ["p", "q, \"r\"", null]}`, code: 200,
			want: `[{"v":"'","l":["p","q, \"r\"",null]}]`},
		{reason: "all that JSON has", target: "/kinds", body: `{"b": "\\x0001", "j": "text",
			"s": {"y": "b", "x": 7}, "t": true, "d": "0044-03-15 BC",
			"h": -170141183460469231731687303715884105728}`, code: 200,
			want: `[{"b":"\\x0001","j":"text","s":{"x":7,"y":"b"},"t":true,"d":"0044-03-15 BC",` +
				`"h":-170141183460469231731687303715884105728}]`},
		{reason: "the same in a query", code: 200,
			target: `/kinds?b=\x0001&j={"k":1}&s={"x":1,"y":null}&t=yes&d=infinity&h=5`,
			want: `[{"b":"\\x0001","j":{"k":1},"s":{"x":1,"y":null},"t":true,` +
				`"d":"infinity","h":5}]`},
		{reason: "defaults", target: "/kinds", code: 200,
			want: `[{"b":null,"j":null,"s":null,"t":null,"d":null,"h":null}]`},
		{reason: "a default that is left out", target: "/dear_films?least=6", code: 200,
			want: `[{"id":1,"price":9.90}]`},
		{reason: "and given", target: "/dear_films?least=1&most=9.89", code: 200,
			want: `[{"id":2,"price":5.00}]`},
		{reason: "a value that is no number", target: "/dear_films?least=x", code: 400},
		{reason: "a parameter that is missing", target: "/dear_films", code: 404},
		{reason: "a parameter that no overload has", target: "/plus?a=1&b=2&d=3", code: 404},
		{reason: "no such macro", target: "/none", code: 404},
		{reason: "types that no function takes", target: "/plus", body: `{"a": true, "b": {}}`,
			code: 400},
		{reason: "an author's error", target: "/fails?id=7", code: 400},
	} {
		var code int
		var body string
		if c.body != "" {
			code, body = post(h, c.target, c.body)
		} else {
			code, body = get(h, strings.NewReplacer(`"`, "%22", "{", "%7B", "}", "%7D").Replace(c.target))
		}
		if c.want == "" {
			body = ""
		}
		want(t, c.reason, code, body, c.code, c.want)
	}
}

// TestFiltersOrderAndPages filters, and finds the ids that DuckDB finds by SQL of the test's own.
func TestFiltersOrderAndPages(t *testing.T) {
	db := open(t, films...)
	run(t, db, "SET TimeZone = 'UTC'")
	h, _ := api(t, db)
	for _, c := range []struct{ query, sql string }{
		{"id=eq.1", "id = 1"},
		{"id=neq.1", "id <> 1"},
		{"price=gte.5.00&price=lt.9.90", "price >= 5 AND price < 9.90"},
		{"title=like.*li*", "title LIKE '%li%'"},
		{"title=like.100%25_", `title LIKE '100%_'`},
		{`title=like.100\%25\_`, `title = '100%_'`},
		{"title=ilike.ALIEN", "title ILIKE 'ALIEN'"},
		{"title=match.^A", "regexp_matches(title, '^A')"},
		{"title=imatch.^a", "regexp_matches(title, '^a', 'i')"},
		{`title=in.(Alien,"Big \"Fish\"")`, `title IN ('Alien', 'Big "Fish"')`},
		{"title=in.()", "false"},
		{"title=eq.x' OR 1=1 --", "false"},
		{"title=not.eq.Alien", "NOT title = 'Alien'"},
		{"price=is.null", "price IS NULL"},
		{"price=not.is.null", "price IS NOT NULL"},
		{"seen=is.true", "seen IS TRUE"},
		{"seen=is.unknown", "seen IS NULL"},
		{"seen=eq.false", "seen = false"},
		{"price=isdistinct.5", "price IS DISTINCT FROM 5"},
		{"made=eq.0044-03-15 BC", "made = '0044-03-15 (BC)'"},
		{"made=eq.infinity", "made = 'infinity'"},
		{"met=eq.1979-05-25T20:00:00", "met = '1979-05-25 20:00:00'"},
		{"met=eq.0044-03-15T01:02:03 BC", "met = '0044-03-15 (BC) 01:02:03'"},
		{"zoned=eq.1979-05-25T22:00:00%2B02:00", "id = 1"},
		{`raw=eq.\x01`, `raw = '\x01'`},
		{`raw=eq.\x6162`, "raw = 'ab'"},
		{`tags=eq.["a", "b"]`, "tags = ['a', 'b']"},
		{"tags=eq.[]", "tags = []"},
		{`info=eq.{"stars":8.5,"who":"Scott"}`, "info = {'stars': 8.5, 'who': 'Scott'}"},
		{`doc=in.("[]")`, "doc::VARCHAR = '[]'"},
		{"info->stars=gte.8", "info.stars >= 8"},
		{"info->>who=eq.Burton", "info.who = 'Burton'"},
		{"doc->a->b/c->-1->>d=eq.12345678901234567890", "id = 1"},
		{"big=eq.170141183460469231731687303715884105727", "id = 1"},
		{"info->stars=lt.10", "info.stars < 10"},
		{"took=gt.1 day", "took > INTERVAL '1 day'"},
		{"code=eq.C0FFEE00-0000-0000-0000-000000000001", "id = 1"},
		{"or=(id.eq.1,and(id.gt.2,title.not.is.null))", "id IN (1, 3)"},
	} {
		target := "/films?select=id&order=id&" + strings.NewReplacer(" ", "%20", `"`, "%22",
			`\`, "%5C", "{", "%7B", "}", "%7D", "[", "%5B", "]", "%5D", "^", "%5E").Replace(c.query)
		code, body := get(h, target)
		expected := textOf(t, db, "SELECT coalesce(to_json(list({'id': id} ORDER BY id)), '[]')"+
			"::VARCHAR FROM films WHERE "+c.sql)
		want(t, c.query, code, body, 200, expected)
	}
	for _, c := range []struct {
		reason, query string
		code          int
		want, ranges  string
	}{
		{"columns by other names", "select=n:title,id&id=eq.1", 200, `[{"n":"Alien","id":1}]`, ""},
		{"paths", "select=info->stars,by:info->>who,doc->a->b/c->2,tags->0&id=eq.1", 200,
			`[{"stars":8.5,"by":"Scott","b/c":{"d":12345678901234567890},"tags":"a"}]`, ""},
		{"NULL last", "select=id&order=price.desc.nullslast", 200, `[{"id":1},{"id":2},{"id":3}]`, ""},
		{"NULL first", "select=id&order=price.nullsfirst,id", 200, `[{"id":3},{"id":2},{"id":1}]`, ""},
		{"a page", "select=id&order=id&limit=1&offset=1", 200, `[{"id":2}]`, "1-1/*"},
		{"a page without rows", "select=id&limit=0", 200, `[]`, "*/*"},
		{"an offset alone", "select=id&order=id&offset=2", 200, `[{"id":3}]`, "2-2/*"},
		{"a column that does not exist", "nothing=eq.1", 400, "", ""},
		{"an operator that DuckDB lacks", "tags=cs.%7Ba%7D", 400, "", ""},
		{"an order of LISTs", "tags=gt.%5B%5D", 400, "", ""},
		{"a value of another type", "id=eq.x", 400, "", ""},
		{"invalid JSON", "tags=eq.x", 400, "", ""},
		{"is true of what is no truth value", "title=is.true", 400, "", ""},
		{"a pattern that is no regular expression", "title=match.(", 400, "", ""},
		{"SQL in the name of a column", "select=id%22%3B%20DROP%20TABLE%20films%3B%20--", 400, "", ""},
	} {
		w := handlertest.Serve(h, handlertest.Get("/films?"+strings.ReplaceAll(c.query, " ", "%20")))
		code, body := show(w)
		if c.want == "" {
			body = ""
		}
		want(t, c.reason, code, body, c.code, c.want)
		if c.ranges != "" && w.Header().Get("Content-Range") != c.ranges {
			t.Errorf("%s: Content-Range %q", c.reason, w.Header().Get("Content-Range"))
		}
	}
	for query, ranges := range map[string]string{
		"select=id&order=id&limit=2": "0-1/3", "select=id&limit=0": "*/3", "select=tags&id=gt.7": "*/0",
		"select=id,tags,doc&order=id.desc&offset=1": "1-2/3",
	} {
		w := handlertest.Serve(h, handlertest.Get("/films?"+query, "Prefer", "count=exact"))
		if w.Header().Get("Content-Range") != ranges || w.Code >= 400 {
			t.Errorf("%s: %d %s", query, w.Code, w.Header().Get("Content-Range"))
		}
	}
}

// TestShownValuesCanBeSentBack filters by each value of the first films that a response shows.
func TestShownValuesCanBeSentBack(t *testing.T) {
	db := open(t, films...)
	run(t, db, "SET TimeZone = 'UTC'")
	h, _ := api(t, db)
	_, body := get(h, "/films?id=lt.3&order=id")
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &rows); err != nil || len(rows) != 2 {
		t.Fatal(body, err)
	}
	for _, r := range rows {
		for name, value := range r {
			text := string(value)
			if json.Unmarshal(value, &text) != nil {
				text = string(value)
			}
			if string(value) == "null" {
				continue
			}
			q := handlertest.Get("/films")
			q.URL.RawQuery = "select=id&" + name + "=eq." + escape(text)
			code, body := show(handlertest.Serve(h, q))
			want(t, name+" "+text, code, body, 200, `[{"id":`+string(r["id"])+`}]`)
		}
	}
}

// TestOpenAPIDescribesMacros has the types of parameters and columns that DuckDB knows.
func TestOpenAPIDescribesMacros(t *testing.T) {
	_, cat := api(t, open(t, films...))
	document := openapi.Document(cat.Current(), openapi.About{Title: "films"})
	var doc struct {
		Paths map[string]map[string]struct {
			Summary    string
			Parameters []struct {
				Name     string
				Required bool
			}
		}
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		t.Fatal(err)
	}
	get := doc.Paths["/rpc/dear_films"]["get"]
	found := map[string]bool{}
	for _, p := range get.Parameters {
		found[p.Name] = p.Required
	}
	if most, ok := found["most"]; !found["least"] || most || !ok {
		t.Errorf("least and most are %v: %s", found, document)
	}
}
