//! The plant as the configuration states it: read from the file, and at start compared with what holds.

mod config;
mod taking;

pub use config::{CalendarConfig, LineConfig, MachineConfig, OrderConfig, PlantConfig, ProductConfig, ReasonConfig, SiteConfig};
pub use taking::{Stage, TakingOver};

use domain::TenantId;
use domain::plant::{Fact, Followed};
use store::{MachineError, Store};

/// Who states the facts of the file.
pub use store::FILE as AUTHOR;

/// The facts that the file states about the plant of a tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct FilePlant {
    /// Whose plant.
    pub tenant: TenantId,
    /// Everything about it.
    pub facts: Vec<Fact>,
}

/// States what the file says other than before, and says in the log what became of it. What was changed in the browser since stays,
/// until the file says something else about it. Doing it again changes nothing.
pub async fn take_over(store: &Store, plants: &[FilePlant]) -> Result<(), MachineError> {
    for FilePlant { tenant, facts } in plants {
        let Some(found) = store.tenant(tenant.as_str()) else { continue };
        let followed = store.follow_facts(&found, AUTHOR, "as the configuration says", facts.clone()).await?;
        followed.iter().for_each(|one| tracing::info!("plant of {tenant}: {one}"));
    }
    Ok(())
}

/// What [`take_over`] would do, without doing it.
pub async fn would_follow(store: &Store, plants: &[FilePlant]) -> Result<Vec<(TenantId, Followed)>, MachineError> {
    let mut all = Vec::new();
    for FilePlant { tenant, facts } in plants {
        let Some(found) = store.tenant(tenant.as_str()) else { continue };
        let followed = store.would_follow_facts(&found, AUTHOR, facts.clone()).await?;
        all.extend(followed.into_iter().map(|one| (tenant.clone(), one)));
    }
    Ok(all)
}

/// What a start would change in the database, line by line. Writes nothing.
pub async fn at_start(store: &Store, plants: &[FilePlant]) -> Vec<String> {
    match would_follow(store, plants).await {
        Ok(all) if all.is_empty() => vec!["a start changes nothing in the plant".to_owned()],
        Ok(all) => {
            let line = |(tenant, followed): &(TenantId, Followed)| {
                let what = if matches!(followed, Followed::Changed { .. }) { "a start changes" } else { "a start leaves" };
                format!("{what} in {tenant}: {followed}")
            };
            all.iter().map(line).collect()
        }
        Err(MachineError::Store(_)) => vec!["what a start would change is not known: the database does not answer".to_owned()],
        Err(error) => vec![format!("a start does not take the plant over: {error}")],
    }
}
