package dbtest

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// othersFiles are forms with a file for a parameter of bytes and one of text.
var othersFiles = []struct{ reason, body, want string }{
	{"bytes that are no text",
		multipartForm([2]string{"name; filename=n", "é"},
			[2]string{"picture; filename=a.png", "\x89P\x00\\x41\xff"}), `[{"v":"é 8950005C783431FF"}]`},
	{"an empty file",
		multipartForm([2]string{"name", "n"}, [2]string{"picture; filename=a.png", ""}), `[{"v":"n "}]`},
}

// TestFilesOfProceduresOnMariaDB has the files of a multipart form be arguments.
func TestFilesOfProceduresOnMariaDB(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, `CREATE OR REPLACE PROCEDURE pictured(name VARCHAR(20), picture LONGBLOB)
		SELECT concat(name, ' ', hex(picture)) AS v`)
	cat, err := catalog.LoadMySQL(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	checkFiles(t, rest.Routines(moresql.New(db, quiet), cat))
}

// TestFilesOfStatementsOnSQLite does the same with a named statement.
func TestFilesOfStatementsOnSQLite(t *testing.T) {
	for _, way := range sqliteDrivers {
		t.Run(way.name, func(t *testing.T) {
			statements := loadStatements(t, fstest.MapFS{"pictured.sql": {
				Data: []byte("SELECT :name || ' ' || CASE WHEN :picture IS NULL THEN 'none' " +
					"ELSE hex(:picture) END AS v"),
			}}, moresql.SQLite)
			m := moresql.New(way.open(t), quiet, moresql.CallBy(statements))
			checkFiles(t, rest.Routines(m, statements.Catalog()))
		})
	}
}

func checkFiles(t *testing.T, h http.Handler) {
	t.Helper()
	for _, test := range othersFiles {
		status, body := do(h, "POST", "/pictured", "multipart/form-data; boundary=b", test.body)
		if status != 200 || body != test.want {
			t.Errorf("%s: %d %s, want %s", test.reason, status, body, test.want)
		}
	}
	none := multipartForm([2]string{"name", "n"}, [2]string{`picture; filename=""`, ""})
	status, body := do(h, "POST", "/pictured", "multipart/form-data; boundary=b", none)
	// The parameters of a procedure have no defaults there, and a statement has NULL.
	if (status != 404 || !strings.Contains(body, "PGRST202")) && body != `[{"v":"n none"}]` {
		t.Errorf("no file is chosen: %d %s", status, body)
	}
}
