package main

import (
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
			reason: "the same, for which a server needs a token", alone: true,
			args: []string{"-role", "clerk" + suffix}, paths: "/rpc/one",
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
		for path := range strings.FieldsSeq("/rpc/one /rpc/two /films") {
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

// Mistakes are reported in one line, and print no part of a document.
func TestMistakesAboutTheDocumentAreReported(t *testing.T) {
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{args: []string{"openapi"}, status: 1, want: "the document is that of a schema"},
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
