//! Reading a window: every row when they are few, M4 columns computed in one pass of SQL when they are many.
//!
//! Measured on 86,400 rows: packed into two arrays they leave Postgres in 10 ms, M4 in SQL takes 50–70 ms; so up to
//! [`MOST_ROWS`] are read as they are and reduced here, where gaps and the moving average are exact. Beyond that the
//! network and our memory would grow with the window, and the database reduces.

use crate::catalog::Entry;
use crate::instant::Instant;
use crate::lease::Lease;
use crate::source::Source;
use crate::store::Tenant;
use crate::{Store, StoreError};
use domain::answer::{Around, MOST_COLUMNS, Problem, Reading, SeriesAnswer, SeriesWindow, WindowAnswer};
use domain::average;
use domain::bucket::{Bucket, Grid, Rows, Sample};
use domain::window::{Anchors, BadWindow};
use domain::{Series, SeriesId, TimeRange, Timestamp, WindowSpec};
use futures::future::join_all;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};

/// Most rows of one series and window that are read as they are: 2.4 MB on the wire.
pub(crate) const MOST_ROWS: usize = 100_000;

/// A question for a window.
#[derive(Clone, Debug)]
pub struct WindowQuery {
    /// The series, in the order of the answer.
    pub series: Vec<SeriesId>,
    /// The window as written.
    pub spec: WindowSpec,
    /// Width of the picture in pixels; at most [`MOST_COLUMNS`] are answered.
    pub columns: u32,
    /// Width of the moving average in microseconds.
    pub average_us: Option<i64>,
    /// The time of the question.
    pub now: Timestamp,
}

/// Why a question has no answer at all. A failure of one series is part of the answer instead.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The tenant has no series of that name.
    #[error("there is no series `{0}`")]
    UnknownSeries(SeriesId),
    /// The window cannot be read or is reversed.
    #[error(transparent)]
    Window(#[from] BadWindow),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// One window of several series. The series are read side by side.
    pub async fn window(&self, tenant: &Tenant, query: &WindowQuery) -> Result<WindowAnswer, WindowError> {
        let entries = self.retried(|| self.entries(tenant, &query.series)).await?.map_err(WindowError::UnknownSeries)?;
        let range = self.resolve(tenant, &entries, query.spec, query.now).await?;
        let columns = query.columns.clamp(1, MOST_COLUMNS);
        let answers = entries.iter().map(|entry| self.one(entry, range, columns, query.average_us));
        let series = join_all(answers).await;
        Ok(WindowAnswer { range, answered: query.now, zone: tenant.zone().offsets(range), series })
    }

    /// The range that a window means for these series.
    pub(crate) async fn resolve(
        &self,
        tenant: &Tenant,
        entries: &[Entry],
        spec: WindowSpec,
        now: Timestamp,
    ) -> Result<TimeRange, WindowError> {
        let extent = if spec.needs_extent() { self.extent(entries).await? } else { None };
        let anchors = Anchors { now, extent };
        Ok(spec.resolve(anchors, &|wall_us, twice| tenant.zone().instant(wall_us, twice))?)
    }

    async fn one(&self, entry: &Entry, range: TimeRange, columns: u32, average_us: Option<i64>) -> SeriesAnswer {
        let outcome = match &entry.source {
            None => Err(Problem::Gone),
            Some(source) => {
                let read = self.retried(|| self.read(&entry.series, source, range, columns, average_us)).await;
                read.map(|(reading, around)| SeriesWindow::new(&entry.series, range, columns, average_us, &reading, around))
                    .map_err(|error| self.problem(&entry.series.id, &error))
            }
        };
        SeriesAnswer { series: entry.series.clone(), outcome }
    }

    fn problem(&self, series: &SeriesId, error: &StoreError) -> Problem {
        match error {
            // The supervisor has logged an outage already, once.
            StoreError::Unavailable(_) | StoreError::ReaderLeft => {}
            StoreError::Gone(_) => {
                tracing::info!(%series, %error, "series is gone");
                self.forget_catalog();
            }
            _ => tracing::warn!(%series, %error, "reading a series failed"),
        }
        error.problem()
    }

    /// First and last finite sample over all of these series. A series that cannot be read does not count here; its own
    /// answer says why. Only an outage fails the question.
    async fn extent(&self, entries: &[Entry]) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let sources = entries.iter().filter_map(|entry| entry.source.as_ref());
        let extents = join_all(sources.map(|source| self.retried(move || self.extent_of(source)))).await;
        let (mut all, mut failed) = (None::<(Timestamp, Timestamp)>, None);
        for extent in extents {
            let extent = match extent {
                Ok(extent) => extent,
                Err(error @ StoreError::Unavailable(_)) => return Err(error),
                Err(StoreError::Gone(_) | StoreError::Denied(_)) => None,
                Err(error) => {
                    failed = Some(error);
                    None
                }
            };
            all = match (all, extent) {
                (Some((first, last)), Some((earlier, later))) => Some((first.min(earlier), last.max(later))),
                (known, new) => known.or(new),
            };
        }
        // Without any extent a relative window would be counted from now, which nobody asked for.
        match (all, failed) {
            (None, Some(error)) => Err(error),
            (all, _) => Ok(all),
        }
    }

    async fn extent_of(&self, source: &Source) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let (instant, from, order) = (source.instant(), source.relation(), source.order());
        let rows = format!("FROM {from} WHERE {} AND {} AND $1 ORDER BY {order}", source.dated(), source.finite());
        let sql = format!("SELECT (SELECT {instant} {rows} LIMIT 1) AS first, (SELECT {instant} {rows} DESC LIMIT 1) AS last");
        let mut lease = Lease::take(self.readers()?).await?;
        let row = sqlx::query(AssertSqlSafe(sql)).bind(true).fetch_one(lease.connection()?).await?;
        lease.finish();
        let (first, last): (Option<Instant>, Option<Instant>) = (row.try_get("first")?, row.try_get("last")?);
        Ok(first.zip(last).map(|(first, last)| (first.0, last.0)))
    }

    async fn read(
        &self,
        series: &Series,
        source: &Source,
        range: TimeRange,
        columns: u32,
        average_us: Option<i64>,
    ) -> Result<(Reading, Around), StoreError> {
        let grid = Grid::over(range, columns);
        let lead_us = average_us.map_or(0, average::lead_us);
        let lead = grid.column_start(grid.column(range.start().plus(-lead_us)));
        let mut lease = Lease::take(self.readers()?).await?;
        let row = sqlx::query(AssertSqlSafe(rows_sql(source)))
            .bind(bound(lead))
            .bind(bound(range.end()))
            .bind(bound(range.start()))
            .fetch_one(lease.connection()?)
            .await?;
        let around = Around { before: sample(&row, "before")?, after: sample(&row, "after")?, newest: sample(&row, "newest")? };
        let reading = match rows(&row)? {
            Some(rows) => Reading::Rows(rows),
            None => {
                let columns = sqlx::query(AssertSqlSafe(columns_sql(source)))
                    .bind(bound(lead))
                    .bind(bound(range.end()))
                    .bind(grid.width_us as f64)
                    .bind(series.limits.low)
                    .bind(series.limits.high)
                    .fetch_all(lease.connection()?)
                    .await?;
                let mut buckets = columns.iter().map(|row| bucket(row, lead)).collect::<Result<Vec<_>, _>>()?;
                buckets.sort_unstable_by_key(|b| b.start);
                Reading::Buckets(buckets)
            }
        };
        lease.finish();
        Ok((reading, around))
    }
}

/// An end of a window for the database, kept three days inside its calendar so that shifting it by a zone stays there too.
pub(crate) fn bound(time: Timestamp) -> Instant {
    const MARGIN_US: i64 = 3 * domain::civil::DAY_US;
    Instant(time.max(Timestamp::MIN.plus(MARGIN_US)).min(Timestamp::MAX.plus(-MARGIN_US)))
}

/// Rows of `[$1, $2)` as two arrays, NULL when there are more than [`MOST_ROWS`], and the neighbours of `[$3, $2)`.
fn rows_sql(source: &Source) -> String {
    let (instant, value, finite) = (source.instant(), source.value(), source.finite());
    let (from, order) = (source.relation(), source.order());
    let columns = format!("{instant} AS t, CASE WHEN {finite} THEN {value} END AS v FROM {from} WHERE");
    let (between, before, after, dated) = (source.between("$1", "$2"), source.earlier("$3"), source.later("$2"), source.dated());
    let limit = MOST_ROWS + 1;
    format!(
        "SELECT count, CASE WHEN count < {limit} THEN times END AS times, CASE WHEN count < {limit} THEN values END AS values,
                b.t AS before_t, b.v AS before_v, a.t AS after_t, a.v AS after_v, n.t AS newest_t, n.v AS newest_v
         FROM (SELECT count(*) AS count, array_agg(t) AS times, array_agg(v) AS values
               FROM (SELECT {columns} {between} ORDER BY {order} LIMIT {limit}) rows) window_rows
         LEFT JOIN LATERAL (SELECT {columns} {before} ORDER BY {order} DESC LIMIT 1) b ON true
         LEFT JOIN LATERAL (SELECT {columns} {after} ORDER BY {order} LIMIT 1) a ON true
         LEFT JOIN LATERAL (SELECT {columns} {dated} AND {finite} ORDER BY {order} DESC LIMIT 1) n ON true"
    )
}

/// M4 of `[$1, $2)` in columns of $3 µs that start at $1. `min` and `max` of two-element arrays carry the time of each
/// extreme along in the same pass; no order is needed, so the plan may be parallel and hashed.
fn columns_sql(source: &Source) -> String {
    let (instant, value, finite) = (source.instant(), source.value(), source.finite());
    let (from, between) = (source.relation(), source.between("$1", "$2"));
    format!(
        "SELECT date_bin($3 * interval '1 microsecond', t, $1) AS start, count(v) AS count, count(*) - count(v) AS gaps, sum(v) FILTER (WHERE abs(v) < 1e290) AS sum,
                count(*) FILTER (WHERE v < $4 OR v > $5) AS outside,
                min(ARRAY[o, v]) FILTER (WHERE v IS NOT NULL) AS first, max(ARRAY[o, v]) FILTER (WHERE v IS NOT NULL) AS last,
                min(ARRAY[v, o]) FILTER (WHERE v IS NOT NULL) AS min, max(ARRAY[v, -o]) FILTER (WHERE v IS NOT NULL) AS max,
                min(o) FILTER (WHERE v IS NULL) AS first_gap, max(o) FILTER (WHERE v IS NULL) AS last_gap
         FROM (SELECT {instant} AS t, date_part('epoch', {instant} - $1) AS o, CASE WHEN {finite} THEN {value} END AS v
               FROM {from} WHERE {between}) rows
         GROUP BY 1"
    )
}

fn rows(row: &PgRow) -> Result<Option<Rows>, StoreError> {
    let count: i64 = row.try_get("count")?;
    if count > MOST_ROWS as i64 {
        return Ok(None);
    }
    let times: Option<Vec<Instant>> = row.try_get("times")?;
    let values: Option<Vec<Option<f64>>> = row.try_get("values")?;
    let mut rows = Rows {
        times: times.unwrap_or_default().into_iter().map(Instant::us).collect(),
        values: values.unwrap_or_default().into_iter().map(|v| v.unwrap_or(f64::NAN)).collect(),
    };
    if !rows.times.is_sorted() {
        // Wall times that a zone skips in spring stand before earlier instants.
        let mut pairs: Vec<(i64, f64)> = rows.times.into_iter().zip(rows.values).collect();
        pairs.sort_by_key(|(time, _)| *time);
        (rows.times, rows.values) = pairs.into_iter().unzip();
    }
    Ok(Some(rows))
}

fn sample(row: &PgRow, name: &str) -> Result<Option<Sample>, StoreError> {
    let time: Option<Instant> = row.try_get(format!("{name}_t").as_str())?;
    let value: Option<f64> = row.try_get(format!("{name}_v").as_str())?;
    Ok(time.zip(value).map(|(time, value)| Sample { time: time.0, value }))
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
    bucket.gap_before = first_gap.is_some_and(|gap| gap < first.0);
    bucket.gap_after = last_gap.is_some_and(|gap| gap > last.0);
    Ok(bucket)
}

fn count(row: &PgRow, name: &str) -> Result<u64, StoreError> {
    let count: i64 = row.try_get(name)?;
    Ok(count.unsigned_abs())
}
