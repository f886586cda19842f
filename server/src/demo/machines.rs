//! The machines of the demo plant: their model, three weeks of what their devices said and people reported, and on from now.

use super::Failure;
use domain::civil::DAY_US;
use domain::machine::Observation;
use domain::zone::Zone;
use domain::{MachineId, TimeRange, Timestamp};
use futures::stream::{StreamExt, TryStreamExt, iter};
use plant_sim::plant::layout::{MACHINES, SITES};
use plant_sim::plant::{Clocks, Deliveries, Delivery, Plant};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use store::{Filed, Store, Tenant};

/// History of a new plant before the midnight of its first day.
const HISTORY_US: i64 = 21 * DAY_US;
/// Clocks are known for so long: before the history, and after it.
const CLOCKS_US: (i64, i64) = (30 * DAY_US, 20 * 365 * DAY_US);
/// How often devices are listened to.
const BEAT: Duration = Duration::from_millis(200);
/// How many beats pass between two looks at what people say.
const BEATS_A_REPORT: u64 = 75;
/// How much of history is written in one go, because each transaction waits for the disk, and of how many machines at once.
const STEP_US: i64 = 11 * DAY_US;
const AT_ONCE: usize = 4;
/// Who sends what devices say.
const ORIGIN: &str = "demo plant";

/// States the model, fills what is missing up to now and goes on for ever.
pub async fn live(store: &Store, seed: u64, started: Timestamp) -> Result<(), Failure> {
    let tenant = store.tenant("demo").ok_or("the demo has no tenant `demo`")?;
    let mut shop = Shop { store, tenant, plant: grown(seed, started)?, people: Vec::new() };
    // As a file is followed: what somebody changed on the board stays changed after a restart.
    store.follow_facts(&shop.tenant, "Andon", "the demo plant as it was built", shop.plant.facts()).await?;
    let mut deliveries = shop.resume(opened(started)).await?;
    let began = Instant::now();
    let (mut observations, mut time, now) = (0, opened(started), app::clock::now());
    while time < now {
        time = time.plus(STEP_US).min(now);
        observations += shop.hear(deliveries.until(time)).await?;
        shop.listen_to_people(time).await?;
    }
    tracing::info!(machines = MACHINES.len(), observations, ms = began.elapsed().as_millis(), "the machines run");
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for tick in 1_u64.. {
        beat.tick().await;
        let now = app::clock::now();
        shop.hear(deliveries.until(now)).await?;
        if tick % BEATS_A_REPORT == 0 {
            shop.listen_to_people(now).await?;
        }
    }
    Ok(())
}

/// The plant of a seed that was started at a moment: the same after every start of the server.
fn grown(seed: u64, started: Timestamp) -> Result<Plant, Failure> {
    let known = TimeRange::new(opened(started).plus(-CLOCKS_US.0), started.plus(CLOCKS_US.1))?;
    let zones: Result<Vec<Zone>, _> = SITES.iter().map(|site| site.zone.parse::<Zone>()).collect();
    let offsets: Vec<_> = zones?.into_iter().map(|zone| zone.offsets(known)).collect();
    let clocks = offsets.try_into().map_err(|_| "each site has one clock")?;
    Ok(Plant::new(seed, opened(started), Clocks(clocks)))
}

fn opened(started: Timestamp) -> Timestamp {
    Timestamp::from_us(started.us().div_euclid(DAY_US) * DAY_US).plus(-HISTORY_US)
}

struct Shop<'a> {
    store: &'a Store,
    tenant: Tenant,
    plant: Plant,
    /// Up to when people were listened to, machine by machine.
    people: Vec<Timestamp>,
}

impl Shop<'_> {
    /// What devices say from where an earlier run ended.
    async fn resume(&mut self, opened: Timestamp) -> Result<Deliveries, Failure> {
        let mut deliveries = Deliveries::new(&self.plant, opened);
        for (number, machine) in MACHINES.iter().enumerate() {
            let newest = store::demo::newest_observation(self.store, self.tenant.id(), machine.id, ORIGIN).await?;
            if let Some((known, _)) = newest {
                deliveries.after(number, known);
            }
            self.people.push(newest.map_or(opened, |(_, received)| received));
        }
        Ok(deliveries)
    }

    /// Stores what devices said, each machine's in order; says how much it was.
    async fn hear(&self, deliveries: Vec<Delivery>) -> Result<usize, Failure> {
        let count = deliveries.len();
        let mut batches: BTreeMap<usize, Vec<(Option<u64>, Observation)>> = BTreeMap::new();
        for Delivery { machine, number, observation } in deliveries {
            batches.entry(machine).or_default().push((Some(number), observation));
        }
        let appending = batches.into_iter().map(|(machine, batch)| async move {
            let id: MachineId = id(machine)?;
            self.store.append_observations(self.tenant.id(), &id, ORIGIN, batch).await?;
            Ok::<(), Failure>(())
        });
        iter(appending).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        Ok(count)
    }

    /// Files what people said since the last time, but for what an earlier run filed.
    async fn listen_to_people(&mut self, until: Timestamp) -> Result<(), Failure> {
        for (machine, heard) in self.people.iter_mut().enumerate() {
            let Ok(range) = TimeRange::new(*heard, until) else { continue };
            let said = self.plant.reports(machine, range);
            if !said.is_empty() {
                let machine = id(machine)?;
                let around = TimeRange::new(heard.plus(-DAY_US), until)?;
                let filed = self.store.report_entries(&self.tenant, &machine, around).await?;
                let mut by_author: BTreeMap<&str, Vec<Filed>> = BTreeMap::new();
                for (author, report) in said.iter().map(|said| (said.author, Some(said.filed()))) {
                    if !filed.iter().any(|entry| entry.fact == report) {
                        by_author.entry(author).or_default().push(Filed { subject: None, report });
                    }
                }
                for (author, reports) in by_author {
                    self.store.file_reports(&self.tenant, &machine, author, "seen at the machine", reports).await?;
                }
            }
            *heard = until;
        }
        Ok(())
    }
}

fn id(machine: usize) -> Result<MachineId, Failure> {
    Ok(MACHINES.get(machine).ok_or("no such machine")?.id.parse()?)
}
