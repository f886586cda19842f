//! The evidence of a window: what devices said, what people reported, what was planned.

use super::log::{Asked, Observed};
use super::reports::Reports;
use super::{MachineError, observed, reports};
use crate::{Store, StoreError, Tenant};
use domain::civil::HOUR_US;
use domain::machine::{Device, Told, reading};
use domain::oee::{Class, Evidence};
use domain::plant::{Machine, Plant, Report, Site};
use domain::zone::Zone;
use domain::{MachineId, TenantId, TimeRange, Timestamp};
use std::sync::Arc;
use std::time::SystemTime;

/// How far standstills are followed at first, in rows that bear on states, and by how much further each time that was not enough.
const STEPS: usize = 24;
const FURTHER: usize = 16;
/// A log is read to its end, and kept, for windows that end so shortly ago.
const RECENT_US: i64 = HOUR_US;

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
        let open = known_at.is_none() && range.end() >= now.plus(-RECENT_US);
        let (owner, mut cost) = (tenant.owner(), ReadCost::default());
        let mut asked = Asked { range, known_at, steps: STEPS };
        let found = self.heard_of(owner, &machines.iter().collect::<Vec<_>>(), (asked, open), &mut cost).await?;
        // After the observations, so that it knows every word of them.
        let plant = self.whole_plant(owner, known_at).await?;
        for machine in machines {
            Self::must_see(tenant, &plant, machine)?;
        }
        let zone = self.plant_zone(tenant);
        let scene = Arc::new(Scene { plant, machines: machines.to_vec(), range, known_at, as_of, zone });
        let mut reaches = self.reaches(&scene, (0..machines.len()).zip(found).collect(), true).await?;
        let mut reports = Reports::default();
        loop {
            let around = reaches.iter().fold(range, |around, reach| reach.around(around));
            if !reports.cover(around) {
                reports = self.reports_within(owner, machines, around, known_at, &mut cost).await?;
            }
            let judging = scene.clone();
            let (short, whole) = match self.aside(move || judging.judge(reaches, reports)).await? {
                Judged::Whole(evidences) => return Ok((evidences, cost)),
                Judged::Short { places, reaches, reports } => (places, (reaches, reports)),
            };
            (reaches, reports) = whole;
            asked.steps = asked.steps.saturating_mul(FURTHER);
            let again: Vec<&MachineId> = short.iter().filter_map(|at| machines.get(*at)).collect();
            let further = self.heard_of(owner, &again, (asked, open), &mut cost).await?;
            let further = self.reaches(&scene, short.iter().copied().zip(further).collect(), false).await?;
            for (at, reach) in short.into_iter().zip(further) {
                if let Some(place) = reaches.get_mut(at) {
                    *place = reach;
                }
            }
        }
    }

    /// Listens to devices, each by its place among the machines.
    async fn reaches(&self, scene: &Arc<Scene>, found: Vec<(usize, Observed)>, briefly: bool) -> Result<Vec<Reach>, StoreError> {
        let scene = scene.clone();
        let listen = move || {
            let each = found.iter().filter_map(|(at, observed)| Some(scene.reach(scene.machines.get(*at)?, observed, briefly)));
            each.collect()
        };
        self.aside(listen).await
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

    async fn reports_within(
        &self,
        owner: &TenantId,
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

/// What stands around the observations of machines.
#[derive(Debug)]
struct Scene {
    plant: Arc<Plant>,
    machines: Vec<MachineId>,
    range: TimeRange,
    known_at: Option<Timestamp>,
    as_of: Timestamp,
    zone: Zone,
}

/// Whether what was read is enough.
enum Judged {
    Whole(Vec<MachineEvidence>),
    /// Of some machines, by their places, it is not.
    Short {
        places: Vec<usize>,
        reaches: Vec<Reach>,
        reports: Reports,
    },
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

impl Scene {
    /// Listens to a device. `briefly` stops at the first run after the window, beyond which only reports of people can reach.
    fn reach(&self, id: &MachineId, observed: &Observed, briefly: bool) -> Reach {
        let Observed { before, from_the_first, readings, counted, after, to_the_last, heard, .. } = observed;
        let unnamed = Machine::default();
        let mut device = Device::new(&self.plant, self.plant.machines.get(id).unwrap_or(&unnamed));
        for standing in before {
            device.stand(standing.at, standing.quiet_us, standing.context, standing.reasoned);
        }
        for heard in counted.iter().filter_map(|line| line.heard()) {
            device.hear(heard);
        }
        device.counters(*readings);
        for heard in observed.inside() {
            device.hear(heard);
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
            (None, Some(heard)) => device.quiet(*heard, self.as_of),
            (None, None) => {}
        }
        let told = device.told();
        // A row without a state begins nothing that is known: what is known begins with the first span.
        let known = |read: Timestamp| told.spans.first().map_or(read, |span| span.start.max(read));
        let first = before.first().filter(|_| !from_the_first).map(|standing| known(standing.at));
        Reach { told, first, last }
    }

    /// The evidence, where every standstill that touches the window was read whole.
    fn judge(&self, reaches: Vec<Reach>, reports: Reports) -> Judged {
        let each = || self.machines.iter().zip(&reaches).enumerate();
        let is_short = |(at, (machine, reach)): (usize, (&MachineId, &Reach))| {
            let whole = reach.is_whole(&reports.of(machine, self.known_at), self.range, self.as_of);
            (!whole).then_some(at)
        };
        let places: Vec<usize> = each().filter_map(is_short).collect();
        if !places.is_empty() {
            return Judged::Short { places, reaches, reports };
        }
        let each = self.machines.iter().zip(reaches).map(|(machine, reach)| {
            let evidence = self.evidence(machine, reach.told, &reports.of(machine, self.known_at));
            MachineEvidence { machine: machine.clone(), evidence }
        });
        Judged::Whole(each.collect())
    }

    /// Puts all of it together; the plan reaches as far as the standstills do.
    fn evidence(&self, id: &MachineId, told: Told, reports: &[&Report]) -> Evidence {
        let Self { plant, range, as_of, zone, .. } = self;
        let clock = |site: Option<&Site>, stretch| {
            let named = site.and_then(|site| site.zone.as_deref()?.parse().ok());
            named.unwrap_or(*zone).offsets(stretch)
        };
        reading::of_told(plant, id, told, reports, (*range, &clock), *as_of)
    }
}

fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_us(i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX))
}
