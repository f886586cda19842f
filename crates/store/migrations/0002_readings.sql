-- Readings of our own: what MQTT, Sparkplug B, line protocol and imports bring. One statement serves plain Postgres,
-- Citus and TimescaleDB; only the creation below differs, by the extension that this database has.

-- Numbers of series. Whoever else keeps tiers (tables that we do not own) draws its numbers from here too, so that a
-- number means one series in `tiers`.
CREATE SEQUENCE series_numbers;

-- The dictionary: one row for each series of `readings`, and only for those.
CREATE TABLE series (
    tenant_id     text COLLATE "C" NOT NULL,
    series_id     bigint NOT NULL DEFAULT nextval('series_numbers'),
    -- The series' address, any text.
    name          text COLLATE "C" NOT NULL,
    -- What the reader sees; NULL shows the name, no unit, no heading.
    display_name  text,
    unit          text,
    group_name    text,
    low_limit     double precision,
    high_limit    double precision,
    gap_limit_us  bigint,
    -- Watermark of the tiers: they hold exactly the readings before it, all of them, and none at or after it. It is a
    -- multiple of the finest tier's width; so a coarse bucket that reaches beyond it holds the readings before it, and a
    -- reader completes it with the rows from there on. Whoever changes readings or tiers of a series locks this row.
    tiered_before timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (tenant_id, series_id),
    UNIQUE (tenant_id, name)
) WITH (fillfactor = 70);

-- One packed row a series, tier and span; the format is `domain::tier`'s.
CREATE TABLE tiers (
    tenant_id  text COLLATE "C" NOT NULL,
    series_id  bigint NOT NULL,
    tier       smallint NOT NULL,
    span_start timestamptz NOT NULL,
    buckets    bytea NOT NULL,
    PRIMARY KEY (tenant_id, series_id, tier, span_start)
) WITH (toast_tuple_target = 8160);
-- Packed already, and small enough to stay on its page: compressing it or moving it aside would only cost time.
ALTER TABLE tiers ALTER COLUMN buckets SET STORAGE EXTERNAL;

-- What a source sent and could not be read as readings, as it came, with the reason.
CREATE TABLE quarantine (
    tenant_id   text COLLATE "C" NOT NULL,
    id          bigint NOT NULL DEFAULT nextval('series_numbers'),
    source      text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    reason      text NOT NULL,
    payload     bytea NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- The readings. A NULL value is a gap. TimescaleDB cuts a plain table into chunks itself; everywhere else months are
-- partitions that the writer creates before it writes into them. Years before 1970 and from 2100 on have one partition
-- each, so that clocks that run wild do not create thousands. There is no DEFAULT partition: attaching a month would
-- have to lock and search it.
DO $$
DECLARE
    extension_schema text;
    columns constant text := '(
        tenant_id text COLLATE "C" NOT NULL,
        series_id bigint NOT NULL,
        time      timestamptz NOT NULL,
        value     double precision,
        PRIMARY KEY (tenant_id, series_id, time))';
BEGIN
    SELECT n.nspname INTO extension_schema
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'timescaledb';
    IF extension_schema IS NOT NULL THEN
        EXECUTE 'CREATE TABLE readings ' || columns;
        EXECUTE format(
            'SELECT %I.create_hypertable(%L::regclass, %L, chunk_time_interval => interval ''1 month'', create_default_indexes => false)',
            extension_schema, 'readings', 'time');
    ELSE
        EXECUTE 'CREATE TABLE readings ' || columns || ' PARTITION BY RANGE (time)';
        CREATE TABLE readings_before_1970 PARTITION OF readings FOR VALUES FROM (MINVALUE) TO ('1970-01-01 00:00:00+00');
        CREATE TABLE readings_from_2100 PARTITION OF readings FOR VALUES FROM ('2100-01-01 00:00:00+00') TO (MAXVALUE);
    END IF;
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
        -- Everything of a tenant stands together, so that every statement of ours runs on one node.
        PERFORM create_distributed_table('series', 'tenant_id');
        PERFORM create_distributed_table('tiers', 'tenant_id', colocate_with => 'series');
        PERFORM create_distributed_table('quarantine', 'tenant_id', colocate_with => 'series');
        PERFORM create_distributed_table('readings', 'tenant_id', colocate_with => 'series');
    END IF;
END $$;
