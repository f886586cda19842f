//! From samples to pixels: clipped, never clamped, so that slopes stay true at the edges.

use crate::trend::{Trend, TrendLine, ValueAxis};
use domain::TimeRange;

/// The runs of a line as pixels of a plot `width` × `height`. Points outside of the range only lead the line to its edge.
pub(crate) fn runs(trend: &Trend, line: &TrendLine, width: u32, height: u32) -> Vec<Vec<(i32, i32)>> {
    let Some(axis) = trend.axes.get(line.axis) else { return Vec::new() };
    let place = Place { range: trend.range, axis, width: f64::from(width), height: f64::from(height) };
    let mut runs = Vec::new();
    let mut run: Vec<(i32, i32)> = Vec::new();
    let mut previous: Option<(f64, f64)> = None;
    let mut breaks = line.breaks.iter().copied().peekable();
    for (position, sample) in (0_u32..).zip(&line.points) {
        if breaks.next_if_eq(&position).is_some() {
            finish(&mut runs, &mut run);
            previous = None;
        }
        let point = place.point(sample.time, sample.value);
        match previous {
            // The first of a run: a lone sample is drawn as a dot of one pixel.
            None if place.shows(point) => run.push(whole(point)),
            None => {}
            Some(from) => match place.clip(from, point) {
                None => finish(&mut runs, &mut run),
                Some((a, b)) => {
                    push(&mut run, whole(a));
                    push(&mut run, whole(b));
                    if b != point {
                        finish(&mut runs, &mut run);
                    }
                }
            },
        }
        previous = Some(point);
    }
    finish(&mut runs, &mut run);
    runs
}

/// A point that lies on its predecessor adds nothing, nor does the middle one of three in a vertical row.
fn push(run: &mut Vec<(i32, i32)>, point: (i32, i32)) {
    if run.last() == Some(&point) {
        return;
    }
    if let [.., a, b] = run.as_slice() {
        let row = a.0 == b.0 && b.0 == point.0;
        if row && (a.1 <= b.1) == (b.1 <= point.1) {
            run.pop();
        }
    }
    run.push(point);
}

fn finish(runs: &mut Vec<Vec<(i32, i32)>>, run: &mut Vec<(i32, i32)>) {
    if let [single] = run.as_slice() {
        let single = *single;
        run.push((single.0 + 1, single.1));
    }
    if !run.is_empty() {
        runs.push(std::mem::take(run));
    }
}

fn whole((x, y): (f64, f64)) -> (i32, i32) {
    (x.floor() as i32, y.round() as i32)
}

struct Place<'a> {
    range: TimeRange,
    axis: &'a ValueAxis,
    width: f64,
    height: f64,
}

impl Place<'_> {
    fn point(&self, time: domain::Timestamp, value: f64) -> (f64, f64) {
        // Pixel columns are those of the M4 grid: column i holds the times of the i-th part of the range.
        let x = time.since(self.range.start()) as f64 * self.width / self.range.length_us() as f64;
        (x, self.axis.from_top(value) * (self.height - 1.0))
    }

    fn shows(&self, (x, y): (f64, f64)) -> bool {
        (0.0..self.width).contains(&x) && (0.0..=self.height).contains(&y)
    }

    /// The part of a segment inside the plot (Liang and Barsky, 1984); `None` when it misses it.
    fn clip(&self, from: (f64, f64), to: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
        if self.shows(from) && self.shows(to) {
            return Some((from, to));
        }
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        let right = self.width - 1e-9;
        for (delta, distance) in [(-dx, from.0), (dx, right - from.0), (-dy, from.1), (dy, self.height - from.1)] {
            if delta == 0.0 {
                if distance < 0.0 {
                    return None;
                }
            } else if delta < 0.0 {
                enter = enter.max(distance / delta);
            } else {
                leave = leave.min(distance / delta);
            }
        }
        let at = |t: f64| {
            if t <= 0.0 {
                from
            } else if t >= 1.0 {
                to
            } else {
                (from.0 + t * dx, from.1 + t * dy)
            }
        };
        (enter <= leave).then(|| (at(enter), at(leave)))
    }
}
