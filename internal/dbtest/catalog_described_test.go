package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/mariadbtest"
)

// What a catalog says of enums, domains and defaults is what PostgreSQL says of them.
func TestCatalogDescribesTypesAndDefaultsAsPostgreSQLDoes(t *testing.T) {
	catalogDrivers(t, func(t *testing.T, db *sql.DB) {
		for _, statement := range []string{
			`COMMENT ON TYPE kinds.mood IS E'how it\nis'`,
			`CREATE DOMAIN kinds.code AS varchar(8) NOT NULL CHECK (VALUE <> 'it''s')
				CHECK (VALUE ~ '\d,{}')`,
			`CREATE DOMAIN kinds.long AS kinds.code`,
			`CREATE FUNCTION kinds.codes(a kinds.code, b kinds.long, c numeric DEFAULT 1.50) RETURNS int
				LANGUAGE sql AS 'SELECT 1'`,
		} {
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		var types, defaults []string
		seen := map[*catalog.Type]bool{}
		var add func(typ *catalog.Type)
		add = func(typ *catalog.Type) {
			if typ == nil || seen[typ] {
				return
			}
			seen[typ] = true
			if typ.Kind == catalog.Enum || typ.Kind == catalog.Domain {
				types = append(types, fmt.Sprint(typ.Name, "|", strings.Join(typ.Labels, ";"), "|",
					typ.Declared, "|", typ.NotNull, "|", strings.Join(typ.Checks, ";"), "|", typ.Comment))
			}
			add(typ.Elem)
			add(typ.Base)
			for _, c := range typ.Fields {
				add(c.Type)
			}
		}
		for _, r := range load(t, db, "kinds").Current().Routines() {
			for i, p := range r.Params {
				add(p.Type)
				if p.Default != (p.DefaultSQL != "") {
					t.Errorf("%s: the default of %s is %q", r, p, p.DefaultSQL)
				}
				if p.Default {
					defaults = append(defaults, fmt.Sprint(r.OID, " ", i+1, " ", p.DefaultSQL))
				}
			}
			add(r.Result.Type)
		}
		wantTypes := lines(t, db, `SELECT concat_ws('|', typname,
			coalesce((SELECT string_agg(enumlabel, ';' ORDER BY enumsortorder) FROM pg_enum
				WHERE enumtypid = t.oid), ''),
			CASE typtype WHEN 'd' THEN format_type(typbasetype, typtypmod) ELSE '' END,
			CASE WHEN typnotnull THEN 'true' ELSE 'false' END,
			coalesce((SELECT string_agg(
				regexp_replace(pg_get_constraintdef(oid), '^CHECK \((.*)\)$', '\1'), ';' ORDER BY conname)
				FROM pg_constraint WHERE contypid = t.oid AND contype = 'c'), ''),
			coalesce(obj_description(oid, 'pg_type'), ''))
			FROM pg_type t WHERE typtype IN ('e', 'd') AND typnamespace = 'kinds'::regnamespace`)
		wantDefaults := lines(t, db, `SELECT concat_ws(' ', oid, i, pg_get_function_arg_default(oid, i))
			FROM pg_proc CROSS JOIN generate_series(1, 20) i WHERE pronamespace = 'kinds'::regnamespace
			AND pg_get_function_arg_default(oid, i) IS NOT NULL AND prokind IN ('f', 'p')`)
		for _, list := range [][]string{types, wantTypes, defaults, wantDefaults} {
			slices.Sort(list)
		}
		sameLines(t, "types", types, wantTypes)
		sameLines(t, "defaults", defaults, wantDefaults)
	})
}

func TestCatalogListsLabelsOfMariaDBEnums(t *testing.T) {
	db := open(t, "mysql", mariadbtest.DSN(t))
	setUp(t, db, "CREATE OR REPLACE DATABASE labels",
		`CREATE FUNCTION labels.f(a ENUM('x','it''s',',','','a b','''')) RETURNS INT DETERMINISTIC
			RETURN 1`)
	cat, err := catalog.LoadMySQL(context.Background(), db, "labels")
	if err != nil {
		t.Fatal(err)
	}
	got := cat.Current().Named("f")[0].Params[0].Type.Labels
	if want := []string{"x", "it's", ",", "", "a b", "'"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
