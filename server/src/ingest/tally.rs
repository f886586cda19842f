//! Counters of one way in, for /metrics.

use super::accept::Batch;
use metrics::{Counter, counter};

/// What came, what of it is stored, what was no reading, what is none by design.
#[derive(Clone)]
pub struct Tally {
    received: Counter,
    written: Counter,
    malformed: Counter,
    ignored: Counter,
}

impl Tally {
    /// The counters of a source: `line_protocol`, `mqtt`, `sparkplug`.
    pub fn of(source: &'static str) -> Self {
        Self {
            received: counter!("andon_ingest_received_total", "source" => source),
            written: counter!("andon_ingest_written_total", "source" => source),
            malformed: counter!("andon_ingest_malformed_total", "source" => source),
            ignored: counter!("andon_ingest_ignored_total", "source" => source),
        }
    }

    /// Counts what came.
    pub fn count(&self, batch: &Batch) {
        let Batch { readings, bad, ignored, .. } = batch;
        let (readings, bad) = (readings.len() as u64, bad.len() as u64);
        self.received.increment(readings + bad + ignored);
        self.malformed.increment(bad);
        self.ignored.increment(*ignored);
    }

    /// Counts readings that are durable.
    pub fn written(&self, rows: u64) {
        self.written.increment(rows);
    }
}
