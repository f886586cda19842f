//! The ladder of tiers: buckets of fixed widths over all of time, each width a multiple of the one below, so that a
//! bucket of one tier is the exact sum of buckets of the next finer one. A window of any length is read from the tier
//! that is just finer than its columns: at most some six buckets a column, for an hour as for ten years.

mod columns;
mod pack;

pub use pack::{BadTier, Unpacker, pack, unpack};

use crate::bucket::{Bucket, Grid, Rows};
use crate::civil::{DAY_US, HOUR_US, MINUTE_US, SECOND_US};
use crate::series::Limits;
use crate::time::Timestamp;

/// What a tier keeps of one stretch of time: the same as a column of a picture. `outside` depends on limits, which are
/// configuration and may change, so in a tier it is 0 and is not packed; see [`outside`].
pub type TierBucket = Bucket;

/// Widths from the finest to the coarsest.
const WIDTHS_US: [i64; 8] = [10 * SECOND_US, MINUTE_US, 5 * MINUTE_US, 30 * MINUTE_US, 2 * HOUR_US, 12 * HOUR_US, 3 * DAY_US, 18 * DAY_US];

/// Buckets of one packed row. A row stays on one page of the database, and rewriting it for a new sample stays cheap.
const SPAN_BUCKETS: i64 = 60;

/// One step of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tier(u8);

/// Every tier, the finest first.
pub const LADDER: [Tier; 8] = [Tier(0), Tier(1), Tier(2), Tier(3), Tier(4), Tier(5), Tier(6), Tier(7)];

impl Tier {
    /// The tier that is filled from the rows themselves.
    pub const FINEST: Self = Self(0);

    /// Its number in the database: 0 is the finest.
    pub const fn number(self) -> i16 {
        self.0 as i16
    }

    /// The tier of a number.
    pub fn from_number(number: i16) -> Option<Self> {
        LADDER.into_iter().find(|tier| tier.number() == number)
    }

    /// Width of a bucket in microseconds.
    pub fn width_us(self) -> i64 {
        WIDTHS_US.get(usize::from(self.0)).copied().unwrap_or(DAY_US)
    }

    /// The next finer tier, of which this one is made; `None` for the finest.
    pub fn finer(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }

    /// The next coarser tier.
    pub fn coarser(self) -> Option<Self> {
        Self::from_number(self.number() + 1)
    }

    /// The coarsest tier whose buckets are not wider than this; `None` when all are.
    pub fn within(width_us: i64) -> Option<Self> {
        LADDER.into_iter().rev().find(|tier| tier.width_us() <= width_us)
    }

    /// The tier that a picture with columns of this width is read from; `None` when they are narrower than the finest.
    ///
    /// A column may be a quarter wider than asked for where that saves a step of the ladder: a day on 1,500 pixels is read
    /// as 1,440 minutes instead of 8,640 stretches of ten seconds.
    pub fn for_columns(column_us: i64) -> Option<Self> {
        Self::within(column_us).and_then(|_| Self::within(column_us.saturating_add(column_us / 4)))
    }

    /// Its buckets as the columns of a grid. Buckets are counted from 1970-01-01T00:00:00Z.
    pub fn grid(self) -> Grid {
        Grid { start: Timestamp::from_us(0), width_us: self.width_us() }
    }

    /// Start of the bucket that holds an instant.
    pub fn floor(self, time: Timestamp) -> Timestamp {
        floor(time, self.width_us())
    }

    /// The first start of a bucket that is not before an instant.
    pub fn ceil(self, time: Timestamp) -> Timestamp {
        let floor = self.floor(time);
        if floor == time { time } else { floor.plus(self.width_us()) }
    }

    /// Length in microseconds of what one packed row holds.
    pub fn span_us(self) -> i64 {
        self.width_us() * SPAN_BUCKETS
    }
}

/// Start of the packed row that holds an instant.
pub fn span_start(tier: Tier, time: Timestamp) -> Timestamp {
    floor(time, tier.span_us())
}

fn floor(time: Timestamp, width_us: i64) -> Timestamp {
    Timestamp::from_us(time.us() - time.us().rem_euclid(width_us))
}

/// The finest tier's buckets of rows in order of time.
pub fn of_rows(rows: &Rows) -> Vec<TierBucket> {
    crate::reduce::m4(rows, Tier::FINEST.grid(), Limits::default())
}

/// Buckets of a tier from those of any finer one, in order of time.
pub fn coarsened(buckets: &[TierBucket], tier: Tier) -> Vec<TierBucket> {
    onto(buckets.iter().copied(), tier.grid())
}

/// Columns of a grid from buckets in order of time, each of which lies inside one column.
pub fn onto(buckets: impl Iterator<Item = Bucket>, grid: Grid) -> Vec<Bucket> {
    let mut columns: Vec<Bucket> = Vec::new();
    for bucket in buckets {
        let start = grid.column_start(grid.column(bucket.start));
        match columns.last_mut() {
            Some(column) if column.start == start => column.merge(&bucket),
            _ => {
                let mut column = Bucket::empty(start);
                column.merge(&bucket);
                columns.push(column);
            }
        }
    }
    columns
}

/// Number of samples of a bucket outside the limits: all or none when its extremes say so, `None` when it is mixed and
/// only the rows can tell.
pub fn outside(bucket: &Bucket, limits: Limits) -> Option<u64> {
    let Limits { low, high } = limits;
    let (min, max) = (bucket.min.value, bucket.max.value);
    if bucket.count == 0 || !(limits.outside(min) || limits.outside(max)) {
        Some(0)
    } else if low.is_some_and(|low| max < low) || high.is_some_and(|high| min > high) {
        Some(bucket.count)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reduce::m4;
    use proptest::prelude::*;

    #[test]
    fn every_step_of_the_ladder_is_made_of_the_one_below() {
        for pair in LADDER.windows(2) {
            let factor = pair[1].width_us() / pair[0].width_us();
            assert_eq!(pair[1].width_us() % pair[0].width_us(), 0);
            assert!((4..=8).contains(&factor), "{factor}");
            assert_eq!((pair[1].finer(), pair[0].coarser()), (Some(pair[0]), Some(pair[1])));
        }
        assert_eq!(Tier::within(SECOND_US), None);
        assert_eq!(Tier::within(MINUTE_US).map(Tier::number), Some(1));
        assert_eq!(Tier::within(i64::MAX), LADDER.last().copied());
        assert!(LADDER.into_iter().all(|tier| Tier::from_number(tier.number()) == Some(tier)));
    }

    #[test]
    fn buckets_and_spans_before_1970_and_at_the_ends_of_the_calendar() {
        let at = Timestamp::from_us;
        assert_eq!((Tier::FINEST.floor(at(-1)), Tier::FINEST.ceil(at(-1))), (at(-10 * SECOND_US), at(0)));
        assert_eq!(span_start(Tier::FINEST, at(-1)), at(-600 * SECOND_US));
        for tier in LADDER {
            assert_eq!(span_start(tier, Timestamp::MIN).max(tier.floor(Timestamp::MIN)), Timestamp::MIN);
            assert!(tier.ceil(Timestamp::MAX) == Timestamp::MAX && tier.floor(Timestamp::MAX) < Timestamp::MAX);
        }
    }

    #[test]
    fn extremes_decide_what_is_outside_or_say_that_they_cannot() {
        let bucket = |values: &[f64]| {
            let rows = Rows { times: (0..values.len() as i64).collect(), values: values.to_vec() };
            of_rows(&rows)[0]
        };
        let limits = Limits { low: Some(0.0), high: Some(10.0) };
        assert_eq!(outside(&bucket(&[0.0, 10.0]), limits), Some(0));
        assert_eq!(outside(&bucket(&[11.0, 12.0]), limits), Some(2));
        assert_eq!(outside(&bucket(&[-3.0, -1.0, -2.0]), limits), Some(3));
        assert_eq!(outside(&bucket(&[-3.0, 12.0]), limits), None, "outside on both sides may cross the band");
        assert_eq!(outside(&bucket(&[9.0, 12.0]), limits), None);
        assert_eq!(outside(&bucket(&[f64::NAN]), limits), Some(0));
        assert_eq!(outside(&bucket(&[9.0, 12.0]), Limits::default()), Some(0));
    }

    fn any_rows() -> impl Strategy<Value = Rows> {
        let value = prop_oneof![6 => (-1e3..1e3_f64).prop_map(f64::round), 1 => Just(f64::NAN)];
        proptest::collection::vec((-200_000_i64..200_000, value), 0..300).prop_map(|mut rows| {
            rows.sort_by_key(|row| row.0);
            Rows { times: rows.iter().map(|r| r.0 * 100_000).collect(), values: rows.iter().map(|r| r.1).collect() }
        })
    }

    proptest! {
        /// Values are whole numbers, so that sums do not depend on the order of addition.
        #[test]
        fn stacked_tiers_are_what_the_rows_give(rows in any_rows()) {
            let mut stacked = of_rows(&rows);
            for tier in LADDER {
                stacked = coarsened(&stacked, tier);
                prop_assert_eq!(&stacked, &m4(&rows, tier.grid(), Limits::default()));
            }
        }

        #[test]
        fn columns_of_several_buckets_are_what_the_rows_give(rows in any_rows(), wide in 1_i64..20, shift in -50_i64..50) {
            let width_us = wide * Tier::FINEST.width_us();
            let grid = Grid { start: Timestamp::from_us(shift * Tier::FINEST.width_us()), width_us };
            prop_assert_eq!(onto(of_rows(&rows).into_iter(), grid), m4(&rows, grid, Limits::default()));
        }

        #[test]
        fn packed_buckets_come_back(rows in any_rows(), tier in 0_i16..8) {
            let buckets = m4(&rows, Tier::from_number(tier).unwrap().grid(), Limits::default());
            prop_assert_eq!(unpack(&pack(&buckets)), Ok(buckets));
        }
    }
}
