package firebirdtest

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/handlertest"
	"github.com/moresql/moresql/rest/openapi"
)

var films = []string{
	"CREATE TABLE films (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(20), price NUMERIC(9,2), " +
		"seen BOOLEAN, made DATE, shown TIMESTAMP, code CHAR(4), plot BLOB SUB_TYPE TEXT, " +
		"raw BLOB SUB_TYPE BINARY, stars DOUBLE PRECISION, small FLOAT, " +
		"tag VARCHAR(4) CHARACTER SET OCTETS)",
	`INSERT INTO films VALUES (1, 'Alien', 9.90, TRUE, DATE '1979-05-25',
		TIMESTAMP '2024-03-31 02:30:00.5', 'ab', 'A ship, ä', x'0102', 8.5, 0.1, x'0a')`,
	`INSERT INTO films VALUES (2, '100%_\ Ö', 5, FALSE, DATE '2000-01-01',
		TIMESTAMP '2000-01-01 00:00:00', 'abcd', '', x'', 0.1, 2, x'')`,
	"INSERT INTO films (id) VALUES (3)",
	`CREATE PROCEDURE all_films RETURNS (id TYPE OF COLUMN films.id, title TYPE OF COLUMN films.title,
		price TYPE OF COLUMN films.price, seen BOOLEAN, made DATE, shown TIMESTAMP, code CHAR(4),
		plot BLOB SUB_TYPE TEXT, raw BLOB SUB_TYPE BINARY, stars DOUBLE PRECISION, small FLOAT,
		tag VARCHAR(4) CHARACTER SET OCTETS) AS BEGIN
		FOR SELECT * FROM films ORDER BY id INTO id, title, price, seen, made, shown, code, plot, raw,
		stars, small, tag DO SUSPEND; END`,
	"COMMENT ON PROCEDURE all_films IS 'All films that there are'",
}

// TestFilters compares each filter with what the same condition in SQL finds.
func TestFilters(t *testing.T) {
	db := open(t, films...)
	h, _ := api(t, db)
	for _, c := range []struct{ query, sql string }{
		{"ID=gt.1", "id > 1"},
		{"PRICE=eq.9.9", "price = 9.9"},
		{"PRICE=gte.5.00", "price >= 5"},
		{"PRICE=lt.1e1", "price < 10"},
		{"ID=in.(1,3,7)", "id IN (1, 3, 7)"},
		{"ID=not.in.(1,3)", "id NOT IN (1, 3)"},
		{"ID=in.()", "1 = 0"},
		{"TITLE=eq.Alien", "title = 'Alien'"},
		{"TITLE=eq." + strings.Repeat("x", 300), "1 = 0"},
		{"TITLE=neq.Alien", "title <> 'Alien'"},
		{"TITLE=like.Al*", "title LIKE 'Al%'"},
		{"TITLE=like.al*", "1 = 0"},
		{"TITLE=ilike.aL*", "upper(title) LIKE 'AL%'"},
		{"TITLE=ilike.*ö", "id = 2"},
		{`TITLE=like.100\%\_\\*`, "id = 2"},
		{`TITLE=like.A\lien`, "id = 1"},
		{"CODE=like.ab", "id = 1"},
		{"CODE=eq.ab", "id = 1"},
		{"PRICE=like.9*", "id = 1"},
		{"SEEN=is.true", "seen IS TRUE"},
		{"SEEN=not.is.false", "seen IS NOT FALSE"},
		{"SEEN=is.unknown", "seen IS UNKNOWN"},
		{"SEEN=eq.yes", "seen = TRUE"},
		{"TITLE=is.null", "title IS NULL"},
		{"TITLE=isdistinct.Alien", "title IS DISTINCT FROM 'Alien'"},
		{"MADE=gt.1999-12-31", "made > DATE '1999-12-31'"},
		{"SHOWN=eq.2024-03-31T02:30:00.5", "id = 1"},
		{"SHOWN=eq.2000-01-01T01:00:00+01:00", "id = 2"},
		{"PLOT=eq.A ship, ä", "id = 1"},
		{`RAW=eq.\x0102`, "id = 1"},
		{`TAG=eq.\x0a`, "id = 1"},
		{`TAG=eq.\x0a0b0c0d0e0f`, "1 = 0"},
		{"STARS=eq.0.1", "stars = 0.1e0"},
		{"STARS=gt.1", "stars > 1"},
		{"SMALL=eq.0.1", "id = 1"},
		{"or=(ID.eq.1,and(ID.gt.2,TITLE.not.is.not_null))", "id IN (1, 3)"},
	} {
		code, body := get(h, "/ALL_FILMS?select=ID&order=ID&"+parameters(c.query))
		expected := "[" + textOf(t, db, `SELECT coalesce(list('{"ID":' || id || '}'), '') FROM (`+
			"SELECT id FROM films WHERE "+c.sql+" ORDER BY id)") + "]"
		want(t, c.query, code, body, 200, expected)
	}
	for _, c := range []struct {
		reason, query string
		code          int
		want, ranges  string
	}{
		{"columns by other names", "select=n:TITLE,ID&ID=eq.1", 200, `[{"n":"Alien","ID":1}]`, ""},
		{"NULL last", "select=ID&order=PRICE.desc.nullslast", 200, `[{"ID":1},{"ID":2},{"ID":3}]`, ""},
		{"NULL first", "select=ID&order=PRICE.nullsfirst,ID", 200, `[{"ID":3},{"ID":2},{"ID":1}]`, ""},
		{"a page", "select=ID&order=ID&limit=1&offset=1", 200, `[{"ID":2}]`, "1-1/*"},
		{"a page without rows", "select=ID&limit=0", 200, `[]`, "*/*"},
		{"an offset alone", "select=ID&order=ID&offset=2", 200, `[{"ID":3}]`, "2-2/*"},
		{"a column that does not exist", "nothing=eq.1", 400, "", ""},
		{"a fraction of what has none", "ID=eq.1.5", 400, "", ""},
		{"more decimal places than there are", "PRICE=gt.1.005", 400, "", ""},
		{"an operator that Firebird lacks", "TITLE=match.A", 400, "", ""},
		{"a value of another type", "ID=eq.x", 400, "", ""},
		{"a time that is not valid", "SHOWN=eq.x", 400, "", ""},
		{"is true of what is no truth value", "TITLE=is.true", 400, "", ""},
		{"a path", "TITLE->a=eq.1", 400, "", ""},
		{"SQL in the name of a column", `select=ID"; DROP TABLE films; --`, 400, "", ""},
	} {
		w := handlertest.Serve(h, handlertest.Get("/ALL_FILMS?"+parameters(c.query)))
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
		"select=ID&order=ID&limit=2": "0-1/3", "select=ID&limit=0": "*/3", "select=TITLE&ID=gt.7": "*/0",
		"select=ID,TITLE,PLOT&order=ID.desc&offset=1": "1-2/3",
	} {
		w := handlertest.Serve(h, handlertest.Get("/ALL_FILMS?"+query, "Prefer", "count=exact"))
		if w.Header().Get("Content-Range") != ranges || w.Code >= 400 {
			t.Errorf("%s: %d %s %s", query, w.Code, w.Header().Get("Content-Range"), w.Body)
		}
	}
}

// TestShownValuesCanBeSentBack filters by each value of the first film that a response shows.
func TestShownValuesCanBeSentBack(t *testing.T) {
	h, _ := api(t, open(t, films...))
	_, body := get(h, "/ALL_FILMS?ID=eq.1")
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &rows); err != nil || len(rows) != 1 || len(rows[0]) != 12 {
		t.Fatal(body, err)
	}
	for name, value := range rows[0] {
		text := string(value)
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		code, body := get(h, "/ALL_FILMS?select=ID&"+name+"=eq."+url.QueryEscape(text))
		want(t, name+" "+text, code, body, 200, `[{"ID":1}]`)
	}
}

// TestRoutinesOfACatalog calls all kinds of them by what the catalog knows.
func TestRoutinesOfACatalog(t *testing.T) {
	db := open(t, cars...)
	run(t, db, `CREATE PROCEDURE "lower case" (a INTEGER = 1, b INTEGER = 2, "c d" INTEGER = 3)
		RETURNS ("s" VARCHAR(20)) AS BEGIN "s" = coalesce(a, '-') || b || "c d"; SUSPEND; END`,
		`CREATE PROCEDURE typed (b BOOLEAN, t TIMESTAMP, x BLOB, o CHAR(2) CHARACTER SET OCTETS) RETURNS
		(b2 BOOLEAN, t2 TIMESTAMP, x2 BLOB, o2 CHAR(2) CHARACTER SET OCTETS) AS
		BEGIN b2 = b; t2 = t; x2 = x; o2 = o; END`,
		"CREATE PACKAGE garage AS BEGIN FUNCTION room (n INTEGER) RETURNS INTEGER; "+
			"PROCEDURE places RETURNS (p INTEGER); END",
		"CREATE PACKAGE BODY garage AS BEGIN "+
			"FUNCTION room (n INTEGER) RETURNS INTEGER AS BEGIN RETURN n + 1; END "+
			"PROCEDURE places RETURNS (p INTEGER) AS BEGIN p = 7; SUSPEND; END "+
			"PROCEDURE hidden RETURNS (p INTEGER) AS BEGIN p = 7; SUSPEND; END END")
	h, cat := api(t, db)
	for _, c := range []struct {
		reason, target, body string
		code                 int
		want                 string
	}{
		{"a selectable one", "/CHEAP_CARS?MOST=50&select=NAME", "", 200, `[{"NAME":"Bob"}]`},
		{"with POST", "/CHEAP_CARS", `{"MOST": 200, "TOP": 1}`, 200,
			`[{"ID":1,"NAME":"Ada","PRICE":100.50}]`},
		{"a function", "/TWICE", `{"N": 1.00005, "TIMES": 3}`, 200, "3.0003"},
		{"a function with GET, and a default", "/TWICE?N=21", "", 200, "42.0000"},
		{"an executable one", "/ADD_CAR", `{"ID":8,"NAME":"é","PRICE":"3.10","ELECTRIC":false}`, 200,
			`{"ADDED":8,"ABOUT":"é"}`},
		{"one that is refused", "/ADD_CAR", `{"ID":9,"NAME":"x","PRICE":0,"ELECTRIC":null}`, 400, ""},
		{"defaults", "/lower%20case", "", 200, `[{"s":"123"}]`},
		{"names are exact", "/lower%20case?a=5", "", 404, ""},
		{"a default after what is given", "/lower%20case?A=5", "", 200, `[{"s":"523"}]`},
		{"defaults before what is given", "/lower%20case?c%20d=9", "", 200, `[{"s":"129"}]`},
		{"values of their types", "/TYPED",
			`{"B":"on","T":"2024-01-02T03:04:05","X":"\\xff00","O":"\\x0102"}`, 200,
			`{"B2":true,"T2":"2024-01-02T03:04:05","X2":"\\xff00","O2":"\\x0102"}`},
		{"a package is not served", "/ROOM", `{"N":1}`, 404, ""},
		{"an argument is missing", "/TWICE", "{}", 404, ""},
	} {
		code, body := 0, ""
		if c.body == "" {
			code, body = get(h, c.target)
		} else {
			code, body = post(h, c.target, c.body)
		}
		if c.want == "" {
			body = ""
		}
		want(t, c.reason, code, body, c.code, c.want)
	}
	if code, body := post(h, "/DROP_CARS", "{}"); code >= 300 {
		t.Errorf("a procedure without a result: %d %s", code, body)
	}
	if n := textOf(t, db, "SELECT count(*) FROM cars"); n != "0" {
		t.Errorf("it has left %s cars", n)
	}
	if len(cat.Current().Lookup("", "CHEAP_CARS")) != 1 {
		t.Error("the catalog does not have CHEAP_CARS")
	}
	h, cat = api(t, db, "GARAGE")
	code, body := post(h, "/ROOM", `{"N":1}`)
	want(t, "a function of a package", code, body, 200, "2")
	code, body = get(h, "/PLACES")
	want(t, "a procedure of a package", code, body, 200, `[{"P":7}]`)
	if n := len(cat.Current().Routines()); n != 2 {
		t.Errorf("the package has %d routines", n)
	}
	if _, err := catalog.LoadFirebird(t.Context(), db, "NONE"); err == nil {
		t.Error("a package that does not exist is loaded")
	}
}

// TestGetOnlyReads: a selectable procedure that writes is refused, and has no effect.
func TestGetOnlyReads(t *testing.T) {
	db := open(t, "CREATE TABLE log (n INTEGER)", "CREATE PROCEDURE note RETURNS (n INTEGER) AS "+
		"BEGIN INSERT INTO log VALUES (1); n = 1; SUSPEND; END")
	h, _ := api(t, db)
	code, _ := get(h, "/NOTE")
	want(t, "GET", code, "", 405, "")
	if n := textOf(t, db, "SELECT count(*) FROM log"); n != "0" {
		t.Errorf("it has written %s rows", n)
	}
	code, body := post(h, "/NOTE", "{}")
	want(t, "POST", code, body, 200, `[{"N":1}]`)
	if n := textOf(t, db, "SELECT count(*) FROM log"); n != "1" {
		t.Errorf("it has written %s rows", n)
	}
}

// TestRightsAreThoseOfTheUser who is connected.
func TestRightsAreThoseOfTheUser(t *testing.T) {
	of := dsn(t)
	owner := connect(t, of("SYSDBA"))
	run(t, owner, cars...)
	run(t, owner, "CREATE OR ALTER USER reader PASSWORD 'masterkey'",
		"GRANT EXECUTE ON PROCEDURE numbers TO reader", "GRANT EXECUTE ON FUNCTION twice TO PUBLIC")
	db := connect(t, of("READER"))
	_, cat := api(t, db)
	var names []string
	for _, r := range cat.Current().Routines() {
		names = append(names, r.Name)
	}
	if got := strings.Join(names, " "); got != "NUMBERS TWICE" {
		t.Errorf("the user may call %s", got)
	}
	code, _ := get(calling(db, false).Handler("cheap_cars", moresql.Fields("most")), "/?most=1")
	want(t, "a right that is missing", code, "", 401, "")
}

// TestOpenAPIDescribesProcedures has the types of parameters and columns.
func TestOpenAPIDescribesProcedures(t *testing.T) {
	db := open(t, films...)
	run(t, db, "CREATE PROCEDURE find (a INTEGER, b VARCHAR(5) = 'x') RETURNS (n INTEGER) AS "+
		"BEGIN SUSPEND; END")
	_, cat := api(t, db)
	document := string(openapi.Document(cat.Current(), openapi.About{Title: "films"}))
	for _, part := range []string{`"/rpc/ALL_FILMS"`, `All films that there are`, `"/rpc/FIND"`} {
		if !strings.Contains(document, part) {
			t.Errorf("the document has no %s: %s", part, document)
		}
	}
}

// TestBatchIsAllOrNothing runs calls of all kinds in one transaction.
func TestBatchIsAllOrNothing(t *testing.T) {
	db := open(t, cars...)
	h, _ := api(t, db)
	const add = `{"call":"ADD_CAR","args":{"ID":7,"NAME":"x","PRICE":1,"ELECTRIC":true}}`
	code, body := post(h, "/", "["+add+`,{"call":"TWICE","args":{"N":2}},
		{"call":"CHEAP_CARS","args":{"MOST":1}},{"call":"DROP_CARS"}]`)
	want(t, "each kind", code, body, 200,
		`[{"ADDED":7,"ABOUT":"x"},4.0000,[{"ID":7,"NAME":"x","PRICE":1.00}],null]`)
	if n := textOf(t, db, "SELECT count(*) FROM cars"); n != "0" {
		t.Errorf("%s cars are left", n)
	}
	code, _ = post(h, "/", "["+add+","+add+"]")
	want(t, "the second fails", code, "", 409, "")
	if n := textOf(t, db, "SELECT count(*) FROM cars"); n != "0" {
		t.Errorf("%s cars are kept", n)
	}
	var got []string
	for rows, err := range calling(db, true).Batch(t.Context(), func(
		yield func(string, []any) bool,
	) {
		_ = yield("add_car", []any{1, "a", 1, true}) && yield("add_car", []any{2, "b", 1, true})
	}) {
		if err != nil {
			t.Fatal(err)
		}
		for r, err := range rows.All() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r.Get("ADDED").String())
		}
	}
	if strings.Join(got, " ") != "1 2" {
		t.Errorf("the program gets %v", got)
	}
}
