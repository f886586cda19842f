//! What devices say, appended in the order of arrival.

use super::MachineError;
use crate::Store;
use domain::machine::Observation;
use domain::{MachineId, TenantId};

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// New ones, durable now.
    pub stored: u64,
    /// Those that were there already.
    pub known: u64,
    /// Those with a plainly wrong clock or an impossible value; they are in the quarantine with the reason.
    pub refused: u64,
}

impl Store {
    /// Appends what a device said, in this order, in one transaction: when it returns, all of it is durable. `origin` names the
    /// sender (a file, an agent), and the numbers are the sender's own: an observation whose number came from the same origin
    /// before is known and not stored again. A stamp before the last one of the machine counts as that one.
    pub async fn append_observations(
        &self,
        tenant: &TenantId,
        machine: &MachineId,
        origin: &str,
        batch: Vec<(Option<u64>, Observation)>,
    ) -> Result<Appended, MachineError> {
        let _ = (tenant, machine, origin, batch);
        Err(crate::StoreError::Unavailable("observations are not stored yet".to_owned()).into())
    }
}
