//! The evidence of a window: what devices said, what people reported, what was planned.

use super::observed::{self, Asked, Observed};
use super::reports::Reports;
use super::{MachineError, reports};
use crate::{Store, StoreError, Tenant};
use domain::machine::{Device, Told, reading};
use domain::oee::{Class, Evidence};
use domain::plant::{Machine, Plant, Report};
use domain::zone::Zone;
use domain::{MachineId, TimeRange, Timestamp};
use std::time::SystemTime;

/// How far standstills are followed at first, in rows that bear on states, and by how much further each time that was not enough.
const STEPS: i64 = 24;
const FURTHER: i64 = 16;

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
    /// Statements sent for observations and reports.
    pub statements: u64,
    /// Observations and entries of reports read.
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

    /// The evidence of several machines, in their order, read in as many statements as that of one.
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
        let now = now();
        let as_of = known_at.map_or(now, |moment| moment.min(now));
        let mut cost = ReadCost::default();
        let mut asked = Asked { range, known_at, steps: STEPS };
        let mut found = self.observed(tenant, &machines.iter().collect::<Vec<_>>(), asked, &mut cost).await?;
        // After the observations, so that it knows every word of them.
        let plant = self.whole_plant(tenant.owner(), known_at).await?;
        for machine in machines {
            Self::must_see(tenant, &plant, machine)?;
        }
        let zone = self.plant_zone(tenant);
        let mut reports = Reports::default();
        loop {
            let told: Vec<Reach> = machines
                .iter()
                .zip(&found)
                .map(|(machine, observed)| reach(&plant, machine, observed, (as_of, asked.steps == STEPS)))
                .collect();
            let around = told.iter().fold(range, |around, reach| reach.around(around));
            if !reports.cover(around) {
                reports = self.reports_within(tenant.owner(), machines, around, known_at, &mut cost).await?;
            }
            let short: Vec<usize> = (0..machines.len())
                .filter(|at| {
                    let (machine, reach) = (machines.get(*at), told.get(*at));
                    machine.zip(reach).is_some_and(|(machine, reach)| !reach.is_whole(&reports.of(machine, known_at), range, as_of))
                })
                .collect();
            if short.is_empty() {
                let each = machines.iter().zip(told).map(|(machine, reach)| {
                    let evidence = evidence(&plant, machine, reach.told, &reports.of(machine, known_at), range, zone, as_of);
                    MachineEvidence { machine: machine.clone(), evidence }
                });
                return Ok((each.collect(), cost));
            }
            asked.steps = asked.steps.saturating_mul(FURTHER);
            let again: Vec<&MachineId> = short.iter().filter_map(|at| machines.get(*at)).collect();
            let further = self.observed(tenant, &again, asked, &mut cost).await?;
            for (at, observed) in short.into_iter().zip(further) {
                if let Some(place) = found.get_mut(at) {
                    *place = observed;
                }
            }
        }
    }

    /// The clock on the wall of sites that name none: the owner's, also for a customer, so that the figures of a machine are the
    /// same whoever looks.
    pub fn plant_zone(&self, tenant: &Tenant) -> Zone {
        self.tenant(tenant.owner().as_str()).map_or_else(|| tenant.zone(), |owner| owner.zone())
    }

    /// The first and the last time that anything was heard of any of these machines; `None` where nothing was.
    pub async fn heard(&self, tenant: &Tenant, machines: &[MachineId]) -> Result<Option<(Timestamp, Timestamp)>, MachineError> {
        let plant = self.whole_plant(tenant.owner(), None).await?;
        for machine in machines {
            Self::must_see(tenant, &plant, machine)?;
        }
        let schema = &self.inner.settings.schema;
        let names: Vec<&str> = machines.iter().map(MachineId::as_str).collect();
        let read = || async {
            let mut connection = self.readers()?.acquire().await?;
            observed::extent(&mut connection, schema, tenant.owner(), &names).await
        };
        match self.retried(read).await {
            Err(StoreError::Gone(_)) => Ok(None),
            found => Ok(found?),
        }
    }

    async fn observed(
        &self,
        tenant: &Tenant,
        machines: &[&MachineId],
        asked: Asked,
        cost: &mut ReadCost,
    ) -> Result<Vec<Observed>, StoreError> {
        let schema = &self.inner.settings.schema;
        let read = || async {
            let mut connection = self.readers()?.acquire().await?;
            observed::read(&mut connection, schema, tenant.owner(), machines, asked).await
        };
        let found = match self.retried(read).await {
            Err(StoreError::Gone(_)) => {
                machines.iter().map(|_| Observed { from_the_first: true, to_the_last: true, ..Observed::default() }).collect()
            }
            found => found?,
        };
        cost.statements += 1;
        cost.rows += found.iter().map(|observed| observed.rows).sum::<u64>();
        Ok(found)
    }

    async fn reports_within(
        &self,
        owner: &domain::TenantId,
        machines: &[MachineId],
        around: TimeRange,
        known_at: Option<Timestamp>,
        cost: &mut ReadCost,
    ) -> Result<Reports, StoreError> {
        let schema = &self.inner.settings.schema;
        let names: Vec<&str> = machines.iter().map(MachineId::as_str).collect();
        let read = || async {
            let mut connection = self.readers()?.acquire().await?;
            reports::read(&mut connection, schema, owner, &names, around, known_at).await
        };
        let found = match self.retried(read).await {
            Err(StoreError::Gone(_)) => Reports::none(around),
            found => found?,
        };
        cost.statements += 1;
        cost.rows += found.rows();
        Ok(found)
    }
}

/// What a device told, and how far it was listened to.
struct Reach {
    told: Told,
    /// `None`: from its first word on.
    first: Option<Timestamp>,
    /// `None`: to its last.
    last: Option<Timestamp>,
}

impl Reach {
    /// Whether it holds every standstill that touches the window whole.
    fn is_whole(&self, reports: &[&Report], range: TimeRange, as_of: Timestamp) -> bool {
        let (start, end) = reading::whole(&self.told, reports, range, as_of);
        self.first.is_none_or(|first| first < start) && self.last.is_none_or(|last| end.is_some_and(|end| end < last))
    }

    /// A stretch and the standstill that reaches out of it.
    fn around(&self, around: TimeRange) -> TimeRange {
        let Told { spans, .. } = &self.told;
        let start = spans.first().map_or(around.start(), |span| span.start.min(around.start()));
        let end = spans.last().map_or(around.end(), |span| span.end.unwrap_or(around.end()).max(around.end()));
        TimeRange::new(start, end).unwrap_or(around)
    }
}

/// Listens to a device. `briefly` stops at the first run after the window, beyond which only reports of people can reach.
fn reach(plant: &Plant, id: &MachineId, observed: &Observed, (as_of, briefly): (Timestamp, bool)) -> Reach {
    let Observed { before, from_the_first, readings, counted, inside, after, to_the_last, heard, .. } = observed;
    let unnamed = Machine::default();
    let mut device = Device::new(plant, plant.machines.get(id).unwrap_or(&unnamed));
    for standing in before {
        device.stand(standing.at, standing.quiet_us, standing.context, standing.reasoned);
    }
    for heard in counted {
        device.hear(*heard);
    }
    device.counters(*readings);
    for heard in inside {
        device.hear(*heard);
    }
    let mut last = None;
    for (place, standing) in after.iter().enumerate() {
        device.stand(standing.at, standing.quiet_us, standing.context, standing.reasoned);
        let next = after.get(place + 1).map(|next| next.at).filter(|next| *next > standing.at);
        if briefly && matches!(device.class(), Class::Run | Class::Slow) && next.is_some() {
            last = next;
            break;
        }
    }
    if last.is_none() && !to_the_last {
        last = after.last().map(|standing| standing.at);
    }
    match (last, heard) {
        (Some(last), _) => device.end(last),
        (None, Some(heard)) => device.quiet(*heard, as_of),
        (None, None) => {}
    }
    let first = before.first().filter(|_| !from_the_first).map(|standing| standing.at);
    Reach { told: device.told(), first, last }
}

/// Puts all of it together; the plan reaches as far as the standstills do.
fn evidence(plant: &Plant, id: &MachineId, told: Told, reports: &[&Report], range: TimeRange, zone: Zone, as_of: Timestamp) -> Evidence {
    let unnamed = Machine::default();
    let site = plant.site(plant.machines.get(id).unwrap_or(&unnamed));
    let zone = site.and_then(|site| site.zone.as_deref()?.parse().ok()).unwrap_or(zone);
    let (first, last) = (told.spans.first().map(|span| span.start), told.spans.iter().filter_map(|span| span.end).next_back());
    let start = first.map_or(range.start(), |first| first.min(range.start()));
    let end = last.map_or(range.end(), |last| last.max(range.end()));
    let offsets = zone.offsets(reading::planned(start, end).unwrap_or(range));
    reading::of_told(plant, id, told, reports, (range, &offsets), as_of)
}

fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_us(i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX))
}
