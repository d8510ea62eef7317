-- Notes of which each user sees only her own. To be run once, by a superuser: psql -1f schema.sql

CREATE ROLE web_anon;
CREATE ROLE web_user;
CREATE ROLE web_admin;

-- The program logs in as this one, which by itself may do nothing (NOINHERIT): each call takes one of the roles above. Give it a password.
CREATE ROLE authenticator LOGIN NOINHERIT;
GRANT web_anon, web_user, web_admin TO authenticator;

CREATE SCHEMA notebook;

-- Where no claims are set the setting is NULL, or empty on a connection that has seen some.
CREATE FUNCTION notebook.me() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub'
$$;

CREATE TABLE notebook.notes (
    id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner text NOT NULL DEFAULT notebook.me(),
    note  text NOT NULL
);

ALTER TABLE notebook.notes ENABLE ROW LEVEL SECURITY;

-- The sub-select is run once for a statement, and not for each row.
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

-- Functions are everybody's until that is taken back.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA notebook FROM PUBLIC;
GRANT USAGE ON SCHEMA notebook TO web_anon, web_user, web_admin;
GRANT EXECUTE ON FUNCTION notebook.motto() TO web_anon, web_user, web_admin;
GRANT EXECUTE ON FUNCTION notebook.me(), notebook.get_notes(), notebook.add_note(text) TO web_user;
GRANT SELECT, INSERT ON notebook.notes TO web_user;
GRANT EXECUTE ON FUNCTION notebook.count_notes() TO web_admin;
GRANT SELECT ON notebook.notes TO web_admin;
