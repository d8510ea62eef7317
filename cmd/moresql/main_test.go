package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/leaktest"
)

func TestFlagsFailWithOneLine(t *testing.T) {
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-h"}, 0, "-data DIR"},
		{[]string{"--help"}, 0, "MORESQL_DATABASE_URI=postgres://"},
		{[]string{"-x"}, 2, "flag provided but not defined: -x; run moresql -h for help"},
		{[]string{"-init=maybe"}, 2, "moresql -h"},
		{[]string{"-max-rows", "many"}, 2, "moresql -h"},
		{
			[]string{"-max-rows", "-1"}, 2,
			"-max-rows must be the largest number of rows of a list, or 0 for all",
		},
		{[]string{"-log-format", "xml"}, 2, "-log-format must be text or json"},
		{[]string{"-log-sample", "2"}, 2, "-log-sample must be a number from 0 to 1"},
		{[]string{"-log-level", "loud"}, 2, `invalid value "loud" for flag -log-level`},
		{[]string{"-socket-mode", "rw"}, 2, "-socket-mode must be an octal number such as 660"},
		{[]string{"-addr", "unix:"}, 2, "-addr unix: names a socket by its path"},
		{[]string{"-admin-addr", "unix:"}, 2, "-admin-addr unix: names a socket by its path"},
		{[]string{"-tls-cert", "c.pem"}, 2, "-tls-cert and -tls-key belong together"},
		{[]string{"-grace", "-1s"}, 2, "-drain and -grace must be times such as 10s, or 0"},
		{[]string{"-db", ""}, 2, "an empty name is a mistake"},
		{[]string{"-db", "a.duckdb"}, 1, "-db names a file of DuckDB: this moresql has no DuckDB"},
		{[]string{"-sql", ""}, 2, "an empty name is a mistake"},
		{[]string{"-jwt-secret", ""}, 2, "-jwt-secret names a file after @"},
		{[]string{"-anon-role="}, 2, "-anon-role is empty: calls would run with the rights of the"},
		{[]string{"-events", ""}, 2, "a channel has a name of at most 63 bytes"},
		{[]string{"-events", strings.Repeat("x", 64)}, 2, "a name of at most 63 bytes"},
		{[]string{"-events", "a\xff"}, 2, "a name of at most 63 bytes"},
		{[]string{"-events", `"a=b`}, 2, "the closing double quote is missing"},
		{[]string{"-events", `"a=b"c`}, 2, "after the closing double quote only = can follow"},
		{[]string{"-events", `""`}, 2, "a name of at most 63 bytes"},
		{[]string{"-events", `"a=b"=`}, 2, "after = come the names of roles"},
		{[]string{"-events", "orders="}, 2, "after = come the names of roles"},
		{[]string{"-events", "orders=a,,b"}, 2, "after = come the names of roles"},
		{[]string{"-events", "x", "-events", "x=a"}, 2, "the channel is named already"},
		{[]string{"run"}, 2, `"run" is not a flag`},
		{[]string{"-init", "serve"}, 2, `"serve" is not a flag`},
		{[]string{"serve", "-h"}, 0, "-data DIR"},
		{[]string{"version"}, 0, "moresql "},
		{[]string{"--version"}, 0, "moresql "},
		{[]string{"help"}, 0, "-data DIR"},
		{[]string{"help", "import"}, 0, "-existing"},
		{[]string{"help", "run"}, 2, `"run" is not a flag`},
		{[]string{"run", "-addr", ":0"}, 2, `"run" is not a flag`},
		{[]string{"-database-uri", "me:" + secret + "@/cars"}, 2, "MORESQL_DATABASE_URI"},
		{
			[]string{"postgres://me:" + secret + "@db/cars"}, 2,
			"named by the environment variable MORESQL_DATABASE_URI",
		},
		{
			[]string{"-addr", "postgres://me:" + secret + "@db/cars"}, 2,
			"named by the environment variable MORESQL_DATABASE_URI",
		},
		{[]string{"me:" + secret + "@tcp(db:3306)/cars"}, 2, "MORESQL_DATABASE_URI"},
		{[]string{"me:" + secret + "@/cars"}, 2, "MORESQL_DATABASE_URI"},
		{[]string{"host=db password=" + secret}, 2, "MORESQL_DATABASE_URI"},
		{[]string{"-addr=me:" + secret + "@tcp(db:3306)/cars"}, 2, "MORESQL_DATABASE_URI"},
		{[]string{"-schema", "host=db Password = " + secret}, 2, "MORESQL_DATABASE_URI"},
		{[]string{"-init", secret}, 2, "is not a flag"},
		{[]string{"-openapi-server", "https://me:" + secret + "@db/x"}, 2, "MORESQL_DATABASE_URI"},
		{[]string{"-jwt-secret", secret}, 2, "MORESQL_JWT_SECRET"},
		{[]string{"-mcp-auth-server", "auth.example"}, 2, "the URL that it has as the issuer"},
		{[]string{"-mcp-auth-server", "https://a.example/?b"}, 2, "the URL that it has as the issuer"},
		{[]string{"-mcp-auth-server", "https://a,https://b"}, 2, "the URL that it has as the issuer"},
		{[]string{"-host", "a.example,b.example"}, 2, "a host is one name"},
		{[]string{"-mcp-auth-server", "https://a.example/b"}, 2, "give -jwt-secret, and -jwt-aud"},
	} {
		var out bytes.Buffer
		status := process{stdout: &out, stderr: &out}.run(t.Context(), test.args)
		text := out.String()
		if status != test.status || !strings.Contains(text, test.want) ||
			strings.Contains(text, secret) || status != 0 && strings.Count(text, "\n") != 1 {
			t.Errorf("%q: exit status %d\n%s", test.args, status, text)
		}
	}
}

// What is on the web may be an argument: it is no database, and has no password.
func TestArgumentsMayBeURLsOfTheWeb(t *testing.T) {
	const jwks, api = "https://auth.example/keys?v=1", "https://example.com/api"
	stdout, stderr, status := called(t, "", "", nil, "config", "-mcp", "-jwt-secret", jwks,
		"-openapi-server="+api, "-jwt-aud", api, "-mcp-auth-server", "https://auth.example/realms/a")
	for _, want := range []string{
		"= " + api, "jwt-secret               = ***", "= https://auth.example/realms/a",
	} {
		if status != 0 || !strings.Contains(stdout, want) {
			t.Errorf("exit status %d: no %s in %s%s", status, want, stdout, stderr)
		}
	}
}

// The command runs in the process of the test, which sees its goroutines.
func TestRunLeavesNothingBehind(t *testing.T) {
	leaktest.Check(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	ctx, cancel := context.WithCancel(t.Context())
	stdout, stderr, ended := newOutput(), newOutput(), make(chan int, 1)
	go func() {
		ended <- process{stdout: stdout, stderr: stderr}.run(ctx, []string{"-addr", "localhost:0"})
	}()
	eventually(t, "the command listens", func() bool {
		return strings.Contains(stdout.String(), "listening on ")
	})
	files, err := filepath.Glob(filepath.Join(temp, "moresql-*", "moresql.db"))
	if err != nil || len(files) != 1 {
		t.Errorf("the database is %v, %v", files, err)
	}
	cancel()
	if status := <-ended; status != 0 {
		t.Errorf("exit status %d:\n%s", status, stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
