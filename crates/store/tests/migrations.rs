//! How our tables are made where an extension is installed. The extensions are not here; what stands in for them is their row
//! in the catalog, and functions of their names that note how they were called. So this tests the choice, not the extensions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Database;
use sqlx::Row;
use store::Writing;

impl Database {
    async fn install(&mut self, extension: &str, functions: &str) {
        self.run(&format!(
            "SET allow_system_table_mods = on; CREATE TABLE public.calls (n serial, call text);
             INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
             SELECT 99999, '{extension}', 10, 'public'::regnamespace, false, '1'; {functions}"
        ))
        .await;
    }

    async fn calls(&mut self) -> Vec<String> {
        let rows = sqlx::query("SELECT call FROM public.calls ORDER BY n").fetch_all(&mut self.owner).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    async fn kind_of_readings(&mut self) -> String {
        let sql = "SELECT relkind::text FROM pg_class WHERE oid = 'andon.readings'::regclass";
        sqlx::query_scalar(sql).fetch_one(&mut self.owner).await.unwrap()
    }
}

#[tokio::test]
async fn plain_postgres_has_months() {
    let mut database = Database::new().await;
    let (store, _) = database.store().await;
    assert_eq!((store.writing(), database.kind_of_readings().await.as_str()), (Writing::Ready, "p"));
}

#[tokio::test]
async fn on_citus_everything_of_a_tenant_stands_together() {
    let mut database = Database::new().await;
    let function = "
        CREATE FUNCTION pg_catalog.create_distributed_table(table_name regclass, column_name text, colocate_with text DEFAULT 'default')
        RETURNS void LANGUAGE sql AS $$ INSERT INTO public.calls (call) VALUES (format('%s by %s with %s', $1, $2, $3)) $$";
    database.install("citus", function).await;
    let (store, _) = database.store().await;
    assert_eq!(store.writing(), Writing::Ready);
    let calls: Vec<String> = database.calls().await.into_iter().map(|call| call.replace("andon.", "")).collect();
    let together = [
        "tiers",
        "quarantine",
        "readings",
        "imports",
        "plant_entries",
        "words",
        "machine_logs",
        "observations",
        "observation_origins",
        "reports",
    ]
    .map(|table| format!("{table} by tenant_id with series"));
    assert_eq!(calls[0], "series by tenant_id with default");
    assert_eq!(calls[1..], together);
    assert_eq!(database.kind_of_readings().await, "p");
}

#[tokio::test]
async fn on_timescale_the_extension_cuts_the_table() {
    let mut database = Database::new().await;
    let function = "
        CREATE FUNCTION public.create_hypertable(relation regclass, time_column_name name, chunk_time_interval interval, create_default_indexes boolean)
        RETURNS void LANGUAGE sql AS $$ INSERT INTO public.calls (call) VALUES (format('%s by %s each %s %s', $1, $2, $3, $4)) $$";
    database.install("timescaledb", function).await;
    let (store, _) = database.store().await;
    assert_eq!(store.writing(), Writing::Ready);
    assert_eq!(database.calls().await[0].replace("andon.", ""), "readings by time each 1 mon f");
    assert_eq!(database.kind_of_readings().await, "r");
}
