package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A server's routines are called like those of a database, with the token of the environment.
func TestCallOnAServer(t *testing.T) {
	uri := newPostgreSQL(t)
	login, suffix := roles(t, uri, `CREATE SCHEMA api; CREATE ROLE "reader{}" NOLOGIN;
		CREATE ROLE "authenticator{}" LOGIN NOINHERIT PASSWORD '`+secret+`';
		GRANT "reader{}" TO "authenticator{}"; GRANT USAGE ON SCHEMA api TO "reader{}";
		CREATE FUNCTION api.who(greeting text DEFAULT '') RETURNS text LANGUAGE sql STABLE AS $$
			SELECT greeting || current_user
				|| (current_setting('request.jwt.claims', true)::json->>'sub')
				|| ' as ' || (current_setting('request.jwt.claims', true)::json->>'role')
				|| ' of ' || current_setting('app.settings.tenant', true) $$;
		COMMENT ON FUNCTION api.who IS 'Says who calls';
		CREATE FUNCTION api.".."() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'dots' $$`)
	const key = "a key of at least 32 bytes for HS256"
	token := strings.TrimPrefix(bearer(key, `{"role":"reader`+suffix+`","sub":"ada"}`), "Bearer ")
	deployed := []string{"MORESQL_JWT_SECRET=" + key, "MORESQL_SETTING=app.settings.tenant=acme"}
	c := launchIn(t, append(append(environ(), deployed...),
		"MORESQL_DATABASE_URI="+login+"?sslmode=disable"), "-addr", "localhost:0", "-schema", "api")
	c.await(c.stdout, "listening on ")
	want := `"hi reader` + suffix + `ada as reader` + suffix + ` of acme"`
	in := []string{"MORESQL_TOKEN=" + token}
	for _, test := range []struct {
		reason  string
		environ []string
		args    []string
		want    string
		status  int
	}{
		{
			reason: "a URL", environ: in, want: want,
			args: []string{c.url() + "/rpc/who", "greeting=hi "},
		},
		{
			reason: "-url", environ: in, args: []string{"-url", c.url() + "/rpc", "who", "greeting=hi "},
			want: want,
		},
		{
			reason: "a name that is a step within a path", environ: in, want: `"dots"`,
			args: []string{"-url", c.url() + "/rpc", ".."},
		},
		{
			reason: "a URL of one", environ: in, want: `"dots"`, args: []string{c.url() + "/rpc/%2E%2E"},
		},
		{
			reason: "a file of the token",
			args:   []string{"-token", "@" + write(t, "token", token), c.url() + "/rpc/who", "greeting=hi "},
			want:   want,
		},
		{
			reason: "the list", environ: in, args: []string{c.url() + "/rpc"},
			want: "  who  Says who calls\n",
		},
		{
			reason:  "a value given twice: the last one counts, as the types are known to the server alone",
			environ: in, args: []string{c.url() + "/rpc/who", "greeting=ho ", "greeting=hi "}, want: want,
		},
		{
			reason: "a file that may be a text, or bytes that JSON has in hexadecimal", environ: in,
			args: []string{c.url() + "/rpc/who", "greeting=@" + write(t, "escape", `\x41`), "n:=1"},
			want: "greeting has a backslash", status: 1,
		},
		{
			reason: "no token", args: []string{c.url() + "/rpc/who"}, status: 1,
			want: "Anonymous access is disabled",
		},
		{
			reason: "help", environ: in, args: []string{c.url() + "/rpc/who", "-h"}, status: 1,
			want: "by the server's page in a browser",
		},
		{
			reason: "another page", environ: in, args: []string{c.url() + "/"}, status: 1,
			want: "the server has no list of routines",
		},
	} {
		args := append([]string{"call"}, test.args...)
		stdout, stderr, status := called(t, "", "", test.environ, args...)
		if text := stdout + stderr; status != test.status || !strings.Contains(text, test.want) {
			t.Errorf("%s: exit status %d, %s, want %s", test.reason, status, text, test.want)
		}
	}
	c.stop()

	// On the database a role and claims stand for a token: what else a session has is the same.
	for _, args := range [][]string{
		{"-role", "reader" + suffix, "-claims", `{"sub":"ada"}`},
		{"-claims", `{"sub":"ada","role":"reader` + suffix + `"}`},
	} {
		args = append([]string{"call", "-schema", "api", "who", "greeting=hi "}, args...)
		environ := append(deployed, "MORESQL_ROLE=", "MORESQL_CLAIMS=") // the flags go before them
		stdout, stderr, status := called(t, uri, "", environ, args...)
		if status != 0 || stdout != want {
			t.Errorf("%q: exit status %d, %s%s", args, status, stdout, stderr)
		}
	}
}

// What is between a client and a server responds in its own way, and is not taken for a result.
func TestCallTakesNoOtherResponseForAResult(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/rpc/moved":
			http.Redirect(w, r, "/v2/rpc/moved", http.StatusPermanentRedirect)
		case "/rpc/login":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, "<html>")
		default:
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			io.WriteString(w, "[]")
		}
	}))
	defer server.Close()
	for _, test := range []struct{ reason, args, want string }{
		{"a redirection, which is not followed with the token", "moved",
			"308 Permanent Redirect: the server has it at " + server.URL + "/v2/rpc/moved"},
		{"a page in which to log in", "login",
			"the result is text/html; charset=utf-8, which -o json is not: -o raw has it as it is"},
		{"the same as a table", "login -o table", "which -o table is not"},
		{"what it is", "login -o raw", "<html>"},
		{"a parameter of the media type", "other", "[]"},
	} {
		stdout, stderr, status := called(t, "", "", nil,
			append([]string{"call", "-url", server.URL + "/rpc"}, strings.Fields(test.args)...)...)
		isResult := stdout == test.want
		if !strings.Contains(stdout+stderr, test.want) || isResult != (status == 0) ||
			!isResult && stdout != "" {
			t.Errorf("%s: exit status %d, %s%s, want %s", test.reason, status, stdout, stderr, test.want)
		}
	}
}

func TestCallHelpIsWhatTheCatalogSays(t *testing.T) {
	uri, db := newKinds(t)
	mustExec(t, db, `COMMENT ON FUNCTION api.moved IS E'Moves a point.\n\nBy one, mostly.'`)
	for _, test := range []struct {
		name string
		want []string
	}{
		{"moved", []string{
			"moresql call moved p=… [by=…]", "  Moves a point.\n\n  By one, mostly.\n",
			"  p   api.point  required\n  by  integer    default 1\n",
			"It is a stable function and returns one row of x integer, Y numeric, z text.",
		}},
		{"moods", []string{"moods  api.mood[]  required"}},
		{"add", []string{"moresql call add a=… b=…\n", "moresql call add a=… b=… c=…\n"}},
		{"sum_all", []string{"list  one or more of integer[]  required"}},
		{"divide", []string{"moresql call divide a=… b=…\n", "a procedure and returns one row of"}},
		{"whole", []string{"moresql call whole -\n"}},
	} {
		for _, args := range [][]string{{test.name, "-h"}, {"--help", test.name}} {
			stdout, stderr, status := called(t, uri, "", nil,
				append([]string{"call", "-schema", "api"}, args...)...)
			for _, want := range test.want {
				if status != 0 || !strings.Contains(stdout, want) {
					t.Errorf("%q: exit status %d, %s%s, want %s", args, status, stdout, stderr, want)
				}
			}
		}
	}
	stdout, _, status := called(t, uri, "", nil, "call", "-h")
	if status != 0 || !strings.HasPrefix(stdout, callUsage) ||
		!strings.Contains(stdout, "-claims JSON") {
		t.Errorf("exit status %d, %s", status, stdout)
	}
	stdout, _, status = called(t, uri, "", nil, "call", "-schema", "other one")
	if status != 0 || !strings.HasPrefix(stdout, "  ") {
		t.Errorf("exit status %d, %s", status, stdout)
	}
}

// A flag that a call would ignore is refused: what it says would not be so.
func TestCallRefusesFlagsThatMeanNothing(t *testing.T) {
	const server, url = "http://127.0.0.1:1/rpc/f", "http://127.0.0.1:1/rpc"
	const both = " both say where to call: leave one of them out"
	for _, test := range []struct {
		reason string
		args   []string
		want   string
	}{
		{"a file and -url", []string{"-url", url, "-db", "films.db", "f"}, "-db and -url" + both},
		{"a file and a URL", []string{server, "-db", "films.db"}, "-db and the URL" + both},
		{"a URI", []string{"-url", url, "-database-uri", "@/uri", "f"}, "-database-uri and -url" + both},
		{"a folder of statements", []string{"-url", url, "-sql", "a", "f"}, "-sql and -url" + both},
		{"the sample's folder", []string{"-data", "a", server}, "-data and the URL" + both},
		{"two URLs", []string{"-url", url, server}, "-url and the URL" + both},
		{"a file and a list", []string{"-url", url, "-db", "films.db"}, "-db and -url" + both},
		{"no URL", []string{"-url", "", "f"}, "-url is empty"},
		{
			"a time", []string{server, "-timeout", "1s"},
			"-timeout means nothing to a call on a server: leave it out",
		},
		{
			"two schemas", []string{server, "-schema", "a", "-schema", "b"},
			"a call on a server is of one -schema",
		},
		{
			"a role", []string{server, "-claims", "{}"}, "-role and -claims are for a database",
		},
		{
			"a transaction's end", []string{"get_films", "-tx-end", "rollback"},
			"-tx-end means nothing to moresql call: leave it out",
		},
		{
			"a list's end", []string{"get_films", "-max-rows=1"},
			"-max-rows means nothing to moresql call: leave it out",
		},
		{
			"a token", []string{"get_films", "-token", "@" + write(t, "token", "x")},
			"-token is for a server: name it with -url",
		},
	} {
		stdout, stderr, status := called(t, "", "", nil, append([]string{"call"}, test.args...)...)
		if status != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 ||
			!strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit status %d, %s%s, want %s", test.reason, status, stdout, stderr, test.want)
		}
	}
}

// The environment is that of all commands: what it says of other places is no mistake, and the
// command line goes before it.
func TestCallSharesTheEnvironment(t *testing.T) {
	folder, uri := newQueries(t, databases[0].uri)
	file := strings.TrimPrefix(uri, "sqlite:")
	c := launchPlainly(t, "", "-addr", "localhost:0", "-db", file, "-sql", folder)
	c.await(c.stdout, "listening on ")
	shared := []string{
		"MORESQL_TX_END=rollback", "MORESQL_MAX_ROWS=1", "MORESQL_ADDR=localhost:1",
		"MORESQL_TOKEN=x", "MORESQL_SCHEMA=a,b", "MORESQL_ROLE=reader", "MORESQL_SQL=/nowhere",
		"MORESQL_DB=/nowhere/films.db",
	}
	away := []string{"MORESQL_URL=http://127.0.0.1:1/rpc", "MORESQL_TX_END=rollback"}
	for _, test := range []struct {
		reason  string
		environ []string
		args    []string
	}{
		{"a server", shared, []string{"-url", c.url() + "/rpc", "films/find"}},
		{
			"a server of the environment", append(shared, "MORESQL_URL="+c.url()+"/rpc"),
			[]string{"films/find"},
		},
		{
			"a role that nobody looks at", []string{"MORESQL_ROLE=", "MORESQL_CLAIMS="},
			[]string{c.url() + "/rpc/films/find"},
		},
		{"a URL before that of the environment", away, []string{c.url() + "/rpc/films/find"}},
		{
			"a database before a server of the environment", away,
			[]string{"-db", file, "-sql", folder, "films/find"},
		},
	} {
		stdout, stderr, status := called(t, "", "", test.environ,
			append(append([]string{"call"}, test.args...), "title=Up")...)
		if status != 0 || stdout != `[{"id":1,"title":"Up"}]` {
			t.Errorf("%s: exit status %d, %s%s", test.reason, status, stdout, stderr)
		}
	}
	c.stop()
}

// What cannot be written, as on a full disk, is no success: a script goes by the exit status.
func TestOutputThatIsNotWrittenIsAFailure(t *testing.T) {
	for _, args := range []string{
		"call", "call get_films -h", "call get_films", "config", "version", "check",
	} {
		in, out := io.Pipe()
		in.CloseWithError(errors.New("no space left on device"))
		stderr := newOutput()
		status := process{stdin: strings.NewReader(""), stdout: out, stderr: stderr}.
			run(t.Context(), strings.Fields(args))
		if status == 0 || !strings.Contains(stderr.String(), "no space left on device") {
			t.Errorf("%s: exit status %d, %s", args, status, stderr)
		}
	}
}
