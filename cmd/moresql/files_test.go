package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// newQueries returns a folder of files and the database that they are for.
func newQueries(t *testing.T, database func(*testing.T) string) (folder, uri string) {
	t.Helper()
	folder = t.TempDir()
	for name, content := range map[string]string{
		"films/find.sql": "-- Films by their title\n" +
			"SELECT id, title FROM movies WHERE title = coalesce(:title, title) ORDER BY id",
		"add.sql":  "INSERT INTO movies (title) VALUES (:title)",
		"note.txt": "no statement",
	} {
		store(t, filepath.Join(folder, name), content)
	}
	key := "id serial PRIMARY KEY"
	if uri = database(t); uri == "" {
		key, uri = "id integer PRIMARY KEY", "sqlite:"+filepath.Join(t.TempDir(), "app.db")
	}
	for _, statement := range []string{
		"CREATE TABLE movies (" + key + ", title varchar(20))",
		"INSERT INTO movies (title) VALUES ('Up'), ('Down')",
	} {
		if file, ok := strings.CutPrefix(uri, "sqlite:"); ok {
			newSQLiteFile(t, file, statement)
		} else {
			mustExec(t, connect(t, uri), statement)
		}
	}
	return folder, uri
}

func TestCommandServesFiles(t *testing.T) {
	for _, database := range databases {
		t.Run(database.name, func(t *testing.T) {
			folder, uri := newQueries(t, database.uri)
			args := []string{"-addr", "localhost:0", "-sql", folder}
			if !strings.HasPrefix(uri, "sqlite:") {
				args = append(args, "-superuser")
			}
			c := launchPlainly(t, uri, append(args, "-mcp")...)
			c.await(c.stdout, "listening on ")
			session, err := c.joinTools("")
			if err != nil {
				t.Fatal(err)
			}
			if got := toolNames(t, session); !strings.Contains(got, "find?") {
				t.Errorf("tools: %s", got)
			}
			session.Close()
			for _, test := range []struct {
				method, path, body string
				status             int
				want               string
			}{
				{"GET", "films/find?title=Up", "", 200, `[{"id":1,"title":"Up"}]`},
				{"GET", "films/find", "", 200, `[{"id":1,"title":"Up"},{"id":2,"title":"Down"}]`},
				{"POST", "films/find", `{"title": "Down"}`, 200, `[{"id":2,"title":"Down"}]`},
				{"GET", "add?title=Left", "", 405, ""},
				{"POST", "add", `{"title": "Left"}`, 204, ""},
				{"GET", "films/find?title=Left", "", 200, `[{"id":3,"title":"Left"}]`},
				{"GET", "films/find?name=Up", "", 404, ""},
				{"GET", "note", "", 404, ""},
			} {
				status, _, body := c.request(test.method, "/rpc/"+test.path, jsonType, test.body)
				if status != test.status || test.want != "" && body != test.want {
					t.Errorf("%s %s: %d %s", test.method, test.path, status, body)
				}
			}
			for _, want := range []string{"/rpc/films/find?title=<title>'", "POST   /rpc/add\n"} {
				if !strings.Contains(c.stdout.String(), want) {
					t.Errorf("%s is not printed:\n%s", want, c.stdout)
				}
			}
			c.stop()
			stdout, stderr, status := called(t, uri, "", nil, "call", "-sql", folder, "films/find",
				"title=Up")
			if status != 0 || stdout != `[{"id":1,"title":"Up"}]` {
				t.Errorf("call: exit status %d, %s%s", status, stdout, stderr)
			}
		})
	}
}

// A file that is no statement changes nothing, until it is mended.
func TestFilesAreReadAgain(t *testing.T) {
	folder, uri := newQueries(t, databases[0].uri)
	file := strings.TrimPrefix(uri, "sqlite:")
	c := launchPlainly(t, "", "-addr", "localhost:0", "-db", file, "-tables", "-sql", folder)
	c.await(c.stdout, "listening on ")
	hangUp := func() {
		t.Helper()
		if err := c.process.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	paths := func() string {
		t.Helper()
		_, _, body := c.get("/openapi.json")
		var document struct {
			Paths map[string]map[string]any `json:"paths"`
		}
		if err := json.Unmarshal([]byte(body), &document); err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		return strings.Join(slices.Sorted(maps.Keys(document.Paths)), " ")
	}
	if got := paths(); got != "/movies /rpc/add /rpc/films/find" {
		t.Errorf("described: %s", got)
	}
	c.becomes("/movies?id=eq.1&select=title", 200, `[{"title":"Up"}]`)
	store(t, filepath.Join(folder, "bad.sql"), "SELECT\n'open")
	store(t, filepath.Join(folder, "films/find.sql"), "SELECT :a AS a")
	hangUp()
	c.await(c.stderr, "the routes stay as they were")
	c.await(c.stderr, "bad.sql: line 2")
	c.becomes("/rpc/films/find?title=Up", 200, `[{"id":1,"title":"Up"}]`)
	if err := os.Remove(filepath.Join(folder, "bad.sql")); err != nil {
		t.Fatal(err)
	}
	store(t, filepath.Join(folder, "new.sql"), "SELECT 42 AS n")
	hangUp()
	c.becomes("/rpc/new", 200, `[{"n":42}]`)
	c.becomes("/rpc/films/find?a=x", 200, `[{"a":"x"}]`)
	if got := paths(); got != "/movies /rpc/add /rpc/films/find /rpc/new" {
		t.Errorf("described after a reload: %s", got)
	}
	c.stop()
}

// A flag goes before the environment, and two names of the same rank are a mistake.
func TestFileIsNamedOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app.db")
	newSQLiteFile(t, file, "CREATE TABLE movies (id int)")
	const other = "postgres://me:" + secret + "@127.0.0.1:1/x"
	for _, test := range []struct {
		reason  string
		environ []string
		args    []string
		want    string // of what is printed
		status  int
	}{
		{reason: "the flag alone", args: []string{"-db", file}, want: "films.find"},
		{
			reason: "the flag before a URI", environ: []string{"MORESQL_DATABASE_URI=" + other},
			args: []string{"-db", file}, want: "films.find",
		},
		{reason: "the environment", environ: []string{"MORESQL_DB=" + file}, want: "films.find"},
		{
			reason:  "before the weakest name",
			environ: []string{"MORESQL_DB=" + file, "DATABASE_URL=" + other}, want: "films.find",
		},
		{
			reason: "two of the environment", status: 2,
			environ: []string{"MORESQL_DB=" + file, "MORESQL_DATABASE_URI=" + other},
			want:    "MORESQL_DB and MORESQL_DATABASE_URI both name a database",
		},
		{
			reason: "two flags", args: []string{"-db", file, "-database-uri", "@x"}, status: 2,
			want: "the flag -db and the flag -database-uri both name a database",
		},
	} {
		folder := t.TempDir()
		store(t, filepath.Join(folder, "films.find.sql"), "SELECT id FROM movies")
		stdout, stderr, status := called(t, "", "", test.environ,
			append([]string{"call", "-sql", folder}, test.args...)...)
		if status != test.status || !strings.Contains(stdout+stderr, test.want) {
			t.Errorf("%s: exit status %d, %s%s", test.reason, status, stdout, stderr)
		}
	}
}

// A URI in the place of something else is a mistake that is easily made, and may have a password.
func TestURIsInOtherPlacesAreNotPrinted(t *testing.T) {
	const uri = "postgres://me:" + secret + "@127.0.0.1:1/x"
	for _, args := range [][]string{
		{"check", "-db", uri}, {"check", "-data", uri}, {"mcp", "-sql", uri}, {"config", "-db", uri},
		{"openapi", "-timeout", uri}, {"check", "-connections=" + uri}, {"mcp", "-tx-end", uri},
		{"import", "x.csv", "-into", "x", "-batch", uri}, {"call", "f", "-j", uri},
		{"call", "f", "-atomic=" + uri}, {"MORESQL_DB", "check"}, {"MORESQL_SQL", "config"},
		{"MORESQL_DATA", "mcp"},
	} {
		var environ []string
		if strings.HasPrefix(args[0], "MORESQL_") {
			environ, args = []string{args[0] + "=" + uri}, args[1:]
		}
		stdout, stderr, status := called(t, "", "", environ, args...) // looks for the password
		if status != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 ||
			!strings.Contains(stderr, "by the environment variable MORESQL_DATABASE_URI") {
			t.Errorf("%v %q: exit status %d, %s%s", environ != nil, args, status, stdout, stderr)
		}
	}
}

func TestFlagsOfFilesFailWithOneLine(t *testing.T) {
	folder, uri := newQueries(t, databases[0].uri)
	file := strings.TrimPrefix(uri, "sqlite:")
	broken := t.TempDir()
	store(t, filepath.Join(broken, "a.sql"), "SELECT 'open")
	store(t, filepath.Join(broken, "b.sql"), "")
	for _, test := range []struct {
		uri  string
		args []string
		want string
	}{
		{"", []string{"-sql", folder}, "-sql is for a database of your own: name it with -db"},
		{"", []string{"-db", file, "-database-uri", "@x", "-sql", folder}, "leave one of them out"},
		{"", []string{"-db", file + "x", "-sql", folder}, "correct the path in the flag -db"},
		{"", []string{"-db", file + "?mode=ro", "-sql", folder}, "leave out what follows the ? in"},
		{"", []string{"-db", "sqlite:" + file, "-sql", folder}, "write the path alone in the flag -db"},
		{"", []string{"-db", file, "-tables", "-schema", "public"},
			"app.db: catalog: load: no database \"public\" is attached: the file that was opened is main"},
		{"", []string{"-db", ":memory:", "-sql", folder}, "a database in memory would be empty"},
		{"sqlite:///no%20such.db", []string{"-sql", folder}, "as it is, with a space for %20"},
		{"", []string{"-db", file, "-sql", folder + "x"}, "no such file or directory"},
		{"", []string{"-db", file, "-sql", broken}, "a.sql: line 1, column 8: "},
		{"", []string{"-db", file, "-sql", broken}, "; b.sql: "},
		{
			"postgres://me@127.0.0.1:1/x", []string{"-sql", folder, "-schema", "api"},
			"-sql and -schema both serve at /rpc/",
		},
	} {
		c := launchPlainly(t, test.uri, append([]string{"-addr", "localhost:0"}, test.args...)...)
		if status := c.wait(); status == 0 || !strings.Contains(c.stderr.String(), test.want) ||
			strings.Count(c.stderr.String(), "\n") != 1 {
			t.Errorf("%q: exit status %d\n%s", test.args, status, c.stderr)
		}
	}
}
