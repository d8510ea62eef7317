package main

import (
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// TestPostgrestJSFilters has PostgREST's client ask for some of the rows, by GET and by POST, and compares with the SQL that the filter
// stands for in PostgREST's documentation.
func TestPostgrestJSFilters(t *testing.T) {
	dir := installClient(t)
	c, db := startSchemas(t)
	var calls []clientCall
	for _, filter := range []struct{ chain, where string }{
		{`["eq", "id", 3]`, `id = 3`},
		{`["eq", "place", "Bonn, old town"]`, `place = 'Bonn, old town'`},
		{`["eq", "place", "100% \"real\" (no_joke)"]`, `place = '100% "real" (no_joke)'`},
		{`["eq", "place", "São Paulo"]`, `place = 'São Paulo'`},
		{`["eq", "place", ""]`, `place = ''`},
		{`["eq", "place", "null"]`, `place = 'null'`},
		{`["eq", "price", "10.5"]`, `price = 10.5`},
		{`["eq", "price", "12345678901234567890.12"]`, `price = 12345678901234567890.12`},
		{`["eq", "open", true]`, `open = true`},
		{`["eq", "at", "2024-01-01T08:00:00.000001Z"]`, `at = '2024-01-01 08:00:00.000001+00'`},
		{`["eq", "at", "2024-06-01T08:00:00+02:00"]`, `at = '2024-06-01 08:00+02'`},
		{`["eq", "at", "infinity"]`, `at = 'infinity'`},
		{`["eq", "days", "empty"]`, `days = 'empty'`},
		{`["eq", "data->>by", "train"]`, `data->>'by' = 'train'`},
		{`["eq", "data->n", 9]`, `data->'n' = '9'`},
		{`["eq", "data->1->>by", "bus"]`, `data->1->>'by' = 'bus'`},
		{`["neq", "place", "Bonn"]`, `place <> 'Bonn'`},
		{`["gt", "price", 10.5]`, `price > 10.5`},
		{`["gte", "price", 10.5]`, `price >= 10.5`},
		{`["lt", "price", 0]`, `price < 0`},
		{`["lte", "price", 0]`, `price <= 0`},
		{`["gte", "price", 0], ["lte", "price", 100]`, `price BETWEEN 0 AND 100`},
		{`["lt", "at", "2024-01-01T00:00:00Z"]`, `at < '2024-01-01 00:00+00'`},
		{`["like", "place", "Bonn%"]`, `place LIKE 'Bonn%'`},
		{`["like", "place", "*old*"]`, `place LIKE '%old%'`},
		{`["like", "place", "B_nn"]`, `place LIKE 'B_nn'`},
		{`["like", "place", "%\\%%"]`, `place LIKE '%\%%'`},
		{`["like", "place", "%\\\\%"]`, `place LIKE '%\\%'`},
		{`["ilike", "place", "b%OLD*"]`, `place ILIKE 'b%OLD%'`},
		{`["ilike", "place", "s%PAULO"]`, `place ILIKE 's%PAULO'`},
		{`["likeAllOf", "place", ["B%", "%town"]]`, `place LIKE ALL ('{B%,%town}')`},
		{`["likeAnyOf", "place", ["S%", "%town"]]`, `place LIKE ANY ('{S%,%town}')`},
		{`["ilikeAllOf", "place", ["b%", "%TOWN"]]`, `place ILIKE ALL ('{b%,%TOWN}')`},
		{`["ilikeAnyOf", "place", ["s*", "%TOWN"]]`, `place ILIKE ANY ('{s%,%TOWN}')`},
		{`["regexMatch", "place", "^B.*n$"]`, `place ~ '^B.*n$'`},
		{`["regexIMatch", "place", "^b"]`, `place ~* '^b'`},
		{`["is", "place", null]`, `place IS NULL`},
		{`["is", "open", true]`, `open IS TRUE`},
		{`["is", "open", false]`, `open IS FALSE`},
		{`["is", "open", "unknown"]`, `open IS UNKNOWN`},
		{`["is", "data->by", null]`, `data->'by' IS NULL`},
		{`["is", "data->>by", null]`, `data->>'by' IS NULL`},
		{`["isDistinct", "place", "Bonn"]`, `place IS DISTINCT FROM 'Bonn'`},
		{`["in", "id", [1, 3, 99]]`, `id IN (1, 3, 99)`},
		{`["in", "place", ["Bonn, old town", "São Paulo", "null"]]`, `place IN ('Bonn, old town', 'São Paulo', 'null')`},
		{`["in", "place", ["", "(x)"]]`, `place IN ('', '(x)')`},
		{`["in", "id", []]`, `false`},
		{`["notIn", "id", [1, 3]]`, `id NOT IN (1, 3)`},
		{`["contains", "tags", ["sea"]]`, `tags @> '{sea}'`},
		{`["contains", "tags", []]`, `tags @> '{}'`},
		{`["contains", "tags", "{\"a,b\"}"]`, `tags @> '{"a,b"}'`},
		{`["contains", "data", {"by": "train"}]`, `data @> '{"by": "train"}'`},
		{`["contains", "data", {"stops": [2]}]`, `data @> '{"stops": [2]}'`},
		{`["contains", "days", "[2024-01-03,2024-01-04)"]`, `days @> daterange '[2024-01-03,2024-01-04)'`},
		{`["containedBy", "tags", ["sun", "sea"]]`, `tags <@ '{sun,sea}'`},
		{`["containedBy", "days", "[2024-01-01,2024-02-01)"]`, `days <@ daterange '[2024-01-01,2024-02-01)'`},
		{`["containedBy", "data", {"by": "train", "n": 10, "x": 1}]`, `data <@ '{"by": "train", "n": 10, "x": 1}'`},
		{`["overlaps", "tags", ["snow", "sea"]]`, `tags && '{snow,sea}'`},
		{`["overlaps", "days", "[2024-01-04,2024-01-06)"]`, `days && '[2024-01-04,2024-01-06)'`},
		{`["rangeGt", "days", "[2024-01-01,2024-01-05)"]`, `days >> '[2024-01-01,2024-01-05)'`},
		{`["rangeGte", "days", "[2024-01-03,2024-01-05)"]`, `days &> '[2024-01-03,2024-01-05)'`},
		{`["rangeLt", "days", "[2024-01-05,2024-01-06)"]`, `days << '[2024-01-05,2024-01-06)'`},
		{`["rangeLte", "days", "[2024-01-01,2024-01-07)"]`, `days &< '[2024-01-01,2024-01-07)'`},
		{`["rangeAdjacent", "days", "[2024-01-05,2024-01-09)"]`, `days -|- '[2024-01-05,2024-01-09)'`},
		{`["textSearch", "words", "slow & !plane"]`, `words @@ to_tsquery('slow & !plane')`},
		{`["textSearch", "words", "slow:*", {"config": "simple"}]`, `words @@ to_tsquery('simple', 'slow:*')`},
		{`["textSearch", "words", "train slow", {"type": "plain"}]`, `words @@ plainto_tsquery('train slow')`},
		{`["textSearch", "words", "dogs", {"type": "plain", "config": "english"}]`, `words @@ plainto_tsquery('english', 'dogs')`},
		{`["textSearch", "words", "train slow", {"type": "phrase"}]`, `words @@ phraseto_tsquery('train slow')`},
		{`["textSearch", "words", "dogs", {"type": "phrase", "config": "simple"}]`, `words @@ phraseto_tsquery('simple', 'dogs')`},
		{`["textSearch", "words", "train -\"slow\" or plane", {"type": "websearch"}]`, `words @@ websearch_to_tsquery('train -"slow" or plane')`},
		{`["textSearch", "words", "the cats", {"type": "websearch", "config": "english"}]`, `words @@ websearch_to_tsquery('english', 'the cats')`},
		{`["textSearch", "place", "towns", {"config": "english"}]`, `to_tsvector('english', place) @@ to_tsquery('english', 'towns')`},
		{`["match", {"place": "Bonn", "open": true}]`, `place = 'Bonn' AND open`},
		{`["match", {}]`, `true`},
		{`["not", "place", "is", null]`, `place IS NOT NULL`},
		{`["not", "place", "like", "B%"]`, `NOT place LIKE 'B%'`},
		{`["not", "id", "in", "(1,2)"]`, `id NOT IN (1, 2)`},
		{`["not", "tags", "cs", "{sun}"]`, `NOT tags @> '{sun}'`},
		{`["or", "id.eq.1,place.is.null"]`, `id = 1 OR place IS NULL`},
		{`["or", "place.eq.\"Bonn, old town\",id.in.(7,8),tags.cs.{sun,sea}"]`, `place = 'Bonn, old town' OR id IN (7, 8) OR tags @> '{sun,sea}'`},
		{`["or", "and(price.gt.1,price.lt.11),not.and(open.is.true,id.lt.9)"], ["gt", "id", 1]`,
			`((price > 1 AND price < 11) OR NOT (open IS TRUE AND id < 9)) AND id > 1`},
		{`["or", "data->>by.eq.train,place.not.is.null"], ["or", "id.eq.3,id.eq.7"]`, `(data->>'by' = 'train' OR place IS NOT NULL) AND (id = 3 OR id = 7)`},
		{`["filter", "place", "in", "(\"Bonn, old town\",\"back\\\\slash*\")"]`, `place IN ('Bonn, old town', 'back\slash*')`},
		{`["filter", "id", "not.eq", 1]`, `id <> 1`},
		{`["filter", "id", "eq(any)", "{1,2}"]`, `id = ANY ('{1,2}')`},
		{`["filter", "price", "gt(all)", "{0,10}"]`, `price > ALL ('{0,10}')`},
	} {
		for _, options := range []string{`{"get": true}`, `{}`} {
			calls = append(calls, clientCall{
				Name: "trips", Options: json.RawMessage(options), Chain: json.RawMessage("[" + filter.chain + `, ["order", "id"]]`),
				status: 200, data: list("SELECT * FROM api.trips WHERE " + filter.where + " ORDER BY id"),
			})
		}
	}
	checkClient(t, dir, c.url(), db, calls)
	c.stop()
}

// list is SQL for the JSON of a statement's rows.
func list(query string) string {
	return "SELECT coalesce(json_agg(t), '[]') FROM (" + query + ") t"
}

// TestPostgrestJSParts has the client ask for columns, an order, pages, single rows and counts.
func TestPostgrestJSParts(t *testing.T) {
	dir := installClient(t)
	c, db := startSchemas(t)
	const trips, from, whole = "trips", "trips_from", "SELECT * FROM api.trips "
	one := func(query string) string { return "SELECT to_json(t) FROM (" + query + ") t" }
	number := func(where string) string { return "SELECT count(*) FROM api.trips " + where }
	call := func(name, args, options, chain string, status int, data, count string, code string) clientCall {
		c := clientCall{Name: name, Args: json.RawMessage(args), Options: json.RawMessage(options), Chain: json.RawMessage("[" + chain + "]"),
			status: status, data: data, count: count}
		if code != "" {
			c.err = &clientError{Code: code}
		}
		return c
	}
	const get, post = `{"get": true}`, `{}`
	const getCount, postCount, headCount = `{"get": true, "count": "exact"}`, `{"count": "exact"}`, `{"head": true, "count": "exact"}`
	var calls []clientCall
	for _, options := range []string{get, post} {
		for _, part := range []struct{ chain, data string }{
			{`["select"], ["order", "id"]`, list(whole + "ORDER BY id")},
			{`["select", "*"], ["order", "id"]`, list(whole + "ORDER BY id")},
			{`["select", "place, id"], ["order", "id"]`, list("SELECT place, id FROM api.trips ORDER BY id")},
			{`["select", "number:id,by:data->>by,stops:data->stops->0,data->n"], ["order", "id"]`,
				list("SELECT id AS number, data->>'by' AS by, data->'stops'->0 AS stops, data->'n' AS n FROM api.trips ORDER BY id")},
			{`["select", "id,*"], ["eq", "id", 1]`, list("SELECT id, t.* FROM api.trips t WHERE id = 1")},
			{`["order", "id", {"ascending": false}]`, list(whole + "ORDER BY id DESC")},
			{`["order", "place", {"nullsFirst": true}]`, list(whole + "ORDER BY place NULLS FIRST")},
			{`["order", "place", {"ascending": false, "nullsFirst": false}]`, list(whole + "ORDER BY place DESC NULLS LAST")},
			{`["order", "open", {"ascending": false}], ["order", "price", {"nullsFirst": true}], ["order", "id"]`,
				list(whole + "ORDER BY open DESC, price NULLS FIRST, id")},
			{`["order", "data->>by", {"nullsFirst": true}], ["order", "id", {"ascending": false}]`, list(whole + "ORDER BY data->>'by' NULLS FIRST, id DESC")},
			{`["order", "id"], ["limit", 3]`, list(whole + "ORDER BY id LIMIT 3")},
			{`["order", "id"], ["limit", 0]`, `'[]'`},
			{`["order", "id"], ["range", 2, 4]`, list(whole + "ORDER BY id LIMIT 3 OFFSET 2")},
			{`["order", "id"], ["range", 6, 99]`, list(whole + "ORDER BY id OFFSET 6")},
			{`["order", "id"], ["range", 50, 99]`, `'[]'`},
			{`["select", "id"], ["is", "open", true], ["order", "price"], ["range", 1, 1]`, list("SELECT id FROM api.trips WHERE open ORDER BY price LIMIT 1 OFFSET 1")},
		} {
			calls = append(calls, call(trips, "", options, part.chain, 200, part.data, "", ""))
		}
		calls = append(calls,
			call(trips, "", options, `["eq", "id", 3], ["single"]`, 200, one(whole+"WHERE id = 3"), "", ""),
			call(trips, "", options, `["select", "id,place"], ["order", "id"], ["limit", 1], ["single"]`, 200, `'{"id": 1, "place": "Bonn"}'`, "", ""),
			call(trips, "", options, `["eq", "id", 99], ["single"]`, 406, "", "", "PGRST116"),
			call(trips, "", options, `["lt", "id", 3], ["single"]`, 406, "", "", "PGRST116"),
			call(trips, "", options, `["eq", "id", 3], ["maybeSingle"]`, 200, one(whole+"WHERE id = 3"), "", ""),
			call(trips, "", options, `["eq", "id", 99], ["maybeSingle"]`, 200, "", "", ""),
			call(trips, "", options, `["lt", "id", 3], ["maybeSingle"]`, 406, "", "", "PGRST116"),
			call("first_car", "", options, `["single"]`, 200, "to_json(api.first_car())", "", ""),
			call("first_car", "", options, `["maybeSingle"]`, 200, "to_json(api.first_car())", "", ""),
			call("first_car", "", options, `["select", "id,name"]`, 200, one("SELECT id, name FROM api.first_car()"), "", ""),
			call("outs", `{"i": 4}`, options, `["select", "text"]`, 200, one("SELECT text FROM api.outs(4)"), "", ""),
			call("scalar", "", options, `["single"]`, 200, "to_json(api.scalar())", "", ""),
			call("numbers", `{"n": 9}`, options, `["range", 2, 4]`, 200, `'[3, 4, 5]'`, "", ""),
			call("tabled", "", options, `["select", "\"b c\""]`, 200, list(`SELECT "b c" FROM api.tabled()`), "", ""),
			call("cars", "", options, `["eq", "nme", 1]`, 400, "", "", "PGRST100"),
			call("cars", "", options, `["order", "nme"]`, 400, "", "", "PGRST100"),
			call("cars", "", options, `["eq", "id", "x"]`, 400, "", "", "22P02"),
			call(trips, "", options, `["contains", "days", "2024-01-03"]`, 400, "", "", "22P02"), // the value is a range, as PostgREST has it
			call("cars", "", options, `["filter", "id", "equals", 1]`, 400, "", "", "PGRST100"),
			call("cars", "", options, `["select", "id,owner(*)"]`, 400, "", "", "PGRST100"),
		)
	}
	for _, options := range []string{getCount, postCount} {
		calls = append(calls,
			call(trips, "", options, `["order", "id"]`, 200, list(whole+"ORDER BY id"), number(""), ""),
			call(trips, "", options, `["order", "id"], ["limit", 2]`, 206, list(whole+"ORDER BY id LIMIT 2"), number(""), ""),
			call(trips, "", options, `["gt", "price", 10], ["order", "id"], ["range", 1, 2]`, 206,
				list(whole+"WHERE price > 10 ORDER BY id LIMIT 2 OFFSET 1"), number("WHERE price > 10"), ""),
			call(trips, "", options, `["eq", "id", 99]`, 200, `'[]'`, number("WHERE id = 99"), ""),
			call(trips, "", options, `["range", 50, 60]`, 416, "", "", "PGRST103"),
			call(trips, "", options, `["select", "id"], ["eq", "id", 3], ["single"]`, 200, `'{"id": 3}'`, number("WHERE id = 3"), ""),
			call("numbers", `{"n": 9}`, options, `["limit", 2]`, 206, `'[1, 2]'`, "SELECT count(*) FROM api.numbers(9)", ""),
		)
	}
	calls = append(calls,
		call(trips, "", headCount, "", 200, "", number(""), ""),
		call(trips, "", headCount, `["is", "open", true]`, 200, "", number("WHERE open"), ""),
		call(trips, "", headCount, `["limit", 2]`, 206, "", number(""), ""),
		call(trips, "", `{"head": true}`, `["lt", "id", 3]`, 200, "", "", ""),

		// What the body of a POST holds is the function's, what the query holds is asked of its rows.
		call(from, `{"price": 10, "order": 7}`, post, `["select", "id"], ["order", "id", {"ascending": false}], ["lt", "price", 11]`, 200,
			list("SELECT id FROM api.trips WHERE price >= 10 AND price < 11 ORDER BY id DESC"), "", ""),
		call(from, `{"price": 10}`, postCount, `["select", "id"], ["order", "id"], ["limit", 1]`, 206,
			list("SELECT id FROM api.trips WHERE price >= 10 ORDER BY id LIMIT 1"), number("WHERE price >= 10"), ""),
	)
	for _, whole := range []struct { // a count is a preference, which what has no rows to count passes over
		name, args string
		status     int
		data       string
	}{{"quiet", "", 204, ""}, {"nothing", "", 204, ""}, {"divide", `{"a": 17, "b": 5}`, 200, `'{"quotient": 3, "rest": 2}'`}} {
		calls = append(calls, call(whole.name, whole.args, postCount, "", whole.status, whole.data, "", ""))
	}
	checkClient(t, dir, c.url(), db, calls)
	c.stop()
}

// TestPostgrestJSCSV has the client ask for CSV, which holds the texts of the values: those in JSON where JSON has a text for them.
func TestPostgrestJSCSV(t *testing.T) {
	dir := installClient(t)
	c, db := startSchemas(t)
	var fieldsJSON string
	if err := db.QueryRow(`SELECT json_agg(fields ORDER BY id) FROM (SELECT id, (SELECT json_agg(coalesce(value, '')) FROM json_each_text(to_json(r))) AS fields
		FROM (SELECT id, place, price, open, tags::text, days, at, data::text, words FROM api.trips) r) s`).Scan(&fieldsJSON); err != nil {
		t.Fatal(err)
	}
	var fields [][]string
	if err := json.Unmarshal([]byte(fieldsJSON), &fields); err != nil {
		t.Fatal(err)
	}
	header := []string{"id", "place", "price", "open", "tags", "days", "at", "data", "words"}
	calls := []clientCall{
		{Name: "trips", Chain: json.RawMessage(`[["order", "id"], ["csv"]]`)},
		{Name: "trips", Chain: json.RawMessage(`[["lt", "id", 0], ["csv"]]`)},
	}
	for i := range calls {
		get := calls[i]
		get.Options = json.RawMessage(`{"get": true}`)
		calls = append(calls, get)
	}
	for i, answer := range runClient(t, dir, c.url(), calls) {
		want := [][]string{header}
		if i%2 == 0 {
			want = append(want, fields...)
		}
		var text string
		if err := json.Unmarshal(answer.Data, &text); err != nil || answer.Status != 200 {
			t.Errorf("%s: %d %s, %+v", calls[i], answer.Status, answer.Data, answer.Error)
			continue
		}
		got, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\n%q, want\n%q", calls[i], err, got, want)
		}
	}
	c.stop()
}
