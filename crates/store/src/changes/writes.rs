//! Who waits for statements that write into tables of others. Notices of one table that come together are one wake-up.

use crate::{Store, StoreError, Tenant};
use domain::SeriesId;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// Where triggers send the number of their table.
pub(super) const CHANNEL: &str = "andon_tables";

/// Tables by number, and those of which was said why they do not tell.
#[derive(Debug, Default)]
pub(crate) struct TableWrites {
    tables: Mutex<HashMap<i64, watch::Sender<()>>>,
    refused: Mutex<HashSet<String>>,
}

/// Wakes whoever follows a table when a statement wrote into it.
#[derive(Debug)]
pub struct Writes(watch::Receiver<()>);

impl Writes {
    /// Returns when something was written since the last call, or may have been while nobody listened.
    pub async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }
}

impl Store {
    /// The writes into a series' table; `None` where no trigger of ours tells of them. Statements that name a partition or
    /// a child of the table are not told, nor are those of a replication: who follows a table still looks now and then.
    pub async fn writes_of(&self, tenant: &Tenant, series: &SeriesId) -> Result<Option<Writes>, StoreError> {
        if !self.inner.settings.triggers {
            return Ok(None);
        }
        let Some(source) = self.source_of(tenant, series).await?.filter(|source| source.part.is_none()) else { return Ok(None) };
        let Some(table) = self.telling(&source).await? else { return Ok(None) };
        let writes = self.inner.table_writes.of(table);
        self.listen_once();
        Ok(Some(writes))
    }
}

impl TableWrites {
    fn of(&self, table: i64) -> Writes {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        Writes(tables.entry(table).or_insert_with(|| watch::Sender::new(())).subscribe())
    }

    /// A notice came; of a table that nobody follows, or of somebody else, it means nothing.
    pub(super) fn heard(&self, payload: &str) {
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = payload.parse().ok().and_then(|table: i64| tables.get(&table)) {
            table.send_replace(());
        }
    }

    /// Notices may have been missed.
    pub(super) fn heard_all(&self) {
        for table in self.tables.lock().unwrap_or_else(PoisonError::into_inner).values() {
            table.send_replace(());
        }
    }

    /// Whether nothing was said of this table yet.
    pub(super) fn refused_first(&self, table: &str) -> bool {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(table.to_owned())
    }
}
