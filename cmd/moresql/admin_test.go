package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql/internal/pgtest"
)

// admin returns the URL of the admin server, which the log has.
func (c *command) admin() string {
	c.t.Helper()
	const said = `msg="the admin server listens" address=`
	c.await(c.stderr, said)
	_, after, _ := strings.Cut(c.stderr.String(), said)
	return "http://" + strings.Fields(after)[0]
}

// getAdmin sends a GET to the admin server.
func (c *command) getAdmin(path string) (status int, body string) {
	c.t.Helper()
	r := c.newRequest("GET", "", "")
	u, err := r.URL.Parse(c.admin() + path)
	if err != nil {
		c.t.Fatal(err)
	}
	r.URL, r.Host = u, u.Host
	status, _, body = c.do(r)
	return status, body
}

// measures waits until the metrics have lines that match all patterns: a client has its response
// before it is counted.
func (c *command) measures(patterns ...string) {
	c.t.Helper()
	for _, p := range patterns {
		line := regexp.MustCompile("(?m)^" + p + "$")
		eventually(c.t, "the metrics have a line "+p, func() bool {
			_, body := c.getAdmin("/metrics")
			return line.MatchString(body)
		})
	}
}

func TestAdminAddressHasHealthAndMetrics(t *testing.T) {
	c, _ := startSleepy(t, "-admin-addr", "localhost:0")
	for path, want := range map[string]int{"/live": 200, "/ready": 200, "/rpc/nap": 404} {
		if status, body := c.getAdmin(path); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	for _, path := range []string{"/metrics", "/live"} { // not for clients of the API
		if status, _, _ := c.get(path); status != http.StatusNotFound {
			t.Errorf("%s of the API: %d", path, status)
		}
	}
	c.get("/rpc/rows?n=7")
	c.get("/rpc/rows?n=5")
	c.get("/rpc/rows?n=x")
	c.get("/rpc/" + strings.Repeat("x", 20))
	c.measures(
		`moresql_calls_total{code="",routine="api.rows"} 2`,
		`moresql_calls_total{code="22P02",routine="api.rows"} 1`,
		`moresql_calls_total{code="PGRST202",routine=""} 1`,
		`moresql_call_duration_seconds_count{routine="api.rows"} 3`,
		`moresql_call_duration_seconds_bucket{routine="api.rows",le="30"} 3`,
		`moresql_rows_total 12`,
		`moresql_http_responses_total{status="400"} 1`,
		`moresql_http_responses_total{status="404"} 3`,
		`moresql_http_response_bytes_total [1-9].*`,
		`moresql_http_requests_in_flight 0`,
		`moresql_catalog_routines 2`,
		`go_sql_max_open_connections{db_name="main"} 20`,
		`go_sql_open_connections{db_name="main"} [1-9]\d*`,
		`moresql_build_info{version=".+"} 1`,
	)
	if _, body := c.getAdmin("/metrics"); strings.Contains(body, "xxx") {
		t.Error("a metric has a text of a request")
	}
	c.stop()
}

// A client that leaves before it has a response is no failure of the server: in the metrics, the
// log and traces it is 499, as with nginx and Caddy.
func TestClientsThatLeaveAreNoErrorsOfTheServer(t *testing.T) {
	c, napping := startSleepy(t, "-admin-addr", "localhost:0")
	conn := c.dial()
	io.WriteString(conn, "GET /rpc/nap?s=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
	eventually(t, "the call runs", func() bool { return napping() == 1 })
	conn.Close()
	c.measures(`moresql_calls_total{code="499",routine="api.nap"} 1`,
		`moresql_http_responses_total{status="499"} 1`)
	if _, body := c.getAdmin("/metrics"); strings.Contains(body, `"503"`) {
		t.Errorf("the server seems to have failed:\n%s", body)
	}
	c.await(c.stderr, "status=499 bytes=0")
	c.stop()
}

func TestMetricsHaveTheAgeOfTheCatalog(t *testing.T) {
	c, db := startSchemas(t, "-admin-addr", "localhost:0")
	age := regexp.MustCompile(`(?m)^moresql_catalog_loaded_timestamp_seconds .*$`)
	_, body := c.getAdmin("/metrics")
	before := age.FindString(body)
	if before == "" {
		t.Fatal(body)
	}
	mustExec(t, db, "CREATE FUNCTION api.brandnew() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1'; "+
		"NOTIFY moresql")
	c.becomes("/rpc/brandnew", 200, "1")
	eventually(t, "the catalog is younger", func() bool {
		_, body := c.getAdmin("/metrics")
		return age.FindString(body) != before
	})
	c.measures(`moresql_catalog_reloads_total{result="ok"} [1-9]`,
		`moresql_catalog_reloads_total{result="failed"} 0`)
	c.stop()
}

// A page of another site that gives its name the address of this machine reads no metrics.
func TestAdminAddressIsServedByItsOwnNameOnly(t *testing.T) {
	c := start(t, "", "-admin-addr", "localhost:0")
	r := c.newRequest("GET", "", "")
	u, err := r.URL.Parse(c.admin() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	r.URL, r.Host = u, "evil.example"
	if status, _, body := c.do(r); status != http.StatusMisdirectedRequest {
		t.Errorf("%d %s", status, body)
	}
	c.stop()
}

func TestAdminServerOfPostgREST(t *testing.T) {
	for _, test := range []struct {
		reason  string
		environ []string
		want    string
	}{
		{"no port", []string{"PGRST_SERVER_PORT=1"}, `# admin-addr = "" # default`},
		{
			"the host of the server", []string{"PGRST_ADMIN_SERVER_PORT=3001"},
			"admin-addr = 0.0.0.0:3001 # PGRST_ADMIN_SERVER_PORT",
		},
		{
			"a host of its own",
			[]string{"PGRST_ADMIN_SERVER_PORT=3001", "PGRST_ADMIN_SERVER_HOST=127.0.0.1"},
			"admin-addr = 127.0.0.1:3001 # PGRST_ADMIN_SERVER_PORT",
		},
		{
			"a socket goes before a port",
			[]string{"PGRST_ADMIN_SERVER_PORT=3001", "PGRST_ADMIN_SERVER_UNIX_SOCKET=/run/admin.sock"},
			"admin-addr = unix:/run/admin.sock # PGRST_ADMIN_SERVER_UNIX_SOCKET",
		},
	} {
		out, warnings, _ := configured(t, append(test.environ, "PGRST_DB_ANON_ROLE=web",
			"PGRST_DB_CONFIG=false"))
		if !hasLine(out, test.want) || warnings != "" {
			t.Errorf("%s: no line %s in %s\n%s", test.reason, test.want, out, warnings)
		}
	}
}

// The admin server's readiness is that of the database.
func TestAdminAddressReportsAStoppedDatabase(t *testing.T) {
	server := pgtest.Start(t)
	c := start(t, replace(t, server.URI(), "postgres", "/postgres"), "-init",
		"-admin-addr", "localhost:0")
	server.Stop()
	for path, want := range map[string]int{"/ready": 503, "/live": 200} {
		start := time.Now()
		if status, body := c.getAdmin(path); status != want {
			t.Errorf("%s: %d %s after %v", path, status, body, time.Since(start))
		}
	}
	c.stop()
}
