//! The demo plant through a real database: the figures of what is stored equal the plant's own truth, for every machine.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;
#[path = "../../plant-sim/tests/common/said.rs"]
mod said;

use common::Database;
use common::ask::at;
use domain::civil::{DAY_US, HOUR_US, MINUTE_US};
use domain::machine::Observation;
use domain::oee::{Figures, Policy, Timeline};
use domain::plant::Change;
use domain::zone::Zone;
use domain::{MachineId, TimeRange, Timestamp};
use plant_sim::plant::layout::{MACHINES, SITES};
use plant_sim::plant::{Clocks, Deliveries, Plant};
use said::said;
use store::{Appended, Filed, MachineError, Settings, Store, Tenant, TenantSettings, ViewSettings};

const ORIGIN: &str = "gateway";

fn range(start: Timestamp, length_us: i64) -> TimeRange {
    TimeRange::new(start, start.plus(length_us)).unwrap()
}

fn plant(seed: u64, opened: Timestamp) -> Plant {
    let years = range(opened.plus(-400 * DAY_US), 800 * DAY_US);
    Plant::new(seed, opened, Clocks(SITES.map(|site| site.zone.parse::<Zone>().unwrap().offsets(years))))
}

fn id(machine: usize) -> MachineId {
    MACHINES[machine].id.parse().unwrap()
}

/// The plant `builder`, and `acme`, who owns one of its machines.
async fn tenants(database: &Database) -> (Store, Tenant, Tenant) {
    let mut settings = Settings::without_configuration("UTC".parse().unwrap());
    let builder: domain::TenantId = "builder".parse().unwrap();
    let view = ViewSettings { of: builder.clone(), customer: "Acme".into() };
    let tenant = |id: domain::TenantId, view| TenantSettings {
        name: id.to_string(),
        id,
        zone: "UTC".parse().unwrap(),
        owns_found_tables: false,
        view,
    };
    settings.tenants = vec![tenant(builder, None), tenant("acme".parse().unwrap(), Some(view))];
    let (store, _) = database.store_with(settings).await;
    store.migrate().await.unwrap();
    let (builder, acme) = (store.tenant("builder").unwrap(), store.tenant("acme").unwrap());
    (store, builder, acme)
}

async fn hear(store: &Store, tenant: &Tenant, plant: &Plant, days: TimeRange, batch: usize) -> Appended {
    let mut sum = Appended::default();
    for machine in 0..MACHINES.len() {
        let said = Deliveries::of(plant, machine, days.start()).until(days.end());
        let said: Vec<(Option<u64>, Observation)> = said.into_iter().map(|said| (Some(said.number), said.observation)).collect();
        for batch in said.chunks(batch) {
            let Appended { stored, known, refused } =
                store.append_observations(tenant.id(), &id(machine), ORIGIN, batch.to_vec()).await.unwrap();
            sum = Appended { stored: sum.stored + stored, known: sum.known + known, refused: sum.refused + refused };
        }
        // In one transaction each: a test waits for every one of them.
        let filed = plant.reports(machine, days).iter().map(|report| Filed { subject: None, report: Some(report.filed()) }).collect();
        store.file_reports(tenant, &id(machine), "the shift", "seen at the machine", filed).await.unwrap();
    }
    sum
}

async fn figures(store: &Store, tenant: &Tenant, machine: usize, window: TimeRange) -> Result<Figures, MachineError> {
    let evidence = store.evidence(tenant, &id(machine), window, None).await?;
    Ok(Figures::of(&evidence, &Timeline::of(&evidence, &Policy::default()), window))
}

#[tokio::test]
async fn what_is_stored_agrees_with_the_truth() {
    let database = Database::new().await;
    let (store, builder, acme) = tenants(&database).await;
    // The days hold the night without an hour and, ten days after the opening, the improvement of some products.
    let days = range(at("2026-03-26T12:00:00Z"), 3 * DAY_US);
    let (plant, middle) = (plant(42, at("2026-03-17T18:00:00Z")), days.start().plus(2 * DAY_US));
    let changes: Vec<Change> = plant.facts().into_iter().map(Change::Set).collect();
    assert_eq!(store.state_facts(&builder, "Andon", "built", changes.clone()).await.unwrap().len(), changes.len());
    assert_eq!(store.state_facts(&builder, "Andon", "built again", changes).await.unwrap(), []);
    let first = hear(&store, &builder, &plant, range(days.start(), 2 * DAY_US), 4_999).await;
    assert_eq!((first.known, first.refused), (0, 0));
    let rest = hear(&store, &builder, &plant, range(middle, DAY_US), 1_009).await;
    assert_eq!((rest.known, rest.refused), (0, 0));
    let again: Vec<_> =
        plant.observations(1, range(middle.plus(-DAY_US), DAY_US)).into_iter().map(|said| (Some(said.number), said.observation)).collect();
    let count = again.len() as u64;
    let appended = store.append_observations(builder.id(), &id(1), ORIGIN, again).await.unwrap();
    assert_eq!(appended, Appended { stored: 0, known: count, refused: 0 });

    let windows = [
        range(at("2026-03-28T21:00:00Z"), 7 * HOUR_US),
        range(at("2026-03-27T05:00:00Z"), 8 * HOUR_US),
        range(at("2026-03-27T11:22:33.444555Z"), DAY_US + 1),
    ];
    let now = days.end();
    for (machine, of) in MACHINES.iter().enumerate() {
        for window in windows {
            let figures = figures(&store, &builder, machine, window).await.unwrap();
            assert_eq!(said(&figures), plant.truth(machine, window, now), "{} from {}", of.id, window.start().rfc3339());
        }
        // Windows of minutes, whose standstills begin and end outside.
        for minutes in (0..5).map(|step| days.start().plus(DAY_US + step * 197 * MINUTE_US)) {
            let window = range(minutes, 5 * MINUTE_US);
            let figures = figures(&store, &builder, machine, window).await.unwrap();
            assert_eq!(said(&figures), plant.truth(machine, window, now), "{} from {}", of.id, window.start().rfc3339());
        }
        match figures(&store, &acme, machine, windows[1]).await {
            Ok(figures) => {
                assert_eq!(of.customer, Some("Acme"));
                assert_eq!(said(&figures), plant.truth(machine, windows[1], now));
            }
            Err(error) => assert!(of.customer != Some("Acme") && matches!(error, MachineError::UnknownMachine(_)), "{}: {error}", of.id),
        }
    }
    assert_eq!(store.plant(&acme, None).await.unwrap().machines.len(), 1);
    assert_eq!(store.plant(&builder, None).await.unwrap().machines.len(), MACHINES.len());
}

#[tokio::test]
async fn the_newest_number_of_a_sender_is_known() {
    let database = Database::new().await;
    let (store, builder, _) = tenants(&database).await;
    let opened = at("2026-03-21T00:00:00Z");
    let plant = plant(1, opened);
    store.state_facts(&builder, "Andon", "built", plant.facts().into_iter().map(Change::Set).collect()).await.unwrap();
    let newest = async || store::demo::newest_observation(&store, builder.id(), MACHINES[2].id, ORIGIN).await.unwrap();
    assert_eq!(newest().await, None);
    let said = plant.observations(2, range(opened, 9 * HOUR_US));
    let last = said.last().unwrap().clone();
    let batch = said.into_iter().map(|said| (Some(said.number), said.observation)).collect();
    store.append_observations(builder.id(), &id(2), ORIGIN, batch).await.unwrap();
    store.append_observations(builder.id(), &id(2), "somebody else", vec![(Some(u64::MAX / 4), last.observation.clone())]).await.unwrap();
    assert_eq!(newest().await, Some((last.number, last.observation.stamp)));
}
