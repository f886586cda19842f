//! `POST /api/v2/write?bucket=…&precision=…`, or `/write?db=…` as version 1 has it: lines are written while they come, so memory does not grow with the body.

use super::access;
use super::answer::Refused;
use super::body::Unpacker;
use crate::ingest::accept::Batch;
use crate::ingest::lines;
use crate::ingest::settings::HttpSettings;
use crate::ingest::tally::Tally;
use crate::router::AppState;
use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use domain::line_protocol::Lines;
use domain::precision::Precision;
use domain::{TenantId, Timestamp};
use futures::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use store::{Ingest, IngestError};
use tokio::task::JoinHandle;

/// How long a client waits for one batch; Telegraf itself gives up after five seconds.
const LONGEST_WAIT: Duration = Duration::from_secs(4);
/// Refused lines that the answer names.
const NAMED: usize = 5;

/// Answers 204 when every line is stored.
pub async fn write(
    State(state): State<AppState>,
    Extension(settings): Extension<Arc<HttpSettings>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refused> {
    let (mut bucket, mut password, mut precision) = (None, None, Precision::default());
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match &*name {
            "bucket" | "db" => bucket = Some(value.into_owned()),
            "p" => password = Some(value.into_owned()),
            "precision" if value.is_empty() => {}
            "precision" => precision = value.parse()?,
            _ => {}
        }
    }
    let tenant = access::tenant(&settings, &headers, password.as_deref(), bucket.as_deref(), &state.store)?;
    let mut unpacker = Unpacker::new(&headers, settings.max_body_bytes)?;
    let mut request = Writing::new(tenant, precision, state.store.ingest());
    let mut pieces = body.into_data_stream();
    while let Some(bytes) = pieces.next().await {
        let bytes = bytes.map_err(|_| Refused::Body)?;
        for piece in unpacker.pieces(&bytes) {
            let unpacked = unpacker.unpack(piece, |plain| request.lines.push(plain));
            request.take(false).await?;
            unpacked?;
        }
    }
    unpacker.finish(|plain| request.lines.push(plain))?;
    request.take(true).await?;
    request.finish().await
}

/// One request under way.
struct Writing {
    tenant: TenantId,
    precision: Precision,
    now: Timestamp,
    ingest: Ingest,
    tally: Tally,
    lines: Lines,
    batch: Batch,
    /// The batch before: it is written while the next one is read.
    under_way: Option<JoinHandle<Result<u64, IngestError>>>,
    count: u64,
    refused: u64,
    first: Vec<String>,
}

impl Writing {
    fn new(tenant: TenantId, precision: Precision, ingest: Ingest) -> Self {
        Self {
            tenant,
            precision,
            now: app::clock::now(),
            ingest,
            tally: Tally::of("line_protocol"),
            lines: Lines::default(),
            batch: Batch::default(),
            under_way: None,
            count: 0,
            refused: 0,
            first: Vec::new(),
        }
    }

    /// Reads the lines that are whole.
    async fn take(&mut self, at_end: bool) -> Result<(), Refused> {
        let Self { lines: stream, batch, first, .. } = self;
        while let Some((number, line)) = stream.next(at_end) {
            self.count += 1;
            let (payload, taken) = match line {
                Ok(line) => (line, lines::take(line, self.precision, self.now, batch)),
                Err(error) => (&[][..], Err(error.into())),
            };
            if let Err(error) = taken {
                batch.refuse(payload, &error);
                self.refused += 1;
                if first.len() < NAMED {
                    first.push(format!("line {number}: {error}"));
                }
            }
            if batch.is_full() {
                let full = std::mem::take(batch);
                hand_over(&self.ingest, &self.tenant, &self.tally, &mut self.under_way, full).await?;
            }
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<StatusCode, Refused> {
        let last = std::mem::take(&mut self.batch);
        hand_over(&self.ingest, &self.tenant, &self.tally, &mut self.under_way, last).await?;
        settle(&self.tally, &mut self.under_way).await?;
        match self.refused {
            0 => Ok(StatusCode::NO_CONTENT),
            refused => Err(Refused::Lines { refused, lines: self.count, first: self.first.join("; ") }),
        }
    }
}

type UnderWay = Option<JoinHandle<Result<u64, IngestError>>>;

/// Starts writing a batch once the one before is durable, so that of two readings of one time the later line stays.
async fn hand_over(ingest: &Ingest, tenant: &TenantId, tally: &Tally, under_way: &mut UnderWay, batch: Batch) -> Result<(), Refused> {
    settle(tally, under_way).await?;
    tally.count(&batch);
    let (ingest, tenant) = (ingest.clone(), tenant.clone());
    *under_way = Some(tokio::spawn(async move {
        let Batch { readings, bad, .. } = batch;
        let written = if readings.is_empty() { 0 } else { ingest.write(&tenant, readings).await?.rows };
        ingest.quarantine(&tenant, "line_protocol", bad).await?;
        Ok(written)
    }));
    Ok(())
}

/// Waits until the batch before is durable. A client that gave up sends it again, which changes nothing.
async fn settle(tally: &Tally, under_way: &mut UnderWay) -> Result<(), Refused> {
    let Some(task) = under_way.take() else { return Ok(()) };
    let ended = tokio::time::timeout(LONGEST_WAIT, task).await.map_err(|_| Refused::Busy)?;
    tally.written(ended.map_err(|_| Refused::Busy)??);
    Ok(())
}
