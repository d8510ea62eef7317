package main

import (
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestPostgrestJSSelectsOrdersAndPages(t *testing.T) {
	dir := installClient(t)
	c, db := startSchemas(t)
	const trips, from, whole = "trips", "trips_from", "SELECT * FROM api.trips "
	one := func(query string) string { return "SELECT to_json(t) FROM (" + query + ") t" }
	number := func(where string) string { return "SELECT count(*) FROM api.trips " + where }
	refused := func(code string) *clientError { return &clientError{Code: code} }
	const get, post = `{"get": true}`, `{}`
	const getCount, postCount = `{"get": true, "count": "exact"}`, `{"count": "exact"}`
	const headCount = `{"head": true, "count": "exact"}`

	var calls []clientCall
	for _, options := range []string{get, post} {
		for _, part := range []struct{ chain, data string }{
			{`["select"], ["order", "id"]`, list(whole + "ORDER BY id")},
			{`["select", "*"], ["order", "id"]`, list(whole + "ORDER BY id")},
			{
				`["select", "place, id"], ["order", "id"]`,
				list("SELECT place, id FROM api.trips ORDER BY id"),
			},
			{
				`["select", "number:id,by:data->>by,stops:data->stops->0,data->n"], ["order", "id"]`,
				list(`SELECT id AS number, data->>'by' AS by, data->'stops'->0 AS stops,
					data->'n' AS n FROM api.trips ORDER BY id`),
			},
			{`["select", "id,*"], ["eq", "id", 1]`, list("SELECT id, t.* FROM api.trips t WHERE id = 1")},
			{`["order", "id", {"ascending": false}]`, list(whole + "ORDER BY id DESC")},
			{`["order", "place", {"nullsFirst": true}]`, list(whole + "ORDER BY place NULLS FIRST")},
			{
				`["order", "place", {"ascending": false, "nullsFirst": false}]`,
				list(whole + "ORDER BY place DESC NULLS LAST"),
			},
			{
				`["order", "open", {"ascending": false}], ["order", "price", {"nullsFirst": true}],
					["order", "id"]`,
				list(whole + "ORDER BY open DESC, price NULLS FIRST, id"),
			},
			{
				`["order", "data->>by", {"nullsFirst": true}], ["order", "id", {"ascending": false}]`,
				list(whole + "ORDER BY data->>'by' NULLS FIRST, id DESC"),
			},
			{`["order", "id"], ["limit", 3]`, list(whole + "ORDER BY id LIMIT 3")},
			{`["order", "id"], ["limit", 0]`, `'[]'`},
			{`["order", "id"], ["range", 2, 4]`, list(whole + "ORDER BY id LIMIT 3 OFFSET 2")},
			{`["order", "id"], ["range", 6, 99]`, list(whole + "ORDER BY id OFFSET 6")},
			{`["order", "id"], ["range", 50, 99]`, `'[]'`},
			{
				`["select", "id"], ["is", "open", true], ["order", "price"], ["range", 1, 1]`,
				list("SELECT id FROM api.trips WHERE open ORDER BY price LIMIT 1 OFFSET 1"),
			},
		} {
			calls = append(calls, clientCall{
				name: trips, options: options, chain: part.chain, status: 200, data: part.data,
			})
		}
		calls = append(calls, withOptions(options, []clientCall{
			{
				name: trips, chain: `["eq", "id", 3], ["single"]`, status: 200,
				data: one(whole + "WHERE id = 3"),
			},
			{
				name:  trips,
				chain: `["select", "id,place"], ["order", "id"], ["limit", 1], ["single"]`, status: 200,
				data: `'{"id": 1, "place": "Bonn"}'`,
			},
			{
				name: trips, chain: `["eq", "id", 99], ["single"]`, status: 406,
				err: refused("PGRST116"),
			},
			{
				name: trips, chain: `["lt", "id", 3], ["single"]`, status: 406,
				err: refused("PGRST116"),
			},
			{
				name: trips, chain: `["eq", "id", 3], ["maybeSingle"]`, status: 200,
				data: one(whole + "WHERE id = 3"),
			},
			{name: trips, chain: `["eq", "id", 99], ["maybeSingle"]`, status: 200},
			{
				name: trips, chain: `["lt", "id", 3], ["maybeSingle"]`, status: 406,
				err: refused("PGRST116"),
			},
			{
				name: "first_car", chain: `["single"]`, status: 200,
				data: "to_json(api.first_car())",
			},
			{
				name: "first_car", chain: `["maybeSingle"]`, status: 200,
				data: "to_json(api.first_car())",
			},
			{
				name: "first_car", chain: `["select", "id,name"]`, status: 200,
				data: one("SELECT id, name FROM api.first_car()"),
			},
			{
				name: "outs", args: `{"i": 4}`, chain: `["select", "text"]`, status: 200,
				data: one("SELECT text FROM api.outs(4)"),
			},
			{
				name: "scalar", chain: `["single"]`, status: 200,
				data: "to_json(api.scalar())",
			},
			{
				name: "numbers", args: `{"n": 9}`, chain: `["range", 2, 4]`, status: 200,
				data: `'[3, 4, 5]'`,
			},
			{
				name: "tabled", chain: `["select", "\"b c\""]`, status: 200,
				data: list(`SELECT "b c" FROM api.tabled()`),
			},
			{
				name: "cars", chain: `["eq", "nme", 1]`, status: 400,
				err: refused("42703"),
			},
			{
				name: "cars", chain: `["order", "nme"]`, status: 400,
				err: refused("42703"),
			},
			{
				name: "cars", chain: `["eq", "id", "x"]`, status: 400,
				err: refused("22P02"),
			},
			// The value must be a range, as under PostgREST.
			{
				name: trips, chain: `["contains", "days", "2024-01-03"]`, status: 400,
				err: refused("22P02"),
			},
			{
				name: "cars", chain: `["filter", "id", "equals", 1]`, status: 400,
				err: refused("PGRST100"),
			},
			{
				name: "cars", chain: `["select", "id,owner(*)"]`, status: 400,
				err: refused("PGRST200"),
			},
		}...)...)
	}
	for _, options := range []string{getCount, postCount} {
		calls = append(calls, withOptions(options, []clientCall{
			{
				name: trips, chain: `["order", "id"]`, status: 200,
				data: list(whole + "ORDER BY id"), count: number(""),
			},
			{
				name: trips, chain: `["order", "id"], ["limit", 2]`, status: 206,
				data: list(whole + "ORDER BY id LIMIT 2"), count: number(""),
			},
			{
				name: trips, chain: `["gt", "price", 10], ["order", "id"], ["range", 1, 2]`,
				status: 206, data: list(whole + "WHERE price > 10 ORDER BY id LIMIT 2 OFFSET 1"),
				count: number("WHERE price > 10"),
			},
			{
				name: trips, chain: `["eq", "id", 99]`, status: 200, data: `'[]'`,
				count: number("WHERE id = 99"),
			},
			{
				name: trips, chain: `["range", 50, 60]`, status: 416,
				err: refused("PGRST103"),
			},
			{
				name: trips, chain: `["select", "id"], ["eq", "id", 3], ["single"]`,
				status: 200, data: `'{"id": 3}'`, count: number("WHERE id = 3"),
			},
			{
				name: "numbers", args: `{"n": 9}`, chain: `["limit", 2]`, status: 206,
				data: `'[1, 2]'`, count: "SELECT count(*) FROM api.numbers(9)",
			},
		}...)...)
	}
	calls = append(calls, []clientCall{
		{name: trips, options: headCount, status: 200, count: number("")},
		{
			name: trips, options: headCount, chain: `["is", "open", true]`, status: 200,
			count: number("WHERE open"),
		},
		{name: trips, options: headCount, chain: `["limit", 2]`, status: 206, count: number("")},
		{name: trips, options: `{"head": true}`, chain: `["lt", "id", 3]`, status: 200},

		// The body of a POST holds the function's arguments, and the query filters its rows.
		{
			name: from, args: `{"price": 10, "order": 7}`, options: post,
			chain:  `["select", "id"], ["order", "id", {"ascending": false}], ["lt", "price", 11]`,
			status: 200,
			data:   list("SELECT id FROM api.trips WHERE price >= 10 AND price < 11 ORDER BY id DESC"),
		},
		{
			name: from, args: `{"price": 10}`, options: postCount,
			chain: `["select", "id"], ["order", "id"], ["limit", 1]`, status: 206,
			data:  list("SELECT id FROM api.trips WHERE price >= 10 ORDER BY id LIMIT 1"),
			count: number("WHERE price >= 10"),
		},
	}...)
	// A count is a preference, which a result without rows to count ignores.
	calls = append(calls, withOptions(postCount, []clientCall{
		{name: "quiet", status: 204},
		{name: "nothing", status: 204},
		{
			name: "divide", args: `{"a": 17, "b": 5}`, status: 200,
			data: `'{"quotient": 3, "rest": 2}'`,
		},
	}...)...)
	checkClient(t, dir, c.url(), db, calls)
	c.stop()
}

// CSV holds the text of each value, the same as in JSON where JSON has a string for it.
func TestPostgrestJSReadsCSV(t *testing.T) {
	dir := installClient(t)
	c, db := startSchemas(t)
	var fieldsJSON string
	if err := db.QueryRow(`SELECT json_agg(fields ORDER BY id) FROM (
		SELECT id, (
			SELECT json_agg(coalesce(value, '')) FROM json_each_text(to_json(r))
		) AS fields FROM (
			SELECT id, place, price, open, tags::text, days, at, data::text, words FROM api.trips
		) r
	) s`).Scan(&fieldsJSON); err != nil {
		t.Fatal(err)
	}
	var fields [][]string
	if err := json.Unmarshal([]byte(fieldsJSON), &fields); err != nil {
		t.Fatal(err)
	}
	header := []string{"id", "place", "price", "open", "tags", "days", "at", "data", "words"}
	calls := []clientCall{
		{name: "trips", chain: `["order", "id"], ["csv"]`},
		{name: "trips", chain: `["lt", "id", 0], ["csv"]`},
	}
	calls = append(calls, withOptions(`{"get": true}`, calls...)...)
	for i, result := range runClient(t, dir, c.url(), calls) {
		want := [][]string{header}
		if i%2 == 0 {
			want = append(want, fields...)
		}
		var text string
		if err := json.Unmarshal(result.Data, &text); err != nil || result.Status != 200 {
			t.Errorf("%s: %d %s, %+v", calls[i], result.Status, result.Data, result.Error)
			continue
		}
		got, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\n%q, want\n%q", calls[i], err, got, want)
		}
	}
	c.stop()
}
