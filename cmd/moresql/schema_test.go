package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// startSchemas starts the command on a database with the routines of testdata/kinds.sql.
func startSchemas(t *testing.T, args ...string) (*command, *sql.DB) {
	t.Helper()
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	kinds, err := os.ReadFile("testdata/kinds.sql")
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, string(kinds))
	return start(t, uri, append([]string{"-schema", "api", "-schema", "other one"}, args...)...), db
}

func mustExec(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(statement); err != nil {
		t.Fatalf("%s\n%v", statement, err)
	}
}

// compact returns JSON without insignificant white space, and other text as it is.
func compact(text string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		return text
	}
	return b.String()
}

func TestSchemaRespondsAsTheDatabaseComputes(t *testing.T) {
	c, db := startSchemas(t)
	for _, test := range []struct {
		method, target, body string
		status               int
		want                 string // SQL for the body, "" for a problem or no body
	}{
		{method: "GET", target: "/scalar", status: 200, want: "to_json(api.scalar())"},
		{method: "HEAD", target: "/scalar", status: 200},
		{method: "POST", target: "/scalar", status: 200, want: "to_json(api.scalar())"},
		{method: "GET", target: "/volatile", status: 200, want: "to_json(api.volatile())"},
		{method: "POST", target: "/volatile", body: "{}", status: 200, want: "to_json(api.volatile())"},
		{method: "OPTIONS", target: "/volatile", status: 204},
		{method: "POST", target: "/nothing", body: "{}", status: 204},
		{method: "GET", target: "/null_value", status: 200, want: "'null'"},
		{method: "GET", target: "/add?b=2&a=40", status: 200, want: "to_json(api.add(40, 2))"},
		{
			method: "POST", target: "/add", body: `{"a": 40, "c": 1, "b": 2}`, status: 200,
			want: "to_json(api.add(40, 2, 1))",
		},
		{method: "GET", target: "/add?a=40", status: 404},
		{
			method: "POST", target: "/greet", body: `{"The 'name": "ann"}`, status: 200,
			want: "to_json(api.greet('ann'))",
		},
		{method: "POST", target: "/greet", body: `{"The 'name": null}`, status: 200, want: "'null'"},
		{
			method: "GET", target: "/numbers?n=3", status: 200,
			want: "(SELECT json_agg(v) FROM api.numbers(3) v)",
		},
		{method: "GET", target: "/numbers?n=0", status: 200, want: "'[]'"},
		{method: "GET", target: "/cars", status: 200, want: "(SELECT json_agg(v) FROM api.cars() v)"},
		{method: "GET", target: "/first_car", status: 200, want: "to_json(api.first_car())"},
		{method: "GET", target: "/tabled", status: 200, want: "(SELECT json_agg(v) FROM api.tabled() v)"},
		{method: "GET", target: "/outs?i=4", status: 200, want: "to_json(api.outs(4))"},
		{method: "GET", target: "/untyped", status: 200, want: "to_json(api.untyped())"},
		{
			method: "GET", target: "/untypeds", status: 200,
			want: "(SELECT json_agg(v) FROM (SELECT api.untypeds() AS v) s)",
		},
		{
			method: "GET", target: "/moods?moods=sad&moods=happy", status: 200,
			want: "to_json(api.moods('{sad,happy}'))",
		},
		{
			method: "POST", target: "/moods", body: `{"moods": ["happy", null]}`, status: 200,
			want: "to_json(api.moods('{happy,NULL}'))",
		},
		{method: "GET", target: "/age?age=7", status: 200, want: "to_json(api.age(7))"},
		{method: "GET", target: "/age?age=-7", status: 400},
		{
			method: "GET", target: "/during?d=[2024-01-01,2024-01-02]", status: 200,
			want: "to_json(api.during('[2024-01-01,2024-01-02]'))",
		},
		{
			method: "GET", target: "/sum_all?list=1&list=2", status: 200, want: "to_json(api.sum_all(1, 2))",
		},
		{
			method: "POST", target: "/sum_all", body: `{"list": [1, 2, 3]}`, status: 200,
			want: "to_json(api.sum_all(1, 2, 3))",
		},
		{
			method: "POST", target: "/moved", body: `{"p": {"x": 1, "Y": 2.50, "z": "a,b\"c"}}`, status: 200,
			want: `to_json(api.moved((1, 2.50, 'a,b"c')))`,
		},
		{
			method: "POST", target: "/same", body: `{"j": [1, {"a": "x"}]}`, status: 200,
			want: `to_json(api.same('[1, {"a": "x"}]'))`,
		},
		{
			method: "POST", target: "/whole", body: `[1, {"a": null}]`, status: 200,
			want: `to_json(api.whole('[1, {"a": null}]'))`,
		},
		{
			method: "POST", target: "/whole_out", body: `[1]`, status: 200,
			want: `to_json(api.whole_out('[1]'))`,
		},
		{
			method: "POST", target: "/divide", body: `{"a": 17, "b": 5}`, status: 200,
			want: `'{"quotient":3,"rest":2}'`,
		},
		{method: "POST", target: "/quiet", status: 204},
		{method: "GET", target: "/quiet", status: 405},
		{method: "GET", target: "/odd%20'name", status: 200, want: `to_json(api."odd 'name"())`},
		{method: "GET", target: "/other", status: 200, want: `to_json("other one".other())`},
		{method: "POST", target: "/teapot", status: 418},
		{method: "GET", target: "/nowhere", status: 404},
		{method: "GET", status: 404, target: "/x/y"},
	} {
		contentType := ""
		if test.body != "" {
			contentType = jsonType
		}
		status, header, body := c.request(test.method, "/rpc"+test.target, contentType, test.body)
		if status != test.status {
			t.Errorf("%s %s: %d %s, want %d", test.method, test.target, status, body, test.status)
			continue
		}
		if status >= 400 && test.target != "" && !isProblem(header) {
			t.Errorf("%s %s: %v", test.method, test.target, header)
		}
		if test.want == "" {
			continue
		}
		var want string
		if err := db.QueryRow("SELECT (" + test.want + ")::text").Scan(&want); err != nil {
			t.Fatalf("%s\n%v", test.want, err)
		}
		if compact(body) != compact(want) {
			t.Errorf("%s %s: %s, want %s", test.method, test.target, body, want)
		}
	}
	// The sample is not installed.
	for path, want := range map[string]int{"/health": 200, "/cars": 404} {
		if status, _, body := c.request("GET", path, "", ""); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	c.stop()
}

// Values take the places of the names in the printed lines.
func TestPrintedCurlLinesOfRoutinesWork(t *testing.T) {
	shell := newShell(t)
	c, db := startSchemas(t, "-init")
	values := strings.NewReplacer(
		"<a>", "40", "<b>", "2", "<c>", "1", "<n>", "3", "<i>", "4", "<j>", "3",
		"<The 'name>", "ann", `<The '\''name>`, "ann", "<greeting>", "hi",
		"<moods>", "{sad,happy}", "<age>", "7", "<d>", "[2024-01-01,]", "<list>", "{5}",
		"<why>", "no", "<p>", "(1,2,x)", "<by>", "1", "<body>", "12",
		"<price>", "0", "<order>", "2",
	)
	tried, expected := 0, 0
	for _, line := range c.curls() {
		if !strings.Contains(line, "/rpc/") {
			continue
		}
		want := http.StatusOK
		switch {
		case strings.HasSuffix(line, "/nothing'"), strings.HasSuffix(line, "/quiet'"):
			want = http.StatusNoContent
		case strings.HasSuffix(line, "/teapot'"):
			want = http.StatusTeapot
		case strings.Contains(line, "/twins?"):
			want = http.StatusMultipleChoices
		case strings.Contains(line, "/refuse?"):
			want = http.StatusBadRequest
		}
		line = values.Replace(line)
		if status, body := shell(line); status != want {
			t.Errorf("%s\n%d %s, want %d", line, status, body, want)
		}
		tried++
	}
	if err := db.QueryRow(`SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
		WHERE nspname IN ('api', 'other one')`).Scan(&expected); err != nil {
		t.Fatal(err)
	}
	// One has a parameter without a name, one has the name of another schema's.
	if expected -= 2; tried != expected {
		t.Errorf("%d lines for %d routines:\n%s", tried, expected, c.stdout)
	}
	for _, want := range []string{
		"cannot be called by name: a parameter has none", "is not served: api.scalar has the name",
		"curl -g '" + c.url() + "/rpc/add?a=<a>&b=<b>'\n",
		`-d '{"The '\''name": "<The '\''name>", "greeting": "<greeting>"}'`,
	} {
		if !strings.Contains(c.stdout.String(), want) {
			t.Errorf("%q is not printed:\n%s", want, c.stdout)
		}
	}
	status, _, body := c.request("GET", "/cars", "", "") // -init has installed the sample
	if status != 200 {
		t.Errorf("%d %s", status, body)
	}
	c.stop()
}

func TestSchemasMustExist(t *testing.T) {
	server := newPostgreSQL(t)
	refuse(t, `there is no schema "nowhere"`, server, "-schema", "public", "-schema", "nowhere")
	several := "name several as -schema public -schema nowhere"
	refuse(t, several, server, "-schema", "public,nowhere")
	for _, args := range [][]string{{"call"}, {"check"}, {"import", "-", "-into", "films"}} {
		var out bytes.Buffer
		status := process{[]string{"MORESQL_DATABASE_URI=" + server}, strings.NewReader(""), &out, &out}.
			run(t.Context(), append(args, "-schema", "public,nowhere"))
		if status == 0 || !strings.Contains(out.String(), several) {
			t.Errorf("%s: exit status %d, %s", args[0], status, out.String())
		}
	}
	refuse(t, "-schema is for a database of your own", "", "-schema", "public")
	refuse(t, "cannot be reached", "postgres://me:"+secret+"@127.0.0.1:1/db", "-schema", "public")
	refuse(t, `there is no database "nowhere"`, newMariaDB(t), "-schema", "nowhere")
}

func TestSchemaServesMariaDB(t *testing.T) {
	uri := newMariaDB(t)
	db := connect(t, uri)
	mustExec(t, db, "CREATE PROCEDURE add_up(a int, b int) SELECT a + b AS total")
	mustExec(t, db, `CREATE PROCEDURE halve(n int, OUT half int, OUT rest int)
		BEGIN SET half = n DIV 2; SET rest = n % 2; END`)
	mustExec(t, db, `CREATE FUNCTION twice(n int) RETURNS int NO SQL DETERMINISTIC
		RETURN n * 2`)
	other := newDatabase(t, uri, "")
	mustExec(t, db, "CREATE PROCEDURE "+databaseOf(other)+".elsewhere() SELECT 1 AS here")
	c := start(t, uri, "-schema", databaseOf(uri), "-schema", databaseOf(other))
	for _, test := range []struct{ method, target, body, want string }{
		{"POST", "/add_up", `{"a": 1, "b": 2}`, `[{"total":3}]`},
		{"POST", "/halve", `{"n": 7}`, `{"half":3,"rest":1}`},
		{"POST", "/elsewhere", "", `[{"here":1}]`},
		{"GET", "/twice?n=4", "", "8"},
	} {
		status, _, body := c.request(test.method, "/rpc"+test.target, jsonType, test.body)
		if status != 200 || compact(body) != test.want {
			t.Errorf("%s: %d %s, want %s", test.target, status, body, test.want)
		}
	}
	c.stop()
}

// databaseOf returns the name of the database in a URI.
func databaseOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		panic(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}
