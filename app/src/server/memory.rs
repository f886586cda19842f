//! Sums of windows that are over, kept: a board shows a month of shifts, and only the running one is computed again. What
//! happens to a machine later, a late report or a correction, forgets the windows that it touches.

use domain::board::tile::Source;
use domain::oee::Figures;
use domain::{MachineId, TenantId, TimeRange};
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use store::{MachineChange, Store};

/// Most windows that are kept, some kilobytes each.
const MOST: usize = 20_000;

/// What happened since it was last asked; `None` where something was missed.
type Changes = Box<dyn FnMut() -> Option<Vec<MachineChange>> + Send>;

#[derive(Default)]
struct Kept {
    windows: HashMap<(TenantId, MachineId, TimeRange), Figures>,
    changes: Option<Changes>,
}

fn kept() -> &'static Mutex<Kept> {
    static KEPT: OnceLock<Mutex<Kept>> = OnceLock::new();
    KEPT.get_or_init(Mutex::default)
}

/// The sums of a window, where they are kept and nothing has happened since. A customer's machines are those of its builder, so
/// it is the owner by whom they are kept.
pub fn recall(store: &Store, owner: &TenantId, machine: &MachineId, range: TimeRange) -> Option<Figures> {
    let mut kept = kept().lock().unwrap_or_else(PoisonError::into_inner);
    kept.forget_changed(store);
    kept.windows.get(&(owner.clone(), machine.clone(), range)).cloned()
}

/// Keeps the sums of a window that is over. Not those that may still change without anything being told of it: of a window
/// in which a stop began that lasts.
pub fn keep(store: &Store, owner: &TenantId, source: &Source<'_>, range: TimeRange, figures: &Figures) {
    let lasting = source.timeline.stops.iter().any(|stop| stop.open && stop.start < range.end());
    if range.end() > source.evidence.known_until() || figures.provisional || lasting {
        return;
    }
    let mut kept = kept().lock().unwrap_or_else(PoisonError::into_inner);
    kept.forget_changed(store);
    if kept.windows.len() >= MOST {
        kept.windows.clear();
    }
    kept.windows.insert((owner.clone(), source.id.clone(), range), figures.clone());
}

impl Kept {
    fn forget_changed(&mut self, store: &Store) {
        let Some(changed) = self.changes.get_or_insert_with(|| listen(store))() else {
            // Nothing that is kept can be trusted.
            self.windows.clear();
            return;
        };
        if changed.is_empty() {
            return;
        }
        self.windows.retain(|(owner, machine, range), _| {
            let touches = |change: &MachineChange| {
                // A change of the plant's model is one of all machines.
                let this = change.machine.as_ref().is_none_or(|changed| changed == machine);
                change.tenant == *owner && this && change.range.overlap(*range).is_some()
            };
            !changed.iter().any(touches)
        });
    }
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
