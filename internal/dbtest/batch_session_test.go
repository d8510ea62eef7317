package dbtest

import (
	"context"
	"database/sql"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// batchSessionSchema has a function that leaves what others go by, as one may that is called alone,
// where it ends with the call, and one that shows what a call finds.
var batchSessionSchema = []string{
	`DROP SCHEMA IF EXISTS alone CASCADE`, `CREATE SCHEMA alone`,
	`DO $$ BEGIN CREATE ROLE alone_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
	`GRANT USAGE ON SCHEMA alone TO alone_user`,
	`CREATE FUNCTION alone.opens(local bool) RETURNS text LANGUAGE sql AS $$ SELECT 'open' ||
		set_config('alone.open', 'yes', local) || set_config('alone.tenant', 'other', local) ||
		set_config('search_path', 'alone', local) || set_config('statement_timeout', '54321', local) ||
		set_config('timezone', 'Asia/Tokyo', local) || set_config('row_security', 'off', local) ||
		set_config('request.path', '/rpc/elsewhere', local) || set_config('role', 'none', local) $$`,
	`CREATE FUNCTION alone.found() RETURNS text LANGUAGE sql STABLE AS $$ SELECT concat_ws(' ',
		nullif(current_setting('alone.open', true), ''), current_setting('alone.tenant', true),
		current_setting('search_path'), current_setting('statement_timeout'),
		current_setting('timezone'), current_setting('row_security'), current_user) $$`,
	`CREATE TABLE alone.kept (n int)`, `GRANT INSERT ON alone.kept TO alone_user`,
	`CREATE FUNCTION alone.sets(status text, n int DEFAULT 1) RETURNS SETOF text LANGUAGE sql AS $$
		INSERT INTO alone.kept VALUES (1);
		SELECT set_config('response.status', status, true) || repeat('.', 60)
			FROM generate_series(1, n) $$`,
	`CREATE FUNCTION alone.heads(headers text) RETURNS text LANGUAGE sql AS $$
		INSERT INTO alone.kept VALUES (1);
		SELECT set_config('response.headers', headers, true) $$`,
	`CREATE FUNCTION alone.path() RETURNS text LANGUAGE sql STABLE AS
		$$ SELECT current_setting('request.path') || current_setting('request.method') $$`,
	`CREATE FUNCTION alone."a b"() RETURNS text LANGUAGE sql STABLE AS 'SELECT alone.path()'`,
}

// A call of a batch finds what it would find alone, whatever those before it have left: role,
// settings of the session, other settings and the path of the request.
func TestCallsOfABatchFindWhatTheyWouldAlone(t *testing.T) {
	setUp(t, openPostgres(t), batchSessionSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		session := rest.Session(func(*http.Request) (rest.Identity, error) {
			return rest.Identity{Role: "alone_user", Claims: struct{}{},
				Values: map[string]string{"alone.tenant": "mine"}}, nil
		})
		m := moresql.New(db, quiet, session, rest.HTTPSettings())
		mux := http.NewServeMux()
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, load(t, db, "alone"))))
		body := `[{"call":"path"},{"call":"found"},{"call":"opens","args":{"local":true}},
			{"call":"found"},{"call":"opens","args":{"local":false}},{"call":"path"},{"call":"a b"},
			{"call":"found"}]`
		calls := []string{"path", "found", "opens", "found", "opens", "path", "a%20b", "found"}
		var want []string
		for _, call := range calls {
			args := "{}"
			if call == "opens" {
				args = `{"local":true}`
			}
			_, text := do(mux, "POST", "/rpc/"+call, "application/json", args)
			want = append(want, text)
		}
		status, got := do(mux, "POST", "/rpc/", "application/json", body)
		if joined := "[" + strings.Join(want, ",") + "]"; status != 200 || got != joined {
			t.Errorf("%d\n got %s\nwant %s", status, got, joined)
		}
		if want[0] != `"/rpc/pathPOST"` || !strings.Contains(want[1], "mine") {
			t.Errorf("alone the calls find %s", want)
		}
	})
}

// A function that refuses by setting the status of the response, or what cannot be set, has no
// effect, also in a batch, and neither have the calls with it.
func TestStatusThatACallSetsRefusesTheBatch(t *testing.T) {
	setUp(t, openPostgres(t), batchSessionSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		session := rest.Session(func(*http.Request) (rest.Identity, error) {
			return rest.Identity{Role: "alone_user"}, nil
		})
		m := moresql.New(db, quiet, session, rest.HTTPSettings())
		h := rest.Routines(m, load(t, db, "alone"))
		const fine = `{"call":"sets","args":{"status":"201"}}`
		for _, test := range []struct {
			status string // that the second call sets
			want   int
			code   string
			kept   int
		}{
			{status: "202", want: 200, kept: 3},
			{status: "403", want: 403},
			{status: "503", want: 503},
			{status: "x", want: 500, code: "PGRST112"},
		} {
			setUp(t, db, `TRUNCATE alone.kept`)
			body := `[` + fine + `,{"call":"sets","args":{"status":"` + test.status + `"}},` + fine + `]`
			want := batchCase{body: body, status: test.want, code: test.code, index: 1, name: "alone.sets"}
			if test.want == 200 {
				dots := strings.Repeat(".", 60)
				want.want = `[["201` + dots + `"],["202` + dots + `"],["201` + dots + `"]]`
			}
			checkBatch(t, h, want)
			if n := queryInt(t, db, `SELECT count(*) FROM alone.kept`); n != test.kept {
				t.Errorf("%s: %d rows are kept", test.status, n)
			}
		}
		setUp(t, db, `TRUNCATE alone.kept`)
		checkBatch(t, h, batchCase{body: `[` + fine + `,{"call":"heads","args":{"headers":"x"}}]`,
			status: 500, code: "PGRST111", index: 1, name: "alone.heads"})
		late := `[{"call":"sets","args":{"status":"403","n":5000}}]`
		response, err := http.Post(listen(t, h)+"/", "application/json", strings.NewReader(late))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); response.StatusCode != 200 || err == nil {
			t.Errorf("%d %v, want a response that is cut off", response.StatusCode, err)
		}
		if n := queryInt(t, db, `SELECT count(*) FROM alone.kept`); n != 0 {
			t.Errorf("%d rows are kept", n)
		}
	})
}

// In a transaction of the program's own its settings are the program's: a batch leaves them.
func TestBatchKeepsTheSettingsOfTheProgram(t *testing.T) {
	setUp(t, openPostgres(t), batchSessionSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if _, err := tx.Exec(`SET LOCAL alone.open = 'program'`); err != nil {
			t.Fatal(err)
		}
		ctx := moresql.Settings{Role: "alone_user"}.Context(context.Background())
		calls := func(yield func(string, []any) bool) {
			for range 2 {
				if !yield("alone.found", nil) {
					return
				}
			}
		}
		n := 0
		for rows, err := range moresql.New(tx, quiet).Batch(ctx, calls) {
			if err != nil {
				t.Fatal(err)
			}
			for r, err := range rows.All() {
				if err != nil || !strings.HasPrefix(r.Value(0).String(), "program ") {
					t.Errorf("call %d finds %s, %v", n, r.Value(0), err)
				}
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d calls have run", n)
		}
	})
}
