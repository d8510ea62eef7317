package dbtest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

var leftSchema = []string{
	`DROP SCHEMA IF EXISTS left_over CASCADE`,
	`DO $$ BEGIN CREATE ROLE left_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
	`DO $$ BEGIN CREATE ROLE left_admin; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
	`GRANT left_admin TO left_user`,
	`CREATE SCHEMA left_over`, `GRANT USAGE ON SCHEMA left_over TO PUBLIC`,
	pgtest.Soil("left_over", "left_admin"),

	// reads does what a READ ONLY transaction lets it do.
	`CREATE FUNCTION left_over.reads(n int) RETURNS SETOF int LANGUAGE plpgsql AS $$ BEGIN
		PERFORM pg_advisory_lock(4711), pg_advisory_lock_shared(4712);
		EXECUTE 'LISTEN left_channel';
		EXECUTE 'DECLARE c CURSOR WITH HOLD FOR SELECT 1';
		PERFORM set_config('left.x', 'secret', false), set_config('statement_timeout', '54321', false),
			set_config('request.jwt.claims', '{"sub":"eve"}', false),
			set_config('response.headers', '[{"Set-Cookie":"a=secret"}]', false),
			set_config('search_path', 'pg_temp', false), set_config('role', 'left_admin', false);
		RETURN QUERY SELECT 100 / (500 - i) FROM generate_series(1, n) i;
	END $$`,
}

// Nothing that a call in a session does to its connection is seen by whoever has it next, however
// the call ended.
func TestSessionLeavesNothingOnTheConnection(t *testing.T) {
	setUp(t, openPostgres(t), leftSchema...)
	for _, mode := range ways() {
		t.Run(mode.name, func(t *testing.T) {
			db := mode.open(t)
			db.SetMaxOpenConns(1)
			settings := moresql.Settings{Role: "left_user"}
			session := moresql.Session(func(r *http.Request) (moresql.Settings, error) {
				return settings, nil
			})
			m := moresql.New(db, quiet, session)
			n := moresql.Fields("n")
			serve := func(want int, method string, options ...moresql.Option) func(string) {
				h := m.Handler("left_over.soil", append(options, n)...)
				return func(n string) {
					if status, body := do(h, method, "/?n="+n, "", ""); status != want {
						t.Fatalf("%d %s", status, body)
					}
				}
			}
			reads := func(want int, options ...moresql.Option) func(string) {
				h := m.Handler("left_over.reads", append(options, n, moresql.ReadOnly())...)
				return func(n string) {
					if status, body := do(h, "GET", "/?n="+n, "", ""); status != want {
						t.Fatalf("%d %s", status, body)
					}
				}
			}
			ctx := settings.Context(t.Context())
			for _, test := range []struct {
				reason string
				n      string
				call   func(n string)
			}{
				{"a call", "3", serve(200, "POST")},
				{"with settings of HTTP", "3", serve(200, "POST", rest.HTTPSettings())},
				{"HEAD", "3", serve(200, "HEAD")},
				{"another shape of the result", "3", serve(500, "POST", moresql.Shape(row.One))},
				{"a limit", "3", serve(500, "POST", moresql.Limits{Rows: 2})},
				{"an error in the rows", "501", serve(400, "POST")},
				{"a hook", "3", serve(500, "POST", moresql.Hooks{Row: func(*row.Row) error {
					return errors.New("no")
				}})},
				{"a call that reads", "3", reads(200)},
				{"reading with settings of HTTP", "3", reads(200, rest.HTTPSettings())},
				{"reading, with an error in the rows", "501", reads(400)},
				{"reading, another shape of the result", "3", reads(500, moresql.Shape(row.One))},
				{"Rows stopped early, which read", "3", func(n string) {
					for range m.With(moresql.ReadOnly()).Rows(ctx, "left_over.reads", n) {
						break
					}
				}},
				{"Rows", "3", func(n string) {
					for _, err := range m.Rows(ctx, "left_over.soil", n) {
						if err != nil {
							t.Fatal(err)
						}
					}
				}},
				{"Rows stopped early", "3", func(n string) {
					for range m.Rows(ctx, "left_over.soil", n) {
						break
					}
				}},
				{"Stream", "3", func(n string) {
					err := m.Stream(ctx, new(bytes.Buffer), encoder.JSON(), "left_over.soil", n)
					if err != nil {
						t.Fatal(err)
					}
				}},
			} {
				before := queryText(t, db, "SELECT left_over.state()")
				test.call(test.n)
				if after := queryText(t, db, "SELECT left_over.state()"); after != before {
					t.Errorf("%s:\n%s, before it\n%s", test.reason, after, before)
				}
			}
		})
	}
}

// A lock is free again also when a client leaves in the middle of its call.
func TestSessionOfLeavingClientLeavesNoLock(t *testing.T) {
	other := openPostgres(t)
	setUp(t, other, leftSchema...)
	setUp(t, other, `CREATE FUNCTION left_over.locks() RETURNS int LANGUAGE sql
		AS 'SELECT pg_advisory_lock(4713); SELECT pg_sleep(60); SELECT 1'`)
	for _, mode := range ways() {
		t.Run(mode.name, func(t *testing.T) {
			db := mode.open(t)
			db.SetMaxOpenConns(1)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			ctx = moresql.Settings{}.Context(ctx)
			for _, err := range moresql.New(db).Rows(ctx, "left_over.locks") {
				if err == nil {
					t.Error("no error")
				}
			}
			// Where the connection is lost the server may take a moment to notice.
			for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
				if queryText(t, other, `SELECT count(*) FROM pg_locks
					WHERE locktype = 'advisory' AND objid = 4713`) == "0" {
					break
				}
				if time.Now().After(end) {
					t.Fatal("the lock is held")
				}
			}
		})
	}
}

// What a bare call or the program has left on a connection is not taken for what the next call
// with settings says.
func TestSessionDoesNotGoByWhatOthersLeft(t *testing.T) {
	setUp(t, openPostgres(t), leftSchema...)
	for _, mode := range ways() {
		t.Run(mode.name, func(t *testing.T) {
			db := mode.open(t)
			db.SetMaxOpenConns(1)
			bare := moresql.New(db, quiet)
			want := queryText(t, db, "SELECT current_user")
			if status, body := do(bare.Handler("left_over.soil", moresql.Fields("n")),
				"POST", "/?n=1", "", ""); status != 200 {
				t.Fatalf("%d %s", status, body)
			}
			session := moresql.Session(func(*http.Request) (moresql.Settings, error) {
				return moresql.Settings{}, nil
			})
			scalar := moresql.Shape(row.Scalar)
			h := bare.With(session, rest.HTTPSettings(), scalar).
				Handler("current_user::text", moresql.CallBy(selecting{}))
			got := send(t, "GET", listen(t, h)+"/", "")
			if got.body != `"`+want+`"` || got.header.Get("Set-Cookie") != "" {
				t.Errorf("%s, want %q; %v", got.body, want, got.header)
			}
		})
	}
}

// selecting is a Caller whose procedures' names are expressions.
type selecting struct{ moresql.Function }

func (selecting) Statement(text string, _ []moresql.Param) (moresql.Statement, error) {
	return moresql.Statement{Query: "SELECT " + text}, nil
}

// Rows and Stream run with the settings of their context, and not at all where Session demands some
// and there are none.
func TestRowsTakeSettingsFromTheContext(t *testing.T) {
	setUp(t, openPostgres(t), leftSchema...)
	setUp(t, openPostgres(t),
		`CREATE TABLE left_over.log (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)`,
		`CREATE FUNCTION left_over.note(n int) RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS
			$$ INSERT INTO left_over.log VALUES (n); SELECT 'a' UNION ALL SELECT 'b' $$`,
		`CREATE FUNCTION left_over.who() RETURNS text LANGUAGE sql STABLE
			AS $$ SELECT current_user || ' ' || current_setting('request.jwt.claims') $$`)
	for _, mode := range ways() {
		t.Run(mode.name, func(t *testing.T) {
			db := mode.open(t)
			setUp(t, db, "TRUNCATE left_over.log")
			m := moresql.New(db, quiet, rest.Session(func(*http.Request) (rest.Identity, error) {
				return rest.Identity{}, nil
			}))
			id := rest.Identity{Role: "left_user", Claims: map[string]string{"sub": "ann"}}
			settings, err := id.Settings()
			if err != nil {
				t.Fatal(err)
			}
			ctx := settings.Context(t.Context())
			first := func(
				ctx context.Context, m *moresql.MoreSQL, proc string, args ...any,
			) (string, error) {
				for r, err := range m.Rows(ctx, proc, args...) {
					if err != nil {
						return "", err
					}
					return r.Value(0).String(), nil
				}
				return "", sql.ErrNoRows
			}
			const want = `left_user {"sub":"ann"}`
			for reason, m := range map[string]*moresql.MoreSQL{
				"with a Session": m, "without one": moresql.New(db), "read-only": m.With(moresql.ReadOnly()),
			} {
				if got, err := first(ctx, m, "left_over.who"); got != want || err != nil {
					t.Errorf("%s: %q %v", reason, got, err)
				}
				var b bytes.Buffer
				err := m.With(moresql.Encoders()).Stream(ctx, &b, encoder.CSV(), "left_over.who")
				if !strings.Contains(b.String(), "left_user") || err != nil {
					t.Errorf("%s: %q %v", reason, b.String(), err)
				}
			}
			var e *moresql.Error
			if _, err := first(t.Context(), m, "left_over.note", 1); !errors.As(err, &e) || e.Status != 500 {
				t.Errorf("without settings: %v", err)
			}
			b := new(bytes.Buffer)
			if m.Stream(t.Context(), b, encoder.JSON(), "left_over.note", 1) == nil || b.Len() > 0 {
				t.Errorf("without settings: %s", b)
			}
			if _, err := first(ctx, m, "left_over.note", 2); err != nil { // and stops
				t.Error(err)
			}
			for _, err := range m.Rows(ctx, "left_over.note", 3) {
				if err != nil {
					t.Error(err)
				}
			}
			if err := m.Stream(ctx, b, encoder.JSON(), "left_over.note", 4); err != nil {
				t.Error(err)
			}
			// the commit finds it twice
			if err := m.Stream(ctx, b, encoder.JSON(), "left_over.note", 4); !errors.As(err, &e) ||
				e.Code != "23505" {
				t.Errorf("an error of the commit: %v", err)
			}
			err = nil
			for _, err = range m.Rows(ctx, "left_over.note", 3) {
			}
			if !errors.As(err, &e) || e.Code != "23505" {
				t.Errorf("an error of the commit: %v", err)
			}
			const kept = `SELECT string_agg(n::text, ',' ORDER BY n) FROM left_over.log`
			if got := queryText(t, db, kept); got != "3,4" {
				t.Errorf("the log has %s", got)
			}
		})
	}
}
