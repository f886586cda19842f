//! Questions to the store, as the tests write them.
#![allow(dead_code, reason = "each test file asks some of them")]

use domain::answer::{Problem, SeriesWindow, WindowAnswer};
use domain::time::Written;
use domain::{Limits, SeriesId, Timestamp, WindowSpec};
use store::{SeriesSettings, Store, Tenant, WindowQuery};

pub fn at(text: &str) -> Timestamp {
    match Timestamp::parse(text) {
        Some(Written::Instant(t)) => t,
        Some(Written::WallTime(us)) => Timestamp::from_us(us),
        None => panic!("{text}"),
    }
}

pub fn id(text: &str) -> SeriesId {
    SeriesId::new(text).unwrap()
}

pub fn query(series: &[&str], from: &str, to: &str, columns: u32) -> WindowQuery {
    let spec = WindowSpec::parse(Some(from), Some(to)).unwrap();
    WindowQuery { series: series.iter().map(|s| id(s)).collect(), spec, columns, average_us: None, now: at("2024-02-01T00:00:00Z") }
}

pub async fn window(store: &Store, tenant: &Tenant, series: &str, from: &str, to: &str) -> SeriesWindow {
    let answer = store.window(tenant, &query(&[series], from, to, 1_000)).await.unwrap();
    answer.series.into_iter().next().unwrap().outcome.unwrap()
}

pub async fn problem(store: &Store, tenant: &Tenant, series: &str) -> Problem {
    let answer = store.window(tenant, &query(&[series], "2024-01-01", "2024-02-01", 1_000)).await.unwrap();
    answer.series.into_iter().next().unwrap().outcome.unwrap_err()
}

pub async fn rows(store: &Store, tenant: &Tenant, series: &str, from: &str, to: &str) -> Vec<(Timestamp, Option<f64>)> {
    let spec = WindowSpec::parse(Some(from), Some(to)).unwrap();
    let mut export = store.export(tenant, &[id(series)], spec, at("2024-02-01T00:00:00Z")).await.unwrap();
    let mut rows = Vec::new();
    while let Some(chunk) = export.rows.recv().await {
        rows.extend(chunk.unwrap().into_iter().map(|row| (row.time, row.value)));
    }
    rows
}

pub fn only(answer: WindowAnswer) -> SeriesWindow {
    answer.series.into_iter().next().unwrap().outcome.unwrap()
}

pub fn described(table: &str, limits: Limits) -> SeriesSettings {
    SeriesSettings {
        tenant: "default".parse().unwrap(),
        id: None,
        schema: "public".into(),
        table: table.into(),
        time_column: "time".into(),
        value_column: "value".into(),
        name: None,
        unit: None,
        group: None,
        zone: None,
        limits,
        gap_limit_us: None,
    }
}
