package faulttest

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/pgtest"
)

// notBounced are the tests of internal/dbtest that PgBouncer is in the way of.
var notBounced = []struct{ tests, why string }{
	{
		"^TestPostgresKeywords$|^TestCatalog(Routines|Hidden|Columns|Types|ReloadConcurrently|Fidelity)$|^TestRPCRevoked$", "they SET something for a session"},
	{"^TestPostgresStatementTimeout$", "it sets the timeout in the URI, which PgBouncer refuses"},
	{"^TestPostgresBytea$", "it is about lib/pq without binary_parameters"},
	{"^TestRoundTrips$",
		"it counts them for lib/pq without binary_parameters, and pgx with statements of its own"},
	{"^TestPrepared$|^TestPreparedStatementsStay$", "they are about Prepared on a connection"},
	{
		"^Test(HTTPSettings|SessionTransaction|SessionRows|SessionPlans|StatementClosedWithin)$/^lib$|^TestStatementClosedWithin$", "they prepare statements, which it does not keep track of"},
}

// TestPgBouncerSuite runs the tests of internal/dbtest through PgBouncer, by both drivers; without
// make test-faults those of the core.
func TestPgBouncerSuite(t *testing.T) {
	run, least := "^Test(Postgres|RPC|Ask|Session)", scale(50, 20)
	if scale(1, 0) == 1 {
		run = "."
	}
	uri := pgtest.Start(t).URI()
	// One URI for two drivers: what one of them takes for itself the other sends to the server.
	through := startPgBouncer(t, uri, "default_pool_size = 50",
		"ignore_startup_parameters = extra_float_digits, default_query_exec_mode, binary_parameters") +
		"&binary_parameters=yes&default_query_exec_mode=exec"
	var skip []string
	for _, n := range notBounced {
		t.Logf("passed over: %s: %s", n.tests, n.why)
		skip = append(skip, n.tests)
	}
	cmd := exec.Command("go", "test", "-count=1", "-v", "-timeout=10m", "-run="+run,
		"-skip="+strings.Join(skip, "|"), ".")
	cmd.Dir, cmd.Env = "../dbtest", append(os.Environ(), "MORESQL_TEST_DATABASE_URI="+through)
	out, err := cmd.CombinedOutput()
	failed := []string{}
	passed := 0
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(strings.TrimSpace(line), "--- FAIL") ||
			strings.Contains(line, "_test.go:") && err != nil {
			failed = append(failed, line)
		} else if strings.HasPrefix(line, "--- PASS") {
			passed++
		}
	}
	t.Logf("%d tests of internal/dbtest pass through PgBouncer", passed)
	if err != nil || passed < least {
		t.Errorf("%v\n%s", err, strings.Join(failed, ""))
	}
}
