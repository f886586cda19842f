-- The plants that Andon itself keeps. The demo plant is one: its row says that this database is the demo's own,
-- with which seed it grows and since when, so that a restart goes on where it stopped.
CREATE TABLE demo_plant (
    tenant_id  text PRIMARY KEY,
    seed       bigint NOT NULL,
    started_at timestamptz NOT NULL
);
