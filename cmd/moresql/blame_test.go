package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A value that a routine cannot read is the client's fault, and a statement that is wrong by itself
// is not, although PostgreSQL has the same codes for both.
func TestCommandBlamesClientsForTheirValues(t *testing.T) {
	c, db := startContract(t, `
		CREATE TABLE api.log (id int GENERATED ALWAYS AS IDENTITY);
		CREATE FUNCTION api.search(q text) RETURNS text STABLE LANGUAGE plpgsql
			AS $$ BEGIN RETURN to_tsquery('english', q); END $$;
		CREATE FUNCTION api.kind(q text) RETURNS text STABLE LANGUAGE sql AS 'SELECT q::regtype';
		CREATE FUNCTION api.name(q regtype) RETURNS text STABLE LANGUAGE sql AS 'SELECT q';
		CREATE FUNCTION api.doc(q xml) RETURNS text STABLE LANGUAGE sql AS 'SELECT q::text';
		CREATE FUNCTION api.words() RETURNS TABLE (name text) STABLE LANGUAGE sql AS $$ SELECT 'a' $$;
		CREATE FUNCTION api.wrong(q text) RETURNS text STABLE LANGUAGE plpgsql
			AS $$ BEGIN EXECUTE 'SELEC'; RETURN q; END $$;
		CREATE FUNCTION api.addlog() RETURNS int LANGUAGE sql
			AS 'INSERT INTO api.log DEFAULT VALUES RETURNING id';
		CREATE FUNCTION api.pay() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
			RAISE SQLSTATE 'PGRST' USING MESSAGE = '{"code": "1", "message": "pay first"}',
				DETAIL = '{"status": 402, "headers": {"X-Price": "7"}}'; END $$`)
	for _, test := range []struct {
		path, q string
		status  int
	}{
		{"/rpc/search?q=", "a b", 400},
		{"/rpc/search?q=", strings.Repeat("!", 33) + "a", 400},
		{"/rpc/kind?q=", "1,5", 400},
		{"/rpc/kind?q=", "nowhere", 400},
		{"/rpc/name?q=", "1,5", 400},
		{"/rpc/doc?q=", strings.Repeat("&a", 4000), 400},
		{"/rpc/words?name=wfts.", strings.Repeat("-", 33) + "a", 400},
		{"/rpc/words?name=fts.", strings.Repeat("!", 33) + "a", 400},
		{"/rpc/wrong?q=", "a b", 500},
	} {
		if status, _, body := c.get(test.path + url.QueryEscape(test.q)); status != test.status {
			t.Errorf("%s%.40s: %d %.300s", test.path, test.q, status, body)
		}
	}
	status, _, body := c.request("POST", "/rpc/addlog?select=addlog,x:addlog", jsonType,
		"{}")
	if n := count(t, db, "SELECT count(*) FROM api.log"); status != 200 || n != 1 ||
		body != `{"addlog":1,"x":1}` {
		t.Errorf("columns of a scalar: %d %s, and %d rows", status, body, n)
	}
	status, header, body := c.request("POST", "/rpc/pay", jsonType, "{}")
	if status != http.StatusPaymentRequired || header.Get("X-Price") != "7" ||
		!strings.Contains(body, `"code":"1","message":"pay first"`) {
		t.Errorf("a response that is raised: %d %v %s", status, header, body)
	}
	c.stop()
}

// MariaDB has the code of a warning for a value that it truncates.
func TestCommandBlamesClientsForTheirValuesOnMariaDB(t *testing.T) {
	uri := newMariaDB(t)
	db := connect(t, uri)
	mustExec(t, db, "CREATE PROCEDURE same(a INT) SELECT a AS v")
	mustExec(t, db, "CREATE PROCEDURE picks(q TEXT) SELECT 'a' REGEXP q AS v")
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, uri, "-schema", strings.TrimPrefix(u.Path, "/"))
	for path, body := range map[string]string{
		"/rpc/same": `{"a": "12x"}`, "/rpc/picks": `{"q": "("}`,
	} {
		status, _, got := c.request("POST", path, jsonType, body)
		if status != http.StatusBadRequest {
			t.Errorf("%s of %s: %d %s", path, body, status, got)
		}
	}
	c.stop()
}
