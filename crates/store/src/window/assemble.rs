//! From the stretches that were read to one reading: rows where all of the window came as rows, else the grid's columns.

use crate::window::plan::Plan;
use domain::answer::Reading;
use domain::bucket::{Bucket, Rows};
use domain::tier;
use domain::{Limits, TimeRange, Timestamp, reduce};

/// One stretch as it was read.
pub(crate) struct Part {
    from: Timestamp,
    rows: Option<Rows>,
    /// Buckets from tiers, or columns that the database reduced, which know what is outside the limits.
    pub buckets: Vec<Bucket>,
    counted: bool,
}

impl Part {
    pub(crate) fn rows(from: Timestamp, rows: Rows) -> Self {
        Self { from, rows: Some(rows), buckets: Vec::new(), counted: true }
    }

    pub(crate) fn columns(from: Timestamp, buckets: Vec<Bucket>) -> Self {
        Self { from, rows: None, buckets, counted: true }
    }

    /// To be filled.
    pub(crate) fn tiers(from: Timestamp) -> Self {
        Self { from, rows: None, buckets: Vec::new(), counted: false }
    }
}

pub(crate) struct Assembled {
    pub reading: Reading,
    /// Rows that the window holds, gaps included.
    pub rows: u64,
    /// Stretches of buckets of which only the rows can tell how many are outside the limits, with their number of samples.
    pub mixed: Vec<(Timestamp, Timestamp, u64)>,
}

/// Puts the stretches together.
pub(crate) fn assemble(mut parts: Vec<Part>, plan: &Plan, range: TimeRange, limits: Limits) -> Assembled {
    parts.sort_by_key(|part| part.from);
    let (before, inside): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(|part| part.from < range.start());
    if inside.iter().all(|part| part.rows.is_some()) {
        let mut rows = Rows::default();
        let mut lead = Vec::new();
        for part in before.into_iter().chain(inside) {
            match part.rows {
                Some(more) => {
                    rows.times.extend(more.times);
                    rows.values.extend(more.values);
                }
                None => lead.extend(part.buckets),
            }
        }
        let count = rows.within(range).times.len() as u64;
        return Assembled { reading: Reading::Rows { lead, rows }, rows: count, mixed: Vec::new() };
    }
    let mut lead = Vec::new();
    for part in before {
        lead.extend(part.rows.map_or(part.buckets, |rows| tier::of_rows(&rows)));
    }
    let (mut buckets, mut mixed) = (Vec::new(), Vec::new());
    for part in inside {
        let Part { rows, buckets: read, counted, .. } = part;
        if let Some(rows) = rows {
            buckets.extend(reduce::m4(&rows, plan.grid, limits));
            continue;
        }
        for mut bucket in read {
            if !counted {
                match tier::outside(&bucket, limits) {
                    Some(outside) => bucket.outside = outside,
                    None => mixed.push((bucket.first.time, bucket.last.time.plus(1), bucket.count)),
                }
            }
            buckets.push(bucket);
        }
    }
    let inside = tier::onto(buckets.into_iter(), plan.grid);
    let outside = Some(inside.iter().map(|b| b.outside).sum());
    let rows = inside.iter().map(|b| b.count + b.gaps).sum();
    Assembled { reading: Reading::Columns { lead, inside, outside }, rows, mixed }
}
