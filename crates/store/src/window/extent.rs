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
        let sources: Vec<&Source> = entries.iter().filter_map(|entry| entry.source.as_ref()).collect();
        let extents = match self.retried(|| self.extents_of(&sources)).await {
            Ok(extents) => extents.into_iter().map(Ok).collect(),
            Err(error @ StoreError::Unavailable(_)) => return Err(error),
            // One of them cannot be read: which, and how the others stand, is found one by one.
            Err(_) => join_all(sources.iter().map(|source| self.retried(|| self.extents_of(std::slice::from_ref(source)))))
                .await
                .into_iter()
                .map(|extents| extents.map(|extents| extents.into_iter().next().flatten()))
                .collect::<Vec<_>>(),
        };
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

    /// First and last finite sample of each source, in one statement.
    async fn extents_of(&self, sources: &[&Source]) -> Result<Vec<Option<(Timestamp, Timestamp)>>, StoreError> {
        let probe = |(place, source): (usize, &&Source)| {
            let (instant, from, order) = (source.instant(), source.relation(), source.order());
            let rows = format!("FROM {from} WHERE {} AND {} AND $1 ORDER BY {order}", source.dated(), source.finite());
            format!("(SELECT {instant} {rows} LIMIT 1) AS first{place}, (SELECT {instant} {rows} DESC LIMIT 1) AS last{place}")
        };
        let probes: Vec<String> = sources.iter().enumerate().map(probe).collect();
        if probes.is_empty() {
            return Ok(Vec::new());
        }
        let mut lease = Lease::take(self.readers()?).await?;
        let row = sqlx::query(AssertSqlSafe(format!("SELECT {}", probes.join(", ")))).bind(true).fetch_one(lease.connection()?).await?;
        lease.finish();
        let end = |name: &str, place: usize| row.try_get::<Option<Instant>, _>(format!("{name}{place}").as_str());
        let extent = |place| Ok(end("first", place)?.zip(end("last", place)?).map(|(first, last)| (first.0, last.0)));
        (0..sources.len()).map(extent).collect()
    }
}
