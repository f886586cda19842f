//! A slice of a table: the next rows in order of time, some tens of thousands, with the sum of their hashes.

use crate::StoreError;
use crate::source::Source;
use crate::window::{bound, rows};
use domain::Timestamp;
use domain::bucket::Rows;
use domain::tier::Tier;
use sqlx::{AssertSqlSafe, PgConnection, Row};

/// Rows that are read and written in one transaction.
pub(crate) const SLICE_ROWS: usize = 50_000;

/// All rows of `[from, to)`.
pub(crate) struct Slice {
    pub to: Timestamp,
    pub rows: Rows,
    pub checksum: i64,
}

/// The hash of a row of columns `t` and `v` as a 32-bit number; the sum over rows does not depend on their order. What
/// is not finite counts as NULL, as it does everywhere.
pub(crate) const HASH: &str = "(timestamp_hash_extended(t, coalesce(hashfloat8(v), 0)::bigint) >> 32)::int4";

/// The next slice of `[from, until)`. It ends at a border of the finest buckets, or at `until`.
pub(crate) async fn next(connection: &mut PgConnection, source: &Source, from: Timestamp, until: Timestamp) -> Result<Slice, StoreError> {
    let mut found = read(connection, source, from, until, Some(SLICE_ROWS + 1)).await?;
    if found.times.len() <= SLICE_ROWS {
        return Ok(found.slice(until));
    }
    let last = found.times.last().map_or(until, |us| Timestamp::from_us(*us));
    let border = Tier::FINEST.floor(last);
    if border > from && found.times.is_sorted() && !source.is_shifted() {
        found.cut(border);
        return Ok(found.slice(border));
    }
    // One bucket that holds more than a slice is read whole; and where a zone changes its clocks, the rows that the
    // limit left out may belong before those that it let in.
    let to = if border > from { border } else { Tier::FINEST.floor(from).plus(Tier::FINEST.width_us()) }.min(until);
    Ok(read(connection, source, from, to, None).await?.slice(to))
}

struct Found {
    times: Vec<i64>,
    values: Vec<f64>,
    hashes: Vec<i32>,
}

impl Found {
    fn cut(&mut self, to: Timestamp) {
        let kept = self.times.partition_point(|us| *us < to.us());
        self.times.truncate(kept);
        self.values.truncate(kept);
        self.hashes.truncate(kept);
    }

    fn slice(self, to: Timestamp) -> Slice {
        let Self { times, values, hashes } = self;
        let checksum = hashes.into_iter().map(i64::from).sum();
        Slice { to, rows: rows::in_order(Rows { times, values }), checksum }
    }
}

async fn read(
    connection: &mut PgConnection,
    source: &Source,
    from: Timestamp,
    to: Timestamp,
    limit: Option<usize>,
) -> Result<Found, StoreError> {
    let (relation, between, order, pair) = (source.relation(), source.between("$1", "$2"), source.order(), rows::pair(source));
    let limit = limit.map_or(String::new(), |limit| format!("LIMIT {limit}"));
    let sql = format!(
        "SELECT array_agg(t) AS times, array_agg(v) AS values, array_agg({HASH}) AS hashes
         FROM (SELECT {pair} FROM {relation} WHERE {between} ORDER BY {order} {limit}) rows"
    );
    let row = sqlx::query(AssertSqlSafe(sql)).bind(bound(from)).bind(bound(to)).fetch_one(connection).await?;
    let Rows { times, values } = rows::packed(&row, "")?;
    let hashes: Option<Vec<i32>> = row.try_get("hashes")?;
    Ok(Found { times, values, hashes: hashes.unwrap_or_default() })
}
