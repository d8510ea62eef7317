package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// A clientCall is one that the client of PostgREST makes, and what it must give.
type clientCall struct {
	Name    string          `json:"name"`
	Args    json.RawMessage `json:"args,omitempty"`
	Options json.RawMessage `json:"options,omitempty"`
	Chain   json.RawMessage `json:"chain,omitempty"` // the methods that follow, lists of their names and arguments

	status int
	data   string       // SQL for the data, "" for null
	count  string       // SQL for the count, "" for null
	err    *clientError // nil when it succeeds
}

func (c clientCall) String() string {
	return fmt.Sprintf("%s %s %s %s", c.Name, c.Args, c.Options, c.Chain)
}

// A clientError is what the client makes of an error.
type clientError struct{ Code, Message, Details, Hint string }

// TestPostgrestJS has a client written for PostgREST call routines of every kind.
func TestPostgrestJS(t *testing.T) {
	dir := installClient(t)
	c, db := startSchemas(t)
	call := func(name, args, options string, status int, data string, err *clientError) clientCall {
		return clientCall{Name: name, Args: json.RawMessage(args), Options: json.RawMessage(options), status: status, data: data, err: err}
	}
	const get, head = `{"get": true}`, `{"head": true}`
	calls := []clientCall{
		call("scalar", "", "", 200, "to_json(api.scalar())", nil),
		call("scalar", "", get, 200, "to_json(api.scalar())", nil),
		call("scalar", "", head, 200, "", nil),
		call("volatile", "", "", 200, "to_json(api.volatile())", nil),
		call("volatile", "", get, 405, "", &clientError{}),
		call("nothing", "", "", 204, "", nil),
		call("null_value", "", get, 200, "'null'", nil),
		call("add", `{"a": 40, "b": 2}`, "", 200, "to_json(api.add(40, 2))", nil),
		call("add", `{"a": 40, "b": 2}`, get, 200, "to_json(api.add(40, 2))", nil),
		call("add", `{"a": 40, "b": 2}`, head, 200, "", nil),
		call("add", `{"a": 40, "b": 2, "c": 1}`, "", 200, "to_json(api.add(40, 2, 1))", nil),
		call("greet", `{"The 'name": "ann"}`, "", 200, "to_json(api.greet('ann'))", nil),
		call("greet", `{"The 'name": "ann", "greeting": "bye"}`, "", 200, "to_json(api.greet('ann', 'bye'))", nil),
		call("numbers", `{"n": 3}`, "", 200, "(SELECT json_agg(v) FROM api.numbers(3) v)", nil),
		call("numbers", `{"n": 3}`, get, 200, "(SELECT json_agg(v) FROM api.numbers(3) v)", nil),
		call("numbers", `{"n": 0}`, get, 200, "'[]'", nil),
		call("cars", "", "", 200, "(SELECT json_agg(v) FROM api.cars() v)", nil),
		call("cars", "", get, 200, "(SELECT json_agg(v) FROM api.cars() v)", nil),
		call("cars", "", head, 200, "", nil),
		call("first_car", "", get, 200, "to_json(api.first_car())", nil),
		call("tabled", "", "", 200, "(SELECT json_agg(v) FROM api.tabled() v)", nil),
		call("outs", `{"i": 4}`, "", 200, "to_json(api.outs(4))", nil),
		call("untyped", "", "", 200, "to_json(api.untyped())", nil),
		call("moods", `{"moods": ["sad", null]}`, "", 200, "to_json(api.moods('{sad,NULL}'))", nil),
		call("moods", `{"moods": ["sad", "happy"]}`, get, 200, "to_json(api.moods('{sad,happy}'))", nil),
		call("texts", `{"list": ["a,b", "\"", "{}", "", "null", null]}`, "", 200, `to_json(api.texts(ARRAY['a,b', '"', '{}', '', 'null', NULL]))`, nil),
		call("age", `{"age": 7}`, "", 200, "to_json(api.age(7))", nil),
		call("age", `{"age": -7}`, "", 400, "", &clientError{Code: "23514"}),
		call("sum_all", `{"list": [1, 2, 3]}`, "", 200, "to_json(api.sum_all(1, 2, 3))", nil),
		call("sum_all", `{"list": [1, 2, 3]}`, get, 200, "to_json(api.sum_all(1, 2, 3))", nil),
		call("moved", `{"p": {"x": 1, "Y": 2.5, "z": "a,b"}, "by": 3}`, "", 200, "to_json(api.moved((1, 2.5, 'a,b'), 3))", nil),
		call("moved", `{"p": {"x": 1, "Y": 2.5, "z": "a,b"}}`, head, 200, "to_json(api.moved((1, 2.5, 'a,b')))", nil), // it sends a POST
		call("same", `{"j": [1, {"a": "x"}]}`, "", 200, `'[1, {"a": "x"}]'`, nil),
		call("same", `{"j": "text"}`, "", 200, `'"text"'`, nil),
		call("same", `{"j": null}`, "", 200, "", nil),
		call("whole", `{"any": ["thing"]}`, "", 200, `'{"any": ["thing"]}'`, nil),
		call("divide", `{"a": 17, "b": 5}`, "", 200, `'{"quotient": 3, "rest": 2}'`, nil),
		call("quiet", "", "", 204, "", nil),
		call("refuse", "", "", 400, "", &clientError{"P0001", "no", "in detail", "ask again"}),
		call("refuse", `{"why": "never"}`, get, 400, "", &clientError{"P0001", "never", "in detail", "ask again"}),
		call("teapot", "", "", 418, "", &clientError{"PT418", "short and stout", "here is my handle", "tip me over"}),
		call("nowhere", "", "", 404, "", &clientError{Code: "PGRST202"}),
		call("add", `{"a": 1}`, get, 404, "", &clientError{Code: "PGRST202"}),
		call("twins", `{"a": 1}`, "", 300, "", &clientError{Code: "PGRST203"}),
	}
	checkClient(t, dir, c.url(), db, calls)
	c.stop()
}

// checkClient makes the calls and compares what the client gives with what the database says.
func checkClient(t *testing.T, dir, url string, db *sql.DB, calls []clientCall) {
	t.Helper()
	for i, answer := range runClient(t, dir, url, calls) {
		call := calls[i]
		if got, want := inJavaScript(t, string(answer.Data)), asked(t, db, call.data); answer.Status != call.status || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: status %d, %s, want %d, %v; %+v", call, answer.Status, answer.Data, call.status, want, answer.Error)
		}
		if got, want := inJavaScript(t, string(answer.Count)), asked(t, db, call.count); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the count is %v, want %v", call, got, want)
		}
		got := answer.Error
		switch {
		case (got == nil) != (call.err == nil):
			t.Errorf("%s: the error is %+v, want %+v", call, got, call.err)
		case got == nil:
		case got.Message == "", got.Code != call.err.Code, call.err.Message != "" && *got != *call.err:
			t.Errorf("%s: the error is %+v, want %+v", call, *got, *call.err)
		}
	}
}

// asked returns what an expression is in the database, as JavaScript has it, and nil without one.
func asked(t *testing.T, db *sql.DB, expression string) any {
	t.Helper()
	if expression == "" {
		return nil
	}
	var text string
	if err := db.QueryRow("SELECT (" + expression + ")::text").Scan(&text); err != nil {
		t.Fatalf("%s\n%v", expression, err)
	}
	return inJavaScript(t, text)
}

// inJavaScript returns a JSON value as JavaScript has it: numbers as floating point.
func inJavaScript(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// installClient installs @supabase/postgrest-js in a folder of the test's own.
func installClient(t *testing.T) (dir string) {
	t.Helper()
	lacks := t.Skip
	if os.Getenv("MORESQL_REQUIRE_DATABASES") == "1" {
		lacks = t.Fatal
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			lacks("no " + program + " found: apt-get install nodejs npm")
		}
	}
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "postgrestjs"))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
	cmd.Dir, cmd.WaitDelay = dir, patience
	if out, err := cmd.CombinedOutput(); err != nil {
		first, _, _ := strings.Cut(string(out), "\n")
		lacks("npm cannot install @supabase/postgrest-js: " + oneLine(err) + ": " + first)
	}
	return dir
}

type clientAnswer struct {
	Data   json.RawMessage
	Count  json.RawMessage
	Error  *clientError
	Status int
}

// runClient makes the calls at url.
func runClient(t *testing.T, dir, url string, calls []clientCall) []clientAnswer {
	t.Helper()
	list, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "client.mjs", url)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stderr = dir, bytes.NewReader(list), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.Bytes())
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if len(lines) != len(calls) {
		t.Fatalf("%d lines for %d calls:\n%s%s", len(lines), len(calls), out, stderr.Bytes())
	}
	answers := make([]clientAnswer, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal(line, &answers[i]); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return answers
}
