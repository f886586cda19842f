//! Observations on their way into the database: kept in order, tried again until they are durable.

use super::settings::ALIVE_US;
use crate::ingest::pause::Pause;
use crate::plant::TakingOver;
use domain::machine::signs::Signs;
use domain::machine::{ABSURD_US, NOTED_SILENCE_US, Numbered, Observation, Said};
use domain::{MachineId, TenantId};
use metrics::{Counter, counter};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use store::{Appended, IngestError, MachineError, Quarantined, Store, StoreError};

/// Observations that are written together.
const TOGETHER: usize = 5_000;

/// An observation, with its number at its source where it has one.
pub type Told = (Option<u64>, Observation);

/// Writes what one source says about one machine.
#[derive(Clone)]
pub struct Keeper {
    store: Store,
    tenant: TenantId,
    machine: MachineId,
    stored: Counter,
    known: Counter,
    refused: Counter,
}

impl Keeper {
    /// `kind` is what /metrics calls the source.
    pub fn new(store: &Store, tenant: TenantId, machine: MachineId, kind: &'static str) -> Self {
        Self {
            store: store.clone(),
            tenant,
            machine,
            stored: counter!("andon_observations_stored_total", "source" => kind),
            known: counter!("andon_observations_known_total", "source" => kind),
            refused: counter!("andon_observations_refused_total", "source" => kind),
        }
    }

    /// One try; also for those who have somebody to tell of a failure.
    pub async fn append(&self, origin: &str, told: Vec<Told>) -> Result<Appended, MachineError> {
        let mut all = Appended::default();
        let mut told = told.into_iter();
        loop {
            let part: Vec<Told> = told.by_ref().take(TOGETHER).collect();
            if part.is_empty() {
                return Ok(all);
            }
            let Appended { stored, known, refused } = self.store.append_observations(&self.tenant, &self.machine, origin, part).await?;
            self.stored.increment(stored);
            self.known.increment(known);
            self.refused.increment(refused);
            all = Appended { stored: all.stored + stored, known: all.known + known, refused: all.refused + refused };
        }
    }

    /// Makes observations durable, however long the database takes. What it will never take goes to quarantine.
    pub async fn keep(&self, origin: &str, told: Vec<Told>) {
        let mut pause = Pause::new(Duration::from_millis(200), Duration::from_secs(10));
        let mut parts: Vec<Vec<Told>> = told.chunks(TOGETHER).map(<[Told]>::to_vec).rev().collect();
        while let Some(part) = parts.pop() {
            match self.append(origin, part.clone()).await {
                Ok(_) => pause.reset(),
                Err(error) if !waits(&error) => {
                    tracing::error!(machine = %self.machine, origin, %error, "the database refuses observations; they are in quarantine");
                    let bad = |(_, observation): &Told| Quarantined {
                        payload: format!("{observation:?}").into_bytes(),
                        reason: format!("machine `{}`: the database refuses the observation; the log says why", self.machine),
                    };
                    self.refuse(origin, part.iter().map(bad).collect()).await;
                }
                Err(error) => {
                    if pause.is_first() {
                        tracing::warn!(machine = %self.machine, origin, %error, "observations wait for the database");
                    }
                    parts.push(part);
                    tokio::time::sleep(pause.next()).await;
                }
            }
        }
    }

    /// What is said first after a start: nobody has listened since the last sign of life, so what held then is not known to have held
    /// on. A pause that is too short to be noted anywhere is none, so that a new version of Andon cuts no standstill in two.
    pub async fn unheard(&self, origin: &str) {
        let Some(tenant) = self.store.tenant(self.tenant.as_str()) else { return };
        let mut pause = Pause::new(Duration::from_millis(200), Duration::from_secs(10));
        let heard = loop {
            match self.store.heard(&tenant, std::slice::from_ref(&self.machine)).await {
                Ok(heard) => break heard,
                Err(error) if waits(&error) => tokio::time::sleep(pause.next()).await,
                Err(_) => return,
            }
        };
        let received = app::clock::now();
        if let Some((_, last)) = heard.filter(|(_, last)| (NOTED_SILENCE_US..ABSURD_US).contains(&received.since(*last))) {
            // The clock of the device is not known yet; its last word is by it.
            self.keep(origin, vec![(None, Observation { stamp: last, received, said: Said::Lost })]).await;
        }
    }

    /// Puts what is no observation into quarantine, however long the database takes.
    pub async fn refuse(&self, origin: &str, bad: Vec<Quarantined>) {
        let mut pause = Pause::new(Duration::from_millis(200), Duration::from_secs(10));
        self.refused.increment(bad.len() as u64);
        while !bad.is_empty() {
            match self.store.ingest().quarantine(&self.tenant, origin, bad.clone()).await {
                Ok(()) => break,
                Err(IngestError::Invalid(reason)) => {
                    tracing::error!(origin, reason, messages = bad.len(), "neither stored nor in quarantine");
                    break;
                }
                Err(_) => tokio::time::sleep(pause.next()).await,
            }
        }
    }
}

/// Keepers of many machines that one source tells of; signs of life are thinned for each.
pub struct Keepers {
    store: Store,
    tenant: TenantId,
    origin: String,
    taking: TakingOver,
    machines: HashMap<MachineId, (Keeper, Signs)>,
}

impl Keepers {
    /// `origin` is what the store calls the source.
    pub fn new(store: &Store, tenant: TenantId, origin: String, taking: TakingOver) -> Self {
        Self { store: store.clone(), tenant, origin, taking, machines: HashMap::new() }
    }

    /// Makes observations durable, however long the database takes; the order is kept for each machine. What is said about a machine
    /// that the plant does not know waits until the configuration is taken over, which may add it.
    pub async fn keep(&mut self, told: Vec<(MachineId, Told)>) {
        let Self { store, tenant, origin, taking, machines } = self;
        let mut by_machine: BTreeMap<MachineId, Vec<Told>> = BTreeMap::new();
        for (machine, told) in told {
            by_machine.entry(machine).or_default().push(told);
        }
        for (machine, told) in by_machine {
            if !machines.contains_key(&machine) && !known(store, tenant, &machine, taking).await {
                let reason = if taking.names(tenant, &machine) {
                    format!("machine `{machine}`: the configuration that describes it does not fit to the plant; the log says why")
                } else {
                    format!("there is no machine `{machine}`; add [[machine]] with this id to the configuration, or correct the rule")
                };
                let bad = |(_, observation): Told| Quarantined { payload: format!("{observation:?}").into_bytes(), reason: reason.clone() };
                let bad = told.into_iter().map(bad).collect();
                Keeper::new(store, tenant.clone(), machine, "mqtt").refuse(origin, bad).await;
                continue;
            }
            let (keeper, signs) = machines
                .entry(machine.clone())
                .or_insert_with(|| (Keeper::new(store, tenant.clone(), machine, "mqtt"), Signs::new(ALIVE_US)));
            let mut thinned = Vec::new();
            for (number, observation) in told {
                let mut kept = Vec::new();
                if observation.said == Said::Alive {
                    signs.alive(Numbered { number: 0, observation }, &mut kept);
                } else {
                    signs.before(observation.stamp, &mut kept);
                    thinned.extend(without_numbers(std::mem::take(&mut kept)));
                    thinned.push((number, observation));
                }
                thinned.extend(without_numbers(kept));
            }
            keeper.keep(origin, thinned).await;
        }
    }
}

/// Whether a machine is part of the plant, however long the database takes. A topic may name anything.
async fn known(store: &Store, tenant: &TenantId, machine: &MachineId, taking: &TakingOver) -> bool {
    let Some(tenant) = store.tenant(tenant.as_str()) else { return false };
    taking.settled().await;
    let mut pause = Pause::new(Duration::from_millis(200), Duration::from_secs(10));
    loop {
        match store.plant(&tenant, None).await {
            Ok(plant) => return plant.machines.contains_key(machine),
            Err(error) if waits(&error) => tokio::time::sleep(pause.next()).await,
            Err(_) => return false,
        }
    }
}

/// Whether another try may end otherwise.
fn waits(error: &MachineError) -> bool {
    matches!(error, MachineError::Store(error) if !matches!(error, StoreError::Unreadable(_)))
}

/// Without numbers: for sources that have none of their own.
pub fn without_numbers(told: Vec<Numbered>) -> Vec<Told> {
    told.into_iter().map(|numbered| (None, numbered.observation)).collect()
}
