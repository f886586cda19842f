//! Parts an hour: good ones, what was not good on top, and a mark at what was to be made.

use crate::marks;
use crate::palette::Role;
use domain::oee::target::Hour;

/// Height of the plot in its own units.
pub const HIGH: i64 = 1_000;
const WIDE: i64 = 60;
const GAP: i64 = 10;

/// The most that stands anywhere, parts or target, rounded up to whole parts; the top of the plot.
pub fn most(hours: &[Hour]) -> i64 {
    let of = |hour: &Hour| thousandths(hour.parts.total()).max(hour.target_thousandths);
    (hours.iter().map(of).max().unwrap_or(0).max(1) + 999) / 1_000
}

/// The plot without labels.
pub fn svg(hours: &[Hour]) -> String {
    let top = most(hours) * 1_000;
    let width = WIDE * i64::try_from(hours.len()).unwrap_or(1).max(1);
    let high = |thousandths: i64| marks::part(thousandths, top, HIGH);
    let (mut good, mut bad, mut target) = (String::new(), String::new(), String::new());
    for (place, hour) in (0..).zip(hours) {
        let x = place * WIDE;
        let (of_good, of_all) = (high(thousandths(hour.parts.good)), high(thousandths(hour.parts.total())));
        if of_good > 0 {
            good.push_str(&marks::rectangle(x + GAP / 2, HIGH - of_good, WIDE - GAP, of_good));
        }
        if of_all > of_good {
            bad.push_str(&marks::rectangle(x + GAP / 2, HIGH - of_all, WIDE - GAP, of_all - of_good));
        }
        if hour.target_thousandths > 0 {
            target.push_str(&marks::level(x + 1, HIGH - high(hour.target_thousandths), WIDE - 2));
        }
    }
    let body = marks::surface(Role::Planned, &good) + &marks::surface(Role::Stop, &bad) + &marks::stroke("target", Role::Text, &target);
    marks::picture("hours", width, HIGH, &body)
}

fn thousandths(parts: u64) -> i64 {
    i64::try_from(parts).unwrap_or(i64::MAX).saturating_mul(1_000)
}
