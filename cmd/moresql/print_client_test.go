package main

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/npmtest"
)

// What the programs in testdata/clients do with the rows of a table.
const clientDoes = `[
	[["Up", 1999, null, null], ["Down", 1966, null, "2026-01-02"]],
	[["Down", 1966, null, "2026-01-02"]],
	[["Up", null, "a 'note' & more", null]],
	[["Down", 1966, null, "2026-01-02"]],
	[["Up", null, "a 'note' & more", null]],
	"an empty filter would change or delete all rows", 409]`

// The clients of tables compile, and change and read the rows on every database. The types of
// SQLite's columns are what can be in them.
func TestPrintedClientsUseTables(t *testing.T) {
	clients := filepath.Join("..", "..", "internal", "openapitest", "testdata", "clients")
	dir := npmtest.Install(t, clients)
	for _, test := range []struct {
		name, id string
		year     [2]string // an int as a program of Go has it, and the type of TypeScript
	}{
		{"SQLite", "INTEGER PRIMARY KEY", [2]string{`json.RawMessage("1966")`, "number | string | null"}},
		{"PostgreSQL", "int GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
			[2]string{"int32(1966)", "number | null"}},
		{"MariaDB", "int AUTO_INCREMENT PRIMARY KEY", [2]string{"int32(1966)", "number | null"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			create := "CREATE TABLE films (id " + test.id + ", title varchar(20) NOT NULL UNIQUE," +
				" year int DEFAULT 1999, note text, made date)"
			var args, env []string
			var db *sql.DB
			if test.name == "SQLite" {
				file := filepath.Join(t.TempDir(), "films.db")
				var err error
				if db, err = sql.Open("sqlite", file); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { db.Close() })
				args = []string{"-tables", "-db", file}
			} else {
				uri := newPostgreSQL(t)
				schema := "public"
				if test.name == "MariaDB" {
					uri = newMariaDB(t)
					schema = databaseOf(uri)
				}
				db = connect(t, uri)
				args = []string{"-tables", "-superuser", "-schema", schema}
				env = []string{"MORESQL_DATABASE_URI=" + uri}
			}
			mustExec(t, db, create)
			printed := func(language string) string {
				stdout, stderr := newOutput(), newOutput()
				p := process{environ: env, stdout: stdout, stderr: stderr}
				command := append([]string{"openapi", "-client", language}, args...)
				if language == "go" {
					command = append(command, "-package", "films")
				}
				if status := p.run(t.Context(), command); status != 0 {
					t.Fatalf("exit status %d: %s", status, stderr)
				}
				return stdout.String()
			}
			c := launchIn(t, append(environ(), env...), append(args, "-addr", "localhost:0")...)
			c.await(c.stdout, "listening on ")

			folder := t.TempDir()
			if err := os.Mkdir(filepath.Join(folder, "films"), 0o700); err != nil {
				t.Fatal(err)
			}
			put(t, folder, "go.mod", "module uses\n\ngo 1.24\n")
			put(t, folder, filepath.Join("films", "client.go"), printed("go"))
			put(t, folder, "main.go", strings.ReplaceAll(read(t, "main.go.txt"), "YEAR", test.year[0]))
			for _, verb := range []string{"vet", "run"} {
				cmd := exec.Command("go", verb, ".", c.url())
				if verb == "vet" {
					cmd = exec.Command("go", verb, "./...")
				}
				var stderr strings.Builder
				cmd.Dir, cmd.Stderr = folder, &stderr
				cmd.Env = append(os.Environ(), "GOWORK=off")
				out, err := cmd.Output()
				if err != nil || verb == "run" && !sameJSON(string(out), clientDoes) {
					t.Fatalf("%v: %s%s\nwant %s", err, stderr.String(), out, clientDoes)
				}
			}
			mustExec(t, db, "DELETE FROM films")

			put(t, dir, "client.ts", printed("ts"))
			put(t, dir, "main.ts", strings.ReplaceAll(read(t, "main.ts"), "YEAR", test.year[1]))
			runNode(t, dir, "tsc", "--project", ".")
			if got := runNode(t, dir, "", "main.js", c.url()); !sameJSON(got, clientDoes) {
				t.Errorf("%s\nwant %s", got, clientDoes)
			}
			c.stop()
		})
	}
}

// read returns a file of testdata/clients.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "clients", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Without -tables the client has none, also where the sample has a route with the name of one.
func TestPrintedClientsHaveNoTablesThatAreNotServed(t *testing.T) {
	uri := newPostgreSQL(t)
	c := start(t, uri, "-init", "-schema", "public")
	c.stop()
	for flag, want := range map[string]bool{"-tables": true, "-tables=false": false} {
		stdout, stderr := newOutput(), newOutput()
		p := process{
			environ: []string{"MORESQL_DATABASE_URI=" + uri}, stdout: stdout, stderr: stderr,
		}
		status := p.run(t.Context(), []string{
			"openapi", "-client", "go", "-schema", "public", "-superuser", flag,
		})
		if status != 0 || strings.Contains(stdout.String(), ") ListFilms(") != want {
			t.Errorf("%s: exit status %d: %s%s", flag, status, stderr, stdout)
		}
	}
}
