//! How the writer does, in numbers for the operator.

use super::Ingest;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How the writer does, since the process started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IngestStatus {
    /// Readings that were committed, those from the spill file included.
    pub written_rows: u64,
    /// Transactions.
    pub flushes: u64,
    /// Readings that the database refused.
    pub refused_rows: u64,
    /// Readings that went into the spill file.
    pub spilled_rows: u64,
    /// Readings that were turned away because the spill file was full.
    pub turned_away_rows: u64,
    /// Readings in the queue.
    pub queued_rows: u64,
    /// Bytes that wait in the spill file.
    pub spill_bytes: u64,
    /// Most bytes that may wait there; 0 without a spill file.
    pub spill_limit_bytes: u64,
    /// Something waits in the spill file or was turned away by it last.
    pub behind: bool,
}

/// The same, as the writer counts.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub written_rows: AtomicU64,
    pub flushes: AtomicU64,
    pub refused_rows: AtomicU64,
    pub spilled_rows: AtomicU64,
    pub turned_away_rows: AtomicU64,
    pub spill_bytes: AtomicU64,
    pub full: AtomicBool,
}

impl Ingest {
    /// How the writer does.
    pub fn status(&self) -> IngestStatus {
        let Counted { written_rows, flushes, refused_rows, spilled_rows, turned_away_rows, spill_bytes, full } = &*self.queue.counted;
        let number = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let spill_bytes = number(spill_bytes);
        IngestStatus {
            written_rows: number(written_rows),
            flushes: number(flushes),
            refused_rows: number(refused_rows),
            spilled_rows: number(spilled_rows),
            turned_away_rows: number(turned_away_rows),
            queued_rows: self.queue.rows() as u64,
            spill_bytes,
            spill_limit_bytes: self.store.inner.settings.ingest.spill.as_ref().map_or(0, |spill| spill.limit_bytes),
            behind: spill_bytes > 0 || full.load(Ordering::Relaxed),
        }
    }
}
