//! Readings of our own: written, repeated, corrected, late, in any month; what stands in the table afterwards.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Database;
use common::ask::id;
use common::own::{SECOND_US, reading, tenant, write};
use domain::{Reading, Timestamp, WindowSpec};
use sqlx::Row;
use store::{IngestError, Quarantined, Written};

/// 2024-01-15T00:00:00Z.
const START_US: i64 = 1_705_276_800 * SECOND_US;

/// One reading a second.
fn seconds(name: &str, from: i64, count: i64, value: f64) -> Vec<Reading> {
    (from..from + count).map(|s| reading(name, START_US + s * SECOND_US, value + s as f64)).collect()
}

impl Database {
    /// Names, microseconds and values of all rows, in order.
    async fn rows(&mut self) -> Vec<(String, i64, Option<f64>)> {
        let sql = "SELECT s.name, (extract(epoch FROM r.time) * 1000000)::bigint AS us, r.value
                   FROM andon.readings r JOIN andon.series s USING (tenant_id, series_id) ORDER BY 1, 2";
        let rows = sqlx::query(sql).fetch_all(&mut self.owner).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
    }

    async fn count(&mut self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.owner).await.unwrap()
    }
}

#[tokio::test]
async fn what_is_written_is_read_in_windows_and_exports() {
    let mut database = Database::new().await;
    let (store, tenant) = database.store().await;
    let name = "line 1/'Motor' \"ß\"; DROP TABLE x--";
    let mut readings = seconds(name, 0, 600, 0.0);
    readings.push(reading(name, START_US + 600 * SECOND_US, f64::NAN));
    assert_eq!(write(&store, readings.clone()).await, 601);
    let listed = store.series(&tenant).await.unwrap();
    assert_eq!(listed.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), [name]);
    let spec = WindowSpec::parse(Some("first"), Some("last+1s")).unwrap();
    let query = store::WindowQuery { series: vec![id(name)], spec, columns: 1_000, average_us: None, now: Timestamp::from_us(START_US) };
    let answer = store.window(&tenant, &query).await.unwrap().series.remove(0).outcome.unwrap();
    assert_eq!((answer.stats.samples, answer.stats.gaps), (600, 1));
    assert_eq!((answer.stats.min.unwrap().value, answer.stats.max.unwrap().value), (0.0, 599.0));
    let mut export = store.export(&tenant, &[id(name)], spec, query.now).await.unwrap();
    let mut exported = Vec::new();
    while let Some(rows) = export.rows.recv().await {
        exported.extend(rows.unwrap().into_iter().map(|row| Reading { series: id(name), time: row.time, value: row.value }));
    }
    assert_eq!(exported, readings);
    assert_eq!(database.rows().await.len(), 601);
}

#[tokio::test]
async fn the_same_again_changes_nothing_and_another_value_replaces() {
    let mut database = Database::new().await;
    let (store, _) = database.store().await;
    // Large enough to be copied, small enough to be merged.
    for (name, count) in [("large", 2_000), ("small", 20)] {
        let first = seconds(name, 0, count, 0.0);
        write(&store, first.clone()).await;
        let stored = database.rows().await;
        let versions = "SELECT count(DISTINCT xmin::text) FROM andon.readings";
        let before = database.count(versions).await;
        write(&store, first).await;
        assert_eq!(database.rows().await, stored, "{name}");
        assert_eq!(database.count(versions).await, before, "{name}: a row was written again");
        write(&store, vec![reading(name, START_US, 77.0), reading(name, START_US + SECOND_US, f64::NAN)]).await;
        let corrected: Vec<_> = database.rows().await.into_iter().filter(|row| row.0 == name).collect();
        assert_eq!((corrected[0].2, corrected[1].2, corrected[2].2), (Some(77.0), None, Some(2.0)), "{name}");
        assert_eq!(corrected.len() as i64, count, "{name}");
    }
}

#[tokio::test]
async fn of_two_in_one_batch_the_later_stays() {
    let mut database = Database::new().await;
    let (store, _) = database.store().await;
    write(&store, vec![reading("a", START_US, 1.0), reading("b", START_US, 5.0), reading("a", START_US, 2.0)]).await;
    assert_eq!(database.rows().await, [("a".into(), START_US, Some(2.0)), ("b".into(), START_US, Some(5.0))]);
}

#[tokio::test]
async fn any_instant_has_a_partition() {
    let mut database = Database::new().await;
    let (store, _) = database.store().await;
    let times = [Timestamp::MIN.us(), -1, 0, START_US, 4_102_444_800 * SECOND_US - 1, 4_102_444_800 * SECOND_US, Timestamp::MAX.us()];
    write(&store, times.iter().map(|us| reading("a", *us, 1.0)).collect()).await;
    assert_eq!(database.count("SELECT count(*) FROM andon.readings").await, times.len() as i64);
    let partitions = "SELECT count(DISTINCT tableoid) FROM andon.readings";
    // Two for the years outside, and January 1970, January 2024 and December 2099.
    assert_eq!(database.count(partitions).await, 5);
    for (table, rows) in [("readings_before_1970", 2), ("readings_1970_01", 1), ("readings_2099_12", 1), ("readings_from_2100", 2)] {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM andon.{table}"));
        assert_eq!(sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut database.owner).await.unwrap(), rows, "{table}");
    }
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_with_its_mend() {
    let database = Database::new().await;
    let (store, _) = database.store().await;
    let ingest = store.ingest();
    for (tenant, name, mend) in [
        (tenant(), "x".repeat(store::LONGEST_NAME_BYTES + 1), "shorten it"),
        (tenant(), "a\0b".to_owned(), "remove it"),
        ("nobody".parse().unwrap(), "a".to_owned(), "add [[tenant]]"),
    ] {
        let refused = ingest.write(&tenant, vec![reading(&name, START_US, 1.0)]).await;
        assert!(matches!(&refused, Err(IngestError::Invalid(sentence)) if sentence.contains(mend)), "{refused:?}");
    }
    let longest = "ß".repeat(store::LONGEST_NAME_BYTES / 2);
    assert_eq!(write(&store, vec![reading(&longest, START_US, 1.0)]).await, 1);
    assert_eq!(ingest.write(&tenant(), Vec::new()).await, Ok(Written { rows: 0, spilled: false }));
}

#[tokio::test]
async fn unreadable_payloads_are_kept_as_they_came() {
    let mut database = Database::new().await;
    let (store, _) = database.store().await;
    let bad = vec![
        Quarantined { payload: vec![0, 255, 7], reason: "no \0 JSON".to_owned() },
        Quarantined { payload: Vec::new(), reason: "empty".to_owned() },
    ];
    store.ingest().quarantine(&tenant(), "mqtt plant", bad).await.unwrap();
    let rows =
        sqlx::query("SELECT source, reason, payload FROM andon.quarantine ORDER BY id").fetch_all(&mut database.owner).await.unwrap();
    let kept: Vec<(String, String, Vec<u8>)> = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    assert_eq!(kept[0], ("mqtt plant".into(), "no \\0 JSON".into(), vec![0, 255, 7]));
    assert_eq!(kept[1].2, Vec::<u8>::new());
}

#[tokio::test]
async fn many_small_writes_share_their_flushes_and_the_end_loses_none() {
    let mut database = Database::new().await;
    let (store, _) = database.store().await;
    let ingest = store.ingest();
    let writes = (0..500).map(|n| {
        let ingest = ingest.clone();
        async move { ingest.write(&tenant(), seconds(&format!("s{}", n % 7), n, 1, 0.0)).await }
    });
    let all = futures::future::join_all(writes).await;
    assert!(all.iter().all(|written| *written == Ok(Written { rows: 1, spilled: false })));
    assert_eq!(database.count("SELECT count(*) FROM andon.readings").await, 500);
    let flushes = database.count("SELECT count(DISTINCT xmin::text) FROM andon.readings").await;
    assert!(flushes < 50, "{flushes} transactions for 500 writes");
    let owner = tenant();
    let last = ingest.write(&owner, seconds("last", 0, 10, 0.0));
    let (last, ()) = tokio::join!(last, ingest.stop());
    assert_eq!(last, Ok(Written { rows: 10, spilled: false }));
    assert_eq!(ingest.write(&tenant(), seconds("late", 0, 10, 0.0)).await, Err(IngestError::Stopped));
}
