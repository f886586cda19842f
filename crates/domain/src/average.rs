//! The moving average: the mean of the samples of the last so-and-so long, and how it changed.

use crate::TimeRange;
use crate::bucket::{Bucket, Grid, Rows, Sample};
use serde::{Deserialize, Serialize};

/// A moving average over a window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Average {
    /// One point a column that holds samples: at the column's last sample, the mean over the width before it.
    pub points: Vec<Sample>,
    /// Its value at the last sample of the window.
    pub latest: Option<f64>,
    /// Its change against one width earlier, in percent of the earlier value; `None` without samples there or from zero.
    pub change_percent: Option<f64>,
}

/// Width and result as shown beside the chart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AverageSummary {
    /// Width in microseconds.
    pub width_us: i64,
    /// See [`Average::latest`].
    pub latest: Option<f64>,
    /// See [`Average::change_percent`].
    pub change_percent: Option<f64>,
}

/// How far before the window rows are needed, so that its first point and the change are whole: twice the width.
pub const fn lead_us(width_us: i64) -> i64 {
    width_us.saturating_mul(2)
}

/// Sum and count of samples up to each; the mean over a stretch is a difference of two.
struct Running {
    times: Vec<i64>,
    sums: Vec<f64>,
    counts: Vec<u64>,
}

impl Running {
    /// `parts`: time, sum and count in order of time. Sums are kept relative to `base` so that small changes of
    /// large values survive the subtraction.
    fn new(parts: impl Iterator<Item = (i64, f64, u64)>) -> Self {
        let mut running = Self { times: Vec::new(), sums: Vec::new(), counts: Vec::new() };
        let (mut sum, mut carry, mut count) = (0.0_f64, 0.0_f64, 0_u64);
        for (time, part, n) in parts {
            // Kahan's summation: the error of each addition is carried into the next.
            let corrected = part - carry;
            let next = sum + corrected;
            carry = (next - sum) - corrected;
            sum = next;
            count += n;
            running.times.push(time);
            running.sums.push(sum);
            running.counts.push(count);
        }
        running
    }

    fn until(&self, time: i64) -> (f64, u64) {
        let position = self.times.partition_point(|t| *t <= time);
        let at = |i: usize| Some((*self.sums.get(i)?, *self.counts.get(i)?));
        position.checked_sub(1).and_then(at).unwrap_or((0.0, 0))
    }

    /// Mean over `(end − width, end]`, relative to the base.
    fn mean(&self, end: i64, width_us: i64) -> Option<f64> {
        let (sum, count) = self.until(end);
        let (earlier_sum, earlier_count) = self.until(end.saturating_sub(width_us));
        let count = count.checked_sub(earlier_count).filter(|n| *n > 0)?;
        Some((sum - earlier_sum) / count as f64).filter(|mean| mean.is_finite())
    }
}

/// Exact: the mean of the samples in `(t − width, t]` at the last sample *t* of each column. The rows reach
/// [`lead_us`] before the window, or `lead` does with buckets, whose borders a width is then exact to.
pub fn of_rows(lead: &[Bucket], rows: &Rows, range: TimeRange, grid: Grid, width_us: i64) -> Average {
    let base = rows.samples().next().map_or(0.0, |s| s.value);
    let before = lead.iter().filter(|b| b.count > 0).map(|b| (b.last.time.us(), b.sum - base * b.count as f64, b.count));
    let running = Running::new(before.chain(rows.samples().map(|s| (s.time.us(), s.value - base, 1))));
    let mut ends: Vec<Sample> = Vec::new();
    for sample in rows.samples().filter(|s| range.contains(s.time)) {
        match ends.last_mut() {
            Some(end) if grid.column(end.time) == grid.column(sample.time) => *end = sample,
            _ => ends.push(sample),
        }
    }
    assemble(&running, base, ends, width_us)
}

/// From columns: stretches begin and end at column borders, so a width is exact to one column on its early side.
pub fn of_buckets<'a>(buckets: impl Iterator<Item = &'a Bucket> + Clone, range: TimeRange, width_us: i64) -> Average {
    let parts = buckets.filter(|b| b.count > 0);
    let base = parts.clone().next().map_or(0.0, |b| b.first.value);
    let running = Running::new(parts.clone().map(|b| (b.last.time.us(), b.sum - base * b.count as f64, b.count)));
    let ends = parts.map(|b| b.last).filter(|s| range.contains(s.time)).collect();
    assemble(&running, base, ends, width_us)
}

fn assemble(running: &Running, base: f64, ends: Vec<Sample>, width_us: i64) -> Average {
    let mean = |end: i64| running.mean(end, width_us).map(|m| m + base);
    let last = ends.last().map(|s| s.time.us());
    let latest = last.and_then(mean);
    let earlier = last.and_then(|end| mean(end.saturating_sub(width_us)));
    let change_percent = latest.zip(earlier).and_then(|(now, before)| percent_change(before, now));
    let points = ends.into_iter().filter_map(|s| mean(s.time.us()).map(|value| Sample { time: s.time, value })).collect();
    Average { points, latest, change_percent }
}

/// Change from one value to another in percent of the first; `None` from zero or when it is not finite.
pub fn percent_change(before: f64, after: f64) -> Option<f64> {
    let percent = (after - before) / before.abs() * 100.0;
    percent.is_finite().then_some(percent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reduce::m4;
    use crate::{Limits, Timestamp};
    use proptest::prelude::*;

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange::new(Timestamp::from_us(start), Timestamp::from_us(end)).unwrap()
    }

    #[test]
    fn the_mean_of_the_last_so_long() {
        let rows = Rows { times: (0..10).collect(), values: (0..10).map(f64::from).collect() };
        let window = range(4, 10);
        let average = of_rows(&[], &rows, window, Grid::over(window, 6), 2);
        let values: Vec<f64> = average.points.iter().map(|s| s.value).collect();
        assert_eq!(values, vec![3.5, 4.5, 5.5, 6.5, 7.5, 8.5]);
        assert_eq!(average.latest, Some(8.5));
        assert_eq!(average.change_percent, percent_change(6.5, 8.5));
    }

    #[test]
    fn without_samples_there_is_no_average() {
        let window = range(0, 10);
        assert_eq!(of_rows(&[], &Rows::default(), window, Grid::over(window, 5), 3), Average::default());
        assert_eq!(of_buckets([].iter(), window, 3), Average::default());
    }

    #[test]
    fn change_from_zero_is_not_a_number_to_show() {
        assert_eq!(percent_change(0.0, 5.0), None);
        assert_eq!(percent_change(-2.0, -1.0), Some(50.0));
        assert_eq!(percent_change(1e308, -1e308), None);
    }

    proptest! {
        #[test]
        fn rows_and_their_naive_mean_agree(values in proptest::collection::vec(-1e6..1e6_f64, 1..200), width in 1_i64..80, columns in 1_u32..50) {
            let rows = Rows { times: (0..values.len() as i64).map(|i| i * 3).collect(), values };
            let window = range(30, 600);
            for point in of_rows(&[], &rows, window, Grid::over(window, columns), width).points {
                let inside: Vec<f64> = rows.samples().filter(|s| s.time <= point.time && s.time.us() > point.time.us() - width).map(|s| s.value).collect();
                let naive = inside.iter().sum::<f64>() / inside.len() as f64;
                prop_assert!((naive - point.value).abs() <= 1e-6, "{} {}", naive, point.value);
            }
        }

        #[test]
        fn columns_of_one_sample_agree_with_rows(values in proptest::collection::vec(-1e3..1e3_f64, 1..100), width in 1_i64..40) {
            let rows = Rows { times: (0..values.len() as i64).collect(), values };
            let window = range(20, 100);
            let exact = of_rows(&[], &rows, window, Grid { start: window.start(), width_us: 1 }, width);
            let buckets = m4(&rows, Grid { start: Timestamp::from_us(0), width_us: 1 }, Limits::default());
            let coarse = of_buckets(buckets.iter(), window, width);
            prop_assert_eq!(exact.points.len(), coarse.points.len());
            for (a, b) in exact.points.iter().zip(&coarse.points) {
                prop_assert!((a.value - b.value).abs() < 1e-9);
            }
        }
    }
}
