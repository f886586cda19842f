//! The plant as the configuration states it: read from the file, and at start compared with what holds.

mod config;

pub use config::{CalendarConfig, LineConfig, MachineConfig, OrderConfig, PlantConfig, ProductConfig, ReasonConfig, SiteConfig};

use domain::TenantId;
use domain::plant::{Difference, Fact};
use store::{MachineError, Store};

/// Who states the facts of the file.
pub const AUTHOR: &str = "file";

/// The facts that the file states about the plant of a tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct FilePlant {
    /// Whose plant.
    pub tenant: TenantId,
    /// Everything about it.
    pub facts: Vec<Fact>,
}

/// States what the file says other than before, and says what that changed. What was changed in the browser since stays,
/// until the file says something else about it.
pub async fn follow(store: &Store, plants: &[FilePlant]) -> Result<Vec<(TenantId, Difference)>, MachineError> {
    let mut all = Vec::new();
    for FilePlant { tenant, facts } in plants {
        let Some(found) = store.tenant(tenant.as_str()) else { continue };
        let differences = store.follow_facts(&found, AUTHOR, "as the configuration says", facts.clone()).await?;
        all.extend(differences.into_iter().map(|difference| (tenant.clone(), difference)));
    }
    Ok(all)
}

/// The same at start: waits for the database, and says in the log what changed.
pub async fn follow_at_start(store: Store, plants: Vec<FilePlant>) {
    while !store.wait_until_up(std::time::Duration::from_secs(3_600)).await {}
    take_over(&store, &plants).await;
}

/// Takes over what the file says, and says in the log what that changed, or that it could not be.
pub async fn take_over(store: &Store, plants: &[FilePlant]) {
    match follow(store, plants).await {
        Ok(differences) => differences.iter().for_each(|(tenant, difference)| tracing::info!("plant of {tenant}: {difference}")),
        Err(error) => tracing::error!(%error, "the plant of the configuration is not taken over; what held before holds on"),
    }
}
