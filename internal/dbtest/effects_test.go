package dbtest

import (
	"database/sql"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// Each of these writes rows to effects.log and then returns something.
var effectsSchema = []string{
	"DROP SCHEMA IF EXISTS effects CASCADE", "CREATE SCHEMA effects",
	"CREATE TABLE effects.log (n int)",
	`CREATE FUNCTION effects.two() RETURNS TABLE (n int) LANGUAGE sql
		AS 'INSERT INTO effects.log VALUES (1), (2) RETURNING n'`,
	`CREATE FUNCTION effects.value() RETURNS int LANGUAGE sql
		AS 'INSERT INTO effects.log VALUES (1) RETURNING n'`,
	`CREATE FUNCTION effects.none() RETURNS TABLE (n int) LANGUAGE plpgsql
		AS $$ BEGIN INSERT INTO effects.log VALUES (1); END $$`,
	`CREATE FUNCTION effects.many() RETURNS TABLE (n int, t text) LANGUAGE plpgsql
		AS $$ BEGIN INSERT INTO effects.log VALUES (1);
			RETURN QUERY SELECT i, repeat('x', 100) FROM generate_series(1, 5000) i; END $$`,
	`CREATE FUNCTION effects.declines() RETURNS TABLE (n int) LANGUAGE sql AS $$
		INSERT INTO effects.log VALUES (1);
		SELECT 1 FROM set_config('response.status', '422', true) $$`,
	`CREATE FUNCTION effects.records() RETURNS SETOF record LANGUAGE sql
		AS $$ INSERT INTO effects.log VALUES (1);
			SELECT i, repeat('x', 100) FROM generate_series(1, 5000) i $$`,
	`CREATE FUNCTION effects.three() RETURNS SETOF record LANGUAGE sql
		AS 'INSERT INTO effects.log VALUES (1), (2), (3) RETURNING n'`,
	`CREATE FUNCTION effects.reads() RETURNS SETOF record LANGUAGE sql STABLE
		AS 'SELECT i AS f1, i AS f2 FROM generate_series(1, 3) i'`,
	`CREATE FUNCTION effects.own("limit" int) RETURNS TABLE (n int) LANGUAGE sql STABLE
		AS 'SELECT generate_series(1, "limit")'`,
	`CREATE FUNCTION effects.records_of("limit" int) RETURNS SETOF record LANGUAGE sql STABLE
		AS 'SELECT generate_series(1, "limit") AS n, 0 AS m'`,
	`CREATE PROCEDURE effects.proc(INOUT a text) LANGUAGE plpgsql
		AS $$ BEGIN INSERT INTO effects.log VALUES (1); END $$`,
	`CREATE PROCEDURE effects.commits() LANGUAGE plpgsql
		AS $$ BEGIN INSERT INTO effects.log VALUES (1); COMMIT;
			INSERT INTO effects.log VALUES (2); ROLLBACK; END $$`,
}

const singleType = "application/vnd.pgrst.object+json"

// TestErrorAnsweredHasHadNoEffect lets responses become errors after their call has run, and counts
// what is left in the database: nothing, unless the response is a success.
func TestErrorAnsweredHasHadNoEffect(t *testing.T) {
	setUp(t, openPostgres(t), effectsSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "effects")
		m := moresql.New(db, quiet)
		fails := moresql.Hooks{Row: func(*row.Row) error { return errors.New("no") }}
		single, count := []string{"Accept", singleType}, []string{"Prefer", "count=exact"}
		rpc := func(options ...moresql.Option) http.Handler { return rest.Routines(m, cat, options...) }
		for _, test := range []struct {
			reason         string
			h              http.Handler
			method, target string
			body           string
			header         []string
			status, rows   int // 0 for an aborted response
		}{
			{reason: "a single object of two rows", h: rpc(), target: "/two", header: single, status: 406},
			{reason: "a single object of none", h: rpc(), target: "/none", header: single, status: 406},
			{reason: "an offset after the last row", h: rpc(), target: "/two?offset=9", header: count,
				status: 416},
			{reason: "a value and an offset", h: rpc(), target: "/value?offset=1", status: 404},
			{reason: "too many rows", h: rpc(moresql.Limits{Rows: 1}), target: "/two", status: 500},
			{reason: "too many bytes", h: rpc(moresql.Limits{Bytes: 5}), target: "/two", status: 500},
			{reason: "too many rows, late", h: rpc(moresql.Limits{Rows: 4000}), target: "/many"},
			{reason: "too many bytes, late", h: rpc(moresql.Limits{Bytes: 100_000}), target: "/many"},
			{reason: "a hook that fails", h: rpc(fails), target: "/two", status: 500},
			{reason: "a template that fails", h: rpc(moresql.Response{Redirect: "/{x}"}), target: "/two",
				status: 500},
			{reason: "a status that the function sets", h: rpc(rest.HTTPSettings()), target: "/declines",
				status: 422},
			{reason: "OUT parameters over a limit", h: rpc(moresql.Limits{Bytes: 20}), target: "/proc",
				body: `{"a": "` + strings.Repeat("x", 99) + `"}`, status: 500},
			{reason: "records over a page", h: rpc(rest.MaxPage(500)), target: "/records"},
			{reason: "records over a page, with settings",
				h: rpc(rest.MaxPage(500), rest.HTTPSettings()), target: "/records"},
			{reason: "a handler with Query", h: m.Handler("effects.two", rest.Query()), target: "/",
				header: single, status: 406},
			{reason: "a handler with Query, by GET", h: m.Handler("effects.two", rest.Query()),
				method: "GET", target: "/", header: single, status: 406},
			{reason: "an offset of a handler, by GET", h: m.Handler("effects.two", rest.Query()),
				method: "GET", target: "/?offset=9", header: count, status: 416},
			{reason: "Atomic and several rows", target: "/", status: 500,
				h: m.Handler("effects.two", moresql.Atomic(), moresql.Shape(row.One))},
			{reason: "Atomic and no row", target: "/", status: 404,
				h: m.Handler("effects.none", moresql.Atomic(), moresql.Shape(row.One))},
			{reason: "Atomic and a limit", target: "/",
				h: m.Handler("effects.many", moresql.Atomic(), moresql.Limits{Rows: 4000})},

			{reason: "a success", h: rpc(), target: "/two", status: 200, rows: 2},
			{reason: "Atomic and a success", target: "/", status: 200, rows: 2,
				h: m.Handler("effects.two", moresql.Atomic())},
			{reason: "OUT parameters", h: rpc(), target: "/proc", body: `{"a": ""}`, status: 200, rows: 1},
			{reason: "a procedure that commits", h: rpc(), target: "/commits", status: 204, rows: 1},
			{reason: "a limit of 0", h: rpc(), target: "/two?limit=0", status: 200, rows: 2},
			{reason: "a limit of 0 with settings", h: rpc(rest.HTTPSettings()), target: "/two?limit=0",
				status: 200, rows: 2},
			{reason: "a limit of 0 and a handler", h: m.Handler("effects.two", rest.Query()),
				method: "GET", target: "/?limit=0", status: 200, rows: 2},
			{reason: "a filter that nothing matches", h: rpc(), target: "/two?n=in.()", status: 200,
				rows: 2},
			{reason: "a filter that contradicts itself", h: rpc(),
				target: "/two?n=is.null&n=eq.1", status: 200, rows: 2},
			{reason: "a page", h: rpc(rest.MaxPage(1)), target: "/two", status: 200, rows: 2},
			{reason: "a page of records", h: rpc(rest.MaxPage(1)), target: "/three", status: 200,
				rows: 3},
		} {
			setUp(t, db, "TRUNCATE effects.log")
			if test.method == "" {
				test.method = "POST"
			}
			base := listen(t, test.h)
			status := statusOf(t, test.method, base+test.target, test.body, test.header...)
			if status != test.status {
				t.Errorf("%s: %d, want %d", test.reason, status, test.status)
			}
			if n := queryInt(t, db, "SELECT count(*) FROM effects.log"); n != test.rows {
				t.Errorf("%s: %d rows are left of a %d, want %d", test.reason, n, status, test.rows)
			}
		}
	})
}

// statusOf returns the status of a response, 0 for one that is cut.
func statusOf(t *testing.T, method, url, body string, header ...string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", jsonType)
	}
	for pair := range slices.Chunk(header, 2) {
		r.Header.Add(pair[0], pair[1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	defer client.CloseIdleConnections()
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0
	}
	return response.StatusCode
}

// TestCutListsSayThatTheyAre has MaxPage cut results of every kind: what is left out shows in the
// header, a link leads to it, or the request is refused.
func TestCutListsSayThatTheyAre(t *testing.T) {
	setUp(t, openPostgres(t), effectsSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		h := rest.Routines(moresql.New(db, quiet, rest.MaxPage(2)), load(t, db, "effects"))
		base := listen(t, h)
		for _, test := range []struct {
			method, target, ranged string
			status                 int
			contentRange, link     string
			body                   string
		}{
			{method: "POST", target: "/two", status: 200, contentRange: "0-1/2", body: `[{"n":1},{"n":2}]`},
			{method: "POST", target: "/many?select=n", status: 200, contentRange: "0-1/5000",
				body: `[{"n":1},{"n":2}]`},
			{method: "POST", target: "/many?select=n&limit=1", status: 200, contentRange: "0-0/*",
				body: `[{"n":1}]`},
			{method: "POST", target: "/many?select=n&offset=4999&limit=9", status: 200,
				contentRange: "4999-4999/5000", body: `[{"n":5000}]`},
			{method: "POST", target: "/many?offset=9999", status: 200, contentRange: "*/5000", body: `[]`},
			{method: "GET", target: "/reads", status: 200, contentRange: "0-1/*",
				link: `<?limit=2&offset=2>; rel="next"`, body: `[{"f1":1,"f2":1},{"f1":2,"f2":2}]`},
			{method: "GET", target: "/reads?limit=2&offset=2", status: 200, contentRange: "2-2/*",
				link: `<?limit=2&offset=0>; rel="prev"`, body: `[{"f1":3,"f2":3}]`},
			{method: "GET", target: "/reads", ranged: "1-9", status: 200, contentRange: "1-2/*",
				link: `<?limit=2&offset=3>; rel="next"`, body: `[{"f1":2,"f2":2},{"f1":3,"f2":3}]`},
			{method: "GET", target: "/reads?limit=9223372036854775807&offset=9223372036854775807",
				status: 200, contentRange: "*/*", body: `[]`,
				link: `<?limit=2&offset=9223372036854775805>; rel="prev"`},
			{method: "GET", target: "/own?limit=5", status: 200, contentRange: "0-1/5",
				body: `[{"n":1},{"n":2}]`},
			{method: "GET", target: "/own?limit=5", ranged: "4-9", status: 200, contentRange: "4-4/5",
				body: `[{"n":5}]`},
			{method: "GET", target: "/records_of?limit=5", status: 200, contentRange: "0-1/5",
				body: `[{"n":1,"m":0},{"n":2,"m":0}]`},
			{method: "GET", target: "/reads?select=f1", status: 400},
			{method: "POST", target: "/three", status: 200, contentRange: "0-1/3",
				body: `[{"n":1},{"n":2}]`},
			{method: "POST", target: "/records?limit=2", status: 400},
		} {
			a := send(t, test.method, base+test.target, "", "Range", test.ranged)
			if a.status != test.status || test.status == 200 && (a.body != test.body ||
				a.header.Get("Content-Range") != test.contentRange || a.header.Get("Link") != test.link) {
				t.Errorf("%s %s: %d %v %s", test.method, test.target, a.status, a.header, a.body)
			}
		}
	})
}

// TestErrorAnsweredHasHadNoEffectElsewhere is the same on MariaDB and SQLite.
func TestErrorAnsweredHasHadNoEffectElsewhere(t *testing.T) {
	maria, lite := openMariaDB(t), openSQLite(t)
	lite.SetMaxOpenConns(1)
	setUp(t, maria, "CREATE OR REPLACE DATABASE effects", "CREATE TABLE effects.log (n int)",
		`CREATE PROCEDURE effects.two() BEGIN INSERT INTO effects.log VALUES (1), (2);
			SELECT n FROM effects.log; END`)
	setUp(t, lite, "ATTACH ':memory:' AS effects", "CREATE TABLE effects.log (n int)")
	statements := loadStatements(t, fstest.MapFS{"two.sql": {
		Data: []byte("INSERT INTO effects.log VALUES (1), (2) RETURNING n"),
	}}, moresql.SQLite)
	cat, err := catalog.LoadMySQL(t.Context(), maria, "effects")
	if err != nil {
		t.Fatal(err)
	}
	m := moresql.New(maria, quiet, moresql.CallBy(moresql.Procedure{Dialect: moresql.MySQL}))
	l := moresql.New(lite, quiet, moresql.CallBy(statements))
	one := moresql.Shape(row.One)
	fails := moresql.Hooks{Row: func(*row.Row) error { return errors.New("no") }}
	for _, test := range []struct {
		reason       string
		db           *sql.DB
		h            http.Handler
		accept       string
		status, rows int
		contentRange string
	}{
		{reason: "MariaDB", db: maria, h: rest.Routines(m, cat), accept: singleType, status: 406},
		{reason: "MariaDB, a page", db: maria, h: rest.Routines(m, cat, rest.MaxPage(1)), status: 200,
			rows: 2, contentRange: "0-0/2"},
		{reason: "MariaDB, Atomic", db: maria, h: m.Handler("effects.two", moresql.Atomic(), one),
			status: 500},
		{reason: "MariaDB, Atomic, a hook fails between the rows", db: maria,
			h: m.Handler("effects.two", moresql.Atomic(), fails), status: 500},
		{reason: "MariaDB, a success", db: maria, h: rest.Routines(m, cat), status: 200, rows: 2,
			contentRange: "0-1/*"},
		{reason: "SQLite", db: lite, h: rest.Routines(l, statements.Catalog()), accept: singleType,
			status: 406},
		{reason: "SQLite, a page", db: lite, h: rest.Routines(l, statements.Catalog(), rest.MaxPage(1)),
			status: 200, rows: 2, contentRange: "0-0/2"},
		{reason: "SQLite, Atomic", db: lite, h: l.Handler("two", moresql.Atomic(), one),
			status: 500},
		{reason: "SQLite, Atomic, a hook fails between the rows", db: lite,
			h: l.Handler("two", moresql.Atomic(), fails), status: 500},
		{reason: "SQLite, a success", db: lite, h: rest.Routines(l, statements.Catalog()), status: 200,
			rows: 2, contentRange: "0-1/*"},
	} {
		setUp(t, test.db, "DELETE FROM effects.log")
		a := send(t, "POST", listen(t, test.h)+"/two", "", "Accept", test.accept)
		n := queryInt(t, test.db, "SELECT count(*) FROM effects.log")
		if a.status != test.status || n != test.rows ||
			a.header.Get("Content-Range") != test.contentRange {
			t.Errorf("%s: %d %s, and %d rows; want %d and %d",
				test.reason, a.status, a.body, n, test.status, test.rows)
		}
	}
}
