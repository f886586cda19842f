//! What a process remembers of plants: the entries and words that it has read, so that each is read once.

use super::MachineChange;
use super::logs::Logs;
use super::look::Ends;
use super::telling::Telling;
use domain::TenantId;
use domain::machine::Words;
use domain::oee::correction::Entry;
use domain::plant::{Fact, FactKey, Plant};
use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use tokio::sync::broadcast;

/// Notices that a slow reader may be behind before it is told that it missed some.
const BACKLOG: usize = 1_024;

/// Where changes of machines are told, and the plants as last read.
#[derive(Debug)]
pub(crate) struct Machines {
    pub sender: broadcast::Sender<MachineChange>,
    plants: RwLock<HashMap<TenantId, Arc<Remembered>>>,
    pub(super) logs: Logs,
    /// How far logs are known to have come, and what other processes are not told yet.
    pub(super) ends: Ends,
    pub(super) telling: Telling,
}

/// The entries of a tenant's plant up to a number. Numbers are given in the order in which entries become visible, so
/// whatever was added since has a higher one.
#[derive(Clone, Debug, Default)]
pub(super) struct Remembered {
    pub entries: Vec<Entry<Fact>>,
    pub subjects: HashMap<FactKey, u64>,
    pub last_entry: i64,
    pub last_word: i32,
    pub words: Words,
    /// The plant of all of it.
    pub plant: Arc<Plant>,
}

impl Default for Machines {
    fn default() -> Self {
        let (plants, logs, ends, telling) = Default::default();
        Self { sender: broadcast::Sender::new(BACKLOG), plants, logs, ends, telling }
    }
}

impl Machines {
    /// What is known of a tenant's plant.
    pub(super) fn known(&self, tenant: &TenantId) -> Arc<Remembered> {
        self.plants.read().ok().and_then(|plants| plants.get(tenant).cloned()).unwrap_or_default()
    }

    /// Remembers it, unless somebody else read more meanwhile.
    pub(super) fn remember(&self, tenant: &TenantId, read: Arc<Remembered>) {
        if let Ok(mut plants) = self.plants.write() {
            let held = plants.entry(tenant.clone()).or_default();
            if (held.last_entry, held.last_word) <= (read.last_entry, read.last_word) {
                *held = read;
            }
        }
    }

    /// Forgets everything: the database may be another one than before.
    pub fn forget(&self) {
        if let Ok(mut plants) = self.plants.write() {
            plants.clear();
        }
        self.logs.forget();
    }
}

impl Remembered {
    /// Adds an entry that was read.
    pub fn add(&mut self, key: FactKey, mut entry: Entry<Fact>) {
        entry.subject = *self.subjects.entry(key).or_insert(entry.number);
        self.last_entry = self.last_entry.max(i64::try_from(entry.number).unwrap_or(i64::MAX));
        self.entries.push(entry);
    }

    /// The number of the last entry about a thing; 0 where there is none.
    pub fn last_of(&self, key: &FactKey) -> u64 {
        let subject = self.subjects.get(key);
        let last = self.entries.iter().rev().find(|entry| Some(&entry.subject) == subject);
        last.map_or(0, |entry| entry.number)
    }

    /// Makes the plant of what was added.
    pub fn assemble(&mut self) {
        self.plant = Arc::new(Plant::of(&self.entries, None, self.words.clone()));
    }
}
