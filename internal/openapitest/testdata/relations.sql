CREATE TABLE kinds.directors (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name varchar(40) NOT NULL,
	mood kinds.mood NOT NULL DEFAULT 'ok',
	code kinds.code,
	born date,
	label text GENERATED ALWAYS AS (name || '!') STORED
);
COMMENT ON TABLE kinds.directors IS E'People who direct.\nEach of them at least once.';
COMMENT ON COLUMN kinds.directors.born IS 'The day of birth';
CREATE TABLE kinds.films (
	id int PRIMARY KEY,
	title text NOT NULL,
	director int NOT NULL REFERENCES kinds.directors,
	second int REFERENCES kinds.directors (id),
	sequel_of int REFERENCES kinds.films,
	price numeric(6,2) DEFAULT 9.5,
	"limit" int, "größe Ü" text, tags text[]
);
CREATE TABLE kinds.actors (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE kinds.roles (
	film int REFERENCES kinds.films, actor int REFERENCES kinds.actors, PRIMARY KEY (film, actor)
);
CREATE VIEW kinds.titles AS SELECT id, title FROM kinds.films;
CREATE VIEW kinds.counts AS SELECT count(*) AS n FROM kinds.films;
CREATE TABLE "Odd ""Schema"."select {b}/c" ("a b" int PRIMARY KEY, "ü,(" int);
CREATE TABLE kinds."same name" (id int);
CREATE TABLE "Odd ""Schema"."same name" (other int);
INSERT INTO kinds.directors (name, mood, code, born) VALUES
	('Ada', 'sad', 'AB-12', '1815-12-10'), ('Bob', 'ok', 'CD-34', NULL);
INSERT INTO kinds.films VALUES
	(1, 'One', 1, 2, NULL, 5, 3, 'x', '{a,b}'), (2, 'Two', 1, NULL, 1, NULL, NULL, NULL, NULL);
INSERT INTO kinds.actors VALUES (1, 'Eve');
INSERT INTO kinds.roles VALUES (1, 1);
