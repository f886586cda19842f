//! The evidence of a window: what devices said, what people reported, what was planned.

use super::MachineError;
use crate::{Store, Tenant};
use domain::oee::Evidence;
use domain::{MachineId, TimeRange, Timestamp};

/// The evidence of one of several machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineEvidence {
    /// Which.
    pub machine: MachineId,
    /// What is known of it.
    pub evidence: Evidence,
}

/// What reading evidence cost, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadCost {
    /// Statements sent.
    pub statements: u64,
    /// Observations and reports read.
    pub rows: u64,
}

impl Store {
    /// All that is known of a machine and touches a window, whole, with corrections applied; as it is known now, or as it
    /// was known at an earlier moment. Figures of any window inside the range may be taken from it.
    pub async fn evidence(
        &self,
        tenant: &Tenant,
        machine: &MachineId,
        range: TimeRange,
        known_at: Option<Timestamp>,
    ) -> Result<Evidence, MachineError> {
        let found = self.evidences(tenant, std::slice::from_ref(machine), range, known_at).await?;
        found.into_iter().next().map(|found| found.evidence).ok_or_else(|| MachineError::UnknownMachine(machine.clone()))
    }

    /// The evidence of several machines, in their order.
    pub async fn evidences(
        &self,
        tenant: &Tenant,
        machines: &[MachineId],
        range: TimeRange,
        known_at: Option<Timestamp>,
    ) -> Result<Vec<MachineEvidence>, MachineError> {
        self.evidences_with_cost(tenant, machines, range, known_at).await.map(|(found, _)| found)
    }

    /// The same, and what it cost.
    pub async fn evidences_with_cost(
        &self,
        tenant: &Tenant,
        machines: &[MachineId],
        range: TimeRange,
        known_at: Option<Timestamp>,
    ) -> Result<(Vec<MachineEvidence>, ReadCost), MachineError> {
        let _ = (tenant, machines, range, known_at);
        Err(crate::StoreError::Unavailable("evidence is not stored yet".to_owned()).into())
    }
}
