//! Upkeep of the tiers of our own series, in the transaction that writes their readings and under the lock of their rows
//! in the dictionary; nothing is remembered between flushes, so any process may do it at any time.
//!
//! Rows behind the watermark that changed have their buckets counted again. Rows at or after it are the tail, which readers
//! take from `readings`; when it is long, the watermark moves on. So a flush of a few rows writes no tier at all.

use super::flush::Series;
use super::ladder::{self, Touched};
use crate::StoreError;
use crate::instant::Moment;
use domain::bucket::Rows;
use domain::tier::{Tier, of_rows};
use domain::{TenantId, Timestamp};
use sqlx::{PgConnection, Row};

/// A tail of this many rows is moved into the tiers. Readers take it row by row, about 0.1 µs each.
pub(super) const LONG_TAIL_ROWS: usize = 1_000;
/// Most rows by which one flush moves a watermark; a series whose tiers were reset catches up in steps.
const STEP_ROWS: usize = 200_000;

/// A stretch of a series whose rows are read again: whole buckets of the finest tier.
struct Stretch {
    series: usize,
    series_id: i64,
    start: Timestamp,
    end: Timestamp,
}

/// Brings the tiers of the written series up to what stands in `readings`.
pub(super) async fn update(
    connection: &mut PgConnection,
    tenant: &TenantId,
    series: &mut [Series<'_>],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut touched: Vec<Touched> = series.iter().map(|_| Touched::new()).collect();
    let late: Vec<Stretch> = series.iter().enumerate().flat_map(|(place, series)| stretches(place, series)).collect();
    for (stretch, rows) in late.iter().zip(read(connection, tenant, &late, None).await?) {
        if let Some(touched) = touched.get_mut(stretch.series) {
            ladder::replace(touched, stretch.start, stretch.end, of_rows(&rows));
        }
    }
    let tails: Vec<Stretch> = series.iter_mut().enumerate().filter_map(|(place, series)| tail(place, series, now)).collect();
    let mut watermarks = Vec::new();
    for (stretch, rows) in tails.iter().zip(read(connection, tenant, &tails, Some(STEP_ROWS)).await?) {
        let (rows, watermark) = step(connection, tenant, stretch, rows).await?;
        if let (Some(touched), Some(series)) = (touched.get_mut(stretch.series), series.get_mut(stretch.series)) {
            touched.extend(of_rows(&rows).into_iter().map(|bucket| (bucket.start, Some(bucket))));
            watermarks.push((stretch.series_id, watermark));
            let rest = series.rows.rows.partition_point(|(time, _)| *time < watermark);
            // Short of its goal it stays long and goes on with the next flush.
            series.known.tail_rows = if watermark < stretch.end { LONG_TAIL_ROWS } else { series.rows.rows.len() - rest };
        }
    }
    let touched = series.iter().map(|s| s.known.id).zip(touched);
    let broken = ladder::store(connection, tenant, touched.collect()).await?;
    move_watermarks(connection, tenant, &watermarks).await?;
    for series_id in broken {
        reset(connection, tenant, series_id).await?;
    }
    Ok(())
}

/// The buckets of late rows, neighbours together.
fn stretches(place: usize, series: &Series<'_>) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for time in &series.late {
        let (start, end) = (Tier::FINEST.floor(*time), Tier::FINEST.ceil(time.plus(1)));
        match stretches.last_mut().filter(|last| last.end >= start) {
            Some(last) => last.end = end,
            None => stretches.push(Stretch { series: place, series_id: series.known.id, start, end }),
        }
    }
    stretches
}

/// The part of a long tail that may go into the tiers: whole buckets before the newest row, none of the future, where a
/// clock that runs wild may write before the others get there.
fn tail(place: usize, series: &mut Series<'_>, now: Timestamp) -> Option<Stretch> {
    let rows = series.rows.rows.as_slice();
    let before = rows.partition_point(|(time, _)| *time < series.tiered_before);
    series.known.tail_rows = series.known.tail_rows.saturating_add(rows.len() - before);
    let newest = rows.last()?.0.max(series.known.newest);
    let (start, end) = (series.tiered_before, Tier::FINEST.floor(newest.min(now)));
    let long = series.known.tail_rows >= LONG_TAIL_ROWS;
    (long && start < end).then_some(Stretch { series: place, series_id: series.known.id, start, end })
}

/// Rows of a tail and the watermark behind them: the end of the stretch, or less when there were too many rows.
async fn step(connection: &mut PgConnection, tenant: &TenantId, tail: &Stretch, mut rows: Rows) -> Result<(Rows, Timestamp), StoreError> {
    if rows.times.len() < STEP_ROWS {
        return Ok((rows, tail.end));
    }
    let at = |us: Option<&i64>| us.map_or(tail.end, |us| Tier::FINEST.floor(Timestamp::from_us(*us)));
    let (first, last) = (at(rows.times.first()), at(rows.times.last()));
    if first < last {
        rows = rows.within(domain::TimeRange::new(Timestamp::MIN, last).unwrap_or(domain::TimeRange::ALL));
        return Ok((rows, last));
    }
    // All of them are of one bucket, which has still more.
    let end = Tier::FINEST.ceil(first.plus(1));
    let bucket = [Stretch { series: tail.series, series_id: tail.series_id, start: first, end }];
    Ok((read(connection, tenant, &bucket, None).await?.pop().unwrap_or_default(), end))
}

/// Rows of stretches, in their order, each packed into two arrays; at most so many of each.
async fn read(
    connection: &mut PgConnection,
    tenant: &TenantId,
    stretches: &[Stretch],
    most: Option<usize>,
) -> Result<Vec<Rows>, StoreError> {
    if stretches.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "
        SELECT r.times, r.values
        FROM unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY AS k(series_id, first, stop, place)
        CROSS JOIN LATERAL (
            SELECT array_agg(o.time) AS times, array_agg(o.value) AS values
            FROM (SELECT time, value FROM readings
                  WHERE tenant_id = $1 AND series_id = k.series_id AND time >= k.first AND time < k.stop
                  ORDER BY time LIMIT $5) o) r
        ORDER BY k.place";
    let rows = sqlx::query(sql)
        .bind(tenant.as_str())
        .bind(stretches.iter().map(|s| s.series_id).collect::<Vec<_>>())
        .bind(stretches.iter().map(|s| Moment(s.start)).collect::<Vec<_>>())
        .bind(stretches.iter().map(|s| Moment(s.end)).collect::<Vec<_>>())
        .bind(most.map(|most| i64::try_from(most).unwrap_or(i64::MAX)))
        .fetch_all(connection)
        .await?;
    let mut read = Vec::with_capacity(rows.len());
    for row in rows {
        let (times, values): (Option<Vec<Moment>>, Option<Vec<Option<f64>>>) = (row.try_get("times")?, row.try_get("values")?);
        read.push(Rows {
            times: times.unwrap_or_default().into_iter().map(|time| time.0.us()).collect(),
            values: values.unwrap_or_default().into_iter().map(|value| value.unwrap_or(f64::NAN)).collect(),
        });
    }
    Ok(read)
}

async fn move_watermarks(connection: &mut PgConnection, tenant: &TenantId, watermarks: &[(i64, Timestamp)]) -> Result<(), StoreError> {
    if watermarks.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE series s SET tiered_before = w.tiered_before
               FROM unnest($2::bigint[], $3::timestamptz[]) AS w(series_id, tiered_before)
               WHERE s.tenant_id = $1 AND s.series_id = w.series_id";
    sqlx::query(sql)
        .bind(tenant.as_str())
        .bind(watermarks.iter().map(|(id, _)| *id).collect::<Vec<_>>())
        .bind(watermarks.iter().map(|(_, time)| Moment(*time)).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets the tiers of a series: its rows serve alone until the watermark has come back from the start.
async fn reset(connection: &mut PgConnection, tenant: &TenantId, series_id: i64) -> Result<(), StoreError> {
    tracing::warn!(%tenant, series_id, "tiers cannot be read; they are built again");
    for sql in [
        "DELETE FROM tiers WHERE tenant_id = $1 AND series_id = $2",
        "UPDATE series SET tiered_before = '-infinity' WHERE tenant_id = $1 AND series_id = $2",
    ] {
        sqlx::query(sql).bind(tenant.as_str()).bind(series_id).execute(&mut *connection).await?;
    }
    Ok(())
}
