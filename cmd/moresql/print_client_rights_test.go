package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/npmtest"
)

// The clients of a login that may use some columns only keep to these, and filter by columns whose
// names are no plain words.
func TestPrintedClientsKeepToTheRightsToColumns(t *testing.T) {
	login, _ := roles(t, newPostgreSQL(t), `CREATE SCHEMA api;
		CREATE ROLE "authenticator{}" LOGIN PASSWORD '`+secret+`';
		GRANT USAGE ON SCHEMA api TO "authenticator{}";
		CREATE TABLE api.notes (id int PRIMARY KEY, "e.f" text, secret text DEFAULT 'no',
			on_conflict int DEFAULT 0);
		INSERT INTO api.notes VALUES (1, 'one'), (2, 'two');
		GRANT SELECT (id, "e.f", on_conflict), INSERT (id, "e.f"), UPDATE ("e.f"), DELETE ON api.notes
			TO "authenticator{}"`)
	env := []string{"MORESQL_DATABASE_URI=" + login + "?sslmode=disable"}
	printed := func(language ...string) string {
		stdout, stderr := newOutput(), newOutput()
		p := process{environ: env, stdout: stdout, stderr: stderr}
		command := append([]string{"openapi", "-schema", "api", "-tables", "-client"}, language...)
		if status := p.run(t.Context(), command); status != 0 {
			t.Fatalf("exit status %d: %s", status, stderr)
		}
		return stdout.String()
	}
	c := launchIn(t, append(environ(), env...), "-schema", "api", "-tables", "-addr", "localhost:0")
	c.await(c.stdout, "listening on ")
	const want = `[{"id": 2, "e.f": "two", "on_conflict": 0},
		{"id": 3, "e.f": "three", "on_conflict": 0}, {"id": 3, "e.f": "four", "on_conflict": 0},
		{"id": 3, "e.f": "four", "on_conflict": 0}]`
	t.Run("Go", func(t *testing.T) {
		folder := t.TempDir()
		if err := os.Mkdir(filepath.Join(folder, "api"), 0o700); err != nil {
			t.Fatal(err)
		}
		put(t, folder, "go.mod", "module uses\n\ngo 1.24\n")
		put(t, folder, filepath.Join("api", "client.go"), printed("go"))
		put(t, folder, "main.go", read(t, "rights.go.txt"))
		cmd := exec.Command("go", "run", ".", c.url())
		var stderr strings.Builder
		cmd.Dir, cmd.Stderr, cmd.Env = folder, &stderr, append(os.Environ(), "GOWORK=off")
		if out, err := cmd.Output(); err != nil || !sameJSON(string(out), want) {
			t.Errorf("%v: %s%s\nwant %s", err, stderr.String(), out, want)
		}
	})
	t.Run("TypeScript", func(t *testing.T) {
		clients := filepath.Join("..", "..", "internal", "openapitest", "testdata", "clients")
		dir := npmtest.Install(t, clients)
		put(t, dir, "client.ts", printed("ts"))
		put(t, dir, "main.ts", read(t, "rights.ts"))
		runNode(t, dir, "tsc", "--project", ".")
		if got := runNode(t, dir, "", "main.js", c.url()); !sameJSON(got, want) {
			t.Errorf("%s\nwant %s", got, want)
		}
	})
	c.stop()
}
