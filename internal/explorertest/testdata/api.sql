-- What a shop in the examples has: every kind of routine and control.
CREATE SCHEMA api;
CREATE TYPE api.size AS ENUM ('small', 'medium', 'large');
CREATE DOMAIN api.percent AS integer CHECK (VALUE >= 0 AND VALUE <= 100);

CREATE TABLE api.directors (id integer PRIMARY KEY, name text NOT NULL, "born in" text);
COMMENT ON TABLE api.directors IS 'Who has directed the films';
INSERT INTO api.directors VALUES (1, 'Peter Yates', 'Aldershot'), (2, 'Lee H. Katzin', 'Detroit');

CREATE TABLE api.films (
	id integer PRIMARY KEY, title text NOT NULL, year integer, rating numeric(3, 1), seen boolean,
	added timestamptz NOT NULL DEFAULT '2024-03-01 08:30:00Z', tags text[], extra jsonb,
	director integer REFERENCES api.directors
);
COMMENT ON TABLE api.films IS 'Films that the shop lends
Those that are lost stay in the list.';
INSERT INTO api.films (id, title, year, rating, seen, tags, extra, director) VALUES
	(1, 'Bullitt', 1968, 7.4, true, '{chase,police}', '{"cars": ["Mustang", "Charger"]}', 1),
	(2, 'The Love Bug', 1968, 6.5, NULL, '{}', NULL, NULL),
	(3, 'The Italian Job', 1969, 7.2, false, '{chase,heist}', '{"cars": ["Mini"]}', NULL),
	(4, 'Le Mans', 1971, 6.7, true, '{race}', '{"cars": ["917"]}', 2),
	(5, 'Over the Top', 1987, 5.8, NULL, NULL, NULL, NULL);
CREATE VIEW api.titles AS SELECT id, title FROM api.films;

CREATE FUNCTION api.films_of(title text DEFAULT NULL, since integer DEFAULT 1900)
RETURNS SETOF api.films LANGUAGE sql STABLE AS $$
	SELECT * FROM api.films f WHERE (films_of.title IS NULL OR f.title ILIKE '%' || films_of.title || '%')
		AND f.year >= since ORDER BY f.id $$;
COMMENT ON FUNCTION api.films_of IS 'Films by a part of their title
Upper and lower case are the same. `since` is the first year that counts.';

CREATE FUNCTION api.many(n integer) RETURNS TABLE (id integer, word text, square numeric)
LANGUAGE sql STABLE AS 'SELECT i, md5(i::text), i::numeric * i FROM generate_series(1, n) i';
COMMENT ON FUNCTION api.many IS 'As many rows as one wants';

CREATE FUNCTION api.sales(year integer DEFAULT 2026) RETURNS TABLE (month date, sold integer, returned integer)
LANGUAGE sql STABLE AS $$ SELECT make_date(year, m, 1), 120 + (m * 37) % 90, 12 + (m * 11) % 17
	FROM generate_series(1, 12) m $$;
COMMENT ON FUNCTION api.sales IS 'What was sold and returned, by month';

CREATE FUNCTION api.kinds(
	whole integer, share api.percent, size api.size, flag boolean, day date, at timestamptz, clock time,
	data jsonb, words text[], photo bytea, note text DEFAULT 'none'
) RETURNS json LANGUAGE sql STABLE AS $$ SELECT json_build_object('whole', whole, 'share', share,
	'size', size, 'flag', flag, 'day', day, 'at', at, 'clock', clock, 'data', data, 'words', words,
	'photo', photo, 'note', note) $$;
COMMENT ON FUNCTION api.kinds IS 'One argument of each type';

CREATE FUNCTION api.add(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE FUNCTION api.nothing() RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION api.picky(a integer) RETURNS integer LANGUAGE plpgsql STABLE AS $$ BEGIN
	RAISE EXCEPTION 'nothing is good enough' USING HINT = 'try something else'; END $$;
CREATE FUNCTION api.add_film(id integer, title text, year integer DEFAULT NULL) RETURNS api.films
LANGUAGE sql AS 'INSERT INTO api.films (id, title, year) VALUES (id, title, year) RETURNING *';
CREATE PROCEDURE api.forget(id integer) LANGUAGE sql AS 'DELETE FROM api.films f WHERE f.id = forget.id';

CREATE DOMAIN api."image/png" AS bytea;
CREATE FUNCTION api.dot() RETURNS api."image/png" LANGUAGE sql STABLE AS $$ SELECT decode(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	'base64')::api."image/png" $$;
CREATE FUNCTION api.exact() RETURNS TABLE ("2" bigint, "1" numeric, a text) LANGUAGE sql STABLE
AS 'SELECT 9007199254740993, 0.10000000000000000000001, NULL';

-- What could be taken for HTML, and a script that is written from right to left.
CREATE SCHEMA odd;
CREATE FUNCTION odd."<img src=x onerror=alert(1)>"("<b>" text DEFAULT '<script>alert(1)</script>')
RETURNS TABLE ("<i>col</i>" text) LANGUAGE sql STABLE AS $$ SELECT '<img src=x onerror=alert(2)>' || $1 $$;
COMMENT ON FUNCTION odd."<img src=x onerror=alert(1)>" IS '</script><script>alert(3)</script>
"><svg onload=alert(4)>';
CREATE FUNCTION odd."مرحبا بالعالم"("اسم" text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'أهلا ' || $1 $$;
COMMENT ON FUNCTION odd."مرحبا بالعالم" IS 'تحية لمن له اسم';
