//! `andon demo`: the server beside a bioreactor that runs in the embedded database, six hours back and on from now.

use crate::serve::{beside_local, listen, run};
use crate::settings::Settings;
use domain::Timestamp;
use domain::civil::{DAY_US, HOUR_US, SECOND_US};
use domain::zone::Zone;
use plant_sim::bioreactor::{Bioreactor, TAGS};
use std::error::Error;
use std::time::Duration;
use store::demo::{DATABASE, DemoPlant, DemoRow, create_database};
use store::{SeriesSettings, Store, Target, TenantSettings};

/// History of a new plant, and most that is filled in after a pause.
const HISTORY_US: i64 = 6 * HOUR_US;
/// Older readings are forgotten.
const KEPT_US: i64 = 7 * DAY_US;
/// A report-on-change tag that is silent for longer than this has a gap.
const GAP_LIMIT_US: i64 = 180 * SECOND_US;

type Failure = Box<dyn Error + Send + Sync>;

/// Serves the demo plant until a signal.
pub async fn serve(settings: Settings, seed: i64) -> Result<(), Failure> {
    if settings.target.is_some() {
        tracing::warn!("the demo plant uses its own embedded database; the one in the settings is not touched");
    }
    let listener = listen(&settings).await?;
    let mut described = described(settings.store.clone());
    if let Some(spill) = &mut described.ingest.spill {
        // What waits for the plant's own database must not go into the demo's.
        spill.directory.set_file_name("spill-demo");
    }
    let store = Store::new(described);
    let supervisor = tokio::spawn(store.clone().supervise());
    let tiers = tokio::spawn(store.clone().keep_tiers());
    let serving = run(listener, &settings, store.clone());
    let result = beside_local(&settings, serving, async |local| {
        let target = Target::local(&local.connection(), DATABASE);
        let created = create_database(&target, DATABASE).await?;
        store.connect(target);
        grow(&store, created, seed).await
    })
    .await;
    tiers.abort();
    supervisor.abort();
    result
}

/// The tenant `demo` with the four tags.
fn described(mut settings: store::Settings) -> store::Settings {
    let Ok(id) = "demo".parse::<domain::TenantId>() else { return settings };
    let zone = settings.tenants.first().map_or(Zone::UTC, |t| t.zone);
    settings.series = TAGS
        .iter()
        .map(|tag| SeriesSettings {
            tenant: id.clone(),
            id: None,
            schema: "public".to_owned(),
            table: tag.table.to_owned(),
            time_column: "time".to_owned(),
            value_column: "value".to_owned(),
            name: Some(tag.name.to_owned()),
            unit: Some(tag.unit.to_owned()),
            group: Some("Bioreactor 1".to_owned()),
            zone: None,
            limits: tag.limits,
            gap_limit_us: Some(GAP_LIMIT_US),
        })
        .collect();
    settings.tenants = vec![TenantSettings { id, name: "Demo plant".to_owned(), zone, owns_found_tables: true, view: None }];
    settings
}

/// Fills the history and goes on for ever; after an outage of the database it fills what is missing.
async fn grow(store: &Store, created: bool, seed: i64) -> Result<(), Failure> {
    let mut created = created;
    loop {
        store.wait_until_up(Duration::from_secs(60)).await;
        match live(store, created, seed).await {
            Ok(()) => {}
            Err(error @ store::demo::DemoError::NotOurs) => return Err(error.into()),
            Err(error) => tracing::warn!(%error, "the demo plant pauses"),
        }
        created = false;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn live(store: &Store, created: bool, seed: i64) -> Result<(), store::demo::DemoError> {
    let tables = TAGS.map(|tag| tag.table);
    let now = app::clock::now();
    let start = Timestamp::from_us((now.us() - HISTORY_US) / SECOND_US * SECOND_US);
    let mut plant = DemoPlant::open(store, created, seed, start, &tables).await?;
    let newest = plant.newest(&tables).await?;
    let mut reactor = Bioreactor::new(plant.seed.unsigned_abs(), plant.started);
    let missing_from = newest.unwrap_or(plant.started).max(now.plus(-HISTORY_US));
    let missing: Vec<_> = reactor.until(now).into_iter().filter(|r| r.time > missing_from || newest.is_none()).collect();
    for part in missing.chunks(20_000) {
        append(&mut plant, part).await?;
    }
    tracing::info!(seed = plant.seed, readings = missing.len(), "the demo plant runs");
    let mut second = tokio::time::interval(Duration::from_secs(1));
    for tick in 0_u64.. {
        second.tick().await;
        append(&mut plant, &reactor.until(app::clock::now())).await?;
        if tick % 3_600 == 0 {
            plant.trim(&tables, app::clock::now().plus(-KEPT_US)).await?;
        }
    }
    Ok(())
}

async fn append(plant: &mut DemoPlant, readings: &[plant_sim::bioreactor::Reading]) -> Result<(), store::demo::DemoError> {
    let row = |r: &plant_sim::bioreactor::Reading| Some(DemoRow { table: TAGS.get(r.tag)?.table, time: r.time, value: r.value });
    let rows: Vec<DemoRow<'_>> = readings.iter().filter_map(row).collect();
    if rows.is_empty() { Ok(()) } else { Ok(plant.append(&rows).await?) }
}
