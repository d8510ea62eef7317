package dialect

// postgresUsable is Usable of PostgreSQL. A right to columns alone is one of the relation, too.
const postgresUsable = `SELECT coalesce(pg_catalog.json_agg(
	pg_catalog.json_build_array(r.may, CASE WHEN r.may & 7 <> r.whole THEN r.columns END)
	ORDER BY list.place), '[]')::text
FROM pg_catalog.json_array_elements($2::text::json) WITH ORDINALITY AS list (name, place)
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = list.name->>0
LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = list.name->>1
	AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
CROSS JOIN LATERAL (SELECT
	CASE WHEN pg_catalog.has_any_column_privilege(c.oid, 'SELECT') THEN 1 ELSE 0 END +
	CASE WHEN pg_catalog.has_any_column_privilege(c.oid, 'INSERT') THEN 2 ELSE 0 END +
	CASE WHEN pg_catalog.has_any_column_privilege(c.oid, 'UPDATE') THEN 4 ELSE 0 END +
	CASE WHEN pg_catalog.has_table_privilege(c.oid, 'DELETE') THEN 8 ELSE 0 END,
	CASE WHEN pg_catalog.has_table_privilege(c.oid, 'SELECT') THEN 1 ELSE 0 END +
	CASE WHEN pg_catalog.has_table_privilege(c.oid, 'INSERT') THEN 2 ELSE 0 END +
	CASE WHEN pg_catalog.has_table_privilege(c.oid, 'UPDATE') THEN 4 ELSE 0 END,
	(SELECT pg_catalog.json_object_agg(a.attname,
		CASE WHEN pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') THEN 1 ELSE 0 END +
		CASE WHEN pg_catalog.has_column_privilege(c.oid, a.attnum, 'INSERT') THEN 2 ELSE 0 END +
		CASE WHEN pg_catalog.has_column_privilege(c.oid, a.attnum, 'UPDATE') THEN 4 ELSE 0 END)
	FROM pg_catalog.pg_attribute a
	WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
) AS r (may, whole, columns)`
