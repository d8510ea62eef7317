-- Names and comments that end strings, comments and lines of Go and TypeScript, that are words of
-- these, or that the clients have themselves.
CREATE SCHEMA names;

DO $do$
DECLARE
	remark text := E'*/ hacked(); /*\nline */ hacked()\r\nhacked()\rhacked() // \u2028hacked()\u2029hacked()\n'
		'`${hacked()}`\n\uFEFF BOM\uFEFF \\ \\u002a/ %s %d\n+build ignore\n  +build ignore\ngo:build ignore\n'
		'*\n/\n@ts-ignore\n\u000B\u000C\u0085*';
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY[
		'url', 'URL', 'header', 'http', 'send', 'call', 'nothing', 'whole', 'value', 'values',
		'client', 'Client', 'error', 'Error', 'ServerError', 'Promise', 'Response', 'JSON', 'Iter', 'Context',
		'class', 'func', 'import', 'type', 'init', 'main', 'any', 'get', 'static', 'async', 'undefined', 'null',
		'constructor', '__proto__', 'prototype', 'toString', 'then', 'string', 'String', 'Object', 'Array',
		'a`b', 'a"b', E'a\\b', 'a,b', 'a b', 'a/b', '.', '-', '_', '//', '1st', '#url', '%s%d', '<script>',
		'*/ hacked()', E'a\nhacked()//', E'a\rhacked()//', E'a\u2028hacked()//', '${hacked()}', '''; hacked(); ''',
		'`+hacked()+`', E'\uFEFFbom', 'ünïcode', '日本', E'e\u0301', 'ǆ', '𝒳', 'ª'
	] LOOP
		EXECUTE format('CREATE TYPE names.%I AS ENUM (%L, %L, %L)',
			name || 'E', name, name || ' ', upper(name) || '_');
		EXECUTE format('CREATE TYPE names.%1$I AS (%1$I text, %2$I names.%3$I)',
			name, upper(name) || 'x', name || 'E');
		EXECUTE format('COMMENT ON TYPE names.%I IS %L', name, remark);
		EXECUTE format('CREATE FUNCTION names.%I (%I text, %I int DEFAULT 1, OUT %I text, OUT %I int)
			LANGUAGE sql AS ''SELECT NULL, 1''', name, name, name || '_o', name || '1', name || '2');
		EXECUTE format('COMMENT ON FUNCTION names.%I IS %L', name, remark);
		EXECUTE format('CREATE FUNCTION names.%I (x names.%I) RETURNS SETOF names.%I
			LANGUAGE sql AS ''SELECT x''', 'of ' || name, name, name);
		EXECUTE format('CREATE TABLE names.%I (%I text NOT NULL, x names.%I)', name || 'T', name, name || 'E');
		EXECUTE format('COMMENT ON TABLE names.%I IS %L', name || 'T', remark);
	END LOOP;
END $do$;

CREATE TYPE names.no_label AS ENUM ();
CREATE TYPE names.no_field AS ();
CREATE TYPE names.odd AS ENUM ('', ' ', '-', E'\n', '1', '*/', '"', '\', '`');

CREATE FUNCTION names.odd_types(a names.no_label, b names.odd, c names.no_field) RETURNS names.odd
LANGUAGE sql AS 'SELECT b';

CREATE FUNCTION names.no_label() RETURNS names.no_label
LANGUAGE sql AS 'SELECT NULL::names.no_label';

CREATE FUNCTION names.overloaded(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION names.overloaded(a text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION names.overloaded(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION names.overloaded_by_a(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION names.overloaded_by_a_b() RETURNS int LANGUAGE sql AS 'SELECT 1';

CREATE TABLE names.odd_columns ("order" int, "select" int, "a b" int NOT NULL, a_b int, "-" int DEFAULT 1,
	"quo`te""d" text, "Größe" text, "__proto__" int, "*/ hacked()" int);
CREATE TABLE names.reserved_columns ("limit" int, "offset" int);
CREATE TABLE names.no_columns ();
CREATE TABLE names."list_odd_columns" (page text, "URL" text);
