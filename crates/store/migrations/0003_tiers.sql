-- Tiers of tables that we do not own: built in the background, extended as rows are appended, checked for rows that
-- changed. Their packed rows stand in `tiers` under the tenant '', which no tenant is called: the catalog decides who
-- sees a table, and one table may be seen by several.
CREATE TABLE tier_sources (
    -- Schema, table, columns and zone; another configuration is another source.
    source        text COLLATE "C" PRIMARY KEY,
    series_id     bigint NOT NULL UNIQUE DEFAULT nextval('series_numbers'),
    -- Counts the times that the tiers were begun anew.
    generation    bigint NOT NULL DEFAULT 0,
    -- Which file the table was when they were begun: a table that was dropped, created again or truncated is another.
    file          text,
    -- As in `series`: the tiers hold exactly the rows before it, and none at or after it.
    tiered_before timestamptz NOT NULL DEFAULT '-infinity',
    -- small, no_index, building, following, failed
    state         text NOT NULL,
    -- Rows in the tiers, and those that the table has by the planner's estimate.
    rows_done     bigint NOT NULL DEFAULT 0,
    rows_expected bigint NOT NULL DEFAULT 0,
    detail        text,
    changed_at    timestamptz NOT NULL DEFAULT now()
);

-- Stretches of a source, each up to the next: how many rows they held and what their sum of hashes was when they were
-- last looked at. A stretch that differs has changed behind our back and is read again.
CREATE TABLE tier_checks (
    series_id  bigint NOT NULL,
    starts     timestamptz NOT NULL,
    row_count  bigint NOT NULL,
    checksum   bigint NOT NULL,
    checked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (series_id, starts)
);
CREATE INDEX tier_checks_by_age ON tier_checks (series_id, checked_at);

-- A packed row of some kilobytes stays on its page: fetching it from the side table takes twice as long as reading it.
-- Where a distributed table does not take the setting, it works without.
DO $$ BEGIN
    ALTER TABLE tiers SET (toast_tuple_target = 8160);
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;
