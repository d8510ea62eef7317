package faulttest

import (
	"bytes"
	"database/sql"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
)

// secret is the password of the database, which must never be disclosed.
const secret = "hunter2-sesame"

// TestPasswordIsNeverDisclosed has the connection fail in every way. No log, error, response or
// panic may contain the password.
func TestPasswordIsNeverDisclosed(t *testing.T) {
	server := pgtest.Start(t)
	admin := open(t, "pgx", server.URI())
	var hba string
	if err := admin.QueryRow("SHOW hba_file").Scan(&hba); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"CREATE ROLE ann LOGIN PASSWORD '" + secret + "'", "CREATE ROLE ben LOGIN PASSWORD 'another'",
		"CREATE ROLE cut LOGIN PASSWORD '" + secret + "' CONNECTION LIMIT 0",
		`COPY (SELECT unnest(ARRAY['host all postgres 127.0.0.1/32 trust',
			'host all all 127.0.0.1/32 scram-sha-256'])) TO '` + hba + "'",
		"SELECT pg_reload_conf()",
		"CREATE FUNCTION f(v text) RETURNS text LANGUAGE sql STABLE AS 'SELECT v'",
		`CREATE FUNCTION broken() RETURNS SETOF int LANGUAGE plpgsql AS $$
			BEGIN RETURN QUERY SELECT generate_series(1, 5000); RAISE 'at the end'; END $$`,
		`CREATE FUNCTION dies() RETURNS void LANGUAGE sql
			AS 'SELECT pg_terminate_backend(pg_backend_pid())'`,
	} {
		if _, err := admin.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	// Wait until the server has read the file.
	refused := func() bool { return open(t, "pgx", with(t, server.URI(), "ben", "")).Ping() != nil }
	for deadline := time.Now().Add(time.Minute); !refused(); {
		if time.Now().After(deadline) {
			t.Fatal("the server does not require passwords")
		}
	}

	failures, total := 0, 0
	for _, driver := range drivers {
		for _, test := range []struct {
			reason, uri string
			fails       bool // every call
		}{
			{"no failure", with(t, server.URI(), "ann", ""), false},
			{"a wrong password", with(t, server.URI(), "ben", ""), true},
			{"a missing user", with(t, server.URI(), "eve", ""), true},
			{"a missing database", with(t, server.URI(), "ann", "/nowhere"), true},
			{"too many connections", with(t, server.URI(), "cut", ""), true},
			{"a closed port", "postgres://ann:" + secret + "@127.0.0.1:1/postgres?sslmode=disable", true},
			{"an unknown host", "postgres://ann:" + secret + "@moresql.invalid/postgres?sslmode=disable",
				true},
			{"a server without TLS", strings.Replace(with(t, server.URI(), "ann", ""), "sslmode=disable",
				"sslmode=require", 1), true},
			{"an unknown setting", with(t, server.URI(), "ann", "") + "&nowhere=1", true},
			{"a malformed port", "postgres://ann:" + secret + "@127.0.0.1:x/postgres", true},
			{"a password that is not escaped", "postgres://ann:" + secret + "/x#y?z@127.0.0.1/postgres",
				true},
			{"a malformed URI", "postgres://ann:" + secret + "%zz@127.0.0.1/postgres", true},
			{"keywords and values", "user=ann password=" + secret + " host=127.0.0.1 port=1 sslmode=disable",
				true},
			{"malformed keywords and values", "user=ann password='" + secret + " host=127.0.0.1", true},
		} {
			db, err := sql.Open(driver, test.uri)
			if err != nil { // an error of the driver, of which the library sees nothing
				continue
			}
			texts, failed := disclosed(t, db)
			db.Close()
			total += len(texts)
			failures += failed
			for _, text := range texts {
				if strings.Contains(text, secret) || strings.Contains(text, url.QueryEscape(secret)) {
					t.Errorf("%s, %s: the password is disclosed: %.500s", driver, test.reason, text)
				}
			}
			if test.fails && failed < 4 {
				t.Errorf("%s, %s: only %d calls failed: %q", driver, test.reason, failed, texts)
			}
		}
	}
	t.Logf("%d failed calls, %d logs, errors, responses and panics: none has the password",
		failures, total)
}

// disclosed makes calls of every kind, and returns every log, error, response and panic, and how
// many calls failed.
func disclosed(t *testing.T, db *sql.DB) (texts []string, failed int) {
	t.Helper()
	var text, json, standard bytes.Buffer
	defer log.SetOutput(log.Writer())
	log.SetOutput(&standard)
	add := func(what any) { texts = append(texts, fmt.Sprint(what), fmt.Sprintf("%+v", what)) }
	fail := func(err error) {
		if err != nil {
			failed++
			add(err)
			if e, ok := err.(*moresql.Error); ok {
				texts = append(texts, fmt.Sprintf("%+v", *e))
			}
		}
	}
	all := slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug})
	for _, handler := range []slog.Handler{all, slog.NewJSONHandler(&json, nil)}[:scale(2, 1)] {
		m := moresql.New(db, moresql.Hooks{Logger: slog.New(handler)})
		for _, options := range [][]moresql.Option{
			nil, {moresql.Hooks{Error: func(e *moresql.Error) { e.Verbose = true }}},
			{rest.HTTPSettings()}, {moresql.ReadOnly()}, {rest.Query()},
		} {
			for _, h := range []http.Handler{
				m.Handler("f", append(options, moresql.Fields("v"))...), m.Handler("dies", options...),
				m.Handler("broken", options...),
			} {
				w := httptest.NewRecorder()
				func() {
					defer func() {
						if p := recover(); p != nil {
							add(p)
						}
					}()
					h.ServeHTTP(w, httptest.NewRequest("GET", "/?v=1", nil))
				}()
				if w.Code >= 400 {
					failed++
				}
				texts = append(texts, w.Body.String(), fmt.Sprint(w.Header()))
			}
		}
		for _, err := range m.Rows(t.Context(), "broken") {
			fail(err)
		}
		fail(m.Stream(t.Context(), &text, encoder.CSV(), "broken"))
		_, err := catalog.Load(t.Context(), db, "nowhere")
		fail(err)
		func() {
			defer func() { add(recover()) }()
			m.Handler("no name")
		}()
	}
	return append(texts, text.String(), json.String(), standard.String()), failed
}

// TestErrorResponsesDiscloseNoRow has procedures fail over secret rows, in every way that makes the
// database quote one.
func TestErrorResponsesDiscloseNoRow(t *testing.T) {
	const row = "s3cretrow"
	admin := open(t, "pgx", pgtest.URI(t))
	for _, statement := range []string{
		"DROP SCHEMA IF EXISTS secrets CASCADE", "CREATE SCHEMA secrets",
		`CREATE TABLE secrets.hidden_table (id int PRIMARY KEY, word text UNIQUE NOT NULL, data jsonb,
			CHECK (id < 100), CONSTRAINT apart EXCLUDE USING gist (int4range(id, id + 1) WITH &&))`,
		"CREATE TABLE secrets.child (id int REFERENCES secrets.hidden_table)",
		"INSERT INTO secrets.hidden_table VALUES (1, '" + row + "', '{\"" + row + "\": 1}')",
		"INSERT INTO secrets.child VALUES (1)",
	} {
		if _, err := admin.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	cases := map[string]string{ // bodies of functions, by reason
		"unique": "INSERT INTO secrets.hidden_table SELECT 2, word FROM secrets.hidden_table",
		"not null": `INSERT INTO secrets.hidden_table SELECT 3, NULL, to_jsonb(word)
			FROM secrets.hidden_table`,
		"check": `INSERT INTO secrets.hidden_table SELECT 300, word || 'x'
			FROM secrets.hidden_table`,
		"exclusion": `ALTER TABLE secrets.hidden_table DROP CONSTRAINT hidden_table_pkey CASCADE;
			INSERT INTO secrets.hidden_table SELECT id, word || 'x' FROM secrets.hidden_table`,
		"referenced":     "DELETE FROM secrets.hidden_table",
		"a cast":         "PERFORM word::int FROM secrets.hidden_table",
		"a cast to date": "PERFORM word::date FROM secrets.hidden_table",
		"a cast of JSON": "PERFORM (word || '{')::jsonb FROM secrets.hidden_table",
		"uuid":           "PERFORM word::uuid FROM secrets.hidden_table",
		"an enum":        "PERFORM word::regclass FROM secrets.hidden_table",
		"a format":       "PERFORM to_timestamp(word, 'YYYY') FROM secrets.hidden_table",
		"a regexp":       "PERFORM 'x' ~ (word || '(') FROM secrets.hidden_table",
		"strict": `PERFORM set_config('plpgsql.print_strict_params', 'on', true);
			DECLARE w text; x int;
			BEGIN SELECT word INTO w FROM secrets.hidden_table; SELECT 1 INTO STRICT x WHERE w = ''; END`,
		"a column":       "PERFORM nowhere FROM secrets.hidden_table",
		"a table":        "PERFORM 1 FROM secrets.hidden_table_too",
		"a function":     "PERFORM secrets.nowhere('" + row + "')",
		"a syntax":       "EXECUTE 'SELEC ' || word FROM secrets.hidden_table",
		"a dynamic one":  "EXECUTE (SELECT 'SELECT ' || word FROM secrets.hidden_table)",
		"an assertion":   "ASSERT false, (SELECT word FROM secrets.hidden_table)",
		"a setting":      "PERFORM set_config('statement_timeout', word, true) FROM secrets.hidden_table",
		"an encoding":    "PERFORM convert_to('x', word) FROM secrets.hidden_table",
		"an array":       "PERFORM ('{' || word)::text[] FROM secrets.hidden_table",
		"a range":        "PERFORM word::int4range FROM secrets.hidden_table",
		"a large object": "PERFORM lo_get(id::oid) FROM secrets.hidden_table",
		"out of range":   "PERFORM (length(word) || '99999999999')::int FROM secrets.hidden_table",
		"a role":         "EXECUTE format('SET LOCAL ROLE %I', word) FROM secrets.hidden_table",
	}
	total := 0
	for _, driver := range drivers {
		db := open(t, driver, pgtest.URI(t))
		m := moresql.New(db, quiet)
		for reason, body := range cases {
			for _, language := range []string{"plpgsql", "sql"} {
				statement := `CREATE OR REPLACE FUNCTION secrets.f() RETURNS void LANGUAGE plpgsql AS $$
					BEGIN ` + body + "; END $$"
				// A function in SQL is inlined, so that the database does not report its context.
				if language == "sql" {
					inner, found := strings.CutPrefix(body, "PERFORM ")
					if !found || strings.Contains(body, ";") {
						continue
					}
					statement = `CREATE FUNCTION secrets.f() RETURNS SETOF text LANGUAGE sql STABLE
						AS $$ SELECT (` + strings.Replace(inner, " FROM secrets", ")::text FROM secrets", 1) + " $$"
				}
				if _, err := admin.Exec("DROP FUNCTION IF EXISTS secrets.f()"); err != nil {
					t.Fatal(err)
				}
				if _, err := admin.Exec(statement); err != nil {
					continue // a function in SQL is checked when it is created
				}
				for _, options := range [][]moresql.Option{nil, {rest.HTTPSettings()}} {
					w := httptest.NewRecorder()
					m.Handler("secrets.f", options...).ServeHTTP(w, httptest.NewRequest("POST", "/", nil))
					if response := fmt.Sprint(w.Header(), w.Body); w.Code < 400 {
						t.Errorf("%s, %s, %s: %s", driver, reason, language, response)
					} else if strings.Contains(response, row) || strings.Contains(response, "SELE") ||
						strings.Contains(response, "secrets.") || strings.Contains(response, "11999999") {
						t.Errorf("%s, %s, %s: the response discloses %s", driver, reason, language, response)
					}
					total++
				}
			}
		}
	}
	t.Logf("%d responses to failures: none has a value of a row or a statement", total)
}

// with returns the URI with another user, whose password is secret, and with another path unless
// that is "".
func with(t *testing.T, uri, user, path string) string {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(user, secret)
	if path != "" {
		u.Path = path
	}
	return u.String()
}
