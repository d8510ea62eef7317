package dbtest

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/row"
)

// TestPostgresNamesAreQuoted calls functions whose names need quotes.
func TestPostgresNamesAreQuoted(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `DROP SCHEMA IF EXISTS api, "Odd ""Schema" CASCADE`, `CREATE SCHEMA api`,
			`CREATE SCHEMA "Odd ""Schema"`)
		for _, name := range []struct{ written, called string }{
			{`get_user`, `get_user`},
			{`api.get_user`, `api.get_user`},
			{`api."Get User"`, `api."Get User"`},
			{`"GetUser"`, `GetUser`},
			{`"select"`, `select`},
			{`"naïve"`, `naïve`},
			{`"we""ird"`, `we"ird`},
			{`"Odd ""Schema"."a.b"`, `"Odd ""Schema"."a.b"`},
			{`"; DROP SCHEMA api CASCADE; --"`, `; DROP SCHEMA api CASCADE; --`},
		} {
			setUp(t, db, "CREATE OR REPLACE FUNCTION "+name.written+
				"(a int) RETURNS TABLE (v int) LANGUAGE sql AS 'SELECT a'")
			if got := stream(t, moresql.New(db), name.called, "7"); got != `[{"v":7}]` {
				t.Errorf("%s returned %s", name.called, got)
			}
			named := moresql.New(db, moresql.CallBy(moresql.Function{Named: true}))
			if got := stream(t, named, name.called, sql.Named("a", "8")); got != `[{"v":8}]` {
				t.Errorf("%s by name gave %s", name.called, got)
			}
		}
	})
}

// TestPostgresKeywordsAreQuotedIfReserved calls a function named after each keyword. Only those
// that PostgreSQL reserves are quoted.
func TestPostgresKeywordsAreQuotedIfReserved(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, "DROP SCHEMA IF EXISTS words CASCADE", "CREATE SCHEMA words")
	// The word json is a keyword since 16, reserved since 17: quotes do no harm before.
	rows, err := db.Query("SELECT word, catcode <> 'U' OR word = 'json' FROM pg_get_keywords()")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	total := 0
	for rows.Next() {
		var word string
		var reserved bool
		if err := rows.Scan(&word, &reserved); err != nil {
			t.Fatal(err)
		}
		if got := dialect.PostgreSQL.NeedsQuotes(word); got != reserved {
			t.Errorf("NeedsQuotes(%s) = %v, the server says %v", word, got, reserved)
		}
		setUp(t, db, `CREATE FUNCTION words."`+word+`"() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
			`SET search_path = words`)
		m := moresql.New(db)
		if got := stream(t, m, "words."+word); !strings.HasSuffix(got, ":1}]") {
			t.Errorf("%s returned %s", word, got)
		}
		total++
	}
	if err := rows.Err(); err != nil || total < 400 {
		t.Errorf("%d keywords, %v", total, err)
	}
}

// TestPostgresDefaultsFillAbsentArguments leaves out optional arguments, in any order.
func TestPostgresDefaultsFillAbsentArguments(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `CREATE OR REPLACE FUNCTION greet("Name" text, greeting text DEFAULT 'hello',
			mark text DEFAULT '!')
			RETURNS text LANGUAGE sql AS $$ SELECT greeting || ' ' || "Name" || mark $$`)
		h := moresql.New(db, moresql.CallBy(moresql.Function{Named: true})).
			Handler("greet", moresql.Shape(row.Scalar),
				moresql.Bind(binder.Any("greeting").Optional(), binder.Any("mark").Optional()),
				moresql.Fields("Name"))
		for query, want := range map[string]string{
			"Name=ann":                      `"hello ann!"`,
			"Name=ann&mark=?":               `"hello ann?"`,
			"mark=.&greeting=bye&Name=ann":  `"bye ann."`,
			"Name=ann&greeting=&mark=%22OK": `" ann\"OK"`,
		} {
			if status, body := do(h, "GET", "/?"+query, "", ""); status != 200 || body != want {
				t.Errorf("%s: %d %s, want %s", query, status, body, want)
			}
		}
	})
}

// TestPostgresArgumentsAreConvertedByParameterType sends arguments of JSON, which reach the
// database as text and are converted by the type of the parameter.
func TestPostgresArgumentsAreConvertedByParameterType(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		for i, test := range []struct{ typ, json, want string }{
			{"int", `"42"`, `42`},
			{"int", `42`, `42`},
			{"int8", `9223372036854775807`, `9223372036854775807`},
			{"numeric", `12345678901234567890.12345678901234567890`,
				`12345678901234567890.12345678901234567890`},
			{"numeric", `1e400`, `1` + strings.Repeat("0", 400)},
			{"float8", `0.1`, `0.1`},
			{"float4", `"NaN"`, `"NaN"`},
			{"bool", `true`, `true`},
			{"bool", `"off"`, `false`},
			{"text", `"naïve \"quotes\" \\ 😀"`, `"naïve \"quotes\" \\ 😀"`},
			{"text", `12.50`, `"12.50"`},
			{"text", `""`, `""`},
			{"text", `null`, `null`},
			{"int", `null`, `null`},
			{"varchar(3)", `"abc"`, `"abc"`},
			{"date", `"2024-02-29"`, `"2024-02-29"`},
			{"time", `"24:00:00"`, `"24:00:00"`},
			{"timestamp", `"2024-01-02 03:04:05.6"`, `"2024-01-02T03:04:05.6"`},
			{"timestamptz", `"2024-01-02T03:04:05+02:00"`, `"2024-01-02T01:04:05+00:00"`},
			{"interval", `"1 day"`, `"1 day"`},
			{"uuid", `"A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11"`, `"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"`},
			{"json", `{"b": 1.0, "a": [null]}`, `{"b": 1.0, "a": [null]}`},
			{"jsonb", `[1, {"a": "x"}]`, `[1, {"a": "x"}]`},
			{"jsonb", `7`, `7`},
			{"int[]", `"{1,NULL,3}"`, `[1, null, 3]`},
			{"text[]", `"{\"a b\",c}"`, `["a b", "c"]`},
			{"inet", `"10.0.0.1"`, `"10.0.0.1"`},
		} {
			// another name each, since pgx caches the parameter types of a statement
			same := fmt.Sprintf("same%d", i)
			setUp(t, db, `CREATE OR REPLACE FUNCTION `+same+`(v `+test.typ+`) RETURNS `+test.typ+
				` LANGUAGE sql AS 'SELECT v'`)
			h := moresql.New(db, quiet).Handler(same, moresql.Fields("v"), moresql.Shape(row.Scalar))
			status, body := do(h, "POST", "/", "application/json", `{"v": `+test.json+`}`)
			if status != 200 || !sameJSON(t, body, test.want) {
				t.Errorf("%s from %s: %d %s, want %s", test.typ, test.json, status, body, test.want)
			}
		}
	})
}

// TestPostgresCallReturnsOutParameters calls procedures with and without OUT parameters.
func TestPostgresCallReturnsOutParameters(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `CREATE OR REPLACE PROCEDURE divide(a int, b int, OUT quotient int,
			INOUT rest int DEFAULT NULL)
			LANGUAGE plpgsql AS $$ BEGIN quotient := a / b; rest := a % b; END $$`,
			`CREATE OR REPLACE PROCEDURE nothing() LANGUAGE sql AS ''`)
		m := moresql.New(db, quiet, moresql.CallBy(moresql.Procedure{}))
		divide := m.Handler("divide", moresql.Shape(row.One), moresql.Fields("a", "b"),
			moresql.Bind(binder.Out("quotient"), binder.Any("rest").Optional()))
		if status, body := do(divide, "GET", "/?a=17&b=5", "", ""); status != 200 ||
			body != `{"quotient":3,"rest":2}` {
			t.Errorf("divide: %d %s", status, body)
		}
		if status, body := do(divide, "GET", "/?a=17&b=0", "", ""); status != 400 ||
			!strings.Contains(body, "22012") {
			t.Errorf("divide by zero: %d %s", status, body)
		}
		if status, body := do(m.Handler("nothing"), "POST", "/", "", ""); status != 204 || body != "" {
			t.Errorf("nothing: %d %s", status, body)
		}
	})
}

// TestPostgresVoidHasNoBody calls a function that returns void, in every shape.
func TestPostgresVoidHasNoBody(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `CREATE OR REPLACE FUNCTION quit() RETURNS void LANGUAGE sql AS ''`)
		for _, shape := range []row.Shape{row.Auto, row.One, row.Scalar} {
			h := moresql.New(db, quiet).Handler("quit", moresql.Shape(shape))
			status, body := do(h, "POST", "/", "", "")
			if status != 204 || body != "" {
				t.Errorf("%d %s", status, body)
			}
		}
	})
}

// TestPostgresErrorsDiscloseOnlyWhatAuthorsRaise checks what the body of an error discloses.
func TestPostgresErrorsDiscloseOnlyWhatAuthorsRaise(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `CREATE TABLE IF NOT EXISTS mails (mail text PRIMARY KEY)`,
			`INSERT INTO mails VALUES ('ann@example.org') ON CONFLICT DO NOTHING`)
		for _, test := range []struct {
			reason, body  string
			status        int
			code          string
			shown, hidden string
		}{
			{reason: "an error that the author raises is shown whole",
				body: `RAISE 'no such car' USING DETAIL = 'looked', HINT = 'buy one'`, status: 400,
				code: "P0001", shown: `"no such car","details":"looked","hint":"buy one"`},
			{reason: "an error with a code of its own", body: `RAISE no_data_found USING MESSAGE = 'gone'`,
				status: 404, code: "P0002", shown: "gone"},
			{reason: "malformed data", body: `PERFORM 'x'::int`, status: 400, code: "22P02",
				shown: "invalid input syntax"},
			{reason: "a conflict does not show the row",
				body: `INSERT INTO mails VALUES ('ann@example.org')`, status: 409, code: "23505",
				shown: "duplicate key", hidden: "ann@example.org"},
			{reason: "a mistake in the function is not shown", body: `PERFORM secret FROM mails`,
				status: 500, code: "42703", hidden: "secret"},
		} {
			setUp(t, db, `CREATE OR REPLACE FUNCTION fail() RETURNS int LANGUAGE plpgsql AS $$ BEGIN `+
				test.body+`; RETURN 1; END $$`)
			status, body := do(moresql.New(db, quiet).Handler("fail"), "POST", "/", "", "")
			if status != test.status || !strings.Contains(body, `"code":"`+test.code+`"`) ||
				!strings.Contains(body, test.shown) ||
				test.hidden != "" && strings.Contains(body, test.hidden) {
				t.Errorf("%s: %d %s", test.reason, status, body)
			}
		}
		h := moresql.New(db, quiet).Handler("there_is_no_such_function")
		status, body := do(h, "GET", "/", "", "")
		if status != 404 || !strings.Contains(body, "42883") {
			t.Errorf("no such function: %d %s", status, body)
		}
	})
}

// TestPostgresStatementTimeoutIsGatewayTimeout has the server cancel a statement, and end a session
// whose transaction takes too long.
func TestPostgresStatementTimeoutIsGatewayTimeout(t *testing.T) {
	server := queryInt(t, openPostgres(t), "SELECT current_setting('server_version_num')::int")
	for _, limit := range []struct {
		setting, code string
		lost          int // the status by lib/pq
		since         int // the version of the server
	}{
		{setting: "statement_timeout", code: "57014", lost: 504},
		// lib/pq drops what the server says as it ends a session.
		{setting: "transaction_timeout", code: "25P04", lost: 503, since: 170000},
	} {
		for _, driver := range []string{"postgres", "pgx"} {
			if server < limit.since {
				continue
			}
			m := moresql.New(open(t, driver, pgtest.URI(t)+"&"+limit.setting+"=100"), quiet)
			for name, h := range map[string]http.Handler{
				"plain":  m.Handler("pg_sleep", moresql.Fields("s")),
				"Atomic": m.Handler("pg_sleep", moresql.Fields("s"), moresql.Atomic()),
			} {
				status, body := do(h, "GET", "/?s=60", "", "")
				want := 504
				if driver == "postgres" {
					want = limit.lost
				}
				if status != want || strings.Contains(body, limit.code) != (want == 504) {
					t.Errorf("%s, %s, %s: %d %s", limit.setting, driver, name, status, body)
				}
			}
		}
	}
}

// TestUnreachableDatabaseHidesPassword checks that the password is in neither the response nor the
// log if nothing listens.
func TestUnreachableDatabaseHidesPassword(t *testing.T) {
	for driver, dsn := range map[string]string{
		"postgres": "postgres://nobody:hunter2@127.0.0.1:1/none?sslmode=disable",
		"pgx":      "postgres://nobody:hunter2@127.0.0.1:1/none?sslmode=disable",
		"mysql":    "nobody:hunter2@tcp(127.0.0.1:1)/none",
	} {
		var logged strings.Builder
		m := moresql.New(open(t, driver, dsn),
			moresql.Hooks{Logger: slog.New(slog.NewTextHandler(&logged, nil))})
		status, body := do(m.Handler("f"), "GET", "/", "", "")
		if status != 503 || strings.Contains(body+logged.String(), "hunter2") ||
			!strings.Contains(logged.String(), "refused") {
			t.Errorf("%s: %d %s, logged %s", driver, status, body, &logged)
		}
	}
}

// TestPostgresLateErrorAbortsBody has a result fail: before the first block is sent the response
// has the status of the error, after that its body is aborted.
func TestPostgresLateErrorAbortsBody(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `CREATE OR REPLACE FUNCTION break_at(n int) RETURNS TABLE (i int, filler text)
			LANGUAGE sql STABLE AS
			$$ SELECT i, repeat('x', 100) FROM generate_series(1, n) i WHERE 1 / (n - i) >= 0 $$`)
		server := httptest.NewServer(moresql.New(db, quiet).Handler("break_at", moresql.Fields("n")))
		defer server.Close()
		defer server.Client().CloseIdleConnections()
		for rows, wantStatus := range map[int]int{1: 400, 100: 400, 10_000: 200} {
			response, err := server.Client().Get(fmt.Sprintf("%s/?n=%d", server.URL, rows))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			broken := errors.Is(err, io.ErrUnexpectedEOF) && !json.Valid(body)
			if response.StatusCode != wantStatus || broken != (wantStatus == 200) {
				t.Errorf("%d rows: status %d, %d bytes, %v", rows, response.StatusCode, len(body), err)
			}
		}
		if n := db.Stats().InUse; n != 0 {
			t.Errorf("%d connections in use", n)
		}
	})
}

// TestPostgresStopsQueryOfAbandonedResult leaves a loop, and a response, of endless rows.
func TestPostgresStopsQueryOfAbandonedResult(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `CREATE OR REPLACE FUNCTION endless() RETURNS SETOF bigint LANGUAGE sql STABLE
			AS 'SELECT generate_series(1, 1000000000000)'`)
		m := moresql.New(db, quiet)
		for _, err := range m.Rows(context.Background(), "endless") {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		nothingRuns(t, db)

		finished := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(finished)
			m.Execute(w, r, "endless")
		}))
		defer server.Close()
		ctx, cancel := context.WithCancel(context.Background())
		request, _ := http.NewRequestWithContext(ctx, "GET", server.URL, nil)
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(response.Body).ReadByte(); err != nil {
			t.Fatal(err)
		}
		cancel()
		response.Body.Close()
		<-finished
		nothingRuns(t, db)
	})
}

// nothingRuns waits until no connection is in use and the server runs no endless query.
func nothingRuns(t *testing.T, db *sql.DB) {
	t.Helper()
	deadline, tick := time.After(10*time.Second), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for {
		running := queryText(t, db, `SELECT count(*)::text FROM pg_stat_activity
			WHERE state = 'active' AND query LIKE '%endless%' AND pid <> pg_backend_pid()`)
		if running == "0" && db.Stats().InUse == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s queries still run, %d connections are in use", running, db.Stats().InUse)
		}
	}
}

// TestPostgresTransactionAndConnectionStayUsable calls through a transaction and a connection of
// the caller's own, which a result that is left early must not break.
func TestPostgresTransactionAndConnectionStayUsable(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if _, err := tx.Exec(`CREATE FUNCTION only_here() RETURNS SETOF int LANGUAGE sql STABLE
			AS 'SELECT generate_series(1, 100000)'`); err != nil {
			t.Fatal(err)
		}
		m := moresql.New(tx)
		for row, err := range m.Rows(context.Background(), "only_here") {
			if err != nil || row.Value(0).Int() != 1 {
				t.Fatal(row, err)
			}
			break
		}
		whole := m.With(moresql.CallBy(query{}))
		if got := stream(t, whole, "SELECT count(*) FROM only_here()"); got != `[{"count":100000}]` {
			t.Errorf("count = %s", got)
		}

		conn, err := db.Conn(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		m = moresql.New(conn, moresql.CallBy(query{}))
		stream(t, m, "SELECT set_config('moresql.test', 'mine', false)")
		if got := stream(t, m, "SELECT current_setting('moresql.test') AS v"); got != `[{"v":"mine"}]` {
			t.Errorf("the call ran on another connection: %s", got)
		}
	})
}

// TestPostgresStatementsTakeNamedParameters calls a statement of a .sql file, whose placeholders in
// comments and texts are not parameters.
func TestPostgresStatementsTakeNamedParameters(t *testing.T) {
	const text = `-- from :low to :high
		SELECT i, ':low'::text AS text, $x$:high$x$ AS dollars
		FROM generate_series(:low::int, :high) AS i WHERE i <> :low`
	folder := fstest.MapFS{"range.sql": {Data: []byte(text)}}
	statements := loadStatements(t, folder, moresql.PostgreSQL)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		h := moresql.New(db, quiet, moresql.CallBy(statements)).
			Handler("range", moresql.Fields("high", "low"))
		if status, body := do(h, "GET", "/?low=4&high=5", "", ""); status != 200 ||
			body != `[{"i":5,"text":":low","dollars":":high"}]` {
			t.Errorf("%d %s", status, body)
		}
	})
}
