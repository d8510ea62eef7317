package dbtest

import (
	"database/sql"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// documentedSchema has functions for what PostgREST's documentation says of media types,
// preferences, bodies and ranges.
var documentedSchema = []string{
	`DROP SCHEMA IF EXISTS documented CASCADE`, `CREATE SCHEMA documented`,
	`CREATE TABLE documented.items (id int)`, `INSERT INTO documented.items VALUES (1), (2), (3)`,
	`CREATE DOMAIN documented."text/html" AS text`, `CREATE DOMAIN documented."image/png" AS bytea`,
	`CREATE DOMAIN documented."*/*" AS bytea`, `CREATE DOMAIN documented."text/plain" AS text`,
	`CREATE DOMAIN documented."application/vnd.pgrst.object+json" AS text`,
	`CREATE DOMAIN documented."not a/media type" AS text`,

	`CREATE FUNCTION documented.page() RETURNS documented."text/html" LANGUAGE sql
		AS $$ SELECT '<p>ä</p>' $$`,
	`CREATE FUNCTION documented.pages() RETURNS SETOF documented."text/html" LANGUAGE sql
		AS $$ SELECT '<p>' $$`,
	`CREATE FUNCTION documented.picture() RETURNS documented."image/png" LANGUAGE sql
		AS $$ SELECT '\x89504e47'::bytea $$`,
	`CREATE FUNCTION documented.nothing() RETURNS documented."image/png" LANGUAGE sql
		AS $$ SELECT NULL::bytea $$`,
	`CREATE FUNCTION documented.vendor() RETURNS documented."application/vnd.pgrst.object+json"
		LANGUAGE sql AS $$ SELECT 'x' $$`,
	`CREATE FUNCTION documented.odd() RETURNS documented."not a/media type" LANGUAGE sql
		AS $$ SELECT 'x' $$`,
	`CREATE FUNCTION documented.everything() RETURNS documented."*/*" LANGUAGE plpgsql AS $$ BEGIN
		IF nullif(current_setting('request.headers', true), '')::json ->> 'accept' = 'text/xml' THEN
			PERFORM set_config('response.headers', '[{"Content-Type": "text/xml"}]', true);
		END IF; RETURN 'any'::bytea; END $$`,
	`CREATE FUNCTION documented.echo(text) RETURNS documented."text/plain" LANGUAGE sql
		AS 'SELECT $1'`,
	`CREATE FUNCTION documented.echo(json) RETURNS json LANGUAGE sql AS 'SELECT $1'`,
	`CREATE FUNCTION documented.add(a int, b int) RETURNS int LANGUAGE sql STABLE AS 'SELECT a + b'`,
	`CREATE FUNCTION documented.up_to(n int) RETURNS SETOF int LANGUAGE sql STABLE
		AS 'SELECT generate_series(1, n)'`,
	`CREATE FUNCTION documented.unknown(n int) RETURNS SETOF record LANGUAGE sql
		AS 'SELECT i, i FROM generate_series(1, n) i'`,
	`CREATE FUNCTION documented.removes() RETURNS SETOF documented.items LANGUAGE sql
		AS 'DELETE FROM documented.items RETURNING *'`,
	`CREATE FUNCTION documented.clears() RETURNS void LANGUAGE sql
		AS 'DELETE FROM documented.items'`,
	`CREATE FUNCTION documented.at() RETURNS timestamptz LANGUAGE sql STABLE
		AS $$ SELECT timestamptz '2024-01-02 03:04:05+00' $$`,
	`CREATE FUNCTION documented.asserts() RETURNS int LANGUAGE plpgsql
		AS $$ BEGIN ASSERT false, 'secret'; RETURN 1; END $$`,
	`CREATE FUNCTION documented.takes(xml) RETURNS int LANGUAGE sql AS 'SELECT 1'`,
	`CREATE FUNCTION documented.parses(t text) RETURNS xml LANGUAGE sql AS 'SELECT t::xml'`,
	`CREATE FUNCTION documented.fails() RETURNS int LANGUAGE plpgsql
		AS $$ BEGIN RAISE SQLSTATE 'PT402' USING MESSAGE = 'pay'; END $$`,
}

const csvType, object = "text/csv", "application/vnd.pgrst.object+json"

// documented are the rules of the pages of PostgREST's documentation that the comments name.
var documented = []rule{
	// "Media Type Handlers": a domain that is named as a media type is what a function returns
	{reason: "a page", target: "/page", header: []string{"Accept", "text/html"}, status: 200,
		exact: "<p>ä</p>", fields: map[string]string{"Content-Type": "text/html; charset=utf-8"}},
	{reason: "a page by POST", method: "POST", target: "/page", body: "{}",
		header: []string{"Accept", "text/html"}, status: 200, exact: "<p>ä</p>"},
	{reason: "the same as JSON", target: "/page", status: 200, want: `'"<p>ä</p>"'`},
	{reason: "a type that is not there", target: "/page", header: []string{"Accept", "image/png"},
		status: 406, code: "PGRST107"},
	{reason: "bytes", target: "/picture", header: []string{"Accept", "image/png"}, status: 200,
		exact: "\x89PNG", fields: map[string]string{"Content-Type": "image/png"}},
	{reason: "the type that the client names first", target: "/picture",
		header: []string{"Accept", "image/png, */*"}, status: 200, exact: "\x89PNG"},
	{reason: "a group of types", target: "/picture",
		header: []string{"Accept", "image/*, */*"}, status: 200, exact: "\x89PNG"},
	{reason: "weights", target: "/picture",
		header: []string{"Accept", "image/png;q=0.5, application/json"}, status: 200,
		want: "to_json(documented.picture())"},
	{reason: "any type is JSON (Builtin Media Type Handlers)", target: "/picture",
		header: []string{"Accept", "text/html;q=0.9, */*;q=0.8"}, status: 200,
		want: "to_json(documented.picture())"},
	{reason: "no bytes", target: "/nothing", header: []string{"Accept", "image/png"}, status: 200,
		exact: "", fields: map[string]string{"Content-Type": "image/png"}},
	{reason: "the head of bytes", method: "HEAD", target: "/picture",
		header: []string{"Accept", "image/png"}, status: 200, exact: "",
		fields: map[string]string{"Content-Type": "image/png"}},
	{reason: "a set has no media type", target: "/pages", header: []string{"Accept", "text/html"},
		status: 406, fields: map[string]string{"Proxy-Status": "moresql; error=PGRST107"}},
	{reason: "vendor types cannot be overridden", target: "/vendor",
		header: []string{"Accept", object}, status: 200, want: `'"x"'`},
	{reason: "a name that is no media type", target: "/odd", status: 200, want: `'"x"'`},
	{reason: "of overloads the one that is called counts", method: "POST", target: "/echo",
		header: []string{"Accept", "text/plain", "Content-Type", "text/plain"}, body: "ä", status: 200,
		exact: "ä", fields: map[string]string{"Content-Type": "text/plain; charset=utf-8"}},
	{reason: "another overload has another type", method: "POST", target: "/echo",
		header: []string{"Accept", "text/plain"}, body: `{"a": 1}`, status: 406, code: "PGRST107"},
	{reason: "the other overload", method: "POST", target: "/echo", body: `{"a": 1}`, status: 200,
		want: `'{"a": 1}'`},

	// "The Any Handler"
	{reason: "any handler, without Accept", target: "/everything", status: 200, exact: "any",
		fields: map[string]string{"Content-Type": "application/octet-stream"}},
	{reason: "any handler, a type that it does not name", target: "/everything",
		header: []string{"Accept", "app/bingo"}, status: 200, exact: "any",
		fields: map[string]string{"Content-Type": "application/octet-stream"}},
	{reason: "any handler overrides the builtin ones", target: "/everything",
		header: []string{"Accept", csvType}, status: 200, exact: "any"},

	// "Prefer Header", "Strict or Lenient Handling"
	{reason: "unknown preferences, strictly", target: "/add?a=1&b=2",
		header: []string{"Prefer", "handling=strict, foo", "Prefer", "bar"}, status: 400,
		code: "PGRST122"},
	{reason: "unknown preferences", target: "/add?a=1&b=2", status: 200, want: "'3'",
		header: []string{"Prefer", "handling=lenient, foo"},
		fields: map[string]string{"Preference-Applied": "handling=lenient"}},
	{reason: "known preferences, strictly", target: "/up_to?n=3", status: 200, want: "'[1, 2, 3]'",
		header: []string{"Prefer", "handling=strict, count=exact"},
		fields: map[string]string{
			"Preference-Applied": "count=exact, handling=strict", "Content-Range": "0-2/3",
		}},
	{reason: "an estimated count is exact, as PostgREST has it", target: "/up_to?n=3&limit=1",
		status: 206, want: "'[1]'", header: []string{"Prefer", "handling=strict, count=estimated"},
		fields: map[string]string{
			"Preference-Applied": "count=estimated, handling=strict", "Content-Range": "0-0/3",
		}},
	{reason: "a planned count is left out", target: "/up_to?n=3&limit=1", status: 200, want: "'[1]'",
		header: []string{"Prefer", "count=planned"},
		fields: map[string]string{"Preference-Applied": "", "Content-Range": "0-0/*"}},
	{reason: "what cannot be done is not done strictly", target: "/up_to?n=3", status: 400,
		header: []string{"Prefer", "handling=strict, count=planned"}, code: "PGRST122"},

	// "Max Affected"
	{reason: "more rows than may be", method: "POST", target: "/removes", body: "{}",
		header: []string{"Prefer", "handling=strict, max-affected=2"}, status: 400, code: "PGRST124"},
	{reason: "the same, of a page", method: "POST", target: "/removes?limit=1", body: "{}",
		header: []string{"Prefer", "handling=strict, max-affected=2"}, status: 400, code: "PGRST124"},
	{reason: "more rows than may be, of a record", method: "POST", target: "/unknown",
		body: `{"n": 3}`, header: []string{"Prefer", "handling=strict, max-affected=2"}, status: 400,
		code: "PGRST124"},
	{reason: "as many rows as may be", target: "/up_to?n=2", status: 200, want: "'[1, 2]'",
		header: []string{"Prefer", "handling=strict, max-affected=2"},
		fields: map[string]string{"Preference-Applied": "handling=strict, max-affected=2"}},
	{reason: "leniently it is ignored", target: "/up_to?n=3", status: 200, want: "'[1, 2, 3]'",
		header: []string{"Prefer", "max-affected=2"}},
	{reason: "a result that is no set", method: "POST", target: "/clears", body: "{}",
		header: []string{"Prefer", "handling=strict, max-affected=2"}, status: 400, code: "PGRST128"},
	{reason: "a limit that is no number, strictly", target: "/up_to?n=3", status: 400,
		header: []string{"Prefer", "handling=strict, max-affected=x"}, code: "PGRST122"},

	// "Timezone"
	{reason: "a time zone", target: "/at", header: []string{"Prefer", "timezone=America/Los_Angeles"},
		status: 200, exact: `"2024-01-01T19:04:05-08:00"`,
		fields: map[string]string{"Preference-Applied": "timezone=America/Los_Angeles"}},
	{reason: "a time zone that does not exist", target: "/at", status: 400, code: "22023",
		header: []string{"Prefer", "timezone=Jupiter/Red_Spot"}},
	{reason: "the time zone of the next request", target: "/at", status: 200,
		want: "to_json(documented.at())"},

	// "Resource Representation", "Request Body"
	{reason: "CSV", method: "POST", target: "/add", body: "b,a\n1,2\n",
		header: []string{"Content-Type", csvType}, status: 200, want: "'3'"},
	{reason: "the first row of CSV", method: "POST", target: "/add", body: "a,b\r\n1,2\r\n\"3\",4\r\n",
		header: []string{"Content-Type", csvType}, status: 200, want: "'3'"},
	{reason: "other columns of CSV", method: "POST", target: "/add", body: "a,c\n1,2\n",
		header: []string{"Content-Type", csvType}, status: 404, code: "PGRST202"},
	{reason: "rows of CSV that differ in length", method: "POST", target: "/add", body: "a,b\n1\n",
		header: []string{"Content-Type", csvType}, status: 400, code: "PGRST102"},
	{reason: "malformed JSON", method: "POST", target: "/add", body: "{", status: 400,
		code: "PGRST102"},

	// "Functions with a single unnamed parameter"
	{reason: "text for a function that takes none", method: "POST", target: "/add", body: "a",
		header: []string{"Content-Type", "text/plain"}, status: 404, code: "PGRST202"},
	{reason: "XML for a function that takes none", method: "POST", target: "/add", body: "<a/>",
		header: []string{"Content-Type", "text/xml"}, status: 404, code: "PGRST202"},
	{reason: "bytes for a function that takes none", method: "POST", target: "/add", body: "a",
		header: []string{"Content-Type", "application/octet-stream"}, status: 404, code: "PGRST202"},

	{reason: "JSON with malformed parameters", method: "POST", target: "/add",
		header: []string{"Content-Type", "application/json; $$ x=y $$"}, body: `{"a": 1, "b": 2}`,
		status: 200, want: "'3'"},
	{reason: "what is wrong with a value that was sent", method: "POST", target: "/takes", body: "<",
		header: []string{"Content-Type", "text/xml"}, status: 400, code: "2200N",
		message: "invalid XML content", details: "line 1: StartTag: invalid element name\n<\n ^"},
	{reason: "what is wrong with one that a function has read may be of a row", method: "POST",
		target: "/parses", body: `{"t": "<"}`, status: 400, code: "2200N",
		message: "invalid XML content"},

	// "Pagination and Count"
	{reason: "every response has its range", target: "/up_to?n=3", status: 200,
		want: "'[1, 2, 3]'", fields: map[string]string{"Content-Range": "0-2/*"}},
	{reason: "that of no rows", target: "/up_to?n=0", status: 200, exact: "[]",
		fields: map[string]string{"Content-Range": "*/*"}},
	{reason: "a range that ends before it begins", target: "/up_to?n=3",
		header: []string{"Range", "1-0"}, status: 416, code: "PGRST103"},
	{reason: "what is no range is ignored", target: "/up_to?n=1", header: []string{"Range", "x"},
		status: 200, want: "'[1]'"},

	// "Errors": every error has a message
	{reason: "an error that is nobody's business", target: "/asserts", status: 500, code: "P0004",
		message: "Internal Server Error"},

	// "Proxy-Status Header"
	{reason: "the code of an error without a body", method: "HEAD", target: "/fails", status: 402,
		fields: map[string]string{"Proxy-Status": "moresql; error=PT402"}},
	{reason: "the code of a refusal", target: "/add?a=1", status: 404, code: "PGRST202",
		fields: map[string]string{"Proxy-Status": "moresql; error=PGRST202"}},
}

// TestDocumentedRulesOfFunctions has the rules hold on every driver.
func TestDocumentedRulesOfFunctions(t *testing.T) {
	setUp(t, openPostgres(t), documentedSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "documented")
		formats := moresql.Encoders(encoder.JSON(), encoder.CSV())
		for name, options := range map[string][]moresql.Option{
			"plain": {formats}, "settings": {formats, rest.HTTPSettings()},
			"pages": {formats, rest.MaxPage(100)},
		} {
			url := listen(t, rest.Routines(moresql.New(db, quiet), cat, options...))
			for _, r := range documented {
				r.check(t, db, name, url)
			}
			if name == "settings" {
				rule{reason: "the type that a function names", target: "/everything",
					header: []string{"Accept", "text/xml"}, status: 200, exact: "any",
					fields: map[string]string{"Content-Type": "text/xml"},
				}.check(t, db, name, url)
			}
		}
		if n := queryInt(t, db, "SELECT count(*) FROM documented.items"); n != 3 {
			t.Errorf("%d rows are left by calls that may affect fewer", n)
		}
	})
}
