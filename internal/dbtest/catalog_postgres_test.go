package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
)

// TestCatalogRoutinesMatchPostgreSQLListing compares the routines with those that PostgreSQL lists,
// written as PostgreSQL itself writes them.
func TestCatalogRoutinesMatchPostgreSQLListing(t *testing.T) {
	catalogDrivers(t, func(t *testing.T, db *sql.DB) {
		for _, role := range []string{"postgres", "kinds_caller"} {
			conn := connAs(t, db, role)
			quote := quoter(t, conn)
			total := 0
			for _, schema := range []string{
				"kinds", oddSchema, "pg_catalog", "information_schema", "public", "kinds_private",
			} {
				want := lines(t, conn, listRoutines, schema)
				var got []string
				for _, r := range load(t, conn, schema).Current().Routines() {
					got = append(got, describe(r, quote))
				}
				slices.Sort(got)
				slices.Sort(want)
				sameLines(t, role+" "+schema, got, want)
				total += len(got)
			}
			t.Logf("%s: %d routines", role, total)
		}
	})
}

// listRoutines has PostgreSQL write one line a routine. The only result that a catalog describes
// differently is TABLE (…) of a single composite, which SELECT * FROM expands.
const listRoutines = `
SELECT concat_ws(' | ',
	CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.proname,
	pg_get_function_identity_arguments(p.oid),
	'defaults for ' || (SELECT coalesce(string_agg(i::text, ',' ORDER BY i), '')
	FROM generate_series(1, 100) AS i
		WHERE pg_get_function_arg_default(p.oid, i) IS NOT NULL),
	CASE WHEN result LIKE 'TABLE(%' AND t.typtype = 'c' THEN 'SETOF ' || t.oid::regtype
	ELSE result END,
	CASE p.provolatile WHEN 'v' THEN 'VOLATILE' WHEN 's' THEN 'STABLE' ELSE 'IMMUTABLE' END,
	CASE WHEN p.proisstrict THEN 'STRICT' ELSE '' END,
	coalesce(obj_description(p.oid, 'pg_proc'), ''))
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_type t ON t.oid = p.prorettype
CROSS JOIN LATERAL (SELECT coalesce(pg_get_function_result(p.oid), '')) AS written (result)
WHERE n.nspname = $1 AND p.prokind NOT IN ('a', 'w')
AND result !~ '^(trigger|event_trigger|internal|\w+_handler)$'
AND pg_get_function_identity_arguments(p.oid) !~ '\yinternal\y'
AND has_schema_privilege(current_user, n.nspname, 'USAGE')
AND has_function_privilege(current_user, p.oid, 'EXECUTE')`

// describe writes a routine as listRoutines does.
func describe(r catalog.Routine, quote func(string) string) string {
	var args, defaults []string
	outs := false
	for i, p := range r.Params {
		words := []string{p.Mode.String(), quote(p.Name), regtype(p.Type)}
		if p.Mode == catalog.In && r.Kind == catalog.Function {
			words[0] = "" // PostgreSQL writes IN only for procedures
		}
		words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
		args = append(args, strings.Join(words, " "))
		outs = outs || p.Mode == catalog.Out || p.Mode == catalog.InOut
		if p.Default {
			defaults = append(defaults, fmt.Sprint(i+1))
		}
	}
	result := regtype(r.Result.Type)
	switch {
	case r.Kind == catalog.Procedure:
		result = ""
	case r.Result.Set && r.Result.Columns != nil && !outs &&
		r.Result.Type.Underlying().Kind != catalog.Composite:
		var columns []string
		for _, c := range r.Result.Columns {
			columns = append(columns, quote(c.Name)+" "+regtype(c.Type))
		}
		result = "TABLE(" + strings.Join(columns, ", ") + ")"
	case r.Result.Set:
		result = "SETOF " + result
	}
	strict := ""
	if r.Strict {
		strict = "STRICT"
	}
	return strings.Join([]string{r.Kind.String(), r.Name, strings.Join(args, ", "),
		"defaults for " + strings.Join(defaults, ","),
		result, r.Volatility.String(), strict, r.Comment}, " | ")
}

// regtype writes a type as PostgreSQL's regtype does, which omits lengths.
func regtype(t *catalog.Type) string {
	return strings.NewReplacer("bpchar", "character", `"bit"`, "bit").Replace(t.String())
}

// quoter returns a function that quotes names as PostgreSQL does.
func quoter(t *testing.T, conn *sql.Conn) func(string) string {
	known := map[string]string{"": ""}
	return func(name string) string {
		if _, ok := known[name]; !ok {
			known[name] = lines(t, conn, "SELECT quote_ident($1)", name)[0]
		}
		return known[name]
	}
}

// connAs returns a connection with the rights of a role and an empty search path, which makes
// PostgreSQL qualify every name.
func connAs(t *testing.T, db *sql.DB, role string) *sql.Conn {
	t.Helper()
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	for _, s := range []string{"SET ROLE " + role, "SET search_path = ''"} {
		if _, err := conn.ExecContext(context.Background(), s); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

// lines returns the values of a query's only column.
func lines(t *testing.T, db catalog.Querier, query string, args ...any) (list []string) {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), query, args...)
	if err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		list = append(list, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// sameLines reports the lines that only one of two sorted lists has.
func sameLines(t *testing.T, what string, got, want []string) {
	t.Helper()
	for _, line := range got {
		if _, ok := slices.BinarySearch(want, line); !ok {
			t.Errorf("%s: PostgreSQL does not have\n%s", what, line)
		}
	}
	for _, line := range want {
		if _, ok := slices.BinarySearch(got, line); !ok {
			t.Errorf("%s: only PostgreSQL has\n%s", what, line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d, PostgreSQL has %d", what, len(got), len(want))
	}
}

// TestCatalogHidesWhatCannotBeCalled checks that a catalog lists neither what a role may not call
// nor what nobody can call by a SELECT.
func TestCatalogHidesWhatCannotBeCalled(t *testing.T) {
	catalogDrivers(t, func(t *testing.T, db *sql.DB) {
		all := load(t, db, "kinds", "kinds_private").Current()
		for _, name := range []string{
			"trigger_function", "event_trigger_function", "aggregate", "window_function", "takes_internal",
			"handler",
		} {
			if found := all.Named(name); found != nil {
				t.Errorf("%v", found)
			}
		}
		few := load(t, connAs(t, db, "kinds_caller"), "kinds", "kinds_private").Current()
		for name, n := range map[string][2]int{
			"overloaded": {4, 3}, "scalar": {1, 0}, "gives": {1, 0}, "hidden": {1, 0}, "takes": {1, 1},
		} {
			if got := [2]int{len(all.Named(name)), len(few.Named(name))}; got != n {
				t.Errorf("%s: %d, want %d", name, got, n)
			}
		}
	})
}

// TestCatalogColumnsMatchResults compares the columns of each result with those that PostgreSQL
// gives a view over the call, or sends for CALL.
func TestCatalogColumnsMatchResults(t *testing.T) {
	catalogDrivers(t, func(t *testing.T, db *sql.DB) {
		conn := connAs(t, db, "postgres")
		quote := quoter(t, conn)
		total := 0
		for _, r := range load(t, conn, "kinds", oddSchema).Current().Routines() {
			isPseudo := func(p catalog.Param) bool { return p.Type.Kind == catalog.Pseudo }
			if slices.ContainsFunc(r.Params, isPseudo) ||
				r.Kind == catalog.Function && r.Result.Columns == nil && r.Result.Type.Name != "record" &&
					r.Result.Type.Kind == catalog.Pseudo {
				continue // a view cannot have a column of a pseudo-type
			}
			var args []string
			for _, p := range r.Params {
				switch {
				case p.Mode == catalog.Variadic:
					args = append(args, "VARIADIC NULL::"+p.Type.SQL)
				case p.Mode != catalog.Out:
					args = append(args, "NULL::"+p.Type.SQL)
				case r.Kind == catalog.Procedure:
					args = append(args, "NULL")
				}
			}
			call := quote(r.Schema) + "." + quote(r.Name) + "(" + strings.Join(args, ", ") + ")"
			total++
			if r.Kind == catalog.Procedure {
				var names []string
				for _, c := range r.Result.Columns {
					names = append(names, c.Name)
				}
				rows, err := conn.QueryContext(context.Background(), "CALL "+call)
				if err != nil {
					t.Fatal(call, err)
				}
				if sent, err := rows.Columns(); err != nil || !slices.Equal(sent, names) {
					t.Errorf("CALL %s returns %q, %v, want %q", call, sent, err, names)
				}
				rows.Close()
				continue
			}
			_, err := conn.ExecContext(context.Background(),
				"CREATE TEMP VIEW result AS SELECT * FROM "+call)
			if untyped := r.Result.Columns == nil && r.Result.Type.Name == "record"; untyped {
				if err == nil || !strings.Contains(err.Error(), "column definition list is required") {
					t.Errorf("%s: %v", call, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", call, err)
				continue
			}
			columns := r.Result.Columns
			if columns == nil {
				columns = []catalog.Column{{Name: r.Name, Type: r.Result.Type}}
			}
			var got []string
			for _, c := range columns {
				got = append(got, fmt.Sprintf("%s %d", c.Name, c.Type.OID))
			}
			want := lines(t, conn, `SELECT attname || ' ' || atttypid FROM pg_attribute
				WHERE attrelid = 'pg_temp.result'::regclass ORDER BY attnum`)
			if !slices.Equal(got, want) {
				t.Errorf("%s returns %q, the catalog says %q", call, want, got)
			}
			if _, err := conn.ExecContext(context.Background(), "DROP VIEW pg_temp.result"); err != nil {
				t.Fatal(err)
			}
		}
		if total < 45 {
			t.Errorf("%d results compared", total)
		}
	})
}
