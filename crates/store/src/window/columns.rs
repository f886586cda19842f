//! M4 in one pass of SQL, for stretches with too many rows to be read: some tens of milliseconds for a day of seconds,
//! and the memory of the columns alone.

use crate::StoreError;
use crate::instant::Instant;
use crate::source::Source;
use crate::window::bound;
use domain::bucket::{Bucket, Grid, Sample};
use domain::{Limits, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};

/// The columns of `[from, to)`, in order of time.
pub(crate) async fn read(
    connection: &mut PgConnection,
    source: &Source,
    (from, to): (Timestamp, Timestamp),
    grid: Grid,
    limits: Limits,
) -> Result<Vec<Bucket>, StoreError> {
    // Whether an index or the whole table is read here does depend on the window.
    sqlx::raw_sql("SET plan_cache_mode = auto").execute(&mut *connection).await?;
    let origin = bound(grid.column_start(grid.column(from)));
    let rows = sqlx::query(AssertSqlSafe(sql(source)))
        .bind(bound(from))
        .bind(bound(to))
        .bind(grid.width_us as f64)
        .bind(limits.low)
        .bind(limits.high)
        .bind(origin)
        .fetch_all(&mut *connection)
        .await?;
    sqlx::raw_sql("SET plan_cache_mode = force_generic_plan").execute(connection).await?;
    let mut buckets = rows.iter().map(|row| bucket(row, origin.0)).collect::<Result<Vec<_>, _>>()?;
    buckets.sort_unstable_by_key(|b| b.start);
    Ok(buckets)
}

/// M4 of `[$1, $2)` in columns of $3 µs of which one starts at $6. `min` and `max` of two-element arrays carry the time of
/// each extreme along in the same pass; no order is needed, so the plan may be parallel and hashed.
fn sql(source: &Source) -> String {
    let (instant, value, finite) = (source.instant(), source.value(), source.finite());
    let (from, between) = (source.relation(), source.between("$1", "$2"));
    format!(
        "SELECT date_bin($3 * interval '1 microsecond', t, $6) AS start, count(v) AS count, count(*) - count(v) AS gaps, sum(v) FILTER (WHERE abs(v) < 1e290) AS sum,
                count(*) FILTER (WHERE v < $4 OR v > $5) AS outside,
                min(ARRAY[o, v]) FILTER (WHERE v IS NOT NULL) AS first, max(ARRAY[o, v]) FILTER (WHERE v IS NOT NULL) AS last,
                min(ARRAY[v, o]) FILTER (WHERE v IS NOT NULL) AS min, max(ARRAY[v, -o]) FILTER (WHERE v IS NOT NULL) AS max,
                min(o) FILTER (WHERE v IS NULL) AS first_gap, max(o) FILTER (WHERE v IS NULL) AS last_gap
         FROM (SELECT {instant} AS t, date_part('epoch', {instant} - $6) AS o, CASE WHEN {finite} THEN {value} END AS v
               FROM {from} WHERE {between}) rows
         GROUP BY 1"
    )
}

fn bucket(row: &PgRow, origin: Timestamp) -> Result<Bucket, StoreError> {
    let at = |seconds: f64| origin.plus((seconds * 1e6).round() as i64);
    let pair = |name: &str| -> Result<Option<(f64, f64)>, StoreError> {
        let pair: Option<Vec<f64>> = row.try_get(name)?;
        Ok(pair.and_then(|pair| pair.first().copied().zip(pair.get(1).copied())))
    };
    let start: Instant = row.try_get("start")?;
    let mut bucket = Bucket::empty(start.0);
    bucket.gaps = count(row, "gaps")?;
    let (first_gap, last_gap): (Option<f64>, Option<f64>) = (row.try_get("first_gap")?, row.try_get("last_gap")?);
    let (Some(first), Some(last), Some(min), Some(max)) = (pair("first")?, pair("last")?, pair("min")?, pair("max")?) else {
        bucket.gap_before = bucket.gaps > 0;
        return Ok(bucket);
    };
    bucket.count = count(row, "count")?;
    bucket.outside = count(row, "outside")?;
    // A sum that would overflow is an error in Postgres, so values near the largest number are left out of it and make
    // the sum unknown here.
    let summable = min.0 > -1e290 && max.0 < 1e290;
    bucket.sum = if summable { row.try_get::<Option<f64>, _>("sum")?.unwrap_or_default() } else { f64::INFINITY };
    bucket.first = Sample { time: at(first.0), value: first.1 };
    bucket.last = Sample { time: at(last.0), value: last.1 };
    bucket.min = Sample { time: at(min.1), value: min.0 };
    bucket.max = Sample { time: at(-max.1), value: max.0 };
    // Of rows at one instant the gaps come first: see `window::rows`.
    bucket.gap_before = first_gap.is_some_and(|gap| gap <= first.0);
    bucket.gap_after = last_gap.is_some_and(|gap| gap > last.0);
    Ok(bucket)
}

fn count(row: &PgRow, name: &str) -> Result<u64, StoreError> {
    let count: i64 = row.try_get(name)?;
    Ok(count.unsigned_abs())
}
