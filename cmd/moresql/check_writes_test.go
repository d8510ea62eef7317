package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/cmd/moresql/internal/check"
)

// What check finds to write against its declaration PostgreSQL refuses, and what it lets pass it
// does not find.
func TestCheckFindsFunctionsThatWriteAndSayTheyRead(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api;
		CREATE TABLE api.films (id int, insert int, update int, delete int);
		INSERT INTO api.films VALUES (1, 2, 3, 4);
		CREATE FUNCTION api.add() RETURNS int LANGUAGE sql
			AS 'INSERT INTO api.films VALUES (1) RETURNING id';
		CREATE FUNCTION api.add_over() RETURNS int STABLE LANGUAGE plpgsql
			AS 'BEGIN RETURN api.add(); END';
		CREATE FUNCTION api.either(int) RETURNS int LANGUAGE sql AS 'SELECT api.add()';
		CREATE FUNCTION api.either(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
		CREATE FUNCTION public.add_here(i int) RETURNS int LANGUAGE sql
			AS 'UPDATE api.films SET id = i RETURNING id'`)
	const plpgsql = "plpgsql"
	for i, test := range []struct{ language, body string }{
		{"sql", "INSERT INTO api.films VALUES (1)"},
		{"sql", "insert/* into */into api.films values (1)"},
		{"sql", "-- it's one\nDELETE FROM api.films"},
		{"sql", "UPDATE ONLY api.films AS f SET id = 1"},
		{"sql", `UPDATE "api"."films" SET id = 1`},
		{"sql", "SELECT 1; DELETE FROM api.films"},
		{"sql", `SELECT 'it''s', E'\';', "insert" FROM api.films; DELETE FROM api.films`},
		{"sql", "WITH f AS (DELETE FROM api.films RETURNING id) SELECT id FROM f"},
		{"sql", "WITH f AS NOT MATERIALIZED (SELECT 1), g AS (UPDATE api.films SET id = 1) SELECT 1"},
		{plpgsql, "BEGIN INSERT INTO api.films VALUES (1); END"},
		{plpgsql, "DECLARE i int := 1; BEGIN IF i = 1 THEN UPDATE api.films SET id = i; END IF; END"},
		{plpgsql, "BEGIN FOR i IN 1..2 LOOP DELETE FROM api.films; END LOOP; END"},
		{plpgsql, "DECLARE i int; BEGIN FOR i IN SELECT id FROM api.films LOOP DELETE FROM api.films; " +
			"END LOOP; END"},
		{plpgsql, "BEGIN BEGIN DELETE FROM api.films; END; END"},
		{plpgsql, "BEGIN IF false THEN NULL; ELSE DELETE FROM api.films; END IF; END"},
		{plpgsql, "DECLARE i int; BEGIN INSERT INTO api.films VALUES (1) RETURNING id INTO i; END"},
		{plpgsql, "BEGIN PERFORM 1; EXCEPTION WHEN others THEN NULL; END"},
		{plpgsql, "BEGIN PERFORM CASE WHEN true THEN delete ELSE update END FROM api.films; END"},
		{plpgsql, "BEGIN PERFORM CASE WHEN true THEN update END AS set FROM api.films; END"},
		{"sql", "SELECT api.add()"},
		{"sql", "SELECT max(id) FROM api.films; SELECT api . add ( )"},
		{"sql", "SELECT id FROM api.films WHERE id = api.add()"},
		{"sql", "SELECT add_here(1)"},
		{"sql", "SELECT api.add_over()"},
		{"sql", "SELECT coalesce(api.add_over(), 1)"},
		{plpgsql, "DECLARE i int := api.add(); BEGIN i := 1; END"},
		{plpgsql, "BEGIN PERFORM add_here(1); END"},
		{plpgsql, "BEGIN IF false THEN NULL; ELSE PERFORM api.add(); END IF; END"},
		{"sql", "SELECT api.either('a')"},
		{"sql", "SELECT 'api.add()' -- api.add()"},
		{"sql", "WITH add_here(id) AS (SELECT 1) SELECT id FROM add_here"},
		{"sql", "WITH f AS (SELECT 1), add_here(id) AS (SELECT 1) SELECT id FROM add_here"},
		{"sql", "SELECT add_here.id FROM (SELECT 1) add_here(id)"},
		{"sql", "SELECT add_here.id FROM (SELECT 1) AS add_here(id)"},
		{"sql", "SELECT 1 AS add_here"},
		{plpgsql, "DECLARE insert int; BEGIN insert := 1; END"},
		{"sql", "SELECT insert, update, delete FROM api.films"},
		{"sql", "SELECT trim(delete::text from update::text), (delete) FROM api.films"},
		{"sql", "SELECT 'x; INSERT INTO api.films VALUES (1)'"},
		{"sql", `SELECT E'\'; INSERT INTO api.films VALUES (1)'`},
		{"sql", `SELECT '\', '; INSERT INTO api.films VALUES (1)'`},
		{"sql", "SELECT $a$; DELETE FROM api.films $a$"},
		{"sql", "SELECT 1 /* /* */ ; DELETE FROM api.films */"},
		{"sql", "SELECT 1 -- ; DELETE FROM api.films"},
		{"sql", `SELECT 1 AS "; DELETE FROM api.films"`},
		{"sql", "SELECT delete FROM (SELECT delete FROM api.films) AS f(delete)"},
	} {
		name := fmt.Sprintf("api.f%d", i)
		mustExec(t, db, "CREATE FUNCTION "+name+"() RETURNS void STABLE LANGUAGE "+test.language+
			" AS $function$ "+test.body+" $function$")
		checkWrites(t, uri, name, test.body)
	}
	for i, body := range []string{
		"RETURN 1", "BEGIN ATOMIC INSERT INTO api.films VALUES (1) RETURNING id; END",
		"BEGIN ATOMIC SELECT 1; WITH f AS (DELETE FROM api.films RETURNING id) SELECT id FROM f; END",
		"BEGIN ATOMIC SELECT delete AS insert FROM api.films; END",
	} {
		name := fmt.Sprintf("api.s%d", i)
		mustExec(t, db, "CREATE FUNCTION "+name+"() RETURNS int IMMUTABLE "+body)
		checkWrites(t, uri, name, body)
	}
}

// checkWrites compares what check finds in a function with what the server says of its call.
func checkWrites(t *testing.T, uri, name, body string) {
	t.Helper()
	db := connect(t, uri)
	_, err := db.Exec("BEGIN READ ONLY; SELECT " + name + "(); ROLLBACK") // as a request does
	db.Close()
	refused := err != nil &&
		(strings.Contains(err.Error(), "is not allowed in a non-volatile function") ||
			strings.Contains(err.Error(), "in a read-only transaction"))
	if err != nil && !refused {
		t.Fatalf("%s: %v", body, err)
	}
	report, _ := checked(t, uri, "-schema", "api")
	i := slices.IndexFunc(report.Findings, func(f check.Finding) bool {
		return f.Check == check.Volatility && f.Object == name+"()"
	})
	if found := i >= 0; found != refused {
		t.Errorf("%s: it is found: %v, and PostgreSQL says %v", body, found, err)
	}
	if i < 0 {
		return
	}
	db = connect(t, uri)
	mustExec(t, db, report.Findings[i].Fix)
	mustExec(t, db, "BEGIN; SELECT "+name+"(); ROLLBACK")
}
