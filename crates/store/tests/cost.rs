//! What a window costs, counted: the same for a day and for ten years of seconds.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Database;
use common::ask::{at, id, only};
use domain::bucket::{Bucket, Sample};
use domain::tier::{self, LADDER, Tier};
use domain::{TimeRange, Timestamp, WindowSpec};
use sqlx::AssertSqlSafe;
use store::{WindowCost, WindowQuery};

const DAY_US: i64 = 86_400_000_000;
const COLUMNS: i64 = 1_500;

/// A bucket of one sample a second.
fn bucket(tier: Tier, start: Timestamp) -> Bucket {
    let seconds = tier.width_us() / 1_000_000;
    let value = |us: i64| ((us / 1_000_000 % 8_640) as f64 / 1_375.0).sin() * 50.0 + (us % 7) as f64 / 3.0;
    let sample = |second: i64| Sample { time: start.plus(second * 1_000_000), value: value(start.us()) + second as f64 / seconds as f64 };
    let (first, last) = (sample(0), sample(seconds - 1));
    Bucket { count: seconds.unsigned_abs(), sum: first.value * seconds as f64, first, last, min: first, max: last, ..Bucket::empty(start) }
}

/// A series of our own with ten years of one sample a second, as far as windows that end at `end` need its tiers: three
/// hundred million rows would take an hour to write.
async fn ten_years(database: &mut Database, end: Timestamp, starts: &[Timestamp]) {
    database.run("INSERT INTO andon.series (tenant_id, name, tiered_before) VALUES ('default', 'decade', 'infinity')").await;
    for tier in LADDER {
        let width_us = tier.width_us();
        let coarser_us = tier.coarser().map_or(width_us, Tier::width_us);
        let mut stretches = vec![(end.plus(-7 * COLUMNS * width_us), end.plus(coarser_us))];
        stretches.extend(starts.iter().map(|start| (start.plus(-coarser_us), start.plus(2 * coarser_us))));
        let mut spans: Vec<Timestamp> = Vec::new();
        for (from, to) in stretches {
            let mut span = tier::span_start(tier, from);
            while span < to {
                spans.push(span);
                span = span.plus(tier.span_us());
            }
        }
        spans.sort_unstable();
        spans.dedup();
        let packed = |span: &Timestamp| tier::pack(&(0..60).map(|i| bucket(tier, span.plus(i * width_us))).collect::<Vec<_>>());
        let rows: Vec<Vec<u8>> = spans.iter().map(packed).collect();
        let starts: Vec<i64> = spans.iter().map(|span| span.us() / 1_000_000).collect();
        let insert = "INSERT INTO andon.tiers SELECT 'default', (SELECT series_id FROM andon.series), $1, to_timestamp(s), b FROM unnest($2::bigint[], $3::bytea[]) AS row (s, b)";
        sqlx::query(AssertSqlSafe(insert)).bind(tier.number()).bind(starts).bind(rows).execute(&mut database.owner).await.unwrap();
    }
    for at in starts.iter().chain([&end]) {
        let second = at.us() / 1_000_000;
        let month = format!(
            "CREATE TABLE IF NOT EXISTS andon.readings_{second} PARTITION OF andon.readings FOR VALUES FROM (to_timestamp({second} - 99)) TO (to_timestamp({second} + 99))"
        );
        database.run(&month).await;
        database.run(&format!("INSERT INTO andon.readings SELECT 'default', (SELECT series_id FROM andon.series), to_timestamp(s), 1 FROM generate_series({second} - 30, {second} + 30) s")).await;
    }
}

#[tokio::test]
async fn a_day_and_ten_years_cost_the_same() {
    let mut database = Database::new().await;
    let (store, tenant) = database.store().await;
    let end = at("2024-03-07T11:22:33.4Z");
    let windows = [1, 2, 7, 31, 92, 366, 3 * 365, 3_653].map(|days| TimeRange::new(end.plus(-days * DAY_US), end).unwrap());
    ten_years(&mut database, end, &windows.map(|range| range.start())).await;
    let mut costs = Vec::new();
    for range in windows {
        let query = WindowQuery {
            series: vec![id("decade")],
            spec: WindowSpec::exactly(range),
            columns: COLUMNS as u32,
            average_us: None,
            now: end,
        };
        let (answer, cost) = store.window_with_cost(&tenant, &query).await.unwrap();
        let sent = postcard::to_allocvec(&answer).unwrap().len();
        let stats = only(answer).stats;
        let seconds = (range.length_us() / 1_000_000).unsigned_abs();
        assert!(stats.samples.abs_diff(seconds) <= 1, "{} samples of {seconds} s", stats.samples);
        costs.push((cost, sent));
    }
    for (cost, sent) in &costs {
        let WindowCost { statements, rows, spans, buckets, bytes } = *cost;
        assert_eq!(statements, 1);
        assert!(rows <= 20, "the last ten seconds at each end: {rows}");
        // Between one and six buckets a column, which may be a quarter wider than a pixel; at both ends some of the finer tiers.
        assert!((4 * COLUMNS as u64 / 5..=6 * COLUMNS as u64 + 80).contains(&buckets), "{buckets}");
        assert!(spans <= buckets / 60 + 20, "{spans} packed rows");
        assert!(bytes <= spans * 60 * 48, "{bytes} bytes");
        assert!(*sent <= 24_000, "{sent} bytes sent");
    }
    let most = |of: &dyn Fn(&WindowCost) -> u64| costs.iter().map(|(cost, _)| of(cost)).max().unwrap();
    let least = |of: &dyn Fn(&WindowCost) -> u64| costs.iter().map(|(cost, _)| of(cost)).min().unwrap();
    assert!(most(&|cost| cost.buckets) <= 6 * least(&|cost| cost.buckets), "no more than one step of the ladder apart: {costs:?}");
    assert!(costs[7].0.buckets <= 2 * costs[0].0.buckets, "ten years cost no more than a day and a step");
}
