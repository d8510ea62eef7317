package dbtest

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// TestErrorBlamesValuesOnMariaDB has procedures read values that they cannot, as parameters and
// within, and runs statements that are wrong by themselves.
func TestErrorBlamesValuesOnMariaDB(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, `CREATE OR REPLACE TABLE blame (id INT AUTO_INCREMENT PRIMARY KEY, t TEXT, d DATE,
		n DECIMAL(5, 2), e ENUM('a', 'b'), s SET('x', 'y'), b BIT(3), g GEOMETRY, j JSON, u UUID,
		FULLTEXT (t)) ENGINE = InnoDB`)
	add := func(expression string) string {
		return "INSERT INTO blame (t) VALUES (" + expression + ")"
	}
	pick := func(expression string) string { return "SELECT " + expression + " AS v FROM blame" }
	for i, test := range []struct {
		kind, body, value string
		status            int // 400 unless set
	}{
		{kind: "INT", body: "SELECT 1", value: "12x"},
		{kind: "ENUM('a', 'b')", body: "SELECT 1", value: "c"},
		{kind: "SET('a', 'b')", body: "SELECT 1", value: "c"},
		{kind: "DATE", body: "SELECT 1", value: "2024-02-31"},
		{kind: "YEAR", body: "SELECT 1", value: "x"},
		{kind: "DECIMAL(5, 2)", body: "SELECT 1", value: "99999"},
		{kind: "BIT(3)", body: "SELECT 1", value: "xxxx"},
		{kind: "UUID", body: "SELECT 1", value: "x"},
		{kind: "POINT", body: "SELECT 1", value: "x"},
		{kind: "TEXT", body: "INSERT INTO blame (e) VALUES (v)", value: "c"},
		{kind: "TEXT", body: "INSERT INTO blame (s) VALUES (v)", value: "c"},
		{kind: "TEXT", body: "INSERT INTO blame (n) VALUES (v)", value: "1x"},
		{kind: "TEXT", body: "INSERT INTO blame (g) VALUES (v)", value: "x"},
		{kind: "TEXT", body: "INSERT INTO blame (j) VALUES (v)", value: "{", status: 409},
		{kind: "TEXT", body: "INSERT INTO blame (u) VALUES (v)", value: "x"},
		{kind: "TEXT", body: "INSERT INTO blame (d) VALUES (STR_TO_DATE(v, '%Y'))", value: "x"},
		{kind: "TEXT", body: "SELECT 1 FROM blame WHERE MATCH(t) AGAINST (v IN BOOLEAN MODE)",
			value: "+-"},
		{kind: "TEXT", body: "SELECT 1 FROM blame WHERE MATCH(t) AGAINST (v IN BOOLEAN MODE)",
			value: "(a"},
		{kind: "TEXT", body: "SELECT 1 FROM blame WHERE MATCH(t) AGAINST (v IN BOOLEAN MODE)",
			value: "a@"},
		{kind: "TEXT", body: pick("'a' REGEXP v"), value: "("},
		{kind: "TEXT", body: pick("REGEXP_REPLACE('a', v, 'b')"), value: "[[:x:]]"},
		{kind: "TEXT", body: pick("ExtractValue('<a/>', v)"), value: "//["},
		{kind: "TEXT", body: pick("UpdateXML('<a/>', v, 'x')"), value: "a()"},
		{kind: "TEXT", body: "SET time_zone = v", value: "Nowhere/None"},
		{kind: "TEXT", body: add("JSON_EXTRACT(v, '$.a')"), value: "<a"},
		{kind: "TEXT", body: add("JSON_EXTRACT('{}', v)"), value: "$[*"},
		{kind: "TEXT", body: add("JSON_SET('{}', v, 1)"), value: "$.*"},
		{kind: "TEXT", body: add("JSON_SET('{}', v, 1)"), value: "x("},
		{kind: "TEXT", body: add("JSON_SET(v, '$.a', 1)"), value: "{a}"},
		{kind: "TEXT", body: add("JSON_SEARCH('{}', v, 'a')"), value: "none"},
		{kind: "TEXT", body: add("ST_GeomFromGeoJSON(v)"), value: "{"},
		{kind: "TEXT", body: add("SFORMAT(v, 1)"), value: "{"},
		{kind: "TEXT", body: add("UNCOMPRESS(v)"), value: "zzzzzzzz"},
		{kind: "TEXT", body: add("FORMAT(1, 2, v)"), value: "none"},
		{kind: "TEXT", body: add("REPEAT('a', v)"), value: "99999999999"},

		{kind: "TEXT", body: "EXECUTE IMMEDIATE 'SELEC'", value: "x", status: 500},
		{kind: "TEXT", body: "EXECUTE IMMEDIATE 'SELECT ('", value: "x", status: 500},
		{kind: "TEXT", body: "SELECT nowhere FROM blame", value: "x", status: 500},
		{kind: "TEXT", body: "SELECT 1 UNION SELECT 1, 2", value: "x", status: 500},
		{kind: "TEXT", body: "CREATE TEMPORARY TABLE a (a INT, a INT)", value: "x", status: 500},
	} {
		name := fmt.Sprintf("blame_%d", i)
		setUp(t, db, "DELETE FROM blame", "INSERT INTO blame (t) VALUES ('hello')",
			"CREATE OR REPLACE PROCEDURE "+name+"(v "+test.kind+") BEGIN "+test.body+"; END")
		m := moresql.New(db, quiet, call)
		cat, err := catalog.LoadMySQL(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		for door, h := range map[string]http.Handler{
			"rest":    rest.Routines(m, cat),
			"handler": m.Handler(name, moresql.Fields("v")),
		} {
			status, body := do(h, "POST", "/"+name, formType, "v="+url.QueryEscape(test.value))
			if status != cmp.Or(test.status, 400) {
				t.Errorf("%s: %s of a %s %q: %d %.200s", door, test.body, test.kind, test.value, status,
					body)
			}
		}
	}
}

// TestErrorOfCutMariaDBConnectionIs503 has the server end a connection while a call runs on it, or
// the call itself: whatever the call runs on, the service is unavailable, and not too slow.
func TestErrorOfCutMariaDBConnectionIs503(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, "CREATE OR REPLACE PROCEDURE die() BEGIN KILL CONNECTION_ID(); DO SLEEP(10); END",
		"CREATE OR REPLACE PROCEDURE nap() BEGIN DO SLEEP(20); SELECT 1 AS a; END")
	conn := func() moresql.Querier {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	tx := func() moresql.Querier {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { tx.Rollback() })
		return tx
	}
	for name, open := range map[string]func() moresql.Querier{
		"the pool":      func() moresql.Querier { return db },
		"a wrapper":     func() moresql.Querier { return &logging{DB: db} },
		"a connection":  conn,
		"a transaction": tx,
	} {
		for _, procedure := range []string{"die", "nap"} {
			ctx, cancel := context.WithCancel(t.Context())
			var killer sync.WaitGroup
			if procedure == "nap" {
				killer.Go(func() { killNaps(ctx, db) })
			}
			h := moresql.New(open(), quiet, call).Handler(procedure)
			if status, body := do(h, "POST", "/", "", ""); status != 503 {
				t.Errorf("%s of %s: %d %s", procedure, name, status, body)
			}
			cancel()
			killer.Wait()
		}
	}
}

// killNaps ends connections that sleep in nap, until ctx ends. The list may have one that has been
// killed before.
func killNaps(ctx context.Context, db *sql.DB) {
	for ctx.Err() == nil {
		var id int
		db.QueryRowContext(ctx, `SELECT id FROM information_schema.processlist
			WHERE info LIKE '%SLEEP(20)%' AND command <> 'Killed' AND id <> CONNECTION_ID()`).Scan(&id)
		if id != 0 {
			db.ExecContext(ctx, fmt.Sprint("KILL ", id))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestErrorBlamesLettersThatAColumnLacksOnMariaDB compares a column of latin1 with what it cannot
// hold, and has statements that compare what no value has a part in.
func TestErrorBlamesLettersThatAColumnLacksOnMariaDB(t *testing.T) {
	eachMariaDB(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "CREATE OR REPLACE TABLE letters (t VARCHAR(9) CHARACTER SET latin1, "+
			"u VARCHAR(9) COLLATE utf8mb4_general_ci, v VARCHAR(9) COLLATE utf8mb4_unicode_ci)",
			"INSERT INTO letters VALUES ('é', 'é', 'é')")
		statements := loadStatements(t, fstest.MapFS{
			"all.sql":  {Data: []byte("SELECT * FROM letters")},
			"some.sql": {Data: []byte("SELECT t FROM letters WHERE t = :v")},
			"mix.sql":  {Data: []byte("SELECT t FROM letters WHERE u = v")},
			"mixes.sql": {Data: []byte(
				"SELECT concat(u, v, t) AS c FROM letters WHERE concat(t, u, v) = :v")},
		}, moresql.MySQL)
		m := moresql.New(db, moresql.CallBy(statements), quiet)
		filter := m.Handler("all", rest.Query())
		some := m.Handler("some", moresql.Fields("v"))
		for _, test := range []struct {
			reason  string
			h       http.Handler
			request string
			status  int
		}{
			{"letters that it has", filter, "t=eq.é", 200},
			{"others", filter, "t=eq.日", 400},
			{"others than these", filter, "t=neq.日", 400},
			{"one of two", filter, "t=in.(é,日)", 400},
			{"one of many", filter, "t=in.(é,日,a,b,c)", 400},
			{"letters of a pattern, which are compared as utf8mb4", filter, "t=like.*日*", 200},
			{"any letters", filter, "u=eq.日", 200},
			{"an argument", some, "v=日", 400},
			{"an argument with letters that it has", some, "v=é", 200},
			{"columns that cannot be compared", m.Handler("mix"), "", 500},
			{"several of them", m.Handler("mixes", moresql.Fields("v")), "v=a", 500},
		} {
			query := url.PathEscape(test.request)
			if status, body := do(test.h, "GET", "/?"+query, "", ""); status != test.status {
				t.Errorf("%s: %d %s, want %d", test.reason, status, body, test.status)
			}
		}
	})
}
