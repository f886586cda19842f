//! Reading real tables: what is found, what a window holds, what an export holds.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::ask::{at, described, id, only, problem, query, rows, window};
use common::{Database, bioreactor};
use domain::answer::{Around, Problem, Reading, SeriesWindow};
use domain::bucket::Grid;
use domain::{Limits, TimeRange, Timestamp, WindowSpec};
use serde_json::Value;
use std::time::Duration;
use store::{SeriesSettings, Settings, WindowError, Writing};

#[tokio::test]
async fn the_tables_of_the_bioreactor_are_found_by_name_and_unit() {
    let mut database = Database::new().await;
    database.load_bioreactor().await;
    let (store, tenant) = database.store().await;
    let found: Vec<(String, String, String)> =
        store.series(&tenant).await.unwrap().into_iter().map(|s| (s.id.to_string(), s.name, s.unit)).collect();
    let expected = [
        ("CM_HAM_DO_AI1/Temp_value", "Temperature", "°C"),
        ("CM_HAM_PH_AI1/pH_value", "pH", ""),
        ("CM_PID_DO/Process_DO", "Dissolved oxygen", "%"),
        ("CM_PRESSURE/Output", "Pressure", "psi"),
        ("EMPTY/Tag", "EMPTY/Tag", ""),
        ("edge", "edge", ""),
        ("odd \"name\"/with; DROP TABLE x--", "odd \"name\"/with; DROP TABLE x--", ""),
    ];
    let expected: Vec<(String, String, String)> =
        expected.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn every_expected_window_holds() {
    let mut database = Database::new().await;
    database.load_bioreactor().await;
    let (store, tenant) = database.store().await;
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(bioreactor().join("expected.json")).unwrap()).unwrap();
    let mut windows = 0;
    for (table, series) in expected.as_object().unwrap().iter().filter(|(name, _)| *name != "edge") {
        let all = window(&store, &tenant, table, "first", "last").await.stats;
        assert_eq!(
            (all.samples, all.min.unwrap().value, all.max.unwrap().value),
            (series["rows"].as_u64().unwrap(), series["min"].as_f64().unwrap(), series["max"].as_f64().unwrap())
        );
        for (label, expected) in series["windows"].as_object().unwrap() {
            let (from, to) = (expected["start"].as_str().unwrap(), expected["end"].as_str().unwrap());
            windows += 1;
            if from > to {
                let refused = store.window(&tenant, &query(&[table], from, to, 1_000)).await;
                assert!(matches!(refused, Err(WindowError::Window(_))), "{table} {label}");
                continue;
            }
            let stats = window(&store, &tenant, table, from, to).await.stats;
            let number = |name: &str| expected[name].as_f64();
            let instant = |name: &str| expected[name].as_str().map(at);
            let found = (
                stats.samples,
                stats.first.map(|s| s.time),
                stats.last.map(|s| s.time),
                stats.min.map(|s| s.value),
                stats.max.map(|s| s.value),
            );
            assert_eq!(
                found,
                (expected["rows"].as_u64().unwrap(), instant("first"), instant("last"), number("min"), number("max")),
                "{table} {label}"
            );
            let exported = rows(&store, &tenant, table, from, to).await;
            assert_eq!(exported.len() as u64, stats.samples, "{table} {label}");
            assert_eq!((exported.first().map(|r| r.0), exported.last().map(|r| r.0)), (instant("first"), instant("last")));
        }
    }
    assert_eq!(windows, 20);
}

#[tokio::test]
async fn an_export_holds_exactly_the_rows_of_the_file() {
    let mut database = Database::new().await;
    database.load_bioreactor().await;
    let (store, tenant) = database.store().await;
    let file = std::fs::read_to_string(bioreactor().join("CM_PRESSURE__Output.csv")).unwrap();
    let stored: Vec<(Timestamp, Option<f64>)> =
        file.lines().skip(1).map(|line| line.split_once(',').unwrap()).map(|(t, v)| (at(t), v.parse().ok())).collect();
    assert_eq!(rows(&store, &tenant, "CM_PRESSURE/Output", "first", "last").await, stored);
}

#[tokio::test]
async fn awkward_rows_are_kept_apart_and_lose_nothing() {
    let mut database = Database::new().await;
    database.load_bioreactor().await;
    let (store, tenant) = database.store().await;
    for table in ["edge", "odd \"name\"/with; DROP TABLE x--"] {
        let all = window(&store, &tenant, table, "first", "last").await;
        // 22 rows: 2 without a time, 2 at infinity, and 4 that have a time but no finite value.
        assert_eq!((all.stats.samples, all.stats.gaps), (14, 4), "{table}");
        assert_eq!(all.stats.first.unwrap().time, at("-0043-03-15T00:00:00Z"));
        assert_eq!(all.stats.last.unwrap().time, at("9999-12-31T23:59:59.999999Z"));
        assert_eq!((all.stats.max.unwrap().value, all.stats.min.unwrap().value), (1e308, -1e-320));
        assert_eq!(all.trace.line().points.len(), 14);
        let near = window(&store, &tenant, table, "2024-01-15T00:00:00Z", "2024-01-15T00:00:12Z").await;
        assert_eq!((near.stats.samples, near.stats.gaps), (7, 4));
        let exported = rows(&store, &tenant, table, "2024-01-15T00:00:05Z", "2024-01-15T00:00:09Z").await;
        let values: Vec<Option<String>> = exported.into_iter().map(|(_, value)| value.map(domain::format::machine)).collect();
        let texts: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
        assert_eq!(texts, [Some("1.0"), Some("1.0"), Some("3.0"), None, Some("NaN"), Some("Infinity"), Some("-Infinity")]);
    }
    assert_eq!(window(&store, &tenant, "EMPTY/Tag", "first", "last").await.stats.samples, 0);
    let absurd = window(&store, &tenant, "edge", "-4713-11-24T00:00:00Z", "+294246-12-31T23:59:59Z").await;
    assert_eq!(absurd.stats.samples, 14);
}

/// Columns computed by the database are those that Rust computes from the rows.
#[tokio::test]
async fn many_rows_are_reduced_by_the_database_as_rust_would() {
    let mut database = Database::new().await;
    database
        .run(
            "CREATE TABLE many (time timestamp, value double precision);
             INSERT INTO many SELECT timestamp '2024-01-01' + i * interval '1 second',
                    CASE WHEN i % 5000 = 0 THEN NULL WHEN i % 7777 = 0 THEN 'NaN' ELSE sin(i / 500.0) * 10 + (i * 7919 % 1000) / 1000.0 END
             FROM generate_series(0, 149999) i;
             CREATE INDEX ON many (time)",
        )
        .await;
    let mut settings = Settings::without_configuration("UTC".parse().unwrap());
    settings.series = vec![described("many", Limits { low: Some(-9.0), high: Some(9.5) })];
    let (store, tenant) = database.store_with(settings).await;
    let mut question = query(&["many"], "2024-01-01T00:00:00Z", "2024-01-02T17:39:59Z", 500);
    question.average_us = Some(600_000_000);
    let reduced = only(store.window(&tenant, &question).await.unwrap());
    assert_eq!(reduced.stats.samples + reduced.stats.gaps, 150_000);
    let exported = rows(&store, &tenant, "many", "first", "last").await;
    let all = domain::bucket::Rows {
        times: exported.iter().map(|r| r.0.us()).collect(),
        values: exported.iter().map(|r| r.1.unwrap_or(f64::NAN)).collect(),
    };
    let range = TimeRange::inclusive(at("2024-01-01T00:00:00Z"), at("2024-01-02T17:39:59Z")).unwrap();
    let series = domain::Series {
        id: id("many"),
        name: String::new(),
        unit: String::new(),
        group: String::new(),
        limits: Limits { low: Some(-9.0), high: Some(9.5) },
        gap_limit_us: None,
    };
    let by_rust = SeriesWindow::new(&series, range, Grid::over(range, 500), Some(600_000_000), &Reading::rows(all), Around::default());
    assert_eq!(reduced.trace, by_rust.trace);
    let (a, b) = (reduced.stats, by_rust.stats);
    assert_eq!((a.outside, a.first, a.last, a.min, a.max), (b.outside, b.first, b.last, b.min, b.max));
    assert!((a.mean.unwrap() - b.mean.unwrap()).abs() < 1e-9);
    let (a, b) = (reduced.average.unwrap().summary, by_rust.average.unwrap().summary);
    assert!((a.latest.unwrap() - b.latest.unwrap()).abs() < 0.2, "{a:?} {b:?}");
}

#[tokio::test]
async fn columns_of_other_types_and_zones() {
    let mut database = Database::new().await;
    database
        .run(
            "CREATE TABLE instants (\"Time\" timestamptz, \"VALUE\" numeric);
             INSERT INTO instants VALUES ('2024-07-01 12:00+02', 1.5), ('2024-07-01 12:00:01+02', 'NaN'), ('2024-07-01 12:00:02+02', 1e400), ('2024-07-01 12:00:03+02', 1e-400);
             CREATE TABLE whole (time timestamp, value int);
             INSERT INTO whole VALUES ('2024-07-01 12:00', 7);
             CREATE TABLE berlin (at timestamp, reading real, note text);
             INSERT INTO berlin VALUES ('2024-03-31 01:30', 1), ('2024-03-31 03:30', 2), ('2024-10-27 02:30', 3), ('2024-10-27 03:00', 4);
             CREATE VIEW seen AS SELECT * FROM whole;
             CREATE TABLE three (time timestamp, value int, tag text);
             CREATE TABLE words (time text, value text);
             CREATE SCHEMA plc; CREATE TABLE plc.\"a.b\" (time timestamp, value int); CREATE TABLE \"x.y\" (time timestamp, value int)",
        )
        .await;
    let mut settings = Settings::without_configuration("Europe/Berlin".parse().unwrap());
    let berlin = SeriesSettings {
        time_column: "at".into(),
        value_column: "reading".into(),
        zone: Some("Europe/Berlin".parse().unwrap()),
        ..described("berlin", Limits::default())
    };
    settings.series = vec![
        berlin,
        described("missing", Limits::default()),
        SeriesSettings { value_column: "tag".into(), ..described("three", Limits::default()) },
    ];
    let (store, tenant) = database.store_with(settings).await;
    let ids: Vec<String> = store.series(&tenant).await.unwrap().into_iter().map(|s| s.id.to_string()).collect();
    assert_eq!(ids, ["berlin", "missing", "three", "plc.a.b", "instants", "seen", "whole", "public.x.y"]);
    let instants = window(&store, &tenant, "instants", "first", "last").await;
    assert_eq!((instants.stats.samples, instants.stats.gaps), (2, 2));
    assert_eq!(instants.stats.first.unwrap().time, at("2024-07-01T10:00:00Z"));
    let times: Vec<Timestamp> =
        rows(&store, &tenant, "berlin", "2024-01-01T00:00:00Z", "2024-12-31T00:00:00Z").await.into_iter().map(|r| r.0).collect();
    assert_eq!(times, [at("2024-03-31T00:30:00Z"), at("2024-03-31T01:30:00Z"), at("2024-10-27T01:30:00Z"), at("2024-10-27T02:00:00Z")]);
    let spring = window(&store, &tenant, "berlin", "2024-03-31 00:00", "2024-03-31 03:30").await;
    assert_eq!(spring.stats.samples, 2, "from and to without a zone are wall time of the plant");
    assert_eq!(window(&store, &tenant, "seen", "first", "last").await.stats.samples, 1);
    assert_eq!(problem(&store, &tenant, "missing").await, Problem::Gone);
    assert_eq!(problem(&store, &tenant, "three").await, Problem::Gone);
}

#[tokio::test]
async fn new_tables_appear_and_dropped_ones_say_so() {
    let mut database = Database::new().await;
    database.run("CREATE TABLE a (time timestamp, value int); INSERT INTO a VALUES ('2024-01-15', 1)").await;
    let (store, tenant) = database.store().await;
    assert_eq!(window(&store, &tenant, "a", "2024-01-01", "2024-02-01").await.stats.samples, 1);
    database.run("DROP TABLE a").await;
    assert_eq!(problem(&store, &tenant, "a").await, Problem::Gone);
    database.run("CREATE TABLE a (time timestamp, value int)").await;
    database.run("CREATE TABLE b (time timestamp, value int)").await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(window(&store, &tenant, "b", "2024-01-01", "2024-02-01").await.stats.samples, 0);
    assert_eq!(window(&store, &tenant, "a", "2024-01-01", "2024-02-01").await.stats.samples, 0);
    let unknown = store.window(&tenant, &query(&["nothing"], "now-1h", "now", 10)).await;
    assert!(matches!(unknown, Err(WindowError::UnknownSeries(name)) if name == id("nothing")));
}

#[tokio::test]
async fn a_tenant_sees_its_own_series_and_no_other() {
    let mut database = Database::new().await;
    database.run("CREATE TABLE a (time timestamp, value int); CREATE TABLE b (time timestamp, value int)").await;
    let mut settings = Settings::without_configuration("UTC".parse().unwrap());
    let tenant = |id: &str| store::TenantSettings {
        id: id.parse().unwrap(),
        name: id.into(),
        zone: "UTC".parse().unwrap(),
        owns_found_tables: false,
        view: None,
    };
    settings.tenants = vec![tenant("acme"), tenant("other")];
    settings.series = vec![SeriesSettings { tenant: "acme".parse().unwrap(), ..described("a", Limits::default()) }];
    let (store, acme) = database.store_with(settings).await;
    let other = store.tenant("other").unwrap();
    assert_eq!(store.series(&acme).await.unwrap().len(), 1);
    assert_eq!(store.series(&other).await.unwrap().len(), 0);
    for name in ["a", "b"] {
        let refused = store.window(&other, &query(&[name], "now-1h", "now", 10)).await;
        assert!(matches!(refused, Err(WindowError::UnknownSeries(_))));
        assert!(store.export(&other, &[id(name)], WindowSpec::default(), at("2024-01-01")).await.is_err());
    }
    assert!(store.tenant("nobody").is_none());
}

#[tokio::test]
async fn our_tables_live_in_our_schema_and_nothing_else_changes() {
    let mut database = Database::new().await;
    database.load_bioreactor().await;
    let before: Vec<String> = relations(&mut database).await;
    let (store, _) = database.store().await;
    assert_eq!(store.writing(), Writing::Ready);
    store.migrate().await.unwrap();
    let after = relations(&mut database).await;
    let ours: Vec<&String> = after.iter().filter(|name| !before.contains(name)).collect();
    assert!(!ours.is_empty() && ours.iter().all(|name| name.starts_with("andon.")), "{ours:?}");
    assert!(before.iter().all(|name| after.contains(name)));
}

async fn relations(database: &mut Database) -> Vec<String> {
    let sql = "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1";
    sqlx::query_scalar(sql).fetch_all(&mut database.owner).await.unwrap()
}
