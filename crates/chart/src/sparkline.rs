//! A ratio over the last shifts, as small as a word.

use crate::marks::{self, UNITS};
use crate::palette::Role;

/// Height in units.
const HIGH: i64 = 100;

/// The line from 0 at the bottom to 1 at the top; n/a is a gap. Above 1 it stays at the top.
pub fn svg(values: &[Option<f64>]) -> String {
    let last = i64::try_from(values.len()).unwrap_or(1).saturating_sub(1).max(1);
    let point = |(place, value): (i64, &Option<f64>)| value.map(|value| (place * UNITS / last, height(value)));
    let path = marks::through((0..).zip(values).map(point));
    // A lone value is a dash.
    let path = if path.is_empty() || path.contains('L') { path } else { path + "h60" };
    marks::picture("sparkline", UNITS, HIGH, &marks::stroke("line", Role::Accent, &path))
}

fn height(value: f64) -> i64 {
    ((1.0 - value.clamp(0.0, 1.0)) * HIGH as f64).round() as i64
}
