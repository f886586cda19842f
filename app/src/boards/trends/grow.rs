//! Fresh samples at the end of a shown window: the line grows and the window moves on, without a question.

use super::loaded::{Loaded, LoadedSeries};
use domain::answer::DEFAULT_COLUMNS;
use domain::bucket::Sample;
use domain::reduce::GAP_FACTOR;
use domain::window::{Edge, SHORT_US};
use domain::{SeriesId, TimeRange, Timestamp, WindowSpec};
use std::sync::Arc;

/// Samples that a line may grow by before its window is asked for anew.
const MOST_GROWN: usize = 20_000;

impl Loaded {
    /// The same answer with samples that came after it; `None` when a new answer serves better. Statistics stay those of
    /// the answer, but for the newest sample.
    pub fn grown(&self, window: WindowSpec, now: Timestamp, fresh: &[(SeriesId, Vec<Sample>)]) -> Option<Self> {
        let mut series = self.series.clone();
        for (id, samples) in fresh {
            let one = series.iter_mut().find(|s| s.series.id == *id)?;
            *one = Arc::new(one.grown(samples)?);
        }
        let mut grown = Self { series, zone: self.zone.clone(), answered: now, ..*self };
        grown.range = moved(window, self.range, grown.newest(), now)?;
        Some(grown)
    }
}

impl LoadedSeries {
    fn grown(&self, samples: &[Sample]) -> Option<Self> {
        let mut window = self.window.as_ref().ok()?.clone();
        let newest = window.answer.newest;
        let new = samples.iter().filter(|sample| newest.is_none_or(|newest| sample.time > newest.time));
        let limit_us = self.series.gap_limit_us.or_else(|| usual_distance_us(&window.line.points).map(|us| us * GAP_FACTOR));
        for sample in new {
            let last = window.line.points.last().map(|last| last.time);
            if last.zip(limit_us).is_some_and(|(last, limit_us)| sample.time.since(last) > limit_us) {
                window.line.breaks.push(u32::try_from(window.line.points.len()).ok()?);
            }
            window.line.points.push(*sample);
            window.answer.newest = Some(*sample);
            window.answer.stats.last = Some(*sample);
        }
        (window.line.points.len() <= MOST_GROWN).then(|| Self { series: self.series.clone(), role: self.role, window: Ok(window) })
    }
}

/// The median distance between the last samples.
fn usual_distance_us(points: &[Sample]) -> Option<i64> {
    let last = points.get(points.len().saturating_sub(64)..)?;
    let mut distances: Vec<i64> = last.windows(2).filter_map(|pair| Some(pair.get(1)?.time.since(pair.first()?.time))).collect();
    let middle = distances.len().checked_sub(1)? / 2;
    let (_, median, _) = distances.select_nth_unstable(middle);
    Some(*median)
}

/// Where a window stands after its anchors moved on. It goes by whole columns of the picture, so that samples that fit into
/// the last column repaint the lines alone.
fn moved(window: WindowSpec, range: TimeRange, newest: Option<Timestamp>, now: Timestamp) -> Option<TimeRange> {
    let WindowSpec { from, to } = window;
    let after_newest = |us: i64| newest.map(|newest| newest.plus(us + 1));
    let end = match to.or(from.filter(|from| matches!(from, Edge::Now(_))).map(|_| Edge::Now(0))) {
        Some(Edge::Now(us)) => Some(now.plus(us + 1)),
        Some(Edge::Last(us)) => after_newest(us),
        None => after_newest(0),
        Some(Edge::At(_) | Edge::Wall(_) | Edge::First(_)) => None,
    };
    let Some(end) = end.filter(|end| *end > range.end()) else { return Some(range) };
    let column_us = (range.length_us() / i64::from(DEFAULT_COLUMNS)).max(1);
    let by_us = (end.since(range.end()).div_euclid(column_us) + 1) * column_us;
    // All of short data grows at its end alone, like every window with a start of its own.
    let start_moves = match from {
        Some(Edge::Now(_) | Edge::Last(_)) => true,
        Some(Edge::At(_) | Edge::Wall(_) | Edge::First(_)) => false,
        None => to.is_none() && range.length_us() > SHORT_US,
    };
    TimeRange::new(range.start().plus(if start_moves { by_us } else { 0 }), range.end().plus(by_us)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: &str, to: &str, newest: i64, now: i64, expected: (i64, i64)) {
        let at = Timestamp::from_us;
        let spec = WindowSpec::parse(Some(from), Some(to)).unwrap();
        let range = TimeRange::new(at(0), at(1_000_000)).unwrap();
        let moved = moved(spec, range, Some(at(newest)), at(now)).unwrap();
        assert_eq!((moved.start().us(), moved.end().us()), expected, "{from} … {to}");
    }

    #[test]
    fn windows_move_by_whole_columns_and_only_where_they_must() {
        check("last-1s", "last", 999_999, 9_000_000, (0, 1_000_000));
        check("last-1s", "last", 1_000_000, 9_000_000, (1_000, 1_001_000));
        check("last-1s", "last", 1_004_500, 9_000_000, (5_000, 1_005_000));
        check("now-1s", "now", 5, 1_000_500, (1_000, 1_001_000));
        check("now-1s", "", 5, 1_000_500, (1_000, 1_001_000));
        check("first", "last", 1_000_500, 0, (0, 1_001_000));
        check("", "", 1_000_500, 0, (0, 1_001_000));
        check("2024-01-15", "2024-01-16", 5_000_000, 5_000_000, (0, 1_000_000));
    }

    #[test]
    fn the_usual_distance_is_the_median() {
        let points: Vec<Sample> = [0, 10, 20, 30, 900].map(|us| Sample { time: Timestamp::from_us(us), value: 0.0 }).to_vec();
        assert_eq!(usual_distance_us(&points), Some(10));
        assert_eq!(usual_distance_us(&[]), None);
    }
}
