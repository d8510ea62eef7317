package dbtest

import (
	"database/sql"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// handledSchema has aggregates that make documents of rows, as PostgREST's documentation has them
// ("Media Type Handlers"), of one relation and of any.
var handledSchema = []string{
	`DROP SCHEMA IF EXISTS handled CASCADE`, `CREATE SCHEMA handled`,
	`CREATE TABLE handled.cars (t text, id int PRIMARY KEY, r int)`, // with the names of aliases
	`CREATE TABLE handled.parts (id int PRIMARY KEY, car int REFERENCES handled.cars, data bytea)`,
	`CREATE VIEW handled."cars.any" AS SELECT * FROM handled.cars`,
	`CREATE TABLE handled.empty ()`,
	`INSERT INTO handled.cars VALUES ('a', 1, 7), ('b', 2, NULL), ('ä', 3, 9)`,
	`INSERT INTO handled.parts VALUES (1, 1, '\x00ff'), (2, 1, '\x0a')`,
	`CREATE FUNCTION handled.below(n int) RETURNS SETOF handled.cars LANGUAGE sql STABLE
		AS 'SELECT * FROM handled.cars WHERE id < n'`,
	`CREATE FUNCTION handled.below(n int, text) RETURNS SETOF handled.parts LANGUAGE sql STABLE
		AS 'SELECT * FROM handled.parts WHERE id < n'`,

	`CREATE DOMAIN handled."text/x-list" AS text`, `CREATE DOMAIN handled."image/x-bytes" AS bytea`,
	`CREATE DOMAIN handled."application/x-rows" AS text`, `CREATE DOMAIN handled."text/csv" AS text`,
	`CREATE DOMAIN handled."*/*" AS bytea`, `CREATE DOMAIN handled."application/json" AS json`,
	`CREATE DOMAIN handled."application/vnd.pgrst.object" AS text`,
	`CREATE DOMAIN handled."text/xml" AS xml`,

	`CREATE FUNCTION handled.listed(text, handled.cars) RETURNS handled."text/x-list" LANGUAGE sql
		AS $$ SELECT $1 || $2.id || ':' || $2.t || E'\n' $$`,
	`CREATE AGGREGATE handled.list(handled.cars) (SFUNC = handled.listed,
		STYPE = handled."text/x-list", INITCOND = '')`,
	`CREATE FUNCTION handled.joined(handled."image/x-bytes", handled.parts)
		RETURNS handled."image/x-bytes" LANGUAGE sql AS 'SELECT $1 || $2.data'`,
	`CREATE AGGREGATE handled.join(handled.parts) (SFUNC = handled.joined,
		STYPE = handled."image/x-bytes", INITCOND = '')`,
	`CREATE FUNCTION handled.rowed(handled."application/x-rows", anyelement)
		RETURNS handled."application/x-rows" LANGUAGE sql AS $$ SELECT $1 || ($2)::text || E'\n' $$`,
	`CREATE AGGREGATE handled.rows(anyelement) (SFUNC = handled.rowed,
		STYPE = handled."application/x-rows", INITCOND = '')`,
	`CREATE FUNCTION handled.begun(data handled."text/csv") RETURNS handled."text/csv"
		LANGUAGE plpgsql AS $$ BEGIN
			PERFORM set_config('response.headers', '[{"Content-Disposition": "attachment"}]', true);
			RETURN E'\uFEFFid\n' || data; END $$`,
	`CREATE FUNCTION handled.csvs(text, handled.cars) RETURNS handled."text/csv" LANGUAGE sql
		AS $$ SELECT $1 || $2.id || E'\n' $$`,
	`CREATE AGGREGATE handled.csv(handled.cars) (SFUNC = handled.csvs, STYPE = handled."text/csv",
		FINALFUNC = handled.begun, INITCOND = '')`,
	`CREATE FUNCTION handled.answered(data handled."*/*") RETURNS handled."*/*" LANGUAGE plpgsql
		AS $$ DECLARE accept text := nullif(current_setting('request.headers', true), '')::json ->>
			'accept'; BEGIN
			IF accept = 'text/x-own' THEN PERFORM set_config('response.headers',
				'[{"Content-Type": "text/x-own"}]', true); END IF;
			RETURN data; END $$`,
	`CREATE FUNCTION handled.anything(handled."*/*", handled."cars.any") RETURNS handled."*/*"
		LANGUAGE sql AS $$ SELECT $1 || ($2.id || ';')::bytea $$`,
	`CREATE AGGREGATE handled.any_type(handled."cars.any") (SFUNC = handled.anything,
		STYPE = handled."*/*", FINALFUNC = handled.answered, INITCOND = '')`,
	`CREATE FUNCTION handled.same(handled."application/json", handled.empty)
		RETURNS handled."application/json" LANGUAGE sql AS 'SELECT $1'`,
	`CREATE AGGREGATE handled.json(handled.empty) (SFUNC = handled.same,
		STYPE = handled."application/json", INITCOND = '{"own": true}')`,
	`CREATE FUNCTION handled.vended(handled."application/vnd.pgrst.object", anyelement)
		RETURNS handled."application/vnd.pgrst.object" LANGUAGE sql AS 'SELECT $1'`,
	`CREATE AGGREGATE handled.vend(anyelement) (SFUNC = handled.vended,
		STYPE = handled."application/vnd.pgrst.object", INITCOND = 'no')`,
	`CREATE FUNCTION handled.xmls(handled."text/xml", handled.parts) RETURNS handled."text/xml"
		LANGUAGE sql AS 'SELECT xmlconcat($1, xmlelement(name part, $2.id))'`,
	`CREATE AGGREGATE handled.xml(handled.parts) (SFUNC = handled.xmls, STYPE = handled."text/xml")`,
}

var handledRules = []rule{
	{reason: "of a relation", target: "/cars?order=id", header: []string{"Accept", "text/x-list"},
		status: 200, exact: "1:a\n2:b\n3:ä\n", fields: map[string]string{
			"Content-Type": "text/x-list; charset=utf-8", "Content-Range": "0-2/*"}},
	{reason: "filtered, ordered and counted", target: "/cars?order=id.desc&id=gt.1&limit=1&select=*",
		header: []string{"Accept", "text/x-list", "Prefer", "count=exact"}, status: 206,
		exact: "3:ä\n", fields: map[string]string{"Content-Range": "0-0/2"}},
	{reason: "of no rows", target: "/cars?id=eq.0", header: []string{"Accept", "text/x-list"},
		status: 200, exact: "", fields: map[string]string{"Content-Range": "*/*"}},
	{reason: "bytes", target: "/parts?order=id", header: []string{"Accept", "image/*, */*;q=0.1"},
		status: 200, exact: "\x00\xff\n", fields: map[string]string{"Content-Type": "image/x-bytes"}},
	{reason: "xml", target: "/parts?order=id", header: []string{"Accept", "text/xml"}, status: 200,
		exact:  "<part>1</part><part>2</part>",
		fields: map[string]string{"Content-Type": "text/xml; charset=utf-8"}},
	{reason: "the header alone", method: "HEAD", target: "/cars", status: 200,
		header: []string{"Accept", "text/x-list"}, fields: map[string]string{
			"Content-Type": "text/x-list; charset=utf-8", "Content-Range": "0-2/*"}},
	{reason: "of a part of each row", target: "/cars?select=id", status: 406, code: "PGRST107",
		header: []string{"Accept", "text/x-list"}},
	{reason: "of all columns by name", target: "/cars?select=t,id,r", status: 406, code: "PGRST107",
		header: []string{"Accept", "text/x-list"}},
	{reason: "of another relation", target: "/parts", status: 406, code: "PGRST107",
		header: []string{"Accept", "text/x-list"}},
	{reason: "of JSON", target: "/cars?order=id&select=id&id=lt.2", status: 200,
		header: []string{"Accept", "*/*"}, want: `'[{"id": 1}]'`},

	{reason: "of a function's rows", target: "/rpc/below?n=3&order=id", status: 200,
		header: []string{"Accept", "text/x-list"}, exact: "1:a\n2:b\n"},
	{reason: "the same by POST", method: "POST", target: "/rpc/below?order=id", body: `{"n": 2}`,
		header: []string{"Accept", "text/x-list", "Content-Type", jsonType}, status: 200,
		exact: "1:a\n"},
	{reason: "the same counted", target: "/rpc/below?n=3&order=id&limit=1", status: 206,
		header: []string{"Accept", "text/x-list", "Prefer", "count=exact"}, exact: "1:a\n",
		fields: map[string]string{"Content-Range": "0-0/2"}},

	{reason: "of any relation", target: "/cars?order=id", status: 200,
		header: []string{"Accept", "application/x-rows"}, exact: "(a,1,7)\n(b,2,)\n(ä,3,9)\n",
		fields: map[string]string{"Content-Type": "application/x-rows"}},
	{reason: "of any columns", target: "/cars?order=id&select=r,id&id=lt.3", status: 200,
		header: []string{"Accept", "application/x-rows"}, exact: "(7,1)\n(,2)\n"},
	{reason: "of what is embedded",
		target: "/cars?select=id,parts(id)&id=lt.3&order=id&parts.order=id",
		header: []string{"Accept", "application/x-rows"}, status: 200,
		exact: "(1,\"[{\"\"id\"\":1}, {\"\"id\"\":2}]\")\n(2,[])\n"},
	{reason: "of other names", target: "/cars?select=n:id", status: 400, code: "PGRST100",
		header: []string{"Accept", "application/x-rows"}},
	{reason: "of a function's rows, any", target: "/rpc/below?n=2&select=id", status: 200,
		header: []string{"Accept", "application/x-rows"}, exact: "(1)\n"},

	{reason: "instead of CSV", target: "/cars?order=id", header: []string{"Accept", csvType},
		status: 200, exact: "\uFEFFid\n1\n2\n3\n",
		fields: map[string]string{"Content-Type": "text/csv; charset=utf-8"}},
	{reason: "CSV of a part", target: "/cars?order=id&select=id&limit=1", status: 200,
		header: []string{"Accept", csvType}, exact: "id\r\n1\r\n"},
	{reason: "CSV of another relation", target: "/parts?select=id&id=eq.1", status: 200,
		header: []string{"Accept", csvType}, exact: "id\r\n1\r\n"},
	{reason: "instead of JSON", target: "/empty", header: []string{"Accept", jsonType}, status: 200,
		want: `'{"own": true}'`, fields: map[string]string{
			"Content-Type": "application/json; charset=utf-8"}},
	{reason: "not instead of everything", target: "/empty", status: 200, want: "'[]'"},
	{reason: "not instead of PostgREST's own", target: "/cars?id=eq.1&select=id", status: 200,
		header: []string{"Accept", "application/vnd.pgrst.object"}, want: `'{"id": 1}'`},

	{reason: "every type", target: "/cars.any?order=id", header: []string{"Accept", "a/b"},
		status: 200, exact: "1;2;3;",
		fields: map[string]string{"Content-Type": "application/octet-stream"}},
	{reason: "no type", target: "/cars.any?order=id", status: 200, exact: "1;2;3;",
		fields: map[string]string{"Content-Type": "application/octet-stream"}},
	{reason: "every type but PostgREST's own", target: "/cars.any?id=eq.1&select=*", status: 200,
		header: []string{"Accept", object}, want: `'{"t": "a", "id": 1, "r": 7}'`},
	{reason: "every type of whole rows", target: "/cars.any?select=id&id=eq.1", status: 200,
		want: `'[{"id": 1}]'`},
}

func TestAggregatesMakeDocumentsOfRows(t *testing.T) {
	setUp(t, openPostgres(t), handledSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "handled")
		formats := moresql.Encoders(encoder.JSON(), encoder.CSV())
		for name, options := range map[string][]moresql.Option{
			"plain": {formats}, "settings": {formats, rest.HTTPSettings()},
			"pages": {formats, rest.MaxPage(100)},
		} {
			m := moresql.New(db, quiet)
			serveRules(t, db, name, handledRules, rest.Tables(m, cat, options...),
				rest.Routines(m, cat, options...))
		}
		settings := []moresql.Option{formats, rest.HTTPSettings()}
		serveRules(t, db, "header", []rule{
			{reason: "what the last step sets", target: "/cars?id=eq.1", status: 200,
				header: []string{"Accept", csvType}, exact: "\uFEFFid\n1\n",
				fields: map[string]string{"Content-Disposition": "attachment"}},
			{reason: "the type that it sets", target: "/cars.any?id=eq.1", status: 200,
				header: []string{"Accept", "text/x-own"}, exact: "1;",
				fields: map[string]string{"Content-Type": "text/x-own"}},
		}, rest.Tables(moresql.New(db, quiet), cat, settings...), nil)
	})
}
