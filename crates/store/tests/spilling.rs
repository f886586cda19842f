//! The database goes away and comes back: what was acknowledged is there afterwards, in the right order.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::cluster::Cluster;
use common::{Database, open};
use domain::{Reading, SeriesId, TenantId, Timestamp};
use sqlx::Row;
use std::path::Path;
use std::time::Duration;
use store::{Health, Ingest, IngestError, IngestSettings, Quarantined, Settings, SpillSettings, Store, Written};

fn readings(from: i64, count: i64, value: f64) -> Vec<Reading> {
    let series = SeriesId::new("a").unwrap();
    (from..from + count).map(|n| Reading::new(series.clone(), Timestamp::from_us(n * 1_000_000), value)).collect()
}

async fn write(ingest: &Ingest, readings: Vec<Reading>) -> Result<Written, IngestError> {
    ingest.write(&TenantId::default_tenant(), readings).await
}

fn settings(spill: Option<(&Path, u64)>) -> Settings {
    let spill = spill.map(|(directory, limit_bytes)| SpillSettings { directory: directory.join("spill"), limit_bytes });
    Settings { ingest: IngestSettings { spill, ..IngestSettings::default() }, ..Settings::without_configuration("UTC".parse().unwrap()) }
}

async fn until(what: &str, store: &Store, reached: impl Fn(&Store) -> bool) {
    for _ in 0..600 {
        if reached(store) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} did not happen within 30 s: {:?}", store.ingest().status());
}

async fn caught_up(store: &Store) {
    until("catching up", store, |store| store.health() == Health::Up && store.ingest().status().spill_bytes == 0).await;
}

/// Second and value of every row.
async fn rows(cluster: &Cluster) -> Vec<(i64, Option<f64>)> {
    let sql = "SELECT extract(epoch FROM time)::bigint, value FROM andon.readings ORDER BY time";
    let rows = sqlx::query(sql).fetch_all(&mut cluster.owner().await).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

const WRITTEN: Result<Written, IngestError> = Ok(Written { rows: 10, spilled: false });
const SPILLED: Result<Written, IngestError> = Ok(Written { rows: 10, spilled: true });

#[tokio::test]
async fn while_the_database_is_away_readings_wait_on_disk_and_go_in_their_order() {
    let mut cluster = Cluster::start().await;
    let spill = tempfile::tempdir().unwrap();
    let settings = settings(Some((spill.path(), 1 << 20)));
    let (store, _) = open(settings.clone(), cluster.target()).await;
    let ingest = store.ingest();
    assert_eq!(write(&ingest, readings(0, 10, 1.0)).await, WRITTEN);
    cluster.stop().await;
    assert_eq!(write(&ingest, readings(5, 10, 2.0)).await, SPILLED);
    assert_eq!(write(&ingest, readings(10, 10, 3.0)).await, SPILLED);
    let bad = vec![Quarantined { payload: vec![7], reason: "odd".into() }];
    assert_eq!(ingest.quarantine(&TenantId::default_tenant(), "mqtt", bad).await, Ok(()));
    let status = ingest.status();
    assert!(status.behind && status.spill_bytes > 200 && status.spilled_rows == 21, "{status:?}");
    // The writer ends and another takes over what it left, as after a restart of Andon.
    ingest.stop().await;
    drop(store);
    let (other, tenant) = (Store::new(settings), TenantId::default_tenant());
    let supervisor = tokio::spawn(other.clone().supervise());
    other.connect(cluster.target());
    assert_eq!(other.ingest().write(&tenant, readings(15, 10, 4.0)).await, SPILLED);
    cluster.start_again().await;
    caught_up(&other).await;
    let expected: Vec<_> = (0..25).map(|n| (n, Some([1.0, 2.0, 3.0, 4.0, 4.0][n as usize / 5]))).collect();
    assert_eq!(rows(&cluster).await, expected);
    assert_eq!(other.ingest().write(&tenant, readings(0, 10, 5.0)).await, WRITTEN);
    assert_eq!(rows(&cluster).await[..10], (0..10).map(|n| (n, Some(5.0))).collect::<Vec<_>>());
    let kept = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM andon.quarantine").fetch_one(&mut cluster.owner().await).await.unwrap();
    assert_eq!(kept, 1);
    assert!(!other.ingest().status().behind);
    assert_eq!(std::fs::read_dir(spill.path().join("spill")).unwrap().count(), 1, "only the lock is left");
    supervisor.abort();
    cluster.stop().await;
}

#[tokio::test]
async fn a_full_spill_file_turns_readings_away_and_says_so() {
    let mut cluster = Cluster::start().await;
    let spill = tempfile::tempdir().unwrap();
    let (store, _) = open(settings(Some((spill.path(), 500))), cluster.target()).await;
    let ingest = store.ingest();
    assert_eq!(write(&ingest, readings(0, 10, 1.0)).await, WRITTEN);
    cluster.stop().await;
    assert_eq!(write(&ingest, readings(10, 10, 1.0)).await, SPILLED);
    assert_eq!(write(&ingest, readings(20, 10, 1.0)).await, SPILLED);
    assert_eq!(write(&ingest, readings(30, 10, 1.0)).await, Err(IngestError::Full));
    let status = ingest.status();
    assert!(status.behind && status.turned_away_rows == 10 && status.spill_bytes <= status.spill_limit_bytes, "{status:?}");
    cluster.start_again().await;
    caught_up(&store).await;
    assert_eq!(write(&ingest, readings(30, 10, 1.0)).await, WRITTEN);
    assert_eq!(rows(&cluster).await.len(), 40);
    cluster.stop().await;
}

#[tokio::test]
async fn without_a_spill_file_sources_wait() {
    let mut cluster = Cluster::start().await;
    let (store, _) = open(settings(None), cluster.target()).await;
    let ingest = store.ingest();
    assert_eq!(write(&ingest, readings(0, 10, 1.0)).await, WRITTEN);
    cluster.stop().await;
    let waiting = tokio::spawn({
        let ingest = ingest.clone();
        async move { write(&ingest, readings(10, 10, 1.0)).await }
    });
    until("noticing the outage", &store, |store| matches!(store.health(), Health::Down { .. })).await;
    assert!(!waiting.is_finished());
    cluster.start_again().await;
    assert_eq!(waiting.await.unwrap(), WRITTEN);
    assert_eq!(rows(&cluster).await.len(), 20);
    cluster.stop().await;
    let waiting = tokio::spawn({
        let ingest = ingest.clone();
        async move { write(&ingest, readings(20, 10, 1.0)).await }
    });
    until("taking the readings", &store, |store| store.ingest().status().queued_rows == 10).await;
    ingest.stop().await;
    assert_eq!(waiting.await.unwrap(), Err(IngestError::Stopped), "never acknowledged what is not durable");
}

#[tokio::test]
async fn a_lost_connection_alone_is_no_outage() {
    let mut cluster = Cluster::start().await;
    let (store, _) = open(settings(None), cluster.target()).await;
    let ingest = store.ingest();
    for round in 0..5 {
        assert_eq!(write(&ingest, readings(round * 10, 10, 1.0)).await, WRITTEN);
        let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'andon'";
        sqlx::query(kill).execute(&mut cluster.owner().await).await.unwrap();
    }
    assert_eq!(write(&ingest, readings(50, 10, 1.0)).await, WRITTEN);
    assert_eq!(rows(&cluster).await.len(), 60);
    cluster.stop().await;
}

#[tokio::test]
async fn a_table_that_is_away_for_a_moment_loses_nothing() {
    let mut database = Database::new().await;
    let (store, _) = database.store().await;
    let ingest = store.ingest();
    assert_eq!(write(&ingest, readings(0, 10, 1.0)).await, WRITTEN);
    database.run("ALTER TABLE andon.series RENAME TO gone").await;
    let waiting = tokio::spawn({
        let ingest = ingest.clone();
        async move { write(&ingest, readings(10, 10, 1.0)).await }
    });
    until("taking the readings", &store, |store| store.ingest().status().queued_rows == 10).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    database.run("ALTER TABLE andon.gone RENAME TO series").await;
    assert_eq!(waiting.await.unwrap(), WRITTEN);
}

#[tokio::test]
async fn what_the_database_refuses_takes_no_other_along() {
    let mut database = Database::new().await;
    let (store, _) = database.store().await;
    let ingest = store.ingest();
    assert_eq!(write(&ingest, readings(0, 10, 1.0)).await, WRITTEN);
    database.run("ALTER TABLE andon.readings ADD CONSTRAINT no_beast CHECK (value <> 666)").await;
    let (good, bad, also_good) =
        tokio::join!(write(&ingest, readings(10, 10, 1.0)), write(&ingest, readings(20, 10, 666.0)), write(&ingest, readings(30, 10, 1.0)));
    assert_eq!((good, also_good), (WRITTEN, WRITTEN));
    assert!(matches!(&bad, Err(IngestError::Invalid(sentence)) if !sentence.contains("no_beast")), "{bad:?}");
    assert_eq!(store.ingest().status().refused_rows, 10);
    let rows = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM andon.readings").fetch_one(&mut database.owner).await.unwrap();
    assert_eq!(rows, 30);
}

#[tokio::test]
async fn refused_readings_stay_until_they_can_be_kept_aside() {
    let mut cluster = Cluster::start().await;
    let spill = tempfile::tempdir().unwrap();
    let (store, _) = open(settings(Some((spill.path(), 1 << 20))), cluster.target()).await;
    let ingest = store.ingest();
    assert_eq!(write(&ingest, readings(0, 10, 1.0)).await, WRITTEN);
    let check = "ALTER TABLE andon.readings ADD CONSTRAINT no_beast CHECK (value <> 666)";
    sqlx::query(check).execute(&mut cluster.owner().await).await.unwrap();
    let refused = spill.path().join("spill/refused");
    std::fs::create_dir(&refused).unwrap();
    cluster.stop().await;
    for (from, value) in [(10, 1.0), (20, 666.0), (30, 1.0)] {
        assert_eq!(write(&ingest, readings(from, 10, value)).await, SPILLED);
    }
    cluster.start_again().await;
    // Later readings of the same stretch get through; the refused ones are tried again with them, and are lost nowhere.
    for _ in 0..600 {
        if rows(&cluster).await.len() == 30 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(rows(&cluster).await.len(), 30);
    let status = ingest.status();
    assert!(status.spill_bytes > 0 && status.refused_rows == 0, "{status:?}");
    std::fs::remove_dir(&refused).unwrap();
    caught_up(&store).await;
    assert_eq!((ingest.status().refused_rows, ingest.status().written_rows), (10, 30));
    let kept = std::fs::metadata(&refused).unwrap().len();
    assert!(kept > 80 && kept < 400, "once, and not at every turn: {kept} bytes");
    cluster.stop().await;
}
