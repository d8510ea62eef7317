-- Notes, of which each user sees only her own. Run it once, as a superuser: psql -1f schema.sql

CREATE ROLE web_anon;
CREATE ROLE web_user;
CREATE ROLE web_admin;

-- The program logs in as this role, which has no rights of its own (NOINHERIT): each call switches to
-- one of the roles above. Give it a password.
CREATE ROLE authenticator LOGIN NOINHERIT;
GRANT web_anon, web_user, web_admin TO authenticator;

CREATE SCHEMA notebook;

-- Without claims the setting is NULL, or empty on a connection that has had some.
CREATE FUNCTION notebook.me() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub'
$$;

CREATE TABLE notebook.notes (
    id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner text NOT NULL DEFAULT notebook.me(),
    note  text NOT NULL
);

ALTER TABLE notebook.notes ENABLE ROW LEVEL SECURITY;

-- The sub-select runs once for a statement, not for each row.
CREATE POLICY own ON notebook.notes TO web_user USING (owner = (SELECT notebook.me()));
CREATE POLICY every ON notebook.notes FOR SELECT TO web_admin USING (true);

CREATE FUNCTION notebook.motto() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT 'Write it down.'
$$;

CREATE FUNCTION notebook.get_notes() RETURNS SETOF notebook.notes LANGUAGE sql STABLE AS $$
    SELECT * FROM notebook.notes ORDER BY id
$$;

CREATE FUNCTION notebook.add_note(note text) RETURNS SETOF notebook.notes LANGUAGE sql AS $$
    INSERT INTO notebook.notes (note) VALUES (add_note.note) RETURNING *
$$;

CREATE FUNCTION notebook.count_notes() RETURNS TABLE (owner text, notes bigint) LANGUAGE sql STABLE AS $$
    SELECT owner, count(*) FROM notebook.notes GROUP BY owner ORDER BY owner
$$;

-- Everybody may execute a function until the right is revoked.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA notebook FROM PUBLIC;
GRANT USAGE ON SCHEMA notebook TO web_anon, web_user, web_admin;
GRANT EXECUTE ON FUNCTION notebook.motto() TO web_anon, web_user, web_admin;
GRANT EXECUTE ON FUNCTION notebook.me(), notebook.get_notes(), notebook.add_note(text) TO web_user;
GRANT SELECT, INSERT ON notebook.notes TO web_user;
GRANT EXECUTE ON FUNCTION notebook.count_notes() TO web_admin;
GRANT SELECT ON notebook.notes TO web_admin;
