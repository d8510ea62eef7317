package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A member is what PostgreSQL's own jsonb_populate_record makes of it, also in a domain, and as an
// element of an array and a field of a row.
func TestImportOfJSONIsThatOfPostgreSQL(t *testing.T) {
	p := importPostgres(t, "import_json", "DROP TABLE IF EXISTS import_json; "+
		"DROP DOMAIN IF EXISTS import_json_b, import_json_a, import_json_r; "+
		"DROP DOMAIN IF EXISTS import_json_d; DROP TYPE IF EXISTS import_json_o, import_json_i")
	mustExec(t, p.db, "CREATE DOMAIN import_json_d AS jsonb; CREATE DOMAIN import_json_b AS "+
		"import_json_d; CREATE DOMAIN import_json_a AS int[]; "+
		"CREATE TYPE import_json_i AS (\"a b\" text, n numeric, j jsonb, t text[]); "+
		"CREATE TYPE import_json_o AS (i import_json_i, list import_json_i[], x box[]); "+
		"CREATE DOMAIN import_json_r AS import_json_i; CREATE TABLE import_json "+
		"(d import_json_d, b import_json_b, j jsonb[], k json[], a import_json_a, x box[], t text[], "+
		"i import_json_i, r import_json_r, o import_json_o, list import_json_i[])")
	for _, object := range []string{
		`{"d": "5"}`, `{"d": "null"}`, `{"d": {"a": [1, "b"]}}`, `{"b": "true"}`, `{"b": 1.50}`,
		`{"j": ["5", null, {"a": 1}, [1, 2], true]}`, `{"k": ["5", "a\"b", [1]]}`, `{"j": []}`,
		`{"a": [1, null, 3]}`, `{"a": [[1, 2], [3, 4]]}`, `{"a": []}`,
		`{"x": ["(1,1),(0,0)", "(3,3),(2,2)"]}`, `{"t": ["a,b", "NULL", null, "", "{}"]}`,
		`{"i": {"a b": "x\"\\,(y)", "n": 1.50, "j": {"a": ["\"", null]}, "t": ["a,b", null, ""]}}`,
		`{"i": {}}`, `{"i": {"a b": ""}}`, `{"i": {"j": "5", "n": null}}`, `{"i": "(a,1,,{b})"}`,
		`{"r": {"a b": "x", "j": "null"}}`, `{"r": null}`, `{"list": [{"n": 1}, null, {"a b": "\""}]}`,
		`{"o": {"i": {"a b": "\"", "t": ["\""]}, "list": [{"a b": "\\"}], "x": ["(1,1),(0,0)"]}}`,
	} {
		mustExec(t, p.db, "DELETE FROM import_json")
		mustExec(t, p.db, "INSERT INTO import_json SELECT (jsonb_populate_record("+
			"NULL::import_json, '"+object+"')).*")
		want := p.rows(t, "import_json::text")
		mustExec(t, p.db, "DELETE FROM import_json")
		status, out := p.run(t, object+"\n", "-", "-into", p.table)
		if got := p.rows(t, "import_json::text"); status != 0 || got != want {
			t.Errorf("%s: exit status %d, %sstored %s, want %s", object, status, out, got, want)
		}
	}
	for object, want := range map[string]string{ // of which PostgreSQL would lose something
		`{"i": {"m": 1}}`:         `column i: "m" is no field of`,
		`{"i": {"n": 1, "n": 2}}`: `column i: "n" is there twice`,
	} {
		status, out := p.run(t, object+"\n", "-", "-into", p.table)
		rejects := filepath.Join(t.TempDir(), "rejects.csv")
		p.run(t, object+"\n", "-", "-into", p.table, "-rejects", rejects)
		text, err := os.ReadFile(rejects)
		value := strings.ReplaceAll(object[len(`{"i": `):len(object)-1], `"`, `""`)
		if status != 1 || !strings.Contains(out, want) || err != nil ||
			!strings.HasSuffix(string(text), `,"`+value+"\"\n") {
			t.Errorf("%s: exit status %d, %s, want %s, and the value in\n%s%v", object, status, out, want,
				text, err)
		}
	}
}
