package dbtest

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// TestRaiseOfPGRSTIsTheResponse raises whole responses, by PostgREST's convention. What cannot be
// read is the error that its own tests expect (ErrorSpec, RpcSpec, of version 14).
func TestRaiseOfPGRSTIsTheResponse(t *testing.T) {
	setUp(t, openPostgres(t), `DROP SCHEMA IF EXISTS raising CASCADE`, `CREATE SCHEMA raising`,
		`CREATE TABLE raising.log (id serial)`,
		`CREATE FUNCTION raising.f(message text, detail text) RETURNS int LANGUAGE plpgsql AS $$
			BEGIN INSERT INTO raising.log DEFAULT VALUES;
			RAISE SQLSTATE 'PGRST' USING MESSAGE = message, DETAIL = detail; END $$`,
		`CREATE FUNCTION raising.without(message text, detail text) RETURNS int LANGUAGE plpgsql
			AS $$ BEGIN RAISE SQLSTATE 'PGRST' USING MESSAGE = message; END $$`,
		`CREATE PROCEDURE raising.p(message text, detail text) LANGUAGE plpgsql AS $$
			BEGIN INSERT INTO raising.log DEFAULT VALUES;
			RAISE SQLSTATE 'PGRST' USING MESSAGE = message, DETAIL = detail; END $$`)
	const (
		message = `{"code": "123", "message": "Payment Required", "details": "Quota exceeded",` +
			` "hint": "Upgrade your plan"}`
		detail      = `{"status": 402, "headers": {"X-Powered-By": "Nerd Rage"}}`
		unreadable  = `Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error`
		detailHint  = `DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and`
		messageHint = `MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and`
	)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		m := moresql.New(db, quiet)
		mux := http.NewServeMux()
		mux.Handle("/rpc/",
			http.StripPrefix("/rpc", rest.Routines(m, load(t, db, "raising"), rest.HTTPSettings())))
		mux.Handle("/plain/", http.StripPrefix("/plain", rest.Routines(m, load(t, db, "raising"))))
		mux.Handle("/query",
			m.Handler("raising.f", moresql.Fields("message", "detail"), rest.Query()))
		base := listen(t, mux)
		for _, test := range []struct {
			message, detail, path string
			status                int
			want                  problem
		}{
			{message: message, detail: detail, status: 402, want: problem{
				Code: "123", Message: "Payment Required", Details: "Quota exceeded",
				Hint: "Upgrade your plan",
			}},
			{message: `{"code": "1", "message": "m"}`, status: 419,
				detail: `{"status": 419, "status_text": "Page Expired", "headers": {}}`,
				want:   problem{Code: "1", Message: "m"}},
			{message: `{"code": "1", "message": "m"}`, status: 503,
				detail: `{"status": 503, "headers": {"Retry-After": "7", "cache-control": "max-age=7",
					"Content-Type": "text/html"}}`,
				want: problem{Code: "1", Message: "m"}},
			{message: "INVALID", detail: detail, status: 500, want: problem{
				Code: "PGRST121", Message: unreadable, Hint: messageHint,
				Details: "Invalid JSON value for MESSAGE: 'INVALID'",
			}},
			{message: `{"code": "1"}`, detail: detail, status: 500, want: problem{
				Code: "PGRST121", Message: unreadable, Hint: messageHint,
				Details: `Invalid JSON value for MESSAGE: '{"code": "1"}'`,
			}},
			{message: message, detail: "INVALID", status: 500, want: problem{
				Code: "PGRST121", Message: unreadable, Hint: detailHint,
				Details: "Invalid JSON value for DETAIL: 'INVALID'",
			}},
			{message: message, path: "/rpc/without", status: 500, want: problem{
				Code: "PGRST121", Message: unreadable, Hint: detailHint,
				Details: "DETAIL is missing in the RAISE statement",
			}},
			{message: message, detail: `{"status": 402}`, status: 500, want: problem{
				Code: "PGRST121", Message: unreadable, Hint: detailHint,
				Details: `Invalid JSON value for DETAIL: '{"status": 402}'`,
			}},
			{message: message, detail: `{"status": 7, "headers": {}}`, status: 500, want: problem{
				Code: "PGRST121", Message: unreadable, Hint: detailHint,
				Details: `Invalid JSON value for DETAIL: '{"status": 7, "headers": {}}'`,
			}},
			{message: message, detail: `{"status": 402, "headers": {"X": "a\r\nY: b"}}`, status: 500,
				want: problem{
					Code: "PGRST121", Message: unreadable, Hint: detailHint,
					Details: `Invalid JSON value for DETAIL: '{"status": 402, "headers": {"X": "a\r\nY: b"}}'`,
				}},
		} {
			paths := []string{"/rpc/f", "/rpc/p", "/plain/f", "/plain/p", "/query"}
			if test.path != "" {
				paths = []string{test.path}
			}
			for _, path := range paths {
				a := send(t, "POST", base+path, jsonOf(t, map[string]string{
					"message": test.message, "detail": test.detail,
				}), "Content-Type", jsonType)
				p := problemOf(t, a)
				if a.status != test.status || p.Code != test.want.Code ||
					p.Message != test.want.Message || p.Details != test.want.Details ||
					!strings.HasPrefix(p.Hint, test.want.Hint) {
					t.Errorf("%s of %s, %s: %d %s", path, test.message, test.detail, a.status, a.body)
				}
				if test.status == 402 && a.header.Get("X-Powered-By") != "Nerd Rage" ||
					test.status == 503 && (a.header.Get("Retry-After") != "7" ||
						a.header.Get("Cache-Control") != "max-age=7") ||
					a.header.Get("Y") != "" {
					t.Errorf("%s of %s, %s: %v", path, test.message, test.detail, a.header)
				}
			}
		}
		if n := queryInt(t, db, "SELECT count(*) FROM raising.log"); n != 0 {
			t.Errorf("%d rows are left of what was raised", n)
		}
	})
}

// TestMalformedSettingsOfResponsesAreErrors sets response.status and response.headers to what they
// cannot be: PostgREST answers 500 with PGRST112 and PGRST111. Nothing of the call is left.
func TestMalformedSettingsOfResponsesAreErrors(t *testing.T) {
	const set = `INSERT INTO setting.log DEFAULT VALUES;
		PERFORM set_config('response.' || name, value, true);`
	setUp(t, openPostgres(t), `DROP SCHEMA IF EXISTS setting CASCADE`, `CREATE SCHEMA setting`,
		`CREATE TABLE setting.log (id serial)`,
		`CREATE FUNCTION setting.nothing(name text, value text) RETURNS void LANGUAGE plpgsql
			AS $$ BEGIN `+set+` END $$`,
		`CREATE FUNCTION setting.scalar(name text, value text) RETURNS int LANGUAGE plpgsql
			AS $$ BEGIN `+set+` RETURN 1; END $$`,
		`CREATE FUNCTION setting.rows(name text, value text) RETURNS TABLE (a int) LANGUAGE plpgsql
			AS $$ BEGIN `+set+` RETURN QUERY SELECT 1; END $$`,
		`CREATE FUNCTION setting.none(name text, value text) RETURNS TABLE (a int) LANGUAGE plpgsql
			AS $$ BEGIN `+set+` RETURN; END $$`,
		`CREATE FUNCTION setting.unknown(name text, value text) RETURNS SETOF record LANGUAGE sql
			AS $$ INSERT INTO setting.log DEFAULT VALUES;
			SELECT set_config('response.' || name, value, true), 2 $$`,
		`CREATE PROCEDURE setting.procedure(name text, value text) LANGUAGE plpgsql
			AS $$ BEGIN `+set+` END $$`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		m := moresql.New(db, quiet, rest.HTTPSettings())
		mux := http.NewServeMux()
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, load(t, db, "setting"))))
		mux.Handle("/function", m.Handler("setting.rows", moresql.Fields("name", "value")))
		mux.Handle("/procedure", m.Handler("setting.procedure", moresql.Fields("name", "value"),
			moresql.CallBy(moresql.Procedure{})))
		base := listen(t, mux)
		for _, test := range []struct{ name, value, code string }{
			{"status", "teapot", "PGRST112"},
			{"status", "99", "PGRST112"},
			{"status", "1000", "PGRST112"},
			{"headers", "X-A: 1", "PGRST111"},
			{"headers", "7", "PGRST111"},
			{"headers", "null", "PGRST111"},
			{"headers", `["X-A"]`, "PGRST111"},
			{"headers", `[{"X-A": 1}]`, "PGRST111"},
			{"headers", `[{"X-A": null}]`, "PGRST111"},
			{"headers", `[{"X-A": "a\u0001"}]`, "PGRST111"},
			{"headers", `[{"X A": "1"}]`, "PGRST111"},
			{"headers", `[{"Content-Length": "1"}]`, "PGRST111"},
		} {
			for _, path := range []string{
				"/rpc/nothing", "/rpc/scalar", "/rpc/rows", "/rpc/none", "/rpc/unknown", "/rpc/procedure",
				"/function", "/procedure",
			} {
				a := send(t, "POST", base+path, jsonOf(t, map[string]string{
					"name": test.name, "value": test.value,
				}), "Content-Type", jsonType)
				if p := problemOf(t, a); a.status != 500 || p.Code != test.code || p.Message == "" {
					t.Errorf("%s of %s %s: %d %s", path, test.name, test.value, a.status, a.body)
				}
			}
		}
		if n := queryInt(t, db, "SELECT count(*) FROM setting.log"); n != 0 {
			t.Errorf("%d rows are left of calls that have failed", n)
		}
	})
}

// jsonOf returns a value as JSON.
func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
