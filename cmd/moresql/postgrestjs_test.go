package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/moresql/moresql/internal/npmtest"
)

// A clientCall is a call by PostgREST's client, and the result that it must return.
type clientCall struct {
	name    string
	args    string // a JSON object, "" for none
	options string // a JSON object, "" for none
	table   bool   // name is that of a relation, which select and its like are chained to
	schema  string // of the relation, "" for the first
	chain   string // JSON arrays of the names and arguments of the methods that follow

	status int
	data   string       // SQL for the data, "" for null
	count  string       // SQL for the count, "" for null
	err    *clientError // nil for a success
}

// MarshalJSON returns a call as client.mjs reads it.
func (c clientCall) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Name    string          `json:"name"`
		Args    json.RawMessage `json:"args,omitempty"`
		Options json.RawMessage `json:"options,omitempty"`
		Chain   json.RawMessage `json:"chain"`
		Table   bool            `json:"table,omitempty"`
		Schema  string          `json:"schema,omitempty"`
	}{
		c.name, json.RawMessage(c.args), json.RawMessage(c.options),
		json.RawMessage("[" + c.chain + "]"), c.table, c.schema,
	})
}

// withOptions returns calls with other options.
func withOptions(options string, calls ...clientCall) []clientCall {
	calls = slices.Clone(calls)
	for i := range calls {
		calls[i].options = options
	}
	return calls
}

func (c clientCall) String() string {
	return fmt.Sprintf("%s %s %s %s", c.name, c.args, c.options, c.chain)
}

// A clientError is an error as the client returns it.
type clientError struct {
	Code, Message string
	Details       any
	Hint          string
}

func TestPostgrestJSCallsRoutines(t *testing.T) {
	dir := installClient(t)
	c, db := startSchemas(t)
	const get, head = `{"get": true}`, `{"head": true}`
	calls := []clientCall{
		{name: "scalar", status: 200, data: "to_json(api.scalar())"},
		{name: "scalar", options: get, status: 200, data: "to_json(api.scalar())"},
		{name: "scalar", options: head, status: 200},
		{name: "volatile", status: 200, data: "to_json(api.volatile())"},
		{name: "volatile", options: get, status: 200, data: "to_json(api.volatile())"},
		{name: "nothing", status: 204},
		{name: "null_value", options: get, status: 200, data: "'null'"},
		{name: "add", args: `{"a": 40, "b": 2}`, status: 200, data: "to_json(api.add(40, 2))"},
		{
			name: "add", args: `{"a": 40, "b": 2}`, options: get, status: 200,
			data: "to_json(api.add(40, 2))",
		},
		{name: "add", args: `{"a": 40, "b": 2}`, options: head, status: 200},
		{name: "add", args: `{"a": 40, "b": 2, "c": 1}`, status: 200, data: "to_json(api.add(40, 2, 1))"},
		{name: "greet", args: `{"The 'name": "ann"}`, status: 200, data: "to_json(api.greet('ann'))"},
		{
			name: "greet", args: `{"The 'name": "ann", "greeting": "bye"}`, status: 200,
			data: "to_json(api.greet('ann', 'bye'))",
		},
		{
			name: "numbers", args: `{"n": 3}`, status: 200,
			data: "(SELECT json_agg(v) FROM api.numbers(3) v)",
		},
		{
			name: "numbers", args: `{"n": 3}`, options: get, status: 200,
			data: "(SELECT json_agg(v) FROM api.numbers(3) v)",
		},
		{name: "numbers", args: `{"n": 0}`, options: get, status: 200, data: "'[]'"},
		{name: "cars", status: 200, data: "(SELECT json_agg(v) FROM api.cars() v)"},
		{name: "cars", options: get, status: 200, data: "(SELECT json_agg(v) FROM api.cars() v)"},
		{name: "cars", options: head, status: 200},
		{name: "first_car", options: get, status: 200, data: "to_json(api.first_car())"},
		{name: "tabled", status: 200, data: "(SELECT json_agg(v) FROM api.tabled() v)"},
		{name: "outs", args: `{"i": 4}`, status: 200, data: "to_json(api.outs(4))"},
		{name: "untyped", status: 200, data: "to_json(api.untyped())"},
		{
			name: "moods", args: `{"moods": ["sad", null]}`, status: 200,
			data: "to_json(api.moods('{sad,NULL}'))",
		},
		{
			name: "moods", args: `{"moods": ["sad", "happy"]}`, options: get, status: 200,
			data: "to_json(api.moods('{sad,happy}'))",
		},
		{
			name: "texts", args: `{"list": ["a,b", "\"", "{}", "", "null", null]}`, status: 200,
			data: `to_json(api.texts(ARRAY['a,b', '"', '{}', '', 'null', NULL]))`,
		},
		{name: "age", args: `{"age": 7}`, status: 200, data: "to_json(api.age(7))"},
		{name: "age", args: `{"age": -7}`, status: 400, err: &clientError{Code: "23514"}},
		{
			name: "sum_all", args: `{"list": [1, 2, 3]}`, status: 200, data: "to_json(api.sum_all(1, 2, 3))",
		},
		{
			name: "sum_all", args: `{"list": [1, 2, 3]}`, options: get, status: 200,
			data: "to_json(api.sum_all(1, 2, 3))",
		},
		{
			name: "moved", args: `{"p": {"x": 1, "Y": 2.5, "z": "a,b"}, "by": 3}`, status: 200,
			data: "to_json(api.moved((1, 2.5, 'a,b'), 3))",
		},
		// it sends a POST
		{
			name: "moved", args: `{"p": {"x": 1, "Y": 2.5, "z": "a,b"}}`, options: head, status: 200,
			data: "to_json(api.moved((1, 2.5, 'a,b')))",
		},
		{name: "same", args: `{"j": [1, {"a": "x"}]}`, status: 200, data: `'[1, {"a": "x"}]'`},
		{name: "same", args: `{"j": "text"}`, status: 200, data: `'"text"'`},
		{name: "same", args: `{"j": null}`, status: 200},
		{name: "whole", args: `{"any": ["thing"]}`, status: 200, data: `'{"any": ["thing"]}'`},
		{name: "divide", args: `{"a": 17, "b": 5}`, status: 200, data: `'{"quotient": 3, "rest": 2}'`},
		{name: "quiet", status: 204},
		{name: "refuse", status: 400, err: &clientError{"P0001", "no", "in detail", "try again"}},
		{
			name: "refuse", args: `{"why": "never"}`, options: get, status: 400,
			err: &clientError{"P0001", "never", "in detail", "try again"},
		},
		{
			name: "teapot", status: 418,
			err: &clientError{"PT418", "short and stout", "here is my handle", "tip me over"},
		},
		{name: "nowhere", status: 404, err: &clientError{Code: "PGRST202"}},
		{name: "add", args: `{"a": 1}`, options: get, status: 404, err: &clientError{Code: "PGRST202"}},
		{name: "twins", args: `{"a": 1}`, status: 300, err: &clientError{Code: "PGRST203"}},
	}
	checkClient(t, dir, c.url(), db, calls)
	c.stop()
}

// checkClient makes the calls and compares what the client returns with what the database computes.
func checkClient(t *testing.T, dir, url string, db *sql.DB, calls []clientCall) {
	t.Helper()
	for i, result := range runClient(t, dir, url, calls) {
		call := calls[i]
		data, want := inJavaScript(t, string(result.Data)), computed(t, db, call.data)
		if result.Status != call.status || !reflect.DeepEqual(data, want) {
			t.Errorf("%s: status %d, %s, want %d, %v; %+v",
				call, result.Status, result.Data, call.status, want, result.Error)
		}
		count, want := inJavaScript(t, string(result.Count)), computed(t, db, call.count)
		if !reflect.DeepEqual(count, want) {
			t.Errorf("%s: the count is %v, want %v", call, count, want)
		}
		got := result.Error
		switch {
		case (got == nil) != (call.err == nil):
			t.Errorf("%s: the error is %+v, want %+v", call, got, call.err)
		case got == nil:
		case got.Message == "", got.Code != call.err.Code,
			call.err.Message != "" && !reflect.DeepEqual(got, call.err):
			t.Errorf("%s: the error is %+v, want %+v", call, *got, *call.err)
		}
	}
}

// computed returns the value of an SQL expression as JavaScript represents it, and nil for "".
func computed(t *testing.T, db *sql.DB, expression string) any {
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

// inJavaScript returns a JSON value as JavaScript represents it: numbers are floating point.
func inJavaScript(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// installClient installs @supabase/postgrest-js in a temporary folder.
func installClient(t *testing.T) (dir string) {
	t.Helper()
	return npmtest.Install(t, filepath.Join("testdata", "postgrestjs"))
}

// A clientResult is what the client returns.
type clientResult struct {
	Data   json.RawMessage
	Count  json.RawMessage
	Error  *clientError
	Status int
}

// runClient makes the calls at url.
func runClient(t *testing.T, dir, url string, calls []clientCall) []clientResult {
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
	results := make([]clientResult, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal(line, &results[i]); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return results
}

// list returns SQL for the JSON of a query's rows.
func list(query string) string {
	return "SELECT coalesce(json_agg(t), '[]') FROM (" + query + ") t"
}
