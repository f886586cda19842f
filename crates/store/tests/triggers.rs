//! Tables that are not ours tell of the statements that write into them: placed, heard, removed, refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::ask::{at, id};
use common::{Database, open, options};
use domain::SeriesId;
use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::{Connection, PgConnection, Row};
use std::time::Duration;
use store::{Settings, Store, Target, Tenant, Writes, Writing};

/// A schema and a table whose names need every kind of quoting.
const SCHEMA: &str = r#"hall "2"/o'clock"#;
const TABLE: &str = r#"press/1 "main"; DROP TABLE x--"#;
const QUOTED: &str = r#""hall ""2""/o'clock"."press/1 ""main""; DROP TABLE x--""#;

fn settings(triggers: bool) -> Settings {
    Settings { triggers, ..Settings::without_configuration("UTC".parse().unwrap()) }
}

fn awkward() -> SeriesId {
    id(&format!("{SCHEMA}.{TABLE}"))
}

async fn two_tables() -> Database {
    let mut database = Database::new().await;
    database
        .run(&format!(
            r#"CREATE SCHEMA "hall ""2""/o'clock"; CREATE TABLE {QUOTED} (time timestamptz, value float8);
               CREATE TABLE parts (time timestamptz, value float8) PARTITION BY RANGE (time);
               CREATE TABLE parts_all PARTITION OF parts DEFAULT;
               CREATE VIEW seen AS SELECT * FROM parts"#
        ))
        .await;
    database
}

impl Database {
    /// Names of the triggers that call our function, with their tables.
    async fn triggers(&mut self) -> Vec<String> {
        let sql = "SELECT format('%s on %s', tgname, tgrelid::regclass) AS t FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1";
        sqlx::query(sql).fetch_all(&mut self.owner).await.unwrap().iter().map(|row| row.get("t")).collect()
    }

    async fn insert(&mut self, table: &str, time: &str) {
        self.run(&format!("INSERT INTO {table} VALUES ('{time}', 1)")).await;
    }
}

async fn writes_of(store: &Store, tenant: &Tenant, series: &SeriesId) -> Writes {
    let mut writes = store.writes_of(tenant, series).await.unwrap().unwrap();
    // The first wake-up says that the connection listens.
    heard(&mut writes).await;
    writes
}

/// Fails where no notice comes at all.
async fn heard(writes: &mut Writes) {
    tokio::time::timeout(Duration::from_secs(20), writes.next()).await.unwrap();
}

#[tokio::test]
async fn each_kind_of_statement_wakes_who_follows_the_table_and_nobody_else() {
    let mut database = two_tables().await;
    let (store, tenant) = database.store_with(settings(true)).await;
    assert_eq!(store.tend_triggers().await.unwrap(), 2);
    let placed = [format!("tell_andon on {QUOTED}"), "tell_andon on parts".to_owned()];
    assert_eq!(database.triggers().await, placed);
    assert_eq!(store.tend_triggers().await.unwrap(), 2, "a second turn finds them");
    assert_eq!(database.triggers().await, placed);
    let mut writes = writes_of(&store, &tenant, &awkward()).await;
    for sql in ["INSERT INTO {} SELECT now(), n FROM generate_series(1, 500) n", "UPDATE {} SET value = 2", "DELETE FROM {}", "TRUNCATE {}"]
    {
        database.run(&sql.replace("{}", QUOTED)).await;
        heard(&mut writes).await;
    }
    // What is written into one table wakes nobody who follows the other: its wake-up is the next one, not this.
    let mut parts = store.writes_of(&tenant, &id("parts")).await.unwrap().unwrap();
    database.insert(QUOTED, "2024-01-15").await;
    heard(&mut writes).await;
    database.insert("parts", "2024-01-15").await;
    heard(&mut parts).await;
    assert_eq!(store.tail(&tenant, &id("parts"), at("2024-01-01")).await.unwrap().rows, 1, "a notice came before its row");
    assert!(store.writes_of(&tenant, &id("seen")).await.unwrap().is_none(), "a view has no rows of its own");
}

#[tokio::test]
async fn one_statement_sends_one_notice_of_a_few_bytes() {
    let mut database = two_tables().await;
    let (store, _) = database.store_with(settings(true)).await;
    store.tend_triggers().await.unwrap();
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options(&database.place, &database.name));
    let mut listener = PgListener::connect_with(&pool).await.unwrap();
    listener.listen("andon_tables").await.unwrap();
    database.run(&format!("INSERT INTO {QUOTED} SELECT now(), n FROM generate_series(1, 10000) n")).await;
    database.run("SELECT pg_notify('andon_tables', 'last')").await;
    let notice = listener.recv().await.unwrap().payload().to_owned();
    let number: i64 = sqlx::query_scalar("SELECT to_regclass($1)::oid::bigint").bind(QUOTED).fetch_one(&mut database.owner).await.unwrap();
    assert_eq!(notice, number.to_string());
    assert_eq!(listener.recv().await.unwrap().payload(), "last");
}

#[tokio::test]
async fn after_a_lost_connection_every_follower_looks_again() {
    let mut database = two_tables().await;
    let (store, tenant) = database.store_with(settings(true)).await;
    store.tend_triggers().await.unwrap();
    let mut writes = writes_of(&store, &tenant, &awkward()).await;
    database
        .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
        .await;
    heard(&mut writes).await;
    database.insert(QUOTED, "2024-01-15").await;
    heard(&mut writes).await;
}

#[tokio::test]
async fn switched_off_only_our_triggers_go() {
    let mut database = two_tables().await;
    database
        .run(
            "CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
             CREATE TRIGGER theirs AFTER INSERT ON parts FOR EACH STATEMENT EXECUTE FUNCTION theirs()",
        )
        .await;
    let (store, tenant) = database.store_with(settings(true)).await;
    store.tend_triggers().await.unwrap();
    assert_eq!(database.triggers().await.len(), 3);
    let (off, _) = database.store_with(settings(false)).await;
    off.clone().keep_triggers().await;
    assert_eq!(database.triggers().await, ["theirs on parts"]);
    assert!(store.writes_of(&tenant, &awkward()).await.unwrap().is_none());
    assert!(off.writes_of(&tenant, &awkward()).await.unwrap().is_none());
    database.insert(QUOTED, "2024-01-15").await;
    // A table in use is left for the next turn.
    store.tend_triggers().await.unwrap();
    let mut other = PgConnection::connect_with(&options(&database.place, &database.name)).await.unwrap();
    let busy = format!("BEGIN; INSERT INTO {QUOTED} VALUES ('2024-01-15', 1)");
    sqlx::raw_sql(sqlx::AssertSqlSafe(busy)).execute(&mut other).await.unwrap();
    assert!(off.tend_triggers().await.is_err());
    assert_eq!(database.triggers().await.len(), 3);
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    assert_eq!(off.tend_triggers().await.unwrap(), 0);
    assert_eq!(database.triggers().await, ["theirs on parts"]);
}

#[tokio::test]
async fn a_role_without_the_right_goes_on_polling() {
    let mut database = two_tables().await;
    let role = format!("polling_{}", database.name);
    database
        .run(&format!(
            r#"CREATE ROLE {role} LOGIN PASSWORD 'x'; REVOKE CREATE ON DATABASE {} FROM PUBLIC;
               GRANT USAGE ON SCHEMA "hall ""2""/o'clock" TO {role}; GRANT SELECT ON {QUOTED}, parts TO {role}"#,
            database.name
        ))
        .await;
    let mut place = database.place.clone();
    (place.user, place.password) = (role.clone(), "x".into());
    let (reader, tenant) = open(settings(true), Target::local(&place, &database.name)).await;
    assert_eq!(reader.writing(), Writing::ReadOnly);
    assert_eq!(reader.tend_triggers().await.unwrap(), 0);
    assert!(reader.writes_of(&tenant, &awkward()).await.unwrap().is_none());
    assert_eq!(reader.tail(&tenant, &awkward(), at("2024-01-01")).await.unwrap().rows, 0);
    // Triggers that another role placed serve it, too.
    let (owner, _) = database.store_with(settings(true)).await;
    assert_eq!(owner.tend_triggers().await.unwrap(), 2);
    let mut writes = writes_of(&reader, &tenant, &awkward()).await;
    database.insert(QUOTED, "2024-01-15").await;
    heard(&mut writes).await;
    // A role that may write its own schema, but has no right on the tables, places none there.
    database.run(&format!("GRANT CREATE ON DATABASE {} TO {role}", database.name)).await;
    let own = Settings { schema: "own".into(), ..settings(true) };
    let (stranger, _) = open(own, Target::local(&place, &database.name)).await;
    assert_eq!((stranger.writing(), stranger.tend_triggers().await.unwrap()), (Writing::Ready, 0));
    database.run(&format!("GRANT TRIGGER ON parts TO {role}")).await;
    assert_eq!(stranger.tend_triggers().await.unwrap(), 1);
    assert_eq!(database.triggers().await.len(), 3, "each of two on the table has its own");
    // Removed again although the tables belong to somebody else.
    let off = Settings { triggers: false, ..Settings { schema: "own".into(), ..settings(false) } };
    let (off, _) = open(off, Target::local(&place, &database.name)).await;
    off.keep_triggers().await;
    assert_eq!(database.triggers().await.len(), 2);
}
