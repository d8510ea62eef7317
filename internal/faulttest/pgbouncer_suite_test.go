package faulttest

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/pgtest"
)

// notBounced are the tests of internal/dbtest that cannot run through PgBouncer.
var notBounced = []struct {
	reason string
	tests  []string // names, with the subtest after a slash
}{
	{"they SET something for a session", []string{
		"TestPostgresKeywordsAreQuotedIfReserved", "TestCatalogRoutinesMatchPostgreSQLListing",
		"TestCatalogHidesWhatCannotBeCalled", "TestCatalogColumnsMatchResults",
		"TestCatalogTypesMatchPgType", "TestCatalogReloadIsAtomicDuringMigrations",
		"TestFidelityWithCatalogMatchesToJSON", "TestRPCCallsItsOverloadDespiteRevokedOne"}},
	{"it sets the timeout in the URI, which PgBouncer refuses", []string{
		"TestPostgresStatementTimeoutIsGatewayTimeout"}},
	{"it counts for lib/pq without binary_parameters, and for pgx with its own statements", []string{
		"TestRoundTripsPerCallAreExact"}},
	{"they are about statements that a connection keeps prepared", []string{
		"TestPreparedStatementFollowsChangedFunction", "TestPreparedStatementIsKeptOncePerConnection"}},
	{"they prepare statements, which PgBouncer does not track", []string{
		`Test\w*/^drivers$/^pq$`,
		"TestStatementClosedWithinLoopKeepsRow"}},
}

// TestPgBouncerPassesSuiteOfDatabaseTests runs the tests of internal/dbtest through PgBouncer, with
// both drivers; without make test-faults those of the core.
func TestPgBouncerPassesSuiteOfDatabaseTests(t *testing.T) {
	run, least := "^Test(Postgres|RPC|Query|Session)", scale(50, 20)
	if scale(1, 0) == 1 {
		run = "."
	}
	uri := pgtest.Start(t).URI()
	// One URI serves both drivers: a parameter of one of them is sent to the server by the other.
	through := startPgBouncer(t, uri, "default_pool_size = 50",
		"ignore_startup_parameters = extra_float_digits, default_query_exec_mode, binary_parameters") +
		"&binary_parameters=yes&default_query_exec_mode=exec"
	var skip []string
	for _, n := range notBounced {
		t.Logf("skipped, since %s: %s", n.reason, n.tests)
		for _, test := range n.tests {
			name, subtest, found := strings.Cut(test, "/")
			if test = "^" + name + "$"; found {
				test += "/" + subtest
			}
			skip = append(skip, test)
		}
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
