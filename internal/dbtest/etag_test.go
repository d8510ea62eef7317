package dbtest

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

var taggedSchema = []string{
	`DROP SCHEMA IF EXISTS tagged CASCADE`, `CREATE SCHEMA tagged`,
	`CREATE TABLE tagged.owners (id int PRIMARY KEY, name text)`,
	`CREATE TABLE tagged.cars (id int, part text, name text, at timestamptz, n int,
		owner int REFERENCES tagged.owners, PRIMARY KEY (id, part))`,
	`INSERT INTO tagged.owners VALUES (1, 'Ann')`,
	`INSERT INTO tagged.cars VALUES (1, 'a', 'one', '2024-01-02', 0, 1),
		(2, 'a', 'two', NULL, 0, NULL)`,
	`CREATE FUNCTION tagged.shown(tagged.cars) RETURNS text LANGUAGE sql AS 'SELECT $1.name'`,
	`CREATE TABLE tagged.days (day date, n int, PRIMARY KEY (day)) PARTITION BY RANGE (day)`,
	`CREATE TABLE tagged.days_2024 PARTITION OF tagged.days
		FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`,
	`INSERT INTO tagged.days VALUES ('2024-05-05', 1)`,
	`CREATE VIEW tagged.viewed AS SELECT * FROM tagged.cars`,
	`CREATE TYPE tagged.mood AS ENUM ('sad', 'happy')`, `CREATE TYPE tagged.pair AS (a int)`,
	`CREATE TABLE tagged.moods (id int PRIMARY KEY, moods tagged.mood[], r regclass, p tagged.pair)`,
	`INSERT INTO tagged.moods VALUES (1, '{sad}', 'tagged.cars', '(1)')`,
	`CREATE TABLE tagged.keyless (id int)`, `INSERT INTO tagged.keyless VALUES (1)`,
}

// A tag changes with the row, and with all else that the bytes of a response depend on; it stays as
// long as these do.
func TestEntityTagsFollowTheRow(t *testing.T) {
	setUp(t, openPostgres(t), taggedSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		formats := moresql.Encoders(encoder.JSON(), encoder.CSV())
		h := rest.Tables(moresql.New(db, quiet), load(t, db, "tagged"), formats)
		url := listen(t, h)
		const car = "/cars?id=eq.1&part=eq.a"
		tag := func(target string, header ...string) string {
			got := send(t, "GET", url+target, "", header...)
			if got.status != 200 {
				t.Fatalf("%s: %d %s", target, got.status, got.body)
			}
			return got.header.Get("ETag")
		}
		first := tag(car)
		if !strings.HasPrefix(first, `"`) || tag(car) != first {
			t.Fatalf("the tag is %q, then %q", first, tag(car))
		}
		if got := send(t, "HEAD", url+car, "").header.Get("ETag"); got != first {
			t.Errorf("of HEAD it is %q", got)
		}
		seen := map[string]string{first: car}
		for _, request := range [][]string{
			{car + "&select=id"}, {car + "&select=name"}, {car + "&select=name:id"},
			{car + "&select=id::text"}, {car, "Accept", csvType}, {car, "Accept", object},
			{car, "Prefer", "timezone=Asia/Tokyo"}, {"/cars?id=eq.2&part=eq.a"},
			{"/cars?name=eq.one", "Accept", object}, {"/days?day=eq.2024-05-05"},
		} {
			got := tag(request[0], request[1:]...)
			if other, ok := seen[got]; ok || got == "" {
				t.Errorf("%v has the tag %q of %q", request, got, other)
			}
			seen[got] = fmt.Sprint(request)
		}
		for _, target := range []string{
			"/cars", "/cars?id=eq.1", "/cars?id=eq.1&part=gt.a", "/cars?id=eq.1&part=not.eq.b",
			car + "&select=*,owners(name)", car + "&select=shown", car + "&select=...owners(name)",
			"/viewed?id=eq.1&part=eq.a", "/keyless?id=eq.1", "/cars?id=eq.9&part=eq.a",
			"/moods?id=eq.1", "/moods?id=eq.1&select=r", "/moods?id=eq.1&select=p",
		} {
			if got := tag(target); got != "" {
				t.Errorf("%s has the tag %s", target, got)
			}
		}
		for i, change := range []string{
			`UPDATE tagged.cars SET n = n + 1 WHERE id = 1`,
			`UPDATE tagged.cars SET n = n WHERE id = 1`,
			`WITH d AS (SELECT 1) UPDATE tagged.cars SET part = 'a' WHERE id = 1`,
		} {
			before := tag(car)
			setUp(t, db, change)
			got := send(t, "GET", url+car, "", "If-None-Match", before)
			if got.status != 200 || got.header.Get("ETag") == before {
				t.Errorf("change %d: %d, %q", i, got.status, got.header.Get("ETag"))
			}
		}
		before := tag("/moods?id=eq.1&select=moods")
		setUp(t, db, `ALTER TYPE tagged.mood RENAME VALUE 'sad' TO 'glum'`)
		after := tag("/moods?id=eq.1&select=moods")
		if before == "" || after == before {
			t.Errorf("the tag of another label is %q, after %q", after, before)
		}
		setUp(t, db, `ALTER TYPE tagged.mood RENAME VALUE 'glum' TO 'sad'`)
		setUp(t, db, `UPDATE tagged.cars SET n = n WHERE id = 2`)
		now := tag(car)
		for _, test := range []struct {
			name, value string
			status      int
		}{
			{"If-None-Match", now, 304}, {"If-None-Match", "W/" + now, 304}, {"If-None-Match", "*", 304},
			{"If-None-Match", `"a", ` + now, 304}, {"If-None-Match", first, 200},
			{"If-None-Match", `"a"`, 200}, {"If-None-Match", "", 200},
			{"If-Match", now, 200}, {"If-Match", "*", 200}, {"If-Match", first, 412},
			{"If-Match", "W/" + now, 412},
		} {
			for _, method := range []string{"GET", "HEAD"} {
				got := send(t, method, url+car, "", test.name, test.value)
				if got.status != test.status || test.status == 304 && (got.body != "" ||
					got.header.Get("ETag") != now || got.header.Get("Content-Location") == "" ||
					got.header.Get("Vary") != "Accept") {
					t.Errorf("%s %s: %s: %d %v %q, want %d", method, test.name, test.value, got.status,
						got.header, got.body, test.status)
				}
			}
		}
	})
}

// The definition of a table can change what a row is without writing the row anew.
func TestEntityTagsFollowTheTable(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `DROP SCHEMA IF EXISTS retagged CASCADE`, `CREATE SCHEMA retagged`,
			`CREATE TABLE retagged.cars (id int PRIMARY KEY, a text, b text, at timestamp)`,
			`INSERT INTO retagged.cars VALUES (1, 'A', 'B', '2020-01-01')`,
			`ALTER TABLE retagged.cars ADD late int DEFAULT 9`)
		url := listen(t, rest.Tables(moresql.New(db, quiet), load(t, db, "retagged")))
		for _, change := range []struct{ reason, columns, statement string }{
			{"names change places", "a,b", `ALTER TABLE retagged.cars RENAME a TO x;
				ALTER TABLE retagged.cars RENAME b TO a; ALTER TABLE retagged.cars RENAME x TO b`},
			{"a column has another default than when the row was written", "late",
				`ALTER TABLE retagged.cars DROP late, ADD late int DEFAULT 10`},
			{"a type has the same bytes", "at", `SET timezone = 'UTC';
				ALTER TABLE retagged.cars ALTER at TYPE timestamptz; RESET timezone`},
		} {
			target := url + "/cars?id=eq.1&select=" + change.columns
			before := send(t, "GET", target, "")
			setUp(t, db, change.statement)
			after := send(t, "GET", target, "", "If-None-Match", before.header.Get("ETag"))
			if after.status != 200 || after.body == before.body {
				t.Errorf("%s: %d %s, before %s", change.reason, after.status, after.body, before.body)
			}
		}
	})
}

// Who has read a row changes it only if nobody else has done so in between.
func TestWritesOfARowThatHasChangedAreRefused(t *testing.T) {
	setUp(t, openPostgres(t), taggedSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		m := moresql.New(db, quiet)
		url := listen(t, rest.Tables(m, load(t, db, "tagged")))
		const target = "/cars?id=eq.7&part=eq.z"
		const row = `{"id":7,"part":"z","name":"x"}`
		read := func() string { return send(t, "GET", url+target, "").header.Get("ETag") }
		step := func(reason, method, body string, status int, header ...string) {
			t.Helper()
			header = append(header, "Content-Type", jsonType)
			if got := send(t, method, url+target, body, header...); got.status != status {
				t.Errorf("%s: %d %s, want %d", reason, got.status, got.body, status)
			}
		}
		setUp(t, db, `DELETE FROM tagged.cars WHERE id = 7`)
		step("a row that is not there", "PATCH", `{"n":1}`, 412, "If-Match", "*")
		step("one to be put that is not there", "PUT", row, 412, "If-Match", "*")
		step("one to be put by its tag", "PUT", row, 412, "If-Match", `"1.x"`)
		step("a new row", "PUT", row, 204, "If-None-Match", "*")
		step("the same again", "PUT", row, 412, "If-None-Match", "*")
		first := read()
		step("as it was read", "PATCH", `{"n":1}`, 204, "If-Match", first)
		step("as it was before", "PATCH", `{"n":2}`, 412, "If-Match", first)
		step("the same put", "PUT", row, 412, "If-Match", first)
		step("the same deleted", "DELETE", "", 412, "If-Match", first)
		step("a weak tag", "PATCH", `{"n":2}`, 412, "If-Match", "W/"+read())
		step("no tag", "PATCH", `{"n":2}`, 412, "If-Match", "nothing")
		step("one of several", "PATCH", `{"n":2}`, 204, "If-Match", `"0.x", `+read())
		step("put as it was read", "PUT", `{"id":7,"part":"z","n":3}`, 204, "If-Match", read())
		compact := send(t, "GET", url+target+"&select=n", "", "Accept", object).header.Get("ETag")
		step("read in another form", "PATCH", `{"n":4}`, 204, "If-Match", compact)
		if got := queryText(t, db, `SELECT n::text FROM tagged.cars WHERE id = 7`); got != "4" {
			t.Errorf("n is %s", got)
		}
		step("deleted as it was read", "DELETE", "", 204, "If-Match", read())
		for _, other := range []string{"/cars?n=gt.0", "/viewed?id=eq.1&part=eq.a", "/keyless?id=eq.1"} {
			got := send(t, "PATCH", url+other, `{"id":1}`, "If-Match", `"1.x"`, "Content-Type", jsonType)
			if got.status != http.StatusPreconditionFailed || !strings.Contains(got.body, `"hint"`) {
				t.Errorf("%s: %d %s", other, got.status, got.body)
			}
		}
	})
}

// Of writers at once that have all read the same, exactly one wins.
func TestOneOfManyWritersWins(t *testing.T) {
	setUp(t, openPostgres(t), taggedSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		url := listen(t, rest.Tables(moresql.New(db, quiet), load(t, db, "tagged")))
		const target = "/cars?id=eq.1&part=eq.a"
		for round := range 10 {
			tag := send(t, "GET", url+target, "").header.Get("ETag")
			var wait sync.WaitGroup
			statuses := make([]int, 6)
			for i := range statuses {
				method, body := "PATCH", fmt.Sprintf(`{"n":%d}`, i)
				if i%3 == 2 {
					method, body = "PUT", fmt.Sprintf(`{"id":1,"part":"a","n":%d}`, i)
				}
				wait.Go(func() {
					got := send(t, method, url+target, body, "If-Match", tag, "Content-Type", jsonType)
					statuses[i] = got.status
				})
			}
			wait.Wait()
			won := 0
			for _, s := range statuses {
				if s == 204 {
					won++
				} else if s != 412 {
					t.Errorf("round %d: %v", round, statuses)
				}
			}
			if won != 1 {
				t.Errorf("round %d: %d have won: %v", round, won, statuses)
			}
		}
	})
}
