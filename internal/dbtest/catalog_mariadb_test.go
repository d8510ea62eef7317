package dbtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/mariadbtest"
)

// TestCatalogLoadsMariaDBRoutines loads routines of several databases of MariaDB, with prepared
// statements and with interpolated ones.
func TestCatalogLoadsMariaDBRoutines(t *testing.T) {
	for name, parameters := range map[string]string{
		"prepared": "", "interpolated": "?interpolateParams=true",
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, "mysql", mariadbtest.DSN(t)+parameters)
			setUp(t, db,
				"CREATE OR REPLACE DATABASE kinds", "CREATE OR REPLACE DATABASE `Odd ``kinds`",
				"CREATE OR REPLACE DATABASE no_routines",
				"CREATE FUNCTION kinds.same(a INT) RETURNS VARCHAR(20) CHARSET utf8mb4 "+
					"DETERMINISTIC NO SQL COMMENT 'it''s \"a\"' RETURN a",
				"CREATE FUNCTION kinds.reads() RETURNS BIGINT UNSIGNED READS SQL DATA RETURN 1",
				`CREATE FUNCTION kinds.deterministic_only(a ENUM('x','y'), b DECIMAL(6,2), c BOOLEAN, d JSON)
					RETURNS INT DETERMINISTIC RETURN 1`,
				"CREATE FUNCTION kinds.random() RETURNS DOUBLE NO SQL RETURN RAND()",
				"CREATE PROCEDURE kinds.same(IN a INT, OUT b VARCHAR(5), INOUT c INT) SET b = a",
				"CREATE PROCEDURE kinds.changes() MODIFIES SQL DATA DO 1",
				"CREATE PROCEDURE `Odd ``kinds`.`Odd. \"näme`(`Odd, ``arg` INT, `select` TEXT) SELECT 1 AS v")
			cat, err := catalog.LoadMySQL(context.Background(), db,
				"kinds", "Odd `kinds", "no_routines", "kinds")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range cat.Current().Routines() {
				got = append(got, fmt.Sprintln(r.Kind, r, "→", r.Result.Type, r.Result.Columns, r.Volatility,
					r.Comment))
			}
			want := []string{
				"PROCEDURE kinds.changes() →  [] VOLATILE \n",
				"FUNCTION kinds.deterministic_only(a enum('x','y'), b decimal(6,2), c tinyint(1), d " +
					"longtext) → int(11) [] VOLATILE \n",
				"FUNCTION kinds.random() → double [] VOLATILE \n",
				"FUNCTION kinds.reads() → bigint(20) unsigned [] STABLE \n",
				"FUNCTION kinds.same(a int(11)) → varchar(20) [] IMMUTABLE it's \"a\"\n",
				"PROCEDURE kinds.same(a int(11), OUT b varchar(5), INOUT c int(11)) →  [{b varchar(5)} " +
					"{c int(11)}] VOLATILE \n",
				"PROCEDURE Odd `kinds.Odd. \"näme(Odd, `arg int(11), select text) →  [] VOLATILE \n",
			}
			if !slices.Equal(got, want) {
				t.Errorf("got\n%swant\n%s", strings.Join(got, ""), strings.Join(want, ""))
			}
			same := cat.Current().Named("same")
			if len(same) != 2 || same[0].Params[0].Type != same[1].Params[2].Type ||
				same[0].Result.Type.Name != "varchar" {
				t.Errorf("%v", same)
			}
			found := cat.Current().Named("deterministic_only")[0]
			if found.Params[0].Type.Kind != catalog.Enum || found.Params[1].Type.Name != "decimal" {
				t.Errorf("%+v", found.Params[0].Type)
			}

			if _, err := catalog.LoadMySQL(context.Background(), db, "kinds", "not there"); err == nil ||
				!strings.Contains(err.Error(), `there is no database "not there"`) {
				t.Errorf("a missing database: %v", err)
			}
			setUp(t, db, "DROP PROCEDURE kinds.changes")
			if err := cat.Reload(context.Background()); err != nil ||
				len(cat.Current().Routines()) != len(want)-1 {
				t.Errorf("after a reload: %v %v", cat.Current().Routines(), err)
			}

			conn, err := db.Conn(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.ExecContext(context.Background(), "USE `Odd ``kinds`"); err != nil {
				t.Fatal(err)
			}
			if cat, err = catalog.LoadMySQL(context.Background(), conn); err != nil ||
				len(cat.Current().Routines()) != 1 {
				t.Errorf("the connection's own database: %v", err)
			}
			setUp(t, db, "DROP DATABASE `Odd ``kinds`")
			if _, err := catalog.LoadMySQL(context.Background(), conn); err == nil ||
				!strings.Contains(err.Error(), "no database of its own") {
				t.Errorf("without a database: %v", err)
			}
			conn.ExecContext(context.Background(), "USE test")
		})
	}
}

// TestCatalogListsWhatMariaDBUserMayCall grants EXECUTE on one of two procedures.
func TestCatalogListsWhatMariaDBUserMayCall(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, "CREATE OR REPLACE DATABASE kinds_user",
		"CREATE PROCEDURE kinds_user.mine(a INT) DO 1", "CREATE PROCEDURE kinds_user.theirs(a INT) DO 1",
		"CREATE OR REPLACE USER kinds_caller@'%'", "CREATE OR REPLACE USER kinds_caller@localhost",
		"GRANT EXECUTE ON PROCEDURE kinds_user.mine TO kinds_caller@'%'",
		"GRANT EXECUTE ON PROCEDURE kinds_user.mine TO kinds_caller@localhost")
	_, address, _ := strings.Cut(mariadbtest.DSN(t), "@")
	address, _, _ = strings.Cut(address, "/")
	user := open(t, "mysql", "kinds_caller@"+address+"/kinds_user")
	cat, err := catalog.LoadMySQL(context.Background(), user)
	if err != nil {
		t.Fatal(err)
	}
	if routines := cat.Current().Routines(); len(routines) != 1 ||
		routines[0].String() != "kinds_user.mine(a int(11))" {
		t.Errorf("%v", routines)
	}
}

// TestCatalogLoadsThousandMariaDBProcedures logs the time that 1,000 procedures take.
func TestCatalogLoadsThousandMariaDBProcedures(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, "CREATE OR REPLACE DATABASE many")
	for i := range 1000 {
		setUp(t, db, fmt.Sprintf(`CREATE PROCEDURE many.procedure_%d(id INT, name VARCHAR(20),
			at DATETIME, OUT n INT) SELECT id`, i))
	}
	start := time.Now()
	cat, err := catalog.LoadMySQL(context.Background(), db, "many")
	if err != nil || len(cat.Current().Routines()) != 1000 {
		t.Fatal(err)
	}
	t.Logf("1,000 procedures with 4,000 parameters load in %v", time.Since(start))
	setUp(t, db, "DROP DATABASE many")
}

// TestCatalogFindsJSONOfMariaDBInAnyMode loads a table by sessions whose modes quote names and
// texts otherwise.
func TestCatalogFindsJSONOfMariaDBInAnyMode(t *testing.T) {
	for _, mode := range []string{"", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ORACLE"} {
		db := open(t, "mysql", mariadbtest.DSN(t)+"?sql_mode=%27"+mode+"%27")
		setUp(t, db, "CREATE OR REPLACE DATABASE modes",
			"CREATE TABLE modes.t (`a \"``b` JSON, c LONGTEXT, d JSON NOT NULL, "+
				"CHECK (json_valid(c) OR c = 1))")
		cat, err := catalog.LoadMySQL(t.Context(), db, "modes")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range cat.Current().Relation("modes", "t").Columns {
			got = append(got, c.Type.Name)
		}
		if want := []string{"json", "longtext", "json"}; !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", mode, got, want)
		}
	}
}
