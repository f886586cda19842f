//! Who is told of new readings: the readers of this process and of every other, also after the connection was lost.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Database;
use common::own::{self, SECOND_US, reading};
use domain::{Reading, SeriesId, TenantId, TimeRange, Timestamp};
use std::time::Duration;
use store::{Change, Store};
use tokio::sync::broadcast::Receiver;

async fn write(store: &Store, name: &str, seconds: std::ops::Range<i64>) {
    own::write(store, seconds.map(|s| reading(name, s * SECOND_US, 1.0)).collect()).await;
}

async fn next(changes: &mut Receiver<Change>) -> Vec<(String, TimeRange)> {
    let change = tokio::time::timeout(Duration::from_secs(20), changes.recv()).await.unwrap().unwrap();
    assert_eq!(change.tenant, TenantId::default_tenant());
    change.series.into_iter().map(|(name, range)| (name.to_string(), range)).collect()
}

fn seconds(first: i64, last: i64) -> TimeRange {
    TimeRange::inclusive(Timestamp::from_us(first * SECOND_US), Timestamp::from_us(last * SECOND_US)).unwrap()
}

/// Asks for changes, and returns when the store listens. `known` was written before by another store.
async fn listening(store: &Store, known: &str) -> Receiver<Change> {
    let mut changes = store.changes();
    assert_eq!(next(&mut changes).await, [(known.to_owned(), TimeRange::ALL)], "notices before the first LISTEN were missed");
    changes
}

#[tokio::test]
async fn every_process_is_told_once_a_flush() {
    let database = Database::new().await;
    let ((here, _), (there, _)) = (database.store().await, database.store().await);
    write(&database.store().await.0, "known", 0..1).await;
    let (mut heard_here, mut heard_there) = (listening(&here, "known").await, listening(&there, "known").await);
    write(&here, "a", 5..9).await;
    assert_eq!(next(&mut heard_here).await, [("a".to_owned(), seconds(5, 8))]);
    assert_eq!(next(&mut heard_there).await, [("a".to_owned(), seconds(5, 8))]);
    // Many series take several notices, and one change here.
    let readings = (0..500).map(|n| Reading::new(SeriesId::new(format!("s{n}")).unwrap(), Timestamp::from_us(n), 1.0)).collect();
    there.ingest().write(&TenantId::default_tenant(), readings).await.unwrap();
    assert_eq!(next(&mut heard_there).await.len(), 500);
    let mut heard = 0;
    while heard < 500 {
        heard += next(&mut heard_here).await.len();
    }
    assert_eq!(heard, 500);
    write(&there, "a", 1..2).await;
    assert_eq!(next(&mut heard_here).await, [("a".to_owned(), seconds(1, 1))], "one's own flush is told twice");
}

#[tokio::test]
async fn after_a_lost_connection_everything_counts_as_changed() {
    let mut database = Database::new().await;
    let ((here, _), (there, _)) = (database.store().await, database.store().await);
    write(&there, "known", 0..1).await;
    let mut heard = listening(&here, "known").await;
    write(&there, "a", 0..10).await;
    assert_eq!(next(&mut heard).await, [("a".to_owned(), seconds(0, 9))]);
    database
        .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
        .await;
    write(&there, "a", 10..20).await;
    write(&there, "b", 10..20).await;
    let mut again = next(&mut heard).await;
    again.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(again, ["a", "b", "known"].map(|name| (name.to_owned(), TimeRange::ALL)));
    write(&there, "b", 20..21).await;
    assert_eq!(next(&mut heard).await, [("b".to_owned(), seconds(20, 20))]);
}
