package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// startTools starts the command as a client of the protocol does, and connects the official one.
func startTools(
	t *testing.T, environ []string, o *sdk.ClientOptions, args ...string,
) *sdk.ClientSession {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, append([]string{"mcp"}, args...)...)
	command.Env = append(environ, "TMPDIR="+t.TempDir(), "GORACE=atexit_sleep_ms=0")
	stderr := newOutput()
	command.Stderr = stderr
	client := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, o)
	session, err := client.Connect(t.Context(), &sdk.CommandTransport{Command: command}, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	t.Cleanup(func() {
		session.Close()
		text := stderr.String()
		if strings.Contains(text, "DATA RACE") || strings.Contains(text, secret) {
			t.Errorf("the command has a race, or prints a password:\n%s", text)
		}
	})
	return session
}

// joinTools connects the official client to /mcp of the command, with the field Authorization.
func (c *command) joinTools(authorization string) (*sdk.ClientSession, error) {
	client := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(c.t.Context(), &sdk.StreamableClientTransport{
		Endpoint: c.url() + "/mcp", HTTPClient: &http.Client{Transport: as(authorization)},
	}, nil)
	if err == nil {
		c.t.Cleanup(func() { session.Close() })
	}
	return session, err
}

// as is a transport with the field Authorization, unless it is "".
type as string

func (a as) RoundTrip(r *http.Request) (*http.Response, error) {
	if a != "" {
		r.Header.Set("Authorization", string(a))
	}
	return http.DefaultTransport.RoundTrip(r)
}

// toolNames returns the names of all tools, those that read with a ? after them.
func toolNames(t *testing.T, session *sdk.ClientSession) string {
	t.Helper()
	var names []string
	for tool, err := range session.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		name := tool.Name
		if tool.Annotations.ReadOnlyHint {
			name += "?"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// callTool returns what a model reads of a call.
func callTool(t *testing.T, session *sdk.ClientSession, name, arguments string) string {
	t.Helper()
	got, err := session.CallTool(t.Context(), &sdk.CallToolParams{
		Name: name, Arguments: json.RawMessage(arguments),
	})
	if err != nil {
		return err.Error()
	}
	text := got.Content[0].(*sdk.TextContent).Text
	if got.IsError {
		return "error: " + text
	}
	return text
}

// The tools are the routines of each database, on stdio and over HTTP, and what they return has the
// digits that the database has.
func TestCommandServesToolsOfEachDatabase(t *testing.T) {
	postgres, mariadb := newPostgreSQL(t), newMariaDB(t)
	mustExec(t, connect(t, postgres), `CREATE SCHEMA api;
		CREATE FUNCTION api.add(a numeric, b numeric DEFAULT 0.1) RETURNS numeric LANGUAGE sql IMMUTABLE
			AS 'SELECT a + b';
		COMMENT ON FUNCTION api.add IS 'The sum of two numbers.';
		CREATE FUNCTION api.count(last int) RETURNS SETOF int LANGUAGE sql STABLE
			AS 'SELECT generate_series(1, last)';
		CREATE FUNCTION api.pairs() RETURNS SETOF record LANGUAGE sql STABLE
			AS 'SELECT i AS a, -i AS b FROM generate_series(1, 6) AS i';
		CREATE SEQUENCE api.tickets;
		CREATE FUNCTION api.sneak() RETURNS bigint LANGUAGE sql STABLE
			AS $$ SELECT nextval('api.tickets') $$;
		CREATE FUNCTION api.refuse() RETURNS int LANGUAGE plpgsql
			AS $$ BEGIN RAISE 'sold out' USING HINT = 'come again', DETAIL = 'all of it'; END $$;
		CREATE PROCEDURE api.reset() LANGUAGE sql AS ''`)
	db := connect(t, mariadb)
	mustExec(t, db, `CREATE FUNCTION add_up(a DECIMAL(40,20), b DECIMAL(40,20)) RETURNS DECIMAL(41,20)
		DETERMINISTIC COMMENT 'The sum of two numbers.' RETURN a + b`)
	mustExec(t, db, `CREATE PROCEDURE refuse() SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'sold out'`)
	mustExec(t, db, `CREATE PROCEDURE count_up() SELECT seq AS n FROM seq_1_to_7`)
	type call struct{ tool, arguments, result string }
	for _, test := range []struct {
		name, uri, schema, tools string
		calls                    []call
	}{{
		name:  "SQLite",
		tools: "create_car delete_car get_car? get_cars? get_films? get_user? next_car? update_car",
		calls: []call{
			{"get_films", `{"title":"love"}`, `{"result":[{"id":2,"title":"The Love Bug","year":1968}]}`},
			{"delete_car", `{"id":2}`, `{"result":[{"id":2}]}`},
			{"delete_car", `{"id":2}`, `{"result":[]}`},
		},
	}, {
		name: "PostgreSQL", uri: postgres, schema: "api", tools: "add? count? pairs? refuse reset sneak?",
		calls: []call{
			{
				"add", `{"a":12345678901234567890.123456789,"b":0.00000000000000000001}`,
				`{"result":12345678901234567890.12345678900000000001}`,
			},
			{"add", `{"a":1}`, `{"result":1.1}`},
			{"add", `{"a":"NaN"}`, `{"result":"NaN"}`},
			{
				"count", `{"last":9}`, `{"result":[1,2,3,4,5],"truncated":true,` +
					`"note":"there are more rows: call again with offset 5","next_offset":5}`,
			},
			{"count", `{"last":9,"offset":5}`, `{"result":[6,7,8,9]}`},
			{
				"pairs", `{}`, `{"result":[{"a":1,"b":-1},{"a":2,"b":-2},{"a":3,"b":-3},{"a":4,"b":-4},` +
					`{"a":5,"b":-5}],"truncated":true,"note":"the rest is left out: narrow the arguments"}`,
			},
			{"reset", `{}`, `{}`},
			{
				"refuse", `{}`, `error: {"title":"Bad Request","status":400,"code":"P0001",` +
					`"message":"sold out","details":"all of it","hint":"come again"}`,
			},
			{"sneak", `{}`, `"code":"25006"`},
			{"count", `{"last":"x"}`, `"code":"22P02"`},
		},
	}, {
		name: "MariaDB", uri: mariadb, schema: databaseOf(mariadb), tools: "add_up count_up refuse",
		calls: []call{
			{
				"add_up", `{"a":12345678901234567890.123456789,"b":0.00000000000000000001}`,
				`{"result":12345678901234567890.12345678900000000001}`,
			},
			{
				"count_up", `{}`, `{"result":[{"n":1},{"n":2},{"n":3},{"n":4},{"n":5}],"truncated":true,` +
					`"note":"the rest is left out; calling again would run it once more"}`,
			},
			{"refuse", `{}`, `"message":"sold out"`},
		},
	}} {
		t.Run(test.name, func(t *testing.T) {
			args := []string{"-mcp-rows", "5"}
			if test.uri != "" {
				args = append(args, "-superuser", "-schema", test.schema)
			}
			stdio := startTools(t, append(environ(), "MORESQL_DATABASE_URI="+test.uri), nil, args...)
			c := start(t, test.uri, append(args, "-mcp")...)
			web, err := c.joinTools("")
			if err != nil {
				t.Fatal(err)
			}
			for _, session := range []*sdk.ClientSession{stdio, web} {
				if got := toolNames(t, session); got != test.tools {
					t.Errorf("the tools are %s", got)
				}
				for _, call := range test.calls {
					got := callTool(t, session, call.tool, call.arguments)
					if !strings.Contains(got, call.result) {
						t.Errorf("%s %s: %s, want %s", call.tool, call.arguments, got, call.result)
					}
				}
			}
			session := c.stdout.String()
			if !strings.Contains(session, c.url()+"/mcp") {
				t.Errorf("the command does not print where the tools are:\n%s", session)
			}
			c.stop()
		})
	}
}

// Rights are those of the role of a token, over HTTP, and of -role on stdio. Who has none learns
// nothing, and pages of other sites reach nothing.
func TestCommandServesToolsByTheRole(t *testing.T) {
	uri := newPostgreSQL(t)
	login, suffix := roles(t, uri, `CREATE SCHEMA api;
		CREATE ROLE "clerk{}" NOLOGIN; CREATE ROLE "guest{}" NOLOGIN;
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`';
		GRANT "clerk{}", "guest{}" TO "authenticator{}";
		GRANT USAGE ON SCHEMA api TO "clerk{}", "guest{}";
		CREATE FUNCTION api.who() RETURNS text LANGUAGE sql STABLE
			AS $$ SELECT current_user || ' ' || (current_setting('request.jwt.claims')::json->>'email') $$;
		CREATE FUNCTION api.sell() RETURNS int LANGUAGE sql AS 'SELECT 1';
		REVOKE EXECUTE ON FUNCTION api.sell() FROM PUBLIC;
		GRANT EXECUTE ON FUNCTION api.sell() TO "clerk{}"`)
	t.Cleanup(func() {
		connect(t, uri).Exec(strings.ReplaceAll(`DROP OWNED BY "clerk{}", "guest{}";
			DROP ROLE "authenticator{}", "clerk{}", "guest{}"`, "{}", suffix))
	})
	const key = "reallyreallyreallyreallyverysafe"
	file := filepath.Join(t.TempDir(), "claims.json")
	if err := os.WriteFile(file, []byte(`{"email":"ann@example.com"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	with := append(environ(), "MORESQL_DATABASE_URI="+login+"?sslmode=disable",
		"MORESQL_JWT_SECRET="+key)
	isClerk := `"clerk` + suffix + ` ann@example.com"`
	clerk := fmt.Sprintf(`{"role":"clerk%s","email":"ann@example.com"}`, suffix)
	c := launchIn(t, with, "-addr", "localhost:0", "-schema", "api", "-mcp",
		"-anon-role", "guest"+suffix)
	c.await(c.stdout, "listening on ")
	web := func(authorization string) *sdk.ClientSession {
		session, err := c.joinTools(authorization)
		if err != nil {
			t.Fatal(err)
		}
		return session
	}
	stdio := func(args ...string) *sdk.ClientSession {
		return startTools(t, with, nil, append(args, "-schema", "api")...)
	}
	for reason, test := range map[string]struct {
		session    *sdk.ClientSession
		tools, who string
	}{
		"a token":  {web(bearer(key, clerk)), "sell who?", isClerk},
		"no token": {web(""), "who?", `{"result":null}`},
		"-role and -claims": {
			stdio("-role", "clerk"+suffix, "-claims", "@"+file), "sell who?", isClerk,
		},
		"-anon-role": {stdio("-anon-role", "guest"+suffix), "who?", `{"result":null}`},
	} {
		if got := toolNames(t, test.session); got != test.tools {
			t.Errorf("%s: the tools are %s", reason, got)
		}
		if got := callTool(t, test.session, "who", "{}"); !strings.Contains(got, test.who) {
			t.Errorf("%s: %s", reason, got)
		}
		got := callTool(t, test.session, "sell", "{}")
		if may := strings.Contains(test.tools, "sell"); may != (got == `{"result":1}`) {
			t.Errorf("%s: %s", reason, got)
		}
	}
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	for _, test := range []struct {
		reason, field, value string
		status               int
	}{
		{"a token that is not valid", "Authorization", bearer("x", clerk), 401},
		{"a page of another site", "Origin", "https://evil.example", 403},
		{"a name that another site gives this machine", "Host", "evil.example", 421},
		{"a client", "User-Agent", "test", 200},
	} {
		r := c.newRequest("POST", "/mcp", list)
		r.Header.Set("Content-Type", jsonType)
		r.Header.Set("Accept", "application/json, text/event-stream")
		r.Header.Set(test.field, test.value)
		if test.field == "Host" {
			r.Host = test.value
		}
		status, header, body := c.do(r)
		challenge := header.Get("WWW-Authenticate")
		if status != test.status || status == 401 && !strings.HasPrefix(challenge, "Bearer") ||
			status != 200 && strings.Contains(body, `"who"`) {
			t.Errorf("%s: %d %v %s", test.reason, status, header, body)
		}
	}
	c.stop()
}

// A client on stdio hears of a change in the database, and the tools are those that there are then.
func TestCommandReloadsTools(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api;
		CREATE FUNCTION api.one() RETURNS int LANGUAGE sql AS 'SELECT 1'`)
	changed := make(chan bool, 10)
	session := startTools(t, append(environ(), "MORESQL_DATABASE_URI="+uri), &sdk.ClientOptions{
		ToolListChangedHandler: func(context.Context, *sdk.ToolListChangedRequest) { changed <- true },
	}, "-superuser", "-schema", "api")
	listening(t, db, "moresql", 0)
	mustExec(t, db, `CREATE FUNCTION api.two() RETURNS int LANGUAGE sql AS 'SELECT 2'; NOTIFY moresql`)
	<-changed
	if got := toolNames(t, session); got != "one two" {
		t.Errorf("the tools are %s", got)
	}
	if got := callTool(t, session, "two", "{}"); got != `{"result":2}` {
		t.Error(got)
	}
}

// A client that leaves ends its call in the database.
func TestCommandEndsCallsOfToolsWithTheirClients(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api;
		CREATE FUNCTION api.wait() RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(600)'`)
	c := start(t, uri, "-schema", "api", "-mcp")
	session, err := c.joinTools("")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := session.CallTool(ctx, &sdk.CallToolParams{Name: "wait"})
		ended <- err
	}()
	eventually(t, "the call runs", func() bool { return running(t, db) == 1 })
	cancel()
	<-ended
	eventually(t, "the call has ended", func() bool { return running(t, db) == 0 })
	c.stop()
}

// running returns how many calls of wait run.
func running(t *testing.T, db *sql.DB) int {
	t.Helper()
	return count(t, db, `SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND state = 'active' AND query LIKE '%"wait"%'
		AND pid <> pg_backend_pid()`)
}

// Arguments of the subcommand that make no sense are reported in one line, and what is off stays
// off.
func TestMistakesAboutToolsAreReported(t *testing.T) {
	const nowhere = "postgres://me:" + secret + "@127.0.0.1:1/x"
	for _, test := range []struct {
		args   []string
		uri    string
		status int
		want   string
	}{
		{args: []string{"mcp", "-h"}, want: "-claims JSON"},
		{args: []string{"mcp", "x"}, status: 2, want: `"x" is not a flag; run moresql mcp -h for help`},
		{args: []string{"mcp", "-mcp-rows", "0"}, status: 2, want: "-mcp-rows must be at least 1"},
		{
			args: []string{"mcp", "-schema", "api", "-claims", "{}"},
			uri:  nowhere, status: 1, want: "name it with -role",
		},
		{args: []string{"mcp", "-role", "x"}, status: 1, want: "-role and -claims are for PostgreSQL"},
		{
			args: []string{"mcp"}, uri: nowhere, status: 1,
			want: "tools are the routines of a schema: name it with -schema",
		},
		{
			args: []string{"-mcp", "-tables"}, uri: "sqlite:///x.db", status: 1,
			want: "tools are functions and procedures, which SQLite in /x.db does not have",
		},
		{
			args: []string{"call"}, uri: "sqlite:///x.db", status: 1,
			want: "SQLite in /x.db has no functions and procedures: name a folder of .sql files by -sql",
		},
		{
			args: []string{"mcp", "-schema", "api", "-role", "none"},
			uri:  nowhere, status: 1, want: "-role must be the name of a role",
		},
		{
			args: []string{"mcp", "-schema", "api", "-role", "x", "-claims", "[]"},
			uri:  nowhere, status: 1, want: "-claims is a JSON object",
		},
		{
			args: []string{"mcp", "-schema", "api"}, uri: nowhere,
			status: 1, want: "127.0.0.1:1",
		},
	} {
		stdout, stderr := newOutput(), newOutput()
		p := process{
			environ: []string{"MORESQL_DATABASE_URI=" + test.uri}, stdin: strings.NewReader(""),
			stdout: stdout, stderr: stderr,
		}
		status := p.run(t.Context(), test.args)
		text := stdout.String() + stderr.String()
		if status != test.status || !strings.Contains(text, test.want) ||
			strings.Contains(text, secret) || status != 0 && strings.Count(text, "\n") != 1 {
			t.Errorf("%q: exit status %d\n%s", test.args, status, text)
		}
	}
	c := start(t, "")
	if status, _, _ := c.request("POST", "/mcp", jsonType, "{}"); status != 404 {
		t.Errorf("without -mcp: %d", status)
	}
	c.stop()
}
