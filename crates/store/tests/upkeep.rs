//! Keeping tiers of tables that are not ours: what they are built for, and what happens when rows change behind them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::ask::{at, id, window};
use common::tiers::many;
use common::{Database, open, settled};
use store::{Settings, Store, Target, Tenant, TierState, Writing};

async fn built() -> (Database, Store, Tenant) {
    let mut database = Database::new().await;
    database.run(&many("2024-01-01", "1 second")).await;
    let (store, tenant) = database.store().await;
    settled(&store).await;
    (database, store, tenant)
}

/// Samples, smallest and largest value of all of the table, through a window that reads tiers.
async fn all(store: &Store, tenant: &Tenant) -> (u64, Option<f64>, Option<f64>) {
    let stats = window(store, tenant, "many", "2023-12-01", "2024-02-01").await.stats;
    (stats.samples, stats.min.map(|s| s.value), stats.max.map(|s| s.value))
}

async fn different(store: &Store, tenant: &Tenant) -> u64 {
    store.verify_tiers(tenant, None).await.unwrap().iter().map(|v| v.different).sum()
}

#[tokio::test]
async fn changed_rows_are_found_and_counted_again() {
    let (mut database, store, tenant) = built().await;
    assert_eq!(all(&store, &tenant).await, (120_000, Some(0.0), Some(499.0)));
    for change in [
        "INSERT INTO many VALUES ('2024-01-01 05:00:00.5', 7000)",
        "INSERT INTO many SELECT * FROM many WHERE value = 7000",
        "UPDATE many SET value = -5 WHERE time = '2024-01-01 09:00:00'",
        "UPDATE many SET value = NULL WHERE value = -5",
        "UPDATE many SET time = time + interval '3 hours' WHERE value = 7000",
        "DELETE FROM many WHERE value = 7000",
        "INSERT INTO many VALUES ('2023-12-25', 501)",
        "DELETE FROM many WHERE time >= '2024-01-01 20:00' AND time < '2024-01-01 22:00'",
        "INSERT INTO many SELECT timestamp '2023-12-27' + i * interval '1 second', 502 FROM generate_series(0, 120000) i",
        "DELETE FROM many WHERE time >= '2024-01-02 06:00'",
        "INSERT INTO many SELECT timestamp '2024-01-02 07:00' + i * interval '1 second', 503 FROM generate_series(0, 999) i",
    ] {
        database.run(change).await;
        settled(&store).await;
        let sql = "SELECT count(value), min(value), max(value) FROM many";
        let (count, min, max): (i64, _, _) = sqlx::query_as(sql).fetch_one(&mut database.owner).await.unwrap();
        assert_eq!(all(&store, &tenant).await, (count as u64, min, max), "{change}");
        assert_eq!(different(&store, &tenant).await, 0, "{change}");
    }
}

#[tokio::test]
async fn a_table_that_is_another_is_noticed_by_the_next_reader() {
    let (mut database, store, tenant) = built().await;
    let generation = "SELECT generation FROM andon.tier_sources";
    let before: i64 = sqlx::query_scalar(generation).fetch_one(&mut database.owner).await.unwrap();
    database
        .run("TRUNCATE many; INSERT INTO many SELECT timestamp '2024-01-03' + i * interval '1 second', 3 FROM generate_series(0, 9999) i")
        .await;
    assert_eq!(all(&store, &tenant).await, (10_000, Some(3.0), Some(3.0)), "truncated");
    database.run("DROP TABLE many").await;
    database.run(&many("2024-01-01", "1 second")).await;
    database.run("UPDATE many SET value = 8").await;
    assert_eq!(all(&store, &tenant).await, (120_000, Some(8.0), Some(8.0)), "created again");
    settled(&store).await;
    let after: i64 = sqlx::query_scalar(generation).fetch_one(&mut database.owner).await.unwrap();
    assert!(after > before);
    assert_eq!((all(&store, &tenant).await, different(&store, &tenant).await), ((120_000, Some(8.0), Some(8.0)), 0));
    database.run("TRUNCATE many").await;
    settled(&store).await;
    assert_eq!(store.tier_status(&tenant, None).await.unwrap()[0].state, TierState::Small);
    assert_eq!(all(&store, &tenant).await.0, 0);
}

#[tokio::test]
async fn tiers_that_are_spoilt_are_found_mended_and_never_drawn() {
    let (mut database, store, tenant) = built().await;
    database.run("UPDATE andon.tiers SET buckets = '\\x0102' WHERE tier = 2").await;
    assert_eq!(all(&store, &tenant).await, (120_000, Some(0.0), Some(499.0)), "rows serve instead");
    assert!(different(&store, &tenant).await > 0);
    assert_eq!(store.rebuild_tiers(&tenant, Some(&id("many")), at("2040-01-01")).await.unwrap(), [id("many")]);
    assert_eq!(different(&store, &tenant).await, 0);
    database.run("DELETE FROM andon.tiers WHERE tier = 0 AND span_start < '2024-01-01 04:00+00'").await;
    let found = store.verify_tiers(&tenant, None).await.unwrap().remove(0);
    assert_eq!(found.rows, 119_970, "every row that the tiers hold was read");
    assert!(found.different >= 4 * 360 && found.listed.len() == 20 && found.listed[0].stored.is_none(), "{}", found.different);
}

#[tokio::test]
async fn tables_without_tiers_say_why() {
    let mut database = Database::new().await;
    database.run(&many("2024-01-01", "1 second")).await;
    database
        .run(
            "CREATE TABLE plain AS SELECT * FROM many; CREATE VIEW seen AS SELECT * FROM many;
             CREATE TABLE few (time timestamp, value int); CREATE INDEX ON few (time); INSERT INTO few VALUES ('2024-01-01', 1)",
        )
        .await;
    let (store, tenant) = database.store().await;
    let states = async || -> Vec<(String, TierState)> {
        store.tier_status(&tenant, None).await.unwrap().into_iter().map(|s| (s.series.to_string(), s.state)).collect()
    };
    let expect = |many, others: [TierState; 3]| {
        vec![("few".to_owned(), others[0]), ("many".to_owned(), many), ("plain".to_owned(), others[1]), ("seen".to_owned(), others[2])]
    };
    assert_eq!(states().await, expect(TierState::Unseen, [TierState::Unseen; 3]));
    settled(&store).await;
    assert_eq!(states().await, expect(TierState::Following, [TierState::Small, TierState::NoIndex, TierState::NoIndex]));
    database.run("CREATE INDEX ON plain (time); DROP INDEX many_time_idx").await;
    settled(&store).await;
    assert_eq!(states().await, expect(TierState::NoIndex, [TierState::Small, TierState::Following, TierState::NoIndex]));
    for table in ["many", "plain", "seen"] {
        assert_eq!(window(&store, &tenant, table, "2023-12-01", "2024-02-01").await.stats.samples, 120_000, "{table}");
    }
}

#[tokio::test]
async fn a_role_that_may_only_read_reads_rows_or_the_tiers_of_others() {
    let (mut database, _, _) = built().await;
    let role = format!("reader_{}", database.name);
    database
        .run(&format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'secret'; REVOKE CREATE ON DATABASE {} FROM PUBLIC; GRANT SELECT ON many TO {role}",
            database.name
        ))
        .await;
    let mut place = database.place.clone();
    (place.user, place.password) = (role.clone(), "secret".into());
    let target = Target::local(&place, &database.name);
    let (store, tenant) = open(Settings::without_configuration("UTC".parse().unwrap()), target.clone()).await;
    assert_eq!(store.writing(), Writing::ReadOnly);
    assert!(!store.tend_tiers(at("2040-01-01")).await.unwrap());
    assert_eq!(all(&store, &tenant).await, (120_000, Some(0.0), Some(499.0)));
    database.run(&format!("GRANT USAGE ON SCHEMA andon TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA andon TO {role}")).await;
    let (store, tenant) = open(Settings::without_configuration("UTC".parse().unwrap()), target).await;
    let query = common::ask::query(&["many"], "2023-12-01", "2024-02-01", 1_000);
    let (answer, cost) = store.window_with_cost(&tenant, &query).await.unwrap();
    assert_eq!(common::ask::only(answer).stats.samples, 120_000);
    assert!(cost.spans > 0, "{cost:?}");
}

#[tokio::test]
async fn several_processes_share_the_work_and_spoil_nothing() {
    let mut database = Database::new().await;
    database.run(&many("2024-01-01", "1 second")).await;
    let (one, tenant) = database.store().await;
    let (other, _) = database.store().await;
    let (_, _, ()) = tokio::join!(settled(&one), settled(&other), async {
        for i in 0..20 {
            database.run(&format!("INSERT INTO many SELECT timestamp '2024-01-02 10:00' + i * interval '1 second', i FROM generate_series({0}, {0} + 99) i", i * 100)).await;
        }
    });
    settled(&one).await;
    assert_eq!(all(&one, &tenant).await.0, 122_000);
    assert_eq!(different(&one, &tenant).await, 0);
}
