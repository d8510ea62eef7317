package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/npmtest"
)

// The conformance suite of the protocol's authors passes, but for what testdata/mcp/baseline.yml
// says is not for a database. The functions are the tools that it calls.
func TestCommandPassesTheConformanceSuiteOfTools(t *testing.T) {
	dir := npmtest.Install(t, filepath.Join("testdata", "mcp"))
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), `CREATE SCHEMA api;
		CREATE FUNCTION api.test_simple_text() RETURNS text LANGUAGE sql STABLE
			AS $$ SELECT 'This is a simple text response for testing.' $$;
		CREATE FUNCTION api.test_error_handling() RETURNS text LANGUAGE plpgsql STABLE
			AS $$ BEGIN RAISE 'This tool intentionally returns an error for testing'; END $$`)
	c := start(t, uri, "-schema", "api", "-mcp")
	suite := exec.Command(filepath.Join(dir, "node_modules", ".bin", "conformance"), "server",
		"--url", c.url()+"/mcp", "--expected-failures", "baseline.yml")
	suite.Dir = dir
	out, err := suite.CombinedOutput()
	text := string(out)
	if err != nil || !strings.Contains(text, "\nTotal: 10 passed, ") {
		t.Errorf("%v\n%s", err, text)
	}
	for _, scenario := range []string{
		"server-initialize", "ping", "tools-list", "tools-call-simple-text", "tools-call-error",
		"resources-list", "prompts-list", "logging-set-level", "dns-rebinding-protection",
	} {
		if !strings.Contains(text, "✓ "+scenario+": ") {
			t.Errorf("%s has not passed", scenario)
		}
	}
	c.stop()
}
