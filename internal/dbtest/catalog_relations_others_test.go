package dbtest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/rest"
)

// described returns a relation as its declaration has it, in one line.
func described(r *catalog.Relation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %v %v", r.Kind, r.Name, r.PrimaryKey, r.Unique)
	for _, c := range r.Columns {
		fmt.Fprintf(&b, "; %s %s", c.Name, c.Type.SQL)
		if !c.Nullable {
			b.WriteString(" NOT NULL")
		}
		if c.Default != "" {
			b.WriteString(" DEFAULT " + c.Default)
		}
		if c.Identity {
			b.WriteString(" IDENTITY")
		}
		if c.Generated {
			b.WriteString(" GENERATED")
		}
	}
	for _, k := range r.ForeignKeys {
		fmt.Fprintf(&b, "; %s %v -> %s %v", k.Name, k.Columns, k.Relation, k.References)
	}
	return b.String()
}

// checkRelations compares the relations of a catalog, but for those that are not to be there.
func checkRelations(t *testing.T, cat *catalog.Catalog, want ...string) {
	t.Helper()
	var got []string
	for i := range cat.Current().Relations() {
		got = append(got, described(&cat.Current().Relations()[i]))
	}
	if all := strings.Join(want, "\n"); strings.Join(got, "\n") != all {
		t.Errorf("the relations are\n%s\nwant\n%s", strings.Join(got, "\n"), all)
	}
}

// What is wanted is what the statements declare.
func TestRelationsOfSQLiteAreAsDeclared(t *testing.T) {
	db, cat := others["SQLite"](t,
		`CREATE TABLE a (id INTEGER PRIMARY KEY, n TEXT NOT NULL DEFAULT 'x', u INT UNIQUE,
			g INT GENERATED ALWAYS AS (u + 1), s NUMERIC(6,2) AS (u * 2) STORED, untyped,
			UNIQUE (n, u))`,
		`CREATE TABLE b (x TEXT, y TEXT, PRIMARY KEY (y, x)) WITHOUT ROWID, STRICT`,
		`CREATE TABLE c (id TEXT PRIMARY KEY, A INT REFERENCES a, again INT REFERENCES A (ID),
			x TEXT, y TEXT, n TEXT REFERENCES a (n), gone INT REFERENCES missing,
			FOREIGN KEY (y, x) REFERENCES b)`,
		`CREATE UNIQUE INDEX part ON a (n) WHERE u > 1`, `CREATE UNIQUE INDEX lowers ON a (lower(n))`,
		`CREATE UNIQUE INDEX whole ON c (x, y)`, `CREATE INDEX plain ON c (again)`,
		`CREATE VIEW v AS SELECT id, n AS name FROM a`, `CREATE TABLE gone (id INT)`,
		`CREATE VIEW broken AS SELECT id FROM gone`, `DROP TABLE gone`,
		`CREATE VIRTUAL TABLE words USING fts5 (word)`, `CREATE TABLE "odd name" ("select" INT)`)
	want := []string{
		"TABLE a [id] [[n u] [u]]; id INTEGER NOT NULL IDENTITY; n TEXT NOT NULL DEFAULT 'x'; u INT; " +
			"g INT GENERATED; s NUMERIC(6,2) GENERATED; untyped ",
		"TABLE b [y x] []; x TEXT NOT NULL; y TEXT NOT NULL",
		"TABLE c [id] [[x y]]; id TEXT; A INT; again INT; x TEXT; y TEXT; n TEXT; gone INT; " +
			"c_A_fkey [A] -> a [id]; c_again_fkey [again] -> a [id]; c_y_x_fkey [y x] -> b [y x]",
		"TABLE odd name [] []; select INT",
		"VIEW v [] []; id INTEGER; name TEXT", "TABLE words [] []; word ",
	}
	checkRelations(t, cat, want...)
	for name, may := range map[string]catalog.Rights{
		"a": catalog.MaySelect | catalog.MayInsert | catalog.MayUpdate | catalog.MayDelete,
		"v": catalog.MaySelect, "words": catalog.MaySelect,
	} {
		if r := cat.Current().Relation("", name); r.Rights != may {
			t.Errorf("the rights to %s are %d", name, r.Rights)
		}
	}
	if _, err := catalog.LoadSQLite(context.Background(), db, "nothing"); err == nil ||
		!strings.Contains(err.Error(), `no database "nothing" is attached`) {
		t.Error(err)
	}
}

// What is wanted is what the statements declare; MariaDB has longtext for json.
func TestRelationsOfMariaDBAreAsDeclared(t *testing.T) {
	_, cat := others["MariaDB"](t,
		"CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY,"+
			" n varchar(9) NOT NULL DEFAULT 'x' COMMENT 'N',"+
			" u int UNIQUE, g int AS (u + 1), s decimal(6,2) AS (u * 2) STORED, j json, `j``2` json,"+
			" k longtext, UNIQUE KEY beginning (k(3)), UNIQUE KEY both_of (n, u)) COMMENT 'A'",
		"CREATE TABLE b (x int, y int, PRIMARY KEY (y, x))",
		"CREATE TABLE c (x int, y int, a int, n varchar(9), KEY (n),"+
			" CONSTRAINT to_a FOREIGN KEY (a) REFERENCES a (id),"+
			" CONSTRAINT to_b FOREIGN KEY (y, x) REFERENCES b (y, x),"+
			" CONSTRAINT loose FOREIGN KEY (n) REFERENCES a (n))",
		"CREATE VIEW v AS SELECT id, n AS name FROM a", "CREATE VIEW w AS SELECT count(*) AS n FROM a")
	checkRelations(t, cat,
		"TABLE a [id] [[n u] [u]]; id int(11) NOT NULL IDENTITY; n varchar(9) NOT NULL DEFAULT 'x'; "+
			"u int(11); g int(11) GENERATED; s decimal(6,2) GENERATED; j json; j`2 json; k longtext",
		"TABLE b [y x] []; x int(11) NOT NULL; y int(11) NOT NULL",
		"TABLE c [] []; x int(11); y int(11); a int(11); n varchar(9); "+
			"to_a [a] -> a [id]; to_b [y x] -> b [y x]",
		"VIEW v [] []; id int(11) NOT NULL DEFAULT 0; name varchar(9) NOT NULL DEFAULT 'x'",
		"VIEW w [] []; n bigint(21) NOT NULL DEFAULT 0")
	a := cat.Current().Relation("", "a")
	if a.Comment != "A" || a.Column("n").Comment != "N" {
		t.Errorf("the comments are %q and %q", a.Comment, a.Column("n").Comment)
	}
	const all = catalog.MaySelect | catalog.MayInsert | catalog.MayUpdate | catalog.MayDelete
	for name, may := range map[string]catalog.Rights{"a": all, "v": all, "w": catalog.MaySelect} {
		if r := cat.Current().Relation("", name); r.Rights != may {
			t.Errorf("the rights to %s are %d", name, r.Rights)
		}
	}
}

// A login has the tables and columns that it may use, and reads what it may.
func TestTablesOfMariaDBKeepToTheRightsOfTheLogin(t *testing.T) {
	admin, _ := others["MariaDB"](t, "CREATE TABLE open (id int, secret int)",
		"CREATE TABLE closed (id int)", "CREATE TABLE added (id int)", "INSERT INTO open VALUES (1, 2)")
	config, err := mysql.ParseDSN(mariadbtest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	config.DBName = queryText(t, admin, "SELECT DATABASE()")
	config.User, config.Passwd = "tables_login", "secret"
	setUp(t, admin, "CREATE OR REPLACE USER tables_login IDENTIFIED BY 'secret'",
		"GRANT SELECT (id) ON open TO tables_login", "GRANT INSERT, DELETE ON added TO tables_login")
	t.Cleanup(func() { admin.Exec("DROP USER tables_login") })
	db := open(t, "mysql", config.FormatDSN())
	cat, err := catalog.LoadMySQL(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if added := cat.Current().Relation("", "added"); added == nil ||
		added.Rights != catalog.MayInsert|catalog.MayDelete {
		t.Errorf("the rights to added are %+v", added)
	}
	url := listen(t, rest.Tables(moresql.New(db, quiet), cat))
	for target, want := range map[string]int{
		"/open": 200, "/open?select=id": 200, "/open?select=secret": 400, "/closed": 404,
		"/added": 401, // as of anybody who is not authenticated
	} {
		if got := send(t, "GET", url+target, ""); got.status != want {
			t.Errorf("%s: %d %s, want %d", target, got.status, got.body, want)
		}
	}
}
