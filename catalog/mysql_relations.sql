-- The tables and views of a database, their columns, keys and indexes, those of the user's rights
-- that columns do not say, and the columns that MariaDB checks to be JSON.
-- MySQL manual, INFORMATION_SCHEMA Tables: TABLES, COLUMNS, KEY_COLUMN_USAGE, STATISTICS,
-- TABLE_PRIVILEGES, CHECK_CONSTRAINTS. MariaDB alone executes what stands in /*M! */, and names the
-- table of a check: MySQL has a type JSON.
SELECT 'relation' AS what, t.table_name AS name, t.table_type AS kind, '' AS item, '' AS may,
	'' AS nullable, coalesce(v.is_updatable, 'YES') AS extra, '' AS default_sql, '' AS type_name, '' AS type_sql,
	t.table_comment AS comment, '' AS to_db, '' AS to_name, '' AS to_column, -1 AS place
FROM information_schema.tables AS t
LEFT JOIN information_schema.views AS v ON v.table_schema = t.table_schema AND v.table_name = t.table_name
WHERE t.table_schema = coalesce(?, database())
UNION ALL
SELECT 'column', table_name, '', column_name, privileges,
	is_nullable, extra, coalesce(column_default, ''), data_type, column_type,
	column_comment, '', '', '', ordinal_position
FROM information_schema.columns WHERE table_schema = coalesce(?, database())
UNION ALL
SELECT 'key', table_name, constraint_name, column_name, '',
	'', '', '', '', '', '', referenced_table_schema, referenced_table_name, referenced_column_name, 10000 + ordinal_position
FROM information_schema.key_column_usage
WHERE table_schema = coalesce(?, database()) AND referenced_table_name IS NOT NULL
UNION ALL
SELECT 'index', table_name, index_name, coalesce(column_name, ''), '',
	'', coalesce(sub_part, ''), '', '', '', '', '', '', '', 20000 + seq_in_index
FROM information_schema.statistics WHERE table_schema = coalesce(?, database()) AND non_unique = 0
UNION ALL
SELECT 'right', table_name, '', '', privilege_type, '', '', '', '', '', '', '', '', '', 30000
FROM (
	SELECT table_schema, table_name, privilege_type FROM information_schema.table_privileges
	UNION ALL SELECT table_schema, '', privilege_type FROM information_schema.schema_privileges
	UNION ALL SELECT coalesce(?, database()), '', privilege_type FROM information_schema.user_privileges
) AS p WHERE table_schema = coalesce(?, database()) AND privilege_type = 'DELETE'
UNION ALL
SELECT 'json', coalesce(/*M! table_name,*/ ''), '', constraint_name, '', '', check_clause, '', '', '', '', '', '', '', 40000
FROM information_schema.check_constraints WHERE constraint_schema = coalesce(?, database())
ORDER BY place
