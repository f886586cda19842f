//! One transaction: rows, tiers and the notice of a batch become visible together or not at all.

use super::batch::{Batch, Row, SeriesRows};
use super::dictionary::{Dictionary, Known};
use super::partitions::{Layout, Partitions};
use super::{Quarantined, copy, merge, tiers};
use crate::StoreError;
use crate::changes::{Change, Notice};
use crate::instant::Moment;
use domain::{TenantId, TimeRange, Timestamp};
use sqlx::{Connection, PgConnection, Row as _};
use std::collections::HashMap;
use std::time::SystemTime;

/// From this many rows on, `COPY` is worth its round trips.
const WORTH_COPYING: usize = 500;

/// What the writer remembers between flushes; all of it may be forgotten at any time.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub dictionary: Dictionary,
    pub partitions: Partitions,
}

impl Memory {
    /// Forgets everything: the database may be another one than before.
    pub fn forget(&mut self) {
        self.dictionary.forget();
        self.partitions.forget();
    }
}

/// One series of a batch on its way.
pub(super) struct Series<'a> {
    pub known: Known,
    /// Watermark of its tiers, read under its lock.
    pub tiered_before: Timestamp,
    pub rows: &'a SeriesRows,
    /// How many of the rows, from the first on, may be stored already; those after them are new.
    pub old_rows: usize,
    /// Times before the watermark whose rows are new or changed, ascending.
    pub late: Vec<Timestamp>,
}

/// Makes a batch durable. Written again, it changes nothing. True when it created series.
pub(super) async fn readings(
    connection: &mut PgConnection,
    memory: &mut Memory,
    notice: &Notice,
    batch: &Batch,
) -> Result<(Change, bool), StoreError> {
    let created = memory.dictionary.learn(connection, batch).await?;
    memory.partitions.prepare(connection, batch).await?;
    let layout = memory.partitions.layout(connection).await?;
    let mut transaction = connection.begin().await?;
    let mut series = lock(&mut transaction, &memory.dictionary, batch).await?;
    write(&mut transaction, &batch.tenant, &mut series, layout).await?;
    let now = now();
    tiers::update(&mut transaction, &batch.tenant, &mut series, now).await?;
    let touched = series.iter().filter_map(|s| Some((s.known.id, s.rows.range()?))).collect::<Vec<(i64, TimeRange)>>();
    for payload in notice.payloads(&batch.tenant, &touched) {
        sqlx::query("SELECT pg_notify($1, $2)").bind(Notice::CHANNEL).bind(payload).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    for Series { known, rows, .. } in &series {
        // A clock that runs ahead shall not make everything after it look old.
        let newest = rows.rows.last().map_or(known.newest, |(time, _)| known.newest.max(*time)).min(now);
        memory.dictionary.remember(&batch.tenant, &rows.name, Known { newest, ..*known });
    }
    let touched = batch.series.iter().filter_map(|s| Some((s.name.clone(), s.range()?))).collect();
    Ok((Change { tenant: batch.tenant.clone(), series: touched }, created))
}

/// Makes unreadable payloads durable.
pub(super) async fn quarantined(
    connection: &mut PgConnection,
    tenant: &TenantId,
    source: &str,
    bad: &[Quarantined],
) -> Result<(), StoreError> {
    let payloads: Vec<&[u8]> = bad.iter().map(|b| b.payload.as_slice()).collect();
    // Texts come from outside; Postgres has no zero byte in them.
    let reasons: Vec<String> = bad.iter().map(|b| b.reason.replace('\0', "\\0")).collect();
    sqlx::query("INSERT INTO quarantine (tenant_id, source, reason, payload) SELECT $1, $2, * FROM unnest($3::text[], $4::bytea[])")
        .bind(tenant.as_str())
        .bind(source.replace('\0', "\\0"))
        .bind(reasons)
        .bind(payloads)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_us(i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX))
}

/// Locks the rows of the dictionary, in the order of their numbers, so that of several writers of a series one works at a
/// time and none waits for another in a circle. From here on the watermark stands still.
async fn lock<'a>(connection: &mut PgConnection, dictionary: &Dictionary, batch: &'a Batch) -> Result<Vec<Series<'a>>, StoreError> {
    let known = |rows: &'a SeriesRows| dictionary.known(&batch.tenant, &rows.name).map(|known| (known, rows));
    let series: Vec<(Known, &SeriesRows)> = batch.series.iter().filter_map(known).collect();
    let ids: Vec<i64> = series.iter().map(|(known, _)| known.id).collect();
    let sql = "SELECT series_id, tiered_before FROM series WHERE tenant_id = $1 AND series_id = ANY($2) ORDER BY series_id FOR UPDATE";
    let rows = sqlx::query(sql).bind(batch.tenant.as_str()).bind(&ids).fetch_all(connection).await?;
    let mut watermarks = HashMap::new();
    for row in rows {
        watermarks.insert(row.try_get::<i64, _>("series_id")?, row.try_get::<Moment, _>("tiered_before")?.0);
    }
    let locked = |(known, rows): (Known, &'a SeriesRows)| {
        let tiered_before = *watermarks.get(&known.id)?;
        let old_rows = rows.rows.partition_point(|(time, _)| *time <= known.newest);
        Some(Series { known, tiered_before, rows, old_rows, late: Vec::new() })
    };
    let locked: Vec<Series<'a>> = series.into_iter().filter_map(locked).collect();
    if locked.len() < batch.series.len() {
        return Err(StoreError::Gone("a series that was known is not in the dictionary any more".to_owned()));
    }
    Ok(locked)
}

/// Writes rows: new ones by `COPY`, the others one by one against what is stored. Which are new is a guess from the newest
/// row known and a look at history that is older; where it was wrong the primary key says so, and all go the slow way.
async fn write(connection: &mut PgConnection, tenant: &TenantId, series: &mut [Series<'_>], layout: Layout) -> Result<(), StoreError> {
    if series.iter().map(|s| s.old_rows).sum::<usize>() >= WORTH_COPYING {
        find_free(connection, tenant, series).await?;
    }
    let new_rows: usize = series.iter().map(|s| s.rows.rows.len() - s.old_rows).sum();
    let copied = new_rows >= WORTH_COPYING && copy_new(connection, tenant, series, new_rows).await?;
    merge::merge(connection, tenant, series, copied, layout).await
}

/// Rows that may be stored already, and new ones.
pub(super) fn split<'a>(series: &Series<'a>) -> (&'a [Row], &'a [Row]) {
    series.rows.rows.split_at_checked(series.old_rows).unwrap_or_default()
}

/// Looks whether anything is stored where the older rows go: history that is filled in later is new, too.
async fn find_free(connection: &mut PgConnection, tenant: &TenantId, series: &mut [Series<'_>]) -> Result<(), StoreError> {
    let (mut ids, mut firsts, mut lasts) = (Vec::new(), Vec::new(), Vec::new());
    for series in series.iter() {
        if let (old @ [(first, _), ..], _) = split(series) {
            ids.push(series.known.id);
            firsts.push(Moment(*first));
            lasts.push(Moment(old.last().map_or(*first, |(last, _)| *last)));
        }
    }
    // One probe of the index each; EXISTS in the condition might be answered by reading everything.
    let sql = "
        SELECT k.series_id, (SELECT true FROM readings r WHERE r.tenant_id = $1 AND r.series_id = k.series_id
                             AND r.time >= k.first AND r.time <= k.last LIMIT 1) AS taken
        FROM unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[]) AS k(series_id, first, last)";
    let query = sqlx::query(sql).bind(tenant.as_str()).bind(ids).bind(firsts).bind(lasts);
    let mut taken = HashMap::new();
    for row in query.fetch_all(connection).await? {
        taken.insert(row.try_get::<i64, _>("series_id")?, row.try_get::<Option<bool>, _>("taken")?.unwrap_or(false));
    }
    for series in series.iter_mut().filter(|series| taken.get(&series.known.id) == Some(&false)) {
        series.old_rows = 0;
    }
    Ok(())
}

/// Copies the rows after the newest known ones; false when one of them was there already, and then none is written.
async fn copy_new(connection: &mut PgConnection, tenant: &TenantId, series: &mut [Series<'_>], rows: usize) -> Result<bool, StoreError> {
    let mut packed = copy::Rows::new(tenant, rows);
    for series in series.iter() {
        packed.extend(series.known.id, split(series).1);
    }
    sqlx::raw_sql("SAVEPOINT before_copy").execute(&mut *connection).await?;
    let mut copy = connection.copy_in_raw("COPY readings (tenant_id, series_id, time, value) FROM STDIN (FORMAT binary)").await?;
    copy.send(packed.finish()).await?;
    match copy.finish().await {
        Ok(_) => {
            for series in series {
                let new = split(series).1;
                let late = new.iter().map(|(time, _)| *time).filter(|time| *time < series.tiered_before);
                series.late = late.collect();
            }
            Ok(true)
        }
        Err(error) if error.as_database_error().is_some_and(|e| e.is_unique_violation()) => {
            sqlx::raw_sql("ROLLBACK TO SAVEPOINT before_copy").execute(connection).await?;
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}
