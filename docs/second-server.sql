-- Months of readings on a second Postgres server, by postgres_fdw. crates/store/tests/scale_out.rs runs exactly this.
-- psql -v other_host=… -v other_port=… -v other_database=… -v other_user=… -v other_password=… -v month=readings_2024_01

-- STEP on the second server, for each month: the same table, with its key.
CREATE TABLE :month (
    tenant_id text COLLATE "C" NOT NULL,
    series_id bigint NOT NULL,
    time      timestamptz NOT NULL,
    value     double precision,
    PRIMARY KEY (tenant_id, series_id, time)
);

-- STEP on the first server, once: the way to the second, and the months under a parent without a key of its own, because
-- Postgres has no unique index across servers. Each month keeps its key; nothing is copied. Writers wait meanwhile.
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw
    OPTIONS (host :'other_host', port :'other_port', dbname :'other_database', fetch_size '10000', batch_size '1000');
CREATE USER MAPPING FOR CURRENT_USER SERVER other OPTIONS (user :'other_user', password :'other_password');
BEGIN;
SET LOCAL search_path = andon;
ALTER TABLE readings RENAME TO readings_with_key;
CREATE TABLE readings (LIKE readings_with_key) PARTITION BY RANGE (time);
DO $$
DECLARE
    part record;
BEGIN
    FOR part IN SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound
                FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'readings_with_key'::regclass LOOP
        EXECUTE format('ALTER TABLE readings_with_key DETACH PARTITION %I', part.relname);
        EXECUTE format('ALTER TABLE readings ATTACH PARTITION %I %s', part.relname, part.bound);
    END LOOP;
END $$;
DROP TABLE readings_with_key;
COMMIT;

-- STEP on the first server, for each month: its rows go to the second, and a foreign table of its name takes its place.
BEGIN;
SET LOCAL search_path = andon;
LOCK TABLE :month IN SHARE ROW EXCLUSIVE MODE;
CREATE FOREIGN TABLE far (
    tenant_id text COLLATE "C" NOT NULL,
    series_id bigint NOT NULL,
    time      timestamptz NOT NULL,
    value     double precision
) SERVER other OPTIONS (schema_name 'public', table_name :'month');
INSERT INTO far SELECT * FROM :month;
SELECT pg_get_expr(relpartbound, oid) AS bound FROM pg_class WHERE oid = :'month'::regclass \gset
ALTER TABLE readings DETACH PARTITION :month;
DROP TABLE :month;
ALTER TABLE far RENAME TO :month;
ALTER TABLE readings ATTACH PARTITION :month :bound;
COMMIT;
