//! `andon oee`: every time, count, ratio, interval and loss of a window of a machine, computed by the functions that the boards use.

mod answer;
mod text;

use crate::cli::say;
use crate::command::{Failure, with_database};
use crate::import::WrongUse;
use crate::plant;
use crate::settings::Settings;
pub use answer::Answer;
use clap::Args;
use domain::window::Anchors;
use domain::zone::Zone;
use domain::{MachineId, TimeRange, WindowSpec};
use std::time::Duration;
use store::{Store, Tenant};

/// Which machine and window.
#[derive(Clone, Debug, Args)]
pub struct OeeArgs {
    /// Name of the tenant in addresses; not needed where there is only one.
    #[arg(long)]
    tenant: Option<String>,
    /// Id of the machine.
    #[arg(long)]
    machine: String,
    /// First instant: RFC 3339, wall time of the plant, or relative (now-24h, last-8h, first).
    #[arg(long)]
    from: String,
    /// First instant after: likewise.
    #[arg(long)]
    to: String,
    /// As it was known at this moment.
    #[arg(long, value_name = "TIME")]
    known_at: Option<String>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command to its end.
pub async fn run(settings: Settings, arguments: OeeArgs) -> Result<(), Failure> {
    with_database(settings, async |settings, target| {
        let store = Store::new(settings.store);
        let supervisor = tokio::spawn(store.clone().supervise());
        store.connect(target.clone());
        if !store.wait_until_up(Duration::from_secs(10)).await {
            return Err(format!("{target} does not answer; look whether it runs and whether the settings name it rightly").into());
        }
        // A role that may only read gets its figures all the same, of the plant as it was stated before.
        if let Err(error) = plant::take_over(&store, &settings.plants).await {
            tracing::error!(%error, "the plant of the configuration is not taken over; what held before holds on");
        }
        let answer = answer(&store, &arguments).await;
        supervisor.abort();
        let answer = answer?;
        say(&if arguments.json { format!("{:#}", answer.json()) } else { text::text(&answer) });
        Ok(())
    })
    .await
}

async fn answer(store: &Store, arguments: &OeeArgs) -> Result<Answer, Failure> {
    let tenant = tenant_of(store, arguments.tenant.as_deref())?;
    let machine: MachineId = arguments.machine.parse().map_err(|error: domain::machine::NotAMachineId| WrongUse(error.to_string()))?;
    let extent = store.heard(&tenant, std::slice::from_ref(&machine)).await?;
    let plant = store.plant(&tenant, None).await?;
    let anchors = Anchors { now: app::clock::now(), extent };
    let site = plant.machines.get(&machine).and_then(|machine| plant.placed(machine, anchors.now).site);
    let zone: Zone = site.and_then(|(_, site)| site.zone.as_deref()?.parse().ok()).unwrap_or_else(|| store.plant_zone(&tenant));
    let range = window(arguments, anchors, zone)?;
    let known_at = arguments.known_at.as_deref().map(|text| instant(text, anchors, zone)).transpose()?;
    let evidence = store.evidence(&tenant, &machine, range, known_at).await?;
    let plant = store.plant(&tenant, known_at).await?;
    Ok(Answer::of(&tenant, &plant, &machine, &evidence, range))
}

fn tenant_of(store: &Store, named: Option<&str>) -> Result<Tenant, WrongUse> {
    let all: Vec<Tenant> = store.tenants().collect();
    match (named, all.as_slice()) {
        (Some(name), _) => store.tenant(name).ok_or_else(|| WrongUse(format!("there is no tenant `{name}`; the configuration names them"))),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(WrongUse("there are several tenants; say which with --tenant".to_owned())),
    }
}

/// The window as written, without its last instant.
fn window(arguments: &OeeArgs, anchors: Anchors, zone: Zone) -> Result<TimeRange, WrongUse> {
    let wrong = |error: &dyn std::fmt::Display| WrongUse(error.to_string());
    let spec = WindowSpec::parse(Some(&arguments.from), Some(&arguments.to)).map_err(|error| wrong(&error))?;
    let spec = spec.heard(anchors.extent).map_err(|error| wrong(&error))?;
    let both = spec.resolve(anchors, &|wall_us, twice| zone.instant(wall_us, twice)).map_err(|error| wrong(&error))?;
    TimeRange::new(both.start(), both.last()).map_err(|error| wrong(&error))
}

fn instant(text: &str, anchors: Anchors, zone: Zone) -> Result<domain::Timestamp, WrongUse> {
    let wrong = |error: domain::window::BadWindow| WrongUse(error.to_string());
    let spec = WindowSpec::parse(Some(text), Some(text)).map_err(wrong)?;
    let both = spec.resolve(anchors, &|wall_us, twice| zone.instant(wall_us, twice)).map_err(wrong)?;
    Ok(both.start())
}
