package main

import (
	"context"
	"database/sql"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moresql/moresql/cmd/moresql/internal/database"
)

// The tests of this file hold the command to guarantees of the library that depend on how the
// command passes it the database. They look at what a client sees on a socket.

// startContract starts the command on the schema api of a new database, which setup fills.
func startContract(t *testing.T, setup string, args ...string) (*command, *sql.DB) {
	t.Helper()
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, "CREATE SCHEMA api;"+setup)
	return start(t, uri, append([]string{"-schema", "api"}, args...)...), db
}

// post sends a body of JSON and reports the status, or the error of a client that gives up after
// the time it has been given.
func (c *command) post(path, body string, within time.Duration) (status int, err error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), within)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "POST", c.url()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", jsonType)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	res.Body.Close()
	return res.StatusCode, nil
}

// An error that quotes a value of more than 30,000 bytes is one that lib/pq cannot read, and the
// rest of it stays on a connection that the driver considers good (github.com/lib/pq/issues/1324).
func TestCommandSurvivesErrorsLongerThanTheDriverReads(t *testing.T) {
	c, _ := startContract(t,
		"CREATE FUNCTION api.dom(d int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT d'")
	long := `{"d":"` + strings.Repeat("x", 40_000) + `"}`
	for range database.PoolSize + 1 {
		if status, err := c.post("/rpc/dom", long, patience/4); status != http.StatusBadRequest {
			t.Fatalf("the long value: %d, %v", status, err)
		}
		if status, err := c.post("/rpc/dom", `{"d":5}`, patience/4); status != http.StatusOK {
			t.Fatalf("the call after it: %d, %v", status, err)
		}
	}
	if status, _, body := c.get("/rpc/dom?d=5"); status != http.StatusOK || body != "5" {
		t.Errorf("%d %s", status, body)
	}
	if status, _, body := c.get("/health"); status != http.StatusOK {
		t.Errorf("health: %d %s", status, body)
	}
	c.stop()
}

// database/sql sends a statement again when its connection breaks, even if it has had its effect.
func TestCommandCallsAProcedureOnceWhenItsConnectionBreaks(t *testing.T) {
	c, db := startContract(t, `
		CREATE TABLE api.log (id int GENERATED ALWAYS AS IDENTITY);
		CREATE PROCEDURE api.last_words() LANGUAGE plpgsql AS $$
		BEGIN
			INSERT INTO api.log DEFAULT VALUES;
			COMMIT;
			PERFORM pg_terminate_backend(pg_backend_pid());
		END $$`)
	if status, err := c.post("/rpc/last_words", "{}", patience); status < 500 {
		t.Errorf("%d, %v", status, err)
	}
	if n := count(t, db, "SELECT count(*) FROM api.log"); n != 1 {
		t.Errorf("the procedure ran %d times", n)
	}
	c.stop()
}

// PostgreSQL ignores a request to cancel that arrives before its statement, and lib/pq sends it as
// soon as the client leaves.
func TestCommandLeavesNoQueryOfClientsThatLeave(t *testing.T) {
	const clients = 160
	c, db := startContract(t, `CREATE FUNCTION api.slow(s int) RETURNS text LANGUAGE sql
		AS $$ SELECT 'slept' FROM pg_sleep(s) $$`)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			leaves := time.Duration(2000+i*4000/clients) * time.Microsecond
			if status, err := c.post("/rpc/slow", `{"s":600}`, leaves); err == nil {
				t.Errorf("status %d for a client that has left", status)
			}
		})
	}
	all.Wait()
	const running = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
		AND pid <> pg_backend_pid() AND state <> 'idle' AND query LIKE '%slow%'`
	eventually(t, "no query is left", func() bool { return count(t, db, running) == 0 })
	c.stop()
}

// PostgreSQL does not check that a function declared STABLE writes nothing, but a READ ONLY
// transaction does. It serves functions that read and are not declared so, too.
func TestCommandWritesNothingForGET(t *testing.T) {
	c, db := startContract(t, `
		CREATE TABLE api.log (id int GENERATED ALWAYS AS IDENTITY);
		CREATE FUNCTION api.write() RETURNS int VOLATILE LANGUAGE sql
			AS 'INSERT INTO api.log DEFAULT VALUES RETURNING id';
		CREATE FUNCTION api.liar() RETURNS int STABLE LANGUAGE plpgsql
			AS 'BEGIN RETURN api.write(); END';
		CREATE PROCEDURE api.ends() LANGUAGE plpgsql
			AS 'BEGIN COMMIT; INSERT INTO api.log DEFAULT VALUES; END';
		CREATE FUNCTION api.reads() RETURNS bigint VOLATILE LANGUAGE sql
			AS 'SELECT count(*) FROM api.log'`)
	for _, method := range []string{"GET", "HEAD"} {
		for target, want := range map[string]int{
			"/rpc/liar":  http.StatusMethodNotAllowed,
			"/rpc/write": http.StatusMethodNotAllowed,
			"/rpc/ends":  http.StatusMethodNotAllowed,
			"/rpc/reads": http.StatusOK,
		} {
			status, _, body := c.request(method, target, "", "")
			if status != want {
				t.Errorf("%s %s: %d %s", method, target, status, body)
			}
		}
	}
	if status, _, body := c.request("POST", "/rpc/liar", "", ""); status != 405 {
		t.Errorf("POST of what says that it only reads: %d %s", status, body)
	}
	if n := count(t, db, "SELECT count(*) FROM api.log"); n != 0 {
		t.Errorf("%d rows are written", n)
	}
	if status, _, body := c.request("POST", "/rpc/write", "", ""); status != http.StatusOK {
		t.Errorf("POST: %d %s", status, body)
	}
	c.stop()
}

// MariaDB takes the text true for 0 next to a number, and \x6869 for six characters.
func TestCommandPassesValuesAsWhatTheyAre(t *testing.T) {
	uri := newMariaDB(t)
	db := connect(t, uri)
	for _, s := range []string{
		"CREATE TABLE flags (id int, active boolean, code varbinary(16), big bigint unsigned, " +
			"at datetime)",
		"INSERT INTO flags VALUES (1, true, 'hi', 18446744073709551615, '2024-07-01 10:00:00'), " +
			"(2, false, 'ho', 1, '2024-07-01 12:00:00')",
		"CREATE PROCEDURE by_time(a datetime) READS SQL DATA SELECT id FROM flags WHERE at = a",
		"CREATE FUNCTION get_by_time(a datetime) RETURNS int READS SQL DATA " +
			"RETURN (SELECT id FROM flags WHERE at = a)",
		"CREATE PROCEDURE by_truth(a boolean) READS SQL DATA SELECT id FROM flags WHERE active = a",
		"CREATE PROCEDURE by_code(a varbinary(16)) READS SQL DATA " +
			"SELECT id FROM flags WHERE code = a",
		"CREATE PROCEDURE by_number(a bigint unsigned) READS SQL DATA " +
			"SELECT id FROM flags WHERE big = a",
		"CREATE FUNCTION get_by_truth(a boolean) RETURNS int READS SQL DATA " +
			"RETURN (SELECT id FROM flags WHERE active = a)",
		"CREATE FUNCTION get_by_code(a varbinary(16)) RETURNS int READS SQL DATA " +
			"RETURN (SELECT id FROM flags WHERE code = a)",
		"CREATE FUNCTION get_by_number(a bigint unsigned) RETURNS int READS SQL DATA " +
			"RETURN (SELECT id FROM flags WHERE big = a)",
		"CREATE PROCEDURE outs(OUT a boolean, OUT b datetime, OUT c bit(9)) " +
			"BEGIN SET a = 1; SET b = '2024-01-02 03:04:05'; SET c = b'1'; END",
	} {
		mustExec(t, db, s)
	}
	c := start(t, uri, "-schema", databaseOf(uri))
	want := `{"a":true,"b":"2024-01-02T03:04:05","c":"\\x0001"}` // as columns of these types
	if _, _, body := c.request("POST", "/rpc/outs", jsonType, "{}"); compact(body) != want {
		t.Errorf("parameters OUT: %s, want %s", body, want)
	}
	for _, test := range []struct{ name, json, query string }{
		{"by_truth", "true", "true"},
		{"by_code", `"\\x6869"`, "%5Cx6869"},
		{"by_number", "18446744073709551615", "18446744073709551615"},
		{"by_time", `"2024-07-01 12:00:00+02"`, "2024-07-01%2012:00:00%2B02"},
	} {
		sent := `{"a":` + test.json + `}`
		for _, send := range []struct{ method, target, body, want string }{
			{"POST", "/rpc/" + test.name, sent, `[{"id":1}]`},
			{"POST", "/rpc/get_" + test.name, sent, "1"},
			{"GET", "/rpc/get_" + test.name + "?a=" + test.query, "", "1"},
		} {
			status, _, body := c.request(send.method, send.target, jsonType, send.body)
			if compact(body) != send.want || status != http.StatusOK {
				t.Errorf("%s %s %s: %d %s", send.method, send.target, send.body, status, body)
			}
		}
	}
	c.stop()
}

// count returns the only value of a query.
func count(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	return n
}
