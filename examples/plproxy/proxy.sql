-- The proxy: it has no rows, only functions, whose calls PL/Proxy passes on to the partitions. What
-- an application calls is in the schema api, what that needs in the schema shards.

CREATE EXTENSION plproxy;

CREATE SCHEMA api;
CREATE SCHEMA shards;
CREATE SEQUENCE shards.numbers;

CREATE TYPE api.parcels AS (number bigint, address text, sent timestamptz);

-- A function of PL/Proxy has to be VOLATILE, as if it wrote. So those of the schema api that only
-- read are of SQL, and say that they do.

-- By key: the partition is the one that the hash of the number says.
CREATE FUNCTION shards.parcel(number bigint) RETURNS SETOF api.parcels LANGUAGE plproxy AS $$
    CLUSTER 'shards';
    RUN ON hashint8(number);
$$;
CREATE FUNCTION api.parcel(number bigint) RETURNS SETOF api.parcels LANGUAGE sql STABLE AS $$
    SELECT * FROM shards.parcel(number)
$$;

-- Over all, gathered: PL/Proxy has the whole result in memory before it returns the first row.
CREATE FUNCTION shards.all_parcels() RETURNS SETOF api.parcels LANGUAGE plproxy AS $$
    CLUSTER 'shards';
    RUN ON ALL;
$$;
CREATE FUNCTION api.all_parcels() RETURNS SETOF api.parcels LANGUAGE sql STABLE AS $$
    SELECT * FROM shards.all_parcels()
$$;

-- Over all, page by page: PostgreSQL puts the body of such a function into the statement that calls
-- it, and so each page is sent before the next is fetched.
CREATE FUNCTION shards.parcels_between(first bigint, last bigint) RETURNS SETOF api.parcels
LANGUAGE plproxy AS $$
    CLUSTER 'shards';
    RUN ON ALL;
$$;
CREATE FUNCTION api.each_parcel() RETURNS SETOF api.parcels LANGUAGE sql STABLE AS $$
    SELECT p.*
    FROM generate_series(1, (SELECT last_value FROM shards.numbers), 10000) first,
        LATERAL shards.parcels_between(first, first + 9999) p
$$;

-- What each partition has counted is summed here.
CREATE FUNCTION shards.count_parcels() RETURNS SETOF bigint LANGUAGE plproxy AS $$
    CLUSTER 'shards';
    RUN ON ALL;
$$;
CREATE FUNCTION api.count_parcels() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT sum(n)::bigint FROM shards.count_parcels() n
$$;

-- The cluster, for what writes. A partition commits by itself, whatever the transaction here says
-- of itself, so that one that may only read has to end here; and a partition that is being moved
-- takes no writes until it is where it belongs. PostgreSQL learns of that when it locks the table.
CREATE TABLE shards.moved (part int NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE FUNCTION shards.to_write(number bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_read_only')::bool THEN
        RAISE read_only_sql_transaction USING MESSAGE = 'the transaction may only read';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(1, hashint8(number) & 7);
    PERFORM FROM shards.moved LIMIT 1;
    RETURN 'shards';
END
$$;

CREATE FUNCTION shards.store_parcel(number bigint, address text) RETURNS SETOF api.parcels
LANGUAGE plproxy AS $$
    CLUSTER shards.to_write(number);
    RUN ON hashint8(number);
$$;

CREATE FUNCTION api.send_parcel(address text) RETURNS SETOF api.parcels LANGUAGE sql AS $$
    SELECT * FROM shards.store_parcel(nextval('shards.numbers'), address)
$$;

GRANT USAGE ON SCHEMA api, shards TO web;
GRANT USAGE, SELECT ON SEQUENCE shards.numbers TO web;
GRANT SELECT ON shards.moved TO web;
