-- Machines: what is stated about the plant, what devices say, and what people report. Nothing here is ever changed or
-- removed; what holds at a moment follows from what was appended until then.

-- Facts about a plant. A fact's subject is (kind, id); the number of its first entry is the subject's number, by which
-- figures name reasons and products.
CREATE TABLE plant_entries (
    tenant_id text COLLATE "C" NOT NULL,
    number    bigint NOT NULL,
    recorded  timestamptz NOT NULL DEFAULT clock_timestamp(),
    author    text NOT NULL,
    why       text NOT NULL,
    kind      text COLLATE "C" NOT NULL,
    id        text COLLATE "C" NOT NULL,
    -- What holds from now on; NULL takes the subject back.
    fact      jsonb,
    PRIMARY KEY (tenant_id, number)
);

-- Words of devices by number: half a million observations a year say the same few dozen.
CREATE SEQUENCE word_numbers AS integer;
CREATE TABLE words (
    tenant_id text COLLATE "C" NOT NULL,
    number    integer NOT NULL DEFAULT nextval('word_numbers'),
    word      text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, number),
    UNIQUE (tenant_id, word)
);

-- One row for each machine that ever said anything. Whoever appends observations locks it; so they are numbered in the
-- order of their arrival.
CREATE TABLE machine_logs (
    tenant_id  text COLLATE "C" NOT NULL,
    machine    text COLLATE "C" NOT NULL,
    log_id     bigint NOT NULL DEFAULT nextval('series_numbers'),
    -- The last sign of life. Those that follow the one before within half a minute and say nothing else are not kept.
    last_heard timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (tenant_id, machine)
) WITH (fillfactor = 50);

-- What devices said, in the order of arrival. `at` is the stamp, clamped to the one before, so it grows with the sequence
-- and a window is one range of the primary key. Parts that are said outright are one row for each kind of part.
CREATE TABLE observations (
    tenant_id      text COLLATE "C" NOT NULL,
    log_id         bigint NOT NULL,
    at             timestamptz NOT NULL,
    sequence       bigint NOT NULL,
    -- Who sent it, a number of `words`, and the number that the sender gave it.
    origin         integer NOT NULL,
    number         bigint,
    stamp          timestamptz NOT NULL,
    received       timestamptz NOT NULL,
    recorded       timestamptz NOT NULL,
    -- What was said (`store/src/machines/row.rs`), and a word, a count or a reading.
    kind           smallint NOT NULL,
    value          bigint NOT NULL,
    -- How long nothing was heard before it, where that is more than half a minute.
    quiet_us       bigint,
    -- Its state, mode, emergency stop, connection or reason is other than before, or nothing was heard for a while. Only
    -- these rows bear on states, so a standstill is followed to its ends over them alone.
    breaks         boolean NOT NULL,
    -- What holds after it, so that a window begins with the one row before it.
    state          integer,
    mode           integer,
    emergency_stop integer,
    reason         integer,
    product        integer,
    total          bigint,
    good           bigint,
    reject         bigint,
    rework         bigint,
    PRIMARY KEY (tenant_id, log_id, at, sequence)
);
CREATE INDEX observations_breaks ON observations (tenant_id, log_id, at, sequence) WHERE breaks;
CREATE UNIQUE INDEX observations_once ON observations (tenant_id, log_id, origin, number) WHERE number IS NOT NULL;

-- Up to which number the observations of a sender were taken in.
CREATE TABLE observation_origins (
    tenant_id   text COLLATE "C" NOT NULL,
    log_id      bigint NOT NULL,
    origin      integer NOT NULL,
    last_number bigint NOT NULL,
    PRIMARY KEY (tenant_id, log_id, origin)
) WITH (fillfactor = 50);

-- What people report about machines. An entry about the same subject takes the place of the one before.
CREATE TABLE reports (
    tenant_id text COLLATE "C" NOT NULL,
    machine   text COLLATE "C" NOT NULL,
    subject   bigint NOT NULL,
    number    bigint NOT NULL DEFAULT nextval('series_numbers'),
    recorded  timestamptz NOT NULL DEFAULT clock_timestamp(),
    author    text NOT NULL,
    why       text NOT NULL,
    -- The stretch it is about, an open one as long as a report can be; the subject's last where it is taken back.
    starts    timestamptz NOT NULL,
    ends      timestamptz NOT NULL,
    report    jsonb,
    PRIMARY KEY (tenant_id, machine, subject, number)
);
CREATE INDEX reports_by_end ON reports (tenant_id, machine, ends);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
        PERFORM create_distributed_table('plant_entries', 'tenant_id', colocate_with => 'series');
        PERFORM create_distributed_table('words', 'tenant_id', colocate_with => 'series');
        PERFORM create_distributed_table('machine_logs', 'tenant_id', colocate_with => 'series');
        PERFORM create_distributed_table('observations', 'tenant_id', colocate_with => 'series');
        PERFORM create_distributed_table('observation_origins', 'tenant_id', colocate_with => 'series');
        PERFORM create_distributed_table('reports', 'tenant_id', colocate_with => 'series');
    END IF;
END $$;
