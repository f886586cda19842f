//! Who shall look at a machine again.

use crate::Store;
use domain::{MachineId, TenantId, TimeRange};
use tokio::sync::broadcast;

/// A machine of which something is new: observations, reports, or (over all of time) the model of its plant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineChange {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which; `None` for all of the plant, when facts changed.
    pub machine: Option<MachineId>,
    /// Where.
    pub range: TimeRange,
}

/// Notices that a slow reader may be behind before it is told that it missed some.
const BACKLOG: usize = 1_024;

/// Where changes of machines are told.
#[derive(Debug)]
pub(crate) struct MachineNews {
    pub sender: broadcast::Sender<MachineChange>,
}

impl Default for MachineNews {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(BACKLOG) }
    }
}

impl Store {
    /// Changes of machines from now on, one a batch, of this process and of every other that writes into the same database. A
    /// receiver that lags behind is told so and has to look at everything.
    pub fn machine_changes(&self) -> broadcast::Receiver<MachineChange> {
        self.inner.machines.sender.subscribe()
    }
}
