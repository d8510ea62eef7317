package main

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// called runs a subcommand on the database at uri, "" for the sample, with more of an environment.
func called(
	t *testing.T, uri, stdin string, environ []string, args ...string,
) (stdout, stderr string, status int) {
	t.Helper()
	var out, err bytes.Buffer
	p := process{
		environ: append([]string{"MORESQL_DATABASE_URI=" + uri}, environ...),
		stdin:   strings.NewReader(stdin), stdout: &out, stderr: &err,
	}
	status = p.run(t.Context(), args)
	if text := out.String() + err.String(); strings.Contains(text, secret) {
		t.Errorf("%q: the password is printed:\n%s", args, text)
	}
	return out.String(), err.String(), status
}

// newKinds returns a database with the routines of testdata/kinds.sql.
func newKinds(t *testing.T) (uri string, db *sql.DB) {
	t.Helper()
	uri = newPostgreSQL(t)
	db = connect(t, uri)
	kinds, err := os.ReadFile("testdata/kinds.sql")
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, string(kinds))
	return uri, db
}

// What call prints has the bytes that a server sends.
func TestCallPrintsWhatAServerSends(t *testing.T) {
	some := map[string]string{
		"SQLite": "title=the limit=2", "PostgreSQL": "title=the year:=null max_rows=2",
		"MariaDB": "p_title=the p_year:=null p_limit=2",
	}
	for _, database := range databases {
		t.Run(database.name, func(t *testing.T) {
			uri := database.uri(t)
			c := start(t, uri, "-init")
			for format, accept := range map[string]string{
				"":        "application/json",
				"json":    "application/json",
				"ndjson":  "application/x-ndjson",
				"csv":     "text/csv",
				"arrow":   "application/vnd.apache.arrow.stream",
				"msgpack": "application/vnd.msgpack",
			} {
				status, _, want := c.get("/films?title=the&limit=2", "Accept", accept)
				args := append([]string{"call", "get_films"}, strings.Fields(some[database.name])...)
				if format != "" {
					args = append(args, "-o", format)
				}
				got, stderr, exit := called(t, uri, "", nil, args...)
				if status != 200 || exit != 0 || got != want || stderr != "" {
					t.Errorf("-o %s: exit status %d, %q %s; the server has %d %q",
						format, exit, got, stderr, status, want)
				}
			}
			args := append([]string{"call", "-o", "chart", "get_films"},
				strings.Fields(some[database.name])...)
			got, stderr, exit := called(t, uri, "", nil, args...)
			if exit != 0 || !strings.HasPrefix(got, "<svg ") || !strings.HasSuffix(got, "</svg>") {
				t.Errorf("chart: exit status %d, %.100s %s", exit, got, stderr)
			}
			c.stop()
		})
	}
}

func TestCallArgumentsReachParametersByTheirTypes(t *testing.T) {
	uri, db := newKinds(t)
	mustExec(t, db, `CREATE FUNCTION api.held(b bytea, t text DEFAULT 'none') RETURNS text
		LANGUAGE sql STABLE AS $$ SELECT encode(b, 'hex') || coalesce(t, 'NULL') $$;
		CREATE FUNCTION api.listed(list text[], n int, b bytea[] DEFAULT '{}') RETURNS text
		LANGUAGE sql STABLE AS $$ SELECT n || list::text || b::text $$;
		CREATE FUNCTION api.text_of(t text) RETURNS text LANGUAGE sql STABLE AS 'SELECT t'`)
	folder := t.TempDir()
	for name, content := range map[string]string{
		"bytes": "\x00\xff\\n\r\n", "hex": `\x41\\`, "json": `{"a": 1.10}`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		reason string
		words  string
		stdin  string
		want   string // SQL for what is printed
	}{
		{reason: "texts become integers", words: "add a=40 b=2", want: "to_json(api.add(40, 2))"},
		{reason: "JSON is as good", words: "add a:=40 b=2", want: "to_json(api.add(40, 2))"},
		{
			reason: "the names choose the overload", words: "add c=1 a=40 b=2",
			want: "to_json(api.add(40, 2, 1))",
		},
		{reason: "no argument", words: "scalar", want: "to_json(api.scalar())"},
		{
			reason: "repetition is an array", words: "texts list=a list= list=NULL",
			want: "to_json(api.texts(ARRAY['a', '', 'NULL']))",
		},
		{
			reason: "one value of an array", words: "texts list=a,b",
			want: "to_json(api.texts(ARRAY['a,b']))",
		},
		{
			reason: "JSON's array has NULL", words: `texts list:=["a",null,"null"]`,
			want: "to_json(api.texts(ARRAY['a', NULL, 'null']))",
		},
		{
			reason: "repeated JSON is an array", words: `texts list:="a" list:=null`,
			want: "to_json(api.texts(ARRAY['a', NULL]))",
		},
		{
			reason: "one text is an array next to JSON, too", words: "listed list=a,b n:=2",
			want: "to_json(api.listed(ARRAY['a,b'], 2))",
		},
		{
			reason: "the array of a literal", words: `listed list={a,"b,c"} n:=2`,
			want: "to_json(api.listed(ARRAY['a', 'b,c'], 2))",
		},
		{
			reason: "the array of a file", words: `listed list:=["a"] n=2 b=@` + folder + "/bytes",
			want: `to_json(api.listed(ARRAY['a'], 2, ARRAY['\x00ff5c6e0d0a'::bytea]))`,
		},
		{reason: "VARIADIC", words: "sum_all list=1 list=2", want: "to_json(api.sum_all(1, 2))"},
		{
			reason: "repeated JSON of a json parameter is an array", words: "same j:=1 j:=null",
			want: "to_json(api.same('[1, null]'))",
		},
		{
			reason: "digits are kept", words: `same j={"n":1.10,"m":12345678901234567890}`,
			want: `to_json(api.same('{"n":1.10,"m":12345678901234567890}'))`,
		},
		{
			reason: "the empty text is no NULL", words: "text_of t=",
			want: "to_json(''::text)",
		},
		{
			reason: "a text that begins with @", words: `text_of t:="@home"`,
			want: "to_json('@home'::text)",
		},
		{reason: "NULL", words: "text_of t:=null", want: "'null'"},
		{reason: "a text of JSON's null", words: "text_of t=null", want: "to_json('null'::text)"},
		{
			reason: "a file's bytes", words: "held b=@" + folder + "/bytes t=x",
			want: `to_json(api.held('\x00ff5c6e0d0a', 'x'))`,
		},
		{
			reason: "a file's bytes next to JSON", words: "held b=@" + folder + `/bytes t:="x"`,
			want: `to_json(api.held('\x00ff5c6e0d0a', 'x'))`,
		},
		{
			reason: "bytes that look like others", words: "held b=@" + folder + `/hex t:=null`,
			want: `to_json(api.held(convert_to('\x41\\', 'UTF8'), NULL))`,
		},
		{
			reason: "a text that looks like bytes", words: `held b:="x" t=@` + folder + "/hex",
			want: `to_json(api.held('x', '\x41\\'))`,
		},
		{
			reason: "JSON of a file", words: "same j:=@" + folder + "/json",
			want: `to_json(api.same('{"a": 1.10}'))`,
		},
		{
			reason: "a file as text", words: "text_of t=@" + folder + "/json",
			want: `to_json('{"a": 1.10}'::text)`,
		},
		{
			reason: "an object from the standard input", words: "add - b=2", stdin: `{"a": 40}`,
			want: "to_json(api.add(40, 2))",
		},
		{
			reason: "JSON as a whole", words: "whole -", stdin: `[1.10, null]`,
			want: `'[1.10, null]'::json`,
		},
		{reason: "an empty object as a whole", words: "whole -", stdin: "{}", want: "'{}'::json"},
		{reason: "an empty object for no arguments", words: "scalar -", stdin: "{}",
			want: "to_json(api.scalar())"},
		{
			reason: "text as a whole", words: "whole_text -", stdin: "{ü\n",
			want: `to_json(E'{ü\n'::text)`,
		},
		{
			reason: "bytes as a whole", words: "whole_bytea -", stdin: "\x00\xff\n",
			want: `to_json(3)`,
		},
		{
			reason: "a procedure's OUT parameters", words: "divide a=7 b=2",
			want: `'{"quotient":3,"rest":1}'`,
		},
		{reason: "nothing", words: "quiet", want: "''"},
	} {
		args := append([]string{"call", "-schema", "api"}, strings.Fields(test.words)...)
		stdout, stderr, status := called(t, uri, test.stdin, nil, args...)
		var want string
		if err := db.QueryRow("SELECT (" + test.want + ")::text").Scan(&want); err != nil {
			t.Fatalf("%s\n%v", test.want, err)
		}
		if status != 0 || stderr != "" || compact(stdout) != compact(want) {
			t.Errorf("%s: exit status %d, %q %s, want %q", test.reason, status, stdout, stderr, want)
		}
	}
}

// The one value of a routine is printed as it is.
func TestCallPrintsBytes(t *testing.T) {
	uri, db := newKinds(t)
	var want []byte
	if err := db.QueryRow("SELECT api.bytes()").Scan(&want); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, status := called(t, uri, "", nil, "call", "-schema", "api", "bytes", "-o", "raw")
	if status != 0 || stdout != string(want) {
		t.Errorf("exit status %d, %q %s, want %q", status, stdout, stderr, want)
	}
}

func TestCallSaysWhatIsWrong(t *testing.T) {
	uri, db := newKinds(t)
	mustExec(t, db, `CREATE FUNCTION api.nap() RETURNS text LANGUAGE sql
		AS $$ SELECT 'slept' FROM pg_sleep(600) $$`)
	for _, test := range []struct {
		args   string
		stdin  string
		status int
		want   string
	}{
		{args: "scalr", status: 1, want: "perhaps you mean api.scalar()"},
		{args: "scalr -h", status: 1, want: "perhaps you mean scalar"},
		{args: "add a=1 d=2", status: 1, want: "there is api.add(a integer, b integer)"},
		{args: "add a=x b=2", status: 1, want: "invalid input syntax for type integer: \"x\" [22P02]"},
		{args: "nap -timeout 100ms", status: 1, want: "the call took longer than -timeout"},
		{args: "refuse why=because", status: 1, want: "because (in detail) [P0001]: try again"},
		{args: "refuse why=a\x1b[31mb\u202ec", status: 1, want: `a\u001b[31mb\u202ec (in detail)`},
		{args: "teapot", status: 1, want: "short and stout (here is my handle)"},
		{args: "add a", status: 2, want: "write name=value, or name:=JSON"},
		{args: "add a=1 b=2 a=3", status: 2, want: "a is given several times, but add takes one value"},
		{args: "add a:=1 b=2 a:=3", status: 2, want: "a is given several times"},
		{args: "refuse why:=\"a\" why=b", status: 2, want: "why is given several times"},
		{args: "same j=1 j=2", status: 2, want: "j is given several times"},
		{args: "add -", stdin: `{"a": 1, "b": 2, "a": 3}`, status: 2, want: "a is given several times"},
		{args: "texts -", stdin: `{"list": "a", "list": "b"}`, status: 2, want: "list is given several"},
		{args: "add a:=x", status: 2, want: "the value of a is not JSON"},
		{args: "add a=@/none/of/it", status: 2, want: "a cannot be read: /none/of/it: no such"},
		{args: "text a=@home", status: 2, want: `a text that begins with @ is a:='"@…"'`},
		{args: "a=1", status: 2, want: "stands where the name of a routine belongs"},
		{args: "add -o xml", status: 2, want: "-o is one of table, json"},
		{args: "add - a=1", stdin: `{"a": 1}`, status: 2, want: "the argument a is given twice"},
		{args: "add - a=1", stdin: `[1]`, status: 2, want: "takes no arguments next to it"},
		{args: "add -", stdin: `{"a": 1`, status: 2, want: "not one JSON value"},
		{args: "bytes -o raw -o csv -role nobody_at_all", status: 1, want: "nobody_at_all"},
		{args: "scalar -claims x", status: 1, want: "-claims is a JSON object"},
		{args: "scalar -token x", status: 2, want: "set it by the environment variable MORESQL_TOKEN"},
		{args: "scalar -url http://localhost/rpc -role x", status: 2, want: "-role and -claims are for"},
		{args: "scalar -role=", status: 2, want: "-role is empty"},
		{args: "scalar -claims=", status: 2, want: "-claims is empty"},
		{args: "-o json", status: 2, want: "-o is for the result of a routine"},
		{args: "scalar -url localhost/rpc", status: 2, want: "http://host:port/rpc"},
		{args: "scalar -url http://me:" + secret + "@localhost/rpc", status: 2, want: "http://host:port"},
		{args: "ftp://localhost/x", status: 2, want: "http://host:port/rpc/NAME"},
		{args: "http://me:" + secret + "@localhost/x", status: 2, want: "http://host:port/rpc/NAME"},
		{args: "http://127.0.0.1:1/rpc/x", status: 1, want: "127.0.0.1:1 cannot be reached"},
	} {
		args := append([]string{"call", "-schema", "api"}, strings.Fields(test.args)...)
		stdout, stderr, status := called(t, uri, test.stdin, nil, args...)
		if status != test.status || stdout != "" || strings.Count(stderr, "\n") != 1 ||
			!strings.HasPrefix(stderr, "moresql: ") || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit status %d, want %d and %q, got %s%s",
				test.args, status, test.status, test.want, stdout, stderr)
		}
	}
	for _, variable := range []string{"MORESQL_ROLE", "MORESQL_CLAIMS"} {
		stdout, stderr, status := called(t, uri, "", []string{variable + "="}, "call", "api.scalar")
		if status != 1 || stdout != "" || !strings.Contains(stderr, variable+" is empty") {
			t.Errorf("%s: exit status %d, %s%s", variable, status, stdout, stderr)
		}
	}
	stdout, stderr, status := called(t, "", "", nil, "call", "")
	if status != 2 || stdout != "" || !strings.Contains(stderr, "the name of a routine is empty") {
		t.Errorf("an empty name: exit status %d, %s%s", status, stdout, stderr)
	}
	_, stderr, status = called(t, "", "", nil, "call", "get_films", "-role", "x")
	if status != 1 || !strings.Contains(stderr, "-role and -claims are for PostgreSQL") {
		t.Errorf("SQLite: exit status %d, %s", status, stderr)
	}
	_, stderr, status = called(t, "", "", nil, "call", "get_films", "limit=1", "limit=2")
	if status != 2 || !strings.Contains(stderr, "limit is given several times") {
		t.Errorf("SQLite: exit status %d, %s", status, stderr)
	}
}

// A procedure of MariaDB may return several result sets, of which a call has the first, or its OUT
// parameters: whoever makes it hears of the others, and its effects stay.
func TestCallSaysThatThereAreMoreResultSets(t *testing.T) {
	uri := newMariaDB(t)
	db := connect(t, uri)
	for _, s := range []string{
		"CREATE TABLE cars (n int)",
		"CREATE PROCEDURE one(n int) BEGIN INSERT INTO cars VALUES (n); SELECT n; END",
		"CREATE PROCEDURE two(n int) BEGIN SELECT n; INSERT INTO cars VALUES (n); SELECT 'x'; END",
		"CREATE PROCEDURE some(n int) BEGIN SELECT n; IF n = 1 THEN INSERT INTO cars VALUES (n); " +
			"SELECT 'x'; END IF; END",
		"CREATE PROCEDURE silent(n int, OUT m int) BEGIN INSERT INTO cars VALUES (n); SET m = n; END",
		"CREATE PROCEDURE mixed(n int, OUT m int) BEGIN INSERT INTO cars VALUES (n); SELECT 'x'; " +
			"SET m = n; END",
	} {
		mustExec(t, db, s)
	}
	const more = "the procedure returns several result sets, of which this is one"
	for i, test := range []struct{ args, stdin, stdout, stderr string }{
		{args: "one n=1", stdout: `[{"n":1}]`},
		{args: "two n=1", stdout: `[{"n":1}]`, stderr: "the result is not whole: " + more},
		{args: "two n=1 -o csv", stdout: "n\r\n1\r\n", stderr: "the result is not whole: " + more},
		{args: "two n=1 -o table", stdout: "n\n─\n1\n(1 row)\n", stderr: more},
		{args: "one -each -", stdin: "n\n1\n", stdout: "[{\"n\":1}]\n"},
		{args: "two -each -", stdin: "n\n1\n", stdout: "[{\"n\":1}]\n",
			stderr: "the results of 1 of 1 calls are not whole: " + more},
		{args: "some -each - -atomic", stdin: "n\n1\n2\n", stdout: "[{\"n\":1}]\n[{\"n\":2}]\n",
			stderr: "have it return one and no OUT parameters, or UNION them; " +
				"all calls have had their effects"},
		{args: "silent n=1", stdout: `{"m":1}`},
		{args: "mixed n=1", stdout: `{"m":1}`, stderr: "the result is not whole: " + more},
		{args: "mixed -each -", stdin: "n\n1\n", stdout: "{\"m\":1}\n",
			stderr: "the results of 1 of 1 calls are not whole: " + more},
		{args: "mixed -each - -atomic", stdin: "n\n1\n", stdout: "{\"m\":1}\n",
			stderr: "the results are not whole: " + more},
	} {
		stdout, stderr, status := called(t, uri, test.stdin, nil,
			append([]string{"call"}, strings.Fields(test.args)...)...)
		if stdout != test.stdout || (status == 1) != (test.stderr != "") ||
			!strings.Contains(stderr, test.stderr) {
			t.Errorf("%s: exit status %d, %q, %s", test.args, status, stdout, stderr)
		}
		if n := count(t, db, "SELECT count(*) FROM cars"); n != i+1 {
			t.Errorf("%s: %d rows", test.args, n)
		}
	}
	session := startTools(t, append(environ(), "MORESQL_DATABASE_URI="+uri), nil,
		"-superuser", "-schema", databaseOf(uri))
	for name, want := range map[string]bool{
		"one": false, "two": true, "silent": false, "mixed": true,
	} {
		got, err := session.CallTool(t.Context(), &sdk.CallToolParams{
			Name: name, Arguments: map[string]int{"n": 1},
		})
		if err != nil || got.IsError {
			t.Fatal(got, err)
		}
		result, _ := got.StructuredContent.(map[string]any)
		note, _ := result["note"].(string)
		if (result["truncated"] == true) != want || strings.Contains(note, more) != want {
			t.Errorf("the tool %s: %v", name, result)
		}
	}
}
