//! Tiers in the database: which series have them, how far they reach, and how they are kept.
//!
//! Our own readings keep theirs in the transaction that writes them. Tables that we do not own are followed by a task:
//! built once, extended behind the newest row, and checked stretch by stretch, the longest unchecked first. So a row
//! that changes behind `tiered_before` shows in wide windows only when its stretch is looked at again. With
//! `CHECKED_ROWS` rows a turn and a turn every [`TURN`], ten million rows are looked at once in some nine minutes.
//! Windows of rows alone, and everything at or after `tiered_before`, are right at once; a table that was dropped,
//! created again or truncated is noticed by the next reader.

mod check;
mod follow;
mod own;
mod replace;
mod slice;
mod source;
mod status;
mod tend;
mod verify;

pub use status::{TierState, TierStatus, TierTotals};
pub use tend::TURN;
pub use verify::{Difference, Verified};

use crate::instant::Instant;
use crate::source::{Source, quoted};
use crate::store::Store;
use domain::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;

/// Tenant under which tiers of foreign tables stand.
pub(crate) const NO_TENANT: &str = "";

/// The tiers of a series as last seen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tiers {
    pub key: Key,
    /// They hold exactly the rows before it.
    pub before: Timestamp,
}

/// Where the packed rows of a series stand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub tenant: String,
    pub series: i64,
    pub generation: i64,
}

impl Key {
    /// A query for how far the tiers reach at the moment of the reading statement; no row when they are not these any more.
    /// The three parameters are the tenant, the series and the generation.
    pub(crate) fn tiered_before_sql(&self, schema: &str, source: &Source, [tenant, series, generation]: [&str; 3]) -> String {
        let before = "SELECT s.tiered_before AT TIME ZONE 'UTC' AS tiered_before FROM";
        match source.part {
            Some(_) => format!(
                "{before} {schema}.series s WHERE s.tenant_id = {tenant} AND s.series_id = {series} AND {generation}::bigint IS NOT NULL"
            ),
            None => format!(
                "{before} {schema}.tier_sources s WHERE {tenant}::text = '' AND s.series_id = {series} AND s.generation = {generation} AND s.file = {}",
                source.file()
            ),
        }
    }
}

impl Store {
    /// The tiers of a source, if it has any.
    pub(crate) fn tiers_of(&self, source: &Source) -> Option<Tiers> {
        self.inner.tiers.read().ok()?.get(&source.key()).cloned()
    }

    /// Reads again how far the tiers reach. Where our tables are not there, or may not be seen, there are none.
    pub(crate) async fn load_tiers(&self) {
        let schema = &self.inner.settings.schema;
        let quoted = quoted(schema);
        let sql = format!(
            "SELECT source, '' AS tenant_id, series_id, generation, tiered_before AT TIME ZONE 'UTC' AS tiered_before FROM {quoted}.tier_sources
             WHERE state IN ('building', 'following') AND tiered_before > '-infinity' AND $1
             UNION ALL
             SELECT NULL, tenant_id, series_id, 0, tiered_before AT TIME ZONE 'UTC' FROM {quoted}.series WHERE tiered_before > '-infinity' AND $1"
        );
        let Ok(readers) = self.readers() else { return };
        let read = sqlx::query(AssertSqlSafe(sql)).bind(true).fetch_all(readers).await;
        let rows = read.inspect_err(|error| tracing::debug!(%error, "no tiers")).unwrap_or_default();
        let tiers: HashMap<String, Tiers> = rows.iter().filter_map(|row| known(row, schema).ok().flatten()).collect();
        if let Ok(mut known) = self.inner.tiers.write() {
            *known = tiers;
        }
    }
}

fn known(row: &PgRow, schema: &str) -> Result<Option<(String, Tiers)>, sqlx::Error> {
    let before: Instant = row.try_get("tiered_before")?;
    let key = Key { tenant: row.try_get("tenant_id")?, series: row.try_get("series_id")?, generation: row.try_get("generation")? };
    let source = match row.try_get::<Option<String>, _>("source")? {
        Some(source) => source,
        None => match key.tenant.parse() {
            Ok(tenant) => Source::own(schema, &tenant, key.series).key(),
            Err(_) => return Ok(None),
        },
    };
    Ok(Some((source, Tiers { key, before: before.0 })))
}
