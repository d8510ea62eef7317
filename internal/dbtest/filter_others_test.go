package dbtest

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/mariadbtest"
)

// statement returns a statement that Select can filter, for databases without functions that return
// rows. Its columns have the types that the driver names.
func statement(t *testing.T, db *sql.DB, text string, values ...any) dialect.Inner {
	t.Helper()
	rows, err := db.Query(text, values...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	inner := dialect.Inner{Query: text, Values: len(values)}
	for _, c := range types {
		inner.Columns = append(inner.Columns,
			catalog.Column{Name: c.Name(), Type: &catalog.Type{Name: c.DatabaseTypeName()}})
	}
	return inner
}

// testFilters runs cases on a statement of sixty rows, and compares them with a hand-written WHERE
// clause on the same statement.
func testFilters(t *testing.T, db *sql.DB, d *dialect.Dialect, inner dialect.Inner,
	cases []filterCase) {
	t.Helper()
	for _, c := range cases {
		want := rowsOf(t, db, "SELECT id FROM ("+strings.Replace(inner.Query, "?", "0", 1)+
			"\n) AS t WHERE "+c.where+" ORDER BY id")
		if len(want) == 0 || len(want) == 60 {
			t.Errorf("%s (%s): the case has %d rows", c.query, c.reason, len(want))
		}
		for _, h := range []dialect.Meta{{}, {Count: true}} {
			checkSelect(t, db, d, inner, "select=id&order=id&"+c.query, h, want, len(want), 0)
		}
	}
}

var sqliteFilters = []filterCase{
	{"age=eq.3", "age = 3", "a declared type converts the value"},
	{"twice=eq.6", "twice = 6", "a computed column has a type only in each row"},
	{"half=gt.7.25", "half > 7.25", "real"},
	{"label=eq.n5", "label = 'n5'", "computed text"},
	{"twice=in.(6,8,x)", "twice IN (6, 8)", "a computed column in a list"},
	{"label=in.(n5,6)", "label = 'n5'", "computed text in a list"},
	{"twice=not.in.(6,8)", "twice NOT IN (6, 8)", "not in a list"},
	{"twice=neq.x", "twice IS NOT NULL AND id < 60", "a text equals no number, not even 0"},
	{"age=isdistinct.3", "age IS NOT 3", "distinct includes NULL"},
	{"age=neq.3", "age <> 3", "unequal excludes NULL"},
	{"age=gte.10&age=lt.20", "age >= 10 AND age < 20", "two filters on one column"},
	{"age=lte.30", "age <= 30", "less or equal"},
	{"age=in.(1,2)", "age IN (1, 2)", "a list"},
	{"student=eq.true", "student = 1", "a boolean"},
	{"student=in.(true)", "student = 1", "values in a list"},
	{"student=is.false", "student = 0", "false"},
	{"student=is.unknown", "student IS NULL", "unknown"},
	{"student=is.not_null", "student IS NOT NULL", "not NULL"},
	{"name=like.A*", "name IN ('Ann')", "case-sensitive"},
	{"name=like.%25[*", "name = 'a[b'", "a metacharacter of GLOB is a plain character"},
	{`name=like.D\_e`, "name = 'D_e'", "an escaped underscore"},
	{"name=like.Be_?", "name = 'Ben?'", "a question mark"},
	{"name=ilike.a*", "name IN ('Ann', 'ann', 'a[b')", "case-insensitive"},
	{`name=ilike.d\_E`, "name = 'D_e'", "an escaped underscore"},
	{`name=in.("x,y",ann)`, "name IN ('x,y', 'ann')", "a comma in quotes"},
	{"code=eq.07", "code = '07'", "text is not compared as a number"},
	{"born=lt.2000-02-01", "born < '2000-02-01'", "dates are compared as text"},
	{`photo=eq.\x11`, "photo = x'11'", "bytes"},
	{"data->n=gt.7", "data ->> '$.n' > 7", "a number of JSON"},
	{"data->n=in.(7,8)", "data ->> '$.n' IN (7, 8)", "values in a list"},
	{`data->s=eq."v1"`, "data ->> '$.s' = 'v1'", "a string of JSON"},
	{"data->>s=eq.v1", "data ->> '$.s' = 'v1'", "the text of a string"},
	{"data->>n=eq.7", "data ->> '$.n' = 7", "the text of a number"},
	{"data->>none=is.null&id=lt.9", "id < 9", "a null of JSON"},
	{"data->list->0=lt.9", "id < 9", "an element"},
	{"data->list->>-2=eq.9", "id = 9", "an element from the end"},
	{`data->"$"=eq.1`, "id % 2", "a key that looks like a path"},
	{`data->"[0]"=eq.1`, "id % 2", "a key that looks like an element"},
	{`data->"a\"b\\c"=eq.1`, "id % 2", "a key with a quote and a backslash"},
	{"or=(age.lt.3,not.and(name.eq.ann,student.is.true))",
		"age < 3 OR NOT (name = 'ann' AND student IS TRUE)", "nested conditions"},
}

func TestFiltersOnSQLiteMatchHandWrittenSQL(t *testing.T) {
	db := openSQLite(t)
	setUp(t, db, `CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, age INT, student BOOLEAN,
		born DATE, code VARCHAR(9), photo BLOB, data JSON)`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) INSERT INTO people
			SELECT i, CASE i % 8 WHEN 1 THEN 'Ann' WHEN 2 THEN 'ann' WHEN 3 THEN 'Ben?'
			WHEN 4 THEN 'a[b' WHEN 5 THEN 'D_e' WHEN 6 THEN 'x,y' WHEN 7 THEN 'Dxe' END,
			CASE WHEN i % 5 THEN i % 50 END, CASE i % 3 WHEN 0 THEN 1 WHEN 1 THEN 0 END,
			date('2000-01-01', '+' || i || ' days'), '0' || (i % 9), char(16 + i % 16),
			json_object('n', i % 10, 's', 'v' || (i % 4), 'none', NULL, 'list', json_array(i, 'x'), '$',
			i % 2, '[0]', i % 2, 'a"b\c', i % 2) FROM n`,
		"UPDATE people SET photo = CAST(photo AS BLOB)")
	inner := statement(t, db, `SELECT *, CASE WHEN id < 60 THEN age * 2 END AS twice, id / 2.0 AS half,
		'n' || id AS label FROM people WHERE id > ? -- all`, 0)
	testFilters(t, db, dialect.SQLite, inner, sqliteFilters)
	for _, c := range pages {
		want := rowsOf(t, db, c.rows)
		for _, h := range []dialect.Meta{{}, {Count: true}} {
			checkSelect(t, db, dialect.SQLite, inner, c.query, h, want, 60, 0)
		}
	}
	for _, operator := range strings.Fields(
		"match imatch cs cd ov sl sr nxr nxl adj fts plfts phfts wfts eq(any)") {
		checkUnsupported(t, dialect.SQLite, inner, operator)
	}
}

// checkUnsupported checks that an operator which a database lacks is refused.
func checkUnsupported(t *testing.T, d *dialect.Dialect, inner dialect.Inner, operator string) {
	t.Helper()
	_, err := d.Select(inner, parseFilter(t, "name="+operator+".x"), dialect.Meta{})
	if e := (*filter.Error)(nil); !errors.As(err, &e) || e.Param != "name" ||
		!strings.Contains(e.Message, "not supported") {
		t.Errorf("%s: %v", operator, err)
	}
}

// pages are queries that select, order and page a table of sixty people, each with its SQL.
var pages = []struct{ query, rows, reason string }{
	{"select=name,id,name&order=id", "SELECT name, id, name FROM people ORDER BY id",
		"a column twice"},
	{"select=who:name&order=id", "SELECT name FROM people ORDER BY id", "a renamed column"},
	{"select=id&order=id.desc", "SELECT id FROM people ORDER BY id DESC", "descending order"},
	{"select=id&order=age.nullsfirst,id.desc",
		"SELECT id FROM people ORDER BY age IS NULL DESC, age, id DESC", "NULL first"},
	{"select=id&order=age.desc.nullslast,id",
		"SELECT id FROM people ORDER BY age IS NULL, age DESC, id", "NULL last"},
	{"select=id&order=age.desc.nullsfirst,id",
		"SELECT id FROM people ORDER BY age IS NULL DESC, age DESC, id", "descending order"},
	{"select=id&order=data->n.desc,id&limit=20",
		"SELECT id FROM people ORDER BY json_extract(data, '$.n') DESC, id LIMIT 20", "a path"},
	{"select=id&order=data->>s,id&limit=20&offset=3",
		"SELECT id FROM people ORDER BY json_extract(data, '$.s'), id LIMIT 20 OFFSET 3",
		"the text of a path"},
	{"select=id&order=id&limit=3", "SELECT id FROM people ORDER BY id LIMIT 3", "the first page"},
	{"select=id&order=id&offset=57", "SELECT id FROM people ORDER BY id LIMIT 9 OFFSET 57",
		"the last page"},
	{"select=id&offset=60", "SELECT id FROM people WHERE false", "an offset after the last row"},
	{"select=id&limit=0", "SELECT id FROM people WHERE false", "no rows"},
	{"select=id&order=id&limit=0&offset=3", "SELECT id FROM people WHERE false", "no rows"},
	{"select=id&order=id&limit=9223372036854775807&offset=59", "SELECT id FROM people WHERE id = 60",
		"the greatest number"},
	{"select=id&order=id&limit=1&offset=9223372036854775807", "SELECT id FROM people WHERE false",
		"the greatest number"},
	{"select=data->>s&order=id", `SELECT CASE id % 4 WHEN 0 THEN 'v0' WHEN 1 THEN 'v1'
		WHEN 2 THEN 'v2' ELSE 'v3' END FROM people ORDER BY id`, "the text of a path"},
	{"select=data->s&order=id", `SELECT CASE id % 4 WHEN 0 THEN '"v0"' WHEN 1 THEN '"v1"'
		WHEN 2 THEN '"v2"' ELSE '"v3"' END FROM people ORDER BY id`, "a path as JSON"},
}

var mariaFilters = []filterCase{
	{"age=eq.3", "age = 3", "a number"},
	{"age=eq.3.0", "age = 3", "a number written differently"},
	{"price=eq.0.30", "price = 0.3", "a decimal, exactly"},
	{"price=in.(0.30,0.40)", "price IN (0.3, 0.4)", "values in a list"},
	{"height=gt.1.5", "height > 1.5", "a double"},
	{"age=isdistinct.3", "age <> 3 OR age IS NULL", "distinct includes NULL"},
	{"age=neq.3", "age <> 3", "unequal excludes NULL"},
	{"age=gte.10&age=lt.20", "age >= 10 AND age < 20", "two filters on one column"},
	{"age=lte.30", "age <= 30", "less or equal"},
	{"age=not.in.(1,2)", "age NOT IN (1, 2)", "not in a list"},
	{"big=eq.9007199254740993", "id = 1", "more digits than a double has"},
	{"student=eq.true", "student = 1", "a boolean"},
	{"student=is.false", "student IS FALSE", "false"},
	{"student=is.unknown", "student IS NULL", "unknown"},
	{"student=is.not_null", "student IS NOT NULL", "not NULL"},
	{"name=like.A*", "BINARY name = 'Ann'", "case-sensitive"},
	{`name=like.D\_e`, "name = 'D_e'", "an escaped underscore"},
	{`name=like.*\|*`, "name = 'a|b'", "the character that the statement escapes with"},
	{`name=like.*|*`, "name = 'a|b'", "the same without a backslash"},
	{"name=ilike.a*", "name IN ('Ann', 'a|b')", "case-insensitive"},
	{"name=match.^[AB]", "BINARY name REGEXP '^[AB]'", "a regular expression"},
	{"name=imatch.^[aB]n", "name REGEXP '^(an|bn)'", "case-insensitive"},
	{`name=in.("x,y",ann)`, "name IN ('x,y', 'ann')", "a comma in quotes"},
	{"latin=like.*é*", "id % 2", "another character set"},
	{"code=eq.07", "code = '07'", "text is not compared as a number"},
	{"born=lt.2000-02-01", "born < '2000-02-01'", "dates"},
	{"data->n=gt.7", "JSON_VALUE(data, '$.n') > 7", "a number of JSON"},
	{`data->s=eq."v1"`, "JSON_VALUE(data, '$.s') = 'v1'", "a string of JSON"},
	{"data->>s=eq.v1", "JSON_VALUE(data, '$.s') = 'v1'", "the text of a string"},
	{"data->>none=is.null&id=lt.9", "id < 9", "a null of JSON"},
	{"data->list->0=lt.9", "id < 9", "an element"},
	{`data->"$"=eq.1`, "id % 2", "a key that looks like a path"},
	{`data->"a.b[0]"=eq.1`, "id % 2", "a key that looks like an element"},
	{"or=(age.lt.3,not.and(name.eq.ann,student.is.true))",
		"age < 3 OR NOT (name = 'ann' AND student IS TRUE)", "nested conditions"},
	{"label=eq.n5", "label = 'n5'", "a computed text"},
	{"twice=eq.6", "twice = 6", "a computed number"},
}

func TestFiltersOnMariaDBMatchHandWrittenSQL(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, `CREATE OR REPLACE TABLE people (id INT PRIMARY KEY, name VARCHAR(20), age INT,
		price DECIMAL(9, 2), height DOUBLE, big BIGINT, student BOOLEAN, born DATE, code VARCHAR(9),
		latin VARCHAR(9) CHARACTER SET latin1, data JSON) CHARACTER SET utf8mb4`,
		`INSERT INTO people SELECT seq, ELT(seq % 8, 'Ann', 'ann', 'Ben?', 'a|b', 'D_e', 'x,y', 'Dxe'),
			IF(seq % 5, seq % 50, NULL), seq / 100, seq / 7, 9007199254740992 + seq,
			IF(seq % 3 = 2, NULL, seq % 3 = 0), '2000-01-01' + INTERVAL seq DAY, CONCAT('0', seq % 9),
			IF(seq % 2, 'Café', 'Tee'),
			JSON_OBJECT('n', seq % 10, 's', CONCAT('v', seq % 4), 'none', NULL, 'list', JSON_ARRAY(seq, 'x'),
			'$', seq % 2, 'a.b[0]', seq % 2) FROM seq_1_to_60`)
	inner := statement(t, db,
		"SELECT *, age * 2 AS twice, CONCAT('n', id) AS label FROM people WHERE id > ? # all", 0)
	eachMariaDB(t, func(t *testing.T, db *sql.DB) {
		testFilters(t, db, dialect.MySQL, inner, mariaFilters)
		for _, c := range pages {
			want := rowsOf(t, db, c.rows)
			for _, h := range []dialect.Meta{{}, {Count: true}} {
				checkSelect(t, db, dialect.MySQL, inner, c.query, h, want, 60, 0)
			}
		}
	})
	for _, operator := range strings.Fields(
		"cs cd ov sl sr nxr nxl adj fts plfts phfts wfts eq(any)") {
		checkUnsupported(t, dialect.MySQL, inner, operator)
	}
}

// eachMariaDB runs a test with values that are sent apart from a prepared statement, and with
// values that the driver interpolates into the text.
func eachMariaDB(t *testing.T, test func(t *testing.T, db *sql.DB)) {
	config, err := mysql.ParseDSN(mariadbtest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, interpolate := range map[string]bool{"prepared": false, "interpolated": true} {
		config.InterpolateParams = interpolate
		t.Run(name, func(t *testing.T) { test(t, open(t, "mysql", config.FormatDSN())) })
	}
}

// TestCountRunsStatementOnce counts the rows of a statement with a side effect.
func TestCountRunsStatementOnce(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, "CREATE OR REPLACE SEQUENCE calls")
	inner := statement(t, db, "SELECT seq AS n, NEXTVAL(calls) AS k FROM seq_1_to_3")
	for _, query := range []string{"", "order=n.desc&limit=1", "offset=9", "limit=0"} {
		setUp(t, db, "ALTER SEQUENCE calls RESTART 1")
		s, err := dialect.MySQL.Select(inner, parseFilter(t, query), dialect.Meta{Count: true})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := run(db, s)
		if err != nil || len(rows) == 0 || !strings.HasPrefix(rows[0], "3|") {
			t.Errorf("%s: %q, %v", query, rows, err)
		}
		if next := queryText(t, db, "SELECT NEXTVAL(calls)"); next != "4" {
			t.Errorf("%s: after three rows the next call has the number %s\n%s", query, next, s.Query)
		}
	}
}
