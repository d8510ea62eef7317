package main

import (
	"bytes"
	"strings"
	"testing"
)

// With -role all of an import is done by the rights of the role, also by COPY, in batches, and what
// is compared or called.
func TestImportRunsAsARole(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	login, suffix := roles(t, uri, `CREATE SCHEMA api; CREATE ROLE "clerk{}" NOLOGIN;
		CREATE ROLE "authenticator{}" LOGIN NOINHERIT PASSWORD '`+secret+`';
		GRANT "clerk{}" TO "authenticator{}";
		GRANT USAGE, CREATE ON SCHEMA api TO "clerk{}";
		CREATE TABLE api.cars (id int PRIMARY KEY, name text, by text DEFAULT current_user);
		CREATE TABLE api.hidden (id int, name text);
		CREATE FUNCTION api.add_car(id int, name text) RETURNS void LANGUAGE sql
			AS 'INSERT INTO api.cars (id, name) VALUES (id, name)';
		GRANT SELECT, INSERT, UPDATE ON api.cars TO "clerk{}"`)
	p := importPlace{uri: login + "?sslmode=disable"}
	pq := importPlace{uri: p.uri + "&driver=pq"}
	role := "clerk" + suffix
	file := writeFile(t, "cars.csv", "id,name\n1,a\n2,b\n")
	for i, args := range [][]string{
		{"-into", "api.cars"},
		{"-into", "api.cars", "-batch", "1"},
		{"-into", "api.cars", "-key", "id", "-existing", "update"},
		{"-call", "api.add_car"},
	} {
		mustExec(t, db, "DELETE FROM api.cars")
		args = append([]string{file}, args...)
		if status, out := p.run(t, "", args...); status != 1 || !strings.Contains(out, "42501") &&
			!strings.Contains(out, "permission denied") && !strings.Contains(out, "there is no") {
			t.Errorf("%d, as the login: status %d\n%s", i, status, out)
		}
		for _, p := range []importPlace{p, pq} {
			mustExec(t, db, "DELETE FROM api.cars; DROP TABLE IF EXISTS api.moresql_imports")
			status, out := p.run(t, "", append(args, "-role", role)...)
			n := count(t, db, "SELECT count(*) FROM api.cars WHERE by = '"+role+"'")
			if status != 0 || n != 2 {
				t.Errorf("%s, %d: status %d, %d rows\n%s", p.uri, i, status, n, out)
			}
		}
	}
	for want, args := range map[string][]string{
		"api.hidden":     {file, "-into", "api.hidden", "-role", role},
		`role "nobody7"`: {file, "-into", "api.cars", "-role", "nobody7"},
	} {
		if status, out := p.run(t, "", args...); status != 1 || !strings.Contains(out, want) {
			t.Errorf("%v: status %d\n%s", args, status, out)
		}
	}
	var out bytes.Buffer
	lost := process{[]string{"MORESQL_DATABASE_URI=" + uri, "MORESQL_ROLE="}, nil, &out, &out}
	if status := lost.run(t.Context(), []string{"import", file, "-into", "api.hidden"}); status != 1 ||
		!strings.Contains(out.String(), "MORESQL_ROLE is empty") {
		t.Errorf("a role that the shell has lost: status %d\n%s", status, &out)
	}
	if n := count(t, db, "SELECT count(*) FROM api.hidden"); n != 0 {
		t.Errorf("%d rows are hidden", n)
	}
	sqlite := importPlaces(t, "import_role", importColumns)[2]
	if status, out := sqlite.run(t, "", file, "-into", "import_role", "-role", "x"); status != 1 ||
		!strings.Contains(out, "-role is for PostgreSQL") {
		t.Errorf("SQLite: status %d\n%s", status, out)
	}
}
