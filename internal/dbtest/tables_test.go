package dbtest

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// tablesSchema has relations that lead to each other in every way, and names that need quotes.
var tablesSchema = []string{
	`DROP SCHEMA IF EXISTS tabled CASCADE`, `DROP SCHEMA IF EXISTS tabled_two CASCADE`,
	`CREATE SCHEMA tabled`, `CREATE SCHEMA tabled_two`,
	`CREATE TABLE tabled.people (id int PRIMARY KEY, name text NOT NULL, born date,
		boss int CONSTRAINT boss_key REFERENCES tabled.people, data jsonb, "The ""Tags" text[])`,
	`CREATE TABLE tabled.films (id int PRIMARY KEY, title text, year int, price numeric(6,2),
		director_id int CONSTRAINT director REFERENCES tabled.people,
		writer_id int CONSTRAINT writer REFERENCES tabled.people)`,
	`CREATE TABLE tabled.plots (film_id int PRIMARY KEY REFERENCES tabled.films, plot text)`,
	`CREATE TABLE tabled.roles (film_id int REFERENCES tabled.films, person_id int
		REFERENCES tabled.people, role text, PRIMARY KEY (film_id, person_id))`,
	`CREATE TABLE tabled.pictures (id int PRIMARY KEY, film_id int REFERENCES tabled.films,
		picture bytea, taken timestamptz, weight float8)`,
	`CREATE TABLE tabled.prints ("select" int PRIMARY KEY, t text, "a b" text)`,
	`CREATE VIEW tabled.titles AS SELECT id AS film, title, director_id AS by FROM tabled.films`,
	`CREATE TABLE tabled_two.prints (here text)`, `INSERT INTO tabled_two.prints VALUES ('two')`,
	`INSERT INTO tabled.people VALUES (1, 'Ann', '1960-01-02', NULL, '{"a": {"b": [1, 2]}}', '{x,y}'),
		(2, 'Bob', NULL, 1, '{"a": {"b": []}}', '{}'), (3, 'Cid', '1980-12-31', 1, NULL, NULL),
		(4, 'Dan', '1990-05-05', 2, 'null', '{NULL}')`,
	`INSERT INTO tabled.films VALUES (1, 'Up', 2009, 9.90, 1, 2), (2, 'Down', 2010, NULL, 1, NULL),
		(3, 'Left', 1999, 0.50, 3, 3), (4, NULL, NULL, 1, NULL, 1)`,
	`INSERT INTO tabled.plots VALUES (1, 'A "house"'), (3, 'Lost')`,
	`INSERT INTO tabled.roles VALUES (1, 2, 'lead'), (1, 3, 'dog'), (2, 2, 'lead'), (3, 4, NULL)`,
	`INSERT INTO tabled.pictures VALUES (1, 1, '\x00ff', '2024-01-02 03:04:05+00', 0.1),
		(2, 1, NULL, 'infinity', 'NaN'), (3, 2, '', NULL, 1e300)`,
	`INSERT INTO tabled.prints VALUES (1, 't', 'x'), (2, 'u', 'y')`,
	`ANALYZE tabled.films`,
	`CREATE DOMAIN tabled.color AS int`,
	`CREATE FUNCTION tabled.json(tabled.color) RETURNS json LANGUAGE sql IMMUTABLE
		AS $$ SELECT to_json('#' || lpad(to_hex($1::int), 6, '0')) $$`,
	`CREATE FUNCTION tabled.color(text) RETURNS tabled.color LANGUAGE sql IMMUTABLE
		AS $$ SELECT ('x' || lpad(substr($1, 2), 8, '0'))::bit(32)::int $$`,
	`SET client_min_messages = error`, // a cast is ignored because the source data type is a domain
	`CREATE CAST (tabled.color AS json) WITH FUNCTION tabled.json(tabled.color) AS IMPLICIT`,
	`CREATE CAST (text AS tabled.color) WITH FUNCTION tabled.color(text) AS IMPLICIT`,
	`CREATE TABLE tabled.paints (id int PRIMARY KEY, shade tabled.color, over_id int
		CONSTRAINT over REFERENCES tabled.paints)`,
	`INSERT INTO tabled.paints VALUES (1, 255, NULL), (2, 65536, 1), (3, NULL, 2)`,
	`CREATE FUNCTION tabled.initial(tabled.people) RETURNS text LANGUAGE sql STABLE
		AS $$ SELECT left($1.name, 1) $$`,
	`CREATE FUNCTION tabled.works(tabled.people) RETURNS SETOF tabled.films LANGUAGE sql STABLE
		AS 'SELECT * FROM tabled.films WHERE $1.id IN (director_id, writer_id)'`,
	`CREATE FUNCTION tabled.older(n int) RETURNS SETOF tabled.people LANGUAGE sql STABLE
		AS 'SELECT * FROM tabled.people WHERE id < n'`,
	`CREATE FUNCTION tabled.one(n int) RETURNS tabled.people LANGUAGE sql STABLE
		AS 'SELECT * FROM tabled.people WHERE id = n'`,
}

// rowsAs returns a query of the JSON of rows, in an order.
func rowsAs(columns, from, order string) string {
	const query = "SELECT coalesce(json_agg(r), '[]') FROM (SELECT %s FROM tabled.%s ORDER BY %s) r"
	return fmt.Sprintf(query, columns, from, order)
}

// The queries of what is wanted are written by hand, with joins and json_agg.
var tableRules = []rule{
	{reason: "a whole table", target: "/people?order=id", status: 200,
		want: rowsAs("*", "people", "id"), fields: map[string]string{"Content-Range": "0-3/*"}},
	{reason: "a view", target: "/titles?order=film", status: 200, want: rowsAs("*", "titles", "film")},
	{reason: "every type", target: "/pictures?order=id", status: 200,
		want: rowsAs("*", "pictures", "id")},
	{reason: "names that need quotes",
		target: "/prints?select=select,t,%22a%20b%22&t=eq.u&order=select",
		status: 200, want: `SELECT json_agg(r) FROM tabled.prints r WHERE t = 'u'`},
	{reason: "other names", target: `/people?select=n:name,the:%22The%20\%22Tags%22&order=id`,
		status: 200, want: rowsAs(`name AS n, "The ""Tags" AS the`, "people", "id")},
	{reason: "casts",
		target: "/films?select=id::text,y:year::float8,price::int[]&id=lt.0", status: 400},
	{reason: "casts of values", target: "/films?select=id::text,y:year::float8,price::text&order=id",
		status: 200, want: rowsAs("id::text, year::float8 AS y, price::text", "films", "id")},
	{reason: "a cast to what is no type", target: "/films?select=id::nothing", status: 400,
		code: "42704"},
	{reason: "paths", target: "/people?select=id,b:data->a->b,data->a->b->>0&order=id", status: 200,
		want: rowsAs(`id, data->'a'->'b' AS b, data->'a'->'b'->>0 AS "b"`, "people", "id")},
	{reason: "a filter by a path", target: "/people?data->a->b->0=eq.1&select=id", status: 200,
		want: rowsAs("id", "people WHERE data->'a'->'b'->0 = '1'", "id")},
	{reason: "a function of the row", target: "/people?select=id,initial,i:initial&initial=gt.A" +
		"&order=initial.desc", status: 200, want: rowsAs("id, tabled.initial(p), tabled.initial(p) AS i",
		"people p WHERE tabled.initial(p) > 'A'", "2 DESC")},
	{reason: "conditions",
		target: "/films?or=(year.gt.2009,and(price.lt.1,title.not.is.null))&order=id",
		status: 200, want: rowsAs("*", "films WHERE year > 2009 OR price < 1 AND title IS NOT NULL",
			"id")},
	{reason: "a type that says how it is written",
		target: "/paints?select=id,shade,over:over_id(shade)&order=id",
		status: 200, want: rowsAs(`id, tabled.json(shade) AS shade, (SELECT row_to_json(o)
			FROM (SELECT tabled.json(shade) AS shade FROM tabled.paints u WHERE u.id = paints.over_id) o)
			AS over`,
			"paints", "id")},
	{reason: "the same in other formats",
		target: "/paints?select=id,shade&id=lt.3&order=id", status: 200,
		header: []string{"Accept", csvType}, exact: "id,shade\r\n1,255\r\n2,65536\r\n"},
	{reason: "a type that says how it is read", target: "/paints?select=id&shade=gt.%230000ff",
		status: 200, want: rowsAs("id", "paints WHERE shade > tabled.color(text '#0000ff')", "id")},
	{reason: "several of them", target: "/paints?select=id&shade=in.(%230000ff,%23010000)&order=id",
		status: 200, want: rowsAs("id", "paints WHERE shade IN (255, 65536)", "id")},
	{reason: "grouped by it", target: "/paints?select=shade,count()", status: 400, code: "PGRST123"},
	{reason: "a page", target: "/people?order=id.desc&limit=2&offset=1", status: 200,
		want:   rowsAs("*", "people WHERE id IN (2, 3)", "id DESC"),
		fields: map[string]string{"Content-Range": "1-2/*"}},
	{reason: "a range that is counted", target: "/people?select=id&order=id",
		header: []string{"Range", "1-2", "Prefer", "count=exact"}, status: 206,
		want: rowsAs("id", "people WHERE id IN (2, 3)", "id"), fields: map[string]string{
			"Content-Range": "1-2/4", "Preference-Applied": "count=exact"}},
	{reason: "a count with filters", target: "/films?director_id=eq.1&select=id&limit=1&order=id",
		header: []string{"Prefer", "count=exact"}, status: 206, want: "'[{\"id\": 1}]'",
		fields: map[string]string{"Content-Range": "0-0/2"}},
	{reason: "few rows, estimated", target: "/films?select=id&order=id&limit=1", status: 206,
		header: []string{"Prefer", "count=estimated"}, want: "'[{\"id\": 1}]'",
		fields: map[string]string{"Content-Range": "0-0/4", "Preference-Applied": "count=estimated"}},
	{reason: "what is for writing alone", status: 200, want: "'[{\"id\": 1}]'",
		target: "/films?columns=id,none&on_conflict=none&select=id&order=id&limit=1"},
	{reason: "after the last row", target: "/films?offset=9", status: 416, code: "PGRST103",
		header: []string{"Prefer", "count=exact"}},
	{reason: "one row", target: "/people?id=eq.1&select=name", header: []string{"Accept", object},
		status: 200, want: `'{"name": "Ann"}'`},
	{reason: "not one row", target: "/people", header: []string{"Accept", object}, status: 406,
		code: "PGRST116"},
	{reason: "CSV", target: "/films?select=id,title&order=id", header: []string{"Accept", csvType},
		status: 200, exact: "id,title\r\n1,Up\r\n2,Down\r\n3,Left\r\n4,\r\n"},
	{reason: "the header alone", method: "HEAD", target: "/people", status: 200,
		header: []string{"Prefer", "count=exact"}, fields: map[string]string{"Content-Range": "0-3/4"}},
	{reason: "methods", method: "OPTIONS", target: "/people", status: 204,
		fields: map[string]string{"Allow": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}},
	{reason: "another method", method: "TRACE", target: "/people", status: 405, code: "PGRST117"},
	{reason: "no such table", target: "/peple", status: 404, code: "PGRST205"},
	{reason: "no such path", target: "/people/1", status: 404, code: "PGRST125"},
	{reason: "no such column", target: "/people?nme=eq.1", status: 400, code: "42703"},
	{reason: "no such column to select", target: "/people?select=nme", status: 400, code: "42703"},
	{reason: "a value of another type", target: "/people?id=eq.x", status: 400, code: "22P02"},
	{reason: "another schema", target: "/prints", header: []string{"Accept-Profile", "tabled_two"},
		status: 200, want: `'[{"here": "two"}]'`,
		fields: map[string]string{"Content-Profile": "tabled_two"}},
	{reason: "a table of the first schema alone", target: "/people", status: 404,
		header: []string{"Accept-Profile", "tabled_two"}, code: "PGRST205"},
	{reason: "no such schema", target: "/people", header: []string{"Accept-Profile", "public"},
		status: 406, code: "PGRST106"},
}

func TestTablesRespondAsTheDatabaseComputes(t *testing.T) { testTables(t, tableRules) }

// testTables has rules hold on every driver, with the options that change the statement.
func testTables(t *testing.T, rules []rule, more ...moresql.Option) {
	setUp(t, openPostgres(t), tablesSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "tabled", "tabled_two")
		formats := moresql.Encoders(encoder.JSON(), encoder.CSV())
		for name, options := range map[string][]moresql.Option{
			"plain": {formats}, "settings": {formats, rest.HTTPSettings()},
			"pages": {formats, rest.MaxPage(100)},
		} {
			m := moresql.New(db, quiet).With(more...)
			serveRules(t, db, name, rules, rest.Tables(m, cat, options...),
				rest.Routines(m, cat, options...))
		}
	})
}

// serveRules has rules hold of tables, and of routines where their targets begin with /rpc.
func serveRules(
	t *testing.T, db *sql.DB, name string, rules []rule, tables, routines http.Handler,
) {
	t.Helper()
	tablesURL, routinesURL := listen(t, tables), listen(t, routines)
	for _, r := range rules {
		if target, ok := strings.CutPrefix(r.target, "/rpc"); ok {
			r.target = target
			r.check(t, db, name, routinesURL)
		} else {
			r.check(t, db, name, tablesURL)
		}
	}
}

// What a role may not read the database refuses, column by column.
func TestTablesKeepToTheRightsOfTheRole(t *testing.T) {
	setUp(t, openPostgres(t), rolesSchema...)
	setUp(t, openPostgres(t),
		`CREATE TABLE roles.secrets (id int, open text, secret text)`,
		`INSERT INTO roles.secrets VALUES (1, 'o', 's'), (2, 'p', 't')`,
		`GRANT SELECT (id, open) ON roles.secrets TO roles_anon`,
		`GRANT SELECT ON roles.secrets TO roles_user`,
		`ALTER TABLE roles.secrets ENABLE ROW LEVEL SECURITY`,
		`CREATE POLICY all_of_them ON roles.secrets TO roles_anon USING (true)`,
		`CREATE POLICY one ON roles.secrets TO roles_user USING (id = 2)`)
	for _, driver := range []string{"postgres", "pgx"} {
		db := openAs(t, driver, "roles_login")
		url := listen(t, rest.Tables(moresql.New(db, quiet, rest.Session(byHeader)), load(t, db,
			"roles")))
		for _, test := range []struct {
			role, target string
			status       int
			want         string
		}{
			{"roles_anon", "/secrets?select=id,open&order=id", 200,
				`[{"id":1,"open":"o"},{"id":2,"open":"p"}]`},
			{"roles_anon", "/secrets?select=id,secret", 403, ""},
			{"roles_anon", "/secrets?secret=eq.s&select=id", 403, ""},
			{"roles_anon", "/secrets?select=id&order=secret", 403, ""},
			{"roles_anon", "/secrets", 403, ""},
			{"roles_user", "/secrets", 200, `[{"id":2,"open":"p","secret":"t"}]`},
			{"roles_user", "/secrets?id=eq.1", 200, `[]`},
			{"roles_deep", "/secrets?select=id", 403, ""},
		} {
			got := send(t, "GET", url+test.target, "", "X-Role", test.role, "X-User", "u")
			if got.status != test.status || test.want != "" && got.body != test.want {
				t.Errorf("%s, %s %s: %d %s, want %d %s", driver, test.role, test.target, got.status,
					got.body, test.status, test.want)
			}
		}
	}
}
