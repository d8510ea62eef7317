package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/cmd/moresql/internal/check"
)

func TestCheckFindsDifferences(t *testing.T) {
	const same = `CREATE SCHEMA api; CREATE TYPE api.mood AS ENUM ('sad', 'happy');
		CREATE DOMAIN api.age AS int CHECK (VALUE >= 0);
		CREATE TABLE api.films (id int PRIMARY KEY, title varchar(20) NOT NULL, mood api.mood);
		CREATE TABLE api.old (id int, film int REFERENCES api.films);
		CREATE TABLE api.seen (id int PRIMARY KEY, twin int REFERENCES api.seen);
		CREATE VIEW api.shown AS SELECT id, id AS again FROM api.seen;
		CREATE FUNCTION api.add(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE
			AS 'SELECT a + b';
		CREATE FUNCTION api.aged(a api.age) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE TYPE api.size AS ENUM ('small'); CREATE TYPE api.tone AS ENUM ('low');
		CREATE TYPE api.note AS ENUM ('c'); CREATE DOMAIN api.high AS api.tone;
		CREATE TYPE api.pair AS (a int, b api.note);
		COMMENT ON TYPE api.pair IS 'Two'; COMMENT ON DOMAIN api.high IS 'High';
		CREATE FUNCTION api.uses(a api.size[], b api.high, c api.pair[]) RETURNS int LANGUAGE sql STABLE
			AS 'SELECT 1'`
	here, there := newPostgreSQL(t), newPostgreSQL(t)
	mustExec(t, connect(t, here), same)
	db := connect(t, there)
	mustExec(t, db, same)
	differences := func() []string {
		t.Helper()
		report, _ := checked(t, here, "-schema", "api", "--against", there)
		var list []string
		for _, f := range report.Findings {
			if f.Check == check.Diff {
				list = append(list, f.Object+": "+f.Problem)
			}
		}
		return list
	}
	if got := differences(); got != nil {
		t.Errorf("the same: %q", got)
	}
	for _, test := range []struct{ do, undo, want string }{
		{
			"ALTER FUNCTION api.add VOLATILE", "ALTER FUNCTION api.add IMMUTABLE",
			"function api.add(integer, integer): the volatility is IMMUTABLE here, and VOLATILE there",
		},
		{
			"ALTER FUNCTION api.add STRICT", "ALTER FUNCTION api.add CALLED ON NULL INPUT",
			"function api.add(integer, integer): the handling of NULL is missing here, and STRICT there",
		},
		{
			"CREATE OR REPLACE FUNCTION api.add(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql " +
				"IMMUTABLE AS 'SELECT a + b'",
			"CREATE OR REPLACE FUNCTION api.add(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql " +
				"IMMUTABLE AS 'SELECT a + b'",
			"function api.add(integer, integer): the list of parameters is " +
				"a integer, b integer DEFAULT 1 here, and a integer, b integer DEFAULT 2 there",
		},
		{
			"ALTER TABLE api.films ALTER title TYPE varchar(30)",
			"ALTER TABLE api.films ALTER title TYPE varchar(20)",
			"table api.films: the column title is character varying(20) NOT NULL here, " +
				"and character varying(30) NOT NULL there",
		},
		{
			"ALTER TABLE api.films ADD year int", "ALTER TABLE api.films DROP year",
			"table api.films: the column year is missing here, and integer there",
		},
		{
			"ALTER TABLE api.films ADD UNIQUE (title)",
			"ALTER TABLE api.films DROP CONSTRAINT films_title_key",
			"table api.films: the unique key (title) is missing here, and declared there",
		},
		{
			"CREATE VIEW api.titles AS SELECT title FROM api.films", "DROP VIEW api.titles",
			"view api.titles: only the other database has it",
		},
		{
			"ALTER FUNCTION api.add RENAME TO plus", "ALTER FUNCTION api.plus RENAME TO add",
			"function api.add(integer, integer): the other database does not have it\n" +
				"function api.plus(integer, integer): only the other database has it",
		},
		{
			"COMMENT ON TABLE api.films IS 'Films'", "COMMENT ON TABLE api.films IS NULL",
			`table api.films: the comment is missing here, and "Films" there`,
		},
		{
			"ALTER DOMAIN api.age ADD CHECK (VALUE < 150)",
			"ALTER DOMAIN api.age DROP CONSTRAINT age_check1",
			"type api.age: the CHECK is (VALUE >= 0) here, and (VALUE >= 0) AND (VALUE < 150) there",
		},
		{
			"ALTER TABLE api.old DROP CONSTRAINT old_film_fkey",
			"ALTER TABLE api.old ADD FOREIGN KEY (film) REFERENCES api.films",
			"table api.old: the foreign key (film) old_film_fkey is to api.films (id) here, " +
				"and missing there",
		},
		{
			"ALTER TYPE api.pair ADD ATTRIBUTE c text", "ALTER TYPE api.pair DROP ATTRIBUTE c",
			"type api.pair: the list of fields is a integer, b api.note here, " +
				"and a integer, b api.note, c text there",
		},
		{
			"COMMENT ON DOMAIN api.high IS 'Higher'", "COMMENT ON DOMAIN api.high IS 'High'",
			`type api.high: the comment is "High" here, and "Higher" there`,
		},
		{
			"ALTER TYPE api.size RENAME VALUE 'small' TO 'tiny'",
			"ALTER TYPE api.size RENAME VALUE 'tiny' TO 'small'",
			"type api.size: the list of words is small here, and tiny there",
		},
		{
			"ALTER TYPE api.tone RENAME VALUE 'low' TO 'deep'",
			"ALTER TYPE api.tone RENAME VALUE 'deep' TO 'low'",
			"type api.tone: the list of words is low here, and deep there",
		},
		{
			"ALTER TYPE api.note RENAME VALUE 'c' TO 'd'", "ALTER TYPE api.note RENAME VALUE 'd' TO 'c'",
			"type api.note: the list of words is c here, and d there",
		},
		{
			"ALTER TYPE api.mood ADD VALUE 'merry'", "",
			"type api.mood: the list of words is sad, happy here, and sad, happy, merry there",
		},
	} {
		mustExec(t, db, test.do)
		if got := strings.Join(differences(), "\n"); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.do, got, test.want)
		}
		if test.undo != "" {
			mustExec(t, db, test.undo)
		}
	}
}

// The databases of MariaDB have other names, and are the same if all in them is.
func TestCheckComparesOtherDatabases(t *testing.T) {
	folder := t.TempDir()
	one, two := filepath.Join(folder, "one.db"), filepath.Join(folder, "two.db")
	for _, test := range []struct{ name, here, there string }{
		{"MariaDB", newMariaDB(t), newMariaDB(t)}, {"SQLite", "sqlite:" + one, "sqlite:" + two},
	} {
		tables := strings.Join(filmTables[:3], ";")
		for _, uri := range []string{test.here, test.there} {
			if file, ok := strings.CutPrefix(uri, "sqlite:"); ok {
				newSQLiteFile(t, file, tables)
				continue
			}
			for _, statement := range filmTables[:3] {
				mustExec(t, connect(t, uri), statement)
			}
		}
		_, lines := checked(t, test.here, "-against", test.there)
		if got := of(lines, check.Diff); len(got) > 0 {
			t.Errorf("%s: the same: %q", test.name, got)
		}
		mustExec(t, connect(t, test.there), "ALTER TABLE films ADD year int")
		_, lines = checked(t, test.here, "-against", test.there)
		got := of(lines, check.Diff)
		if len(got) != 1 || !strings.HasSuffix(got[0], ".films") {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}

// What is wrong is one line that says how to mend it, and the status is not that of a finding.
func TestCheckSaysWhyItCannotLook(t *testing.T) {
	uri := newPostgreSQL(t)
	for _, test := range []struct {
		reason, uri string
		environ     []string
		args        []string
		want        string
	}{
		{reason: "a flag", args: []string{"-x"}, want: "run moresql check -h"},
		{reason: "a word", args: []string{"all"}, want: `"all" is not a flag`},
		{reason: "a format", args: []string{"-o", "xml"}, want: "-o must be text or json"},
		{
			reason: "a password", args: []string{"-against", "postgres://me:" + secret + "@db/x"},
			want: "MORESQL_AGAINST",
		},
		{
			reason: "a DSN", args: []string{"-against", "me:" + secret + "@tcp(db)/x"},
			want: "MORESQL_AGAINST",
		},
		{
			reason: "nothing listens", uri: "postgres://me:" + secret + "@127.0.0.1:1/x?sslmode=disable",
			want: "correct host and port in MORESQL_DATABASE_URI",
		},
		{
			reason: "no such database", uri: strings.Replace(uri, databaseOf(uri), "nowhere", 1),
			want: `no database "nowhere"`,
		},
		{
			reason: "no such schema", uri: uri, args: []string{"-schema", "nowhere"},
			want: `there is no schema "nowhere"`,
		},
		{
			reason: "the other database", uri: uri,
			environ: []string{"MORESQL_AGAINST=postgres://me:" + secret + "@127.0.0.1:1/x?sslmode=disable"},
			want:    "correct host and port in MORESQL_AGAINST",
		},
		{
			reason: "another system", uri: uri, args: []string{"-against", "sqlite:/x"},
			want: "SQLite cannot use /x",
		},
	} {
		stdout, stderr, status := called(t, test.uri, "", test.environ,
			append([]string{"check"}, test.args...)...)
		if status != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 ||
			!strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit status %d, %q %s", test.reason, status, stdout, stderr)
		}
	}
}

// The report is for people unless -o says otherwise, and nothing in a name controls the terminal.
func TestCheckPrintsForPeople(t *testing.T) {
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), `CREATE SCHEMA api; CREATE FUNCTION api."`+"\x1b[2J"+
		`"(int, int) RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END'`)
	stdout, stderr, status := called(t, uri, "", nil, "check", "-schema", "api")
	for _, want := range []string{
		", api: 1 routine, 0 tables and views\n", "\nWhat cannot be served\n  api.\uFFFD[2J(integer",
		"\n      a parameter has no name, by which", "\n      → name the parameters", "\n2 problems\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if status != 1 || stderr != "" || strings.Contains(stdout, "\x1b") {
		t.Errorf("exit status %d\n%s%s", status, stdout, stderr)
	}
	stdout, _, status = called(t, "", "", nil, "check")
	if status != 0 || !strings.HasSuffix(stdout, "\nNothing is wrong.\n") {
		t.Errorf("the sample: exit status %d\n%s", status, stdout)
	}
	stdout, _, status = called(t, "", "", nil, "check", "-h")
	if status != 0 || !strings.HasPrefix(stdout, checkUsage) ||
		!slices.Contains(strings.Fields(stdout), "-against") {
		t.Errorf("exit status %d\n%s", status, stdout)
	}
}
