//! Telling a board that something happened to the machines that it shows. It then asks again: figures are computed in one
//! place, and a board that is behind misses nothing.

use crate::live::hub::News;
use domain::MachineId;
use futures::future::{AbortHandle, Abortable};
use std::collections::BTreeSet;
use std::time::Duration;
use store::{MachineChange, Store, Tenant};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Changes come in swarms; a viewer is told of one at most so often.
const BREATH: Duration = Duration::from_millis(50);
/// Most machines that are told by name; of more than that, a board is asked for as a whole.
const MOST_NAMED: usize = 24;
/// News that a viewer may be behind; beyond them it asks for the whole board.
const MOST_NEWS: usize = 4;

/// News of the machines that a tenant sees, or of one of them, until the handle is aborted or the receiver dropped. `None` for
/// an unknown tenant and for what is no machine's id; the news of a machine that the tenant does not see end at once.
pub(super) fn follow(store: &Store, tenant: &str, machine: Option<String>) -> Option<(AbortHandle, mpsc::Receiver<News>)> {
    let tenant = store.tenant(tenant)?;
    let machine = machine.map(|id| id.parse::<MachineId>()).transpose().ok()?;
    // Before the plant is read, so that nothing is missed in between.
    let changes = store.machine_changes();
    let (viewer, news) = mpsc::channel(MOST_NEWS);
    let (handle, registration) = AbortHandle::new_pair();
    let watch = Watch { store: store.clone(), tenant, machine, changes, viewer };
    tokio::spawn(Abortable::new(watch.run(), registration));
    Some((handle, news))
}

/// What one viewer follows.
struct Watch {
    store: Store,
    tenant: Tenant,
    machine: Option<MachineId>,
    changes: Receiver<MachineChange>,
    viewer: mpsc::Sender<News>,
}

/// What a swarm of changes means for a viewer.
#[derive(Default)]
struct Swarm {
    /// Something happened to these machines that it follows.
    happened: BTreeSet<MachineId>,
    /// Which machines it may see may be another question now.
    remodelled: bool,
}

impl Watch {
    async fn run(mut self) {
        let mut seen = self.seen().await;
        // A board of a machine that is not there, or that somebody else sees, is told nothing.
        if self.machine.is_some() && seen.as_ref().is_some_and(BTreeSet::is_empty) {
            return;
        }
        let any = |seen: Option<&BTreeSet<MachineId>>| seen.is_some_and(|seen| !seen.is_empty());
        loop {
            let first = tokio::select! {
                // A socket that closed takes its watch along, also where nothing ever happens.
                () = self.viewer.closed() => return,
                change = self.changes.recv() => change,
            };
            let first = match first {
                Ok(change) => Some(change),
                Err(RecvError::Lagged(_)) => None,
                Err(RecvError::Closed) => return,
            };
            let Swarm { happened, remodelled } = self.swarm(first, seen.as_ref());
            let mut shows = any(seen.as_ref());
            if remodelled {
                seen = self.seen().await;
                shows |= any(seen.as_ref());
            }
            // Of a plant of which a viewer sees nothing, before and after, it is told nothing.
            let news = match remodelled && shows {
                true => News::Changed,
                false if happened.is_empty() => continue,
                false if happened.len() > MOST_NAMED => News::Changed,
                false => News::Happened(happened),
            };
            if self.viewer.send(news).await.is_err() {
                return;
            }
            sleep(BREATH).await;
        }
    }

    /// All changes that are there: one telling stands for the whole swarm. `None` stands for what was missed.
    fn swarm(&mut self, first: Option<MachineChange>, seen: Option<&BTreeSet<MachineId>>) -> Swarm {
        let mut swarm = Swarm::default();
        let mut next = Some(first);
        while let Some(change) = next {
            match change {
                // Whoever lags behind may have missed a change of the plant.
                None => swarm.remodelled = true,
                Some(MachineChange { tenant, machine, .. }) if tenant == *self.tenant.owner() => match (machine, seen) {
                    (Some(machine), Some(seen)) => {
                        if seen.contains(&machine) {
                            swarm.happened.insert(machine);
                        }
                    }
                    // The plant's model is another, or could not be read the last time.
                    (None, _) | (_, None) => swarm.remodelled = true,
                },
                Some(_) => {}
            }
            next = match self.changes.try_recv() {
                Ok(change) => Some(Some(change)),
                Err(TryRecvError::Lagged(_)) => Some(None),
                Err(TryRecvError::Empty | TryRecvError::Closed) => None,
            };
        }
        swarm
    }

    /// The machines that are followed and that the tenant may see; `None` while the plant cannot be read.
    async fn seen(&self) -> Option<BTreeSet<MachineId>> {
        let plant = match self.store.plant(&self.tenant, None).await {
            Ok(plant) => plant,
            Err(error) => {
                tracing::warn!(%error, "cannot read which machines a board may follow; reading again at the next change");
                return None;
            }
        };
        let followed = |id: &&MachineId| self.machine.as_ref().is_none_or(|one| one == *id);
        Some(plant.machines.keys().filter(followed).cloned().collect())
    }
}
