package dbtest

import (
	"testing"
)

const (
	strippedType = "application/vnd.pgrst.array+json;nulls=stripped"
	strippedOne  = "application/vnd.pgrst.object+json;nulls=stripped"
	charset      = "; charset=utf-8"
)

// strippedAs is rowsAs without what is null.
func strippedAs(columns, from, order string) string {
	return "json_strip_nulls((" + rowsAs(columns, from, order) + "))"
}

var readRules = []rule{
	// media types
	{reason: "without nulls", target: "/people?order=id", header: []string{"Accept", strippedType},
		status: 200, want: strippedAs("*", "people", "id"),
		fields: map[string]string{"Content-Type": strippedType + charset}},
	{reason: "the same by another name", target: "/people?order=id&select=id,boss,data",
		header: []string{"Accept", "application/vnd.pgrst.array;nulls=stripped"}, status: 200,
		want:   strippedAs("id, boss, data", "people", "id"),
		fields: map[string]string{"Content-Type": strippedType + charset}},
	{reason: "the same as JSON", target: "/people?order=id&select=boss",
		header: []string{"Accept", "application/json; nulls=stripped"}, status: 200,
		want: strippedAs("boss", "people", "id")},
	{reason: "what is embedded without nulls",
		target: "/films?order=id&select=id,writer(id,boss),roles(role)",
		header: []string{"Accept", strippedType}, status: 200,
		want: strippedAs(`id, (SELECT row_to_json(w) FROM (SELECT id, boss FROM tabled.people p
			WHERE p.id = writer_id) w) AS writer, (SELECT coalesce(json_agg(r), '[]') FROM (SELECT role
			FROM tabled.roles WHERE film_id = films.id) r) AS roles`, "films", "id")},
	{reason: "one without nulls", target: "/people?id=eq.3", header: []string{"Accept", strippedOne},
		status: 200, want: "(SELECT json_strip_nulls(row_to_json(p)) FROM tabled.people p WHERE id = 3)",
		fields: map[string]string{"Content-Type": strippedOne + charset}},
	{reason: "not one without nulls", target: "/people", header: []string{"Accept", strippedOne},
		status: 406, code: "PGRST116"},
	{reason: "rows of a function without nulls", target: "/rpc/older?n=9&order=id",
		header: []string{"Accept", strippedType}, status: 200,
		want: strippedAs("*", "people", "id")},
	{reason: "one by the other name", target: "/people?id=eq.1&select=id,boss", status: 200,
		header: []string{"Accept", "application/vnd.pgrst.object"}, want: `'{"id": 1, "boss": null}'`,
		fields: map[string]string{"Content-Type": object + charset}},
	{reason: "a list by the name that PostgREST has", target: "/people?id=eq.1&select=id,boss",
		status: 200, header: []string{"Accept", "application/vnd.pgrst.array+json"},
		want: `'[{"id": 1, "boss": null}]'`, fields: map[string]string{"Content-Type": jsonType}},
	{reason: "a parameter that no format has", target: "/films?select=id&id=eq.1", status: 200,
		header: []string{"Accept", "text/csv; version=1"}, exact: "id\r\n1\r\n"},

	// ranges
	{reason: "a range within a page", target: "/people?order=id&limit=3&select=id", status: 200,
		header: []string{"Range", "1-1"}, want: `'[{"id": 2}]'`,
		fields: map[string]string{"Content-Range": "1-1/*"}},
	{reason: "a page within a range", target: "/people?order=id&limit=1&offset=2&select=id",
		status: 200, header: []string{"Range", "0-9"}, want: `'[{"id": 3}]'`,
		fields: map[string]string{"Content-Range": "2-2/*"}},
	{reason: "a range after the page", target: "/people?order=id&limit=2", status: 416,
		header: []string{"Range", "2-3"}, code: "PGRST103"},
	{reason: "fewer rows than none", target: "/people?limit=-1", status: 416, code: "PGRST103"},
	{reason: "before the first row", target: "/people?offset=-4&select=id&order=id&limit=1",
		status: 200, want: `'[{"id": 1}]'`, fields: map[string]string{"Content-Range": "0-0/*"}},
	{reason: "of what is embedded", target: "/films?select=id,roles(role)&roles.limit=-1",
		status: 416, code: "PGRST103"},

	// select
	{reason: "the rows alone", target: "/people?select=films!director()&order=id", status: 200,
		want: rowsAs("", "people", "id"), fields: map[string]string{"Content-Range": "0-3/*"}},
	{reason: "the same counted", target: "/people?select=films!director()&limit=2", status: 206,
		header: []string{"Prefer", "count=exact"}, want: `'[{}, {}]'`,
		fields: map[string]string{"Content-Range": "0-1/4"}},
	{reason: "those that lead to something", target: "/people?select=films!director!inner()",
		status: 200, want: rowsAs("", "people WHERE id IN (SELECT director_id FROM tabled.films)", "id")},
	{reason: "a row alone", target: "/people?select=films!director()&id=eq.1", status: 200,
		header: []string{"Accept", object}, want: `'{}'`},
	{reason: "no row alone", target: "/people?select=films!director()&id=eq.9", status: 406,
		header: []string{"Accept", object}, code: "PGRST116"},
	{reason: "rows of a function alone", target: "/rpc/older?n=3&select=films!director()",
		status: 200, want: `'[{}, {}]'`},
	{reason: "nothing of a format that needs columns", target: "/people?select=films!director()",
		header: []string{"Accept", csvType}, status: 400, code: "PGRST100"},
	{reason: "parentheses that nothing has opened", target: "/films?select=id,roles(role)))&id=eq.9",
		status: 200, want: `'[]'`},
	{reason: "the same of conditions", target: "/films?and=(id.gt.0,id.lt.2))&select=id", status: 200,
		want: `'[{"id": 1}]'`},
	{reason: "a key that begins as an index", target: "/people?select=data->>--34", status: 400,
		code: "PGRST100"},
	{reason: "count where there are no aggregates", target: "/people?select=count", status: 400,
		code: "PGRST123"},

	// Content-Location
	{reason: "where it is", target: "/people", status: 200,
		fields: map[string]string{"Content-Location": "/people"}},
	{reason: "the same for all orders of parameters", target: "/people?select=id&id=gt.1&id=lt.3",
		status: 200, want: `'[{"id": 2}]'`,
		fields: map[string]string{"Content-Location": "/people?id=gt.1&id=lt.3&select=id"}},
	{reason: "where the header is", method: "HEAD", target: "/people?select=id&boss=eq.1",
		status: 200, fields: map[string]string{"Content-Location": "/people?boss=eq.1&select=id"}},
	{reason: "where nothing is", target: "/people?nme=eq.1", status: 400, code: "42703",
		fields: map[string]string{"Content-Location": ""}},
}

func TestReadingFollowsTheRulesOfClients(t *testing.T) { testTables(t, readRules) }
