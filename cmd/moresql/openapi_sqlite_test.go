package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What SQLite stores in a column is described as far as the affinity of its type says it (SQLite
// documentation, Datatypes In SQLite, 3.1.1, whose examples these are), and is so whatever has been
// given: in a column for numbers stays what is none, and one for texts makes texts of numbers.
func TestColumnsOfSQLiteAreDescribedByTheirAffinity(t *testing.T) {
	const anything, numeric, textual = ``, `["number","string","null"]`, `["string","null"]`
	const truth = `["boolean","number","string","null"]`
	columns := []struct{ declared, want string }{
		{"INT", numeric}, {"INTEGER", numeric}, {"tinyint", numeric}, {"UNSIGNED BIG INT", numeric},
		{"CHARACTER(20)", textual}, {"varchar(3)", textual}, {"NATIVE CHARACTER(70)", textual},
		{"TEXT", textual}, {"CLOB", textual}, {"CHARINT", numeric}, {"REAL", numeric},
		{"DOUBLE PRECISION", numeric}, {"FLOAT", numeric}, {"FLOATING POINT", numeric},
		{"BLOB", anything}, {"", anything}, {"NUMERIC", numeric}, {"DECIMAL(10,5)", numeric},
		{"BOOLEAN", truth}, {"DATE", numeric}, {"DATETIME", numeric}, {"TIMESTAMP", numeric},
		{"JSON", anything},
	}
	file := filepath.Join(t.TempDir(), "types.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	var declared, values []string
	for i, column := range columns {
		declared = append(declared, fmt.Sprintf("c%d %s", i, column.declared))
		values = append(values, "%[1]s")
	}
	mustExec(t, db, "CREATE TABLE types (id INTEGER PRIMARY KEY, "+strings.Join(declared, ", ")+")")
	for _, value := range []string{"1", "1.5", "1e300", "'1'", "'word'", "x'00ff'", "NULL"} {
		insert := "INSERT INTO types VALUES (NULL, " + strings.Join(values, ", ") + ")"
		mustExec(t, db, fmt.Sprintf(insert, value))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	c := launchPlainly(t, "sqlite://"+file, "-tables", "-addr", "localhost:0")
	c.await(c.stdout, "listening on ")
	_, _, document := c.get("/openapi.json")
	var doc struct {
		Info       struct{ Title string }
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct{ Type json.RawMessage }
			}
		}
	}
	if err := json.Unmarshal([]byte(document), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Info.Title != "The tables of main" {
		t.Errorf("%q has no routines", doc.Info.Title)
	}
	properties := doc.Components.Schemas["main.types.row"].Properties
	if got := string(properties["id"].Type); got != `"integer"` {
		t.Errorf("the number of a row: %s", got)
	}
	for i, column := range columns {
		if got := string(properties[fmt.Sprint("c", i)].Type); got != column.want {
			t.Errorf("%s: %s, want %s", column.declared, got, column.want)
		}
	}
	_, _, body := c.get("/types")
	var rows []map[string]any
	if err := json.Unmarshal([]byte(body), &rows); err != nil || len(rows) != 7 {
		t.Fatal(err, body)
	}
	for _, row := range rows {
		for name, value := range row {
			var types []string
			if json.Unmarshal(properties[name].Type, &types) != nil {
				continue
			}
			is := map[string]string{
				"float64": "number", "string": "string", "<nil>": "null", "bool": "boolean",
			}
			if got := is[fmt.Sprintf("%T", value)]; !slices.Contains(types, got) {
				t.Errorf("%s, which is %s, has %#v", name, types, value)
			}
		}
	}
	c.stop()
}

// A STRICT table has no values of other types (SQLite documentation, STRICT Tables), but for one of
// ANY, and so does its description.
func TestColumnsOfStrictTablesAreDescribedByTheirTypes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "strict.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, `CREATE TABLE strict (a INT, b INTEGER NOT NULL, c REAL, d TEXT, e BLOB, f ANY)
			STRICT;
		CREATE TABLE loose (a INT);
		INSERT INTO strict VALUES (1, '2', 3, 4, x'05', 'f'), (NULL, 2, NULL, NULL, NULL, NULL)`)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	c := launchPlainly(t, "sqlite://"+file, "-tables", "-addr", "localhost:0")
	c.await(c.stdout, "listening on ")
	_, _, body := c.get("/strict?limit=1")
	if want := `[{"a":1,"b":2,"c":3,"d":"4","e":"\\x05","f":"f"}]`; body != want {
		t.Errorf("%s, want %s", body, want)
	}
	_, _, document := c.get("/openapi.json")
	for schema, wants := range map[string]string{
		"main.strict.row": `"properties":{"a":{"type":["integer","null"],"format":"int64"},` +
			`"b":{"type":"integer","format":"int64"},"c":{"type":["number","null"],"format":"double"},` +
			`"d":{"type":["string","null"]},"e":{"type":["string","null"],`,
		"main.loose.row": `"properties":{"a":{"type":["number","string","null"]}}`,
	} {
		if want := `"` + schema + `":{"type":"object",` + wants; !strings.Contains(document, want) {
			t.Errorf("there is no %s in\n%s", want, document)
		}
	}
	c.stop()
}
