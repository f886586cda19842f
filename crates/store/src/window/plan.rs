//! Where a window is read from: which stretches of time from which tier, which from the rows themselves.
//!
//! The wide middle comes from the tier just finer than the picture's columns; towards both ends finer tiers take over,
//! and the last seconds at each end are rows. So the window holds exactly the samples between its ends, and what is read
//! depends on the width of the picture and not on the length of the window.

use domain::average;
use domain::bucket::Grid;
use domain::tier::{LADDER, Tier};
use domain::{TimeRange, Timestamp};

/// What is asked of one series.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    /// The window, resolved.
    pub range: TimeRange,
    /// Width of the picture.
    pub columns: u32,
    /// Width of the moving average.
    pub average_us: Option<i64>,
}

/// `[from, to)` of one tier; both ends are borders of its buckets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Segment {
    pub tier: Tier,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// What one reading reads. No stretch crosses the start of the window, and together they leave nothing out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// The columns of the answer.
    pub grid: Grid,
    /// Stretches read from tiers, in order of time.
    pub segments: Vec<Segment>,
    /// Stretches `[from, to)` read from rows, in order of time: at most three.
    pub raw: Vec<(Timestamp, Timestamp)>,
    /// Whether any part of the window itself comes from tiers.
    pub reduced: bool,
}

impl Plan {
    /// Rows alone in the window, tiers only for a long lead of the average. `tiered_before`: the tiers hold exactly the
    /// rows before it; `None` without tiers.
    pub(crate) fn of_rows(question: Question, tiered_before: Option<Timestamp>) -> Self {
        let Question { range, columns, .. } = question;
        let mut plan = Self { grid: Grid::over(range, columns), segments: Vec::new(), raw: Vec::new(), reduced: false };
        plan.lead(question, tiered_before);
        plan.rows(range.start(), range.end());
        plan
    }

    /// Tiers where the columns are wide enough for them, else rows.
    pub(crate) fn new(question: Question, tiered_before: Option<Timestamp>) -> Self {
        let Question { range, columns, .. } = question;
        let tier = Tier::for_columns(range.length_us() / i64::from(columns.max(1)));
        let (Some(tier), Some(before)) = (tier, tiered_before) else { return Self::of_rows(question, tiered_before) };
        let (from, to) = (Tier::FINEST.ceil(range.start()), Tier::FINEST.floor(range.end().min(before)));
        if from >= to {
            return Self::of_rows(question, tiered_before);
        }
        let grid = Grid::of_tier(range, columns, tier.width_us());
        let mut plan = Self { grid, segments: Vec::new(), raw: Vec::new(), reduced: true };
        plan.lead(question, tiered_before);
        plan.rows(range.start(), from);
        plan.cover(from, to, tier);
        plan.rows(to, range.end());
        plan
    }

    /// What the average needs of the time before the window. A lead that is long itself comes from the tier that cuts
    /// it as finely as the window is cut, so its early end is exact to a column's share of it.
    fn lead(&mut self, question: Question, tiered_before: Option<Timestamp>) {
        let Question { range, columns, average_us } = question;
        let Some(length_us) = average_us.map(average::lead_us) else { return };
        let start = range.start().plus(-length_us);
        let tier = Tier::within(length_us / i64::from(columns.max(1))).or(self.reduced.then_some(Tier::FINEST));
        if let (Some(tier), Some(before)) = (tier, tiered_before) {
            let (from, to) = (tier.floor(start), Tier::FINEST.floor(range.start().min(before)));
            if from < to {
                self.cover(from, to, tier);
                self.rows(to, range.start());
                return;
            }
        }
        self.rows(self.grid.column_start(self.grid.column(start)), range.start());
    }

    fn rows(&mut self, from: Timestamp, to: Timestamp) {
        if from < to {
            self.raw.push((from, to));
        }
    }

    /// Covers `[from, to)` with a tier and, towards both ends, the finer ones.
    fn cover(&mut self, mut from: Timestamp, mut to: Timestamp, coarsest: Tier) {
        let mut late = Vec::new();
        for tier in LADDER {
            let coarser = tier.coarser().filter(|coarser| *coarser <= coarsest);
            let inner = coarser.map(|coarser| (coarser.ceil(from), coarser.floor(to))).filter(|(from, to)| from < to);
            let Some((inner_from, inner_to)) = inner else {
                self.segments.push(Segment { tier, from, to });
                break;
            };
            if from < inner_from {
                self.segments.push(Segment { tier, from, to: inner_from });
            }
            if inner_to < to {
                late.push(Segment { tier, from: inner_to, to });
            }
            (from, to) = (inner_from, inner_to);
        }
        self.segments.extend(late.into_iter().rev());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::civil::{DAY_US, SECOND_US};

    fn question(start: i64, length: i64, average_us: Option<i64>) -> Question {
        let start = Timestamp::from_us(start);
        Question { range: TimeRange::new(start, start.plus(length)).unwrap(), columns: 1_500, average_us }
    }

    /// Every stretch in order of time.
    fn stretches(plan: &Plan) -> Vec<(i64, i64)> {
        let tiers = plan.segments.iter().map(|s| (s.from.us(), s.to.us()));
        let mut all: Vec<(i64, i64)> = tiers.chain(plan.raw.iter().map(|(from, to)| (from.us(), to.us()))).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn stretches_lie_one_after_the_other_and_are_few() {
        for days in [1, 31, 366, 3_653, 100_000] {
            for (start, average_us) in [(7_777_777, None), (-123_456_789_012_345, Some(DAY_US)), (0, Some(400 * DAY_US))] {
                for before in [None, Some(Timestamp::MAX), Some(Timestamp::from_us(start / 10_000_000 * 10_000_000 + DAY_US))] {
                    let question = question(start, days * DAY_US + 3, average_us);
                    let plan = Plan::new(question, before);
                    let stretches = stretches(&plan);
                    assert!(stretches.windows(2).all(|pair| pair[0].1 == pair[1].0), "{plan:?}");
                    let lead_us = average_us.map_or(0, average::lead_us);
                    assert!(stretches[0].0 <= start - lead_us && stretches.last().unwrap().1 == question.range.end().us());
                    assert!(stretches.iter().any(|s| s.0 == start) && plan.raw.len() <= 3);
                    for Segment { tier, from, to } in &plan.segments {
                        assert_eq!((tier.floor(*from), tier.floor(*to)), (*from, *to));
                        assert!(*to <= before.unwrap());
                    }
                    if before == Some(Timestamp::MAX) {
                        let buckets: i64 = plan.segments.iter().map(|s| s.to.since(s.from) / s.tier.width_us()).sum();
                        let rows: i64 = plan.raw.iter().map(|(from, to)| to.since(*from)).sum();
                        assert!(buckets <= 2 * (6 * 1_500 + 100), "{days} days: {buckets}");
                        assert!(rows <= 30 * SECOND_US, "{rows}");
                    }
                }
            }
        }
    }

    #[test]
    fn short_windows_and_windows_after_the_tiers_are_rows() {
        let short = question(5, 3_600 * SECOND_US, None);
        assert_eq!(Plan::new(short, Some(Timestamp::MAX)), Plan::of_rows(short, None));
        let late = question(5, 30 * DAY_US, None);
        assert_eq!(Plan::new(late, Some(Timestamp::from_us(0))), Plan::of_rows(late, None));
    }
}
