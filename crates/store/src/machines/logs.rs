//! The logs of machines as they were last read, in a bounded memory: a request reads only what was said since, which one probe
//! a machine finds. Nothing here depends on being told of changes. A log grows at its end alone, and whoever takes one from here
//! reads on from its last row, so what is kept is never too old, only short.

use super::log::Log;
use super::observed::Since;
use domain::{MachineId, TenantId, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Most lines that are kept, of 32 bytes each.
const MOST_LINES: usize = 2_000_000;
/// How long what nobody asks for is kept at least; it goes within twice as long.
const TURN: Duration = Duration::from_secs(600);

/// A machine and its owner.
type Key = (TenantId, MachineId);

/// What is kept.
#[derive(Debug)]
pub(super) struct Logs {
    kept: Mutex<Kept>,
    most_lines: usize,
}

#[derive(Debug)]
struct Kept {
    logs: HashMap<Key, One>,
    turned: Instant,
}

#[derive(Debug)]
struct One {
    log: Arc<Log>,
    /// The earliest start of a window that was asked for in this turn, and in the one before.
    wanted: [Timestamp; 2],
    used: Instant,
}

impl Default for Logs {
    fn default() -> Self {
        Self::of_size(MOST_LINES)
    }
}

impl Logs {
    fn of_size(most_lines: usize) -> Self {
        Self { kept: Mutex::new(Kept { logs: HashMap::new(), turned: Instant::now() }), most_lines }
    }

    /// The logs of those machines of which enough is kept for a window that begins at an instant, with their places.
    pub fn known(&self, owner: &TenantId, machines: &[&MachineId], start: Timestamp) -> Vec<(usize, Arc<Log>)> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.turn();
        let known = machines.iter().enumerate().filter_map(|(place, machine)| {
            let one = kept.logs.get_mut(&(owner.clone(), MachineId::clone(machine)))?;
            one.want(start);
            (one.log.from <= start).then(|| (place, one.log.clone()))
        });
        known.collect()
    }

    /// A log with what was said since it was taken from here. `None` where it is another log than the one that is there now.
    pub fn grown(&self, owner: &TenantId, machine: &MachineId, log: Arc<Log>, since: Since) -> Option<Arc<Log>> {
        let Since { log_id, first, lines, last, .. } = since;
        let same = log.log_id == log_id && log.last.map(|mark| mark.recorded) == first;
        let key = (owner.clone(), machine.clone());
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !same {
            kept.logs.remove(&key);
            return None;
        }
        let (Some((_, new)), Some(last)) = (lines.split_first(), last) else { return Some(log) };
        if new.is_empty() {
            return Some(log);
        }
        // Whoever read the same lines at the same time has added them already.
        if let Some(one) = kept.logs.get_mut(&key).filter(|one| one.log.log_id == log_id) {
            if one.log.from == log.from && one.log.last >= Some(last) {
                return Some(one.log.clone());
            }
            if Arc::ptr_eq(&one.log, &log) {
                // With one owner less it is mostly extended in its place.
                drop(log);
                Arc::make_mut(&mut one.log).grow(new, last);
                return Some(one.log.clone());
            }
        }
        let mut log = Arc::unwrap_or_clone(log);
        log.grow(new, last);
        Some(Arc::new(log))
    }

    /// Keeps a log that was read to its end, and leaves out those that nobody asked for the longest where there are too many lines.
    pub fn keep(&self, owner: &TenantId, machine: &MachineId, log: Arc<Log>) {
        if log.lines.len() > self.most_lines {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (owner.clone(), machine.clone());
        let wanted = kept.logs.get(&key).map_or([Timestamp::MAX; 2], |one| one.wanted);
        let mut one = One { wanted, used: Instant::now(), log };
        one.want(one.log.from);
        kept.logs.insert(key, one);
        let mut lines: usize = kept.logs.values().map(One::lines).sum();
        while lines > self.most_lines {
            let oldest = kept.logs.iter().min_by_key(|(_, one)| one.used).map(|(key, _)| key.clone());
            let Some(gone) = oldest.and_then(|key| kept.logs.remove(&key)) else { break };
            lines -= gone.lines();
        }
    }

    /// Forgets everything: the database may be another one than before.
    pub fn forget(&self) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).logs.clear();
    }
}

impl Kept {
    /// Leaves out what was not asked for in this turn and the one before, once a turn is over.
    fn turn(&mut self) {
        if self.turned.elapsed() < TURN {
            return;
        }
        self.turned = Instant::now();
        self.logs.retain(|_, one| {
            let [now, before] = one.wanted;
            one.wanted = [Timestamp::MAX, now];
            let start = now.min(before);
            start < Timestamp::MAX && (start <= one.log.from || Arc::make_mut(&mut one.log).cut(start))
        });
    }
}

impl One {
    fn want(&mut self, start: Timestamp) {
        let [now, _] = &mut self.wanted;
        *now = start.min(*now);
        self.used = Instant::now();
    }

    fn lines(&self) -> usize {
        self.log.lines.len()
    }
}
