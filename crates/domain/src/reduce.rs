//! From rows to columns: M4 in one pass, and the rule that says where a line breaks.

use crate::bucket::{Bucket, Grid, Rows};
use crate::series::Limits;

/// Default gap limit: this many times the median distance between samples of the window.
pub const GAP_FACTOR: i64 = 5;

/// The columns of a grid that hold rows, in order of time. Linear in the rows, one bucket a column in memory.
pub fn m4(rows: &Rows, grid: Grid, limits: Limits) -> Vec<Bucket> {
    let mut buckets: Vec<Bucket> = Vec::new();
    for (time, value) in rows.iter() {
        let start = grid.column_start(grid.column(time));
        let outside = value.is_some_and(|v| limits.outside(v));
        match buckets.last_mut() {
            Some(bucket) if bucket.start == start => bucket.push(time, value, outside),
            _ => {
                let mut bucket = Bucket::empty(start);
                bucket.push(time, value, outside);
                buckets.push(bucket);
            }
        }
    }
    buckets
}

/// Longest distance in microseconds that a line bridges: the configured limit, or [`GAP_FACTOR`] × the median distance
/// between the samples. `None` with fewer than two samples, when nothing can be bridged.
pub fn gap_limit_of_rows(rows: &Rows, configured_us: Option<i64>) -> Option<i64> {
    if configured_us.is_some() {
        return configured_us;
    }
    let following = rows.samples().skip(1);
    let mut distances: Vec<i64> = rows.samples().zip(following).map(|(a, b)| b.time.since(a.time)).collect();
    let middle = distances.len().checked_sub(1)? / 2;
    let (_, median, _) = distances.select_nth_unstable(middle);
    Some(median.saturating_mul(GAP_FACTOR))
}

/// The same for columns, where the single distances are not known: the median of the columns' mean distances,
/// each counted as often as it occurs.
pub fn gap_limit_of_buckets(buckets: &[Bucket], configured_us: Option<i64>) -> Option<i64> {
    if configured_us.is_some() {
        return configured_us;
    }
    let mut means: Vec<(i64, u64)> = Vec::with_capacity(buckets.len());
    let mut previous: Option<&Bucket> = None;
    for bucket in buckets.iter().filter(|b| b.count > 0) {
        if let Some(previous) = previous {
            means.push((bucket.first.time.since(previous.last.time), 1));
        }
        if bucket.count > 1 {
            let distances = bucket.count - 1;
            means.push((bucket.last.time.since(bucket.first.time) / i64::try_from(distances).unwrap_or(i64::MAX), distances));
        }
        previous = Some(bucket);
    }
    means.sort_unstable();
    let half = means.iter().map(|(_, times)| times).sum::<u64>().div_ceil(2);
    let mut seen = 0;
    let median = means.iter().find(|(_, times)| {
        seen += times;
        seen >= half
    });
    median.map(|(distance, _)| distance.saturating_mul(GAP_FACTOR))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bucket::Sample;
    use crate::{TimeRange, Timestamp};
    use proptest::prelude::*;

    fn rows(samples: &[(i64, f64)]) -> Rows {
        Rows { times: samples.iter().map(|s| s.0).collect(), values: samples.iter().map(|s| s.1).collect() }
    }

    #[test]
    fn a_column_keeps_first_min_max_last_with_their_own_times() {
        let rows = rows(&[(0, 5.0), (1, 9.0), (2, 1.0), (3, 9.0), (9, 4.0), (25, 7.0)]);
        let grid = Grid { start: Timestamp::from_us(0), width_us: 10 };
        let buckets = m4(&rows, grid, Limits { low: Some(2.0), high: None });
        let kept: Vec<Vec<(i64, f64)>> = buckets.iter().map(|b| b.samples().map(|s| (s.time.us(), s.value)).collect()).collect();
        assert_eq!(kept, vec![vec![(0, 5.0), (1, 9.0), (2, 1.0), (9, 4.0)], vec![(25, 7.0)]]);
        let numbers: Vec<_> = buckets.iter().map(|b| (b.count, b.outside, b.sum)).collect();
        assert_eq!(numbers, vec![(5, 1, 28.0), (1, 0, 7.0)]);
    }

    #[test]
    fn gaps_are_kept_with_their_side() {
        let nan = f64::NAN;
        let rows = rows(&[(0, nan), (1, 1.0), (2, nan), (3, 2.0), (11, 1.0), (12, nan), (25, nan)]);
        let buckets = m4(&rows, Grid { start: Timestamp::from_us(0), width_us: 10 }, Limits::default());
        let sides: Vec<_> = buckets.iter().map(|b| (b.count, b.gaps, b.gap_before, b.gap_after)).collect();
        assert_eq!(sides, vec![(2, 2, true, false), (1, 1, false, true), (0, 1, true, false)]);
    }

    #[test]
    fn gap_limits() {
        let even: Vec<(i64, f64)> = (0..100).map(|i| (i * 10, 0.0)).collect();
        assert_eq!(gap_limit_of_rows(&rows(&even), None), Some(50));
        assert_eq!(gap_limit_of_rows(&rows(&even), Some(7)), Some(7));
        assert_eq!(gap_limit_of_rows(&rows(&[(5, 1.0)]), None), None);
        assert_eq!(gap_limit_of_rows(&rows(&[]), None), None);
        let buckets = m4(&rows(&even), Grid { start: Timestamp::from_us(0), width_us: 200 }, Limits::default());
        assert_eq!(gap_limit_of_buckets(&buckets, None), Some(50));
        assert_eq!(gap_limit_of_buckets(&[], None), None);
    }

    fn any_rows() -> impl Strategy<Value = Rows> {
        proptest::collection::vec((0_i64..5_000, prop_oneof![6 => -1e3..1e3_f64, 1 => Just(f64::NAN)]), 0..400).prop_map(|mut samples| {
            samples.sort_by_key(|s| s.0);
            rows(&samples)
        })
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_invented(rows in any_rows(), columns in 1_u32..200) {
            let range = TimeRange::new(Timestamp::from_us(0), Timestamp::from_us(5_000)).unwrap();
            let buckets = m4(&rows, Grid::over(range, columns), Limits::default());
            prop_assert!(buckets.len() <= columns as usize);
            prop_assert_eq!(buckets.iter().map(|b| b.count).sum::<u64>(), rows.samples().count() as u64);
            prop_assert_eq!(buckets.iter().map(|b| b.count + b.gaps).sum::<u64>(), rows.times.len() as u64);
            let kept: Vec<Sample> = buckets.iter().flat_map(Bucket::samples).collect();
            prop_assert!(kept.windows(2).all(|pair| pair[0].time <= pair[1].time));
            prop_assert!(kept.iter().all(|k| rows.samples().any(|s| s == *k)));
            let mut finite = buckets.iter().filter(|b| b.count > 0);
            prop_assert_eq!(finite.clone().next().map(|b| b.first), rows.samples().next());
            prop_assert_eq!(finite.next_back().map(|b| b.last), rows.samples().last());
            let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::MIN, f64::max);
            prop_assert_eq!(largest(&mut kept.iter().map(|s| s.value)), largest(&mut rows.samples().map(|s| s.value)));
        }
    }
}
