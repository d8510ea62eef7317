package dbtest

import (
	"database/sql"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// TestTriggersSetTheResponse has triggers of a table set the status. One that is deferred runs with
// the commit, which is after the response has been decided, as under PostgREST.
func TestTriggersSetTheResponse(t *testing.T) {
	const set = ` LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('response.status', '202', true);
		RETURN NEW; END $$`
	setUp(t, openPostgres(t), `DROP SCHEMA IF EXISTS triggers CASCADE`, `CREATE SCHEMA triggers`,
		`CREATE FUNCTION triggers.set_status() RETURNS trigger`+set,
		`CREATE TABLE triggers.now (id int)`, `CREATE TABLE triggers.late (id int)`,
		`CREATE TRIGGER t BEFORE INSERT ON triggers.now FOR EACH ROW
			EXECUTE FUNCTION triggers.set_status()`,
		`CREATE CONSTRAINT TRIGGER t AFTER INSERT ON triggers.late DEFERRABLE INITIALLY DEFERRED
			FOR EACH ROW EXECUTE FUNCTION triggers.set_status()`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		h := rest.Tables(moresql.New(db, quiet, rest.HTTPSettings()), load(t, db, "triggers"))
		for target, want := range map[string]int{
			"/now": 202, "/now?select=id": 202, "/late": 201, "/late?select=id": 201,
		} {
			if status, body := do(h, "POST", target, jsonType, `{"id": 1}`); status != want {
				t.Errorf("%s: %d %s, want %d", target, status, body, want)
			}
		}
	})
}
