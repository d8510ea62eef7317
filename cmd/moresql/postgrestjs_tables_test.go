package main

import (
	"database/sql"
	"testing"
)

// clientTables are tables for what postgrest-js reads.
const clientTables = `
	CREATE SCHEMA api; CREATE SCHEMA two;
	CREATE TABLE api.directors (id int PRIMARY KEY, name text, born date);
	CREATE TABLE api.films (id int PRIMARY KEY, title text, price numeric(6,2), year int, tags text[],
		data jsonb, shown daterange, words tsvector, open boolean, at timestamptz,
		director_id int CONSTRAINT director REFERENCES api.directors,
		writer_id int CONSTRAINT writer REFERENCES api.directors);
	CREATE TABLE api.actors (id int PRIMARY KEY, name text);
	CREATE TABLE api.roles (film_id int REFERENCES api.films, actor_id int REFERENCES api.actors,
		role text, PRIMARY KEY (film_id, actor_id));
	CREATE TABLE api.plots (film_id int PRIMARY KEY REFERENCES api.films, plot text);
	CREATE VIEW api.titles AS SELECT id, title, director_id FROM api.films;
	CREATE TABLE two.films (here text);
	CREATE FUNCTION api.shout(api.films) RETURNS text LANGUAGE sql STABLE
		AS 'SELECT upper($1.title)';
	INSERT INTO api.directors VALUES (1, 'Ann', '1960-01-02'), (2, 'Bob, Jr.', NULL), (3, 'Cid', NULL);
	INSERT INTO api.films VALUES
		(1, 'Up', 9.90, 2009, '{blue,"a,b"}', '{"by": "train", "n": [1, 2]}', '[2009-05-01,2009-09-01)',
			to_tsvector('english', 'The cats fly'), true, '2024-01-02 03:04:05.123456+00', 1, 2),
		(2, 'Down', NULL, 2010, '{}', '{"by": null}', 'empty', to_tsvector('english', 'A cat digs'),
			false, 'infinity', 1, NULL),
		(3, 'Left (right)', 0.50, 1999, NULL, '[]', NULL, NULL, NULL, NULL, 2, 2),
		(4, NULL, 12.00, NULL, '{blue}', NULL, '[2024-01-01,)', '', true, '2020-02-29 12:00+00', NULL, 1),
		(5, '100% "real"', 7, 2009, '{red,blue}', '{"by": "bus"}', '[2009-06-01,2010-01-01)',
			to_tsvector('simple', 'rats'), false, '2009-06-01 00:00+00', 2, NULL);
	INSERT INTO api.actors VALUES (1, 'Dan'), (2, 'Eva'), (3, 'Fay');
	INSERT INTO api.roles VALUES (1, 1, 'cat'), (1, 2, 'dog'), (2, 1, 'cat'), (5, 3, NULL);
	INSERT INTO api.plots VALUES (1, 'A house flies.'), (3, 'Lost');
	INSERT INTO two.films VALUES ('two');
	ANALYZE api.films`

// startClientTables starts the command on these.
func startClientTables(t *testing.T) (*command, *sql.DB) {
	t.Helper()
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, clientTables)
	return start(t, uri, "-schema", "api", "-schema", "two", "-tables", "-aggregates"), db
}

// tableFilters are those of films by their methods, and the SQL that PostgREST's documentation says
// they are.
var tableFilters = []struct{ chain, where string }{
	{`["eq", "id", 3]`, `id = 3`},
	{`["eq", "title", "Left (right)"]`, `title = 'Left (right)'`},
	{`["eq", "title", "100% \"real\""]`, `title = '100% "real"'`},
	{`["eq", "price", 9.9]`, `price = 9.9`},
	{`["eq", "open", true]`, `open = true`},
	{`["eq", "at", "2024-01-02T03:04:05.123456Z"]`, `at = '2024-01-02 03:04:05.123456+00'`},
	{`["eq", "at", "infinity"]`, `at = 'infinity'`},
	{`["eq", "shown", "empty"]`, `shown = 'empty'`},
	{`["eq", "data->>by", "bus"]`, `data->>'by' = 'bus'`},
	{`["eq", "data->n->0", 1]`, `data->'n'->0 = '1'`},
	{`["eq", "shout", "UP"]`, `upper(title) = 'UP'`},
	{`["neq", "year", 2009]`, `year <> 2009`},
	{`["gt", "year", 2009]`, `year > 2009`},
	{`["gte", "year", 2009]`, `year >= 2009`},
	{`["lt", "price", 7]`, `price < 7`},
	{`["lte", "price", 7]`, `price <= 7`},
	{`["gte", "price", 1], ["lte", "price", 10]`, `price BETWEEN 1 AND 10`},
	{`["like", "title", "%o%"]`, `title LIKE '%o%'`},
	{`["like", "title", "100\\% *"]`, `title LIKE '100\% %'`},
	{`["ilike", "title", "UP"]`, `title ILIKE 'UP'`},
	{`["likeAllOf", "title", ["%o%", "D%"]]`, `title LIKE ALL ('{%o%,D%}')`},
	{`["likeAnyOf", "title", ["U%", "D%"]]`, `title LIKE ANY ('{U%,D%}')`},
	{`["ilikeAllOf", "title", ["%O%", "d%"]]`, `title ILIKE ALL ('{%O%,d%}')`},
	{`["ilikeAnyOf", "title", ["u%", "d%"]]`, `title ILIKE ANY ('{u%,d%}')`},
	{`["regexMatch", "title", "^[UD]"]`, `title ~ '^[UD]'`},
	{`["regexIMatch", "title", "^[ud]"]`, `title ~* '^[ud]'`},
	{`["is", "title", null]`, `title IS NULL`},
	{`["is", "open", true]`, `open IS TRUE`},
	{`["is", "open", false]`, `open IS FALSE`},
	{`["is", "data->>by", null]`, `data->>'by' IS NULL`},
	{`["isDistinct", "year", 2009]`, `year IS DISTINCT FROM 2009`},
	{`["in", "id", [1, 3, 99]]`, `id IN (1, 3, 99)`},
	{`["in", "title", ["Left (right)", "Up", "a,b"]]`, `title IN ('Left (right)', 'Up', 'a,b')`},
	{`["in", "id", []]`, `false`},
	{`["notIn", "id", [1, 3]]`, `id NOT IN (1, 3)`},
	{`["contains", "tags", ["blue"]]`, `tags @> '{blue}'`},
	{`["contains", "tags", ["\"a,b\""]]`, `tags @> '{"a,b"}'`},
	{`["contains", "data", {"by": "bus"}]`, `data @> '{"by": "bus"}'`},
	{`["contains", "shown", "[2009-06-01,2009-06-30)"]`, `shown @> '[2009-06-01,2009-06-30)'`},
	{`["containedBy", "tags", ["blue", "red", "x"]]`, `tags <@ '{blue,red,x}'`},
	{`["containedBy", "shown", "[2009-01-01,2010-01-01)"]`, `shown <@ '[2009-01-01,2010-01-01)'`},
	{`["overlaps", "tags", ["red", "\"a,b\""]]`, `tags && '{red,"a,b"}'`},
	{`["overlaps", "shown", "[2009-08-01,2009-08-02)"]`, `shown && '[2009-08-01,2009-08-02)'`},
	{`["rangeGt", "shown", "[2009-01-01,2009-02-01)"]`, `shown >> '[2009-01-01,2009-02-01)'`},
	{`["rangeGte", "shown", "[2009-06-01,2009-06-02)"]`, `shown &> '[2009-06-01,2009-06-02)'`},
	{`["rangeLt", "shown", "[2020-01-01,)"]`, `shown << '[2020-01-01,)'`},
	{`["rangeLte", "shown", "[2009-01-01,2010-01-01)"]`, `shown &< '[2009-01-01,2010-01-01)'`},
	{`["rangeAdjacent", "shown", "[2009-09-01,2009-10-01)"]`, `shown -|- '[2009-09-01,2009-10-01)'`},
	{`["textSearch", "words", "cat"]`, `words @@ to_tsquery('cat')`},
	{
		`["textSearch", "words", "cats & fly", {"config": "english"}]`,
		`words @@ to_tsquery('english', 'cats & fly')`,
	},
	{
		`["textSearch", "words", "cats digs", {"type": "plain", "config": "english"}]`,
		`words @@ plainto_tsquery('english', 'cats digs')`,
	},
	{
		`["textSearch", "words", "the cats", {"type": "phrase", "config": "english"}]`,
		`words @@ phraseto_tsquery('english', 'the cats')`,
	},
	{
		`["textSearch", "words", "cat -fly", {"type": "websearch", "config": "english"}]`,
		`words @@ websearch_to_tsquery('english', 'cat -fly')`,
	},
	{`["match", {"year": 2009, "open": false}]`, `year = 2009 AND open = false`},
	{`["not", "year", "eq", 2009]`, `NOT year = 2009`},
	{`["not", "title", "is", null]`, `title IS NOT NULL`},
	{`["not", "id", "in", "(1,2)"]`, `NOT id IN (1, 2)`},
	{`["or", "year.eq.1999,price.gt.10"]`, `year = 1999 OR price > 10`},
	{
		`["or", "title.eq.Up,and(year.eq.2009,open.is.false)"]`,
		`title = 'Up' OR year = 2009 AND open IS FALSE`,
	},
	{`["or", "title.in.(\"Left (right)\",Up),title.is.null"]`,
		`title IN ('Left (right)', 'Up') OR title IS NULL`},
	{`["filter", "year", "in", "(2009,2010)"]`, `year IN (2009, 2010)`},
	{`["filter", "tags", "cs", "{blue}"], ["eq", "open", true]`, `tags @> '{blue}' AND open`},
}

func TestPostgrestJSReadsTables(t *testing.T) {
	dir := installClient(t)
	c, db := startClientTables(t)
	var calls []clientCall
	read := func(name, chain, data string) {
		calls = append(calls, clientCall{name: name, table: true, chain: chain, status: 200, data: data})
	}
	for _, f := range tableFilters {
		read("films", `["select"], `+f.chain+`, ["order", "id"]`,
			list("SELECT * FROM api.films WHERE "+f.where+" ORDER BY id"))
	}
	for _, r := range tableReads {
		read(r.name, r.chain, r.data)
	}
	calls = append(calls, tableCalls...)
	if len(calls) < 100 {
		t.Errorf("%d calls", len(calls))
	}
	checkClient(t, dir, c.url(), db, calls)
	c.stop()
}

// tableReads have the status 200.
var tableReads = []struct{ name, chain, data string }{
	{"films", `["select"], ["order", "id"]`, list("SELECT * FROM api.films ORDER BY id")},
	{"films", `["select", "title, id"], ["order", "id"]`,
		list("SELECT title, id FROM api.films ORDER BY id")},
	{"films", `["select", "n:id,id::text,by:data->>by,data->n->0,shout"], ["order", "id"]`,
		list(`SELECT id AS n, id::text, data->>'by' AS by, data->'n'->0 AS n, upper(title) AS shout
			FROM api.films ORDER BY id`)},
	{"titles", `["select"], ["order", "id"], ["limit", 2]`,
		list("SELECT * FROM api.titles ORDER BY id LIMIT 2")},
	{"films", `["select", "id"], ["order", "price", {"ascending": false}], ["order", "id"]`,
		list("SELECT id FROM api.films ORDER BY price DESC, id")},
	{"films", `["select", "id"], ["order", "price", {"nullsFirst": true}]`,
		list("SELECT id FROM api.films ORDER BY price NULLS FIRST")},
	{"films", `["select", "id"], ["order", "price", {"ascending": false, "nullsFirst": false}]`,
		list("SELECT id FROM api.films ORDER BY price DESC NULLS LAST")},
	{"films", `["select", "id"], ["order", "data->>by"], ["order", "id"]`,
		list("SELECT id FROM api.films ORDER BY data->>'by', id")},
	{"films", `["select", "id"], ["order", "id"], ["range", 1, 2]`, `'[{"id": 2}, {"id": 3}]'`},
	{"films", `["select", "id"], ["order", "id"], ["range", 3, 99]`, `'[{"id": 4}, {"id": 5}]'`},
	{"films", `["select", "id"], ["limit", 0]`, `'[]'`},
	{"films", `["select"], ["eq", "id", 1], ["single"]`,
		"SELECT to_json(f) FROM api.films f WHERE id = 1"},
	{"films", `["select", "title"], ["eq", "id", 1], ["maybeSingle"]`, `'{"title": "Up"}'`},
	{"films", `["select"], ["eq", "id", 99], ["maybeSingle"]`, ""},
	{"films", `["select", "id,price"], ["eq", "id", 2],
		["setHeader", "Accept", "application/vnd.pgrst.array+json;nulls=stripped"]`, `'[{"id": 2}]'`},
	{"films", `["select", "id,price"], ["eq", "id", 2],
		["setHeader", "Accept", "application/vnd.pgrst.object+json;nulls=stripped"]`, `'{"id": 2}'`},
	{"films", `["select", "id,title,price"], ["lt", "id", 3], ["order", "id"], ["csv"]`,
		`SELECT to_json(E'id,title,price\r\n1,Up,9.90\r\n2,Down,\r\n'::text)`},
	{"films", `["select", "id"], ["eq", "id", 1], ["abortSignal", 60000]`, `'[{"id": 1}]'`},
	{"films", `["select", "id"], ["eq", "id", 1], ["setHeader", "Accept-Profile", "api"]`,
		`'[{"id": 1}]'`},

	// embedding
	{"films", `["select", "id,directors!director(name)"], ["order", "id"]`,
		list(`SELECT id, (SELECT row_to_json(d) FROM (SELECT name FROM api.directors
			WHERE id = director_id) d) AS directors FROM api.films ORDER BY id`)},
	{"films", `["select", "id,by:directors!writer(*)"], ["order", "id"]`,
		list(`SELECT id, (SELECT row_to_json(d) FROM api.directors d WHERE d.id = writer_id) AS by
			FROM api.films ORDER BY id`)},
	{"films", `["select", "id,director_id(name)"], ["eq", "id", 1]`,
		`'[{"id": 1, "director_id": {"name": "Ann"}}]'`},
	{"directors", `["select", "id,films!director(id,title)"], ["order", "id"],
		["order", "id", {"referencedTable": "films", "ascending": false}]`,
		list(`SELECT id, (SELECT coalesce(json_agg(f), '[]') FROM (SELECT id, title FROM api.films
			WHERE director_id = directors.id ORDER BY id DESC) f) AS films
			FROM api.directors ORDER BY id`)},
	{"directors", `["select", "id,films!director(id)"], ["order", "id"],
		["limit", 1, {"referencedTable": "films"}],
		["order", "year", {"referencedTable": "films", "ascending": false}]`,
		list(`SELECT id, (SELECT coalesce(json_agg(f), '[]') FROM (SELECT id FROM api.films
			WHERE director_id = directors.id ORDER BY year DESC LIMIT 1) f) AS films
			FROM api.directors ORDER BY id`)},
	{"directors", `["select", "id,films!director(id)"], ["order", "id"],
		["order", "id", {"referencedTable": "films"}], ["range", 1, 1, {"referencedTable": "films"}]`,
		list(`SELECT id, (SELECT coalesce(json_agg(f), '[]') FROM (SELECT id FROM api.films
			WHERE director_id = directors.id ORDER BY id LIMIT 1 OFFSET 1) f) AS films
			FROM api.directors ORDER BY id`)},
	{"directors", `["select", "id,films!director!inner(id)"], ["order", "id"], ["eq", "films.id", 2]`,
		`'[{"id": 1, "films": [{"id": 2}]}]'`},
	{"directors", `["select", "id,films!director(id)"], ["order", "id"], ["gt", "films.price", 8]`,
		list(`SELECT id, (SELECT coalesce(json_agg(f), '[]') FROM (SELECT id FROM api.films
			WHERE director_id = directors.id AND price > 8) f) AS films
			FROM api.directors ORDER BY id`)},
	{"directors", `["select", "id,films!director!inner(id)"], ["order", "id"],
		["or", "year.eq.2010,price.eq.0.5", {"referencedTable": "films"}]`,
		`'[{"id": 1, "films": [{"id": 2}]}, {"id": 2, "films": [{"id": 3}]}]'`},
	{"directors", `["select", "id,films!director()"], ["is", "films", null]`, `'[{"id": 3}]'`},
	{"directors", `["select", "id,films!director()"], ["not", "films", "is", null], ["order", "id"]`,
		`'[{"id": 1}, {"id": 2}]'`},
	{"films", `["select", "id,actors(name)"], ["order", "id"],
		["order", "name", {"referencedTable": "actors"}]`,
		list(`SELECT id, (SELECT coalesce(json_agg(a), '[]') FROM (SELECT name FROM api.actors
			JOIN api.roles ON actor_id = actors.id WHERE film_id = films.id ORDER BY name) a) AS actors
			FROM api.films ORDER BY id`)},
	{"films", `["select", "id,plots(plot)"], ["order", "id"]`,
		list(`SELECT id, (SELECT row_to_json(p) FROM (SELECT plot FROM api.plots
			WHERE film_id = films.id) p) AS plots FROM api.films ORDER BY id`)},
	{"actors", `["select", "name,roles(role,films(title,directors!director(name)))"], ["eq", "id", 2]`,
		`'[{"name": "Eva", "roles": [{"role": "dog",
			"films": {"title": "Up", "directors": {"name": "Ann"}}}]}]'`},
	{"titles", `["select", "title,directors(name)"], ["eq", "id", 1]`,
		`'[{"title": "Up", "directors": {"name": "Ann"}}]'`},
	{"films", `["select", "id,...directors!director(director:name)"], ["order", "id"]`,
		list(`SELECT f.id, d.name AS director FROM api.films f LEFT JOIN api.directors d
			ON d.id = director_id ORDER BY f.id`)},
	{"directors", `["select", "id,...films!director(titles:title)"], ["order", "id"],
		["order", "id", {"referencedTable": "films"}]`,
		list(`SELECT id, (SELECT coalesce(json_agg(title ORDER BY id), '[]') FROM api.films
			WHERE director_id = directors.id) AS titles FROM api.directors ORDER BY id`)},
	{"films", `["select", "id,directors!director(name)"], ["order", "directors(name)"],
		["order", "id"]`,
		list(`SELECT f.id, CASE WHEN d.id IS NOT NULL THEN json_build_object('name', name) END
			AS directors FROM api.films f LEFT JOIN api.directors d ON d.id = director_id
			ORDER BY name, f.id`)},

	// aggregates
	{"films", `["select", "count()"]`, `'[{"count": 5}]'`},
	{"films", `["select", "count"]`, `'[{"count": 5}]'`},
	{"films", `["select", "year,price.sum(),n:count()"], ["order", "year"]`,
		list("SELECT year, sum(price), count(*) AS n FROM api.films GROUP BY year ORDER BY year")},
	{"films", `["select", "price.avg()::text,year.min(),year.max()"]`,
		list("SELECT avg(price)::text, min(year), max(year) FROM api.films")},
	{"directors", `["select", "id,films!director(count)"], ["order", "id"]`,
		list(`SELECT id, (SELECT json_agg(f) FROM (SELECT count(*) FROM api.films
			WHERE director_id = directors.id) f) AS films FROM api.directors ORDER BY id`)},
}

// tableCalls have another status, a count or an error.
var tableCalls = []clientCall{
	{name: "films", table: true, chain: `["select", "id", {"count": "exact"}], ["order", "id"],
		["range", 0, 1]`, status: 206, data: `'[{"id": 1}, {"id": 2}]'`, count: "5"},
	{name: "films", table: true, chain: `["select", "id", {"count": "exact"}], ["gt", "year", 2009]`,
		status: 200, data: `'[{"id": 2}]'`, count: "1"},
	{name: "films", table: true, chain: `["select", "*", {"count": "exact", "head": true}]`,
		status: 200, count: "5"},
	{name: "films", table: true, chain: `["select", "*", {"count": "planned", "head": true}]`,
		status: 200, count: "5"},
	{name: "films", table: true, chain: `["select", "*", {"count": "estimated", "head": true}]`,
		status: 200, count: "5"},
	{name: "films", table: true, schema: "two", chain: `["select"]`, status: 200,
		data: `'[{"here": "two"}]'`},
	{name: "films", table: true, chain: `["select"], ["single"]`, status: 406,
		err: &clientError{Code: "PGRST116"}},
	{name: "films", table: true, chain: `["select"], ["eq", "id", 99], ["single"]`, status: 406,
		err: &clientError{Code: "PGRST116"}},
	{name: "films", table: true, chain: `["select"], ["maybeSingle"]`, status: 406,
		err: &clientError{Code: "PGRST116"}},
	{name: "film", table: true, chain: `["select"]`, status: 404, err: &clientError{Code: "PGRST205"}},
	{name: "films", table: true, chain: `["select", "titel"]`, status: 400,
		err: &clientError{Code: "42703"}},
	{name: "films", table: true, chain: `["select"], ["eq", "id", "x"]`, status: 400,
		err: &clientError{Code: "22P02"}},
	{name: "films", table: true, chain: `["select", "id,directors(name)"]`, status: 300,
		err: &clientError{Code: "PGRST201"}},
	{name: "films", table: true, chain: `["select", "id,nothing(name)"]`, status: 400,
		err: &clientError{Code: "PGRST200"}},
	{name: "films", table: true, chain: `["select", "id"], ["eq", "actors.name", "x"]`, status: 400,
		err: &clientError{Code: "PGRST108"}},
	{name: "films", table: true, chain: `["select"], ["abortSignal", 0]`,
		err: &clientError{}},
	{name: "films", table: true, schema: "three", chain: `["select"]`, status: 406,
		err: &clientError{Code: "PGRST106"}},
}
