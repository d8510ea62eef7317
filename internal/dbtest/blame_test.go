package dbtest

import (
	"cmp"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// languages are the ways in which PostgreSQL runs the expression of a function. Each reports
// errors in a context of its own.
var languages = []struct{ name, body string }{
	{"inlined", `sql STABLE AS $f$ SELECT (%s)::text $f$`},
	{"sql", `sql VOLATILE AS $f$ SELECT (%s)::text FROM (SELECT) _ $f$`},
	{"expression", `plpgsql STABLE AS $f$ BEGIN RETURN (%s)::text; END $f$`},
	{"statement", `plpgsql STABLE AS $f$ DECLARE r text; BEGIN SELECT (%s)::text INTO r;
		RETURN r; END $f$`},
	{"dynamic", `plpgsql STABLE AS $f$ DECLARE r text; BEGIN
		EXECUTE $q$ SELECT (%s)::text FROM (SELECT $1 AS v) _ $q$ INTO r USING v; RETURN r; END $f$`},
}

// unreadable are values that an expression of PostgreSQL cannot read.
var unreadable = []struct{ expression, value string }{
	{"to_tsquery('english', v)", "a b"},
	{"v::tsquery", "a & "},
	{"websearch_to_tsquery('english', v)", strings.Repeat("-", 33) + "a"},
	{"to_tsquery('english', v)", strings.Repeat("!", 33) + "a"},
	{"v::tsvector", "a:x'"},
	{"to_tsvector(v::regconfig, 'a')", "none"},
	{"to_tsvector(v::regconfig, 'a')", "a b"},
	{"to_tsvector(v::regconfig, 'a')", "a.b.c.d"},
	{"ts_lexize(v::regdictionary, 'a')", "none"},
	{"jsonb_path_query_first('{}', v::jsonpath)", "$["},
	{"jsonb_path_query_first('{}', v::jsonpath)", strings.Repeat("(", 20_000)},
	{"jsonb_path_query_first('{}', v::jsonpath)", `$ ? (@ like_regex "a" flag "z")`},
	{"jsonb_path_query_first('{}', v::jsonpath)", "strict $.a"},
	{"jsonb_path_query_first('{}', v::jsonpath)", "$x"},
	{"'x' ~ v", "("},
	{"'x' ~ v", strings.Repeat("(", 5000)},
	{"'x' LIKE v", `\`},
	{"'x' SIMILAR TO v", "("},
	{"v::date", "2024-02-31"},
	{"now() AT TIME ZONE v", "Nowhere/None"},
	{"date_trunc(v, now())", "none"},
	{"extract(timezone FROM v::time)", "x"},
	{"date_part(v, '1 day'::interval)", "timezone"},
	{"make_date(v::int, 13, 1)", "2024"},
	{"to_timestamp(v, 'YYYY')", "x"},
	{"to_char(1, v)", "9.9.9"},
	{"to_number('1', v)", "9.9.9"},
	{"v::numeric", "1e"},
	{"v::smallint", "40000"},
	{"v::blame.mood", "none"},
	{"v::blame.small", "100"},
	{"v::regtype", "1,5"},
	{"v::regtype", "int4[][] setof"},
	{"v::regtype", "int4(5"},
	{"v::regtype", "select"},
	{"v::regtype", "naïve é,"},
	{"v::regtype", ""},
	{"v::regtype", "none"},
	{"v::regtype", "none.none"},
	{"v::regtype", "a.b.c.d"},
	{"v::regprocedure", "1,5"},
	{"v::regprocedure", "f(1,5)"},
	{"v::regprocedure", "f(none)"},
	{"v::regprocedure", "none(int)"},
	{"v::regproc", "sum"},
	{"v::regoperator", "1,5"},
	{"v::regoperator", "+(1,5)"},
	{"v::regoperator", "+(int)"},
	{"v::regoperator", "+(int,int,int)"},
	{"v::regoper", "+"},
	{"v::regclass", "a b"},
	{"v::regclass", `"`},
	{"v::regclass", "a.b.c.d"},
	{"v::regrole", "none"},
	{"v::regnamespace", "none"},
	{"v::regcollation", "none"},
	{"v::aclitem", "none=r/none"},
	{"has_column_privilege('pg_class', v, 'SELECT')", "none"},
	{"v::xml", "<a"},
	{"v::xml", strings.Repeat("&", 200)},
	{"v::xml", strings.Repeat("&a", 4000)},
	{"xpath(v, '<a/>')", "//["},
	{"v::int[]", "{{{{{{{1}}}}}}}"},
	{"array_position(v::int[], 1)", "{{1}}"},
	{"array_fill(1, ARRAY[v::int])", "999999999"},
	{"repeat('aaaaaaaaaa', v::int)", "999999999"},
	{"v::jsonb", "{"},
	{"v::uuid", "x"},
	{"decode(v, 'hex')", "x"},
	{"parse_ident(v)", "a."},
}

// TestErrorBlamesValuesReadWithinFunctions has functions read values that they cannot, in each
// language, and by both doors: that is the client's fault.
func TestErrorBlamesValuesReadWithinFunctions(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, `DROP SCHEMA IF EXISTS blame CASCADE`, `CREATE SCHEMA blame`,
		`CREATE TYPE blame.mood AS ENUM ('good')`,
		`CREATE DOMAIN blame.small AS int CHECK (VALUE < 10)`)
	for i, h := range unreadable {
		for _, l := range languages {
			setUp(t, db, fmt.Sprintf("CREATE FUNCTION blame.%s_%d(v text) RETURNS text LANGUAGE ",
				l.name, i)+fmt.Sprintf(l.body, h.expression))
		}
	}
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		m := moresql.New(db, quiet)
		routines := rest.Routines(m, load(t, db, "blame"))
		for i, e := range unreadable {
			query := "v=" + url.QueryEscape(e.value)
			for _, l := range languages {
				name := fmt.Sprintf("%s_%d", l.name, i)
				handler := m.Handler("blame."+name, moresql.Fields("v"))
				for door, h := range map[string]http.Handler{"rest": routines, "handler": handler} {
					status, body := do(h, "POST", "/"+name, formType, query)
					if status != 400 || !strings.Contains(body, `"message":`) {
						t.Errorf("%s: %s of %.40q, %s: %d %.300s", door, e.expression, e.value, l.name,
							status, body)
					}
				}
			}
		}
	})
}

// wrong are functions of an author's that are wrong by themselves, whatever the value.
var wrong = []struct {
	reason, body string
	status       int // 500 unless set
}{
	{reason: "a syntax error", body: `plpgsql AS $f$ BEGIN EXECUTE 'SELEC'; RETURN v; END $f$`},
	{
		reason: "a syntax error at the end",
		body:   `plpgsql AS $f$ BEGIN EXECUTE 'SELECT ('; RETURN v; END $f$`,
	},
	{
		reason: "a syntax error in SQL within SQL",
		body:   `sql AS $f$ SELECT query_to_xml('SELECT (', true, true, '')::text $f$`,
	},
	{reason: "a missing column", body: `plpgsql AS $f$ BEGIN RETURN nowhere; END $f$`},
	{
		reason: "a missing column of a record",
		body: `plpgsql AS $f$ DECLARE r record; BEGIN SELECT 1 AS a INTO r; RETURN r.nowhere;
			END $f$`,
	},
	{
		reason: "a malformed literal of a type with codes of syntax errors",
		body:   `plpgsql AS $f$ BEGIN RETURN 'a b'::tsquery; END $f$`,
	},
	{
		reason: "a malformed name of a type as a literal",
		body:   `plpgsql AS $f$ BEGIN RETURN '1,5'::regtype; END $f$`,
	},
	{
		reason: "a missing text search configuration as a literal",
		body:   `plpgsql AS $f$ BEGIN RETURN to_tsvector('none', v); END $f$`,
	},
	{
		reason: "a missing type",
		body:   `plpgsql AS $f$ BEGIN RETURN v::nowhere; END $f$`,
	},
	{
		reason: "a missing type in EXECUTE",
		body:   `plpgsql AS $f$ BEGIN EXECUTE 'SELECT NULL::nowhere'; RETURN v; END $f$`,
	},
	{
		reason: "a missing schema of a function",
		body:   `plpgsql AS $f$ BEGIN RETURN nowhere.f(v); END $f$`,
	},
	{reason: "a missing setting", body: `plpgsql AS $f$ BEGIN RETURN current_setting('no.where');
		END $f$`},
	{reason: "a missing function", status: 404, body: `plpgsql AS $f$ BEGIN RETURN nowhere(v);
		END $f$`},
	{reason: "a missing table", status: 404, body: `plpgsql AS $f$ BEGIN
		RETURN (SELECT a FROM nowhere); END $f$`},
	{reason: "a table that is made twice", body: `plpgsql AS $f$ BEGIN
		CREATE TEMP TABLE twice (a int) ON COMMIT DROP;
		CREATE TEMP TABLE twice (a int) ON COMMIT DROP; RETURN v; END $f$`},
	{
		reason: "DDL with a missing column",
		body: `plpgsql AS $f$ BEGIN ALTER TABLE blame.things DROP COLUMN nowhere; RETURN v;
			END $f$`,
	},
	{
		reason: "a result that goes nowhere",
		body:   `plpgsql AS $f$ BEGIN SELECT 1; RETURN v; END $f$`,
	},
	{
		reason: "two columns for one",
		body:   `sql AS $f$ SELECT v, v $f$`,
	},
	{
		reason: "ON CONFLICT without a constraint",
		body: `plpgsql AS $f$ BEGIN INSERT INTO blame.things VALUES (1) ON CONFLICT (id) DO NOTHING;
			RETURN v; END $f$`,
	},
	{
		reason: "a collation that is not determined",
		body: `plpgsql AS $f$ BEGIN
			RETURN lower(v COLLATE "C") < lower(v COLLATE "POSIX"); END $f$`,
	},
	{
		reason: "no end",
		body:   `plpgsql AS $f$ BEGIN RETURN blame.wrong_%d(v); END $f$`,
	},
	{
		reason: "no RETURN",
		body:   `plpgsql AS $f$ BEGIN END $f$`,
	},
}

// TestErrorBlamesAuthorsOfWrongFunctions calls functions that are wrong with harmless values, and
// with values that look like what is wrong.
func TestErrorBlamesAuthorsOfWrongFunctions(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, `DROP SCHEMA IF EXISTS blame CASCADE`, `CREATE SCHEMA blame`,
		`CREATE TABLE blame.things (id int)`)
	for i, w := range wrong {
		body := strings.ReplaceAll(w.body, "%d", fmt.Sprint(i))
		setUp(t, db, fmt.Sprintf(
			"SET check_function_bodies = off; CREATE FUNCTION blame.wrong_%d(v text) "+
				"RETURNS text LANGUAGE %s", i, body))
	}
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		m := moresql.New(db, quiet)
		routines := rest.Routines(m, load(t, db, "blame"))
		for i, w := range wrong {
			name := fmt.Sprintf("wrong_%d", i)
			handler := m.Handler("blame."+name, moresql.Fields("v"))
			for _, value := range []string{"harmless", "1,5", "a b", "SELEC", `"`} {
				for door, h := range map[string]http.Handler{"rest": routines, "handler": handler} {
					status, body := do(h, "POST", "/"+name, formType, "v="+url.QueryEscape(value))
					if status != cmp.Or(w.status, 500) {
						t.Errorf("%s: %s, called with %q: %d %.300s", door, w.reason, value, status, body)
					}
				}
			}
		}
	})
}
