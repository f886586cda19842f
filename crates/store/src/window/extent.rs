//! First and last sample, from which relative windows are counted: two probes of the index.

use crate::catalog::Entry;
use crate::instant::Instant;
use crate::lease::Lease;
use crate::source::Source;
use crate::{Store, StoreError};
use domain::Timestamp;
use futures::future::join_all;
use sqlx::{AssertSqlSafe, Row};

impl Store {
    /// First and last finite sample over all of these series. A series that cannot be read does not count here; its own
    /// answer says why. Only an outage fails the question.
    pub(crate) async fn extent(&self, entries: &[Entry]) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
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
}
