//! Following one table that is not ours: begin its tiers, extend them as rows are appended, take up what changed.

use super::replace::{forget, replace};
use super::slice::{self, SLICE_ROWS};
use super::source::Shape;
use super::{Key, NO_TENANT};
use crate::StoreError;
use crate::instant::Instant;
use crate::source::Source;
use domain::Timestamp;
use domain::civil::SECOND_US;
use domain::tier::{self, Tier};
use sqlx::{AssertSqlSafe, PgConnection, Row};

/// The newest seconds stay rows: late ones among them cost nothing.
const LAG_US: i64 = 20 * SECOND_US;

/// A followed table: where its tiers stand and how far they reach.
#[derive(Clone, Debug)]
pub(crate) struct Followed {
    pub key: Key,
    pub before: Timestamp,
    /// Up to where they could reach right now.
    pub until: Timestamp,
}

impl Followed {
    pub(crate) fn is_complete(&self) -> bool {
        self.before >= self.until
    }
}

/// Runs work in one snapshot, all or nothing.
pub(crate) async fn in_snapshot<T>(
    connection: &mut PgConnection,
    work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ").execute(&mut *connection).await?;
    let done = work(&mut *connection).await;
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = sqlx::raw_sql(end).execute(connection).await;
    let done = done?;
    ended?;
    Ok(done)
}

/// Looks at a table and begins its tiers where it needs them; `None` where it needs none or cannot have them.
pub(crate) async fn begin(
    connection: &mut PgConnection,
    schema: &str,
    source: &Source,
    now: Timestamp,
) -> Result<Option<Followed>, StoreError> {
    let shape = source.shape(connection).await?;
    let Shape { file, indexed, rows_expected, small } = shape;
    let insert = format!("INSERT INTO {schema}.tier_sources (source, state) VALUES ($1, 'building') ON CONFLICT (source) DO NOTHING");
    sqlx::query(AssertSqlSafe(insert)).bind(source.key()).execute(&mut *connection).await?;
    let none = if small { Some("small") } else { (!indexed).then_some("no_index") };
    let wanted = none.unwrap_or("building");
    // A changed table, or one that is small now, begins anew: readers that know the old generation fall back to rows.
    let anew = format!(
        "UPDATE {schema}.tier_sources SET generation = generation + 1, file = $2, state = $3, tiered_before = '-infinity', rows_done = 0, changed_at = now()
         WHERE source = $1 AND (file IS DISTINCT FROM $2 OR ($3 <> 'building' AND state <> $3) OR ($3 = 'building' AND state IN ('small', 'no_index')))
         RETURNING series_id, generation"
    );
    let begun = in_snapshot(connection, async |connection| {
        let row = sqlx::query(AssertSqlSafe(anew)).bind(source.key()).bind(&file).bind(wanted).fetch_optional(&mut *connection).await?;
        let Some(row) = row else { return Ok(()) };
        forget(connection, schema, &key(&row)?).await
    });
    begun.await?;
    if none.is_some() {
        return Ok(None);
    }
    let until = match source.newest(connection, now).await? {
        Some(newest) => Tier::FINEST.floor(newest.plus(-LAG_US)),
        None => Timestamp::MIN,
    };
    let known = format!(
        "UPDATE {schema}.tier_sources SET rows_expected = $2 WHERE source = $1
         RETURNING series_id, generation, tiered_before AT TIME ZONE 'UTC' AS tiered_before"
    );
    let row = sqlx::query(AssertSqlSafe(known)).bind(source.key()).bind(rows_expected).fetch_one(connection).await?;
    let before: Instant = row.try_get("tiered_before")?;
    Ok(Some(Followed { key: key(&row)?, before: before.0, until }))
}

fn key(row: &sqlx::postgres::PgRow) -> Result<Key, StoreError> {
    Ok(Key { tenant: NO_TENANT.to_owned(), series: row.try_get("series_id")?, generation: row.try_get("generation")? })
}

/// Takes up to `most` slices of what the tiers lack.
pub(crate) async fn extend(
    connection: &mut PgConnection,
    schema: &str,
    source: &Source,
    followed: &mut Followed,
    most: usize,
) -> Result<(), StoreError> {
    if followed.before > followed.until {
        // The newest rows were deleted.
        let from = stretch_of(connection, schema, followed.key.series, followed.until).await?.0;
        rework(connection, schema, source, followed, (from, followed.before)).await?;
        followed.before = followed.until;
        return Ok(());
    }
    // The last stretch is still growing, so it is read again from its start.
    let (starts, rows) = stretch_of(connection, schema, followed.key.series, followed.before).await?;
    let mut from = if rows < SLICE_ROWS as i64 * 9 / 10 { starts } else { followed.before };
    for _ in 0..most {
        if followed.is_complete() {
            break;
        }
        let Some(to) = take(connection, schema, source, &followed.key, (from, followed.until)).await? else { break };
        followed.before = followed.before.max(to);
        from = to;
    }
    Ok(())
}

/// Reads stretches again and writes what has changed. What lies beyond `until` is forgotten.
pub(crate) async fn rework(
    connection: &mut PgConnection,
    schema: &str,
    source: &Source,
    followed: &Followed,
    (mut from, to): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    let until = to.min(followed.until);
    while from < until {
        let Some(next) = take(connection, schema, source, &followed.key, (from, until)).await? else { return Ok(()) };
        from = next;
    }
    if until < to {
        let Followed { key, .. } = followed;
        in_snapshot(connection, async |connection| {
            if lock(connection, schema, source, key).await? {
                replace(connection, schema, key, (until, to), Vec::new()).await?;
                remember(connection, schema, key, (until, to), None).await?;
                let sql = format!("UPDATE {schema}.tier_sources SET tiered_before = $2 AT TIME ZONE 'UTC' WHERE series_id = $1");
                sqlx::query(AssertSqlSafe(sql)).bind(key.series).bind(Instant(until)).execute(connection).await?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// Reads and writes one slice from `from` on; its end, or `None` when somebody else is at it or the table is another.
async fn take(
    connection: &mut PgConnection,
    schema: &str,
    source: &Source,
    key: &Key,
    (from, until): (Timestamp, Timestamp),
) -> Result<Option<Timestamp>, StoreError> {
    in_snapshot(connection, async |connection| {
        if !lock(connection, schema, source, key).await? {
            return Ok(None);
        }
        let slice = slice::next(connection, source, from, until).await?;
        let (rows, to) = (slice.rows.times.len(), slice.to);
        replace(connection, schema, key, (from, to), tier::of_rows(&slice.rows)).await?;
        remember(connection, schema, key, (from, to), Some((rows as i64, slice.checksum))).await?;
        let sql =
            format!("UPDATE {schema}.tier_sources SET tiered_before = greatest(tiered_before, $2 AT TIME ZONE 'UTC') WHERE series_id = $1");
        sqlx::query(AssertSqlSafe(sql)).bind(key.series).bind(Instant(to)).execute(connection).await?;
        Ok(Some(to))
    })
    .await
}

/// Locks the tiers of a table for this transaction; false when another process has them or they were begun anew.
pub(crate) async fn lock(connection: &mut PgConnection, schema: &str, source: &Source, key: &Key) -> Result<bool, StoreError> {
    let file = source.file();
    let sql =
        format!("SELECT true FROM {schema}.tier_sources WHERE series_id = $1 AND generation = $2 AND file = {file} FOR UPDATE SKIP LOCKED");
    let locked: Option<bool> =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(key.series).bind(key.generation).fetch_optional(connection).await?;
    Ok(locked.is_some())
}

/// Notes what `[from, to)` held, in place of what was noted of it before.
async fn remember(
    connection: &mut PgConnection,
    schema: &str,
    key: &Key,
    (from, to): (Timestamp, Timestamp),
    held: Option<(i64, i64)>,
) -> Result<(), StoreError> {
    let sql = format!(
        "DELETE FROM {schema}.tier_checks WHERE series_id = $1 AND starts >= $2 AT TIME ZONE 'UTC' AND starts < $3 AT TIME ZONE 'UTC'"
    );
    sqlx::query(AssertSqlSafe(sql)).bind(key.series).bind(Instant(from)).bind(Instant(to)).execute(&mut *connection).await?;
    if let Some((rows, checksum)) = held {
        let sql =
            format!("INSERT INTO {schema}.tier_checks (series_id, starts, row_count, checksum) VALUES ($1, $2 AT TIME ZONE 'UTC', $3, $4)");
        sqlx::query(AssertSqlSafe(sql)).bind(key.series).bind(Instant(from)).bind(rows).bind(checksum).execute(connection).await?;
    }
    Ok(())
}

/// Start and rows of the last stretch that begins before an instant; all of time before it when there is none.
async fn stretch_of(connection: &mut PgConnection, schema: &str, series: i64, time: Timestamp) -> Result<(Timestamp, i64), StoreError> {
    let sql = format!(
        "SELECT starts AT TIME ZONE 'UTC' AS starts, row_count FROM {schema}.tier_checks
         WHERE series_id = $1 AND starts < $2 AT TIME ZONE 'UTC' ORDER BY tier_checks.starts DESC LIMIT 1"
    );
    let row = sqlx::query(AssertSqlSafe(sql)).bind(series).bind(Instant(time)).fetch_optional(connection).await?;
    let Some(row) = row else { return Ok((Timestamp::MIN, 0)) };
    let starts: Instant = row.try_get("starts")?;
    Ok((starts.0, row.try_get("row_count")?))
}
