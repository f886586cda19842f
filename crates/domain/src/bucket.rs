//! Samples, and what is kept of many samples in one stretch of time.

use crate::time::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

/// One finite value at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When.
    pub time: Timestamp,
    /// What, in the series' unit; finite.
    pub value: f64,
}

/// Rows of a series in order of time; a value that is not finite is a gap (NULL, NaN, ±infinity).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Microseconds UTC, ascending.
    pub times: Vec<i64>,
    /// One value a time; NaN is a gap.
    pub values: Vec<f64>,
}

impl Rows {
    /// Time and value of each row; a gap's value is `None`.
    pub fn iter(&self) -> impl Iterator<Item = (Timestamp, Option<f64>)> + Clone + '_ {
        self.times.iter().zip(&self.values).map(|(us, v)| (Timestamp::from_us(*us), v.is_finite().then_some(*v)))
    }

    /// The finite ones.
    pub fn samples(&self) -> impl Iterator<Item = Sample> + Clone + '_ {
        self.iter().filter_map(|(time, value)| value.map(|value| Sample { time, value }))
    }

    /// The rows inside a range.
    pub fn within(&self, range: TimeRange) -> Self {
        let start = self.times.partition_point(|us| *us < range.start().us());
        let end = self.times.partition_point(|us| *us < range.end().us());
        let (times, values) = (self.times.get(start..end), self.values.get(start..end));
        Self { times: times.unwrap_or_default().to_vec(), values: values.unwrap_or_default().to_vec() }
    }
}

/// Columns of equal width over a range: column *i* is `[start + i·width, start + (i+1)·width)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Start of column 0.
    pub start: Timestamp,
    /// Width of a column in microseconds, at least one.
    pub width_us: i64,
}

impl Grid {
    /// At most `columns` columns over the range.
    pub fn over(range: TimeRange, columns: u32) -> Self {
        let columns = i64::from(columns.max(1));
        let length = range.length_us();
        let width_us = length / columns + i64::from(length % columns != 0);
        Self { start: range.start(), width_us: width_us.max(1) }
    }

    /// At most `columns` columns over the range (two at least), whose borders are those of the buckets of a tier.
    pub fn of_tier(range: TimeRange, columns: u32, bucket_us: i64) -> Self {
        // Neither end of the range need be a border, so one column more than the length has room for is touched.
        let inner = bucket_us.saturating_mul(i64::from(columns.saturating_sub(1).max(1)));
        let buckets = range.length_us() / inner + i64::from(range.length_us() % inner != 0);
        let width_us = bucket_us.saturating_mul(buckets.max(1));
        let first = range.start().us().div_euclid(width_us);
        Self { start: Timestamp::from_us(first.saturating_mul(width_us)), width_us }
    }

    /// Rows over the range that are few: not more than a column keeps of many, so they may travel as they are.
    pub fn few(self, range: TimeRange) -> i64 {
        4 * (self.column(range.last()) - self.column(range.start()) + 1)
    }

    /// The column of an instant; negative before the start.
    pub fn column(self, time: Timestamp) -> i64 {
        time.since(self.start).div_euclid(self.width_us)
    }

    /// Where a column starts.
    pub fn column_start(self, column: i64) -> Timestamp {
        self.start.plus(column.saturating_mul(self.width_us))
    }
}

/// What is kept of the finite samples of one column: M4 (Jugel et al., PVLDB 2014), their count and sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Start of the column.
    pub start: Timestamp,
    /// Number of finite samples; a column of gaps alone has none and its samples mean nothing.
    pub count: u64,
    /// Number of rows without a finite value.
    pub gaps: u64,
    /// Number of samples outside the limits.
    pub outside: u64,
    /// Sum of the values; may overflow to infinity.
    pub sum: f64,
    /// Earliest sample.
    pub first: Sample,
    /// Latest sample.
    pub last: Sample,
    /// Smallest sample, the earliest of them.
    pub min: Sample,
    /// Largest sample, the earliest of them.
    pub max: Sample,
    /// A gap stands before the first sample of the column.
    pub gap_before: bool,
    /// A gap stands after the last sample of the column.
    pub gap_after: bool,
}

impl Bucket {
    /// A column without rows.
    pub fn empty(start: Timestamp) -> Self {
        let none = Sample { time: start, value: 0.0 };
        Self {
            start,
            count: 0,
            gaps: 0,
            outside: 0,
            sum: 0.0,
            first: none,
            last: none,
            min: none,
            max: none,
            gap_before: false,
            gap_after: false,
        }
    }

    /// Takes the next row, in order of time.
    pub fn push(&mut self, time: Timestamp, value: Option<f64>, outside: bool) {
        let Some(value) = value else {
            self.gaps += 1;
            if self.count == 0 {
                self.gap_before = true
            } else {
                self.gap_after = true
            }
            return;
        };
        let sample = Sample { time, value };
        if self.count == 0 {
            (self.first, self.min, self.max) = (sample, sample, sample);
        }
        if value < self.min.value {
            self.min = sample;
        }
        if value > self.max.value {
            self.max = sample;
        }
        self.last = sample;
        self.gap_after = false;
        self.count += 1;
        self.outside += u64::from(outside);
        self.sum += value;
    }

    /// Takes a bucket that lies after this one: what results is what pushing the rows of both would have kept, but for
    /// the rounding of the sum.
    pub fn merge(&mut self, later: &Self) {
        let gap_here = self.gaps > 0;
        self.gaps += later.gaps;
        if later.count == 0 {
            self.gap_before |= self.count == 0 && later.gaps > 0;
            self.gap_after |= self.count > 0 && later.gaps > 0;
            return;
        }
        if self.count == 0 {
            *self = Self { start: self.start, gaps: self.gaps, gap_before: gap_here || later.gap_before, ..*later };
            return;
        }
        if later.min.value < self.min.value {
            self.min = later.min;
        }
        if later.max.value > self.max.value {
            self.max = later.max;
        }
        self.last = later.last;
        self.gap_after = later.gap_after;
        self.count += later.count;
        self.outside += later.outside;
        self.sum += later.sum;
    }

    /// The kept samples in order of time, without repetition: one to four.
    pub fn samples(&self) -> impl Iterator<Item = Sample> + use<> {
        let (early, late) = if self.min.time <= self.max.time { (self.min, self.max) } else { (self.max, self.min) };
        let four = [self.first, early, late, self.last];
        let kept = if self.count == 0 { 0 } else { 4 };
        let mut previous: Option<Sample> = None;
        four.into_iter().take(kept).filter(move |sample| {
            let new = previous != Some(*sample);
            previous = Some(*sample);
            new
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn columns_of_a_tier_are_no_more_than_asked_for(start in -1_000_000_i64..1_000_000, length in 1_i64..10_000_000, columns in 2_u32..200, bucket_us in 1_i64..1_000) {
            let range = TimeRange::new(Timestamp::from_us(start), Timestamp::from_us(start + length)).unwrap();
            let grid = Grid::of_tier(range, columns, bucket_us);
            prop_assert_eq!((grid.start.us() % bucket_us, grid.width_us % bucket_us), (0, 0));
            prop_assert_eq!(grid.column(range.start()), 0);
            prop_assert!(grid.column(range.last()) < i64::from(columns));
            prop_assert!(grid.width_us - bucket_us < length / i64::from(columns - 1) + 1, "not wider than needed");
        }
    }
}
