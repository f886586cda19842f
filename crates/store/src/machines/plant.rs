//! The model of the plant as it holds at a moment.

use super::MachineError;
use crate::{Store, Tenant};
use domain::Timestamp;
use domain::plant::{Change, Difference, Plant};
use std::sync::Arc;

impl Store {
    /// The plant of a tenant: as it holds now, or as known at a moment. A customer's plant has its own machines only.
    pub async fn plant(&self, tenant: &Tenant, known_at: Option<Timestamp>) -> Result<Arc<Plant>, MachineError> {
        let _ = (tenant, known_at);
        Err(crate::StoreError::Unavailable("plants are not stored yet".to_owned()).into())
    }

    /// States facts, all or none: what holds already is not stated again, and what does not fit together is refused. Says what changed.
    pub async fn state_facts(
        &self,
        tenant: &Tenant,
        author: &str,
        why: &str,
        changes: Vec<Change>,
    ) -> Result<Vec<Difference>, MachineError> {
        let _ = (tenant, author, why, changes);
        Err(crate::StoreError::Unavailable("plants are not stored yet".to_owned()).into())
    }
}
