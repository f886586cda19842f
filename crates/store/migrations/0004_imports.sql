-- How far each import of a file came: an interrupted one goes on there, a repeated one finds nothing to do. It stands
-- beside the readings, so that it can never say more than the database holds.
CREATE TABLE imports (
    tenant_id  text COLLATE "C" NOT NULL,
    -- Which file, read how.
    file       text COLLATE "C" NOT NULL,
    -- Rows of the file that are stored, and a digest of exactly those.
    row_count  bigint NOT NULL,
    digest     bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, file)
);
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
        PERFORM create_distributed_table('imports', 'tenant_id', colocate_with => 'series');
    END IF;
END $$;
