// Package npmtest runs programs of npm in tests: clients and linters that are not ours.
package npmtest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Install returns a temporary folder with a copy of the given one, and in it what its
// package-lock.json names. Without node, npm or the registry the test is skipped, unless
// MORESQL_REQUIRE_DATABASES is 1: then it fails.
//
// What npm has installed stays in the user's cache: to unpack it takes as long as many tests, of
// which several use the same.
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
	lock, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	installed := filepath.Join(cache, "moresql", "npm", fmt.Sprintf("%x", sha256.Sum256(lock)))
	if _, err := os.Stat(installed); err != nil {
		if err := install(dir, installed); err != nil {
			first, _, _ := strings.Cut(err.Error(), "\n")
			lacks("npm cannot install " + folder + ": " + first)
		}
	}
	modules := "node_modules"
	if err := os.Symlink(filepath.Join(installed, modules), filepath.Join(dir, modules)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// install installs what the package-lock.json of a folder names in another folder, which is there
// at once and as a whole: other tests may install the same meanwhile.
func install(folder, into string) error {
	if err := os.MkdirAll(filepath.Dir(into), 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(into), "install")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := os.CopyFS(work, os.DirFS(folder)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci",
		"--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
	cmd.Dir, cmd.WaitDelay = work, time.Minute
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	if err := os.Rename(work, into); err != nil {
		if _, other := os.Stat(into); other != nil {
			return err
		}
	}
	return nil
}
