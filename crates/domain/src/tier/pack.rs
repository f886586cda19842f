//! Packed buckets: what one row of the database holds of a tier. Column after column, so that a column that is the same
//! everywhere (ten samples a bucket, no gaps, the first at its start) takes two bytes, and reading runs straight on.
//!
//! Byte 0 is the version. Packing loses nothing: every count, time and bit of a value comes back.

use super::TierBucket;
use super::columns::{Reader, form, read_values, read_whole, write_values, write_whole};
use crate::bucket::{Bucket, Sample};
use crate::time::Timestamp;

const VERSION: u8 = 1;
/// More buckets than any row of ours holds; a larger number is garbage and must not allocate.
const MOST_BUCKETS: u16 = 4_096;
const SAMPLES: usize = 4;

/// Why bytes are no packed buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTier {
    /// Written by another version of Andon.
    #[error("packed buckets of version {0}, this Andon reads {VERSION}; rebuild the tiers")]
    Version(u8),
    /// They end too early.
    #[error("packed buckets end too early; rebuild the tiers")]
    Short,
    /// They contradict themselves.
    #[error("packed buckets are malformed; rebuild the tiers")]
    Malformed,
}

/// Packs buckets in order of time. `outside` is not kept: limits are configuration.
pub fn pack(buckets: &[TierBucket]) -> Vec<u8> {
    let buckets = buckets.get(..usize::from(MOST_BUCKETS)).unwrap_or(buckets);
    let mut out = Vec::with_capacity(32 + 32 * buckets.len());
    let origin = buckets.first().map_or(0, |b| b.start.us());
    out.push(VERSION);
    out.extend(u16::try_from(buckets.len()).unwrap_or(MOST_BUCKETS).to_le_bytes());
    out.extend(origin.to_le_bytes());
    let whole = |out: &mut Vec<u8>, number: &dyn Fn(&Bucket) -> i64| {
        write_whole(out, &buckets.iter().map(number).collect::<Vec<_>>());
    };
    whole(&mut out, &|b| b.start.us().wrapping_sub(origin));
    whole(&mut out, &|b| b.count as i64);
    whole(&mut out, &|b| b.gaps as i64);
    whole(&mut out, &|b| i64::from(b.gap_before) + 2 * i64::from(b.gap_after));
    let kept = || buckets.iter().filter(|b| b.count > 0);
    let samples = |b: &Bucket| [b.first, b.last, b.min, b.max];
    for i in 0..SAMPLES {
        let of = |b: &Bucket| samples(b).get(i).copied().unwrap_or(b.first);
        write_whole(&mut out, &kept().map(|b| of(b).time.us().wrapping_sub(b.start.us())).collect::<Vec<_>>());
    }
    let form = form(kept().flat_map(samples).map(|s| s.value));
    out.push(form);
    for i in 0..SAMPLES {
        write_values(&mut out, form, &kept().filter_map(|b| samples(b).get(i).map(|s| s.value)).collect::<Vec<_>>());
    }
    kept().for_each(|b| out.extend(b.sum.to_le_bytes()));
    out
}

/// The buckets that [`pack`] packed. Anything else is an error, never a panic and never a large allocation.
pub fn unpack(bytes: &[u8]) -> Result<Vec<TierBucket>, BadTier> {
    let mut buckets = Vec::new();
    Unpacker::default().unpack(bytes, |_| true, &mut buckets)?;
    Ok(buckets)
}

/// Unpacks many rows with the same memory: column by column, then bucket by bucket.
#[derive(Debug, Default)]
pub struct Unpacker {
    /// Starts, counts, gaps, sides.
    every: [Vec<i64>; 4],
    /// Times of first, last, smallest, largest.
    times: [Vec<i64>; SAMPLES],
    values: [Vec<f64>; SAMPLES],
    whole: Vec<i64>,
}

impl Unpacker {
    /// Appends the wanted buckets of a row, or none where it cannot be read. What is not finite is malformed.
    pub fn unpack(&mut self, bytes: &[u8], wanted: impl Fn(&TierBucket) -> bool, buckets: &mut Vec<TierBucket>) -> Result<(), BadTier> {
        let mut reader = Reader(bytes);
        match reader.byte()? {
            VERSION => {}
            other => return Err(BadTier::Version(other)),
        }
        let length = u16::from_le_bytes([reader.byte()?, reader.byte()?]);
        if length > MOST_BUCKETS {
            return Err(BadTier::Malformed);
        }
        let origin = reader.i64()?;
        let Self { every, times, values, whole } = self;
        for column in every.iter_mut() {
            read_whole(&mut reader, usize::from(length), column)?;
        }
        let [starts, counts, gaps, sides] = every;
        let kept = counts.iter().filter(|count| **count != 0).count();
        for column in times.iter_mut() {
            read_whole(&mut reader, kept, column)?;
        }
        let form = reader.byte()?;
        for column in values.iter_mut() {
            read_values(&mut reader, form, kept, whole, column)?;
        }
        let sums = reader.take(8 * kept)?.as_chunks::<8>().0;
        if !reader.0.is_empty() || values.iter().flatten().any(|value| !value.is_finite()) {
            return Err(BadTier::Malformed);
        }
        let [firsts, lasts, mins, maxs] = times;
        let [first_values, last_values, min_values, max_values] = values;
        let times = firsts.iter().zip(&*lasts).zip(mins.iter().zip(&*maxs));
        let values = first_values.iter().zip(&*last_values).zip(min_values.iter().zip(&*max_values));
        let mut samples = times.zip(values).zip(sums);
        for ((start, count), (gaps, sides)) in starts.iter().zip(&*counts).zip(gaps.iter().zip(&*sides)) {
            let start_us = origin.wrapping_add(*start);
            let mut bucket = Bucket::empty(Timestamp::from_us(start_us));
            (bucket.count, bucket.gaps) = (*count as u64, *gaps as u64);
            (bucket.gap_before, bucket.gap_after) = (sides & 1 != 0, sides & 2 != 0);
            if *count != 0
                && let Some(((((first, last), (min, max)), ((a, b), (c, d))), sum)) = samples.next()
            {
                let sample = |offset: &i64, value: &f64| Sample { time: Timestamp::from_us(start_us.wrapping_add(*offset)), value: *value };
                (bucket.first, bucket.last) = (sample(first, a), sample(last, b));
                (bucket.min, bucket.max) = (sample(min, c), sample(max, d));
                bucket.sum = f64::from_le_bytes(*sum);
            }
            if wanted(&bucket) {
                buckets.push(bucket);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bucket::{Grid, Rows};
    use crate::reduce::m4;
    use crate::series::Limits;
    use crate::tier::{LADDER, Tier, coarsened, of_rows};
    use proptest::prelude::*;

    fn seconds(values: impl Iterator<Item = f64>) -> Rows {
        let values: Vec<f64> = values.collect();
        Rows { times: (0..values.len() as i64).map(|i| i * 1_000_000).collect(), values }
    }

    /// Bytes that a bucket takes in full rows of every tier.
    fn bytes_a_bucket(rows: &Rows) -> Vec<usize> {
        let mut buckets = of_rows(rows);
        LADDER
            .into_iter()
            .map(|tier| {
                buckets = coarsened(&buckets, tier);
                let row = buckets.get(..60).unwrap_or(&buckets);
                pack(row).len() / row.len()
            })
            .take(3)
            .collect()
    }

    #[test]
    fn a_bucket_takes_few_bytes() {
        let decimals = seconds((0..40_000).map(|i| ((f64::from(i) / 500.0).sin() * 1e4).round() / 100.0));
        assert!(bytes_a_bucket(&decimals).iter().all(|bytes| *bytes <= 24), "{:?}", bytes_a_bucket(&decimals));
        let doubles = seconds((0..40_000).map(|i| (f64::from(i) / 500.0).sin()));
        assert!(bytes_a_bucket(&doubles).iter().all(|bytes| *bytes <= 46), "{:?}", bytes_a_bucket(&doubles));
    }

    #[test]
    fn awkward_buckets_come_back() {
        let rows = Rows {
            times: vec![Timestamp::MIN.us(), -5, 0, 0, 7, 7, Timestamp::MAX.us()],
            values: vec![-0.0, f64::MAX, f64::MAX, f64::NAN, f64::MIN_POSITIVE / 8.0, 0.1 + 0.2, f64::NAN],
        };
        for grid in LADDER.map(Tier::grid) {
            let buckets = m4(&rows, grid, Limits::default());
            let back = unpack(&pack(&buckets)).unwrap();
            assert_eq!(format!("{back:?}"), format!("{buckets:?}"));
        }
        assert_eq!(unpack(&pack(&[])), Ok(Vec::new()));
    }

    #[test]
    fn other_versions_and_cut_rows_are_refused() {
        let mut bytes = pack(&of_rows(&seconds((0..100).map(f64::from))));
        for length in 0..bytes.len() {
            assert!(unpack(bytes.get(..length).unwrap()).is_err(), "{length}");
        }
        bytes.push(0);
        assert_eq!(unpack(&bytes), Err(BadTier::Malformed));
        bytes[0] = 2;
        assert_eq!(unpack(&bytes), Err(BadTier::Version(2)));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = unpack(&bytes);
            if let Some(first) = bytes.first_mut() {
                *first = VERSION;
            }
            let _ = unpack(&bytes);
        }

        #[test]
        fn spoilt_rows_do_not_panic(at in 0_usize..2_000, byte in any::<u8>()) {
            let mut bytes = pack(&of_rows(&seconds((0..600).map(|i| f64::from(i).sqrt()))));
            let length = bytes.len();
            bytes[at % length] = byte;
            let _ = unpack(&bytes);
        }

        #[test]
        fn every_bit_of_every_value_comes_back(bits in proptest::collection::vec(any::<u64>(), 1..50), step in 1_i64..1_000_000_000_000) {
            let rows = Rows { times: (0..bits.len() as i64).map(|i| i * step).collect(), values: bits.into_iter().map(f64::from_bits).collect() };
            let buckets = m4(&rows, Grid { start: Timestamp::from_us(0), width_us: 3 * step }, Limits::default());
            let back = unpack(&pack(&buckets)).unwrap();
            prop_assert_eq!(format!("{:?}", back), format!("{:?}", buckets));
        }
    }
}
