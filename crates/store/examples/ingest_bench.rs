//! How many readings a second reach the database, committed and with their tiers, on the way that every source takes.
//!
//!     cargo run --release -p store --example ingest_bench -- [rows] [series] [rows of a write] [writes at once]
//!
//! Uses the machine's PostgreSQL in a directory of its own, which goes afterwards.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for the eyes of its author")]

use domain::{Reading, SeriesId, TenantId, Timestamp};
use sqlx::Connection;
use std::time::{Duration, Instant};
use store::local::LocalPostgres;
use store::{Settings, Store, Target};

const SECOND_US: i64 = 1_000_000;

/// On disk, with the index.
const READINGS_BYTES: &str = "
    SELECT (SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('andon.readings'))::float8 / (SELECT count(*) FROM andon.readings)";
const TIERS_BYTES: &str = "SELECT sum(length(buckets))::float8 / (SELECT count(*) FROM andon.readings) FROM andon.tiers";
/// Everything that the write-ahead log took since the cluster was made.
const LOG_BYTES: &str = "SELECT (pg_current_wal_lsn() - '0/1000000'::pg_lsn)::float8 / (SELECT count(*) FROM andon.readings)";

#[tokio::main]
async fn main() {
    let number = |place: usize, default: i64| std::env::args().nth(place).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (rows, series, write_rows, at_once) = (number(1, 2_000_000), number(2, 10), number(3, 10_000), number(4, 8));
    let folder = tempfile::tempdir().unwrap();
    let postgres = LocalPostgres::start(folder.path()).await.unwrap();
    let target = Target::local(&postgres.connection(), "bench");
    store::demo::create_database(&target, "bench").await.unwrap();
    let store = Store::new(Settings::without_configuration("UTC".parse().unwrap()));
    let supervisor = tokio::spawn(store.clone().supervise());
    store.connect(target);
    assert!(store.wait_until_up(Duration::from_secs(30)).await, "the database does not answer");
    println!("{rows} rows of {series} series, {write_rows} a write, {at_once} writes at once");
    let names: Vec<SeriesId> = (0..series).map(|n| SeriesId::table(&format!("line/{n}/temperature"))).collect();
    // One reading a second and series, as from a gateway that sends all of them together.
    let reading = |n: i64, start_us: i64| {
        let (second, place) = (n / series, n % series);
        let value = ((second as f64 / 600.0).sin() * 1_000.0).round() / 100.0 + place as f64;
        Reading::new(names.get(place as usize).unwrap().clone(), Timestamp::from_us(start_us + second * SECOND_US), value)
    };
    let start_us = 1_700_000_000 * SECOND_US;
    // A new cluster makes its log files while the first rows come in; from then on it uses them again.
    let phases = [
        ("first", start_us),
        ("the same again", start_us),
        ("older than all", start_us - rows * SECOND_US),
        ("new", start_us + rows * SECOND_US),
        ("new", start_us + 2 * rows * SECOND_US),
    ];
    for (label, start_us) in phases {
        let writes: Vec<Vec<Reading>> =
            (0..rows / write_rows).map(|w| (w * write_rows..(w + 1) * write_rows).map(|n| reading(n, start_us)).collect()).collect();
        let began = Instant::now();
        let writes = futures::stream::iter(writes.into_iter().map(|readings| {
            let ingest = store.ingest();
            async move { ingest.write(&TenantId::default_tenant(), readings).await.unwrap().rows }
        }));
        let written: u64 = futures::StreamExt::fold(futures::StreamExt::buffered(writes, at_once as usize), 0, async |a, b| a + b).await;
        let took = began.elapsed();
        println!("{label:>15}: {written} rows in {took:.2?}, {:.0} rows/s", written as f64 / took.as_secs_f64());
    }
    store.ingest().stop().await;
    supervisor.abort();
    let place = postgres.connection();
    let options = sqlx::postgres::PgConnectOptions::new_without_pgpass().socket(&place.socket_dir).port(place.port);
    let options = options.username(&place.user).password(&place.password).database("bench");
    let mut owner = sqlx::PgConnection::connect_with(&options).await.unwrap();
    for (label, sql) in [("readings", READINGS_BYTES), ("tiers", TIERS_BYTES), ("log", LOG_BYTES)] {
        let bytes: f64 = sqlx::query_scalar(sql).fetch_one(&mut owner).await.unwrap();
        println!("{label:>15}: {bytes:.1} bytes a stored row");
    }
    postgres.stop().await.unwrap();
}
