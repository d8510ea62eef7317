-- Values for the functions of kinds.sql, in the place of NULL.
CREATE OR REPLACE FUNCTION kinds.every() RETURNS SETOF kinds.everything LANGUAGE sql STABLE AS $$
	SELECT (t).* FROM (SELECT NULL::kinds.everything AS t) AS none
	UNION ALL
	SELECT true, -32768, 2147483647, 9223372036854775807, 1.5, 1e100, 123456789012345678901234567890.5,
		'text', 'varchar', 'bpchar', 'name', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2026-11-28',
		'2026-11-28 12:00:00.5', '2026-11-28 12:00:00+02', '12:00:00.25', '12:00:00+02', '1 day', '\x00ff',
		'{"a": 1}', '[1, "a", null]', '<a/>', '10.0.0.1/8', '12.50', '1', 'a cat', '{"1","\"x\""}',
		ROW(1.25, 'EUR', '{sad,NULL}')::kinds.price, ARRAY[ROW(1, 'USD', '{}')::kinds.price, NULL], '{1,NULL}',
		'{ok}', '[2026-01-01,2026-02-01)', '{1,99.5}', 'a=>b, c=>NULL'
$$;
INSERT INTO kinds.cars (id, name, price, tags) VALUES (1, '2CV', ROW(4000, 'EUR', NULL), '{a,b}'), (2, 'DS', NULL, NULL);
CREATE OR REPLACE FUNCTION kinds.set_of_composite() RETURNS SETOF kinds.price LANGUAGE sql STABLE
	AS 'SELECT 1.5, ''EUR''::char(3), NULL::kinds.mood[]';
