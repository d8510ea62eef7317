-- A partition: a database on one of the shards, which knows nothing of the others. It has the
-- functions that the proxy calls by the same names.

CREATE SCHEMA api;
CREATE SCHEMA shards;

CREATE TABLE api.parcels (
    number  bigint PRIMARY KEY,
    address text NOT NULL,
    sent    timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION shards.parcel(number bigint) RETURNS SETOF api.parcels LANGUAGE sql STABLE AS $$
    SELECT * FROM api.parcels p WHERE p.number = parcel.number
$$;

CREATE FUNCTION shards.all_parcels() RETURNS SETOF api.parcels LANGUAGE sql STABLE AS $$
    SELECT * FROM api.parcels
$$;

CREATE FUNCTION shards.parcels_between(first bigint, last bigint) RETURNS SETOF api.parcels
LANGUAGE sql STABLE AS $$
    SELECT * FROM api.parcels WHERE number BETWEEN first AND last
$$;

CREATE FUNCTION shards.count_parcels() RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM api.parcels
$$;

CREATE FUNCTION shards.store_parcel(number bigint, address text) RETURNS SETOF api.parcels
LANGUAGE sql AS $$
    INSERT INTO api.parcels (number, address) VALUES (store_parcel.number, store_parcel.address) RETURNING *
$$;

GRANT USAGE ON SCHEMA api, shards TO web;
GRANT SELECT, INSERT ON api.parcels TO web;
