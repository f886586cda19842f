//! Readings on two servers: months of one database stand on another, and everything works and answers as on one server.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::ask::{at, id};
use common::cluster::Cluster;
use common::{open, tiers};
use domain::answer::SeriesWindow;
use domain::{Reading, TenantId, Timestamp, WindowSpec};
use sqlx::{AssertSqlSafe, PgConnection, Row};
use store::{IngestSettings, Settings, Store, Tail, Tenant, WindowQuery};
use tokio::process::Command;

const SCRIPT: &str = include_str!("../../../docs/second-server.sql");
const SECOND_US: i64 = 1_000_000;
/// 2024-01-31T20:00:00Z: four hours before a month ends.
const START_US: i64 = 1_706_731_200 * SECOND_US;
const NAMES: [&str; 3] = ["a", "b/'c'", "d"];
/// Windows of rows and of tiers, in one month and across its end, on both servers.
const WINDOWS: [(&str, &str); 5] = [
    ("2024-01-31T20:00:00Z", "2024-01-31T20:05:00Z"),
    ("2024-01-31T20:00:00Z", "2024-02-01T04:00:00Z"),
    ("2024-01-31T23:59:00Z", "2024-02-01T00:01:00Z"),
    ("2024-01-01", "2024-03-01"),
    ("first", "last+1s"),
];

struct Side {
    cluster: Cluster,
    owner: PgConnection,
    store: Store,
    tenant: Tenant,
}

impl Side {
    async fn start() -> Self {
        let cluster = Cluster::start().await;
        let settings = Settings { ingest: five_years(), ..Settings::without_configuration("UTC".parse().unwrap()) };
        let (store, tenant) = open(settings, cluster.target()).await;
        Self { owner: cluster.owner().await, cluster, store, tenant }
    }

    async fn write(&self, readings: &[Reading]) {
        let written = self.store.ingest().write(&TenantId::default_tenant(), readings.to_vec()).await.unwrap();
        assert_eq!((written.rows as usize, written.spilled), (readings.len(), false));
    }

    async fn number(&mut self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut self.owner).await.unwrap()
    }

    /// All rows by name and time.
    async fn rows(&mut self) -> Vec<(String, i64, Option<f64>)> {
        let sql = "SELECT s.name, (extract(epoch FROM r.time) * 1000000)::bigint, r.value
                   FROM andon.readings r JOIN andon.series s USING (tenant_id, series_id) ORDER BY 1, 2";
        let rows = sqlx::query(sql).fetch_all(&mut self.owner).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
    }

    async fn exported(&self) -> Vec<(usize, Timestamp, Option<f64>)> {
        let spec = WindowSpec::parse(Some("first"), Some("last+1s")).unwrap();
        let mut export = self.store.export(&self.tenant, &NAMES.map(id), spec, at("2024-03-01")).await.unwrap();
        let mut rows = Vec::new();
        while let Some(chunk) = export.rows.recv().await {
            rows.extend(chunk.unwrap().into_iter().map(|row| (row.series, row.time, row.value)));
        }
        rows
    }

    /// As a new process sees them: one that runs looks only now and then how far the tiers reach.
    async fn windows(&self) -> Vec<SeriesWindow> {
        let (store, tenant) = open(Settings::without_configuration("UTC".parse().unwrap()), self.cluster.target()).await;
        let mut windows = Vec::new();
        for (from, to) in WINDOWS {
            for average_us in [None, Some(60 * SECOND_US)] {
                let spec = WindowSpec::parse(Some(from), Some(to)).unwrap();
                let query = WindowQuery { series: NAMES.map(id).to_vec(), spec, columns: 300, average_us, now: at("2024-03-01") };
                let answer = store.window(&tenant, &query).await.unwrap();
                windows.extend(answer.series.into_iter().map(|series| series.outcome.unwrap()));
            }
        }
        windows
    }

    async fn tails(&self) -> Vec<Tail> {
        let mut tails = Vec::new();
        for after in [START_US, START_US + 14_390 * SECOND_US, START_US + 14_500 * SECOND_US] {
            for name in NAMES {
                tails.push(self.store.tail(&self.tenant, &id(name), Timestamp::from_us(after)).await.unwrap());
            }
        }
        tails
    }
}

/// Of these readings January is old in the middle of February 2029, and February is not.
fn five_years() -> IngestSettings {
    IngestSettings { retention: Some(std::time::Duration::from_secs(5 * 366 * 86_400)), ..IngestSettings::default() }
}

/// Runs a step of the documented script with psql, as an operator does.
async fn step(on: &Cluster, number: usize, other: &Cluster, month: &str) {
    let script = SCRIPT.split("-- STEP").nth(number).unwrap();
    let variables = [
        ("other_host", other.place.socket_dir.display().to_string()),
        ("other_port", other.place.port.to_string()),
        ("other_database", Cluster::DATABASE.to_owned()),
        ("other_user", other.place.user.clone()),
        ("other_password", other.place.password.clone()),
        ("month", month.to_owned()),
    ];
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("--{script}")).unwrap();
    let mut psql = Command::new("psql");
    psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", Cluster::DATABASE, "-f"]).arg(file.path());
    psql.env("PGHOST", &on.place.socket_dir).env("PGPORT", on.place.port.to_string());
    psql.env("PGUSER", &on.place.user).env("PGPASSWORD", &on.place.password).env("PGOPTIONS", "-c search_path=public");
    for (name, value) in variables {
        psql.arg("-v").arg(format!("{name}={value}"));
    }
    let output = psql.output().await.unwrap();
    assert!(output.status.success(), "step {number}: {}", String::from_utf8_lossy(&output.stderr));
}

fn same(two: &[SeriesWindow], one: &[SeriesWindow], when: &str) {
    assert_eq!(two.len(), one.len());
    for (place, (two, one)) in two.iter().zip(one).enumerate() {
        assert_eq!(two.stats, one.stats, "{when}, window {place}");
        assert!(two == one, "{when}, window {place}: the lines differ");
    }
}

/// Seconds of a series with some gaps; whole numbers, so that sums do not depend on order.
fn seconds(name: &str, from: i64, count: i64, value: i64) -> Vec<Reading> {
    let value_of = |s: i64| if s % 97 == 13 { f64::NAN } else { ((s * 7_919 + value) % 1_000) as f64 };
    (from..from + count).map(|s| Reading::new(id(name), Timestamp::from_us(START_US + s * SECOND_US), value_of(s))).collect()
}

/// What comes after the move: appended, across the end of the month, late, again, corrected; copied and merged.
fn batches() -> Vec<Vec<Reading>> {
    let joined = |parts: &[Vec<Reading>]| parts.concat();
    vec![
        joined(&[seconds("a", 3_000, 11_000, 0), seconds("d", 0, 700, 5), seconds("b/'c'", 14_380, 10, 0)]),
        joined(&[seconds("a", 14_000, 1_500, 0), seconds("b/'c'", 14_390, 20, 0)]),
        // Again, and with other values: few and many.
        seconds("a", 14_390, 20, 0),
        seconds("a", 14_390, 20, 3),
        seconds("a", 13_000, 2_000, 9),
        // Where the memory of the writer says new and the table says old.
        joined(&[seconds("b/'c'", 14_380, 1_200, 0), seconds("d", 100, 5, 77)]),
        // Late into both months, in between what is there, and before all of it.
        (0..900).map(|n| Reading::new(id("a"), Timestamp::from_us(START_US + n * 17 * SECOND_US + 500_000), n as f64)).collect(),
        seconds("d", -86_400, 600, 1),
        seconds("d", 16_000, 1_800, 1),
    ]
}

#[tokio::test]
async fn months_on_another_server_work_and_answer_as_on_one() {
    let (mut one, mut two, mut other) = (Side::start().await, Side::start().await, Cluster::start().await);
    let first = seconds("a", 0, 3_000, 0);
    for side in [&one, &two] {
        side.write(&first).await;
    }
    // While the store runs: its writer finds out by itself.
    step(&other, 1, &other, "readings_2024_01").await;
    step(&two.cluster, 2, &other, "readings_2024_01").await;
    step(&two.cluster, 3, &other, "readings_2024_01").await;
    let mut far = other.owner().await;
    let far_rows = "SELECT count(*) FROM readings_2024_01";
    assert_eq!(sqlx::query_scalar::<_, i64>(far_rows).fetch_one(&mut far).await.unwrap(), 3_000, "moved");
    for (number, batch) in batches().iter().enumerate() {
        for side in [&mut one, &mut two] {
            side.write(batch).await;
            tiers::check(&mut side.owner).await;
        }
        assert_eq!(two.rows().await, one.rows().await, "after batch {number}");
        same(&two.windows().await, &one.windows().await, &format!("after batch {number}"));
    }
    assert_eq!(two.tails().await, one.tails().await);
    assert_eq!(two.exported().await, one.exported().await);
    let (here, there) = (
        two.number("SELECT count(*) FROM andon.readings_2024_02").await,
        sqlx::query_scalar::<_, i64>(far_rows).fetch_one(&mut far).await.unwrap(),
    );
    assert!(here > 1_000 && there > 10_000 && here + there == one.rows().await.len() as i64, "{here} here, {there} there");
    let (tiered, _) = tiers::check(&mut two.owner).await;
    assert!(tiered > 10_000, "{tiered} rows in tiers");
    // A month that the writer made has its key, so that no row can stand there twice.
    let key = "SELECT count(*) FROM pg_index WHERE indrelid = 'andon.readings_2024_02'::regclass AND indisprimary";
    assert_eq!(two.number(key).await, 1);
    // A second process, which has never seen the tables with one key.
    let (second, _) = open(Settings::without_configuration("UTC".parse().unwrap()), two.cluster.target()).await;
    let mut changes = two.store.changes();
    second.ingest().write(&TenantId::default_tenant(), seconds("a", 15_600, 5, 0)).await.unwrap();
    one.write(&seconds("a", 15_600, 5, 0)).await;
    assert_eq!(two.rows().await, one.rows().await);
    // Told by its notice, or by the one change over everything with which listening begins.
    let told = async { while !changes.recv().await.unwrap().series.iter().any(|(series, _)| *series == id("a")) {} };
    tokio::time::timeout(std::time::Duration::from_secs(20), told).await.unwrap();
    // Old months go here as there.
    for side in [&mut one, &mut two] {
        assert_eq!(side.store.ingest().drop_old_readings(at("2029-02-15")).await.unwrap(), 1);
        tiers::check(&mut side.owner).await;
    }
    assert_eq!(two.rows().await, one.rows().await);
    same(&two.windows().await, &one.windows().await, "at the end");
    for cluster in [&mut one.cluster, &mut two.cluster, &mut other] {
        cluster.stop().await;
    }
}
