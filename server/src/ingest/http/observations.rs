//! `POST /api/v2/machines/{machine}/observations?bucket=…`: what a machine, or somebody about it, says as JSON.
//!
//! `{"origin": "plc-7", "observations": [{"number": 1, "time": "…Z", "state": "ACTIVE"}, …]}`, the list alone, one entry alone,
//! or one on each line. The order is that of arrival; an entry whose number came from the same origin before is known.

use super::access;
use super::answer::Refused;
use super::body::Unpacker;
use crate::ingest::machine::{Keeper, Told, report};
use crate::ingest::settings::HttpSettings;
use crate::plant::Stage;
use crate::router::AppState;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::MachineId;
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::{Appended, Quarantined};

/// Bytes of a request, unpacked: all of it is held.
const MOST_BYTES: u64 = 16 << 20;
/// How long a client waits for the database.
const LONGEST_WAIT: Duration = Duration::from_secs(4);
/// Refused entries that the answer names.
const NAMED: usize = 20;
/// Who sends, where nobody says so.
const ORIGIN: &str = "http";
/// What some programs begin every text with.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Longest name of an origin, in bytes.
const LONGEST_ORIGIN: usize = 200;

/// A whole request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    origin: Option<String>,
    observations: Vec<Value>,
}

/// Answers 200 with what became of the entries when every one was taken; 400 where some are in quarantine.
pub async fn observations(
    State(state): State<AppState>,
    Extension(settings): Extension<Arc<HttpSettings>>,
    Path(machine): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let query = query.unwrap_or_default();
    let bucket = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "bucket").map(|(_, value)| value.into_owned());
    let tenant = access::tenant(&settings, &headers, None, bucket.as_deref(), &state.store)?;
    let id: MachineId = machine.parse().map_err(|_| Refused::UnknownMachine(machine.clone()))?;
    let owner = state.store.tenant(tenant.as_str()).ok_or_else(|| Refused::UnknownBucket(tenant.to_string()))?;
    let stage = state.taking.stage();
    let plant = state.store.plant(&owner, None).await?;
    if !plant.machines.contains_key(&id) {
        return Err(match stage {
            Stage::Underway => Refused::NotYet(machine),
            Stage::Refused if state.taking.names(&tenant, &id) => Refused::NotTakenOver(machine),
            Stage::Refused | Stage::Done => Refused::UnknownMachine(machine),
        });
    }
    let bytes = whole(body, Unpacker::new(&headers, settings.max_body_bytes.min(MOST_BYTES))?).await?;
    let Request { origin, observations } = request(&bytes)?;
    let origin = origin.map_or_else(|| ORIGIN.to_owned(), |origin| format!("{ORIGIN} {origin}"));
    let received = app::clock::now();
    let (mut told, mut bad, mut errors): (Vec<Told>, Vec<Quarantined>, Vec<Value>) = Default::default();
    for (index, entry) in observations.iter().enumerate() {
        match report::read(entry, received) {
            Ok(said) => told.extend(said),
            Err(error) => {
                if errors.len() < NAMED {
                    errors.push(json!({"index": index, "message": error.to_string()}));
                }
                bad.push(Quarantined { payload: entry.to_string().into_bytes(), reason: format!("machine `{id}`: {error}") });
            }
        }
    }
    let keeper = Keeper::new(&state.store, tenant.clone(), id, "http");
    let malformed = bad.len();
    let appended = tokio::time::timeout(LONGEST_WAIT, async {
        let appended = keeper.append(&origin, told).await?;
        state.store.ingest().quarantine(&tenant, &origin, bad).await?;
        Ok::<Appended, Refused>(appended)
    });
    let Appended { stored, known, refused } = appended.await.map_err(|_| Refused::Busy)??;
    let mut answer = json!({"stored": stored, "known": known, "refused": refused});
    if malformed == 0 {
        return Ok(Json(answer).into_response());
    }
    let message = format!("{malformed} of {} entries were refused and are in quarantine, the others are taken", observations.len());
    if let Some(fields) = answer.as_object_mut() {
        fields.extend([
            ("code".to_owned(), json!("invalid")),
            ("message".to_owned(), json!(message)),
            ("errors".to_owned(), json!(errors)),
        ]);
    }
    Ok((StatusCode::BAD_REQUEST, Json(answer)).into_response())
}

/// A request, or its observations alone: a list, one, or one after the other.
fn request(bytes: &[u8]) -> Result<Request, Refused> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let documents: Result<Vec<Value>, _> = serde_json::Deserializer::from_slice(bytes).into_iter().collect();
    let mut documents = documents.map_err(|error| Refused::Json(error.to_string()))?;
    let request = match (documents.pop(), documents.is_empty()) {
        (None, _) => return Err(Refused::Json("the body is empty".to_owned())),
        (Some(Value::Array(observations)), true) => Request { origin: None, observations },
        (Some(document), true) if is_request(&document) => {
            Request::deserialize(document).map_err(|error| Refused::Json(error.to_string()))?
        }
        (Some(last), _) => {
            documents.push(last);
            Request { origin: None, observations: documents }
        }
    };
    match &request.origin {
        Some(origin) if origin.is_empty() || origin.len() > LONGEST_ORIGIN || origin.chars().any(char::is_control) => {
            Err(Refused::Json(format!("origin names who sends in 1 to {LONGEST_ORIGIN} bytes without control characters")))
        }
        _ => Ok(request),
    }
}

fn is_request(document: &Value) -> bool {
    ["origin", "observations"].iter().any(|name| document.get(name).is_some())
}

/// The plain bytes of a body.
async fn whole(body: Body, mut unpacker: Unpacker) -> Result<Vec<u8>, Refused> {
    let mut whole = Vec::new();
    let mut pieces = body.into_data_stream();
    while let Some(bytes) = pieces.next().await {
        let bytes = bytes.map_err(|_| Refused::Body)?;
        for piece in unpacker.pieces(&bytes) {
            unpacker.unpack(piece, |plain| whole.extend_from_slice(plain))?;
        }
    }
    unpacker.finish(|plain| whole.extend_from_slice(plain))?;
    Ok(whole)
}
