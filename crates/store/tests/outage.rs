//! Reading when something is wrong: a role without rights, slow statements, readers who leave, a database that goes away.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::ask::{problem, query, window};
use common::{Database, open};
use domain::answer::Problem;
use std::time::{Duration, Instant};
use store::{Reader, Settings, Store, StoreError, Target, Writing};

#[tokio::test]
async fn a_role_that_may_only_read_reads() {
    let mut database = Database::new().await;
    let role = format!("reader_{}", database.name);
    database
        .run(&format!(
            "CREATE TABLE a (time timestamp, value int); INSERT INTO a VALUES ('2024-01-15', 1);
             CREATE TABLE secret (time timestamp, value int);
             CREATE ROLE {role} LOGIN PASSWORD 'p@ss/word#\"1'; REVOKE CREATE ON DATABASE {} FROM PUBLIC; GRANT SELECT ON a TO {role}",
            database.name
        ))
        .await;
    let mut place = database.place.clone();
    (place.user, place.password) = (role.clone(), "p@ss/word#\"1".into());
    let (store, tenant) = open(Settings::without_configuration("UTC".parse().unwrap()), Target::local(&place, &database.name)).await;
    assert_eq!(store.writing(), Writing::ReadOnly);
    let ids: Vec<String> = store.series(&tenant).await.unwrap().into_iter().map(|s| s.id.to_string()).collect();
    assert_eq!(ids, ["a"]);
    assert_eq!(window(&store, &tenant, "a", "2024-01-01", "2024-02-01").await.stats.samples, 1);
    database.run(&format!("REVOKE SELECT ON a FROM {role}")).await;
    assert_eq!(problem(&store, &tenant, "a").await, Problem::Denied);
}

#[tokio::test]
async fn a_slow_statement_ends_with_a_sentence() {
    let mut database = Database::new().await;
    database.run("CREATE VIEW slow AS SELECT clock_timestamp()::timestamp AS time, (pg_sleep(30) IS NULL)::int AS value FROM generate_series(1, 10)").await;
    let settings = Settings { statement_timeout: Duration::from_millis(300), ..Settings::without_configuration("UTC".parse().unwrap()) };
    let (store, tenant) = database.store_with(settings).await;
    assert_eq!(problem(&store, &tenant, "slow").await, Problem::TooSlow);
}

#[tokio::test]
async fn a_statement_ends_when_its_reader_leaves() {
    let mut database = Database::new().await;
    database.run("CREATE VIEW slow AS SELECT clock_timestamp()::timestamp AS time, (pg_sleep(60) IS NULL)::int AS value FROM generate_series(1, 10)").await;
    let (store, tenant) = database.store().await;
    let (here, reader) = Reader::new();
    let reading = store.for_reader(reader);
    let answer = tokio::spawn(async move { reading.window(&tenant, &query(&["slow"], "2024-01-01", "2024-02-01", 100)).await });
    wait_for(&mut database, 1).await;
    drop(here);
    let answer = answer.await.unwrap().unwrap();
    assert_eq!(answer.series[0].outcome, Err(Problem::Failed));
    wait_for(&mut database, 0).await;
}

/// Waits until so many statements sleep in this database.
async fn wait_for(database: &mut Database, sleeping: i64) {
    let began = Instant::now();
    loop {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%\"slow\"%'";
        let found: i64 = sqlx::query_scalar(sql).fetch_one(&mut database.owner).await.unwrap();
        if found == sleeping {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{found} statements run, {sleeping} expected");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn lost_connections_are_replaced_unnoticed() {
    let mut database = Database::new().await;
    database.run("CREATE TABLE a (time timestamp, value int); INSERT INTO a VALUES ('2024-01-15', 1)").await;
    let (store, tenant) = database.store().await;
    for _ in 0..3 {
        assert_eq!(window(&store, &tenant, "a", "2024-01-01", "2024-02-01").await.stats.samples, 1);
        database
            .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
            .await;
    }
    assert_eq!(window(&store, &tenant, "a", "2024-01-01", "2024-02-01").await.stats.samples, 1);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_unavailable_and_found_when_it_comes() {
    let mut database = Database::new().await;
    database.run("CREATE TABLE a (time timestamp, value int)").await;
    let later = format!("{}_later", database.name);
    let store = Store::new(Settings::without_configuration("UTC".parse().unwrap()));
    tokio::spawn(store.clone().supervise());
    let tenant = store.tenants().next().unwrap();
    let refused = store.series(&tenant).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    store.connect(Target::local(&database.place, &later));
    assert!(!store.wait_until_up(Duration::from_millis(700)).await);
    assert!(matches!(store.series(&tenant).await, Err(StoreError::Unavailable(_))));
    database.run(&format!("CREATE DATABASE {later}")).await;
    assert!(store.wait_until_up(Duration::from_secs(10)).await);
    assert_eq!(store.series(&tenant).await.unwrap().len(), 0);
}
