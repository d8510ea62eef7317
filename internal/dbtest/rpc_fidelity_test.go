package dbtest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/internal/racetest"
	"github.com/moresql/moresql/rest"
)

// settings are sets of session settings that change how the server writes values.
var settings = map[string][]string{
	"default": nil,
	"others": {"SET DateStyle = 'SQL, DMY'", "SET IntervalStyle = 'iso_8601'",
		"SET TimeZone = 'America/St_Johns'",
		"SET extra_float_digits = -3", "SET bytea_output = 'escape'"},
}

// made creates types that a fresh PostgreSQL does not have, some of extensions.
var made = []string{
	"CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public",
	"CREATE EXTENSION IF NOT EXISTS citext SCHEMA public",
	"CREATE EXTENSION IF NOT EXISTS ltree SCHEMA public",
	`CREATE TYPE fidelity.mood AS ENUM ('sad', 'so "so"', '', 'happy, {very}')`,
	"CREATE DOMAIN fidelity.small AS int CHECK (VALUE < 10)",
	"CREATE DOMAIN fidelity.smalls AS fidelity.small[]",
	"CREATE TYPE fidelity.floats AS RANGE (SUBTYPE = float8)",
	`CREATE TYPE fidelity.inner AS (i int, "Q""q" text, at timestamptz)`,
	`CREATE TYPE fidelity.outer AS (name text, one fidelity.inner, many fidelity.inner[], days date[],
		m fidelity.mood, h public.hstore, f float8)`,
	"CREATE DOMAIN fidelity.checked AS fidelity.outer",
	"CREATE TABLE fidelity.dropped (gone int, n int, a text, gone2 text, b fidelity.inner)",
	"ALTER TABLE fidelity.dropped DROP COLUMN gone, DROP COLUMN gone2",
	`INSERT INTO fidelity.dropped VALUES (1, 'x', (1, 'q', '2024-01-02')), (2, NULL, NULL),
		(3, '', (NULL, NULL, NULL))`,
}

var madeValues = map[string][]string{
	"fidelity.mood":   {"'sad'", `'so "so"'`, "''", "'happy, {very}'", "NULL"},
	"fidelity.small":  {"1", "NULL"},
	"fidelity.smalls": {"'{1,NULL,3}'", "'{}'"},
	"fidelity.floats": {"'[0.1,2.5)'", "'empty'"},
	"fidelity.inner": {`ROW(1, 'a,"b"\c', '2024-01-02 03:04:05.6+00')`,
		"ROW(NULL, NULL, NULL)", "NULL"},
	"fidelity.outer": {`ROW('x', ROW(1, '', 'infinity'), ARRAY[ROW(2, '{}', NULL), ` +
		`NULL]::fidelity.inner[], '{2024-01-02}', 'sad', 'a=>1', 0.1)`, "NULL"},
	"fidelity.checked": {
		`ROW('x', NULL, '{}', NULL, 'so "so"', 'b=>NULL', 'NaN')::fidelity.outer`, "NULL"},
	"fidelity.dropped":           {`ROW(1, 'x', ROW(1, 'q', '2024-01-02'))`},
	"public.hstore":              {`'a=>1, "b c"=>NULL'`, "''", "NULL"},
	"public.citext":              {"'Aa'", "''"},
	"public.ltree":               {"'Top.Science'"},
	"fidelity.floats_multirange": {"'{}'"},
}

// family returns the group of a type in the totals.
func family(typ string) string {
	switch {
	case strings.Contains(typ, "."):
		return "made types"
	case strings.HasSuffix(typ, "range"):
		return "ranges"
	case strings.HasPrefix(typ, "reg"):
		return "object names"
	case slices.Contains([]string{"int2", "int4", "int8", "float4", "float8", "numeric", "money",
		"oid", "xid", "cid", "xid8"}, typ):
		return "numbers"
	case slices.Contains([]string{"date", "time", "timetz", "timestamp", "timestamptz", "interval"},
		typ):
		return "dates and times"
	case slices.Contains([]string{"point", "line", "lseg", "box", "path", "polygon", "circle"}, typ):
		return "geometry"
	case slices.Contains([]string{"text", "varchar", "bpchar", "char", "name", "bytea"}, typ):
		return "characters and bytes"
	case strings.HasPrefix(typ, "json"), typ == "xml":
		return "documents"
	}
	return "others"
}

// TestFidelityWithCatalogMatchesToJSON compares the JSON of every type with what the server's
// to_json writes, with each driver and each set of settings: alone, in arrays, in domains, in
// composites.
func TestFidelityWithCatalogMatchesToJSON(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, "DROP SCHEMA IF EXISTS fidelity CASCADE", "CREATE SCHEMA fidelity")
	functions := map[string]string{} // names of functions to the types of their results
	add := func(typ, name, returns string, expressions []string) {
		var rows []string
		for i, e := range expressions {
			rows = append(rows, fmt.Sprintf("(%d, (%s)::%s)", i, e, returns))
		}
		setUp(t, db, fmt.Sprintf(`CREATE FUNCTION fidelity.%q() RETURNS TABLE (n int, v %s)
			LANGUAGE sql STABLE AS $function$ VALUES %s $function$`,
			name, returns, strings.Join(rows, ", ")))
		functions[name] = typ
	}
	for typ := range pgtest.Samples {
		name := `pg_catalog."` + typ + `"`
		scalars, arrays := pgtest.Expressions(typ)
		add(typ, typ, name, scalars)
		if typ == "pg_node_tree" { // a table cannot have a column of it
			continue
		}
		setUp(t, db, fmt.Sprintf("CREATE DOMAIN fidelity.%q AS %s", "domain_"+typ, name))
		add(typ, typ+" domain", fmt.Sprintf("fidelity.%q", "domain_"+typ), scalars)
		if arrays == nil {
			continue
		}
		add(typ, typ+" array", name+"[]", arrays)
		setUp(t, db, fmt.Sprintf(`CREATE TYPE fidelity.%q AS ("a ""b""" %s, list %s[])`, "composite_"+typ,
			name, name))
		composite := fmt.Sprintf("fidelity.%q", "composite_"+typ)
		var rows []string
		for _, s := range scalars {
			rows = append(rows, fmt.Sprintf("ROW(%s, ARRAY[%s, NULL]::%s[])::%s", s, s, name, composite))
		}
		add(typ, typ+" composite", composite, rows)
		add(typ, typ+" composites", composite+"[]", []string{"ARRAY[" + strings.Join(rows, ", ") + "]"})
	}

	setUp(t, db, made...)
	for typ, expressions := range madeValues {
		add(typ, "made "+typ, typ, expressions)
		add(typ, "made list of "+typ, typ+"[]",
			[]string{"ARRAY[" + strings.Join(expressions, ", ") + "]::" + typ + "[]",
				"ARRAY[[NULL, " + expressions[0] + "]]::" + typ + "[]"})
	}
	add("text", "a long text", "text",
		[]string{fmt.Sprintf(`repeat(E'\u00e9"\\\\', %d)`, racetest.Sized(2_621_440, 262_144))})
	setUp(t, db, `CREATE FUNCTION fidelity.whole_table() RETURNS SETOF fidelity.dropped
		LANGUAGE sql STABLE AS 'SELECT * FROM fidelity.dropped ORDER BY n'`)
	functions["whole_table"] = "fidelity.dropped"

	total, passed := map[string]int{}, map[string]int{}
	for _, driver := range drivers {
		for setting, statements := range settings {
			if testing.Short() && setting == "default" {
				continue
			}
			t.Run(driver.name+" "+setting, func(t *testing.T) {
				db := driver.open(t)
				cat := load(t, db, "fidelity")
				conn, err := db.Conn(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				for _, s := range statements {
					if _, err := conn.ExecContext(context.Background(), s); err != nil {
						t.Fatal(err)
					}
				}
				h := rest.Routines(moresql.New(conn, quiet), cat)
				for name, typ := range functions {
					w := httptest.NewRecorder()
					h.ServeHTTP(w, &http.Request{Method: "GET", URL: &url.URL{Path: "/" + name},
						Header: http.Header{}})
					var want string
					query := fmt.Sprintf(
						"SELECT json_agg(f ORDER BY n)::text, count(*) FROM fidelity.%q() f", name)
					var n int
					if err := conn.QueryRowContext(context.Background(), query).Scan(&want, &n); err != nil {
						t.Fatalf("%s: %v", query, err)
					}
					total[family(typ)] += n
					if w.Code == 200 && sameJSON(t, w.Body.String(), want) {
						passed[family(typ)] += n
						continue
					}
					t.Errorf("%s: %d\n got %.600s\nwant %.600s", name, w.Code, w.Body, want)
				}
			})
		}
	}
	sum := 0
	for family, n := range total {
		t.Logf("%-22s %5d/%d", family, passed[family], n)
		sum += n
	}
	t.Logf("%-22s %5d", "all", sum)
	if sum < 2000 {
		t.Errorf("only %d cases", sum)
	}
}
