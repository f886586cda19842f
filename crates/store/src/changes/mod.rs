//! Who shall look again: one notice a flush, to the readers of this process and, through Postgres, to the other processes.

mod listener;
mod triggers;
mod writes;

pub(crate) use writes::TableWrites;
pub use writes::Writes;

use crate::Store;
use domain::{SeriesId, TenantId, TimeRange, Timestamp};
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
    /// that lags behind is told so and has to look at everything. When notices of other processes may have been missed,
    /// every series changes over all of time. The first call starts to listen, so it needs a runtime around it.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.listen_once();
        self.inner.changes.subscribe()
    }

    pub(crate) fn listen_once(&self) {
        self.inner.listening.call_once(|| {
            drop(tokio::spawn(listener::listen(self.clone())));
            drop(tokio::spawn(crate::machines::look(self.clone())));
        });
    }
}

/// A notice of another process.
#[derive(Debug, PartialEq)]
struct Heard {
    tenant: TenantId,
    series: Vec<(i64, TimeRange)>,
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
    pub(crate) const CHANNEL: &str = "andon_changes";
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

    /// Reads a payload; `None` for one of this store itself, of another schema, or of somebody else.
    fn heard(&self, payload: &str) -> Option<Heard> {
        let (schema, process) = self.sender.split_once(' ')?;
        let mut words = payload.split(' ');
        if words.next()? != schema || words.next()? == process {
            return None;
        }
        let tenant = words.next()?.parse().ok()?;
        let part = |word: &str| {
            let mut numbers = word.split(':').map(str::parse::<i64>);
            let (id, start, end) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
            Some((id, TimeRange::new(Timestamp::from_us(start), Timestamp::from_us(end)).ok()?))
        };
        Some(Heard { tenant, series: words.filter_map(part).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(process: &str) -> Notice {
        Notice { sender: format!("andon {process}") }
    }

    #[test]
    fn a_notice_is_heard_by_others_and_fits_into_what_postgres_takes() {
        let tenant: TenantId = "acme".parse().unwrap();
        let range = |n: i64| TimeRange::new(Timestamp::from_us(-n - 1), Timestamp::MAX).unwrap();
        let touched: Vec<(i64, TimeRange)> = (0..2_000).map(|n| (n * 1_000_000_007, range(n))).collect();
        let payloads = notice("a").payloads(&tenant, &touched);
        assert!(payloads.len() > 1 && payloads.iter().all(|payload| payload.len() < 8_000));
        let heard: Vec<(i64, TimeRange)> = payloads.iter().flat_map(|payload| notice("b").heard(payload).unwrap().series).collect();
        assert_eq!(heard, touched);
        assert!(payloads.iter().all(|payload| notice("a").heard(payload).is_none()), "one's own");
        for other in ["", "x", "other 1 acme 1:2:3", "andon c", "andon c a/b 1:2:3"] {
            assert_eq!(notice("b").heard(other), None, "{other}");
        }
        assert_eq!(
            notice("b").heard("andon c acme 1:2 x 5:6:7"),
            Some(Heard { tenant, series: vec![(5, TimeRange::new(Timestamp::from_us(6), Timestamp::from_us(7)).unwrap())] })
        );
        assert!(notice("a").payloads(&"acme".parse().unwrap(), &[]).is_empty());
    }
}
