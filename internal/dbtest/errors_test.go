package dbtest

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

var errorSchema = []string{
	`DROP SCHEMA IF EXISTS errs CASCADE`, `CREATE SCHEMA errs`,
	`CREATE TABLE errs.parents (id int PRIMARY KEY)`, `INSERT INTO errs.parents VALUES (1)`,
	`CREATE TABLE errs.children (id int PRIMARY KEY, parent int REFERENCES errs.parents,
		name text NOT NULL CHECK (name <> 'inner secret'), during int4range,
		EXCLUDE USING gist (during WITH &&))`,
	`INSERT INTO errs.children VALUES (1, 1, 'Ann', '[1,5)')`,
	`CREATE FUNCTION errs.raise(state text) RETURNS int LANGUAGE plpgsql AS $$
		BEGIN RAISE 'author message' USING ERRCODE = state, DETAIL = 'author detail',
		HINT = 'author hint'; END $$`,
	`CREATE FUNCTION errs.run(statement text) RETURNS int LANGUAGE plpgsql AS $$
		BEGIN EXECUTE statement; RETURN 1; END $$`,
	`CREATE FUNCTION errs.assertion() RETURNS int LANGUAGE plpgsql AS $$
		BEGIN ASSERT false, 'inner secret'; END $$`,
	`CREATE FUNCTION errs.strict() RETURNS int LANGUAGE plpgsql AS $$ DECLARE n int;
		BEGIN SELECT id INTO STRICT n FROM errs.children WHERE id < 0; RETURN n; END $$`,
	`CREATE FUNCTION errs.again() RETURNS int LANGUAGE plpgsql AS $$
		BEGIN PERFORM errs.run('INSERT INTO errs.children VALUES (1, 1, ''inner'', NULL)');
		EXCEPTION WHEN unique_violation THEN RAISE; END $$`,
}

// TestErrorStatusFollowsSQLState provokes an error of every class that a routine can, over HTTP.
// What the database says of its rows and statements is not disclosed, what an author raises is. The
// statuses are those that PostgREST documents, except for errors that are the program's fault.
func TestErrorStatusFollowsSQLState(t *testing.T) {
	setUp(t, openPostgres(t), errorSchema...)
	run := func(statement string) string {
		body, _ := json.Marshal(map[string]string{"statement": statement})
		return string(body)
	}
	raise := func(state string) string { return `{"state": "` + state + `"}` }
	verbose := moresql.Hooks{Error: func(e *moresql.Error) { e.Verbose = true }}
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "errs")
		mux := http.NewServeMux()
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(moresql.New(db, quiet), cat)))
		mux.Handle("/shown/",
			http.StripPrefix("/shown", rest.Routines(moresql.New(db, quiet, verbose), cat)))
		base := listen(t, mux)
		for _, test := range []struct {
			reason, function, body, header string
			status                         int
			code                           string
			raised                         bool
			retry                          string
		}{
			{reason: "a unique constraint", function: "run",
				body: run("INSERT INTO errs.children VALUES (1, 1, 'Ben', NULL)"), status: 409, code: "23505"},
			{reason: "a foreign key", function: "run",
				body: run("INSERT INTO errs.children VALUES (2, 9, 'Ben', NULL)"), status: 409, code: "23503"},
			{reason: "an exclusion constraint", function: "run",
				body: run("INSERT INTO errs.children VALUES (2, 1, 'Ben', '[2,3)')"), status: 409,
				code: "23P01"},
			{reason: "a failed check", function: "run",
				body: run("INSERT INTO errs.children VALUES (2, 1, 'inner secret', NULL)"), status: 400,
				code: "23514"},
			{reason: "a NOT NULL column", function: "run",
				body: run("INSERT INTO errs.children VALUES (2, 1, NULL, NULL)"), status: 400, code: "23502"},
			{reason: "a division by zero", function: "run", body: run("SELECT 1 / 0"), status: 400,
				code: "22012"},
			{reason: "a read-only transaction", function: "run",
				body: run("SET TRANSACTION READ ONLY; INSERT INTO errs.parents VALUES (2)"), status: 405,
				code: "25006"},
			{reason: "a missing table", function: "run", body: run("SELECT * FROM secret_table"),
				status: 404, code: "42P01"},
			{reason: "a missing function", function: "run", body: run("SELECT secret_function()"),
				status: 404, code: "42883"},
			{reason: "a syntax error in the function", function: "run", body: run("SELEC"), status: 500,
				code: "42601"},
			{reason: "a missing column", function: "run", body: run("SELECT secret FROM errs.parents"),
				status: 500, code: "42703"},
			{reason: "a document that is too deep, in the function", function: "run",
				body: run("SELECT repeat('[', 100000)::json"), status: 500, code: "54001"},
			{reason: "a failed assertion", function: "assertion", status: 500, code: "P0004"},
			{reason: "no row for INTO STRICT", function: "strict", status: 404, code: "P0002"},
			{reason: "an error of the database that is raised again", function: "again", status: 409,
				code: "23505"},
			{reason: "RAISE with the default code", function: "raise", body: raise("P0001"), status: 400,
				code: "P0001", raised: true},
			{reason: "RAISE with the code of a constraint", function: "raise", body: raise("23505"),
				status: 409, code: "23505", raised: true},
			{reason: "RAISE with a status", function: "raise", body: raise("PT402"), status: 402,
				code: "PT402", raised: true},
			{reason: "RAISE with a status of a server error", function: "raise", body: raise("PT503"),
				status: 503, code: "PT503", raised: true},
			{reason: "RAISE with the code of an internal error", function: "raise", body: raise("XX000"),
				status: 500, code: "XX000", raised: true},
			{reason: "RAISE with a code of its own", function: "raise", body: raise("AB123"), status: 400,
				code: "AB123", raised: true},
			{reason: "a serialization failure, which a retry may resolve", function: "raise",
				body: raise("40001"), status: 503, code: "40001", raised: true, retry: "1"},
			{reason: "a deadlock", function: "raise", body: raise("40P01"), status: 503, code: "40P01",
				raised: true, retry: "1"},
			{reason: "insufficient resources", function: "raise", body: raise("53200"), status: 503,
				code: "53200", raised: true, retry: "5"},
			{reason: "a configured limit", function: "raise", body: raise("53400"), status: 500,
				code: "53400", raised: true},
			{reason: "a failed connection", function: "raise", body: raise("08006"), status: 503,
				code: "08006", raised: true},
			{reason: "a missing privilege, anonymous", function: "raise", body: raise("42501"), status: 401,
				code: "42501", raised: true},
			{reason: "a missing privilege, authenticated", function: "raise", body: raise("42501"),
				header: "Bearer x", status: 403, code: "42501", raised: true},
			{reason: "a failed authorization, anonymous", function: "raise", body: raise("28000"),
				status: 401, code: "28000", raised: true},
			{reason: "a failed authorization, authenticated", function: "raise", body: raise("28000"),
				header: "Bearer x", status: 403, code: "28000", raised: true},
		} {
			header := []string{"Content-Type", jsonType}
			if test.header != "" {
				header = append(header, "Authorization", test.header)
			}
			a := send(t, "POST", base+"/rpc/"+test.function, cmp.Or(test.body, "{}"), header...)
			p := problemOf(t, a)
			if a.status != test.status || p.Code != test.code {
				t.Errorf("%s: %d %s, want %d %s", test.reason, a.status, a.body, test.status, test.code)
			}
			if got := a.header.Get("Retry-After"); got != test.retry {
				t.Errorf("%s: Retry-After %q, want %q", test.reason, got, test.retry)
			}
			if (a.status == 401) != (a.header.Get("WWW-Authenticate") != "") ||
				(a.status == 405) != (a.header.Get("Allow") != "") {
				t.Errorf("%s: %v", test.reason, a.header)
			}
			if (a.status >= 500) != (p.RequestID != "") || p.RequestID != a.header.Get("X-Request-Id") {
				t.Errorf("%s: the request's id is %q in the body, and %q in the header", test.reason,
					p.RequestID, a.header.Get("X-Request-Id"))
			}
			if raised := p.Message == "author message" && p.Details == "author detail" &&
				p.Hint == "author hint"; raised != test.raised {
				t.Errorf("%s: %s", test.reason, a.body)
			}
			for _, secret := range []string{
				"inner", "secret", "Failing row", "INSERT", "SELECT", "PL/pgSQL",
			} {
				if strings.Contains(a.body, secret) {
					t.Errorf("%s: the response discloses %q: %s", test.reason, secret, a.body)
				}
			}
			shown := problemOf(t,
				send(t, "POST", base+"/shown/"+test.function, cmp.Or(test.body, "{}"), header...))
			if shown.Message == "" {
				t.Errorf("%s: Verbose shows %+v", test.reason, shown)
			}
			if test.code == "23505" && !test.raised && !strings.Contains(shown.Details, "(id)=(1)") {
				t.Errorf("%s: Verbose shows %+v", test.reason, shown)
			}
		}
	})
}

// TestErrorCarriesRequestIDOfLog compares the id of a response with that of the log. The id of a
// client is taken if it is safe in a log and in a header.
func TestErrorCarriesRequestIDOfLog(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, errorSchema...)
	var logged bytes.Buffer
	h := moresql.New(db, moresql.Hooks{Logger: slog.New(slog.NewJSONHandler(&logged, nil))}).
		Handler("errs.raise", moresql.Fields("state"))
	base := listen(t, h)
	for _, test := range []struct {
		reason, id string
		taken      bool
	}{
		{"no id", "", false},
		{"a UUID", "7f5e9d1a-0000-4000-8000-1b2c3d4e5f60", true},
		{"the greatest length", strings.Repeat("a", 128), true},
		{"one character more", strings.Repeat("a", 129), false},
		{"a space, which makes two words of it in a log", "a b", false},
		{"a tab", "a\tb", false},
		{"not ASCII", "naïve", false},
		{"a quote, which JSON escapes", `a"}{"b":"`, true},
	} {
		logged.Reset()
		a := send(t, "GET", base+"/?state=XX000", "", "X-Request-Id", test.id)
		p := problemOf(t, a)
		var line struct {
			RequestID string `json:"request_id"`
			Status    int
		}
		if err := json.Unmarshal(logged.Bytes(), &line); err != nil { // two lines are an error too
			t.Errorf("%s: %v: %s", test.reason, err, logged.Bytes())
		}
		if p.RequestID == "" || line.RequestID != p.RequestID ||
			a.header.Get("X-Request-Id") != p.RequestID || (p.RequestID == test.id) != test.taken {
			t.Errorf("%s: %q in the body, %q in the header, %q in the log", test.reason, p.RequestID,
				a.header.Get("X-Request-Id"), line.RequestID)
		}
	}
}

// statuses returns a hook that sets statuses by the code of an error, or by its class.
func statuses(byCode map[string]int) moresql.Hooks {
	return moresql.Hooks{Error: func(e *moresql.Error) {
		if len(e.Code) < 2 {
			return
		}
		if status, ok := byCode[e.Code]; ok {
			e.Status = status
		} else if status, ok := byCode[e.Code[:2]]; ok {
			e.Status = status
		}
	}}
}

// TestErrorHooksSetStatusesInTheirOrder sets statuses by the hook of a MoreSQL, and then others by
// that of a handler.
func TestErrorHooksSetStatusesInTheirOrder(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, errorSchema...)
	m := moresql.New(db, quiet,
		statuses(map[string]int{"23514": 422, "55": 409, "22": 200, "54": 507}))
	mux := http.NewServeMux()
	mux.Handle("/plain", m.Handler("errs.raise", moresql.Fields("state")))
	mux.Handle("/own",
		m.Handler("errs.raise", moresql.Fields("state"), moresql.Hooks{Error: func(e *moresql.Error) {
			if e.SQLState() == "23514" {
				e.Status, e.Message, e.Public, e.Detail = 418, "short and stout", true, ""
			}
		}}))
	mux.Handle("/json", m.Handler("errs.whole", moresql.Fields("j")))
	base := listen(t, mux)
	for _, test := range []struct {
		path, state string
		want        int
	}{
		{"/plain", "23514", 422}, {"/plain", "55000", 409}, {"/plain", "55P03", 409},
		{"/plain", "22012", 500}, // an error cannot have a status of success
		{"/own", "23514", 418}, {"/own", "23505", 409},
	} {
		a := send(t, "GET", base+test.path+"?state="+test.state, "")
		if p := problemOf(t, a); a.status != test.want ||
			test.want == 418 && p.Message != "short and stout" {
			t.Errorf("%s %s: %d %s", test.path, test.state, a.status, a.body)
		}
	}
	setUp(t, db, `CREATE FUNCTION errs.whole(j json) RETURNS json LANGUAGE sql AS 'SELECT j'`)
	if a := send(t, "GET", base+"/json?j="+strings.Repeat("[", 50_000), ""); a.status != 507 {
		t.Errorf("a value that is nested too deeply: %d %s", a.status, a.body)
	}
}

// TestErrorBlamesRequestForItsFiltersOnly sends filters that the database refuses, which are the
// client's fault, and calls broken functions, which are not.
func TestErrorBlamesRequestForItsFiltersOnly(t *testing.T) {
	setUp(t, openPostgres(t), `DROP SCHEMA IF EXISTS blame CASCADE`, `CREATE SCHEMA blame`,
		`CREATE TABLE blame.cars (id int, name text, data jsonb, shape point)`,
		`CREATE FUNCTION blame.cars() RETURNS SETOF blame.cars LANGUAGE sql STABLE
			AS 'SELECT * FROM blame.cars'`,
		`CREATE FUNCTION blame.broken() RETURNS SETOF blame.cars LANGUAGE plpgsql STABLE AS $$
			BEGIN RETURN QUERY EXECUTE 'SELECT nope FROM blame.cars'; END $$`,
		`CREATE FUNCTION blame.same(j jsonb) RETURNS jsonb LANGUAGE sql STABLE AS 'SELECT j'`,
		`CREATE FUNCTION blame.number(n int) RETURNS int LANGUAGE sql STABLE AS 'SELECT n'`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1) // each request finds the connection as the one before has left it
		cat := load(t, db, "blame")
		mux := http.NewServeMux()
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(moresql.New(db, quiet), cat)))
		mux.Handle("/missing", moresql.New(db, quiet).Handler("blame.missing", rest.Query()))
		base := listen(t, mux)
		for _, test := range []struct {
			reason, target string
			status         int
		}{
			{"a malformed text search", "/rpc/cars?name=fts.a%20b", 400},
			{"a missing configuration", "/rpc/cars?name=fts(none).a", 400},
			{"a malformed name of a configuration", "/rpc/cars?name=fts(a%20b).a", 400},
			{"a missing schema of a configuration", "/rpc/cars?name=fts(none.none).a", 400},
			{"IS TRUE of a number", "/rpc/cars?id=is.true", 400},
			{"LIKE of a number", "/rpc/cars?id=like.1", 400},
			{"an order by points, which have none", "/rpc/cars?order=shape", 400},
			{"an unclosed regular expression", "/rpc/cars?name=match.(", 400},
			{"a filter that is nested too deeply", "/rpc/cars?data=cs." + strings.Repeat("[", 8000), 400},
			{"an argument that is nested too deeply", "/rpc/same?j=" + strings.Repeat("[", 40_000), 400},
			{"a broken function, with a filter", "/rpc/broken?id=eq.1", 500},
			{"a broken function, without a filter", "/rpc/broken", 500},
			{"a missing function", "/missing?id=eq.1", 404},
			// lib/pq cannot read an error of this length (its issue 1324).
			{"a long value", "/rpc/number?n=" + strings.Repeat("x", 40_000), 400},
			{"the next request", "/rpc/number?n=1", 200},
			{"the next filter on the connection", "/rpc/cars?id=eq.1", 200},
		} {
			a := send(t, "GET", base+test.target, "")
			if a.status != test.status || len(a.body) > 4000 {
				t.Errorf("%s: %d %.300s, want %d", test.reason, a.status, a.body, test.status)
			}
		}
		// What the database says of a value is kept.
		if p := problemOf(t, send(t, "GET", base+"/rpc/number?n=x", "")); p.Code != "22P02" ||
			!strings.Contains(p.Message, "invalid input syntax") {
			t.Errorf("%+v", p)
		}
	})
}

// TestErrorDeadlineIsGatewayTimeout lets a deadline pass, once the server's and once the
// database's.
func TestErrorDeadlineIsGatewayTimeout(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `CREATE OR REPLACE FUNCTION slow() RETURNS int LANGUAGE plpgsql AS $$
			BEGIN PERFORM pg_sleep(60); RETURN 1; END $$`,
			`CREATE OR REPLACE FUNCTION ending() RETURNS int LANGUAGE plpgsql AS $$
				BEGIN RAISE 'x' USING ERRCODE = '57014'; END $$`)
		m := moresql.New(db, quiet)
		base := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), 1)
			defer cancel()
			m.Handler("slow").ServeHTTP(w, r.WithContext(ctx))
		}))
		if a := send(t, "GET", base, ""); a.status != 504 {
			t.Errorf("the deadline of the request: %d %s", a.status, a.body)
		}
		if a := send(t, "GET", listen(t, m.Handler("ending")), ""); a.status != 504 {
			t.Errorf("the deadline of the database: %d %s", a.status, a.body)
		}
	})
}

// TestHooksChangeValuesAndSeeErrors has Before change values and fail in several ways, and checks
// what After sees.
func TestHooksChangeValuesAndSeeErrors(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, injectSchema...)
	var seen []string
	after := moresql.Hooks{After: func(_ *http.Request, c *moresql.Call, err error) {
		var e *moresql.Error
		if errors.As(err, &e) {
			seen = append(seen, "error "+http.StatusText(e.Status))
		} else {
			seen = append(seen, "good "+c.Values[0].(string))
		}
	}}
	base := listen(t, moresql.New(db, quiet, after).Handler("inject.echo", moresql.Fields("name"),
		moresql.Hooks{Before: func(_ *http.Request, c *moresql.Call) error {
			switch c.Values[0] {
			case "plain":
				return errors.New("secret reason")
			case "teapot":
				return &moresql.Error{Status: 418, Message: "no coffee", Public: true}
			case "many":
				c.Values = append(c.Values, "x")
			case "no status":
				return &moresql.Error{Message: "hidden"}
			}
			c.Values[0] = c.Values[0].(string) + "!"
			return nil
		}}))
	for _, test := range []struct {
		name   string
		status int
		body   string
		after  string
	}{
		{name: "Ann", status: 200, body: `[{"name":"Ann!"}]`, after: "good Ann!"},
		{name: "plain", status: 500, after: "error Internal Server Error"},
		{name: "teapot", status: 418, body: "no coffee", after: "error I'm a teapot"},
		{name: "many", status: 500, after: "error Internal Server Error"},
		{name: "no status", status: 500, after: "error Internal Server Error"},
		{name: "\x00", status: 400, after: "error Bad Request"},
	} {
		seen = nil
		a := send(t, "POST", base+"/", `{"name": `+asJSON("§")(test.name)+`}`, "Content-Type", jsonType)
		if a.status != test.status || !strings.Contains(a.body, test.body) ||
			strings.Contains(a.body, "secret") || !slices.Equal(seen, []string{test.after}) {
			t.Errorf("%q: %d %s, After saw %q", test.name, a.status, a.body, seen)
		}
	}
}
