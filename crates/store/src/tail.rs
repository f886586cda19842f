//! The end of a series: what came after an instant, and whether anything happened to its table at all.

use crate::catalog::Entry;
use crate::instant::Instant;
use crate::lease::Lease;
use crate::source::Source;
use crate::window::{bound, rows};
use crate::{Store, StoreError, Tenant};
use domain::bucket::Sample;
use domain::{Reading, SeriesId, Timestamp};
use sqlx::{AssertSqlSafe, Row};

/// Most rows of one look: beyond them a new window is cheaper than its samples.
pub const MOST_TAIL_ROWS: usize = 2_000;

/// Rows of a series after an instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tail {
    /// The finite ones, in order of time.
    pub samples: Vec<Sample>,
    /// All of them.
    pub rows: u64,
    /// The time of the last, with a value or without.
    pub last: Option<Timestamp>,
    /// Whether the samples tell everything: no gap among the rows, and not too many of them.
    pub whole: bool,
}

impl Store {
    /// The rows of a series after an instant; nothing when it has none, or is gone.
    pub async fn tail(&self, tenant: &Tenant, series: &SeriesId, after: Timestamp) -> Result<Tail, StoreError> {
        let Some(source) = self.source_of(tenant, series).await? else { return Ok(Tail { whole: true, ..Tail::default() }) };
        let (pair, relation, order) = (rows::pair(&source), source.relation(), source.order());
        let sql = format!(
            "SELECT array_agg(t) AS times, array_agg(v) AS values FROM
             (SELECT {pair} FROM {relation} WHERE {} ORDER BY {order} LIMIT {}) rows",
            source.later("$1"),
            MOST_TAIL_ROWS + 1
        );
        let mut lease = Lease::take(self.readers()?).await?;
        let row = sqlx::query(AssertSqlSafe(sql)).bind(bound(after.plus(1))).fetch_one(lease.connection()?).await?;
        lease.finish();
        let times: Vec<Instant> = row.try_get::<Option<_>, _>("times")?.unwrap_or_default();
        let values: Vec<Option<f64>> = row.try_get::<Option<_>, _>("values")?.unwrap_or_default();
        let sample = |(time, value): (&Instant, &Option<f64>)| value.map(|value| Sample { time: time.0, value });
        let mut samples: Vec<Sample> = times.iter().zip(&values).filter_map(sample).collect();
        samples.sort_by_key(|sample| sample.time);
        let whole = samples.len() == times.len() && times.len() <= MOST_TAIL_ROWS;
        let last = times.iter().map(|time| time.0).max();
        Ok(Tail { samples, rows: times.len() as u64, last, whole })
    }

    /// Whether readings of a series are written by Andon itself, so that each flush tells of them; `None` without such a
    /// series.
    pub async fn is_own(&self, tenant: &Tenant, series: &SeriesId) -> Result<Option<bool>, StoreError> {
        let found = self.entries(tenant, std::slice::from_ref(series)).await?.unwrap_or_default();
        let source = found.into_iter().find_map(|Entry { source, .. }| source);
        Ok(source.map(|source| source.part.is_some()))
    }

    /// The newest row of a series, with a value or without.
    pub async fn newest_row(&self, tenant: &Tenant, series: &SeriesId) -> Result<Option<Reading>, StoreError> {
        let Some(source) = self.source_of(tenant, series).await? else { return Ok(None) };
        let (pair, relation, dated, order) = (rows::pair(&source), source.relation(), source.dated(), source.order());
        let sql = format!("SELECT {pair} FROM {relation} WHERE {dated} ORDER BY {order} DESC LIMIT 1");
        let mut lease = Lease::take(self.readers()?).await?;
        let newest = sqlx::query(AssertSqlSafe(sql)).fetch_optional(lease.connection()?).await?;
        lease.finish();
        let Some(row) = newest else { return Ok(None) };
        let (time, value): (Instant, Option<f64>) = (row.try_get("t")?, row.try_get("v")?);
        Ok(Some(Reading { series: series.clone(), time: time.0, value }))
    }

    /// Rows that were ever inserted, changed or deleted in a series' table, as Postgres counts them with a delay of about
    /// a second; `None` for what has no such count (views, foreign tables).
    pub async fn touched_rows(&self, tenant: &Tenant, series: &SeriesId) -> Result<Option<i64>, StoreError> {
        let Some(source) = self.source_of(tenant, series).await? else { return Ok(None) };
        let mut lease = Lease::take(self.readers()?).await?;
        let touched = sqlx::query_scalar(
            "SELECT sum(pg_stat_get_tuples_inserted(relid) + pg_stat_get_tuples_updated(relid) + pg_stat_get_tuples_deleted(relid))::bigint
             FROM (SELECT to_regclass($1)::oid AS relid UNION SELECT relid::oid FROM pg_partition_tree(to_regclass($1))) parts",
        );
        let touched = touched.bind(source.relation()).fetch_one(lease.connection()?).await?;
        lease.finish();
        Ok(touched)
    }

    pub(crate) async fn source_of(&self, tenant: &Tenant, series: &SeriesId) -> Result<Option<Source>, StoreError> {
        let entries = self.entries_of(tenant, Some(series)).await?;
        Ok(entries.into_iter().find_map(|Entry { source, .. }| source))
    }
}
