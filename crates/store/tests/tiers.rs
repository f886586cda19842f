//! Windows from tiers against windows from every row.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::ask::{at, described, id, only};
use common::raw::{all_rows, check, expected};
use common::{Database, settled};
use domain::bucket::Rows;
use domain::trace::Trace;
use domain::{Limits, Series, TimeRange, Timestamp, WindowSpec};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use store::{Settings, Store, Tenant, WindowCost, WindowQuery};

const LIMITS: Limits = Limits { low: Some(-95.0), high: Some(99.0) };
const HOUR_US: i64 = 3_600_000_000;

fn series(name: &str) -> Series {
    Series { id: id(name), name: String::new(), unit: String::new(), group: String::new(), limits: LIMITS, gap_limit_us: None }
}

fn settings(table: &str) -> Settings {
    let mut settings = Settings::without_configuration("UTC".parse().unwrap());
    settings.series = vec![described(table, LIMITS)];
    settings
}

/// Asks for a window and compares it with the rows. True when it came as columns.
async fn same(
    store: &Store,
    tenant: &Tenant,
    name: &str,
    rows: &Rows,
    range: TimeRange,
    columns: u32,
    average_us: Option<i64>,
) -> (bool, WindowCost) {
    let query = WindowQuery { series: vec![id(name)], spec: WindowSpec::exactly(range), columns, average_us, now: at("2040-01-01") };
    let (answer, cost) = store.window_with_cost(tenant, &query).await.unwrap();
    let found = only(answer);
    let before = store.tier_status(tenant, Some(&id(name))).await.unwrap()[0].tiered_before;
    let expected = expected(&series(name), range, columns, average_us, rows, before);
    let what = format!("{name} {} … {} in {columns}", range.start().rfc3339(), range.end().rfc3339());
    check(&found, &expected, true, &what);
    if let (Some(found), Some(expected)) = (&found.average, &expected.average) {
        assert_eq!(found.points().iter().map(|p| p.time).collect::<Vec<_>>(), expected.points().iter().map(|p| p.time).collect::<Vec<_>>());
        let (found, expected) = (found.summary, expected.summary);
        assert_eq!(found.latest.is_some(), expected.latest.is_some());
        if let (Some(found), Some(expected)) = (found.latest, expected.latest) {
            assert!((found - expected).abs() < 2.0, "{what}: average {found} {expected}");
        }
    }
    (matches!(found.trace, Trace::Columns(_)), cost)
}

/// Irregular rows with bursts, holes, gaps and several rows at one instant, as whole numbers of tenths.
const AWKWARD: &str = "INSERT INTO many
    SELECT timestamp '2024-01-01' + (i * 7 + (hashint4(i) % 20)) * interval '100 milliseconds' + (i / 40000) * interval '9 hours',
           CASE WHEN hashint4(i + 7) % 500 = 0 THEN NULL WHEN hashint4(i + 8) % 700 = 0 THEN 'NaN' WHEN hashint4(i + 9) % 900 = 0 THEN '-Infinity'
                ELSE (hashint4(i + 1) % 1000) / 10.0 END
    FROM generate_series(0, 199999) i";

#[tokio::test]
async fn any_window_is_what_its_rows_give() {
    let mut database = Database::new().await;
    database.run("CREATE TABLE many (time timestamp, value double precision); CREATE INDEX ON many (time)").await;
    database.run(AWKWARD).await;
    let (store, tenant) = database.store_with(settings("many")).await;
    settled(&store).await;
    // A tail that the tiers do not know yet.
    database
        .run("INSERT INTO many SELECT timestamp '2024-01-04 12:00' + i * interval '1 second', i % 97 FROM generate_series(1, 3000) i")
        .await;
    let rows = all_rows(&mut database, "many", "time").await;
    let (first, last) = (rows.times[0], *rows.times.last().unwrap());
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut columned = 0;
    for turn in 0..60 {
        let length = HOUR_US * random.random_range(1..90) + random.random_range(0..HOUR_US);
        let start = random.random_range(first - HOUR_US..last);
        let range = TimeRange::new(Timestamp::from_us(start), Timestamp::from_us(start + length)).unwrap();
        let columns = random.random_range(2..1_500);
        let average_us = (turn % 3 == 0).then(|| random.random_range(1..40) * HOUR_US);
        columned += usize::from(same(&store, &tenant, "many", &rows, range, columns, average_us).await.0);
    }
    assert!((20..60).contains(&columned), "both forms were compared: {columned} of 60 as columns");
    let all = TimeRange::new(Timestamp::from_us(first), Timestamp::from_us(last + 1)).unwrap();
    let (_, cost) = same(&store, &tenant, "many", &rows, all, 1_000, None).await;
    assert!(cost.spans > 0 && cost.rows < 4_000, "{cost:?}");
}

#[tokio::test]
async fn a_long_tail_is_reduced_by_the_database_in_the_same_snapshot() {
    let mut database = Database::new().await;
    database.run("CREATE TABLE many (time timestamp, value double precision); CREATE INDEX ON many (time)").await;
    database.run(AWKWARD).await;
    let (store, tenant) = database.store_with(settings("many")).await;
    settled(&store).await;
    database
        .run("INSERT INTO many SELECT timestamp '2024-01-04 04:00' + i * interval '1 second', (i % 97) / 10.0 FROM generate_series(1, 130000) i")
        .await;
    let rows = all_rows(&mut database, "many", "time").await;
    let range = TimeRange::new(at("2024-01-01T00:00:03Z"), at("2024-01-05T15:00:00.7Z")).unwrap();
    let (columned, cost) = same(&store, &tenant, "many", &rows, range, 700, None).await;
    assert!(columned && cost.spans > 0 && cost.statements >= 3, "{cost:?}");
}

#[tokio::test]
async fn wall_time_and_odd_instants() {
    let mut database = Database::new().await;
    // Two days around each change of the clocks, with rows in the hour that is skipped and twice in the one that comes
    // back; and times that are no instants, before Christ and in the year 9999.
    database
        .run(
            "CREATE TABLE berlin (time timestamp, value double precision); CREATE INDEX ON berlin (time);
             INSERT INTO berlin SELECT timestamp '2024-03-30' + i * interval '2 seconds', i % 1009 FROM generate_series(0, 86399) i;
             INSERT INTO berlin SELECT timestamp '2024-10-26' + i * interval '2 seconds', i % 1013 FROM generate_series(0, 86399) i;
             INSERT INTO berlin VALUES ('-infinity', 1), ('infinity', 2), (NULL, 3), ('0044-03-15 BC', 4), ('9999-12-31', 5), ('9999-12-31', NULL)",
        )
        .await;
    let mut settings = settings("berlin");
    settings.series[0].zone = Some("Europe/Berlin".parse().unwrap());
    let (store, tenant) = database.store_with(settings).await;
    settled(&store).await;
    let status = store.tier_status(&tenant, None).await.unwrap();
    assert_eq!(status[0].rows_done, 172_801 - 15, "all but the future, what has no instant, and the last seconds");
    database.run("INSERT INTO berlin SELECT timestamp '2024-10-28' + i * interval '2 seconds', 7 FROM generate_series(0, 999) i").await;
    settled(&store).await;
    assert_eq!(store.tier_status(&tenant, None).await.unwrap()[0].rows_done, 173_801 - 15, "appended rows are followed");
    let rows = all_rows(&mut database, "berlin", "time AT TIME ZONE 'Europe/Berlin' AT TIME ZONE 'UTC'").await;
    for (from, to) in [
        ("2024-03-29T20:00:07Z", "2024-04-02T00:00:00Z"),
        ("2024-03-31T00:59:00Z", "2024-03-31T09:00:00Z"),
        ("2024-10-26T22:00:00Z", "2024-10-27T10:00:00.5Z"),
        ("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
        ("-0044-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("-4713-11-24T00:00:00Z", "+294246-12-31T00:00:00Z"),
    ] {
        let range = TimeRange::new(at(from), at(to)).unwrap();
        for columns in [40, 300, 1_500] {
            same(&store, &tenant, "berlin", &rows, range, columns, None).await;
        }
    }
    assert!(store.verify_tiers(&tenant, None).await.unwrap()[0].different == 0);
}

#[tokio::test]
async fn samples_outside_the_limits_are_counted_or_said_to_be_unknown() {
    let mut database = Database::new().await;
    database.run("CREATE TABLE many (time timestamp, value double precision); CREATE INDEX ON many (time)").await;
    // Quiet but for one excursion of 600 samples that ends inside a bucket.
    database.run("INSERT INTO many SELECT timestamp '2024-01-01' + i * interval '1 second', CASE WHEN i BETWEEN 50003 AND 50602 THEN 100 ELSE i % 90 END FROM generate_series(0, 199999) i").await;
    let (store, tenant) = database.store_with(settings("many")).await;
    settled(&store).await;
    let range = TimeRange::new(at("2024-01-01T00:00:00Z"), at("2024-01-03T00:00:00Z")).unwrap();
    let ask = || async {
        only(
            store
                .window(
                    &tenant,
                    &WindowQuery {
                        series: vec![id("many")],
                        spec: WindowSpec::exactly(range),
                        columns: 1_000,
                        average_us: None,
                        now: at("2040-01-01"),
                    },
                )
                .await
                .unwrap(),
        )
    };
    assert_eq!(ask().await.stats.outside, Some(600));
    database.run("UPDATE many SET value = 100 WHERE value = 89").await;
    settled(&store).await;
    assert_eq!(ask().await.stats.outside, None, "every bucket is mixed: too many rows to count");
    assert_eq!(ask().await.stats.max.map(|s| s.value), Some(100.0));
}
