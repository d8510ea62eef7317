package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/pgtest"
)

// A table or routine is found by its name as it is, and as SQL quotes it.
func TestImportFindsNamesInQuotes(t *testing.T) {
	const drop = `DROP SCHEMA IF EXISTS "import.names" CASCADE; DROP TABLE IF EXISTS "import.n""t"`
	p := importPostgres(t, `"import.n""t"`, drop)
	mustExec(t, p.db, `CREATE SCHEMA "import.names"; CREATE TABLE "import.names"."The Table" (id int);
		CREATE TABLE "import.n""t" (id int);
		CREATE FUNCTION "import.names"."add it"(id int) RETURNS void LANGUAGE sql AS
		'INSERT INTO "import.names"."The Table" VALUES (id)'`)
	for _, args := range [][]string{
		{"-into", `"import.names"."The Table"`}, {"-into", `"import.names".The Table`},
		{"-call", `"import.names"."add it"`}, {"-into", `"import.n""t"`},
		{"-into", `public."import.n""t"`},
	} {
		if status, out := p.run(t, "id\n1\n", append(args, "-")...); status != 0 {
			t.Errorf("%q: exit status %d, %s", args, status, out)
		}
	}
	if n := count(t, p.db, `SELECT count(*) FROM "import.names"."The Table"`); n != 3 {
		t.Errorf("%d rows", n)
	}
	if rows := p.rows(t, "id"); rows != "1\n1\n" {
		t.Errorf("rows %q", rows)
	}
	places := importPlaces(t, "import_quoted", importColumns)
	for i, quoted := range []string{`"import_quoted"`, "`import_quoted`", `"import_quoted"`} {
		if status, out := places[i].run(t, "id\n1\n", "-", "-into", quoted); status != 0 {
			t.Errorf("%s: exit status %d, %s", quoted, status, out)
		}
	}
}

// A procedure of MariaDB has any name, and a function cannot be called there.
func TestImportCallsProceduresOfMariaDBByTheirNames(t *testing.T) {
	p := importPlaces(t, "import_called", importColumns)[1]
	const drop = "DROP PROCEDURE IF EXISTS `add \"``it`; DROP FUNCTION IF EXISTS import_add"
	for s := range strings.SplitSeq(drop+"; CREATE PROCEDURE `add \"``it`(`the id` int) "+
		"INSERT INTO import_called (id) VALUES (`the id`); "+
		"CREATE FUNCTION import_add(id int) RETURNS int DETERMINISTIC RETURN id", "; ") {
		mustExec(t, p.db, s)
	}
	for name, want := range map[string]string{
		"add \"`it": "1  calls of", "`add \"``it`": "1  calls of",
		"import_add": "import_add is a function, and import calls procedures",
	} {
		mustExec(t, p.db, "DELETE FROM import_called")
		column, rows := "the id", "7\n"
		if name == "import_add" {
			column, rows = "id", ""
		}
		status, out := p.run(t, column+"\n7\n", "-", "-call", name)
		if got := p.rows(t, "id"); (status == 0) != (rows != "") || got != rows ||
			!strings.Contains(out, want) {
			t.Errorf("%s: exit status %d, %s, rows %q", name, status, out, got)
		}
	}
	for s := range strings.SplitSeq(drop, "; ") {
		mustExec(t, p.db, s)
	}
}

// COPY does not see the rules of a table, which say where its rows go (PostgreSQL manual, COPY).
func TestImportFollowsTheRulesOfATable(t *testing.T) {
	const drop = "DROP TABLE IF EXISTS import_ruled, import_kept"
	p := importPlace{uri: pgtest.URI(t), table: "import_kept", db: connect(t, pgtest.URI(t))}
	t.Cleanup(func() { mustExec(t, p.db, drop) })
	mustExec(t, p.db, drop)
	mustExec(t, p.db, "CREATE TABLE import_ruled (id int); CREATE TABLE import_kept (id int); "+
		"CREATE RULE kept AS ON INSERT TO import_ruled DO INSTEAD INSERT INTO import_kept "+
		"VALUES (NEW.id)")
	status, out := p.run(t, "id\n1\n2\n", "-", "-into", "import_ruled")
	if rows := p.rows(t, "id"); status != 0 || rows != "1\n2\n" || !strings.Contains(out, " 2  new") {
		t.Errorf("exit status %d, %s, rows %q", status, out, rows)
	}
}

// A view of MariaDB that takes no rows is no fault of the first row.
func TestImportIntoAViewThatSaysTooLateThatItTakesNoRows(t *testing.T) {
	p := importPlaces(t, "import_late", "(id int PRIMARY KEY, name varchar(9))")[1]
	mustExec(t, p.db, "CREATE VIEW import_late_view AS "+
		"SELECT id, upper(name) AS name FROM import_late")
	defer mustExec(t, p.db, "DROP VIEW import_late_view")
	status, out := p.run(t, "id,name\n1,a\n", "-", "-into", "import_late_view", "-rejects",
		t.TempDir()+"/r.csv")
	if status != 1 || strings.Contains(out, "rejected") || !strings.Contains(out, "not insertable") {
		t.Errorf("exit status %d, %s", status, out)
	}
}

// What is not looked for is not read: not in the time that thousands of tables take, and not while
// one of them is being altered.
func TestCommandsReadTheCatalogOfTheirTargetAlone(t *testing.T) {
	p := importPostgres(t, "import_alone", "DROP TABLE IF EXISTS import_alone, import_other; "+
		"DROP FUNCTION IF EXISTS import_call")
	mustExec(t, p.db, "CREATE TABLE import_alone (id int); CREATE TABLE import_other (id int); "+
		"CREATE FUNCTION import_call(id int) RETURNS int LANGUAGE sql AS 'SELECT id'")
	p.uri += "&lock_timeout=2000"
	tx, err := p.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec("LOCK TABLE import_other IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-into", "import_alone"}, {"-call", "import_call"}} {
		if status, out := p.run(t, "id\n7\n", append(args, "-")...); status != 0 {
			t.Errorf("%q: exit status %d, %s", args, status, out)
		}
	}
	var out bytes.Buffer
	status := process{[]string{"MORESQL_DATABASE_URI=" + p.uri}, nil, &out, &out}.run(t.Context(),
		[]string{"call", "import_call", "id=7"})
	if status != 0 || out.String() != "7" {
		t.Errorf("call: exit status %d, %s", status, out.String())
	}
}
