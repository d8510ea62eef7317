package duckdbtest

import (
	"bufio"
	"context"
	"database/sql"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/moresql/moresql/drivers/duckdb"
	"github.com/moresql/moresql/internal/racetest"
)

// build builds the command, as the tests of cmd/moresql do, with tags.
func build(t *testing.T, tags string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "moresql")
	args := []string{"build", "-tags", tags, "-o", path}
	if racetest.Enabled() {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, "../../cmd/moresql")...).CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// TestCommandServesAFile serves the macros of a file, while others read it too, and calls one in
// the terminal.
func TestCommandServesAFile(t *testing.T) {
	made := filepath.Join(t.TempDir(), "made.db") // is recognized by what is in it
	connector, err := duckdb.NewConnector(made + "?storage_compatibility_version=v1.4.0")
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	run(t, db, films...)
	run(t, db, "CREATE MACRO plus(a BIGINT, b BIGINT) AS a + b")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	command := build(t, "duckdb")

	t.Run("serve", func(t *testing.T) {
		url := serve(t, command, "-db", made)
		for _, c := range []struct{ target, want string }{
			{"/rpc/plus?a=40&b=2", "42"},
			{"/rpc/films?select=title,tags&price=gt.5&order=id", `[{"title":"Alien","tags":["a","b"]}]`},
			{"/rpc/dear_films.csv?least=1", "id,price\r\n1,9.90\r\n2,5.00"},
		} {
			response, err := http.Get(url + c.target)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			if got := strings.TrimSpace(string(body)); err != nil || got != c.want {
				t.Errorf("%s: %d %s, %v; want %s", c.target, response.StatusCode, got, err, c.want)
			}
		}
	})
	t.Run("a file that is open for writing", func(t *testing.T) {
		connector, err := duckdb.NewConnector(made)
		if err != nil {
			t.Fatal(err)
		}
		writer := sql.OpenDB(connector)
		defer writer.Close()
		run(t, writer, "SELECT 1")
		out, _ := exec.Command(command, "-db", made).CombinedOutput()
		if !strings.Contains(string(out), "made.db is open for writing elsewhere") {
			t.Errorf("%s", out)
		}
	})
	for _, c := range []struct {
		reason string
		args   []string
		want   string // is in what is printed
	}{
		{"a call", []string{"call", "-db", made, "plus", "a=1", "b=2"}, "3"},
		{"the document", []string{"openapi", "-db", made}, `"/rpc/dear_films"`},
		{"a check", []string{"check", "-db", made}, "3 routines"},
		{"no such file", []string{"-db", made + ".duckdb"},
			"database does not exist): correct the path in the flag -db"},
		{"tables", []string{"-db", made, "-tables"}, "CREATE MACRO films() AS TABLE"},
		{"an import", []string{"import", "-db", made, "-into", "films", "films.csv"},
			"import is for PostgreSQL, MySQL, MariaDB and SQLite"},
		{"events", []string{"-db", made, "-events", "films"}, "DuckDB has no NOTIFY"},
		{"the sample", []string{"-db", made, "-init"}, "-init is for the sample"},
		{"a schema that is missing", []string{"-db", made, "-schema", "none"}, `no schema "none"`},
	} {
		out, _ := exec.Command(command, c.args...).CombinedOutput()
		if !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %s", c.reason, out)
		}
	}
}

// serve runs the command until the test ends, and returns the URL of its server.
func serve(t *testing.T, command string, args ...string) (url string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	process := exec.CommandContext(ctx, command, append(args, "-addr", "localhost:0")...)
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errors strings.Builder
	process.Stderr = &errors
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); process.Wait() })
	listening := regexp.MustCompile(`^listening on (http://\S+)`)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			go io.Copy(io.Discard, out)
			return found[1]
		}
	}
	t.Fatalf("the command ended: %s", &errors)
	return ""
}
