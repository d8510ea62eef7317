-- The sample for SQLite, installed if it is missing. In a STRICT table SQLite refuses a value that
-- is not of the type of its column.

CREATE TABLE IF NOT EXISTS users (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL, -- in plain text, which only a sample may do
    email    TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS cars (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL CHECK (name <> ''),
    model    TEXT NOT NULL CHECK (model <> ''),
    doors    INTEGER NOT NULL CHECK (doors BETWEEN 0 AND 9),
    price    TEXT, -- its digits, exactly: SQLite has no decimal numbers
    electric INTEGER NOT NULL DEFAULT 0 CHECK (electric IN (0, 1)),
    added    TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    features TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(features))
) STRICT;

CREATE TABLE IF NOT EXISTS films (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    year  INTEGER NOT NULL
) STRICT;

INSERT INTO users (username, password, email)
SELECT 'ada', 'analytical', 'ada@example.com'
WHERE NOT EXISTS (SELECT * FROM users);

INSERT INTO cars (name, model, doors, price, electric, added, features)
SELECT * FROM (VALUES
    ('Ford', 'Model T', 4, '850.25', 0, '2024-03-01 08:30:00', '["hand crank","brass lamps"]'),
    ('Citroën', '2CV', 4, NULL, 0, '2024-03-02 09:00:00', '[]'),
    ('Tesla', 'Roadster', 2, '98950.49', 1, '2024-03-03 17:45:10',
        '["top \"targa\"","heated, leather"]')
)
WHERE NOT EXISTS (SELECT * FROM cars);

INSERT INTO films (title, year)
SELECT * FROM (VALUES
    ('Bullitt', 1968),
    ('The Love Bug', 1968),
    ('The Italian Job', 1969),
    ('Le Mans', 1971),
    ('Over the Top', 1987)
)
WHERE NOT EXISTS (SELECT * FROM films);
