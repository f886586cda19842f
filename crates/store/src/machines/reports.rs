//! What people report: filed, corrected and taken back by appending.

use super::MachineError;
use crate::{Store, Tenant};
use domain::oee::correction::Entry;
use domain::plant::Report;
use domain::{MachineId, TimeRange, Timestamp};

/// An entry about one report.
pub type ReportEntry = Entry<Report>;

/// What somebody files about a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// The report to correct or take back; `None` files a new one.
    pub subject: Option<u64>,
    /// What holds from now on; `None` takes the report back.
    pub report: Option<Report>,
}

impl Store {
    /// Files reports about a machine, all or none, and says the subjects of them, in their order. A stop is split by filing a
    /// reason for each of its parts; a reason of many stops is filed as many reports at once.
    pub async fn file_reports(
        &self,
        tenant: &Tenant,
        machine: &MachineId,
        author: &str,
        why: &str,
        reports: Vec<Filed>,
    ) -> Result<Vec<u64>, MachineError> {
        let _ = (tenant, machine, author, why, reports);
        Err(crate::StoreError::Unavailable("reports are not stored yet".to_owned()).into())
    }

    /// Puts subjects back to what held of them before their last entry, by one more entry each.
    pub async fn undo_reports(
        &self,
        tenant: &Tenant,
        machine: &MachineId,
        author: &str,
        why: &str,
        subjects: &[u64],
    ) -> Result<(), MachineError> {
        let _ = (tenant, machine, author, why, subjects);
        Err(crate::StoreError::Unavailable("reports are not stored yet".to_owned()).into())
    }

    /// Every entry, also those that no longer hold, of the reports that touch a range, in the order they were recorded.
    pub async fn report_entries(&self, tenant: &Tenant, machine: &MachineId, range: TimeRange) -> Result<Vec<ReportEntry>, MachineError> {
        let _ = (tenant, machine, range);
        Err(crate::StoreError::Unavailable("reports are not stored yet".to_owned()).into())
    }

    /// When anything was last recorded about a tenant's machines; for "data as of".
    pub async fn last_recorded(&self, tenant: &Tenant, machine: &MachineId) -> Result<Option<Timestamp>, MachineError> {
        let _ = (tenant, machine);
        Err(crate::StoreError::Unavailable("reports are not stored yet".to_owned()).into())
    }
}
