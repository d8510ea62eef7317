package openapitest

import (
	"database/sql"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/npmtest"
)

// Linters that are not ours have nothing to say about a document, and a client whose types are
// generated from it compiles and calls the server.
func TestGeneratedClientCallsTheServer(t *testing.T) {
	dir := npmtest.Install(t, filepath.Join("testdata", "npm"))
	db := open(t, "kinds.sql", "values.sql", "relations.sql")
	formats := moresql.Encoders(encoder.JSON(), encoder.CSV(), encoder.Compact())
	url, _ := serve(t, db, schemas, formats)
	_, _, document := send(t, "GET", url+"/openapi.json", "")
	if err := os.WriteFile(filepath.Join(dir, "doc.json"), []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	lint(t, dir, parse(t, []byte(document)))
	program(t, dir, "openapi-typescript", "doc.json", "--output", "api.ts")
	program(t, dir, "tsc", "--project", ".")
	prints(t, db, dir, "client.js", url, `SELECT json_build_array(
		(SELECT json_build_array(200, f.c, f.p) FROM kinds.limited('AB-12', n => 7) f),
		json_build_array(206, (SELECT json_agg(f) FROM (
			SELECT * FROM kinds.set_of_table() WHERE id > 0 ORDER BY id LIMIT 1) f)),
		json_build_array(200, kinds.variadic_of(1, 'x', 'y,z')),
		json_build_array(200, kinds.enum('sad')),
		(SELECT json_build_array(200, count(*)) FROM kinds.cars),
		json_build_array(204),
		(SELECT json_build_array(206, 'films', title, price) FROM kinds.films ORDER BY id LIMIT 1),
		json_build_array(201, json_build_array('Zoe')),
		json_build_array(204),
		json_build_array(400, '23502'),
		json_build_array(400, 400, '22P02'),
		json_build_array(404, 404, 'string'),
		json_build_array('undefined'))`)
	prints(t, db, dir, "kinds.js", url, `SELECT json_build_array(
		(SELECT json_build_array(200, json_agg(whole)) FROM kinds.every() whole),
		(SELECT json_build_array(200, to_json(kinds.composite((1.5, 'EUR', '{sad,NULL}'))))),
		(SELECT json_build_array(200, json_build_array(ROW(
			(1, '2CV', NULL, '{a,NULL}'), NULL, '[2026-01-01,2026-02-01)', NULL)::kinds.nested))),
		json_build_array(200, kinds.array_of('{1,NULL}', NULL, NULL, NULL)),
		json_build_array(200, kinds.whole_body('{"any": ["thing"]}')),
		json_build_array(200, kinds.upload('four')),
		(SELECT json_build_array(200, json_agg(f)) FROM kinds.overloaded(1, 2) f),
		(SELECT json_build_array(200, to_json(f)) FROM kinds.defaults(1) f),
		json_build_array(200, json_build_object('q', 3, 'r', 1)), -- see gives in kinds.sql
		json_build_array(204),
		(SELECT json_build_array(200, json_agg(f)) FROM kinds.returns_table(1) f),
		(SELECT json_build_array(200, to_json(f)) FROM kinds.outs('x', 'ok') f),
		(SELECT json_build_array(200, json_agg(f)) FROM kinds.set_of_scalar() f),
		(SELECT json_build_array(200, json_agg(f)) FROM kinds.set_of_enum() f),
		json_build_array(200, kinds.hash('k=>v, n=>NULL', NULL)), json_build_array(204),
		json_build_array(400, 404, 405),
		(SELECT json_build_array(201, json_agg(json_build_array(name, mood, label) ORDER BY id))
			FROM (VALUES (1, 'Cy', 'ok', 'Cy!'), (2, 'Di', 'sad', 'Di!')) v (id, name, mood, label)),
		json_build_array(204, 204),
		(SELECT json_build_array(200, json_agg(t)) FROM kinds.titles t WHERE id = 1 OR title = 'Two'),
		json_build_array(405))`)
}

// prints compares what a script that calls the server at url prints with what a query returns.
func prints(t *testing.T, db *sql.DB, dir, script, url, query string) {
	t.Helper()
	cmd := exec.Command("node", script, url)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got, want any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var expected string
	if err := db.QueryRow(query).Scan(&expected); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(expected), &want); err != nil {
		t.Fatal(err)
	}
	if shown(got) != shown(want) {
		t.Errorf("%s: %s\nwant %s", script, shown(got), shown(want))
	}
}

// lint lints doc.json, whose content is document. Warnings count.
func lint(t *testing.T, dir string, document object) {
	t.Helper()
	var redocly struct {
		Totals   struct{ Errors, Warnings int }
		Problems []any
	}
	out := program(t, dir, "redocly", "lint", "doc.json", "--format=json")
	if err := json.Unmarshal(out, &redocly); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if redocly.Totals.Errors+redocly.Totals.Warnings > 0 {
		t.Errorf("redocly: %s", shown(redocly.Problems))
	}
	const result = "found.json" // spectral ends with an error for what is none, too: see below
	spectral := exec.Command(filepath.Join(dir, "node_modules", ".bin", "spectral"), "lint",
		"doc.json", "--format=json", "--output="+result)
	spectral.Dir = dir
	said, failure := spectral.CombinedOutput()
	out, err := os.ReadFile(filepath.Join(dir, result))
	if err != nil {
		t.Fatalf("spectral: %v, %v\n%s", err, failure, said)
	}
	var found []struct {
		Code, Message string
		Path          []any
	}
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, f := range found {
		// Spectral decodes %20 in the name of a path, and finds nothing at what it takes for the path.
		if len(f.Path) > 1 && f.Path[0] == "paths" && at(document, "paths", f.Path[1].(string)) == nil {
			continue
		}
		t.Errorf("spectral: %s: %s %v", f.Code, f.Message, f.Path)
	}
}

// program runs a program of node_modules, which must end without a complaint, and returns what it
// prints.
func program(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(filepath.Join(dir, "node_modules", ".bin", name), args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return out
}
