package dbtest

import (
	"database/sql"
	"net/http"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// A role that may read and write some columns of a table uploads rows of these, and hears what has
// been done with them: columns of the system, which it may not read, are not needed for that.
func TestUploadsKeepToTheRightsToColumns(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, `DROP SCHEMA IF EXISTS partly CASCADE`, `CREATE SCHEMA partly`,
		`DO $$ BEGIN CREATE ROLE partly_writer; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
		`CREATE TABLE partly.rows (id int PRIMARY KEY, name text, secret text)`,
		`GRANT USAGE ON SCHEMA partly TO partly_writer`,
		`GRANT SELECT (id, name), INSERT (id, name), UPDATE (name) ON partly.rows TO partly_writer`)
	session := rest.Session(func(*http.Request) (rest.Identity, error) {
		return rest.Identity{Role: "partly_writer", Claims: "{}"}, nil
	})
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, admin, "TRUNCATE partly.rows", "INSERT INTO partly.rows VALUES (1, 'a'), (2, 'b')")
		url := listen(t, rest.Tables(moresql.New(db, quiet, session), load(t, db, "partly")))
		const body = "id,name\n1,a\n2,x\n3,c\n3,d\n"
		got := send(t, "POST", url+"/rows", body, "Content-Type", "text/csv",
			"Prefer", "return=headers-only, resolution=merge-duplicates")
		counts := got.header.Get("Written-Rows")
		if got.status != 201 || counts != "new=1, changed=1, same=1, duplicates=1" {
			t.Errorf("%d %s, Written-Rows %q", got.status, got.body, counts)
		}
		const state = "SELECT string_agg(id || name, ' ' ORDER BY id) FROM partly.rows"
		if rows := queryText(t, admin, state); rows != "1a 2x 3d" {
			t.Errorf("written: %s", rows)
		}
	})
	setUp(t, admin, "DROP SCHEMA partly CASCADE", "DROP ROLE partly_writer")
}
