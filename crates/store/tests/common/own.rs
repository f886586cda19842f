//! Readings of our own, as the tests write them.
#![allow(dead_code, reason = "each test file writes some of them")]

use super::ask::id;
use domain::{Reading, TenantId, Timestamp};
use store::Store;

pub const SECOND_US: i64 = 1_000_000;

pub fn tenant() -> TenantId {
    TenantId::default_tenant()
}

pub fn reading(name: &str, us: i64, value: f64) -> Reading {
    Reading::new(id(name), Timestamp::from_us(us), value)
}

/// Writes, into the database and not beside it; how many rows.
pub async fn write(store: &Store, readings: Vec<Reading>) -> u64 {
    let written = store.ingest().write(&tenant(), readings).await.unwrap();
    assert!(!written.spilled);
    written.rows
}
