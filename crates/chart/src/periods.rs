//! OEE over shifts or days: a bar each, a moving average over them, the target and world class.

use crate::marks;
use crate::palette::Role;

/// Height of the plot in its own units: a thousandth of OEE each.
pub const HIGH: i64 = 1_000;
/// World class, in thousandths.
pub const WORLD_CLASS: i64 = 850;
/// Width of a period in units, its gap included.
const WIDE: i64 = 40;
const GAP: i64 = 8;

/// The chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Periods {
    /// A bar each; n/a has none.
    pub bars: Vec<Option<f64>>,
    /// The moving average, as many.
    pub average: Vec<Option<f64>>,
    /// Target of each, in thousandths: another one makes a step.
    pub target: Vec<Option<u16>>,
    /// The one that is looked at.
    pub current: Option<usize>,
}

impl Periods {
    /// The plot without labels. Above 1 bars stay at the top; the number says more.
    pub fn svg(&self) -> String {
        let width = WIDE * i64::try_from(self.bars.len()).unwrap_or(1).max(1);
        let grid: String = [250, 500, 750].into_iter().map(|y| marks::level(0, HIGH - y, width)).collect();
        let mut body = marks::stroke("grid", Role::Grid, &grid);
        let bar = |(place, value): (i64, &Option<f64>)| {
            let high = height(value.as_ref().copied()?);
            Some(marks::rectangle(place * WIDE + GAP / 2, HIGH - high, WIDE - GAP, high.max(4)))
        };
        let bars: Vec<(usize, Option<String>)> = (0..).zip(&self.bars).map(bar).enumerate().collect();
        let of = |current: bool| -> String {
            bars.iter().filter(|(place, _)| (Some(*place) == self.current) == current).filter_map(|(_, bar)| bar.clone()).collect()
        };
        // Those before stand back behind the one that is looked at: the page makes them paler.
        body.push_str(&format!("<g class=\"before\">{}</g>", marks::surface(Role::Planned, &of(false))));
        body.push_str(&marks::surface(Role::Planned, &of(true)));
        body.push_str(&marks::stroke("dashed", Role::Run, &marks::level(0, HIGH - WORLD_CLASS, width)));
        body.push_str(&marks::stroke("target", Role::Text, &self.steps()));
        let point = |(place, value): (i64, &Option<f64>)| value.map(|value| (place * WIDE + WIDE / 2, HIGH - height(value)));
        body.push_str(&marks::stroke("line", Role::Accent, &marks::through((0..).zip(&self.average).map(point))));
        marks::picture("periods", width, HIGH, &body)
    }

    /// The line of the targets; none where all of them are world class, which has a line of its own.
    fn steps(&self) -> String {
        if self.target.iter().flatten().all(|target| i64::from(*target) == WORLD_CLASS) {
            return String::new();
        }
        let mut points: Vec<Option<(i64, i64)>> = Vec::new();
        let mut place = 0;
        for same in self.target.chunk_by(|a, b| a == b) {
            let start = place;
            place += i64::try_from(same.len()).unwrap_or(0);
            match same.first().copied().flatten() {
                Some(target) => {
                    let y = HIGH - i64::from(target).min(HIGH);
                    points.extend([Some((start * WIDE, y)), Some((place * WIDE, y))]);
                }
                None => points.push(None),
            }
        }
        marks::through(points)
    }
}

fn height(value: f64) -> i64 {
    (value.clamp(0.0, 1.0) * HIGH as f64).round() as i64
}
