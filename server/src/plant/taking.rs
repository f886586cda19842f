//! Taking over the plant of the configuration at the start, tried until it is done, and how far that is: a machine that is missing
//! meanwhile may be there in a moment, and what is said about it must not be lost.

use super::{FilePlant, take_over};
use crate::ingest::pause::Pause;
use domain::plant::Fact;
use domain::{MachineId, TenantId};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use store::{MachineError, Store, StoreError};
use tokio::sync::watch;

/// How far the taking over is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The database is not there, or has not answered yet.
    Underway,
    /// What the file says is not part of the plant: it does not fit to the rest, or may not be written. It is tried again, because
    /// the rest is mended elsewhere.
    Refused,
    /// The plant is what the file says, or there is no file.
    Done,
}

/// What those ask who find a machine missing.
#[derive(Clone, Debug)]
pub struct TakingOver {
    stage: watch::Receiver<Stage>,
    named: Arc<HashSet<(TenantId, MachineId)>>,
}

impl TakingOver {
    /// The taking over of these plants, and the task that does it.
    pub fn of(store: Store, plants: Vec<FilePlant>) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (sender, stage) = watch::channel(if plants.is_empty() { Stage::Done } else { Stage::Underway });
        let machines = |plant: &FilePlant| {
            let tenant = plant.tenant.clone();
            let machine = |fact: &Fact| if let Fact::Machine(id, _) = fact { Some(id.clone()) } else { None };
            plant.facts.iter().filter_map(machine).map(move |id| (tenant.clone(), id)).collect::<Vec<_>>()
        };
        let named = Arc::new(plants.iter().flat_map(machines).collect());
        (Self { stage, named }, until_done(store, plants, sender))
    }

    /// How far it is. Ask before the plant is read: whoever finds it done and then no machine knows that there is none.
    pub fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    /// Whether the file describes this machine.
    pub fn names(&self, tenant: &TenantId, machine: &MachineId) -> bool {
        self.named.contains(&(tenant.clone(), machine.clone()))
    }

    /// Waits until it is known what the file adds to the plant; for ever where the process ends before.
    pub async fn settled(&self) {
        let mut stage = self.stage.clone();
        if stage.wait_for(|stage| *stage != Stage::Underway).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Tries until the plant is what the file says. The log says each reason once.
async fn until_done(store: Store, plants: Vec<FilePlant>, stage: watch::Sender<Stage>) {
    let mut pause = Pause::new(Duration::from_millis(200), Duration::from_secs(10));
    let mut said = String::new();
    while *stage.borrow() != Stage::Done {
        while !store.wait_until_up(Duration::from_secs(3_600)).await {}
        let Err(error) = take_over(&store, &plants).await else {
            stage.send_replace(Stage::Done);
            break;
        };
        let text = error.to_string();
        if text != said {
            tracing::error!(
                error = text,
                "the plant of the configuration is not taken over; what held before holds on, and it is tried again"
            );
            said = text;
        }
        // An outage is no refusal, neither before the first answer nor after one.
        if !matches!(error, MachineError::Store(StoreError::Unavailable(_) | StoreError::TooSlow(_))) {
            stage.send_replace(Stage::Refused);
        }
        tokio::time::sleep(pause.next()).await;
    }
}
