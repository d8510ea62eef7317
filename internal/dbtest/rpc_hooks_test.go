package dbtest

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// TestHooksErrorsAndLogsNameRoutineWithSchema checks the name of a routine that is called through a
// catalog, and that of a declared one, in all that the program sees of a call.
func TestHooksErrorsAndLogsNameRoutineWithSchema(t *testing.T) {
	setUp(t, openPostgres(t), "DROP SCHEMA IF EXISTS hooked CASCADE", "CREATE SCHEMA hooked",
		`CREATE FUNCTION hooked.f(a int) RETURNS int LANGUAGE plpgsql STABLE AS $$
			BEGIN IF a = 0 THEN RAISE 'no' USING ERRCODE = 'XX000'; END IF; RETURN a; END $$`,
		`CREATE FUNCTION hooked."G h"() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1/0'`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		var names map[string]string
		var logged bytes.Buffer
		handler := slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})
		m := moresql.New(db, moresql.Hooks{
			Before: func(_ *http.Request, c *moresql.Call) error { names["Before"] = c.Name; return nil },
			After:  func(_ *http.Request, c *moresql.Call, _ error) { names["After"] = c.Name },
			Error:  func(e *moresql.Error) { names["Error"] = e.Proc },
			Logger: slog.New(handler),
		})
		mux := http.NewServeMux()
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, load(t, db, "hooked"))))
		mux.Handle("/f", m.Handler("hooked.f", moresql.Fields("a")))
		for _, test := range []struct {
			target string
			status int
			name   string
			bound  bool // its arguments are read
		}{
			{target: "/rpc/f?a=1", status: 200, name: "hooked.f", bound: true},
			{target: "/rpc/f?a=0", status: 500, name: "hooked.f", bound: true},
			{target: "/rpc/f?b=0", status: 404, name: "hooked.f"},
			{target: "/rpc/G%20h", status: 400, name: `hooked."G h"`, bound: true},
			{target: "/f?a=1", status: 200, name: "hooked.f", bound: true},
			{target: "/f?a=0", status: 500, name: "hooked.f", bound: true},
			{target: "/f", status: 400, name: "hooked.f"},
		} {
			names = map[string]string{}
			logged.Reset()
			if status, body := do(mux, "GET", test.target, "", ""); status != test.status {
				t.Errorf("%s: %d %s, want %d", test.target, status, body, test.status)
			}
			want := map[string]bool{"Before": test.bound, "After": true, "Error": test.status >= 400}
			for hook, called := range want {
				if name, ok := names[hook]; ok != called || ok && name != test.name {
					t.Errorf("%s: the name that %s sees is %q, want %q", test.target, hook, name, test.name)
				}
			}
			var line struct{ Procedure string }
			if test.status < 400 {
				continue
			}
			if err := json.Unmarshal(logged.Bytes(), &line); err != nil || line.Procedure != test.name {
				t.Errorf("%s: %v, the log has %s", test.target, err, &logged)
			}
		}
	})
}
