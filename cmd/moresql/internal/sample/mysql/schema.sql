-- The sample for MySQL and MariaDB. It may be run again: data is kept, procedures are replaced.

-- A procedure keeps the mode in which it is created: in this one an invalid value is an error,
-- whatever the mode of the server.
SET SESSION sql_mode = 'TRADITIONAL';

-- next_car returns the id that create_car will give, which the command prints. It comes first, as
-- the command takes it as the sign that the sample is installed, even in part.
DROP PROCEDURE IF EXISTS next_car;
CREATE PROCEDURE next_car()
BEGIN
    /*!80000 SET SESSION information_schema_stats_expiry = 0; */ -- the default is a day
    SELECT AUTO_INCREMENT AS id FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'cars';
END;

CREATE TABLE IF NOT EXISTS users (
    id       INT AUTO_INCREMENT PRIMARY KEY,
    username VARCHAR(100) NOT NULL UNIQUE,
    password VARCHAR(100) NOT NULL, -- in plain text, which only a sample may do
    email    VARCHAR(100) NOT NULL
) CHARACTER SET utf8mb4;

CREATE TABLE IF NOT EXISTS cars (
    id       INT AUTO_INCREMENT PRIMARY KEY,
    name     VARCHAR(100) NOT NULL CHECK (name <> ''),
    model    VARCHAR(100) NOT NULL CHECK (model <> ''),
    doors    INT NOT NULL CHECK (doors BETWEEN 0 AND 9),
    price    DECIMAL(10, 2),
    electric BOOLEAN NOT NULL DEFAULT false,
    added    DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    features JSON NOT NULL
) CHARACTER SET utf8mb4;

CREATE TABLE IF NOT EXISTS films (
    id    INT AUTO_INCREMENT PRIMARY KEY,
    title VARCHAR(100) NOT NULL,
    year  INT NOT NULL
) CHARACTER SET utf8mb4;

INSERT INTO users (username, password, email)
SELECT 'ada', 'analytical', 'ada@example.com' FROM DUAL
WHERE NOT EXISTS (SELECT * FROM users);

INSERT INTO cars (name, model, doors, price, electric, added, features)
SELECT * FROM (
    SELECT 'Ford' AS name, 'Model T' AS model, 4 AS doors, 850.25 AS price, false AS electric,
        '2024-03-01 08:30:00' AS added, '["hand crank","brass lamps"]' AS features
    UNION ALL SELECT 'Citroën', '2CV', 4, NULL, false, '2024-03-02 09:00:00', '[]'
    UNION ALL SELECT 'Tesla', 'Roadster', 2, 98950.49, true,
        '2024-03-03 17:45:10', '["top \\"targa\\"","heated, leather"]'
) AS seed
WHERE NOT EXISTS (SELECT * FROM cars);

INSERT INTO films (title, year)
SELECT * FROM (
    SELECT 'Bullitt' AS title, 1968 AS year
    UNION ALL SELECT 'The Love Bug', 1968
    UNION ALL SELECT 'The Italian Job', 1969
    UNION ALL SELECT 'Le Mans', 1971
    UNION ALL SELECT 'Over the Top', 1987
) AS seed
WHERE NOT EXISTS (SELECT * FROM films);

DROP PROCEDURE IF EXISTS get_user;
CREATE PROCEDURE get_user(p_username VARCHAR(100), p_password VARCHAR(100))
    COMMENT 'The user with a name and a password'
    SELECT id, username, email FROM users
    WHERE username = p_username
      AND CAST(password AS BINARY) = CAST(p_password AS BINARY); -- case-sensitive

DROP PROCEDURE IF EXISTS get_cars;
CREATE PROCEDURE get_cars()
    COMMENT 'All cars'
    SELECT * FROM cars ORDER BY id;

DROP PROCEDURE IF EXISTS get_car;
CREATE PROCEDURE get_car(p_id INT)
    COMMENT 'The car with an id'
    SELECT * FROM cars WHERE id = p_id;

DROP PROCEDURE IF EXISTS create_car;
CREATE PROCEDURE create_car(p_name VARCHAR(100), p_model VARCHAR(100), p_doors INT)
    COMMENT 'Adds a car\nIts id is in the response.'
BEGIN
    INSERT INTO cars (name, model, doors, features) VALUES (p_name, p_model, p_doors, '[]');
    SELECT * FROM cars WHERE id = LAST_INSERT_ID();
END;

DROP PROCEDURE IF EXISTS update_car;
CREATE PROCEDURE update_car(p_id INT, p_name VARCHAR(100), p_model VARCHAR(100), p_doors INT)
    COMMENT 'Changes a car'
BEGIN
    UPDATE cars SET name = p_name, model = p_model, doors = p_doors WHERE id = p_id;
    SELECT * FROM cars WHERE id = p_id;
END;

DROP PROCEDURE IF EXISTS delete_car;
CREATE PROCEDURE delete_car(p_id INT)
    COMMENT 'Removes a car'
BEGIN
    DELETE FROM cars WHERE id = p_id;
    SELECT p_id AS id FROM DUAL WHERE ROW_COUNT() > 0;
END;

DROP PROCEDURE IF EXISTS get_films;
CREATE PROCEDURE get_films(p_title VARCHAR(100), p_year INT, p_limit BIGINT UNSIGNED)
    COMMENT 'Films by a part of their title and by year\nWithout arguments all of them.'
BEGIN
    SET p_limit = COALESCE(p_limit, 18446744073709551615); -- means no limit
    SELECT * FROM films
    WHERE (p_title IS NULL OR LOCATE(p_title, title) > 0) -- case-insensitive in utf8mb4
      AND (p_year IS NULL OR year = p_year)
    ORDER BY id
    LIMIT p_limit;
END;
