//! Short ways to write evidence in tests: minutes and seconds from zero.
#![allow(dead_code, reason = "each test file uses a part of it")]

use domain::civil::{MINUTE_US, SECOND_US};
use domain::oee::counts::Parts;
use domain::oee::product::Currency;
use domain::oee::{Class, Dated, Evidence, Figures, Made, Plan, Policy, ProductId, ReasonId, Span, Standard, StateId, Timeline};
use domain::{TimeRange, Timestamp};

pub const PART: ProductId = ProductId(1);

pub fn at_us(us: i64) -> Timestamp {
    Timestamp::from_us(us)
}

pub fn minute(minutes: i64) -> Timestamp {
    at_us(minutes * MINUTE_US)
}

pub fn minutes(start: i64, end: i64) -> TimeRange {
    TimeRange::new(minute(start), minute(end)).unwrap()
}

pub fn span(start: i64, end: i64, class: Class) -> Span {
    Span { start: minute(start), end: Some(minute(end)), class, state: None, reason: None, corrects: false }
}

pub fn because(start: i64, end: i64, class: Class, reason: u32) -> Span {
    Span { reason: Some(ReasonId(reason)), ..span(start, end, class) }
}

pub fn state(start: i64, end: i64, class: Class, state: u32) -> Span {
    Span { state: Some(StateId(state)), ..span(start, end, class) }
}

pub fn standard(ideal_cycle_us: i64) -> Standard {
    Standard { ideal_cycle_us, value_millionths: 50_000_000, currency: Currency::EUR }
}

/// A machine that is scheduled over a range of minutes, with a part of this ideal cycle on it.
pub fn machine(scheduled: TimeRange, ideal_cycle_us: i64, spans: Vec<Span>) -> Evidence {
    Evidence {
        spans,
        made: Vec::new(),
        plan: Plan { scheduled: vec![scheduled], breaks: Vec::new() },
        products: [(PART, Dated::always(standard(ideal_cycle_us)))].into(),
        orders: Dated::always(PART),
        as_of: None,
    }
}

pub fn made(minutes: i64, total: u64, reject: u64) -> Made {
    Made { time: minute(minutes), product: PART, parts: Parts::of_reject(total, reject).unwrap(), reason: None }
}

pub fn figures(evidence: &Evidence, window: TimeRange) -> Figures {
    Figures::of(evidence, &Timeline::of(evidence, &Policy::default()), window)
}

pub fn us(seconds: f64) -> i64 {
    (seconds * SECOND_US as f64).round() as i64
}
