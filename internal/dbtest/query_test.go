package dbtest

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

var querySchema = []string{
	`DROP SCHEMA IF EXISTS paged CASCADE`, `CREATE SCHEMA paged`,
	`CREATE TABLE paged.cars (id int PRIMARY KEY, name text, price numeric(10,2), tags text[],
		at timestamptz, data jsonb, during int4range)`,
	`INSERT INTO paged.cars SELECT i, CASE WHEN i % 7 = 0 THEN NULL
		ELSE 'car ' || i % 5 || ' "é"' END,
		i * 1.5, ARRAY['t' || i % 3, 'a,b'],
		timestamptz '2024-01-01 00:00+00' + i * interval '1 day',
		jsonb_build_object('doors', i % 4, 'owner', jsonb_build_object('name', 'ann ' || i % 2)),
		int4range(i, i + 5) FROM generate_series(1, 100) i`,
	`CREATE FUNCTION paged.cars() RETURNS SETOF paged.cars LANGUAGE sql STABLE
		AS 'SELECT * FROM paged.cars'`,
	`CREATE FUNCTION paged.cars_of(name text, "limit" int DEFAULT 1000) RETURNS SETOF paged.cars
		LANGUAGE sql STABLE AS 'SELECT * FROM paged.cars c WHERE c.name LIKE $1 ORDER BY id LIMIT $2'`,
	`CREATE FUNCTION paged.numbers(n int) RETURNS SETOF int LANGUAGE sql STABLE
		AS 'SELECT generate_series(1, n)'`,
	`CREATE FUNCTION paged.car(id int) RETURNS paged.cars LANGUAGE sql STABLE
		AS 'SELECT * FROM paged.cars c WHERE c.id = $1'`,
	`CREATE FUNCTION paged.one() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'`,
	`CREATE TABLE paged.runs (n int)`,
	`CREATE FUNCTION paged.run() RETURNS SETOF paged.cars LANGUAGE sql
		AS 'INSERT INTO paged.runs VALUES (1); SELECT * FROM paged.cars ORDER BY id'`,
	`CREATE PROCEDURE paged.done(a int, OUT b int) LANGUAGE plpgsql AS $$ BEGIN b := a; END $$`,
}

// TestQueryFiltersAndPagesResults filters, orders and pages the results of functions over HTTP, and
// compares each response with the SQL that one would write by hand for it.
func TestQueryFiltersAndPagesResults(t *testing.T) {
	setUp(t, openPostgres(t), querySchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "paged")
		mux := http.NewServeMux()
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(moresql.New(db, quiet), cat)))
		mux.Handle("/few/",
			http.StripPrefix("/few", rest.Routines(moresql.New(db, quiet), cat, rest.MaxPage(2))))
		mux.Handle("/cars", moresql.New(db, quiet).Handler("paged.cars", rest.Query()))
		mux.Handle("/some", moresql.New(db, quiet).Handler("paged.cars", rest.MaxPage(10)))
		mux.Handle("/of/{name}",
			moresql.New(db, quiet).Handler("paged.cars_of", moresql.Fields("name"), rest.Query()))
		base := listen(t, mux)
		for _, test := range []struct {
			reason, path, query string
			header              []string
			status              int
			contentRange        string
			want                string // a SELECT of the rows, or "" if they do not matter
		}{
			{reason: "all rows", path: "/rpc/cars", status: 200, want: "SELECT * FROM paged.cars"},
			{reason: "a page", path: "/rpc/cars", query: "order=id.desc&limit=3&offset=2", status: 200,
				contentRange: "2-4/*", want: "SELECT * FROM paged.cars ORDER BY id DESC LIMIT 3 OFFSET 2"},
			{reason: "a counted page", path: "/rpc/cars", query: "order=id&limit=3&id=gt.90",
				header: []string{"Prefer", "count=exact"}, status: 206, contentRange: "0-2/10",
				want: "SELECT * FROM paged.cars WHERE id > 90 ORDER BY id LIMIT 3"},
			{reason: "all rows, counted", path: "/rpc/cars", query: "order=id&id=gt.98",
				header: []string{"Prefer", "count=exact"}, status: 200, contentRange: "0-1/2",
				want: "SELECT * FROM paged.cars WHERE id > 98 ORDER BY id"},
			{reason: "no rows, counted", path: "/rpc/cars", query: "id=gt.1000",
				header: []string{"Prefer", "count=exact"}, status: 200, contentRange: "*/0",
				want: "SELECT * FROM paged.cars WHERE false"},
			{reason: "an offset after the last row", path: "/rpc/cars", query: "offset=101",
				header: []string{"Prefer", "count=exact"}, status: 416, contentRange: "*/100"},
			{reason: "a range", path: "/rpc/cars", query: "order=id",
				header: []string{"Range-Unit", "items", "Range", "5-9"}, status: 200, contentRange: "5-9/*",
				want: "SELECT * FROM paged.cars ORDER BY id LIMIT 5 OFFSET 5"},
			{reason: "some columns", path: "/rpc/cars",
				query:  "select=name,number:id,owner:data->owner->>name,data->doors&id=lt.4&order=id",
				status: 200, contentRange: "0-2/*",
				want: `SELECT name, id AS number, data->'owner'->>'name' AS owner, data->'doors' AS doors
					FROM paged.cars WHERE id < 4 ORDER BY id`},
			{reason: "comparisons", path: "/rpc/cars",
				query: "price=gte.15.0&price=lt.30&name=like.car%201*&order=id", status: 200,
				contentRange: "0-1/*",
				want: `SELECT * FROM paged.cars WHERE price >= 15 AND price < 30 AND name LIKE 'car 1%'
					ORDER BY id`},
			{reason: "lists and NULL", path: "/rpc/cars",
				query: `id=in.(7,14,15)&or=(name.is.null,name.eq."car 0 \"é\"")&order=id`, status: 200,
				contentRange: "0-2/*", want: `SELECT * FROM paged.cars WHERE id IN (7, 14, 15) ORDER BY id`},
			{reason: "arrays, ranges, JSON", path: "/rpc/cars",
				query: `tags=cs.{t1,"a,b"}&during=ov.[10,12)&data->>doors=eq.2&order=id`, status: 200,
				contentRange: "0-0/*", want: `SELECT * FROM paged.cars
					WHERE tags @> '{t1,"a,b"}' AND during && '[10,12)' AND data->>'doors' = '2' ORDER BY id`},
			{reason: "text search", path: "/rpc/cars", query: `name=fts(simple).3&order=id&limit=2`,
				status: 200, contentRange: "0-1/*", want: `SELECT * FROM paged.cars
					WHERE to_tsvector('simple', name) @@ to_tsquery('simple', '3') ORDER BY id LIMIT 2`},
			{reason: "a name that is a parameter and a column is an argument", path: "/rpc/cars_of",
				query: "name=car%201%25&limit=2", status: 200, contentRange: "0-1/*",
				want: "SELECT * FROM paged.cars_of('car 1%', 2)"},
			{reason: "other names filter the result", path: "/rpc/cars_of",
				query: "name=car%201%25&id=gt.50&order=id&offset=1", status: 200, contentRange: "1-7/*",
				want: "SELECT * FROM paged.cars_of('car 1%') WHERE id > 50 ORDER BY id OFFSET 1"},
			{reason: "a filter on a set of scalars", path: "/rpc/numbers", query: "n=10&numbers=gt.8",
				status: 200, contentRange: "0-1/*"},
			{reason: "a declared function", path: "/cars",
				query: "select=id,tags,at&order=at.desc.nullslast&limit=2", status: 200, contentRange: "0-1/*",
				want: "SELECT id, tags, at FROM paged.cars ORDER BY at DESC NULLS LAST LIMIT 2"},
			{reason: "a declared function, counted", path: "/cars",
				query:  "select=id&data->owner->>name=eq.ann%201&limit=2&order=id",
				header: []string{"Prefer", "count=exact"}, status: 206, contentRange: "0-1/50",
				want: "SELECT id FROM paged.cars WHERE data->'owner'->>'name' = 'ann 1' ORDER BY id LIMIT 2"},
			{reason: "a declared function with fields", path: "/of/car%201%25",
				query: "id=lt.20&select=id&order=id", status: 200, contentRange: "0-3/*",
				want: "SELECT id FROM paged.cars_of('car 1%') WHERE id < 20 ORDER BY id"},
			{reason: "MaxPage limits a page", path: "/some", status: 200, contentRange: "0-9/*",
				want: "SELECT * FROM paged.cars LIMIT 10"},
			{reason: "a limit cannot exceed MaxPage", path: "/some", query: "limit=11&order=id", status: 200,
				contentRange: "0-9/*", want: "SELECT * FROM paged.cars ORDER BY id LIMIT 10"},
			{reason: "a range cannot exceed MaxPage", path: "/some", query: "order=id",
				header: []string{"Range", "items=0-99"}, status: 200, contentRange: "0-9/*",
				want: "SELECT * FROM paged.cars ORDER BY id LIMIT 10"},
			{reason: "a smaller limit applies", path: "/some", query: "limit=1&order=id", status: 200,
				contentRange: "0-0/*", want: "SELECT * FROM paged.cars ORDER BY id LIMIT 1"},

			{reason: "an unknown column", path: "/rpc/cars", query: "nmae=eq.x", status: 400},
			{reason: "an unknown column to order by", path: "/cars", query: "order=secret", status: 400},
			{reason: "an unknown operator", path: "/rpc/cars", query: "id=equals.1", status: 400},
			{reason: "a bad limit", path: "/rpc/cars", query: "limit=-1", status: 416},
			{reason: "a value of another type", path: "/rpc/cars", query: "id=eq.x", status: 400},
			{reason: "neither a parameter nor a column", path: "/rpc/cars", query: "nope=1", status: 404},
			{reason: "an unknown column of a scalar", path: "/rpc/one", query: "select=nope", status: 400},
		} {
			query := strings.NewReplacer(`"`, "%22", `\`, "%5C", " ", "%20").Replace(test.query)
			a := send(t, "GET", base+test.path+"?"+query, "", test.header...)
			if got := a.header.Get("Content-Range"); a.status != test.status || got != test.contentRange {
				t.Errorf("%s: %d, Content-Range %q, want %d, %q; %.300s", test.reason, a.status, got,
					test.status, test.contentRange, a.body)
				continue
			}
			if test.want != "" {
				want := queryText(t, db, "SELECT coalesce(json_agg(t), '[]')::text FROM ("+test.want+") t")
				if !sameJSON(t, a.body, want) {
					t.Errorf("%s: %s\nwant %s", test.reason, a.body, want)
				}
			}
			if test.status >= 400 && !json.Valid([]byte(a.body)) {
				t.Errorf("%s: %s", test.reason, a.body)
			}
		}

		// The error gives the position of the unknown name, and suggests a known one.
		a := send(t, "GET", base+"/rpc/cars?order=id,nam.desc", "")
		if !strings.Contains(a.body, `\"order\", character 4`) ||
			!strings.Contains(a.body, `perhaps you mean \"name\"`) {
			t.Errorf("%s", a.body)
		}
		link := send(t, "GET", base+"/some?order=id&offset=20&price=gt.0", "").header.Get("Link")
		if link != `<?order=id&price=gt.0&limit=10&offset=30>; rel="next"` {
			t.Errorf("Link %s", link)
		}
		// There is no link to the next page if limit is a parameter of the function, or if the result
		// is not a list.
		for target, linked := range map[string]bool{
			"/cars?order=id":               true,
			"/cars_of?name=car%25":         false,
			"/cars_of?name=car%25&limit=5": false,
			"/one":                         false,
		} {
			if a := send(t, "GET", base+"/few"+target, ""); a.status != 200 ||
				(a.header.Get("Link") != "") != linked {
				t.Errorf("%s: %d, Link %q; %s", target, a.status, a.header.Get("Link"), a.body)
			}
		}
		// A preference and MaxPage are ignored if the result has no rows to count or to limit.
		a = send(t, "POST", base+"/few/done", `{"a": 1}`, "Content-Type", jsonType,
			"Prefer", "count=exact")
		if a.body != `{"b":1}` {
			t.Errorf("a procedure: %d %s", a.status, a.body)
		}
		// A media type of a bare value needs a result of one column.
		offer := moresql.Encoders(encoder.JSON(), encoder.Text())
		text := listen(t, rest.Routines(moresql.New(db, quiet, offer), cat))
		if a := send(t, "GET", text+"/cars?id=eq.1", "", "Accept", "text/plain"); a.status != 406 ||
			!strings.Contains(a.body, "PGRST107") {
			t.Errorf("%d %s", a.status, a.body)
		}
		a = send(t, "GET", text+"/cars?id=eq.1&select=name", "", "Accept", "text/plain")
		if a.body != queryText(t, db, "SELECT name FROM paged.cars WHERE id = 1") {
			t.Errorf("%d %s", a.status, a.body)
		}
		// A POST has its arguments in the body and its filters in the query.
		a = send(t, "POST", base+"/rpc/cars_of?select=id&id=lt.10", `{"name": "car 1%"}`,
			"Content-Type", jsonType)
		if a.body != `[{"id":1},{"id":6}]` {
			t.Errorf("%d %s", a.status, a.body)
		}
		a = send(t, "POST", base+"/rpc/done?b=eq.1", `{"a": 1}`, "Content-Type", jsonType)
		if a.status != 400 {
			t.Errorf("a procedure: %d %s", a.status, a.body)
		}
	})
}

// TestQueryRunsCountedFunctionOnce counts the rows of a function that writes: a count must not cost
// a second run.
func TestQueryRunsCountedFunctionOnce(t *testing.T) {
	setUp(t, openPostgres(t), querySchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "TRUNCATE paged.runs")
		cat := load(t, db, "paged")
		base := listen(t, rest.Routines(moresql.New(db, quiet), cat))
		a := send(t, "POST", base+"/run?limit=2&select=id&order=id.desc", "", "Prefer", "count=exact")
		if a.status != 206 || a.body != `[{"id":100},{"id":99}]` ||
			a.header.Get("Content-Range") != "0-1/100" {
			t.Errorf("%d %s %s", a.status, a.body, a.header.Get("Content-Range"))
		}
		if n := queryText(t, db, "SELECT count(*)::text FROM paged.runs"); n != "1" {
			t.Errorf("the function ran %s times", n)
		}
	})
}

// TestQuerySingleObjectNeedsOneRow requests PostgREST's media type of a single object, which any
// other number of rows than one cannot satisfy.
func TestQuerySingleObjectNeedsOneRow(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, querySchema...)
	cat := load(t, db, "paged")
	base := listen(t, rest.Routines(moresql.New(db, quiet), cat))
	const object = "application/vnd.pgrst.object+json"
	for _, test := range []struct {
		query  string
		status int
		body   string
	}{
		{"id=eq.3&select=id", 200, `{"id":3}`},
		{"id=eq.0&select=id", 406, `"The result contains 0 rows"`},
		{"id=lt.3&select=id", 406, `"The result contains more than one row"`},
	} {
		a := send(t, "GET", base+"/cars?"+test.query, "", "Accept", object)
		if a.status != test.status || !strings.Contains(a.body, test.body) {
			t.Errorf("%s: %d %s", test.query, a.status, a.body)
		}
		if a.status == 200 && !strings.HasPrefix(a.header.Get("Content-Type"), object) ||
			a.status == 406 && !strings.Contains(a.body, "PGRST116") {
			t.Errorf("%s: %v %s", test.query, a.header, a.body)
		}
	}
}

// TestQueryHeadNeedsOnlyFirstRows sends HEAD for two billion rows, which would take minutes to
// read, where the call has no effects that the response would have to wait for.
func TestQueryHeadNeedsOnlyFirstRows(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `CREATE OR REPLACE FUNCTION very_many() RETURNS SETOF int LANGUAGE sql STABLE
			AS 'SELECT generate_series(1, 2000000000)'`)
		m := moresql.New(db, quiet, moresql.ReadOnly())
		base := listen(t, m.Handler("very_many", rest.Query()))
		a := send(t, "HEAD", base+"/?limit=1000000000", "")
		if a.status != 200 || a.header.Get("Content-Type") != "application/json" || a.body != "" {
			t.Errorf("%d %v %q", a.status, a.header, a.body)
		}
		if a = send(t, "HEAD", base+"/?very_many=eq.x", ""); a.status != 400 {
			t.Errorf("an error: %d", a.status)
		}
	})
}

// TestQueryFiltersNamedStatements filters and pages named statements of SQLite and MariaDB as
// PostgreSQL's functions.
func TestQueryFiltersNamedStatements(t *testing.T) {
	folder := fstest.MapFS{
		"cars.sql": {Data: []byte("SELECT id, name, price, doors + 1 AS more, " +
			"json_object('n', doors, 'list', json_array('5'), 'text', '5') AS data " +
			"FROM cars WHERE price > :least -- all of them\n")},
		"add.sql": {Data: []byte("INSERT INTO cars (id, name, price, doors) VALUES (:id, 'new', 1, 1)")},
	}
	for _, engine := range []struct {
		name    string
		dialect moresql.Dialect
		open    func(*testing.T) *sql.DB
	}{{"SQLite", moresql.SQLite, openSQLite}, {"MariaDB", moresql.MySQL, openMariaDB}} {
		t.Run(engine.name, func(t *testing.T) {
			db := engine.open(t)
			setUp(t, db, "DROP TABLE IF EXISTS cars", `CREATE TABLE cars (id INTEGER PRIMARY KEY,
				name VARCHAR(40), price DECIMAL(10,2), doors INTEGER)`,
				`INSERT INTO cars VALUES (1, '2CV', 4000, 4), (2, 'DS', 9000, 4), (3, 'SM', 25000, 2),
					(4, NULL, 100, 5)`)
			statements := loadStatements(t, folder, engine.dialect)
			m := moresql.New(db, quiet, moresql.CallBy(statements))
			mux := http.NewServeMux()
			mux.Handle("/cars", m.Handler("cars", moresql.Fields("least"), rest.MaxPage(3)))
			mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, statements.Catalog())))
			base := listen(t, mux)
			for _, test := range []struct {
				path, query, prefer string
				status              int
				contentRange, body  string
			}{
				{path: "/cars", query: "least=0&order=id&select=id,title:name", status: 200,
					contentRange: "0-2/*",
					body:         `[{"id":1,"title":"2CV"},{"id":2,"title":"DS"},{"id":3,"title":"SM"}]`},
				{path: "/cars", query: "least=500&price=lt.10000&order=price.desc&select=id",
					prefer: "count=exact", status: 200, contentRange: "0-1/2", body: `[{"id":2},{"id":1}]`},
				{path: "/cars", query: "least=0&limit=1&offset=1&order=id&select=id", prefer: "count=exact",
					status: 206, contentRange: "1-1/4", body: `[{"id":2}]`},
				{path: "/cars", query: "least=0&more=eq.5&order=id&select=id", status: 200,
					contentRange: "0-1/*", body: `[{"id":1},{"id":2}]`},
				{path: "/cars", query: "least=0&name=is.null&select=id", status: 200, contentRange: "0-0/*",
					body: `[{"id":4}]`},
				{path: "/cars", query: "least=0&or=(name.ilike.d*,id.in.(1,9))&order=id&select=name",
					status: 200, contentRange: "0-1/*", body: `[{"name":"2CV"},{"name":"DS"}]`},
				{path: "/cars", query: "least=0&id=gt.100", prefer: "count=exact", status: 200,
					contentRange: "*/0", body: `[]`},
				{path: "/cars",
					query:  "least=0&id=eq.2&select=data-%3Elist,a:data-%3Elist-%3E0,data-%3En,n:data-%3E%3Etext",
					status: 200, contentRange: "0-0/*", body: `[{"list":["5"],"a":"5","n":4,"n":"5"}]`},
				{path: "/cars", query: "least=0&id=eq.2&select=data-%3Elist", prefer: "count=exact",
					status: 200, contentRange: "0-0/1", body: `[{"list":["5"]}]`},
				{path: "/cars", query: "least=0&secret=eq.1", status: 400},
				{path: "/cars", query: "least=0&name=fts.x", status: 400},
				{path: "/rpc/cars", query: "least=5000&order=id.desc&select=id", status: 200,
					contentRange: "0-1/*", body: `[{"id":3},{"id":2}]`},
				{path: "/rpc/cars", query: "least=5000", prefer: "count=exact", status: 200,
					contentRange: "0-1/2"},
			} {
				a := send(t, "GET", base+test.path+"?"+test.query, "", "Prefer", test.prefer)
				if a.status != test.status || a.header.Get("Content-Range") != test.contentRange ||
					test.body != "" && a.body != test.body {
					t.Errorf("%s?%s: %d %q %s", test.path, test.query, a.status, a.header.Get("Content-Range"),
						a.body)
				}
			}
			a := send(t, "POST", base+"/rpc/add?select=id", `{"id": 9}`, "Content-Type", jsonType)
			if a.status != 400 {
				t.Errorf("a filter on a statement that writes: %d %s", a.status, a.body)
			}
			if n := queryInt(t, db, "SELECT count(*) FROM cars"); n != 4 {
				t.Errorf("%d cars", n)
			}
		})
	}
}

// TestQueryNoticesChangedColumns changes the columns of a declared function: after the call that
// fails the new ones are known.
func TestQueryNoticesChangedColumns(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `DROP FUNCTION IF EXISTS changing()`,
			`CREATE FUNCTION changing() RETURNS TABLE (a int, b int) LANGUAGE sql STABLE AS 'SELECT 1, 2'`)
		base := listen(t, moresql.New(db, quiet).Handler("changing", rest.Query()))
		if a := send(t, "GET", base+"/?select=b", ""); a.body != `[{"b":2}]` {
			t.Fatalf("%d %s", a.status, a.body)
		}
		setUp(t, db, `DROP FUNCTION changing()`,
			`CREATE FUNCTION changing() RETURNS TABLE (a int, c int) LANGUAGE sql STABLE AS 'SELECT 1, 3'`)
		var a received
		// The driver may have kept statements itself, of which it drops one with each error.
		for range 4 {
			if a = send(t, "GET", base+"/?select=c", ""); a.status == 200 {
				break
			}
		}
		if a.body != `[{"c":3}]` {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := send(t, "GET", base+"/?"+url.Values{"select": {"b"}}.Encode(), ""); a.status != 400 {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}
