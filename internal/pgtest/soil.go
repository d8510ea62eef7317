package pgtest

import "strings"

// Soil returns statements that create in a schema the functions soil(n int) and state(). soil
// leaves on its connection whatever a function can, the role among it, and returns n rows, of which
// the five hundredth is an error. state returns what another call can see of that.
func Soil(schema, role string) string {
	return strings.NewReplacer("SCHEMA", schema, "ROLE", role).Replace(`
		CREATE SEQUENCE SCHEMA.numbers;
		GRANT ALL ON SCHEMA.numbers TO PUBLIC;
		CREATE FUNCTION SCHEMA.state() RETURNS text LANGUAGE plpgsql AS $$
			DECLARE last text := 'none'; BEGIN
			BEGIN last := lastval(); EXCEPTION WHEN object_not_in_prerequisite_state THEN NULL; END;
			RETURN concat_ws('|', current_user, session_user, current_setting('search_path'),
				current_setting('statement_timeout'), nullif(current_setting('left.x', true), ''),
				nullif(current_setting('request.jwt.claims', true), ''),
				nullif(current_setting('response.headers', true), ''),
				to_regclass('pg_temp.left_t'), last,
				(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
				(SELECT count(*) FROM pg_listening_channels()),
				(SELECT count(*) FROM pg_cursors WHERE name = 'c'), pg_backend_pid()); END $$;
		CREATE FUNCTION SCHEMA.soil(n int) RETURNS SETOF int LANGUAGE plpgsql AS $$ BEGIN
			PERFORM pg_advisory_lock(4711), pg_advisory_lock_shared(4712), nextval('SCHEMA.numbers');
			IF NOT current_setting('transaction_read_only')::bool THEN
				CREATE TEMP TABLE left_t AS SELECT 1 AS n;
				EXECUTE 'LISTEN left_channel';
			END IF;
			EXECUTE 'DECLARE c CURSOR WITH HOLD FOR SELECT 1';
			PERFORM set_config('left.x', 'secret', false),
				set_config('statement_timeout', '54321', false),
				set_config('request.jwt.claims', '{"sub":"eve"}', false),
				set_config('search_path', 'pg_temp', false),
				set_config('response.headers', '[{"Set-Cookie":"a=secret"}]', false),
				set_config('role', 'ROLE', false);
			RETURN QUERY SELECT 100 / (500 - i) FROM generate_series(1, n) i;
		END $$`)
}
