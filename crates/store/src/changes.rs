//! Who shall look again: one notice a flush, to the readers of this process and, through Postgres, to the other processes.

use crate::Store;
use domain::{SeriesId, TenantId, TimeRange};
use std::hash::{BuildHasher, Hasher, RandomState};
use tokio::sync::broadcast;

/// Notices that a slow reader may be behind before it is told that it missed some.
const BACKLOG: usize = 1_024;

/// Series of a tenant whose readings in these ranges are new or other than before.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Whose they are.
    pub tenant: TenantId,
    /// Which, and where.
    pub series: Vec<(SeriesId, TimeRange)>,
}

/// The text of a notice to other processes: ids only, cut into pieces that Postgres takes.
#[derive(Debug)]
pub(crate) struct Notice {
    /// Schema and process of the writer: others of this database mean other series, and one's own notices are known.
    sender: String,
}

impl Store {
    /// Changes from now on, one a flush, of this process and of every other that writes into the same database. A receiver
    /// that lags behind is told so and has to look at everything.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.inner.changes.subscribe()
    }
}

/// Where changes are told.
pub(crate) fn channel() -> broadcast::Sender<Change> {
    broadcast::Sender::new(BACKLOG)
}

/// A number that no other process has.
pub(crate) fn process() -> u64 {
    RandomState::new().build_hasher().finish()
}

impl Notice {
    /// Where notices are sent.
    pub const CHANNEL: &str = "andon_changes";
    /// Postgres takes less than 8,000 bytes.
    const LONGEST_BYTES: usize = 7_000;

    /// The notices of a store.
    pub fn of(store: &Store) -> Self {
        Self { sender: format!("{} {:016x}", store.inner.settings.schema, store.inner.process) }
    }

    /// `schema process tenant number:start:end …`, with the ends in microseconds.
    pub fn payloads(&self, tenant: &TenantId, touched: &[(i64, TimeRange)]) -> Vec<String> {
        let start = format!("{} {tenant}", self.sender);
        let mut payloads: Vec<String> = Vec::new();
        for (id, range) in touched {
            let part = format!(" {id}:{}:{}", range.start().us(), range.end().us());
            match payloads.last_mut().filter(|payload| payload.len() + part.len() <= Self::LONGEST_BYTES) {
                Some(payload) => payload.push_str(&part),
                None => payloads.push(format!("{start}{part}")),
            }
        }
        payloads
    }
}
