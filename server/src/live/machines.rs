//! Telling a board that something happened to the machines that it shows. It then asks again: figures are computed in one
//! place, and a board that is behind misses nothing.

use crate::live::hub::News;
use domain::MachineId;
use futures::future::{AbortHandle, Abortable};
use std::time::Duration;
use store::{MachineChange, Store};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Changes come in swarms; a viewer is told of one at most so often.
const BREATH: Duration = Duration::from_millis(50);

/// News of a tenant's machines, or of one of them, until the handle is aborted or the receiver dropped. `None` for an unknown tenant.
pub(super) fn follow(store: &Store, tenant: &str, machine: Option<String>) -> Option<(AbortHandle, mpsc::Receiver<News>)> {
    let owner = store.tenant(tenant)?.owner().clone();
    let machine = machine.and_then(|id| id.parse::<MachineId>().ok());
    let mut changes = store.machine_changes();
    let (viewer, news) = mpsc::channel(1);
    let (handle, registration) = AbortHandle::new_pair();
    let concerns = move |change: &MachineChange| {
        let one = |followed| change.machine.as_ref().is_none_or(|changed| changed == followed);
        change.tenant == owner && machine.as_ref().is_none_or(one)
    };
    let watch = async move {
        loop {
            match changes.recv().await {
                Ok(change) if !concerns(&change) => continue,
                // Whoever lags behind has missed something.
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
            // One telling stands for the whole swarm.
            while changes.try_recv().is_ok() {}
            if viewer.send(News::Changed).await.is_err() {
                return;
            }
            sleep(BREATH).await;
        }
    };
    tokio::spawn(Abortable::new(watch, registration));
    Some((handle, news))
}
