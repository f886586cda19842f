//! `andon demo`: the server beside a plant that runs in the embedded database: a bioreactor and twelve machines, with their history
//! and on from now. The tenant `demo` owns all of it; `acme` is a customer who sees one machine.

mod machines;
mod reactor;

use crate::serve::{beside_local, listen, run};
use crate::settings::Settings;
use domain::civil::SECOND_US;
use domain::zone::Zone;
use plant_sim::bioreactor::TAGS;
use std::error::Error;
use std::time::Duration;
use store::demo::{DATABASE, DemoError, DemoPlant, create_database};
use store::{SeriesSettings, Store, Target, TenantSettings, ViewSettings};

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

/// The tenant `demo` with the four tags, and its customer.
fn described(mut settings: store::Settings) -> store::Settings {
    let (Ok(id), Ok(customer)) = ("demo".parse::<domain::TenantId>(), "acme".parse()) else { return settings };
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
    let view = ViewSettings { of: id.clone(), customer: "Acme".to_owned() };
    settings.tenants = vec![
        TenantSettings { id, name: "Demo plant".to_owned(), zone, owns_found_tables: true, view: None },
        TenantSettings { id: customer, name: "Acme".to_owned(), zone, owns_found_tables: false, view: Some(view) },
    ];
    settings
}

/// Fills the history and goes on for ever; after an outage of the database it fills what is missing.
async fn grow(store: &Store, created: bool, seed: i64) -> Result<(), Failure> {
    let mut created = created;
    loop {
        store.wait_until_up(Duration::from_secs(60)).await;
        match live(store, created, seed).await {
            Ok(()) => {}
            Err(error) if matches!(error.downcast_ref(), Some(DemoError::NotOurs)) => return Err(error),
            Err(error) => tracing::warn!(error = crate::cli::describe(error.as_ref()), "the demo plant pauses"),
        }
        created = false;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn live(store: &Store, created: bool, seed: i64) -> Result<(), Failure> {
    let tables = TAGS.map(|tag| tag.table);
    let mut plant = DemoPlant::open(store, created, seed, reactor::start(), &tables).await?;
    let (seed, started) = (plant.seed.unsigned_abs(), plant.started);
    let reactor = async { reactor::live(&mut plant).await.map_err(Failure::from) };
    futures::future::try_join(reactor, machines::live(store, seed, started)).await.map(|_| ())
}
