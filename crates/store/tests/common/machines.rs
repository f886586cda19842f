//! A small plant, and short ways to let its machines speak.
#![allow(dead_code, reason = "each test file uses a part of it")]

use domain::civil::{MINUTE_US, SECOND_US};
use domain::machine::{Observation, Said, reading};
use domain::oee::calendar::{Calendar, ShiftPlan};
use domain::oee::counts::Parts;
use domain::oee::product::Currency;
use domain::oee::{Class, Evidence, Figures, Standard, Timeline};
use domain::plant::{Change, DatedStandard, Fact, Machine, Plant, Product, Reason, Report, Site};
use domain::zone::Zone;
use domain::{MachineId, TimeRange, Timestamp};
use store::{Store, Tenant};

pub fn id(text: &str) -> MachineId {
    text.parse().unwrap()
}

/// An instant of the day that most tests are about.
pub fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_us(1_710_000_000_000_000 + minutes * MINUTE_US)
}

pub fn range(start: i64, end: i64) -> TimeRange {
    TimeRange::new(minute(start), minute(end)).unwrap()
}

pub fn said(at: Timestamp, said: Said) -> Observation {
    Observation { stamp: at, received: at, said }
}

pub fn state(minutes: i64, word: &str) -> Observation {
    said(minute(minutes), Said::State(word.to_owned()))
}

pub fn good(minutes: i64, good: u64) -> Observation {
    said(minute(minutes), Said::Parts(Parts { good, ..Parts::default() }))
}

pub fn standard(seconds: i64) -> Standard {
    Standard { ideal_cycle_us: seconds * SECOND_US, value_millionths: 50_000_000, currency: Currency::EUR }
}

pub fn machine() -> Machine {
    Machine { name: "Mill".into(), standards: vec![(None, standard(30))], ..Machine::default() }
}

pub fn reason(class: Class) -> Reason {
    Reason { name: "A reason".into(), class, ..Reason::default() }
}

/// A machine `mill` without a calendar, reasons of each kind, a product.
pub fn facts() -> Vec<Fact> {
    let product = Product {
        name: "Bolt".into(),
        words: vec!["O1234".into()],
        standards: vec![DatedStandard { from: None, machine: None, standard: standard(10) }],
    };
    vec![
        Fact::Machine(id("mill"), machine()),
        Fact::Reason("jam".into(), Reason { words: vec!["E17".into()], ..reason(Class::Stop) }),
        Fact::Reason("changeover".into(), reason(Class::Setup)),
        Fact::Reason("maintenance".into(), reason(Class::PlannedStop)),
        Fact::Product("bolt".into(), product),
    ]
}

/// A machine that is planned for a night shift at a site in Berlin.
pub fn night_in_berlin() -> Vec<Fact> {
    let shifts = vec![ShiftPlan::parse("Night", "22:00-06:00", &[]).unwrap()];
    vec![
        Fact::Calendar("nights".into(), Calendar::daily(shifts)),
        Fact::Site(
            "berlin".into(),
            Site { name: "Berlin".into(), zone: Some("Europe/Berlin".into()), calendar: Some("nights".into()), ..Site::default() },
        ),
        Fact::Machine(id("owl"), Machine { site: Some("berlin".into()), ..machine() }),
    ]
}

pub fn set(facts: Vec<Fact>) -> Vec<Change> {
    facts.into_iter().map(Change::Set).collect()
}

pub async fn state_facts(store: &Store, tenant: &Tenant, facts: Vec<Fact>) {
    store.state_facts(tenant, "test", "the test needs it", set(facts)).await.unwrap();
}

pub async fn append(store: &Store, tenant: &Tenant, machine: &str, observations: Vec<Observation>) -> store::Appended {
    let batch = observations.into_iter().map(|observation| (None, observation)).collect();
    store.append_observations(tenant.id(), &id(machine), "test", batch).await.unwrap()
}

/// Figures of a window as the store knows them, now or at a moment.
pub async fn figures_at(store: &Store, tenant: &Tenant, machine: &str, range: TimeRange, known_at: Option<Timestamp>) -> Figures {
    let evidence = store.evidence(tenant, &id(machine), range, known_at).await.unwrap();
    let plant = store.plant(tenant, known_at).await.unwrap();
    figures_of(&plant, machine, &evidence, range)
}

pub async fn figures(store: &Store, tenant: &Tenant, machine: &str, range: TimeRange) -> Figures {
    figures_at(store, tenant, machine, range, None).await
}

pub fn figures_of(plant: &Plant, machine: &str, evidence: &Evidence, range: TimeRange) -> Figures {
    Figures::of(evidence, &Timeline::of(evidence, &plant.policy(&id(machine))), range)
}

/// The same of the whole log at once, without any store: what every window must agree with.
pub fn whole_figures(
    plant: &Plant,
    machine: &str,
    log: &[Observation],
    reports: &[&Report],
    range: TimeRange,
    as_of: Timestamp,
) -> Figures {
    let extent = log.iter().fold(range, |all, said| {
        let both = [all.start().min(said.stamp), all.end().max(said.stamp.plus(1))];
        TimeRange::new(both[0], both[1]).unwrap()
    });
    let site = plant.placed(&plant.machines[&id(machine)], range.start()).site;
    let zone = site.and_then(|(_, site)| site.zone.as_deref()?.parse().ok()).unwrap_or(Zone::UTC);
    let evidence = reading::evidence(plant, &id(machine), log, reports, (extent, &zone.offsets(extent)), as_of);
    figures_of(plant, machine, &evidence, range)
}
