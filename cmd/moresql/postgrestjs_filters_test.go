package main

import "testing"

// Each filter is sent by GET and by POST, and selects the rows of the SQL that it stands for in
// PostgREST's documentation.
func TestPostgrestJSFiltersRows(t *testing.T) {
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
		{
			`["in", "place", ["Bonn, old town", "São Paulo", "null"]]`,
			`place IN ('Bonn, old town', 'São Paulo', 'null')`,
		},
		{`["in", "place", ["", "(x)"]]`, `place IN ('', '(x)')`},
		{`["in", "id", []]`, `false`},
		{`["notIn", "id", [1, 3]]`, `id NOT IN (1, 3)`},
		{`["contains", "tags", ["sea"]]`, `tags @> '{sea}'`},
		{`["contains", "tags", []]`, `tags @> '{}'`},
		{`["contains", "tags", "{\"a,b\"}"]`, `tags @> '{"a,b"}'`},
		{`["contains", "data", {"by": "train"}]`, `data @> '{"by": "train"}'`},
		{`["contains", "data", {"stops": [2]}]`, `data @> '{"stops": [2]}'`},
		{
			`["contains", "days", "[2024-01-03,2024-01-04)"]`,
			`days @> daterange '[2024-01-03,2024-01-04)'`,
		},
		{`["containedBy", "tags", ["sun", "sea"]]`, `tags <@ '{sun,sea}'`},
		{
			`["containedBy", "days", "[2024-01-01,2024-02-01)"]`,
			`days <@ daterange '[2024-01-01,2024-02-01)'`,
		},
		{
			`["containedBy", "data", {"by": "train", "n": 10, "x": 1}]`,
			`data <@ '{"by": "train", "n": 10, "x": 1}'`,
		},
		{`["overlaps", "tags", ["snow", "sea"]]`, `tags && '{snow,sea}'`},
		{`["overlaps", "days", "[2024-01-04,2024-01-06)"]`, `days && '[2024-01-04,2024-01-06)'`},
		{`["rangeGt", "days", "[2024-01-01,2024-01-05)"]`, `days >> '[2024-01-01,2024-01-05)'`},
		{`["rangeGte", "days", "[2024-01-03,2024-01-05)"]`, `days &> '[2024-01-03,2024-01-05)'`},
		{`["rangeLt", "days", "[2024-01-05,2024-01-06)"]`, `days << '[2024-01-05,2024-01-06)'`},
		{`["rangeLte", "days", "[2024-01-01,2024-01-07)"]`, `days &< '[2024-01-01,2024-01-07)'`},
		{`["rangeAdjacent", "days", "[2024-01-05,2024-01-09)"]`, `days -|- '[2024-01-05,2024-01-09)'`},
		{`["textSearch", "words", "slow & !plane"]`, `words @@ to_tsquery('slow & !plane')`},
		{
			`["textSearch", "words", "slow:*", {"config": "simple"}]`,
			`words @@ to_tsquery('simple', 'slow:*')`,
		},
		{
			`["textSearch", "words", "train slow", {"type": "plain"}]`,
			`words @@ plainto_tsquery('train slow')`,
		},
		{
			`["textSearch", "words", "dogs", {"type": "plain", "config": "english"}]`,
			`words @@ plainto_tsquery('english', 'dogs')`,
		},
		{
			`["textSearch", "words", "train slow", {"type": "phrase"}]`,
			`words @@ phraseto_tsquery('train slow')`,
		},
		{
			`["textSearch", "words", "dogs", {"type": "phrase", "config": "simple"}]`,
			`words @@ phraseto_tsquery('simple', 'dogs')`,
		},
		{
			`["textSearch", "words", "train -\"slow\" or plane", {"type": "websearch"}]`,
			`words @@ websearch_to_tsquery('train -"slow" or plane')`,
		},
		{
			`["textSearch", "words", "the cats", {"type": "websearch", "config": "english"}]`,
			`words @@ websearch_to_tsquery('english', 'the cats')`,
		},
		{
			`["textSearch", "place", "towns", {"config": "english"}]`,
			`to_tsvector('english', place) @@ to_tsquery('english', 'towns')`,
		},
		{`["match", {"place": "Bonn", "open": true}]`, `place = 'Bonn' AND open`},
		{`["match", {}]`, `true`},
		{`["not", "place", "is", null]`, `place IS NOT NULL`},
		{`["not", "place", "like", "B%"]`, `NOT place LIKE 'B%'`},
		{`["not", "id", "in", "(1,2)"]`, `id NOT IN (1, 2)`},
		{`["not", "tags", "cs", "{sun}"]`, `NOT tags @> '{sun}'`},
		{`["or", "id.eq.1,place.is.null"]`, `id = 1 OR place IS NULL`},
		{
			`["or", "place.eq.\"Bonn, old town\",id.in.(7,8),tags.cs.{sun,sea}"]`,
			`place = 'Bonn, old town' OR id IN (7, 8) OR tags @> '{sun,sea}'`,
		},
		{`["or", "and(price.gt.1,price.lt.11),not.and(open.is.true,id.lt.9)"], ["gt", "id", 1]`,
			`((price > 1 AND price < 11) OR NOT (open IS TRUE AND id < 9)) AND id > 1`},
		{
			`["or", "data->>by.eq.train,place.not.is.null"], ["or", "id.eq.3,id.eq.7"]`,
			`(data->>'by' = 'train' OR place IS NOT NULL) AND (id = 3 OR id = 7)`,
		},
		{
			`["filter", "place", "in", "(\"Bonn, old town\",\"back\\\\slash*\")"]`,
			`place IN ('Bonn, old town', 'back\slash*')`,
		},
		{`["filter", "id", "not.eq", 1]`, `id <> 1`},
		{`["filter", "id", "eq(any)", "{1,2}"]`, `id = ANY ('{1,2}')`},
		{`["filter", "price", "gt(all)", "{0,10}"]`, `price > ALL ('{0,10}')`},
	} {
		call := clientCall{
			name:   "trips",
			chain:  filter.chain + `, ["order", "id"]`,
			status: 200,
			data:   list("SELECT * FROM api.trips WHERE " + filter.where + " ORDER BY id"),
		}
		calls = append(calls, withOptions(`{"get": true}`, call)...)
		calls = append(calls, withOptions(`{}`, call)...)
	}
	checkClient(t, dir, c.url(), db, calls)
	c.stop()
}
