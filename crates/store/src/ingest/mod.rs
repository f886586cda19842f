//! Readings of our own, from whichever source: taken into a bounded queue, written in batches, acknowledged when durable.
//!
//! One task a store writes. A source that waits for [`Ingest::write`] is slowed down by the database and by nothing else;
//! a source that is acknowledged has lost nothing, whatever is killed afterwards.

mod batch;
mod commit;
mod copy;
mod dictionary;
mod flush;
mod ladder;
mod listed;
mod merge;
mod partitions;
mod quarantine;
mod queue;
mod retention;
mod spill;
mod status;
mod tiers;
mod writer;

use crate::{Store, Writing};
use batch::Batch;
pub(crate) use commit::preparing;
use domain::{Reading, TenantId};
pub(crate) use queue::Queue;
use queue::Work;
pub use status::IngestStatus;

/// Longest name of a series in bytes: longer ones do not fit into an index of Postgres.
pub const LONGEST_NAME_BYTES: usize = 2_000;

/// The way into the readings of our own: a handle, cheap to clone.
#[derive(Clone, Debug)]
pub struct Ingest {
    store: Store,
    queue: Queue,
}

/// What became of readings that were acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Readings that are durable now, repeated ones included.
    pub rows: u64,
    /// Some of them wait in the spill file for the database.
    pub spilled: bool,
}

/// Something that a source sent and that holds no readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// As it came.
    pub payload: Vec<u8>,
    /// Why it could not be read.
    pub reason: String,
}

/// Why readings were not taken. The source keeps them and may try again, except for [`IngestError::Invalid`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// The database is away and the spill file is full.
    #[error("the database does not answer and the readings that wait for it fill their limit; send again later")]
    Full,
    /// The role of the database may only read.
    #[error("the database role may only read, so readings cannot be stored; give it the right to write into Andon's schema")]
    ReadOnly,
    /// Andon is ending.
    #[error("Andon is ending; send again when it is back")]
    Stopped,
    /// These readings can never be stored.
    #[error("{0}")]
    Invalid(String),
}

impl Store {
    /// The way into the readings of our own. The first call starts the writer, so it needs a runtime around it.
    pub fn ingest(&self) -> Ingest {
        let queue = self.inner.queue.get_or_init(|| writer::start(self.clone()));
        Ingest { store: self.clone(), queue: queue.clone() }
    }
}

impl Ingest {
    /// Stores readings of one tenant; returns when all of them are durable: committed, or in the spill file.
    ///
    /// Writing the same again changes nothing; another value for the same series and time replaces the one before, and of
    /// two in one call the later stays. Waits while the queue is full. Dropping the future takes nothing back.
    pub async fn write(&self, tenant: &TenantId, readings: Vec<Reading>) -> Result<Written, IngestError> {
        self.admit(tenant)?;
        if let Some(refused) = readings.iter().find_map(refusal) {
            return Err(IngestError::Invalid(refused));
        }
        let mut waiting = Vec::new();
        let mut rest = readings.into_iter().peekable();
        while rest.peek().is_some() {
            let batch = Batch::gather(tenant, rest.by_ref().take(queue::BATCH_ROWS));
            waiting.push(self.queue.submit(Work::readings(batch)).await?);
        }
        let mut written = Written::default();
        for acknowledgement in waiting {
            let Written { rows, spilled } = acknowledgement.await.unwrap_or(Err(IngestError::Stopped))?;
            written = Written { rows: written.rows + rows, spilled: written.spilled || spilled };
        }
        Ok(written)
    }

    /// Keeps what could not be read, for the eyes of the operator; durable like readings. `source` names the connection:
    /// `mqtt plant`.
    pub async fn quarantine(&self, tenant: &TenantId, source: &str, bad: Vec<Quarantined>) -> Result<(), IngestError> {
        self.admit(tenant)?;
        if bad.is_empty() {
            return Ok(());
        }
        let acknowledgement = self.queue.submit(Work::quarantined(tenant, source, bad)).await?;
        acknowledgement.await.unwrap_or(Err(IngestError::Stopped)).map(drop)
    }

    /// Ends the writer: what waits is written or spilled, later calls answer [`IngestError::Stopped`]. Returns at the end.
    pub async fn stop(&self) {
        self.queue.stop().await;
    }

    fn admit(&self, tenant: &TenantId) -> Result<(), IngestError> {
        if self.store.writing() == Writing::ReadOnly {
            return Err(IngestError::ReadOnly);
        }
        match self.store.tenant(tenant.as_str()) {
            Some(_) => Ok(()),
            None => Err(IngestError::Invalid(format!("there is no tenant `{tenant}`; add [[tenant]] with this id to the configuration"))),
        }
    }
}

/// Why a reading can never be stored.
fn refusal(reading: &Reading) -> Option<String> {
    let name = reading.series.as_str();
    if name.len() > LONGEST_NAME_BYTES {
        let start: String = name.chars().take(40).collect();
        return Some(format!("the name of series `{start}…` is longer than {LONGEST_NAME_BYTES} bytes; shorten it"));
    }
    let zero = name.contains('\0');
    zero.then(|| format!("the name of series `{}` contains a zero byte; remove it", name.escape_default()))
}
