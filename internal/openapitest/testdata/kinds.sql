CREATE SCHEMA kinds;
CREATE SCHEMA "Odd ""Schema";
CREATE SCHEMA kinds_private;
CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public;
SET search_path = kinds;

-- Types made of types.
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE "Odd ""Schema"."Odd, Type" AS ENUM ('a');
CREATE TYPE "Odd ""Schema"."integer" AS ("Odd ""Field" int,
	"select" "Odd ""Schema"."Odd, Type"[]);
CREATE DOMAIN "Odd ""Schema"."Odd.Domain" AS "Odd ""Schema"."Odd, Type";
CREATE TYPE price AS (amount numeric(10,2), currency char(3), moods mood[]);
CREATE TABLE cars (id int, gone text, name varchar(20) NOT NULL, gone_too int, price price);
ALTER TABLE cars DROP COLUMN gone, DROP COLUMN gone_too, ADD COLUMN tags text[];
CREATE TYPE nested AS (car cars, cars cars[], range daterange, multi int4multirange);
CREATE TYPE empty AS ();
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN prices AS price[];
CREATE DOMAIN more_prices AS prices CHECK (cardinality(VALUE) > 1);
CREATE DOMAIN dear AS price;
CREATE DOMAIN dearer AS dear;
CREATE TYPE mood_range AS RANGE (subtype = mood);
CREATE TYPE temperature;
CREATE FUNCTION temperature_in(cstring) RETURNS temperature IMMUTABLE STRICT LANGUAGE internal
	AS 'float8in';
CREATE FUNCTION temperature_out(temperature) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal
	AS 'float8out';
CREATE TYPE temperature (INPUT = temperature_in, OUTPUT = temperature_out, LIKE = float8,
	DELIMITER = '|');

-- Scalars, alone and as SETOF.
CREATE FUNCTION void() RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION scalar(a int, b text) RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION set_of_scalar() RETURNS SETOF bigint LANGUAGE sql STABLE AS 'SELECT 1::bigint';
CREATE FUNCTION set_of_void() RETURNS SETOF void LANGUAGE sql AS 'SELECT';
CREATE FUNCTION domain(positive) RETURNS positive LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION set_of_domain() RETURNS SETOF more_prices LANGUAGE sql
	AS 'SELECT NULL::more_prices';
CREATE FUNCTION enum(m mood) RETURNS mood LANGUAGE sql IMMUTABLE STRICT AS 'SELECT m';
CREATE FUNCTION set_of_enum() RETURNS SETOF mood LANGUAGE sql
	AS 'SELECT unnest(enum_range(NULL::mood))';
CREATE FUNCTION array_of(a int[], b more_prices[], c temperature[], d mood_range[]) RETURNS text[]
	LANGUAGE sql AS 'SELECT NULL::text[]';
CREATE FUNCTION ranges(int4range, mood_range) RETURNS int4multirange LANGUAGE sql
	AS 'SELECT NULL::int4multirange';
CREATE FUNCTION lengths(a char(7), b bit(3), c varchar(5), d "char", e char(7)[], f int2vector,
	g name, h point, i interval) RETURNS bit varying LANGUAGE sql AS 'SELECT NULL::varbit';
CREATE FUNCTION records(record[]) RETURNS int LANGUAGE internal AS 'array_ndims';
CREATE FUNCTION hash(a public.hstore, b public.hstore[]) RETURNS public.hstore LANGUAGE sql
	AS 'SELECT a';

-- Rows.
CREATE FUNCTION composite(p price) RETURNS price LANGUAGE sql AS 'SELECT p';
CREATE FUNCTION set_of_composite() RETURNS SETOF price LANGUAGE sql STABLE
	AS 'SELECT NULL::price';
CREATE FUNCTION set_of_table() RETURNS SETOF cars LANGUAGE sql STABLE ROWS 10
	AS 'SELECT * FROM cars';
CREATE FUNCTION composites_inside(n nested) RETURNS SETOF nested LANGUAGE sql AS 'SELECT n';
CREATE FUNCTION no_columns() RETURNS empty LANGUAGE sql AS 'SELECT NULL::empty';
CREATE FUNCTION domain_over_composite() RETURNS dear LANGUAGE sql AS 'SELECT NULL::dear';
CREATE FUNCTION set_of_domain_over_composite(dearer) RETURNS SETOF dearer LANGUAGE sql
	AS 'SELECT $1';
CREATE FUNCTION one_out(a int, OUT b text) LANGUAGE sql AS 'SELECT NULL::text';
CREATE FUNCTION one_out_unnamed(int, OUT text) LANGUAGE sql AS 'SELECT NULL::text';
CREATE FUNCTION one_out_composite(OUT p price) LANGUAGE sql AS 'SELECT NULL::price';
CREATE FUNCTION outs(OUT a int, b text, INOUT c mood, OUT prices) LANGUAGE sql
	AS 'SELECT 1, c, NULL::prices';
CREATE FUNCTION set_of_outs(OUT int, INOUT int, OUT c int) RETURNS SETOF record LANGUAGE sql
	AS 'SELECT 1, 2, 3';
CREATE FUNCTION returns_table(n int) RETURNS TABLE (id int, "Full Name" text, moods mood[])
	LANGUAGE sql AS 'SELECT 1, NULL, NULL::mood[]';
CREATE FUNCTION table_of_one() RETURNS TABLE (id int) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION table_of_composite() RETURNS TABLE (p price) LANGUAGE sql
	AS 'SELECT NULL::price';
CREATE FUNCTION untyped() RETURNS record LANGUAGE sql AS 'SELECT 1, 2';
CREATE FUNCTION set_of_untyped() RETURNS SETOF record LANGUAGE sql AS 'SELECT 1, 2';
CREATE FUNCTION polymorphic(a anyelement, b anyarray, OUT c anyelement, OUT d anyarray)
	LANGUAGE sql AS 'SELECT a, b';

-- Arguments.
CREATE FUNCTION defaults(a int, b int DEFAULT 2, OUT x int, c text DEFAULT 'c, DEFAULT',
	OUT y int) LANGUAGE sql AS 'SELECT 1, 2';
CREATE FUNCTION all_defaults(int DEFAULT 1, text DEFAULT NULL) RETURNS int LANGUAGE sql
	AS 'SELECT 1';
CREATE FUNCTION variadic_of(a int, VARIADIC b text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION variadic_default(a int DEFAULT 1, VARIADIC mood[] DEFAULT '{}') RETURNS int
	LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION variadic_any(VARIADIC "any") RETURNS int LANGUAGE internal IMMUTABLE
	AS 'pg_num_nonnulls';
CREATE FUNCTION whole_body(json) RETURNS json LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION overloaded() RETURNS int LANGUAGE sql AS 'SELECT 0';
CREATE FUNCTION overloaded(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION overloaded(a text) RETURNS text LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION overloaded(a int, b int) RETURNS SETOF int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION "Odd ""Schema".overloaded(a int) RETURNS text LANGUAGE sql
	AS 'SELECT NULL::text';
COMMENT ON FUNCTION overloaded(text) IS E'Says "a", it\'s\nsecond line ü';
COMMENT ON TABLE cars IS 'not of a function';

-- Procedures.
CREATE PROCEDURE nothing() LANGUAGE sql AS '';
CREATE PROCEDURE takes(a int, b text DEFAULT 'b') LANGUAGE sql AS '';
CREATE PROCEDURE gives(a int, OUT q int, INOUT r int DEFAULT 4, VARIADIC list int[] DEFAULT '{}')
	LANGUAGE plpgsql AS 'BEGIN q := a; END';
CREATE PROCEDURE gives_unnamed(OUT int) LANGUAGE plpgsql AS 'BEGIN END';
COMMENT ON PROCEDURE gives IS 'gives';

-- Odd names.
CREATE FUNCTION "Odd ""Schema"."Odd.""Name""(, "("Odd ""Arg" "Odd ""Schema"."Odd, Type",
	"a,b{}\" "Odd ""Schema"."Odd.Domain"[], "NULL" int, "n,u" int)
	RETURNS "Odd ""Schema"."integer" LANGUAGE sql AS 'SELECT NULL::"Odd ""Schema"."integer"';
CREATE FUNCTION "Odd ""Schema"."naïve 😀"("ünïcode" "Odd ""Schema"."integer"[])
	RETURNS TABLE ("größe" int, "{}" int) LANGUAGE sql AS 'SELECT 1, 2';
CREATE FUNCTION "Odd ""Schema"."select"() RETURNS int LANGUAGE sql AS 'SELECT 1';

-- Rules that a schema can say.
CREATE DOMAIN code AS varchar(8) NOT NULL CHECK (VALUE ~ '^[A-Z]{2}-\d+$' AND char_length(VALUE) >= 4);
CREATE DOMAIN percent AS numeric(5,2) CHECK (VALUE >= 0 AND VALUE <= 100);
CREATE DOMAIN size AS text CHECK (VALUE IN ('S', 'M', 'it''s L')) CHECK (VALUE <> 'XL');
CREATE DOMAIN percent_or_less AS percent CHECK (VALUE < 50.5);
COMMENT ON DOMAIN code IS 'Two letters and a number';
CREATE DOMAIN "image/png" AS bytea;
CREATE DOMAIN "*/*" AS bytea;
CREATE FUNCTION limited(c code, p percent_or_less DEFAULT 12.5, s size DEFAULT 'M', n int DEFAULT -1,
	b boolean DEFAULT true, m mood DEFAULT 'ok', t timestamptz DEFAULT now(), x text DEFAULT 'it''s')
	RETURNS TABLE (c code, p percent, "order" int, "größe Ü" text) LANGUAGE sql STABLE
	AS 'SELECT c, p, n, x';
CREATE FUNCTION picture() RETURNS "image/png" LANGUAGE sql STABLE AS 'SELECT NULL::"image/png"';
CREATE FUNCTION anything() RETURNS "*/*" LANGUAGE sql STABLE AS 'SELECT NULL::"*/*"';
CREATE FUNCTION upload(bytea) RETURNS int LANGUAGE sql AS 'SELECT length($1)';
CREATE FUNCTION note(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION markup(xml) RETURNS xml LANGUAGE sql AS 'SELECT $1';
CREATE TYPE everything AS (a bool, b int2, c int4, d int8, e float4, f float8, g numeric, h text, i varchar,
	j bpchar, k name, l uuid, m date, n timestamp, o timestamptz, p time, q timetz, r interval, s bytea,
	t json, u jsonb, v xml, w inet, x money, y bit, z tsvector, aa json[], ab price, ac price[], ad int[],
	ae mood[], af daterange, ag percent[], ah public.hstore);
CREATE FUNCTION all_types(a bool, b int2, c int4, d int8, e float4, f float8, g numeric, h text, i varchar,
	j bpchar, k name, l uuid, m date, n timestamp, o timestamptz, p time, q timetz, r interval, s bytea,
	t json, u jsonb, v xml, w inet, x money, y bit, z tsvector, aa json[], ab price, ac price[], ad int[],
	ae mood[], af daterange, ag percent[], ah public.hstore)
	RETURNS everything LANGUAGE sql AS 'SELECT NULL::everything';
CREATE FUNCTION every() RETURNS SETOF everything LANGUAGE sql STABLE AS 'SELECT NULL::everything';
CREATE FUNCTION "a/b {c}?#%20"("x y" int, "select" int) RETURNS SETOF cars LANGUAGE sql STABLE
	AS 'SELECT * FROM kinds.cars';
CREATE FUNCTION "a/b_{c}?#%20"() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';

RESET search_path;
