//! Tiers of our own readings: always what the rows before the watermark give, whatever was written in which order by whom.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::ask::id;
use common::own::{SECOND_US, reading, write};
use common::tiers::check;
use common::{Database, open};
use domain::{Reading, Timestamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use store::Settings;

/// 2024-01-31T20:00:00Z: four hours before a month ends.
const START_US: i64 = 1_706_731_200 * SECOND_US;

fn seconds(name: &str, from: i64, count: i64) -> Vec<Reading> {
    (from..from + count).map(|s| reading(name, START_US + s * SECOND_US, s as f64)).collect()
}

impl Database {
    async fn check(&mut self) -> (usize, usize) {
        check(&mut self.owner).await
    }
}

/// Batches in and out of order, with repetitions, corrections and gaps. Whole numbers, so that sums do not depend on order.
fn batch(dice: &mut ChaCha8Rng, clock: &mut [i64; 3]) -> Vec<Reading> {
    let mut readings = Vec::new();
    for _ in 0..=dice.random_range(0..3) {
        let place = dice.random_range(0..3_usize);
        let name = id(["a", "b", "c"][place]);
        let late = dice.random_range(0..3) == 0;
        let count = if dice.random_range(0..4) == 0 { 2_500 } else { dice.random_range(1..=300) };
        let step_us = [SECOND_US, 100_000, 7 * SECOND_US, 3_600 * SECOND_US][dice.random_range(0..4_usize)];
        let from = if late { START_US + dice.random_range(0..=clock[place] - START_US) } else { clock[place] };
        for n in 0..count {
            let value = if dice.random_range(0..20) == 0 { f64::NAN } else { f64::from(dice.random_range(0..1_000)) };
            readings.push(Reading::new(name.clone(), Timestamp::from_us(from + n * step_us), value));
        }
        clock[place] = clock[place].max(from + count * step_us);
    }
    readings
}

#[tokio::test]
async fn after_any_batches_tiers_are_what_the_rows_give() {
    for seed in 0..4 {
        let mut database = Database::new().await;
        let (store, _) = database.store().await;
        let (mut dice, mut clock) = (ChaCha8Rng::seed_from_u64(seed), [START_US; 3]);
        let mut before = 0;
        for _ in 0..12 {
            let readings = batch(&mut dice, &mut clock);
            write(&store, readings.clone()).await;
            if dice.random_range(0..3) == 0 {
                write(&store, readings).await;
            }
            (before, _) = database.check().await;
        }
        assert!(before > 1_000, "seed {seed}: the watermark stands still");
    }
}

#[tokio::test]
async fn a_few_rows_write_no_tier_and_a_long_tail_moves_the_watermark() {
    let mut database = Database::new().await;
    let (store, _) = database.store().await;
    for part in 0..9 {
        write(&store, seconds("a", part * 100, 100)).await;
    }
    assert_eq!(database.check().await, (0, 900));
    write(&store, seconds("a", 900, 100)).await;
    // The newest bucket is open.
    assert_eq!(database.check().await, (990, 10));
    write(&store, seconds("a", 1_000, 100)).await;
    assert_eq!(database.check().await, (990, 110));
    // A late row is counted at once.
    write(&store, vec![Reading::new(id("a"), Timestamp::from_us(START_US + 500_001), 5.0)]).await;
    assert_eq!(database.check().await, (991, 110));
    // The tail is counted again by another process.
    let (other, _) = database.store().await;
    write(&other, seconds("a", 1_100, 890)).await;
    assert_eq!(database.check().await, (1_981, 10));
}

#[tokio::test]
async fn a_clock_that_runs_ahead_does_not_drag_the_watermark_along() {
    let mut database = Database::new().await;
    let (store, _) = database.store().await;
    let mut readings = seconds("a", 0, 2_000);
    readings.push(Reading::new(id("a"), Timestamp::from_us(START_US * 3), 1.0));
    write(&store, readings).await;
    let ahead = "SELECT tiered_before <= now() FROM andon.series";
    assert!(sqlx::query_scalar::<_, bool>(ahead).fetch_one(&mut database.owner).await.unwrap());
    write(&store, seconds("a", 2_000, 2_000)).await;
    assert_eq!(database.check().await, (4_000, 1));
}

#[tokio::test]
async fn tiers_that_cannot_be_read_are_built_again() {
    let mut database = Database::new().await;
    let (store, _) = database.store().await;
    write(&store, seconds("a", 0, 3_000)).await;
    database.run("UPDATE andon.tiers SET buckets = '\\x07' WHERE tier = 0").await;
    write(&store, seconds("a", 5, 1)).await;
    write(&store, vec![Reading::new(id("a"), Timestamp::from_us(START_US + 7), 5.0)]).await;
    assert_eq!(database.check().await, (0, 3_001));
    let (other, _) = database.store().await;
    write(&other, seconds("a", 3_000, 10)).await;
    assert_eq!(database.check().await.1, 10);
}

#[tokio::test]
async fn two_processes_write_the_same_series() {
    let mut database = Database::new().await;
    let mut writers = Vec::new();
    for half in 0..2 {
        let (store, _) = open(Settings::without_configuration("UTC".parse().unwrap()), database.target()).await;
        writers.push(async move {
            for part in 0..20 {
                // Every reading is written by both, and they overlap in time.
                write(&store, seconds("a", part * 150 + half * 75, 150)).await;
                write(&store, seconds(if half == 0 { "b" } else { "c" }, part * 700, 700)).await;
                write(&store, seconds("d", part * 700, 700)).await;
            }
        });
    }
    futures::future::join_all(writers).await;
    let (before, after) = database.check().await;
    assert_eq!(before + after, 3_075 + 3 * 14_000);
    assert!(before > 40_000, "{before} rows in tiers");
}
