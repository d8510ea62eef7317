// Package npmtest runs programs of npm in tests: clients and linters that are not ours.
package npmtest

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Install returns a temporary folder with a copy of the given one, and in it what its
// package-lock.json names. Without node, npm or the registry the test is skipped, unless
// MORESQL_REQUIRE_DATABASES is 1: then it fails.
func Install(t testing.TB, folder string) (dir string) {
	t.Helper()
	lacks := t.Skip
	if os.Getenv("MORESQL_REQUIRE_DATABASES") == "1" {
		lacks = t.Fatal
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			lacks("no " + program + " found: apt-get install nodejs npm")
		}
	}
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci",
		"--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
	cmd.Dir, cmd.WaitDelay = dir, time.Minute
	if out, err := cmd.CombinedOutput(); err != nil {
		first, _, _ := strings.Cut(string(out), "\n")
		lacks("npm cannot install " + folder + ": " + err.Error() + ": " + first)
	}
	return dir
}
