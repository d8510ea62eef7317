-- Domains whose checks a JSON Schema can say as a whole, and some, beginning with x, of which it
-- cannot.
CREATE SCHEMA domains;
SET search_path = domains;
CREATE DOMAIN n1 AS int CHECK (VALUE > 0);
CREATE DOMAIN n2 AS bigint CHECK (VALUE BETWEEN -1 AND 10);
CREATE DOMAIN n3 AS numeric CHECK (VALUE >= 0.5) CHECK (VALUE < 100);
CREATE DOMAIN n4 AS double precision CHECK (VALUE <= 50.5);
CREATE DOMAIN n5 AS numeric(5,2) CHECK (VALUE >= 0 AND VALUE <= 100);
CREATE DOMAIN n6 AS n5 CHECK (VALUE < 50.5);
CREATE DOMAIN xd AS numeric(3); -- which rounds first
CREATE DOMAIN n8 AS smallint CHECK (VALUE < 10 AND (VALUE > 0 AND VALUE >= 2));
CREATE DOMAIN n9 AS real CHECK (VALUE > -1);
CREATE DOMAIN t1 AS text CHECK (VALUE ~ '^[a-z]+$');
CREATE DOMAIN t2 AS varchar(4);
CREATE DOMAIN t3 AS varchar CHECK (char_length(VALUE) <= 3);
CREATE DOMAIN t4 AS text CHECK (length(VALUE) >= 2 AND length(VALUE) <= 4);
CREATE DOMAIN t5 AS text CHECK (VALUE IN ('S', 'M', 'it''s'));
CREATE DOMAIN t6 AS varchar(8) CHECK (VALUE ~ '^[A-Z]{2}-\d+$');
CREATE DOMAIN t7 AS varchar CHECK (VALUE IN ('S', 'a b'));
CREATE DOMAIN t8 AS text CHECK (length(VALUE) = 3);
CREATE DOMAIN t9 AS text CHECK (VALUE ~ '^(a|b|AB)[^@]*$');
CREATE DOMAIN ta AS text CHECK (VALUE ~ '@.+\.');
CREATE DOMAIN tb AS text CHECK (VALUE = ANY ('{S,M}'::text[]) OR true);
CREATE DOMAIN x1 AS text CHECK (VALUE ~ '^\w+$');
CREATE DOMAIN x2 AS text CHECK (VALUE ~* '^a');
CREATE DOMAIN x3 AS text CHECK (VALUE LIKE 'a%');
CREATE DOMAIN x4 AS int CHECK (VALUE % 2 = 0);
CREATE DOMAIN x5 AS int CHECK (VALUE < 0 OR VALUE > 10);
CREATE DOMAIN x6 AS text CHECK (VALUE ~ '(?i)^a');
CREATE DOMAIN x7 AS text CHECK (VALUE ~ '[[:alpha:]]');
CREATE DOMAIN x8 AS text CHECK (lower(VALUE) = VALUE);
CREATE DOMAIN x9 AS text CHECK (NOT VALUE = 'a');
CREATE DOMAIN xa AS numeric CHECK (VALUE > (-1)::numeric AND scale(VALUE) < 2);
CREATE DOMAIN xb AS text CHECK (VALUE > 'abc');
CREATE DOMAIN xc AS text CHECK (VALUE ~ 'a AND (b' IS NOT TRUE);
DO $$
DECLARE d text;
BEGIN
	FOR d IN SELECT typname FROM pg_type WHERE typnamespace = 'domains'::regnamespace AND typtype = 'd' LOOP
		EXECUTE format('CREATE FUNCTION f_%1$s(v %1$I) RETURNS %1$I LANGUAGE sql STABLE AS ''SELECT v''', d);
	END LOOP;
END $$;
RESET search_path;
