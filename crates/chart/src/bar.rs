//! A horizontal bar of a list of bars, and a ratio against its target.

use crate::marks::{self, UNITS};
use crate::palette::Role;

/// A bar that is `value` of `longest` wide; what is there has a pixel, however little it is.
pub fn svg(role: Role, value: i64, longest: i64) -> String {
    let width = marks::part(value, longest, UNITS);
    let bar = marks::rectangle(0, 0, width.max(3), 1);
    marks::picture("bar", UNITS, 1, &marks::surface(role, if value > 0 { &bar } else { "" }))
}

/// A ratio as a bar with a tick at its target, both in thousandths; `None` is n/a and has no bar. Above 1 the bar is full.
pub fn ratio(value: Option<f64>, target: Option<u16>) -> String {
    let filled = value.map(|value| (value * UNITS as f64).round().clamp(0.0, UNITS as f64) as i64);
    let mut body = marks::surface(Role::Line, &marks::rectangle(0, 3, UNITS, 8));
    body.push_str(&marks::surface(Role::Planned, &filled.filter(|w| *w > 0).map(|w| marks::rectangle(0, 3, w, 8)).unwrap_or_default()));
    body.push_str(&marks::stroke(
        "target",
        Role::Text,
        &target.map(|at| format!("M{} 0v14", i64::from(at).min(UNITS - 2))).unwrap_or_default(),
    ));
    marks::picture("ratio", UNITS, 14, &body)
}
