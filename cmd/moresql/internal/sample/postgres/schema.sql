-- The sample for PostgreSQL. It may be run again: data is kept, functions are replaced.

CREATE TABLE IF NOT EXISTS users (
    id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username text NOT NULL UNIQUE,
    password text NOT NULL, -- in plain text, which only a sample may do
    email    text NOT NULL
);

CREATE TABLE IF NOT EXISTS cars (
    id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text NOT NULL CHECK (name <> ''),
    model    text NOT NULL CHECK (model <> ''),
    doors    integer NOT NULL CHECK (doors BETWEEN 0 AND 9),
    price    numeric(10, 2),
    electric boolean NOT NULL DEFAULT false,
    added    timestamp(0) NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
    features text[] NOT NULL DEFAULT '{}'
);

CREATE TABLE IF NOT EXISTS films (
    id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    year  integer NOT NULL
);

INSERT INTO users (username, password, email)
SELECT 'ada', 'analytical', 'ada@example.com'
WHERE NOT EXISTS (SELECT FROM users);

INSERT INTO cars (name, model, doors, price, electric, added, features)
SELECT * FROM (VALUES
    ('Ford', 'Model T', 4, 850.25, false, timestamp '2024-03-01 08:30:00',
        ARRAY['hand crank', 'brass lamps']),
    ('Citroën', '2CV', 4, NULL, false, '2024-03-02 09:00:00', '{}'),
    ('Tesla', 'Roadster', 2, 98950.49, true, '2024-03-03 17:45:10',
        ARRAY['top "targa"', 'heated, leather'])
) AS seed
WHERE NOT EXISTS (SELECT FROM cars);

INSERT INTO films (title, year)
SELECT * FROM (VALUES
    ('Bullitt', 1968),
    ('The Love Bug', 1968),
    ('The Italian Job', 1969),
    ('Le Mans', 1971),
    ('Over the Top', 1987)
) AS seed
WHERE NOT EXISTS (SELECT FROM films);

CREATE OR REPLACE FUNCTION get_user(username text, password text)
RETURNS TABLE (id integer, username text, email text)
LANGUAGE sql STABLE AS $$
    SELECT u.id, u.username, u.email FROM users AS u
    WHERE u.username = $1 AND u.password = $2
$$;

CREATE OR REPLACE FUNCTION get_cars() RETURNS SETOF cars LANGUAGE sql STABLE AS $$
    SELECT * FROM cars ORDER BY id
$$;

CREATE OR REPLACE FUNCTION get_car(id integer) RETURNS SETOF cars LANGUAGE sql STABLE AS $$
    SELECT * FROM cars WHERE cars.id = get_car.id
$$;

CREATE OR REPLACE FUNCTION create_car(name text, model text, doors integer)
RETURNS SETOF cars LANGUAGE sql AS $$
    INSERT INTO cars (name, model, doors)
    VALUES (create_car.name, create_car.model, create_car.doors)
    RETURNING *
$$;

CREATE OR REPLACE FUNCTION update_car(id integer, name text, model text, doors integer)
RETURNS SETOF cars LANGUAGE sql AS $$
    UPDATE cars SET name = update_car.name, model = update_car.model, doors = update_car.doors
    WHERE cars.id = update_car.id
    RETURNING *
$$;

CREATE OR REPLACE FUNCTION delete_car(id integer) RETURNS SETOF integer LANGUAGE sql AS $$
    DELETE FROM cars WHERE cars.id = delete_car.id RETURNING cars.id
$$;

CREATE OR REPLACE FUNCTION get_films(title text, year integer, max_rows integer)
RETURNS SETOF films LANGUAGE sql STABLE AS $$
    SELECT * FROM films
    WHERE (get_films.title IS NULL OR strpos(lower(films.title), lower(get_films.title)) > 0)
      AND (get_films.year IS NULL OR films.year = get_films.year)
    ORDER BY id
    LIMIT max_rows
$$;

-- The first line is the summary in the OpenAPI document and on the page.
COMMENT ON FUNCTION get_user(text, text) IS 'The user with a name and a password';
COMMENT ON FUNCTION get_cars() IS 'All cars';
COMMENT ON FUNCTION get_car(integer) IS 'The car with an id';
COMMENT ON FUNCTION create_car(text, text, integer) IS E'Adds a car\nIts id is in the response.';
COMMENT ON FUNCTION update_car(integer, text, text, integer) IS 'Changes a car';
COMMENT ON FUNCTION delete_car(integer) IS 'Removes a car';
COMMENT ON FUNCTION get_films(text, integer, integer) IS
    E'Films by a part of their title and by year\nWithout arguments all of them.';

-- next_car returns the id that create_car will give, which the command prints. The command takes it
-- as the sign that the sample is installed.
CREATE OR REPLACE FUNCTION next_car() RETURNS TABLE (id bigint) LANGUAGE sql AS $$
    SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('cars', 'id')::regclass), 0) + 1
$$;
