package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The document that is printed is the one that is served, to the role that is named.
func TestCommandPrintsTheDocument(t *testing.T) {
	uri := newPostgreSQL(t)
	_, suffix := roles(t, uri, `CREATE SCHEMA api; CREATE ROLE "clerk{}" NOLOGIN;
		GRANT USAGE ON SCHEMA api TO "clerk{}"; CREATE TABLE api.films (id int PRIMARY KEY);
		CREATE FUNCTION api.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
		CREATE FUNCTION api.two() RETURNS int LANGUAGE sql AS 'SELECT 2';
		REVOKE EXECUTE ON FUNCTION api.two() FROM PUBLIC`)
	t.Cleanup(func() {
		connect(t, uri).Exec(strings.ReplaceAll(
			`DROP OWNED BY "clerk{}"; DROP ROLE "clerk{}"`, "{}", suffix))
	})
	for _, test := range []struct {
		reason string
		args   []string
		paths  string
		alone  bool // nothing serves it
	}{
		{
			reason: "the login's", args: []string{"-tables", "-openapi-server", "/v1"},
			paths: "/rpc/one /rpc/two /films",
		},
		{
			reason: "a role's", args: []string{"-anon-role", "clerk" + suffix}, paths: "/rpc/one",
		},
		{
			reason: "with a channel", args: []string{"-events", "news"},
			paths: "/rpc/one /rpc/two /events/news",
		},
		{
			reason: "the same, for which a server needs a token", alone: true,
			args: []string{"-role", "clerk" + suffix}, paths: "/rpc/one",
		},
		{
			reason: "the same, by claims", alone: true,
			args: []string{"-claims", `{"role":"clerk` + suffix + `"}`}, paths: "/rpc/one",
		},
	} {
		args := append([]string{"openapi", "-superuser", "-schema", "api"}, test.args...)
		stdout, stderr := newOutput(), newOutput()
		p := process{
			environ: []string{"MORESQL_DATABASE_URI=" + uri}, stdout: stdout, stderr: stderr,
		}
		if status := p.run(t.Context(), args); status != 0 {
			t.Fatalf("%s: exit status %d: %s", test.reason, status, stderr)
		}
		printed := strings.TrimSuffix(stdout.String(), "\n")
		served := printed
		if !test.alone {
			c := start(t, uri, append([]string{"-schema", "api"}, test.args...)...)
			_, _, served = c.get("/openapi.json")
			c.stop()
		}
		for path := range strings.FieldsSeq("/rpc/one /rpc/two /films /events/news") {
			want := strings.Contains(" "+test.paths+" ", " "+path+" ")
			if got := strings.Contains(printed, `"`+path+`":`); got != want {
				t.Errorf("%s: %s is in the document: %v", test.reason, path, got)
			}
		}
		if printed != served {
			t.Errorf("%s: printed\n%s\nserved\n%s", test.reason, printed, served)
		}
	}
}

// A client that is printed compiles, has what its role may call and nothing else, and calls the
// server. Package openapitest has every kind of routine and type.
func TestCommandPrintsAClient(t *testing.T) {
	uri := newPostgreSQL(t)
	_, suffix := roles(t, uri, `CREATE SCHEMA api; CREATE ROLE "clerk{}" NOLOGIN;
		GRANT USAGE ON SCHEMA api TO "clerk{}";
		CREATE FUNCTION api.add(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT a + b';
		COMMENT ON FUNCTION api.add IS 'Adds two numbers.';
		CREATE FUNCTION api.two() RETURNS int LANGUAGE sql AS 'SELECT 2';
		REVOKE EXECUTE ON FUNCTION api.two() FROM PUBLIC;
		CREATE FUNCTION api."a/b"() RETURNS int LANGUAGE sql AS 'SELECT 3';
		CREATE TABLE api.notes (id serial, note text, secret text, hidden int);
		CREATE TABLE api.others (id int);
		GRANT SELECT (id, note), INSERT (note), UPDATE (secret) ON api.notes TO "clerk{}"`)
	t.Cleanup(func() {
		connect(t, uri).Exec(strings.ReplaceAll(
			`DROP OWNED BY "clerk{}"; DROP ROLE "clerk{}"`, "{}", suffix))
	})
	printed := map[string]string{}
	for _, language := range []string{"go", "ts"} {
		stdout, stderr := newOutput(), newOutput()
		p := process{
			environ: []string{"MORESQL_DATABASE_URI=" + uri}, stdout: stdout, stderr: stderr,
		}
		status := p.run(t.Context(), []string{"openapi", "-superuser", "-schema", "api",
			"-tables", "-role", "clerk" + suffix, "-client", language})
		if printed[language] = stdout.String(); status != 0 {
			t.Fatalf("exit status %d: %s", status, stderr)
		}
	}
	for language, method := range map[string]string{"go": ") Add(", "ts": "async add("} {
		if text := printed[language]; !strings.Contains(text, method) ||
			!strings.Contains(text, "Adds two numbers.") || strings.Contains(text, "/rpc/two") {
			t.Errorf("%s", text)
		}
	}
	for language, types := range map[string][]string{
		"go": {
			"type NotesRow struct {\n\tID   int32   `json:\"id\"`\n\tNote *string `json:\"note\"`\n}",
			"type NotesInsert struct {\n\tNote Set[string] `json:\"note,omitzero\"`\n}",
			"type NotesUpdate struct {\n\tSecret Set[string] `json:\"secret,omitzero\"`\n}",
		},
		"ts": {
			"interface NotesRow {\n  id: number;\n  note: string | null;\n}",
			"interface NotesInsert {\n  note?: string | null;\n}",
			"interface NotesUpdate {\n  secret?: string | null;\n}",
			`async "a/b"()`,
		},
	} {
		for _, declared := range types {
			if !strings.Contains(printed[language], declared) {
				t.Errorf("%s is not in\n%s", declared, printed[language])
			}
		}
		for _, more := range []string{"idden", "thers", "eleteNotes", "elete_notes"} {
			if strings.Contains(printed[language], more) {
				t.Errorf("%q is in\n%s", more, printed[language])
			}
		}
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module adds\n\ngo 1.24\n", "api/api.go": printed["go"], "main.go": `package main

import ("adds/api"; "context"; "fmt"; "os")

func main() {
	sum, err := (&api.Client{URL: os.Args[1]}).Add(context.Background(), api.AddArgs{A: 41})
	fmt.Println(*sum, err)
}
`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := start(t, uri, "-schema", "api")
	cmd := exec.Command("go", "run", ".", c.url())
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "42 <nil>\n" {
		t.Errorf("%v: %s", err, out)
	}
	c.stop()
}

// Without a schema it is the sample's.
func TestCommandPrintsTheDocumentOfTheSample(t *testing.T) {
	stdout, stderr := newOutput(), newOutput()
	status := process{stdout: stdout, stderr: stderr}.run(t.Context(), []string{"openapi"})
	c := start(t, "")
	_, _, served := c.get("/openapi.json")
	if status != 0 || stdout.String() != served+"\n" || !strings.Contains(served, `"/cars/{id}"`) {
		t.Errorf("exit status %d, %s: printed\n%s\nserved\n%s", status, stderr, stdout, served)
	}
	c.stop()
}

// Mistakes are reported in one line, and print no part of a document.
func TestMistakesAboutTheDocumentAreReported(t *testing.T) {
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{args: []string{"openapi", "-client", "go"}, status: 1, want: "name it with -schema"},
		{args: []string{"openapi", "-client", "rust"}, status: 2, want: "written in go or ts"},
		{
			args: []string{"openapi", "-client", "go", "-package", "a b"}, status: 2,
			want: "-package is the name of a package of Go",
		},
		{args: []string{"openapi", "-package", "a"}, status: 2, want: "with -client go"},
		{args: []string{"openapi", "x"}, status: 2, want: `"x" is not a flag; run moresql openapi -h`},
	} {
		stdout, stderr := newOutput(), newOutput()
		status := process{stdout: stdout, stderr: stderr}.run(t.Context(), test.args)
		text := stderr.String()
		if status != test.status || stdout.String() != "" || !strings.Contains(text, test.want) ||
			strings.Count(text, "\n") != 1 {
			t.Errorf("%q: exit status %d\n%s%s", test.args, status, stdout, text)
		}
	}
}
