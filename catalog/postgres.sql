-- One row for each schema, whether or not it exists, for each routine and relation, and for each type that these refer to.
-- PostgreSQL manual, System Catalogs: pg_proc, pg_class, pg_constraint, pg_rewrite, pg_type, pg_attribute, pg_cast.
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
	-- as an array, since the planner would look at rights of other schemas first, those of each role to each function
	WHERE n.oid = ANY (ARRAY(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname IN (SELECT name FROM wanted)))
	AND p.prokind IN ('f', 'p') AND ($2::text IS NULL OR p.proname = $2::text)
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
-- The relations of the schemas, and those elsewhere that views show: a view has the keys of the tables below it.
related (oid) AS (
	SELECT c.oid
	FROM wanted
	JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.name
	JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ($2::text IS NULL OR c.relname = $2::text)
	UNION
	SELECT c.oid
	FROM related
	JOIN pg_catalog.pg_rewrite w ON w.ev_class = related.oid
	JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
		AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'n'
	JOIN pg_catalog.pg_class c ON c.oid = d.refobjid
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace <> 'pg_catalog'::pg_catalog.regnamespace
),
relation AS (
	SELECT c.oid, c.reltype, c.relkind, c.relname, c.relhassubclass, n.nspname,
		-- NULL of those elsewhere, and of partitions
		CASE WHEN r.may <> 0 AND NOT c.relispartition THEN wanted.place END AS place, r.may, r.whole
	FROM pg_catalog.pg_class c
	JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	LEFT JOIN wanted ON wanted.name = n.nspname
	CROSS JOIN LATERAL (
		SELECT pg_catalog.bit_or(
			CASE WHEN pg_catalog.has_any_column_privilege(role.oid, c.oid, 'SELECT') THEN 1 ELSE 0 END |
			CASE WHEN pg_catalog.has_any_column_privilege(role.oid, c.oid, 'INSERT') THEN 2 ELSE 0 END |
			CASE WHEN pg_catalog.has_any_column_privilege(role.oid, c.oid, 'UPDATE') THEN 4 ELSE 0 END |
			CASE WHEN pg_catalog.has_table_privilege(role.oid, c.oid, 'DELETE') THEN 8 ELSE 0 END) AS may,
			-- every role that may read some columns may read all, system columns included
			pg_catalog.bool_and(pg_catalog.has_table_privilege(role.oid, c.oid, 'SELECT')
				OR NOT pg_catalog.has_any_column_privilege(role.oid, c.oid, 'SELECT')) AS whole
		FROM role
		WHERE pg_catalog.has_schema_privilege(role.oid, n.oid, 'USAGE')
	) AS r
	WHERE c.oid = ANY (ARRAY(SELECT oid FROM related))
),
-- Functions of one row, which are read like columns: those that the search path finds, too.
computed AS (
	SELECT p.proargtypes[0] AS of, n.nspname, p.proname, p.prorettype, p.proretset, p.prorows
	FROM pg_catalog.pg_proc p
	JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
	WHERE p.pronargs = 1 AND p.prokind = 'f' AND n.nspname <> 'pg_catalog'
	AND (n.nspname IN (SELECT name FROM wanted) OR n.nspname = ANY (pg_catalog.current_schemas(false)))
	AND p.proargtypes[0] = ANY (ARRAY(SELECT reltype FROM relation WHERE place IS NOT NULL))
),
-- Aggregates of the rows of one relation, or of any, whose result is a domain that is named as a media type.
-- They are looked for once, and not for each relation.
handler AS MATERIALIZED (
	SELECT p.proargtypes[0] AS of, n.nspname, p.proname, t.typname
	FROM pg_catalog.pg_proc p
	JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
	JOIN pg_catalog.pg_type t ON t.oid = p.prorettype
	WHERE p.pronargs = 1 AND p.prokind = 'a' AND t.typtype = 'd' AND pg_catalog.strpos(t.typname, '/') > 0
	AND n.nspname IN (SELECT name FROM wanted)
),
-- Without the arrays the planner expects millions of types and compiles the statement (JIT): a second instead of 20 ms.
type (oid) AS (
	SELECT oid FROM pg_catalog.pg_type
	WHERE oid = ANY (ARRAY(
		SELECT pg_catalog.unnest(types || prorettype) FROM routine
		UNION
		SELECT prorettype FROM computed
		UNION
		SELECT atttypid FROM pg_catalog.pg_attribute
		WHERE attrelid = ANY (ARRAY(SELECT oid FROM relation WHERE place IS NOT NULL)) AND attnum > 0 AND NOT attisdropped))
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
	NULL::text AS sql, NULL::text AS delim, NULL::boolean AS to_json, NULL::json AS relation,
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
	-- PostgreSQL ignores the casts of a domain by itself
	CASE WHEN t.typtype = 'd' THEN (
		SELECT pg_catalog.json_object_agg(CASE c.castsource WHEN t.oid THEN 'AsJSON'
				WHEN 'pg_catalog.json'::pg_catalog.regtype THEN 'FromJSON' ELSE 'FromText' END,
			pg_catalog.json_build_object('Schema', fn.nspname, 'Name', f.proname))
		FROM pg_catalog.pg_cast c
		JOIN pg_catalog.pg_proc f ON f.oid = c.castfunc
		JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace
		WHERE c.castsource = t.oid AND c.casttarget = 'pg_catalog.json'::pg_catalog.regtype
		OR c.castsource IN ('pg_catalog.text'::pg_catalog.regtype, 'pg_catalog.json'::pg_catalog.regtype)
			AND c.casttarget = t.oid) END,
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
SELECT 'relation', c.oid::int8, c.nspname::text, c.relname::text, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
	pg_catalog.obj_description(c.oid, 'pg_class'), NULL, NULL, NULL,
	pg_catalog.json_build_object(
		'kind', c.relkind, 'served', c.place IS NOT NULL, 'may', coalesce(c.may, 0),
		'can', CASE WHEN c.place IS NOT NULL THEN pg_catalog.pg_relation_is_updatable(c.oid, true) ELSE 0 END,
		-- what a trigger or a rule does in place of the statement: pg_trigger.h has the bits of tgtype
		'takes', CASE WHEN c.relkind = 'v' THEN
			(SELECT coalesce(pg_catalog.bit_or(CASE WHEN tgtype & 4 <> 0 THEN 8 ELSE 0 END | CASE WHEN tgtype & 16 <> 0 THEN 4 ELSE 0 END), 0)
				FROM pg_catalog.pg_trigger WHERE tgrelid = c.oid AND tgtype & 64 <> 0) |
			(SELECT coalesce(pg_catalog.bit_or(1 << ev_type::text::pg_catalog.int4), 0)
				FROM pg_catalog.pg_rewrite WHERE ev_class = c.oid AND is_instead AND ev_qual::text = '<>') ELSE 0 END,
		-- a view by itself, without triggers: PostgreSQL manual, CREATE VIEW, Updatable Views
		'simple', CASE c.relkind WHEN 'v' THEN c.place IS NOT NULL AND pg_catalog.pg_relation_is_updatable(c.oid, false) <> 0
			ELSE c.relkind = 'p' OR c.relkind = 'r' AND NOT c.relhassubclass END,
		'version', CASE WHEN c.relkind IN ('r', 'p') AND c.whole THEN 'xmin' ELSE '' END,
		'rule', (SELECT w.ev_action::text FROM pg_catalog.pg_rewrite w
			WHERE w.ev_class = c.oid AND w.ev_type = '1' AND c.relkind IN ('v', 'm')),
		'columns', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
				'number', a.attnum, 'name', a.attname, 'notNull', a.attnotnull,
				'type', CASE WHEN c.place IS NOT NULL THEN a.atttypid::int8 ELSE 0 END,
				'declared', CASE WHEN c.place IS NOT NULL THEN pg_catalog.format_type(a.atttypid, a.atttypmod) END,
				'default', pg_catalog.pg_get_expr(d.adbin, d.adrelid),
				'identity', a.attidentity <> '', 'generated', a.attgenerated <> '',
				'updatable', c.relkind <> 'v' OR pg_catalog.pg_column_is_updatable(c.oid, a.attnum, false),
				'comment', pg_catalog.col_description(c.oid, a.attnum)
			) ORDER BY a.attnum)
			FROM pg_catalog.pg_attribute a
			LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
			WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
		-- a partition has the foreign keys of its table, and a table with one to a partitioned table one to each partition
		'keys', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
				'type', k.contype, 'name', k.conname, 'columns', k.conkey,
				'relation', k.confrelid::int8, 'references', k.confkey
			) ORDER BY k.conname)
			FROM pg_catalog.pg_constraint k
			WHERE k.conrelid = c.oid AND (k.contype IN ('p', 'u') OR k.contype = 'f' AND k.conparentid = 0)),
		'computed', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
				'schema', f.nspname, 'name', f.proname, 'type', f.prorettype::int8, 'set', f.proretset,
				'one', NOT f.proretset OR f.prorows = 1
			) ORDER BY f.proname, f.nspname)
			FROM computed f WHERE f.of = c.reltype),
		'handlers', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
				'schema', h.nspname, 'name', h.proname, 'mediaType', h.typname, 'ofAny', h.of <> c.reltype
			) ORDER BY h.of <> c.reltype, h.typname, h.proname, h.nspname)
			FROM handler h
			WHERE c.place IS NOT NULL AND (h.of = c.reltype OR h.of = 'pg_catalog.anyelement'::pg_catalog.regtype))
	),
	NULL, NULL, NULL, NULL, NULL,
	coalesce(c.place, 0)
FROM relation c
UNION ALL
SELECT CASE WHEN n.oid IS NULL THEN 'missing' ELSE 'schema' END,
	NULL, wanted.name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
	wanted.place
FROM wanted
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.name
ORDER BY place
