//! Machines that tell of themselves: live SHDR adapters and MTConnect agents. What comes is kept in the order of arrival and in
//! the words of the device; nothing is taken for done before it is durable.

mod adapter;
mod agent;
mod clock;
mod keep;
mod lines;
pub(crate) mod report;
mod settings;

pub use keep::{Keeper, Keepers, Told};
pub use settings::{ALIVE_US, MachineSource, SourceConfig, Way};

use crate::ingest::pause::Pause;
use domain::plant::{Change, Difference, Fact, Machine};
use domain::{MachineId, TenantId};
use std::time::Duration;
use store::{MachineError, Store, StoreError};

/// Listens to a machine for ever; connects again whenever the connection is lost.
pub async fn listen(source: MachineSource, store: Store) {
    let mut pause = Pause::new(Duration::from_millis(200), Duration::from_secs(10));
    while let Err(error) = introduce(&store, &source.tenant, &source.machine, "its source is configured").await {
        if !matches!(error, MachineError::Store(_)) {
            return tracing::error!(machine = %source.machine, %error, "its source is not listened to");
        }
        tokio::time::sleep(pause.next()).await;
    }
    match source.way.clone() {
        Way::Adapter(address) => adapter::listen(source, address, store).await,
        Way::Agent(address) => agent::listen(source, address, store).await,
    }
}

/// Adds a machine to the plant where it is not part of it yet: whoever names a machine to Andon wants to see it.
pub async fn introduce(store: &Store, tenant: &TenantId, machine: &MachineId, why: &str) -> Result<Vec<Difference>, MachineError> {
    let missing = || StoreError::Unavailable(format!("there is no tenant `{tenant}`"));
    let tenant = store.tenant(tenant.as_str()).ok_or_else(missing)?;
    if store.plant(&tenant, None).await?.machines.contains_key(machine) {
        return Ok(Vec::new());
    }
    let change = Change::Set(Fact::Machine(machine.clone(), Machine { name: machine.to_string(), ..Machine::default() }));
    match store.state_seen(&tenant, "andon", why, change.clone(), 0).await {
        // Another process described it meanwhile, and knows it better.
        Err(MachineError::Meanwhile(_)) if store.plant(&tenant, None).await?.machines.contains_key(machine) => Ok(Vec::new()),
        // It was taken out of the plant once, and is back.
        Err(MachineError::Meanwhile(_)) => store.state_facts(&tenant, "andon", why, vec![change]).await,
        stated => stated,
    }
}
