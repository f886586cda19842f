//! Sums of windows that are over, kept: a board shows a month of shifts, and only the running one is computed again. What
//! happens to a machine later, a late report or a correction, forgets the windows that it touches.

use domain::board::tile::{Source, Sums};
use domain::{MachineId, TenantId, TimeRange};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, OnceLock, PoisonError};
use store::{MachineChange, Store};

/// Most windows that are kept, some kilobytes each.
const MOST: usize = 20_000;

/// What happened since it was last asked; `None` where something was missed.
type Changes = Box<dyn FnMut() -> Option<Vec<MachineChange>> + Send>;

/// Whose window, of which machine.
type Key = (TenantId, MachineId, TimeRange);

/// Most changes that are remembered for those who compute while they happen.
const RECENT: usize = 1_000;

/// How many changes had happened at a moment. Who takes it before it reads can tell afterwards whether what it read still holds.
#[derive(Clone, Copy, Debug)]
pub struct Generation(u64);

/// Sums, and the stretch in which anything that happens bears on them: the window and the standstills that reach out of it.
struct Held {
    sums: Sums,
    reach: TimeRange,
}

#[derive(Default)]
struct Kept {
    windows: HashMap<Key, Held>,
    changes: Option<Changes>,
    /// Rises with every change, and by more than can be remembered where something was missed.
    generation: u64,
    /// The newest changes, the oldest first.
    recent: VecDeque<MachineChange>,
}

fn kept() -> &'static Mutex<Kept> {
    static KEPT: OnceLock<Mutex<Kept>> = OnceLock::new();
    KEPT.get_or_init(Mutex::default)
}

/// Where things stand: to be taken before anything is read that figures are computed from, and handed to [`keep`] with them.
pub fn generation(store: &Store) -> Generation {
    let mut kept = kept().lock().unwrap_or_else(PoisonError::into_inner);
    kept.forget_changed(store);
    Generation(kept.generation)
}

/// The sums of a window, where they are kept and nothing has happened since. A customer's machines are those of its builder, so
/// it is the owner by whom they are kept.
pub fn recall(store: &Store, owner: &TenantId, machine: &MachineId, range: TimeRange) -> Option<Sums> {
    let mut kept = kept().lock().unwrap_or_else(PoisonError::into_inner);
    kept.forget_changed(store);
    kept.windows.get(&(owner.clone(), machine.clone(), range)).map(|held| held.sums.clone())
}

/// Keeps the sums of a window that is over. Not those that may still change without anything being told of it: of a window
/// in which a stop began that lasts. Nor those that a change has touched since they were read: it is forgotten before they are
/// kept, so they would stay wrong for ever.
pub fn keep(store: &Store, owner: &TenantId, source: &Source<'_>, range: TimeRange, sums: &Sums, read: Generation) {
    let lasting = source.timeline.stops.iter().any(|stop| stop.open && stop.start < range.end());
    if range.end() > source.evidence.known_until() || sums.figures.provisional || lasting {
        return;
    }
    let mut kept = kept().lock().unwrap_or_else(PoisonError::into_inner);
    kept.forget_changed(store);
    let key = (owner.clone(), source.id.clone(), range);
    let reach = reach(source, range);
    if kept.moved(read, &key, reach) {
        return;
    }
    if kept.windows.len() >= MOST {
        kept.windows.clear();
    }
    kept.windows.insert(key, Held { sums: sums.clone(), reach });
}

impl Kept {
    fn forget_changed(&mut self, store: &Store) {
        let Some(changed) = self.changes.get_or_insert_with(|| listen(store))() else {
            // Nothing that is kept can be trusted.
            self.windows.clear();
            self.recent.clear();
            self.generation = self.generation.saturating_add(RECENT as u64 + 1);
            return;
        };
        if changed.is_empty() {
            return;
        }
        self.windows.retain(|key, held| !changed.iter().any(|change| touches(change, key, held.reach)));
        self.generation = self.generation.saturating_add(changed.len() as u64);
        self.recent.extend(changed);
        let surplus = self.recent.len().saturating_sub(RECENT);
        self.recent.drain(..surplus);
    }

    /// Whether a window may be another since a generation; also where that is too long ago to tell.
    fn moved(&self, since: Generation, key: &Key, reach: TimeRange) -> bool {
        let newer = usize::try_from(self.generation.saturating_sub(since.0)).unwrap_or(usize::MAX);
        newer > self.recent.len() || self.recent.iter().rev().take(newer).any(|change| touches(change, key, reach))
    }
}

/// Whether a change bears on a window: what begins right where something ends may go on with it.
fn touches(change: &MachineChange, (owner, machine, _): &Key, reach: TimeRange) -> bool {
    // A change of the plant's model is one of all machines.
    let this = change.machine.as_ref().is_none_or(|changed| changed == machine);
    change.tenant == *owner && this && change.range.start() <= reach.end() && reach.start() <= change.range.end()
}

/// A window with the standstills that touch it. What a machine says later begins after them, and changes nothing about them.
fn reach(source: &Source<'_>, range: TimeRange) -> TimeRange {
    let touching = source.timeline.stops.iter().filter(|stop| stop.start <= range.end() && range.start() <= stop.end);
    let (start, end) = touching.fold((range.start(), range.end()), |(start, end), stop| (start.min(stop.start), end.max(stop.end)));
    TimeRange::new(start, end).unwrap_or(range)
}

fn listen(store: &Store) -> Changes {
    let mut changes = store.machine_changes();
    Box::new(move || {
        let mut changed = Vec::new();
        while !changes.is_empty() {
            // What is there and cannot be received was overwritten.
            changed.push(changes.try_recv().ok()?);
        }
        Some(changed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    #[test]
    fn a_window_is_touched_by_what_meets_it_and_its_standstills() {
        let range = |start, end| TimeRange::new(Timestamp::from_us(start), Timestamp::from_us(end)).unwrap();
        let key: Key = ("acme".parse().unwrap(), "mill".parse().unwrap(), range(100, 200));
        let touched = |machine: Option<&str>, start, end| {
            let machine = machine.map(|id| id.parse().unwrap());
            let change = MachineChange { tenant: key.0.clone(), machine, range: range(start, end) };
            // A stop began before the window, another ended after it.
            touches(&change, &key, range(90, 220))
        };
        assert!(touched(Some("mill"), 220, i64::MAX), "a stop may go on where it ended");
        assert!(!touched(Some("mill"), 221, i64::MAX), "what is said later");
        assert!(touched(Some("mill"), 50, 90) && !touched(Some("mill"), 50, 89));
        assert!(touched(None, 0, i64::MAX) && !touched(Some("lathe"), 150, 160));
    }
}
