package main

import (
	"strings"
	"testing"
)

// An address may name the format, unless something is really called so.
func TestAddressNamesTheFormat(t *testing.T) {
	c, db := startTables(t, "-init")
	mustExec(t, db, `
		CREATE FUNCTION api.two() RETURNS TABLE (a int, b text) LANGUAGE sql STABLE AS 'SELECT 1, ''x''';
		CREATE FUNCTION api."two.csv"() RETURNS int LANGUAGE sql STABLE AS 'SELECT 7';
		CREATE TABLE api."films.csv" (real int); CREATE TABLE api."v1.2" (n int);
		CREATE DOMAIN api."image/png" AS bytea;
		CREATE FUNCTION api.dot() RETURNS api."image/png" LANGUAGE sql STABLE AS
			$$ SELECT '\x89504e47'::bytea::api."image/png" $$;
		NOTIFY moresql`)
	c.becomes("/rpc/two.json", 200, `[{"a":1,"b":"x"}]`)
	const csv, json = "text/csv; charset=utf-8; header=present", "application/json"
	const problem = "application/problem+json"
	for _, test := range []struct {
		method, path, accept string
		status               int
		mediaType, body      string
	}{
		{"GET", "/rpc/two.json", "text/csv", 200, json, `[{"a":1,"b":"x"}]`},
		{"GET", "/rpc/two.ndjson", "*/*", 200, "application/x-ndjson", "{\"a\":1,\"b\":\"x\"}\n"},
		{"GET", "/rpc/two.csv", "*/*", 200, json, "7"}, // a function that has the name
		{"GET", "/rpc/two.csv.csv", "*/*", 200, csv, "two.csv\r\n7\r\n"},
		{"GET", "/rpc/dot.png", "*/*", 200, "image/png", "\x89PNG"},
		{"GET", "/rpc/two.svg?x=1", browser, 404, "text/html; charset=utf-8", ""},
		{"POST", "/rpc/two.html", "*/*", 200, "text/html; charset=utf-8", ""},
		{"HEAD", "/rpc/two.ndjson", "*/*", 200, "application/x-ndjson", ""},
		{"OPTIONS", "/rpc/two.json", "*/*", 204, "", ""},
		{"GET", "/directors.csv?select=id&id=eq.1", "*/*", 200, csv, "id\r\n1\r\n"},
		{"HEAD", "/directors.csv", "*/*", 200, csv, ""},
		{"OPTIONS", "/directors.csv", "*/*", 204, "", ""},
		{"GET", "/films.csv", "*/*", 200, json, "[]"}, // a table that has the name
		{"GET", "/v1.2", "*/*", 200, json, "[]"},
		{"GET", "/v1.2.csv", "*/*", 200, csv, "n\r\n"},
		{"GET", "/directors.png", "*/*", 406, problem, ""},
		{"GET", "/directors.exe", "*/*", 404, problem, ""},
		{"GET", "/nobody.csv", "*/*", 404, problem, ""},
		{"GET", "/cars.ndjson?limit=1&select=id", "*/*", 200, "application/x-ndjson", "{\"id\":1}\n"},
		{"HEAD", "/cars.csv", "*/*", 200, csv, ""},
		{"DELETE", "/cars.csv", "*/*", 404, problem, ""}, // a table could have the name
		{"GET", "/cars/1.json", "*/*", 400, problem, ""}, // the id
	} {
		status, header, body := c.send(test.method, test.path, "Accept", test.accept)
		mediaType := header.Get("Content-Type")
		if status != test.status || mediaType != test.mediaType ||
			test.body != "" && compact(body) != compact(test.body) ||
			header.Get("Content-Disposition") != "" {
			t.Errorf("%s %s: %d %q %q", test.method, test.path, status, mediaType, body)
		}
		if test.method == "HEAD" && body != "" || strings.Contains(body, "<script") {
			t.Errorf("%s %s: %q", test.method, test.path, body)
		}
	}
	c.stop()
}
