//! A plant in its spring, with clocks that change.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod said;

use domain::time::Written;
use domain::zone::Zone;
use domain::{TimeRange, Timestamp};
use plant_sim::plant::layout::SITES;
use plant_sim::plant::{Clocks, Plant};

pub fn at(text: &str) -> Timestamp {
    match Timestamp::parse(text) {
        Some(Written::Instant(time)) => time,
        other => panic!("{text}: {other:?}"),
    }
}

pub fn opened() -> Timestamp {
    at("2026-03-09T00:00:00Z")
}

pub fn plant(seed: u64) -> Plant {
    let years = TimeRange::new(at("2025-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z")).unwrap();
    Plant::new(seed, opened(), Clocks(SITES.map(|site| site.zone.parse::<Zone>().unwrap().offsets(years))))
}

pub fn range(start: Timestamp, length_us: i64) -> TimeRange {
    TimeRange::new(start, start.plus(length_us)).unwrap()
}
