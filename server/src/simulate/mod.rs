//! `andon simulate plant`: the machines of the demo plant speak to another Andon by HTTP. What arrives twice is known there by its
//! number, so a batch is sent again until it is answered.

mod door;

use crate::cli::say;
use crate::import::WrongUse;
use clap::Args;
use domain::machine::{Observation, Part, Said};
use domain::oee::counts::Parts;
use domain::zone::Zone;
use domain::{TimeRange, Timestamp};
use door::Door;
use plant_sim::plant::layout::{MACHINES, SITES};
use plant_sim::plant::{Clocks, Deliveries, Delivery, Plant};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The plant was opened on 2026-01-05; the same for everybody, so that a number always means the same observation.
const OPENED: Timestamp = Timestamp::from_us(1_767_571_200_000_000);
/// The clocks of its sites are known so far.
const CLOCKS_END: Timestamp = Timestamp::from_us(2_556_144_000_000_000);
/// Observations in one request.
const TOGETHER: usize = 5_000;
/// How often is looked whether there is something to say.
const BEAT: Duration = Duration::from_millis(200);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Where to, and what.
#[derive(Clone, Debug, Args)]
pub struct PlantArgs {
    /// The other Andon.
    #[arg(long, value_name = "http[s]://HOST:PORT")]
    url: String,
    /// Who vouches for its certificate, where that is nobody whom this machine trusts.
    #[arg(long, value_name = "FILE", env = "ANDON_CA_FILE")]
    ca_file: Option<PathBuf>,
    /// Its tenant; that of the token where not given.
    #[arg(long)]
    tenant: Option<String>,
    /// A token of its [ingest] settings.
    #[arg(long, env = "ANDON_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Simulates another plant; the same number simulates the same one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Begins so many hours ago; within nine hours each device has said all that holds of it.
    #[arg(long, default_value_t = 9)]
    hours: u32,
    /// Ends when everything up to now is sent.
    #[arg(long)]
    once: bool,
    /// Only these machines; all of them where none is named.
    #[arg(long)]
    machine: Vec<String>,
}

/// Sends what is due until the end of time, or with `--once` up to now.
pub async fn simulate(arguments: PlantArgs) -> Result<(), Failure> {
    let mut door = Door::of(&arguments)?;
    let known = |id: &String| MACHINES.iter().any(|machine| machine.id == id);
    if let Some(id) = arguments.machine.iter().find(|id| !known(id)) {
        let ids = MACHINES.map(|machine| machine.id).join(", ");
        return Err(WrongUse(format!("--machine {id}: the plant has no such machine; it has {ids}")).into());
    }
    let chosen = |machine: usize| {
        let id = MACHINES.get(machine).map(|machine| machine.id);
        arguments.machine.is_empty() || arguments.machine.iter().any(|wanted| Some(wanted.as_str()) == id)
    };
    let now = app::clock::now();
    let zones: Result<Vec<Zone>, _> = SITES.iter().map(|site| site.zone.parse::<Zone>()).collect();
    let years = TimeRange::new(OPENED, CLOCKS_END)?;
    let offsets: Vec<_> = zones?.into_iter().map(|zone| zone.offsets(years)).collect();
    let plant = Plant::new(arguments.seed, OPENED, Clocks(offsets.try_into().map_err(|_| "each site has one clock")?));
    let mut deliveries = Deliveries::new(&plant, now.plus(-i64::from(arguments.hours) * domain::civil::HOUR_US));
    let mut sent = 0;
    let mut beat = tokio::time::interval(BEAT);
    loop {
        beat.tick().await;
        let until = if arguments.once { now } else { app::clock::now() };
        let mut batches: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
        for Delivery { machine, number, observation } in deliveries.until(until).into_iter().filter(|said| chosen(said.machine)) {
            batches.entry(machine).or_default().push(entry(number, &observation));
        }
        for (machine, batch) in batches {
            let Some(machine) = MACHINES.get(machine) else { continue };
            for part in batch.chunks(TOGETHER) {
                door.send(machine.id, part).await?;
                sent += part.len();
            }
        }
        if arguments.once {
            say(&format!("{sent} observations of the plant are at {}", arguments.url));
            return Ok(());
        }
    }
}

/// An observation as the other Andon reads it.
fn entry(number: u64, observation: &Observation) -> Value {
    let mut entry = match &observation.said {
        Said::Alive => json!({ "alive": true }),
        Said::Lost => json!({ "lost": true }),
        Said::State(word) => json!({ "state": word }),
        Said::Mode(word) => json!({ "mode": word }),
        Said::EmergencyStop(word) => json!({ "emergency_stop": word }),
        Said::Product(word) => json!({ "product": word }),
        Said::Reason(word) => json!({ "reason": word }),
        Said::RejectReason(word) => json!({ "reject_reason": word }),
        Said::Total { part, reading } => match part {
            Part::Total => json!({ "total": reading }),
            Part::Good => json!({ "good": reading }),
            Part::Reject => json!({ "reject": reading }),
            Part::Rework => json!({ "rework": reading }),
        },
        Said::Parts(Parts { good, reject, startup_reject, rework }) => {
            json!({ "parts": { "good": good, "reject": reject, "startup_reject": startup_reject, "rework": rework } })
        }
    };
    if let Some(fields) = entry.as_object_mut() {
        fields.extend([("number".to_owned(), json!(number)), ("time".to_owned(), json!(observation.stamp.rfc3339()))]);
    }
    entry
}
