package dbtest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
)

// walk visits every type of a catalog once.
func walk(s *catalog.Snapshot, visit func(*catalog.Type)) {
	seen := map[*catalog.Type]bool{nil: true}
	var step func(*catalog.Type)
	step = func(t *catalog.Type) {
		if seen[t] {
			return
		}
		seen[t] = true
		visit(t)
		step(t.Elem)
		step(t.Base)
		for _, f := range t.Fields {
			step(f.Type)
		}
	}
	for _, r := range s.Routines() {
		for _, p := range r.Params {
			step(p.Type)
		}
		for _, c := range r.Result.Columns {
			step(c.Type)
		}
		step(r.Result.Type)
	}
}

// TestCatalogTypesMatchPgType compares every type with pg_type. The SQL of a type must denote it
// under any search path, and take values of any length.
func TestCatalogTypesMatchPgType(t *testing.T) {
	catalogDrivers(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `ALTER DATABASE `+queryText(t, db, "SELECT current_database()")+
			` SET search_path = kinds, "Odd ""Schema"`)
		conn := connAs(t, db, "postgres")
		found, kinds := map[uint32]bool{}, map[catalog.TypeKind]int{}
		walk(load(t, db, "kinds", oddSchema, "pg_catalog").Current(), func(typ *catalog.Type) {
			if found[typ.OID] {
				t.Errorf("%s is there twice", typ)
			}
			found[typ.OID] = true
			kinds[typ.Kind]++
			want := lines(t, conn, `
				SELECT concat_ws(' | ', t.oid, nspname, typname, typdelim, nullif(typbasetype, 0),
					(SELECT e.oid FROM pg_type e WHERE t.typsubscript = 'array_subscript_handler'::regproc
					AND t.typtype <> 'd' AND e.oid = t.typelem),
					CASE WHEN t.typsubscript = 'array_subscript_handler'::regproc AND t.typtype <> 'd'
					THEN 'array' ELSE ('{"b":"base","e":"enum","d":"domain","c":"composite","r":"range",
						"m":"multirange","p":"pseudo"}'::json)->>t.typtype::text END,
					(SELECT string_agg(attname || ' ' || atttypid, ', ' ORDER BY attnum) FROM pg_attribute
					 WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped))
				FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace WHERE t.oid = $1::text::regtype`,
				typ.SQL)
			parts := []string{fmt.Sprint(typ.OID), typ.Schema, typ.Name, string(typ.Delim)}
			for _, inner := range []*catalog.Type{typ.Base, typ.Elem} {
				if inner != nil {
					parts = append(parts, fmt.Sprint(inner.OID))
				}
			}
			parts = append(parts, typ.Kind.String())
			var fields []string
			for _, f := range typ.Fields {
				fields = append(fields, fmt.Sprint(f.Name, " ", f.Type.OID))
			}
			if fields != nil {
				parts = append(parts, strings.Join(fields, ", "))
			}
			if got := strings.Join(parts, " | "); len(want) != 1 || got != want[0] {
				t.Errorf("%s is\n%s, PostgreSQL says\n%s", typ, got, want)
			}
			if typ.Elem != nil && typ.Elem.Delim != typ.Delim {
				t.Errorf("%s has another delimiter than %s", typ, typ.Elem)
			}
			if typ.Kind == catalog.Composite && typ.Fields == nil ||
				typ.Kind != catalog.Composite && typ.Fields != nil {
				t.Errorf("%s has the fields %v", typ, typ.Fields)
			}
		})
		t.Log(kinds)
		if len(kinds) != 8 || len(found) < 150 {
			t.Errorf("%d types: %v", len(found), kinds)
		}
		for typ, want := range map[string]string{"bpchar": "abcdefg", `"bit"`: "1010101"} {
			if got := queryText(t, db, "SELECT CAST($1::text AS "+typ+")::text", want); got != want {
				t.Errorf("as %s %s is %s", typ, want, got)
			}
		}
	})
}

// TestCatalogKnowsCastsToJSON checks that ToJSON is set for the types whose values to_json converts
// by a cast.
func TestCatalogKnowsCastsToJSON(t *testing.T) {
	catalogDrivers(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db,
			`CREATE TYPE kinds.cast_enum AS ENUM ('v')`,
			`CREATE TYPE kinds.cast_range AS RANGE (subtype = oid)`,
			`CREATE TYPE kinds.cast_composite AS (v int)`,
			`CREATE DOMAIN kinds.cast_domain AS kinds.cast_enum`,
			`CREATE TYPE kinds.inout_enum AS ENUM ('v')`,
			`CREATE CAST (kinds.inout_enum AS json) WITH INOUT`,
			`CREATE TYPE kinds.jsonb_enum AS ENUM ('v')`)
		for _, typ := range []string{
			"kinds.cast_enum", "kinds.cast_range", "kinds.cast_composite", "kinds.cast_enum[]", "inet",
		} {
			setUp(t, db, `CREATE FUNCTION kinds.as_json(`+typ+
				`) RETURNS json LANGUAGE sql IMMUTABLE AS $$ SELECT '{"cast":true}'::json $$`,
				`CREATE CAST (`+typ+` AS json) WITH FUNCTION kinds.as_json(`+typ+`)`)
		}
		setUp(t, db, `CREATE FUNCTION kinds.as_jsonb(kinds.jsonb_enum) RETURNS jsonb
			LANGUAGE sql IMMUTABLE AS $$ SELECT '{"cast":true}'::jsonb $$`,
			`CREATE CAST (kinds.jsonb_enum AS jsonb) WITH FUNCTION kinds.as_jsonb(kinds.jsonb_enum)`)
		n := 0
		for typ, value := range map[string]string{
			"kinds.cast_enum":      "v",
			"kinds.cast_range":     "[1,2)",
			"kinds.cast_composite": "(1)",
			"kinds.cast_enum[]":    "{}",
			"inet":                 "::1",
			"kinds.cast_domain":    "v",
			"kinds.cast_domain[]":  "{}",
			"kinds.inout_enum":     "v",
			"kinds.jsonb_enum":     "v",
			"public.hstore":        `"cast"=>"true"`,
			"kinds.mood":           "ok",
			"kinds.temperature":    "1",
			"kinds.price":          "(1,,)",
			"point":                "(1,2)",
		} {
			n++
			setUp(t, db, fmt.Sprintf(
				"CREATE FUNCTION kinds.casts_%d(%s) RETURNS int LANGUAGE sql AS 'SELECT 1'", n, typ))
			got := load(t, db, "kinds").Current().
				Named(fmt.Sprintf("casts_%d", n))[0].Params[0].Type.Underlying().ToJSON
			want := strings.HasPrefix(queryText(t, db, "SELECT to_json('"+value+"'::"+typ+")::text"),
				`{"cast":`)
			if got != want {
				t.Errorf("%s: %v, PostgreSQL says %v", typ, got, want)
			}
		}
	})
}
