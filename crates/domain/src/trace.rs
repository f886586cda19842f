//! A drawn line as it travels: columns of small numbers instead of rows, at most [`MOST_BYTES`] a series and window.
//!
//! Few samples travel as they are ([`Exact`]); many travel as M4 columns ([`Columns`]) whose values are fractions of
//! the window's span in 16 or 24 bits and whose times are 256ths of a column: both finer than a pixel.

use crate::bucket::{Bucket, Grid, Rows, Sample};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Most bytes that the trace and the average of one series may take in an answer.
pub const MOST_BYTES: usize = 23_500;

/// The line of one series in one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Trace {
    /// Every sample.
    Exact(Exact),
    /// First, minimum, maximum and last of each column.
    Columns(Columns),
}

/// A line ready to be drawn and read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// In order of time.
    pub points: Vec<Sample>,
    /// Positions in `points` before which the line is interrupted; ascending.
    pub breaks: Vec<u32>,
    /// What the points stand for; empty when they are the samples themselves.
    pub columns: Vec<Column>,
}

/// One reduced column of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// Where it starts.
    pub start: Timestamp,
    /// Its width in microseconds.
    pub width_us: i64,
    /// Number of samples that it stands for.
    pub count: u64,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
}

/// Samples as they are: times as steps of a common unit, values in the smallest form that keeps them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exact {
    start: Timestamp,
    unit_us: u64,
    steps: Vec<u64>,
    values: Values,
    breaks: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Values {
    /// Steps of a decimal: exact for values that were written with few digits.
    Decimal { digits: u8, steps: Vec<i64> },
    /// 32-bit offsets from the first value, where doubles do not fit: seven digits of the change.
    Single { base: f64, offsets: Vec<f32> },
    /// As stored, for values that 32 bits cannot hold.
    Double(Vec<f64>),
}

/// M4 columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Columns {
    start: Timestamp,
    width_us: i64,
    /// Distance in columns to the column before, 1 for neighbours; the first from column 0, plus one.
    steps: Vec<u32>,
    counts: Vec<u64>,
    times: Vec<u8>,
    values: Fractions,
    breaks: Vec<u32>,
}

/// Values as fractions of a span, two or three bytes each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fractions {
    low: f64,
    high: f64,
    bytes: u8,
    packed: Vec<u8>,
}

impl Fractions {
    /// Packs finite values in `bytes` bytes each (2 or 3).
    pub fn pack(values: impl Iterator<Item = f64> + Clone, bytes: u8) -> Self {
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let high = values.clone().fold(f64::NEG_INFINITY, f64::max);
        let bytes = bytes.clamp(2, 3);
        let most = most(bytes);
        // Halves, because the span itself may be larger than the largest number.
        let span = high / 2.0 - low / 2.0;
        let mut packed = Vec::new();
        for value in values {
            let fraction = if span > 0.0 { (value / 2.0 - low / 2.0) / span } else { 0.0 };
            let whole = (fraction * most).round() as u32;
            packed.extend(whole.to_le_bytes().into_iter().take(usize::from(bytes)));
        }
        Self { low, high, bytes, packed }
    }

    /// The values, each within a 65,535th or 16,777,215th of the span.
    pub fn unpack(&self) -> impl Iterator<Item = f64> + '_ {
        let most = most(self.bytes);
        self.packed.chunks_exact(usize::from(self.bytes.clamp(2, 3))).map(move |bytes| {
            let whole = bytes.iter().rev().fold(0_u32, |n, b| (n << 8) | u32::from(*b));
            let fraction = f64::from(whole) / most;
            self.low * (1.0 - fraction) + self.high * fraction
        })
    }
}

fn most(bytes: u8) -> f64 {
    if bytes >= 3 { 16_777_215.0 } else { 65_535.0 }
}

impl Trace {
    /// Every sample of the rows, if that fits into `budget` bytes.
    pub fn exact(rows: &Rows, gap_limit_us: Option<i64>, budget: usize) -> Option<Self> {
        let samples: Vec<Sample> = rows.samples().collect();
        let mut exact = Exact {
            start: samples.first().map_or(Timestamp::from_us(0), |s| s.time),
            breaks: breaks_of_rows(rows, gap_limit_us),
            ..Exact::of(&samples)
        };
        if exact.size() > budget {
            exact.values = exact.values.shortened();
        }
        (exact.size() <= budget).then_some(Self::Exact(exact))
    }

    /// The columns; three bytes a value where the budget allows, else two.
    pub fn columns(buckets: &[Bucket], grid: Grid, gap_limit_us: Option<i64>, budget: usize) -> Self {
        let kept: Vec<&Bucket> = buckets.iter().filter(|b| b.count > 0).collect();
        let mut column = -1_i64;
        let mut steps = Vec::with_capacity(kept.len());
        let mut times = Vec::with_capacity(4 * kept.len());
        for bucket in &kept {
            let next = grid.column(bucket.start);
            steps.push(u32::try_from(next - column).unwrap_or(u32::MAX));
            column = next;
            for sample in four(bucket) {
                let into = sample.time.since(bucket.start).clamp(0, grid.width_us - 1);
                times.push(u8::try_from(i128::from(into) * 256 / i128::from(grid.width_us)).unwrap_or(u8::MAX));
            }
        }
        let counts: Vec<u64> = kept.iter().map(|b| b.count).collect();
        let values = kept.iter().flat_map(|b| four(b).map(|s| s.value));
        let others = times.len() + counts.iter().map(|n| varint(*n)).sum::<usize>() + steps.len() + 64;
        let bytes = if others + 3 * times.len() <= budget { 3 } else { 2 };
        let breaks = breaks_of_buckets(buckets, gap_limit_us);
        Self::Columns(Columns {
            start: grid.start,
            width_us: grid.width_us,
            steps,
            counts,
            times,
            values: Fractions::pack(values, bytes),
            breaks,
        })
    }

    /// The line to draw.
    pub fn line(&self) -> Line {
        match self {
            Self::Exact(exact) => exact.line(),
            Self::Columns(columns) => columns.line(),
        }
    }
}

/// First, the extremes in order of time, last: always four.
fn four(bucket: &Bucket) -> [Sample; 4] {
    let Bucket { first, last, min, max, .. } = *bucket;
    if min.time <= max.time { [first, min, max, last] } else { [first, max, min, last] }
}

fn breaks_of_rows(rows: &Rows, gap_limit_us: Option<i64>) -> Vec<u32> {
    let mut breaks = Vec::new();
    let (mut position, mut gap, mut previous) = (0_u32, false, None::<Timestamp>);
    for (time, value) in rows.iter() {
        if value.is_none() {
            gap = true;
            continue;
        }
        let far = |previous: Timestamp| gap_limit_us.is_some_and(|limit| time.since(previous) > limit);
        if previous.is_some_and(|previous| gap || far(previous)) {
            breaks.push(position);
        }
        (gap, previous) = (false, Some(time));
        position += 1;
    }
    breaks
}

fn breaks_of_buckets(buckets: &[Bucket], gap_limit_us: Option<i64>) -> Vec<u32> {
    let mut breaks = Vec::new();
    let (mut position, mut gap, mut previous) = (0_u32, false, None::<Timestamp>);
    for bucket in buckets {
        if bucket.count == 0 {
            gap = true;
            continue;
        }
        let far = |previous: Timestamp| gap_limit_us.is_some_and(|limit| bucket.first.time.since(previous) > limit);
        if previous.is_some_and(|previous| gap || bucket.gap_before || far(previous)) {
            breaks.push(position);
        }
        (gap, previous) = (bucket.gap_after, Some(bucket.last.time));
        position += 1;
    }
    breaks
}

impl Exact {
    fn of(samples: &[Sample]) -> Self {
        let following = samples.iter().skip(1);
        let distances: Vec<u64> = samples.iter().zip(following).map(|(a, b)| b.time.us().abs_diff(a.time.us())).collect();
        let unit_us = distances.iter().fold(0, |unit, distance| greatest_common_divisor(unit, *distance)).max(1);
        let steps = distances.into_iter().map(|distance| distance / unit_us).collect();
        let values: Vec<f64> = samples.iter().map(|s| s.value).collect();
        Self { start: Timestamp::from_us(0), unit_us, steps, values: Values::of(&values), breaks: Vec::new() }
    }

    fn size(&self) -> usize {
        let values = match &self.values {
            Values::Decimal { steps, .. } => steps.iter().map(|n| varint(zigzag(*n))).sum(),
            Values::Single { offsets, .. } => 4 * offsets.len(),
            Values::Double(values) => 8 * values.len(),
        };
        let breaks: usize = self.breaks.iter().map(|n| varint(u64::from(*n))).sum();
        self.steps.iter().map(|n| varint(*n)).sum::<usize>() + values + breaks + 64
    }

    fn line(&self) -> Line {
        let mut time = self.start;
        let steps = std::iter::once(0).chain(self.steps.iter().copied());
        let times = steps.map(move |step| {
            time = time.plus(i64::try_from(step.saturating_mul(self.unit_us)).unwrap_or(i64::MAX));
            time
        });
        let points = times.zip(self.values.iter()).map(|(time, value)| Sample { time, value }).collect();
        Line { points, breaks: self.breaks.clone(), columns: Vec::new() }
    }
}

impl Values {
    fn of(values: &[f64]) -> Self {
        if let Some(decimal) = (0..=9).find_map(|digits| Self::decimal(values, digits)) {
            return decimal;
        }
        Self::Double(values.to_vec())
    }

    /// In 32 bits each, where the offsets allow it.
    fn shortened(self) -> Self {
        let Self::Double(values) = self else { return self };
        let base = values.first().copied().unwrap_or_default();
        let offsets: Vec<f32> = values.iter().map(|v| (v - base) as f32).collect();
        if offsets.iter().all(|o| o.is_finite()) { Self::Single { base, offsets } } else { Self::Double(values) }
    }

    fn decimal(values: &[f64], digits: u8) -> Option<Self> {
        let scale = 10_f64.powi(i32::from(digits));
        let mut previous = 0;
        let step = |value: &f64| {
            let whole = (value * scale).round();
            let kept = whole.abs() < 9e15 && (whole / scale).to_bits() == value.to_bits();
            let step = kept.then_some(whole as i64)? - previous;
            previous = whole as i64;
            Some(step)
        };
        let steps: Vec<i64> = values.iter().map(step).collect::<Option<_>>()?;
        Some(Self::Decimal { digits, steps })
    }

    fn iter(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match self {
            Self::Decimal { digits, steps } => {
                let scale = 10_f64.powi(i32::from(*digits));
                let mut whole = 0_i64;
                Box::new(steps.iter().map(move |step| {
                    whole = whole.saturating_add(*step);
                    whole as f64 / scale
                }))
            }
            Self::Single { base, offsets } => {
                // Digits beyond the seventh of the largest offset are noise and are not shown.
                let largest = offsets.iter().fold(0.0_f32, |most, o| most.max(o.abs()));
                let digits = 6 - if largest > 0.0 { largest.log10().floor() as i32 } else { 0 };
                let scale = 10_f64.powi(digits.clamp(-30, 15));
                Box::new(
                    offsets
                        .iter()
                        .map(move |o| ((base + f64::from(*o)) * scale).round() / scale)
                        .map(move |v| if v.is_finite() { v } else { *base }),
                )
            }
            Self::Double(values) => Box::new(values.iter().copied()),
        }
    }
}

impl Columns {
    fn line(&self) -> Line {
        let mut line = Line::default();
        let mut column = -1_i64;
        let values: Vec<f64> = self.values.unpack().collect();
        let fours = self.times.chunks_exact(4).zip(values.chunks_exact(4));
        let mut breaks = self.breaks.iter().copied().peekable();
        for ((position, (step, count)), (times, values)) in (0_u32..).zip(self.steps.iter().zip(&self.counts)).zip(fours) {
            column += i64::from(*step);
            let start = self.start.plus(column.saturating_mul(self.width_us));
            if breaks.next_if_eq(&position).is_some() {
                line.breaks.push(u32::try_from(line.points.len()).unwrap_or(u32::MAX));
            }
            let fresh = line.points.len();
            let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
            for (part, value) in times.iter().zip(values) {
                let into = (i128::from(*part) * 2 + 1) * i128::from(self.width_us) / 512;
                let sample = Sample { time: start.plus(i64::try_from(into).unwrap_or(0)), value: *value };
                (min, max) = (min.min(*value), max.max(*value));
                if line.points.get(fresh..).and_then(<[Sample]>::last) != Some(&sample) {
                    line.points.push(sample);
                }
            }
            line.columns.push(Column { start, width_us: self.width_us, count: *count, min, max });
        }
        line
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)) as u64
}

/// Bytes of an integer in base 128.
fn varint(n: u64) -> usize {
    (64 - (n | 1).leading_zeros() as usize).div_ceil(7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reduce::m4;
    use crate::{Limits, TimeRange};
    use proptest::prelude::*;

    fn rows(samples: &[(i64, f64)]) -> Rows {
        Rows { times: samples.iter().map(|s| s.0).collect(), values: samples.iter().map(|s| s.1).collect() }
    }

    fn samples(line: &Line) -> Vec<(i64, f64)> {
        line.points.iter().map(|s| (s.time.us(), s.value)).collect()
    }

    #[test]
    fn decimals_come_back_to_the_last_bit() {
        let given = [(351_000, 37.1), (12_352_000, 37.0986), (16_351_000, 0.1), (16_352_000, -250.0)];
        let trace = Trace::exact(&rows(&given), None, MOST_BYTES).unwrap();
        assert!(matches!(&trace, Trace::Exact(Exact { values: Values::Decimal { digits: 4, .. }, unit_us: 1_000, .. })));
        assert_eq!(samples(&trace.line()), given);
    }

    #[test]
    fn awkward_values_come_back() {
        let given = [(0, 1e308), (1, -1e-320), (2, -1e308), (3, f64::MIN_POSITIVE)];
        let trace = Trace::exact(&rows(&given), None, MOST_BYTES).unwrap();
        assert_eq!(samples(&trace.line()), given);
        let buckets = m4(&rows(&given), Grid { start: Timestamp::from_us(0), width_us: 4 }, Limits::default());
        let line = Trace::columns(&buckets, Grid { start: Timestamp::from_us(0), width_us: 4 }, None, MOST_BYTES).line();
        assert_eq!(line.columns, vec![Column { start: Timestamp::from_us(0), width_us: 4, count: 4, min: -1e308, max: 1e308 }]);
        assert!(line.points.iter().all(|p| p.value.is_finite()));
    }

    #[test]
    fn lines_break_at_gaps_and_at_long_distances() {
        let nan = f64::NAN;
        let rows = rows(&[(0, nan), (10, 1.0), (20, 2.0), (30, nan), (40, 3.0), (50, 4.0), (500, 5.0), (510, nan)]);
        let exact = Trace::exact(&rows, Some(50), MOST_BYTES).unwrap().line();
        assert_eq!(exact.breaks, vec![2, 4]);
        let grid = Grid { start: Timestamp::from_us(0), width_us: 25 };
        let columns = Trace::columns(&m4(&rows, grid, Limits::default()), grid, Some(50), MOST_BYTES).line();
        let broken: Vec<f64> = columns.breaks.iter().map(|b| columns.points[*b as usize].value).collect();
        assert_eq!(broken.iter().map(|v| v.round()).collect::<Vec<_>>(), vec![3.0, 5.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused_as_it_is_and_fits_as_columns() {
        let many: Vec<(i64, f64)> = (0..6_000_i64).map(|i| (i * 1_000_003 + i % 7, (i as f64).sqrt())).collect();
        let rows = rows(&many);
        assert_eq!(Trace::exact(&rows, None, MOST_BYTES), None);
        let range = TimeRange::new(Timestamp::from_us(0), Timestamp::from_us(6_000_100_000)).unwrap();
        let grid = Grid::over(range, 1_500);
        let Trace::Columns(columns) = Trace::columns(&m4(&rows, grid, Limits::default()), grid, None, MOST_BYTES) else {
            panic!("columns expected")
        };
        assert_eq!(columns.values.bytes, 2);
        assert!(columns.values.packed.len() + columns.times.len() + 2 * columns.counts.len() <= MOST_BYTES);
    }

    #[test]
    fn integers_in_base_128() {
        for (n, bytes) in [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (u64::MAX, 10)] {
            assert_eq!(varint(n), bytes, "{n}");
        }
    }

    proptest! {
        #[test]
        fn every_finite_sample_comes_back(mut given in proptest::collection::vec((any::<i32>(), -1e6..1e6_f64), 0..200)) {
            given.sort_by_key(|s| s.0);
            let given: Vec<(i64, f64)> = given.into_iter().map(|(t, v)| (i64::from(t), v)).collect();
            let line = Trace::exact(&rows(&given), None, usize::MAX).unwrap().line();
            prop_assert_eq!(line.points.len(), given.len());
            for (point, (time, value)) in line.points.iter().zip(&given) {
                prop_assert_eq!(point.time.us(), *time);
                prop_assert!((point.value - value).abs() <= 0.25, "{} {}", point.value, value);
            }
        }

        #[test]
        fn columns_stay_within_a_pixel(mut given in proptest::collection::vec((0_i64..10_000, -50.0..50.0_f64), 1..500), columns in 1_u32..300) {
            given.sort_by_key(|s| s.0);
            let grid = Grid::over(TimeRange::new(Timestamp::from_us(0), Timestamp::from_us(10_000)).unwrap(), columns);
            let buckets = m4(&rows(&given), grid, Limits::default());
            let line = Trace::columns(&buckets, grid, None, MOST_BYTES).line();
            prop_assert_eq!(line.columns.iter().map(|c| c.count).sum::<u64>(), given.len() as u64);
            prop_assert!(line.points.windows(2).all(|p| p[0].time <= p[1].time));
            for (column, bucket) in line.columns.iter().zip(&buckets) {
                prop_assert_eq!(column.start, bucket.start);
                prop_assert!((column.min - bucket.min.value).abs() < 1e-4 && (column.max - bucket.max.value).abs() < 1e-4);
            }
        }
    }
}
