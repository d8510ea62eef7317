-- One row for the database if it exists, one for each routine, then the parameters in their order.
-- This is a union, since a join would scan all parameters for every routine.
-- MySQL manual, INFORMATION_SCHEMA Tables: ROUTINES, PARAMETERS.
SELECT 'database' AS what, schema_name AS db, '' AS kind, schema_name AS name,
	'' AS access, '' AS is_deterministic, '' AS comment,
	'' AS param, '' AS mode, '' AS type_name, '' AS type_sql, -2 AS place
FROM information_schema.schemata
WHERE schema_name = coalesce(?, database())
UNION ALL
SELECT 'routine', routine_schema, routine_type, routine_name,
	sql_data_access, is_deterministic, routine_comment,
	'', '', '', '', -1
FROM information_schema.routines
WHERE routine_schema = coalesce(?, database()) AND routine_type IN ('FUNCTION', 'PROCEDURE')
UNION ALL
SELECT CASE ordinal_position WHEN 0 THEN 'result' ELSE 'param' END, specific_schema, routine_type, specific_name,
	'', '', '',
	parameter_name, parameter_mode, data_type, dtd_identifier, ordinal_position
FROM information_schema.parameters
WHERE specific_schema = coalesce(?, database())
ORDER BY place
