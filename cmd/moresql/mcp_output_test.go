package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// What a tool returns matches its output schema, also what the types of PostgreSQL have at their
// edges: a client has to be able to check it (MCP, "Tools", Output Schema) and drops what does not.
func TestResultsOfToolsMatchTheirSchemas(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api; CREATE TYPE api.pair AS (a float8, b date);
		CREATE DOMAIN api.share AS numeric CHECK (VALUE > 0)`)
	values := []string{
		"'NaN'::numeric", "'Infinity'::numeric", "1.50::numeric", "NULL::numeric",
		"'NaN'::numeric(9,2)", "'NaN'::float8", "'-Infinity'::float4", "1e300::float8",
		"'infinity'::timestamptz", "'0044-03-15 12:00 BC'::timestamptz", "now()",
		"'-infinity'::date", "'0044-03-15 BC'::date", "DATE '2024-02-29'", "'24:00'::time",
		"'infinity'::timestamp", "ARRAY[['NaN'::numeric, 1], [NULL, 2]]", "'{}'::int[]",
		"ARRAY[1, NULL]", "ARRAY[[[1]]]", "ARRAY[ARRAY['infinity'::date]]", "'NaN'::api.share",
		"ARRAY['NaN'::api.share]", "ROW('NaN', 'infinity')::api.pair", "NULL::api.pair",
		"ARRAY[ROW(1, '2024-01-01')::api.pair, NULL]", `'{"a": [1, "NaN"]}'::json`, "9223372036854775807",
		`'\x00'::bytea`, "'é'::text", "true", "'[1,2)'::int4range", "B'101'", "'1 day'::interval",
		`'é'::"char"`, "repeat('é', 63)::name",
	}
	for i, value := range values {
		var is string
		if err := db.QueryRow("SELECT pg_typeof(" + value + ")").Scan(&is); err != nil {
			t.Fatal(value, err)
		}
		mustExec(t, db, fmt.Sprintf(`CREATE FUNCTION api.f%[1]d() RETURNS %[2]s LANGUAGE sql
			AS $$ SELECT %[3]s $$;
			CREATE FUNCTION api.set%[1]d() RETURNS SETOF %[2]s LANGUAGE sql STABLE AS $$ SELECT %[3]s $$;
			CREATE FUNCTION api.rows%[1]d() RETURNS TABLE (v %[2]s) LANGUAGE sql STABLE
			AS $$ SELECT %[3]s $$`, i, is, value))
	}
	session := startTools(t, append(environ(), "MORESQL_DATABASE_URI="+uri), nil,
		"-superuser", "-schema", "api")
	called := 0
	for tool, err := range session.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		var i int
		for _, form := range []string{"f%d", "set%d", "rows%d"} {
			if _, err := fmt.Sscanf(tool.Name, form, &i); err != nil {
				continue
			}
			got, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: tool.Name})
			if err == nil {
				err = matches(tool.OutputSchema, got.StructuredContent)
			}
			if err != nil || got.IsError {
				t.Errorf("%s of %s: %v %v", tool.Name, values[i], got, err)
			}
			called++
		}
	}
	if called != 3*len(values) {
		t.Errorf("%d tools", called)
	}
}

// matches returns why a value does not match a schema, by the implementation of the official SDK.
func matches(schema, value any) error {
	var is jsonschema.Schema
	text, err := json.Marshal(schema)
	if err == nil {
		err = json.Unmarshal(text, &is)
	}
	if err != nil {
		return err
	}
	resolved, err := is.Resolve(nil)
	if err != nil {
		return err
	}
	return resolved.Validate(value)
}
