-- One row for each schema, whether or not it exists, for each routine, and for each type that these refer to.
-- PostgreSQL manual, System Catalogs: pg_proc, pg_type, pg_attribute, pg_cast.
-- Names are qualified, as in psql: a schema may precede pg_catalog in the search path, and that of
-- temporary tables does so by default.
WITH RECURSIVE
wanted AS (
	SELECT name, pg_catalog.min(place) AS place
	FROM pg_catalog.unnest(coalesce(nullif($1::text::text[], '{}'), ARRAY[pg_catalog.current_schema()::text]))
		WITH ORDINALITY AS list (name, place)
	GROUP BY name
),
-- The roles that the connected role can take. A role that is inherited says so by itself; one that is not
-- (NOINHERIT, as of PostgREST's authenticator) has its rights only after SET ROLE. 16 and above distinguish the two.
role AS (
	SELECT oid FROM pg_catalog.pg_roles
	WHERE pg_catalog.pg_has_role(current_user, oid, CASE
		WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'MEMBER' ELSE 'SET' END)
),
routine AS (
	SELECT wanted.place, wanted.name AS schema, p.oid, p.proname, p.prokind, p.proargnames, p.proargmodes, p.pronargdefaults,
		p.prorettype, p.proretset, p.provolatile, p.proisstrict, coalesce(p.proallargtypes, p.proargtypes::oid[]) AS types
	FROM wanted
	JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.name
	JOIN pg_catalog.pg_proc p ON p.pronamespace = n.oid
	WHERE p.prokind IN ('f', 'p')
	-- not those that only the server can call: triggers, and those that take internal or return a handler
	AND p.prorettype NOT IN (
		SELECT oid FROM pg_catalog.pg_type WHERE typtype = 'p' AND typnamespace = 'pg_catalog'::pg_catalog.regnamespace
		AND typname IN ('trigger', 'event_trigger', 'internal', 'language_handler', 'fdw_handler', 'tsm_handler',
			'index_am_handler', 'table_am_handler'))
	AND 'pg_catalog.internal'::pg_catalog.regtype <> ALL (p.proargtypes)
	-- These read the current state, not the snapshot of the statement: NULL means dropped since.
	AND (coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE'), true)
		AND coalesce(pg_catalog.has_function_privilege(p.oid, 'EXECUTE'), true)
		OR EXISTS (SELECT FROM role
			WHERE pg_catalog.has_schema_privilege(role.oid, n.oid, 'USAGE')
			AND pg_catalog.has_function_privilege(role.oid, p.oid, 'EXECUTE')))
),
-- Without the arrays the planner expects millions of types and compiles the statement (JIT): a second instead of 20 ms.
type (oid) AS (
	SELECT oid FROM pg_catalog.pg_type
	WHERE oid = ANY (ARRAY(SELECT DISTINCT pg_catalog.unnest(types || prorettype) FROM routine))
	UNION
	SELECT part.oid
	FROM type
	JOIN pg_catalog.pg_type t ON t.oid = type.oid
	CROSS JOIN LATERAL (
		SELECT CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN t.typlen = -1 THEN t.typelem ELSE 0 END
		UNION ALL
		SELECT atttypid FROM pg_catalog.pg_attribute
		WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped
	) AS part (oid)
	WHERE part.oid <> 0
)
SELECT CASE r.prokind WHEN 'f' THEN 'function' ELSE 'procedure' END AS what,
	r.oid::int8 AS oid, r.schema, r.proname::text AS name,
	r.proargnames AS names, r.types::int8[] AS types, r.prorettype::int8 AS type,
	pg_catalog.array_to_string(r.proargmodes, '') AS modes, r.pronargdefaults::int8 AS defaults,
	r.proretset AS set, r.provolatile::text AS volatility, r.proisstrict AS strict, d.description AS comment,
	NULL::text AS sql, NULL::text AS delim, NULL::boolean AS to_json,
	NULL::text[] AS labels, NULL::text AS declared, NULL::boolean AS not_null, NULL::text[] AS checks,
	CASE WHEN r.pronargdefaults > 0 THEN ARRAY(
		SELECT coalesce(pg_catalog.pg_get_function_arg_default(r.oid, i), '')
		FROM pg_catalog.generate_series(1, pg_catalog.cardinality(r.types)) AS i ORDER BY i)
	END AS default_sql,
	r.place
FROM routine r
LEFT JOIN pg_catalog.pg_description d
	ON d.objoid = r.oid AND d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objsubid = 0
UNION ALL
SELECT CASE
		-- a fixed-length type may have typelem too (point, name) and is no array
		WHEN t.typtype <> 'd' AND t.typelem <> 0 AND t.typlen = -1 THEN 'array'
		ELSE CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite'
			WHEN 'r' THEN 'range' WHEN 'm' THEN 'multirange' WHEN 'p' THEN 'pseudo' ELSE 'base' END
	END,
	t.oid::int8, n.nspname::text, t.typname::text,
	field.names, field.types, CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END::int8,
	NULL, NULL, NULL, NULL, NULL, d.description,
	CASE
		WHEN n.nspname = 'pg_catalog' THEN pg_catalog.format_type(t.oid, -1)
		WHEN e.oid IS NOT NULL THEN pg_catalog.format('%I.%I[]', n.nspname, e.typname)
		ELSE pg_catalog.format('%I.%I', n.nspname, t.typname)
	END,
	t.typdelim::text,
	-- to_json uses a cast to json by a function: json_categorize_type in src/backend/utils/adt. Built-in types have OIDs
	-- below 16384, FirstNormalObjectId.
	t.oid >= 16384 AND t.typtype NOT IN ('d', 'c') AND (t.typelem = 0 OR t.typlen <> -1) AND EXISTS (
		SELECT FROM pg_catalog.pg_cast c
		WHERE c.castsource = t.oid AND c.casttarget = 'pg_catalog.json'::pg_catalog.regtype AND c.castmethod = 'f'),
	CASE t.typtype WHEN 'e' THEN ARRAY(
		SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder) END,
	CASE t.typtype WHEN 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END,
	t.typnotnull,
	CASE t.typtype WHEN 'd' THEN ARRAY(
		SELECT pg_catalog.pg_get_expr(conbin, 0) FROM pg_catalog.pg_constraint
		WHERE contypid = t.oid AND contype = 'c' ORDER BY conname) END,
	NULL,
	0
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
LEFT JOIN pg_catalog.pg_description d
	ON d.objoid = t.oid AND d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objsubid = 0
CROSS JOIN LATERAL (
	SELECT pg_catalog.array_agg(attname::text ORDER BY attnum) AS names, pg_catalog.array_agg(atttypid::int8 ORDER BY attnum) AS types
	FROM pg_catalog.pg_attribute
	WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped
) AS field
WHERE t.oid = ANY (ARRAY(SELECT oid FROM type))
UNION ALL
SELECT CASE WHEN n.oid IS NULL THEN 'missing' ELSE 'schema' END,
	NULL, wanted.name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
	wanted.place
FROM wanted
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.name
ORDER BY place
