-- A routine of every kind. TestPrintedCurlLinesOfRoutinesWork calls each by its printed line, with
-- values that it knows by the names of the parameters.
CREATE SCHEMA api;
CREATE TYPE api.mood AS ENUM ('sad', 'happy');
CREATE DOMAIN api.age AS int CHECK (VALUE >= 0);
CREATE TYPE api.point AS (x int, "Y" numeric, z text);
CREATE TABLE api.cars (gone int, id int, name text, tags text[], at timestamptz, point api.point);
ALTER TABLE api.cars DROP COLUMN gone;
INSERT INTO api.cars VALUES
	(1, '2CV', '{slow,"very cheap"}', '2024-01-02 03:04:05+00', (1, 2.50, NULL)),
	(2, NULL, NULL, NULL, NULL);

CREATE FUNCTION api.scalar() RETURNS numeric LANGUAGE sql IMMUTABLE
	AS 'SELECT 12345678901234567890.10';
CREATE FUNCTION api.volatile() RETURNS int LANGUAGE sql AS 'SELECT 7';
CREATE FUNCTION api.nothing() RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION api.null_value() RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL';
CREATE FUNCTION api.add(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE FUNCTION api.add(a int, b int, c int) RETURNS int LANGUAGE sql IMMUTABLE
	AS 'SELECT a + b + c';
CREATE FUNCTION api.greet("The 'name" text, greeting text DEFAULT 'hello') RETURNS text LANGUAGE sql
	AS $$ SELECT greeting || ' ' || "The 'name" $$;
CREATE FUNCTION api.numbers(n int) RETURNS SETOF int LANGUAGE sql STABLE
	AS 'SELECT generate_series(1, n)';
CREATE FUNCTION api.cars() RETURNS SETOF api.cars LANGUAGE sql STABLE
	AS 'SELECT * FROM api.cars ORDER BY id';
CREATE FUNCTION api.first_car() RETURNS api.cars LANGUAGE sql STABLE
	AS 'SELECT * FROM api.cars ORDER BY id LIMIT 1';
CREATE FUNCTION api.tabled() RETURNS TABLE (a int, "b c" interval) LANGUAGE sql STABLE
	AS $$ SELECT 1, interval '1 day' $$;
CREATE FUNCTION api.outs(i int, OUT double int, OUT text text) LANGUAGE sql STABLE
	AS $$ SELECT i * 2, 'n' || i $$;
CREATE FUNCTION api.untyped() RETURNS record LANGUAGE sql STABLE AS $$ SELECT 1, 'x'::text $$;
CREATE FUNCTION api.untypeds() RETURNS SETOF record LANGUAGE sql STABLE
	AS $$ SELECT 1, 'x'::text UNION ALL SELECT 2, NULL $$;
CREATE FUNCTION api.moods(moods api.mood[]) RETURNS api.mood[] LANGUAGE sql STABLE
	AS 'SELECT moods';
CREATE FUNCTION api.age(age api.age) RETURNS api.age LANGUAGE sql STABLE AS 'SELECT age';
CREATE FUNCTION api.during(d daterange) RETURNS daterange LANGUAGE sql STABLE AS 'SELECT d';
CREATE FUNCTION api.sum_all(VARIADIC list int[]) RETURNS bigint LANGUAGE sql STABLE
	AS 'SELECT sum(i) FROM unnest(list) i';
CREATE FUNCTION api.moved(p api.point, by int DEFAULT 1) RETURNS api.point LANGUAGE sql STABLE
	AS 'SELECT (p.x + by, p."Y", p.z)::api.point';
CREATE FUNCTION api.same(j jsonb) RETURNS jsonb LANGUAGE sql STABLE AS 'SELECT j';
CREATE FUNCTION api.whole(json) RETURNS json LANGUAGE sql STABLE AS 'SELECT $1';
CREATE FUNCTION api.whole_out(jsonb, OUT a jsonb, OUT b int) LANGUAGE sql STABLE AS 'SELECT $1, 1';
CREATE FUNCTION api.whole_text(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION api.whole_bytea(bytea) RETURNS int LANGUAGE sql AS 'SELECT length($1)';
CREATE FUNCTION api.nameless(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE api.divide(a int, b int, OUT quotient int, OUT rest int) LANGUAGE plpgsql
	AS $$ BEGIN quotient := a / b; rest := a % b; END $$;
CREATE PROCEDURE api.quiet() LANGUAGE sql AS '';
CREATE FUNCTION api."odd 'name"() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION api.teapot() RETURNS int LANGUAGE plpgsql
	AS $$ BEGIN RAISE 'short and stout' USING ERRCODE = 'PT418', HINT = 'tip me over', DETAIL = 'here is my handle'; END $$;
CREATE FUNCTION api.refuse(why text DEFAULT 'no') RETURNS int LANGUAGE plpgsql STABLE
	AS $$ BEGIN RAISE '%', why USING HINT = 'try again', DETAIL = 'in detail'; END $$;
CREATE FUNCTION api.texts(list text[]) RETURNS text[] LANGUAGE sql STABLE AS 'SELECT list';
CREATE FUNCTION api.bytes() RETURNS bytea LANGUAGE sql IMMUTABLE
	AS $$ SELECT '\x00ff0d0a'::bytea $$;
CREATE FUNCTION api.speak() RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN
	PERFORM set_config('response.status', '202', true), set_config('response.headers', '[{"Cache-Control": "max-age=60"}]', true);
	RETURN current_setting('request.method', true) || ' ' || current_setting('request.path', true);
END $$;
CREATE FUNCTION api.twins(a int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'int' $$;
CREATE FUNCTION api.twins(a text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'text' $$;

-- Rows to filter, order and page.
CREATE TABLE api.trips (id int, place text, price numeric, open bool, tags text[], days daterange, at timestamptz, data jsonb, words tsvector);
INSERT INTO api.trips VALUES
	(1, 'Bonn', 10.50, true, '{sea,sun}', '[2024-01-01,2024-01-05)', '2024-01-01 08:00+00', '{"by": "train", "stops": [1, 2]}', 'slow:2 train:1'),
	(2, 'São Paulo', 999.99, false, '{sun}', '[2024-01-05,2024-01-09)', '2024-01-02 08:00+00', '{"by": "plane", "stops": []}', 'plane:1'),
	(3, 'Bonn, old town', 10.5, NULL, '{}', 'empty', 'infinity', '{"by": null}', 'a:1 slow:3 train:2'),
	(4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(5, '100% "real" (no_joke)', -1, true, '{"a,b","\"",NULL}', '[2024-02-01,)', '2024-01-01 08:00:00.000001+00', '"text"', ''),
	(6, 'back\slash*', 0, false, '{sea}', '(,2023-12-31)', '2023-01-01 08:00+00', '[1, {"by": "bus"}]', 'slow:1'),
	(7, 'null', 12345678901234567890.12, true, '{sun,sea,snow}', '[2024-01-03,2024-01-07)', '2024-06-01 08:00+02', '{"by": "train", "n": 10}', 'cat:1 dog:2'),
	(8, '', 1e-3, false, '{"null"}', '[2024-01-09,2024-01-10)', '-infinity', '{"by": "bus", "n": 9}', 'dogs:1');
CREATE FUNCTION api.trips() RETURNS SETOF api.trips LANGUAGE sql STABLE
	AS 'SELECT * FROM api.trips';
CREATE FUNCTION api.trips_from(price numeric, "order" int DEFAULT 1) RETURNS SETOF api.trips LANGUAGE sql
	AS 'SELECT * FROM api.trips t WHERE t.price >= $1';

CREATE SCHEMA "other one";
CREATE FUNCTION "other one".scalar() RETURNS int LANGUAGE sql IMMUTABLE
	AS 'SELECT 0'; -- hidden by api's
CREATE FUNCTION "other one".other() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
