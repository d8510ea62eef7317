package main

import (
	"fmt"
	"testing"
)

// writtenValues are those that PostgREST's client writes, as JSON without the braces.
var writtenValues = []string{
	`"name": "Up"`, `"name": "O'Hara \"x\", \\"`, `"name": "圍棋 ￥"`, `"name": null`,
	`"price": 12.50`, `"price": 0.1`, `"tags": ["a", "b,c", null]`,
	`"doc": {"a": [1, null, {"b": "c"}]}`,
	`"day": "2024-02-29"`, `"flag": false`,
}

// writingCalls returns calls that write a value, each to rows of its own, from first on.
func writingCalls(value string, first int) []clientCall {
	at := func(n int) string { return fmt.Sprintf(`{"id": %d, %s}`, first+n, value) }
	row := func(n int) string { // what a row comes to that has the value, by json_populate_record
		return fmt.Sprintf(`(SELECT json_agg(r) FROM jsonb_populate_record(NULL::api.things,
			'{"flag": true}' || '%s'::jsonb) r)`, quoted(at(n)))
	}
	ids := func(list ...int) (text string) {
		for i, n := range list {
			if i > 0 {
				text += ", "
			}
			text += fmt.Sprintf(`{"id": %d}`, first+n)
		}
		return "'[" + text + "]'::json"
	}
	eq := func(n int) string { return fmt.Sprintf(`["eq", "id", %d]`, first+n) }
	set := "{" + value + "}"
	const asc, exact = `["order", "id"]`, `{"count": "exact"}`
	table := func(status int, data, count, chain string) clientCall {
		return clientCall{name: "things", table: true, chain: chain, status: status, data: data,
			count: count}
	}
	single := table(201, "(SELECT "+row(5)+"->0)", "", `["insert", `+at(5)+`], ["select"], ["single"]`)
	return []clientCall{
		table(201, row(0), "", `["insert", `+at(0)+`], ["select"]`),
		table(201, ids(1, 2), "", `["insert", [`+at(1)+`, `+at(2)+`]], ["select", "id"], `+asc),
		table(201, "", "", `["insert", `+at(3)+`]`),
		table(201, "", "to_json(1)", `["insert", `+at(4)+`, `+exact+`]`),
		single,
		table(200, row(0), "", `["upsert", `+at(0)+`], ["select"]`),
		table(201, ids(0, 6), "", `["upsert", [`+at(0)+`, `+at(6)+`]], ["select", "id"], `+asc),
		table(201, ids(7), "", `["upsert", [`+at(0)+`, `+at(7)+`], {"ignoreDuplicates": true}], `+
			`["select", "id"]`),
		table(200, ids(8), "", fmt.Sprintf(`["upsert", {"id": %d, "code": "c%d"},
			{"onConflict": "code"}], ["select", "id"]`, first+8, first+8)),
		table(200, ids(8), "", `["update", `+set+`], `+eq(8)+`, ["select", "id"]`),
		table(204, "", "", `["update", `+set+`], `+eq(8)),
		table(204, "", "to_json(0)", `["update", `+set+`, `+exact+`], `+eq(99)),
		table(200, "'[]'::json", "", `["delete"], `+eq(99)+`, ["select"]`),
		table(200, ids(9), "", `["delete"], `+eq(9)+`, ["select", "id"]`),
		table(204, "", "", `["delete"], `+eq(1)),
		table(204, "", "to_json(2)", fmt.Sprintf(`["delete", %s], ["in", "id", [%d, %d, %d]]`, exact,
			first+2, first+3, first+99)),
	}
}

// quoted doubles the quotes of a text, for SQL.
func quoted(text string) string {
	out := ""
	for _, c := range text {
		if c == '\'' {
			out += "'"
		}
		out += string(c)
	}
	return out
}

func TestPostgrestJSWritesTables(t *testing.T) {
	dir := installClient(t)
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api; CREATE TABLE api.things (id int PRIMARY KEY, name text,
		price numeric(9,2), tags text[], doc jsonb, day date, flag bool DEFAULT true, code text UNIQUE);
		CREATE TABLE api.parts (id int PRIMARY KEY, thing_id int REFERENCES api.things)`)
	var calls []clientCall
	for i, value := range writtenValues {
		mustExec(t, db, fmt.Sprintf(`INSERT INTO api.things (id, code) VALUES (%d, 'c%[1]d'),
			(%d, NULL)`, 100*i+8, 100*i+9))
		calls = append(calls, writingCalls(value, 100*i)...)
	}
	things := func(status int, code, chain string) clientCall {
		return clientCall{name: "things", table: true, status: status, chain: chain,
			err: &clientError{Code: code}}
	}
	calls = append(calls,
		things(409, "23505", `["insert", {"id": 0}]`),
		things(400, "PGRST204", `["insert", {"ID": 0}]`),
		things(400, "22P02", `["insert", {"id": "x"}]`),
		things(400, "23502", `["insert", {"name": "x"}]`),
		things(400, "21000", `["update", {"name": "x"}]`),
		things(400, "21000", `["delete"]`),
		things(400, "42703", `["delete"], ["eq", "nothing", 1]`),
		things(406, "PGRST116", `["update", {"name": "x"}], ["gt", "id", 0], ["select"], ["single"]`),
		things(406, "PGRST116", `["delete"], ["gt", "id", 0], ["select"], ["single"]`),
		clientCall{name: "parts", table: true, status: 201, chain: `["insert", {"id": 1, "thing_id": 0}],
			["select", "id,things(id)"]`, data: `'[{"id": 1, "things": {"id": 0}}]'::json`},
		clientCall{name: "parts", table: true, status: 409,
			chain: `["insert", {"id": 2, "thing_id": -1}]`,
			err:   &clientError{Code: "23503"}},
		things(404, "PGRST205", ``),
	)
	calls[len(calls)-1].name, calls[len(calls)-1].chain = "nothing", `["insert", {"id": 0}]`
	c := start(t, uri, "-schema", "api", "-tables")
	checkClient(t, dir, c.url(), db, calls)
	c.stop()
	if len(calls) < 100 {
		t.Errorf("%d calls", len(calls))
	}
}
