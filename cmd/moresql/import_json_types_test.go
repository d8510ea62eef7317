package main

import "testing"

// A member is what PostgreSQL's own jsonb_populate_record makes of it, also in a domain, and as an
// element of an array.
func TestImportOfJSONIsThatOfPostgreSQL(t *testing.T) {
	p := importPostgres(t, "import_json", "DROP TABLE IF EXISTS import_json; "+
		"DROP DOMAIN IF EXISTS import_json_b, import_json_a; DROP DOMAIN IF EXISTS import_json_d")
	mustExec(t, p.db, "CREATE DOMAIN import_json_d AS jsonb; CREATE DOMAIN import_json_b AS "+
		"import_json_d; CREATE DOMAIN import_json_a AS int[]; CREATE TABLE import_json "+
		"(d import_json_d, b import_json_b, j jsonb[], k json[], a import_json_a, x box[], t text[])")
	for _, object := range []string{
		`{"d": "5"}`, `{"d": "null"}`, `{"d": {"a": [1, "b"]}}`, `{"b": "true"}`, `{"b": 1.50}`,
		`{"j": ["5", null, {"a": 1}, [1, 2], true]}`, `{"k": ["5", "a\"b", [1]]}`, `{"j": []}`,
		`{"a": [1, null, 3]}`, `{"a": [[1, 2], [3, 4]]}`, `{"a": []}`,
		`{"x": ["(1,1),(0,0)", "(3,3),(2,2)"]}`, `{"t": ["a,b", "NULL", null, "", "{}"]}`,
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
}
