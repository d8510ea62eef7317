CREATE SCHEMA api;
CREATE FUNCTION api.announce(text) RETURNS void LANGUAGE sql
	AS $$ SELECT pg_notify('films', $1) $$;
