package dbtest

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/row"
)

// The expected values are what PostgreSQL makes of the array by its own syntax.
func TestPostgresArrayFieldTakesSeveralValues(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		for i, test := range []struct{ kind, form, json, want string }{
			{"int[]", "a=1&a=-2", `[1, -2]`, "ARRAY[1, -2]"},
			{"int[]", "a={3,NULL}", `"{3,NULL}"`, "ARRAY[3, NULL]"},
			{"int[]", "", `[[1,2],[3,4]]`, "ARRAY[[1,2],[3,4]]"},
			{"int[]", "", `[]`, "ARRAY[]::int[]"},
			{"int[]", "", `null`, "NULL::int[]"},
			{"numeric[]", "a=1.50", `[1.50]`, "ARRAY[1.50]"},
			{"bool[]", "a=true&a=f", `[true, false]`, "ARRAY[true, false]"},
			{"text[]", "a=a,b&a=c\"d&a=e\\f&a=&a=NULL", `["a,b", "c\"d", "e\\f", "", "NULL"]`,
				`ARRAY['a,b', 'c"d', 'e\f', '', 'NULL']`},
			{"text[]", "", `["a", null]`, "ARRAY['a', NULL]"},
			{"jsonb[]", "", `[{"a": [1, "x"]}, null]`, `ARRAY['{"a": [1, "x"]}'::jsonb, NULL]`},
			{"timestamptz[]", "a=2024-01-02T03:04:05Z", `["2024-01-02T03:04:05Z"]`,
				"ARRAY['2024-01-02T03:04:05Z'::timestamptz]"},
		} {
			name := fmt.Sprintf("listed_%d", i)
			setUp(t, db, "DROP FUNCTION IF EXISTS "+name, "CREATE FUNCTION "+name+"(a "+test.kind+
				") RETURNS text LANGUAGE sql AS 'SELECT to_json(a)::text'")
			h := moresql.New(db, quiet).Handler(name, moresql.Bind(binder.Array("a")),
				moresql.Shape(row.Scalar))
			body := test.json
			var want any
			if text := queryNull(t, db, "SELECT to_json("+test.want+")::text"); text != nil {
				want = *text
			}
			status, got := do(h, "POST", "/", "application/json", `{"a": `+body+`}`)
			var value any
			if err := json.Unmarshal([]byte(got), &value); status != 200 || err != nil || value != want {
				t.Errorf("%s %s: %d %s, want %v", test.kind, body, status, got, want)
			}
			if test.form == "" {
				continue
			}
			query, err := url.ParseQuery(test.form)
			if err != nil {
				t.Fatal(err)
			}
			status, got = do(h, "GET", "/?"+query.Encode(), "", "")
			if err := json.Unmarshal([]byte(got), &value); status != 200 || err != nil || value != want {
				t.Errorf("%s %s: %d %s, want %v", test.kind, test.form, status, got, want)
			}
		}
	})
}

// queryNull returns the only value of a query, nil for NULL.
func queryNull(t *testing.T, db *sql.DB, query string) (text *string) {
	t.Helper()
	if err := db.QueryRow(query).Scan(&text); err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	return text
}

// The server's own error says what is missing.
func TestPostgresMissingFunctionIsAWarningOnce(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "DROP FUNCTION IF EXISTS get_thingz")
		var log bytes.Buffer
		hooks := moresql.Hooks{Logger: slog.New(slog.NewTextHandler(&log, nil))}
		for _, name := range []string{"get_thingz", "get_thingz()"} {
			log.Reset()
			h := moresql.New(db, hooks).Handler(name)
			for range 3 {
				if status, body := do(h, "GET", "/", "", ""); status != 404 {
					t.Errorf("%s: %d %s", name, status, body)
				}
			}
			if text := log.String(); strings.Count(text, "level=WARN") != 1 ||
				strings.Count(text, "\n") != 1 || !strings.Contains(text, "does not exist") {
				t.Errorf("%s: logged %s", name, text)
			}
		}
	})
}
