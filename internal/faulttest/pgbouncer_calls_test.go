package faulttest

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

var bounceSchema = []string{
	`DROP SCHEMA IF EXISTS bounce CASCADE`, `CREATE SCHEMA bounce`,
	`CREATE TABLE bounce.runs (n int)`,
	`DO $$ BEGIN CREATE ROLE bounce_0; CREATE ROLE bounce_1; EXCEPTION
		WHEN duplicate_object THEN NULL; END $$`, `GRANT USAGE ON SCHEMA bounce TO bounce_0, bounce_1`,
	`CREATE FUNCTION bounce.seen(a int) RETURNS TABLE (n int, role text, tenant text, path text)
		LANGUAGE sql STABLE AS
		$$ SELECT $1, current_user::text, coalesce(current_setting('bounce.tenant', true), ''),
		coalesce(current_setting('request.path', true), '') $$`,
	`CREATE FUNCTION bounce.header(a int) RETURNS int LANGUAGE sql AS
		$$ SELECT set_config('response.headers', format('[{"X-A": "%s"}]', a), true); SELECT a $$`,
	`CREATE FUNCTION bounce.many(a int) RETURNS TABLE (n int) LANGUAGE sql STABLE
		AS 'SELECT $1 FROM generate_series(1, 5000)'`,
	`CREATE FUNCTION bounce.add(a int) RETURNS int LANGUAGE sql
		AS 'INSERT INTO bounce.runs VALUES (a) RETURNING n'`,
	`CREATE FUNCTION bounce.fail(a int) RETURNS int LANGUAGE plpgsql AS $$
		BEGIN RAISE 'a is %', a; END $$`,
	`CREATE FUNCTION bounce.process() RETURNS int LANGUAGE sql AS 'SELECT pg_backend_pid()'`,
	`CREATE FUNCTION bounce.sleep(s float) RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(s)'`,
}

// setBounced creates the schema, and returns a connection that bypasses PgBouncer.
func setBounced(t *testing.T, uri string) *sql.DB {
	t.Helper()
	direct := openWay(t, "postgres", uri, 1)
	prepare(t, direct, bounceSchema...)
	return direct
}

// bounced returns handlers that call the schema in every way.
func bounced(t *testing.T, db *sql.DB) http.Handler {
	t.Helper()
	cat, err := catalog.Load(t.Context(), db, "bounce")
	if err != nil {
		t.Fatal(err)
	}
	session := moresql.Session(func(r *http.Request) (s moresql.Settings, err error) {
		s.Role, s.Values = "bounce_"+r.Header.Get("X-Tenant"),
			map[string]string{"bounce.tenant": r.Header.Get("X-Tenant")}
		return s, nil
	})
	m, a := moresql.New(db, quiet), moresql.Fields("a")
	mux := http.NewServeMux()
	mux.Handle("/seen", m.Handler("bounce.seen", a, moresql.Shape(row.One)))
	mux.Handle("/filtered", m.Handler("bounce.seen", a, rest.Query()))
	mux.Handle("/session", m.Handler("bounce.seen", a, moresql.Shape(row.One), session))
	mux.Handle("/http",
		m.Handler("bounce.seen", a, moresql.Shape(row.One), session, rest.HTTPSettings()))
	mux.Handle("/header",
		m.Handler("bounce.header", a, moresql.Shape(row.Scalar), rest.HTTPSettings()))
	mux.Handle("/reading", m.Handler("bounce.seen", a, moresql.Shape(row.One), moresql.ReadOnly()))
	mux.Handle("/refused", m.Handler("bounce.add", a, moresql.ReadOnly()))
	mux.Handle("/many", m.Handler("bounce.many", a, moresql.Encoders(encoder.NDJSON())))
	mux.Handle("/add", m.Handler("bounce.add", a, moresql.Shape(row.Scalar)))
	mux.Handle("/fail", m.Handler("bounce.fail", a))
	mux.Handle("/process", m.Handler("bounce.process", moresql.Shape(row.Scalar)))
	mux.Handle("/sleep", m.Handler("bounce.sleep", moresql.Fields("s")))
	mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
	return mux
}

// bounces are requests and their responses. N stands for the number of the request, T for its
// tenant.
var bounces = []struct {
	path   string
	status int
	want   string
}{
	{"/seen?a=N", 200, `{"n":N,"role":"postgres","tenant":"","path":""}`},
	{"/filtered?n=eq.N&a=N&select=n,role", 200, `[{"n":N,"role":"postgres"}]`},
	{"/filtered?n=gt.N&a=N", 200, `[]`},
	{"/session?a=N", 200, `{"n":N,"role":"bounce_T","tenant":"T","path":""}`},
	{"/http?a=N", 200, `{"n":N,"role":"bounce_T","tenant":"T","path":"/http"}`},
	{"/header?a=N", 200, `N`},
	{"/reading?a=N", 200, `{"n":N,"role":"postgres","tenant":"","path":""}`},
	{"/refused?a=N", 405, `25006`},
	{"/many?a=N", 200, "{\"n\":N}\n"},
	{"/add?a=N", 200, `N`},
	{"/fail?a=N", 400, `"message":"a is N"`},
	{"/rpc/seen?a=N", 200, `[{"n":N,"role":"postgres","tenant":"","path":""}]`},
	{"/rpc/seen?a=N&n=eq.N&select=n", 200, `[{"n":N}]`},
}

// TestPgBouncerGivesEachClientItsOwnResponse has many clients share three connections to the
// database: each must get the response to its own request, under its own role.
func TestPgBouncerGivesEachClientItsOwnResponse(t *testing.T) {
	uri := pgtest.URI(t)
	direct := setBounced(t, uri)
	through := startPgBouncer(t, uri)
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			leaktest.Check(t)
			const clients = 16
			each := scale(1000, 20)
			db := openWay(t, way.driver, through+way.parameters, clients)
			h := bounced(t, db)
			if _, err := direct.Exec("TRUNCATE bounce.runs"); err != nil {
				t.Fatal(err)
			}
			var right, added atomic.Int64
			var processes sync.Map
			var all sync.WaitGroup
			for client := range clients {
				all.Go(func() {
					random := rand.New(rand.NewPCG(1, uint64(client)))
					for i := range each {
						b, a, tenant := bounces[random.IntN(len(bounces))], client*each+i, fmt.Sprint(client%2)
						fill := strings.NewReplacer("N", fmt.Sprint(a), "T", tenant).Replace
						path, want := fill(b.path), fill(b.want)
						w := call(h, path, tenant)
						body := w.Body.String()
						switch {
						case strings.HasPrefix(path, "/many"):
							want = strings.Repeat(want, 5000)
						case b.status != 200 && strings.Contains(body, want):
							want = body
						case strings.HasPrefix(path, "/header") && w.Header().Get("X-A") != want:
							t.Errorf("%s: X-A is %q", path, w.Header().Get("X-A"))
						}
						if w.Code != b.status || body != want {
							t.Errorf("%s: %d %.300s, want %d %.300s", path, w.Code, body, b.status, want)
							continue
						}
						right.Add(1)
						if strings.HasPrefix(path, "/add") {
							added.Add(1)
						}
						processes.Store(call(h, "/process", "").Body.String(), true)
					}
				})
			}
			all.Wait()
			var shared []any // what the calls say of it, an error too
			processes.Range(func(process, _ any) bool { shared = append(shared, process); return true })
			var runs int64
			if err := direct.QueryRow("SELECT count(*) FROM bounce.runs").Scan(&runs); err != nil ||
				runs != added.Load() {
				t.Errorf("%d rows are added, %v", runs, err)
			}
			t.Logf("%d calls of %d clients over %d connections: %d right; %d additions, %d added",
				clients*each, clients, len(shared), right.Load(), added.Load(), runs)
			if right.Load() != int64(clients*each) || len(shared) > 3 || db.Stats().InUse != 0 {
				t.Errorf("%d right, connections %q, %d in use", right.Load(), shared, db.Stats().InUse)
			}
		})
	}
}

// call sends a request of a tenant to a handler.
func call(h http.Handler, path, tenant string) *httptest.ResponseRecorder {
	method := http.MethodGet
	if strings.HasPrefix(path, "/add") {
		method = http.MethodPost
	}
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("X-Tenant", tenant)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestPgBouncerCancelsQueriesOfLeavingClients has clients leave whose queries occupy every
// connection: the queries are cancelled through PgBouncer, and the connections stay usable.
func TestPgBouncerCancelsQueriesOfLeavingClients(t *testing.T) {
	uri := pgtest.Start(t).URI()
	direct := setBounced(t, uri)
	// docs/pgbouncer.md gives the reason.
	for _, s := range []string{
		"ALTER SYSTEM SET client_connection_check_interval = '500ms'", "SELECT pg_reload_conf()",
	} {
		if _, err := direct.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	through := startPgBouncer(t, uri)
	running := func(n int) func() bool {
		return func() bool {
			var got int
			const query = `SELECT count(*) FROM pg_stat_activity
				WHERE query LIKE '%bounce.sleep(%' AND state <> 'idle' AND pid <> pg_backend_pid()`
			if err := direct.QueryRow(query).Scan(&got); err != nil {
				t.Fatal(err)
			}
			return got == n
		}
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			leaktest.Check(t)
			db := openWay(t, way.driver, through+way.parameters, 3)
			h, rounds, slowest := bounced(t, db), scale(100, 2), time.Duration(0)
			for range rounds {
				ctx, leave := context.WithCancel(t.Context())
				var all sync.WaitGroup
				for range 3 {
					all.Go(func() {
						h.ServeHTTP(httptest.NewRecorder(),
							httptest.NewRequestWithContext(ctx, "GET", "/sleep?s=60", nil))
					})
				}
				if _, ok := eventually(10*time.Second, running(3)); !ok {
					t.Error("the three calls do not run")
				}
				leave()
				took, ok := eventually(10*time.Second, running(0))
				all.Wait()
				if slowest = max(slowest, took); !ok {
					t.Fatal("queries of clients that have left are still running")
				}
				if w := call(h, "/seen?a=1", ""); w.Code != 200 {
					t.Errorf("the next call: %d %s", w.Code, w.Body)
				}
			}
			t.Logf("%d clients left, and their queries ended after at most %v", 3*rounds,
				slowest.Round(time.Millisecond))
		})
	}
}
