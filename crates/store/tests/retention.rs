//! Old readings go a month at a time, with their tiers; without a retention nothing ever goes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::ask::{at, id};
use common::own::{reading, write};
use common::tiers::{check, many};
use common::{Database, settled};
use domain::civil::{DAY_US, HOUR_US};
use std::time::Duration;
use store::{IngestSettings, QuarantineSettings, Quarantined, Settings, Store};

/// What the writer does by itself, by the real clock, shall find nothing to drop.
const LONG_DAYS: i64 = 40 * 365;

fn settings(retention_days: Option<i64>) -> Settings {
    let retention = retention_days.map(|days| Duration::from_micros((days * DAY_US).unsigned_abs()));
    Settings {
        ingest: IngestSettings { retention, ..IngestSettings::default() },
        ..Settings::without_configuration("UTC".parse().unwrap())
    }
}

/// One reading an hour from November 2023 to the end of February 2024, and one of 1969.
async fn fill(store: &Store) {
    for name in ["a", "b"] {
        let mut time = at("2023-11-01T00:30:00Z");
        let mut readings = vec![reading(name, at("1969-07-20T20:17:40Z").us(), 1.0)];
        while time < at("2024-03-01T00:00:00Z") {
            readings.push(reading(name, time.us(), (readings.len() % 17) as f64));
            time = time.plus(HOUR_US);
        }
        write(store, readings).await;
    }
}

async fn extent(database: &mut Database) -> (i64, String) {
    let sql = "SELECT count(*), to_char(min(time) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM andon.readings";
    sqlx::query_as(sql).fetch_one(&mut database.owner).await.unwrap()
}

#[tokio::test]
async fn months_before_the_retention_go_with_their_tiers() {
    let mut database = Database::new().await;
    let (store, _) = database.store_with(settings(Some(LONG_DAYS + 20))).await;
    fill(&store).await;
    let rows = 2 * (24 * (30 + 31 + 31 + 29) + 1);
    assert_eq!(extent(&mut database).await, (rows, "1969-07-20 20:17".to_owned()));
    assert!(check(&mut database.owner).await.0 as i64 > rows - 100);
    let ingest = store.ingest();
    // Twenty days before lies in January, which stays whole.
    assert_eq!(ingest.drop_old_readings(at("2024-02-15T00:00:00Z").plus(LONG_DAYS * DAY_US)).await.unwrap(), 3);
    assert_eq!(extent(&mut database).await, (2 * 24 * (31 + 29), "2024-01-01 00:30".to_owned()));
    check(&mut database.owner).await;
    assert_eq!(ingest.drop_old_readings(at("2024-02-15T00:00:00Z").plus(LONG_DAYS * DAY_US)).await.unwrap(), 0);
    // Readings of a month that is gone are taken again: the month comes back until the next look.
    fill(&store).await;
    assert_eq!(extent(&mut database).await.0, rows);
    check(&mut database.owner).await;
    assert_eq!(ingest.drop_old_readings(at("2024-03-01T00:00:00Z").plus(LONG_DAYS * DAY_US)).await.unwrap(), 4);
    assert_eq!(extent(&mut database).await, (2 * 24 * 29, "2024-02-01 00:30".to_owned()));
    check(&mut database.owner).await;
}

#[tokio::test]
async fn without_a_retention_nothing_goes_and_the_next_month_is_made() {
    let mut database = Database::new().await;
    let (store, _) = database.store_with(settings(None)).await;
    fill(&store).await;
    let before = extent(&mut database).await;
    assert_eq!(store.ingest().drop_old_readings(at("2099-11-30T00:00:00Z")).await.unwrap(), 0);
    assert_eq!(extent(&mut database).await, before);
    for table in ["andon.readings_2099_11", "andon.readings_2099_12"] {
        let there: bool =
            sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(table).fetch_one(&mut database.owner).await.unwrap();
        assert!(there, "{table}");
    }
}

#[tokio::test]
async fn tables_that_are_not_ours_keep_their_tiers() {
    let mut database = Database::new().await;
    database.run(&many("2023-11-20", "1 minute")).await;
    let (store, tenant) = database.store_with(settings(Some(LONG_DAYS + 20))).await;
    fill(&store).await;
    settled(&store).await;
    let sql = "SELECT count(*), coalesce(sum(length(buckets)), 0) FROM andon.tiers WHERE tenant_id = ''";
    let before: (i64, i64) = sqlx::query_as(sql).fetch_one(&mut database.owner).await.unwrap();
    assert!(before.0 > 0);
    let now = at("2024-02-15T00:00:00Z").plus(LONG_DAYS * DAY_US);
    assert_eq!(store.ingest().drop_old_readings(now).await.unwrap(), 3);
    assert_eq!(sqlx::query_as::<_, (i64, i64)>(sql).fetch_one(&mut database.owner).await.unwrap(), before);
    let verified = store.verify_tiers(&tenant, Some(&id("many"))).await.unwrap();
    assert!(verified[0].rows > 0 && verified[0].different == 0, "{verified:?}");
}

#[tokio::test]
async fn the_quarantine_keeps_what_is_young_and_of_that_the_newest() {
    let mut database = Database::new().await;
    let mut settings = settings(None);
    settings.ingest.quarantine =
        QuarantineSettings { longest: Duration::from_micros(((LONG_DAYS + 1) * DAY_US).unsigned_abs()), most_rows: 3 };
    let other = store::TenantSettings { id: "other".parse().unwrap(), ..settings.tenants[0].clone() };
    settings.tenants.push(other);
    let (store, _) = database.store_with(settings).await;
    let ingest = store.ingest();
    for (tenant, rows) in [("default", 5_u8), ("other", 2)] {
        let bad = (0..rows).map(|n| Quarantined { payload: vec![n], reason: "odd".to_owned() }).collect();
        ingest.quarantine(&tenant.parse().unwrap(), "mqtt", bad).await.unwrap();
    }
    database.run("UPDATE andon.quarantine SET received_at = '2024-01-10' WHERE tenant_id = 'default' OR payload = '\\x01'").await;
    database.run("UPDATE andon.quarantine SET received_at = '2024-01-09' WHERE tenant_id = 'other' AND payload = '\\x00'").await;
    ingest.drop_old_quarantine(at("2024-01-10T12:00:00Z").plus(LONG_DAYS * DAY_US)).await.unwrap();
    let sql = "SELECT tenant_id, payload FROM andon.quarantine ORDER BY tenant_id, id";
    let left: Vec<(String, Vec<u8>)> = sqlx::query_as(sql).fetch_all(&mut database.owner).await.unwrap();
    let expected =
        [("default", 2), ("default", 3), ("default", 4), ("other", 1)].map(|(tenant, n): (&str, u8)| (tenant.to_owned(), vec![n]));
    assert_eq!(left, expected);
    assert_eq!(ingest.drop_old_quarantine(at("2024-01-12T00:00:00Z").plus(LONG_DAYS * DAY_US)).await.unwrap(), 4);
}
