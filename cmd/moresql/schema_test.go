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

	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/internal/pgtest"
)

// startSchemas starts the command on a database with the routines of testdata/kinds.sql.
func startSchemas(t *testing.T, args ...string) (*command, *sql.DB) {
	t.Helper()
	uri := newDatabase(t, pgtest.URI(t), "WITH (FORCE)")
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

// compact returns JSON without what makes no difference.
func compact(text string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		return text
	}
	return b.String()
}

// TestSchema compares the answers with what the database computes.
func TestSchema(t *testing.T) {
	c, db := startSchemas(t)
	for _, test := range []struct {
		method, target, body string
		status               int
		want                 string // SQL for the body, "" where there is none or it is a problem
	}{
		{"GET", "/scalar", "", 200, "to_json(api.scalar())"},
		{"HEAD", "/scalar", "", 200, ""},
		{"POST", "/scalar", "", 200, "to_json(api.scalar())"},
		{"GET", "/volatile", "", 405, ""},
		{"POST", "/volatile", "{}", 200, "to_json(api.volatile())"},
		{"OPTIONS", "/volatile", "", 204, ""},
		{"POST", "/nothing", "{}", 204, ""},
		{"GET", "/null_value", "", 200, "'null'"},
		{"GET", "/add?b=2&a=40", "", 200, "to_json(api.add(40, 2))"},
		{"POST", "/add", `{"a": 40, "c": 1, "b": 2}`, 200, "to_json(api.add(40, 2, 1))"},
		{"GET", "/add?a=40", "", 404, ""},
		{"POST", "/greet", `{"The 'name": "ann"}`, 200, "to_json(api.greet('ann'))"},
		{"POST", "/greet", `{"The 'name": null}`, 200, "'null'"},
		{"GET", "/numbers?n=3", "", 200, "(SELECT json_agg(v) FROM api.numbers(3) v)"},
		{"GET", "/numbers?n=0", "", 200, "'[]'"},
		{"GET", "/cars", "", 200, "(SELECT json_agg(v) FROM api.cars() v)"},
		{"GET", "/first_car", "", 200, "to_json(api.first_car())"},
		{"GET", "/tabled", "", 200, "(SELECT json_agg(v) FROM api.tabled() v)"},
		{"GET", "/outs?i=4", "", 200, "to_json(api.outs(4))"},
		{"GET", "/untyped", "", 200, "to_json(api.untyped())"},
		{"GET", "/untypeds", "", 200, "(SELECT json_agg(v) FROM (SELECT api.untypeds() AS v) s)"},
		{"GET", "/moods?moods=sad&moods=happy", "", 200, "to_json(api.moods('{sad,happy}'))"},
		{"POST", "/moods", `{"moods": ["happy", null]}`, 200, "to_json(api.moods('{happy,NULL}'))"},
		{"GET", "/age?age=7", "", 200, "to_json(api.age(7))"},
		{"GET", "/age?age=-7", "", 400, ""},
		{"GET", "/during?d=[2024-01-01,2024-01-02]", "", 200, "to_json(api.during('[2024-01-01,2024-01-02]'))"},
		{"GET", "/sum_all?list=1&list=2", "", 200, "to_json(api.sum_all(1, 2))"},
		{"POST", "/sum_all", `{"list": [1, 2, 3]}`, 200, "to_json(api.sum_all(1, 2, 3))"},
		{"POST", "/moved", `{"p": {"x": 1, "Y": 2.50, "z": "a,b\"c"}}`, 200, `to_json(api.moved((1, 2.50, 'a,b"c')))`},
		{"POST", "/same", `{"j": [1, {"a": "x"}]}`, 200, `to_json(api.same('[1, {"a": "x"}]'))`},
		{"POST", "/whole", `[1, {"a": null}]`, 200, `to_json(api.whole('[1, {"a": null}]'))`},
		{"POST", "/whole_out", `[1]`, 200, `to_json(api.whole_out('[1]'))`},
		{"POST", "/divide", `{"a": 17, "b": 5}`, 200, `'{"quotient":3,"rest":2}'`},
		{"POST", "/quiet", "", 204, ""},
		{"GET", "/quiet", "", 405, ""},
		{"GET", "/odd%20'name", "", 200, `to_json(api."odd 'name"())`},
		{"GET", "/other", "", 200, `to_json("other one".other())`},
		{"POST", "/teapot", "", 418, ""},
		{"GET", "/nowhere", "", 404, ""},
		{"GET", "", "", 404, ""},
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
		if media := header.Get("Content-Type"); status >= 400 && test.target != "" && media != "application/problem+json" {
			t.Errorf("%s %s: %s", test.method, test.target, media)
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
	for path, want := range map[string]int{"/health": 200, "/cars": 404} { // the sample is not installed
		if status, _, body := c.request("GET", path, "", ""); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	c.stop()
}

// TestSchemaCurl runs what the command prints, with values in the places of the names.
func TestSchemaCurl(t *testing.T) {
	shell := newShell(t)
	c, db := startSchemas(t, "-init")
	values := strings.NewReplacer("<a>", "40", "<b>", "2", "<c>", "1", "<The 'name>", "ann", `<The '\''name>`, "ann", "<greeting>", "hi", "<n>", "3", "<i>", "4",
		"<moods>", "{sad,happy}", "<age>", "7", "<d>", "[2024-01-01,]", "<list>", "{5}", "<why>", "no", "<p>", "(1,2,x)", "<by>", "1", "<j>", "3", "<body>", "12", "<price>", "0", "<order>", "2")
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
	if expected -= 2; tried != expected { // one without names, one behind another
		t.Errorf("%d lines for %d routines:\n%s", tried, expected, c.stdout)
	}
	for _, want := range []string{
		"cannot be called by name: a parameter has none", "is not served: api.scalar has the name",
		"curl -g '" + c.url() + "/rpc/add?a=<a>&b=<b>'\n", "-d '{\"The '\\''name\": \"<The '\\''name>\", \"greeting\": \"<greeting>\"}'",
	} {
		if !strings.Contains(c.stdout.String(), want) {
			t.Errorf("%q is not printed:\n%s", want, c.stdout)
		}
	}
	if status, _, body := c.request("GET", "/cars", "", ""); status != 200 { // -init has installed the sample
		t.Errorf("%d %s", status, body)
	}
	c.stop()
}

func TestSchemaFailures(t *testing.T) {
	server := newDatabase(t, pgtest.URI(t), "WITH (FORCE)")
	refuse(t, `there is no schema "nowhere"`, server, "-addr", "localhost:0", "-schema", "public", "-schema", "nowhere")
	refuse(t, "-schema is for PostgreSQL and MySQL", "", "-addr", "localhost:0", "-schema", "public")
	refuse(t, "cannot be reached", "postgres://me:"+secret+"@127.0.0.1:1/db", "-addr", "localhost:0", "-schema", "public")
	refuse(t, `there is no database "nowhere"`, newDatabase(t, mariadbtest.URI(t), ""), "-addr", "localhost:0", "-schema", "nowhere")
}

func TestSchemaMariaDB(t *testing.T) {
	uri := newDatabase(t, mariadbtest.URI(t), "")
	db := connect(t, uri)
	mustExec(t, db, "CREATE PROCEDURE add_up(a int, b int) SELECT a + b AS total")
	mustExec(t, db, "CREATE PROCEDURE halve(n int, OUT half int, OUT rest int) BEGIN SET half = n DIV 2; SET rest = n % 2; END")
	mustExec(t, db, "CREATE FUNCTION twice(n int) RETURNS int NO SQL DETERMINISTIC RETURN n * 2")
	other := newDatabase(t, uri, "")
	mustExec(t, db, "CREATE PROCEDURE "+databaseOf(other)+".elsewhere() SELECT 1 AS here")
	c := start(t, uri, "-schema", databaseOf(uri), "-schema", databaseOf(other))
	for _, test := range []struct{ method, target, body, want string }{
		{"POST", "/add_up", `{"a": 1, "b": 2}`, `[{"total":3}]`},
		{"POST", "/halve", `{"n": 7}`, `{"half":3,"rest":1}`},
		{"POST", "/elsewhere", "", `[{"here":1}]`},
		{"GET", "/twice?n=4", "", "8"},
	} {
		if status, _, body := c.request(test.method, "/rpc"+test.target, jsonType, test.body); status != 200 || compact(body) != test.want {
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
