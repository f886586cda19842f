//! `andon simulate plant`: the machines of the demo plant speak to another Andon by HTTP. What arrives twice is known there by its
//! number, so a batch is sent again until it is answered.

use crate::cli::say;
use crate::import::WrongUse;
use clap::Args;
use domain::machine::{Observation, Part, Said};
use domain::oee::counts::Parts;
use domain::zone::Zone;
use domain::{TimeRange, Timestamp};
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use plant_sim::plant::layout::{MACHINES, SITES};
use plant_sim::plant::{Clocks, Deliveries, Delivery, Plant};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::net::TcpStream;

/// The plant was opened on 2026-01-05; the same for everybody, so that a number always means the same observation.
const OPENED: Timestamp = Timestamp::from_us(1_767_571_200_000_000);
/// The clocks of its sites are known so far.
const CLOCKS_END: Timestamp = Timestamp::from_us(2_556_144_000_000_000);
/// Observations in one request.
const TOGETHER: usize = 5_000;
/// Longest wait for an answer.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// How often is looked whether there is something to say.
const BEAT: Duration = Duration::from_millis(200);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Where to, and what.
#[derive(Clone, Debug, Args)]
pub struct PlantArgs {
    /// The other Andon.
    #[arg(long, value_name = "http://HOST:PORT")]
    url: String,
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

/// The machines that are played, by their ids.
fn played(arguments: &PlantArgs) -> String {
    if arguments.machine.is_empty() { MACHINES.map(|machine| machine.id).join(", ") } else { arguments.machine.join(", ") }
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

/// The way into the other Andon.
struct Door {
    authority: String,
    query: String,
    /// The ids of the machines that are played.
    played: String,
    token: Option<String>,
    open: Option<SendRequest<Full<Bytes>>>,
}

impl Door {
    fn of(arguments: &PlantArgs) -> Result<Self, WrongUse> {
        let refused =
            || WrongUse(format!("--url {}: write it as http://host:8888; https is not spoken here, put a proxy beside it", arguments.url));
        let url: http::Uri = arguments.url.parse().map_err(|_| refused())?;
        let authority = url.authority().filter(|_| url.scheme_str() == Some("http")).ok_or_else(refused)?;
        let bucket = |tenant: &String| form_urlencoded::Serializer::new("?".to_owned()).append_pair("bucket", tenant).finish();
        Ok(Self {
            authority: authority.to_string(),
            query: arguments.tenant.as_ref().map(bucket).unwrap_or_default(),
            played: played(arguments),
            token: arguments.token.clone(),
            open: None,
        })
    }

    /// Sends until there is an answer; an answer that no later try would change is an error.
    async fn send(&mut self, machine: &str, entries: &[Value]) -> Result<(), Failure> {
        let body = Bytes::from(serde_json::to_vec(&json!({ "origin": "simulated plant", "observations": entries }))?);
        let mut pause = Duration::from_millis(200);
        loop {
            match tokio::time::timeout(LONGEST_WAIT, self.post(machine, body.clone())).await {
                Ok(Ok((status, _))) if status.is_success() => return Ok(()),
                Ok(Ok((StatusCode::NOT_FOUND, text))) if text.contains("there is no machine") => {
                    return Err(format!(
                        "{} has no machine `{machine}`; it must have those that are played: add [[machine]] with the ids {} to its configuration and \
                         start it again, or choose with --machine which of them are played",
                        self.authority, self.played
                    )
                    .into());
                }
                Ok(Ok((status, text))) if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                    return Err(format!("{} answers {status}: {text}", self.authority).into());
                }
                Ok(Ok((status, _))) => tracing::warn!(%status, "the other Andon cannot take it yet"),
                Ok(Err(error)) => tracing::warn!(error = crate::cli::describe(error.as_ref()), "the other Andon is not there"),
                Err(_) => tracing::warn!("the other Andon does not answer"),
            }
            self.open = None;
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(5));
        }
    }

    async fn post(&mut self, machine: &str, body: Bytes) -> Result<(StatusCode, String), Failure> {
        let mut sender = match self.open.take().filter(|open| !open.is_closed()) {
            Some(open) => open,
            None => {
                let at = if self.authority.contains(':') { self.authority.clone() } else { format!("{}:80", self.authority) };
                let stream = TcpStream::connect(at).await?;
                stream.set_nodelay(true)?;
                let (sender, connection) = handshake(TokioIo::new(stream)).await?;
                tokio::spawn(connection);
                sender
            }
        };
        sender.ready().await?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/api/v2/machines/{machine}/observations{}", self.query))
            .header(header::HOST, &self.authority)
            .header(header::CONTENT_TYPE, "application/json");
        let token = self.token.iter();
        let request = token.fold(request, |request, token| request.header(header::AUTHORIZATION, format!("Token {token}")));
        let answer = sender.send_request(request.body(Full::new(body))?).await?;
        let status = answer.status();
        let text = String::from_utf8_lossy(&answer.into_body().collect().await?.to_bytes()).into_owned();
        self.open = Some(sender);
        Ok((status, text))
    }
}
