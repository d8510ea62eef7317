package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A value that is larger than -limit-memory never arrives: the process does not hold it even once.
func TestRowsBeyondTheMemoryLimitDoNotArrive(t *testing.T) {
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), `CREATE SCHEMA api; CREATE TABLE api.effects (n int);
		CREATE FUNCTION api.big(n int) RETURNS text STABLE LANGUAGE sql AS $$ SELECT repeat('x', n) $$;
		CREATE FUNCTION api.big_after_effect(n int) RETURNS text LANGUAGE sql
			AS $$ INSERT INTO api.effects VALUES (n); SELECT repeat('x', n) $$`)
	c := start(t, uri, "-schema", "api", "-limit-memory", "10000000", "-connections", "1")
	const large = `{"n":100000000}`
	for _, path := range []string{"/rpc/big", "/rpc/big_after_effect"} {
		status, _, body := c.request("POST", path, jsonType, large)
		if status != http.StatusInternalServerError ||
			!strings.Contains(body, "a row exceeds the limit of 10000000 bytes") {
			t.Errorf("%s: %d %s", path, status, body)
		}
		if status, _, body := c.request("POST", path, jsonType, `{"n":5000000}`); status != 200 ||
			len(body) != 5_000_000+len(`""`) {
			t.Errorf("%s with less: %d, %d bytes", path, status, len(body))
		}
	}
	if n := count(t, connect(t, uri), "SELECT count(*) FROM api.effects"); n != 1 {
		t.Errorf("there are %d rows; the one of the call that was answered is wanted", n)
	}
	if peak := peakMemory(t, c.process.Process.Pid); peak > 150 {
		t.Errorf("the process took %d MiB", peak)
	}
	c.stop()
}

// SQLite builds no value that is larger than that, which a number in a request could have it do.
func TestValuesOfSQLiteBeyondTheMemoryLimitAreNotBuilt(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"big.sql": "SELECT hex(zeroblob(:n)) AS x", "len.sql": "SELECT length(hex(zeroblob(:n))) AS n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "app.db")
	newSQLiteFile(t, file, "CREATE TABLE t (n INTEGER)")
	c := launchPlainly(t, "sqlite:"+file, "-addr", "localhost:0", "-sql", dir,
		"-limit-memory", "10000000", "-connections", "1")
	c.await(c.stdout, "listening on ")
	for _, path := range []string{"/rpc/big", "/rpc/len"} {
		if status, _, body := c.get(path + "?n=400000000"); status != 500 ||
			!strings.Contains(body, "a value exceeds the limit of memory") {
			t.Errorf("%s: %d %.100s", path, status, body)
		}
		if status, _, body := c.get(path + "?n=2000000"); status != 200 {
			t.Errorf("%s with less: %d, %.100s", path, status, body)
		}
	}
	if peak := peakMemory(t, c.process.Process.Pid); peak > 150 {
		t.Errorf("the process took %d MiB", peak)
	}
	c.stop()
}

// A procedure of MariaDB that only computes is ended by -timeout, too, although the server does
// not notice that its connection is closed, and KILL is not for the procedures of others.
func TestTimeoutEndsProceduresOfMariaDB(t *testing.T) {
	uri := newMariaDB(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE PROCEDURE forever() MODIFIES SQL DATA
		BEGIN DECLARE i BIGINT DEFAULT 0; WHILE TRUE DO SET i = i + 1; END WHILE; END`)
	mustExec(t, db, "CREATE PROCEDURE quick() READS SQL DATA SELECT 1 AS n")
	c := start(t, uri, "-superuser", "-schema", databaseOf(uri), "-timeout", "1s", "-connections", "2")
	if status, _, body := c.request("POST", "/rpc/forever", "", ""); status != 504 {
		t.Errorf("%d %s", status, body)
	}
	eventually(t, "the procedure ends", func() bool {
		return count(t, db, `SELECT count(*) FROM information_schema.processlist
			WHERE db = '`+databaseOf(uri)+`' AND info LIKE 'CALL%forever%'`) == 0
	})
	if status, _, body := c.request("POST", "/rpc/quick", "", ""); status != 200 {
		t.Errorf("afterwards: %d %s", status, body)
	}
	c.stop()
}

// The header of a request is in memory while the request waits for its turn, whoever sends it. One
// that is long, as with a token and a filter of many values, is still served.
func TestHeadersAreBounded(t *testing.T) {
	c := start(t, "", "-admin-addr", "localhost:0")
	for _, test := range []struct {
		reason   string
		query, x int // bytes
		status   int
	}{
		{"both are long", 30_000, 30_000, 200},
		{"a field is longer", 0, 100_000, 431},
		{"the query is longer", 100_000, 0, 431},
	} {
		query, x := "?x="+strings.Repeat("x", test.query), strings.Repeat("x", test.x)
		if status, _, _ := c.get("/health"+query, "X", x); status != test.status {
			t.Errorf("%s: %d", test.reason, status)
		}
		r := c.newRequest("GET", "", "")
		u, err := r.URL.Parse(c.admin() + "/live" + query)
		if err != nil {
			t.Fatal(err)
		}
		r.URL, r.Host = u, u.Host
		r.Header.Set("X", x)
		if status, _, _ := c.do(r); status != test.status {
			t.Errorf("%s, admin: %d", test.reason, status)
		}
	}
	c.stop()
}
