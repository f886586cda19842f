//! Everything that was heard of a machine, in the order of arrival, as it is stored: read while it is written, however long it is.

use super::asked::Look;
use super::sheet::Sheet;
use app::error::AppError;
use domain::TimeRange;
use domain::board::Period;
use domain::machine::{Part, Said};
use domain::oee::counts::Parts;
use futures::StreamExt;
use futures::stream;
use serde_json::{Value, json};
use store::{LogRow, MachineError};

const COLUMNS: [&str; 16] = [
    "sequence",
    "origin",
    "number",
    "device_time",
    "counts_at",
    "received",
    "recorded",
    "quiet_us",
    "said",
    "word",
    "counter",
    "reading",
    "good",
    "reject",
    "startup_reject",
    "rework",
];

/// The table.
pub async fn sheet(look: Look) -> Result<Sheet, AppError> {
    if look.wanted.product.is_some() {
        return Err(AppError::BadRequest("Observations are what devices said, of whatever product; leave `product` away.".to_owned()));
    }
    let wanted: Option<Vec<TimeRange>> = match look.wanted.shift {
        Some(_) => Some(look.frames(Period::Shift)?.into_iter().map(|frame| frame.range).collect()),
        None => None,
    };
    let sight = &look.sight;
    let found = look.store.log_export(&sight.owner, &sight.id, look.window(), sight.known_at).await?;
    let rows = stream::unfold((found, wanted), |(mut found, wanted)| async move {
        let chunk = found.recv().await?;
        let looked_at = |row: &LogRow| wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|range| range.contains(row.at)));
        let rows = chunk.map(|rows| rows.iter().filter(|row| looked_at(row)).map(row).collect());
        Some((rows.map_err(|error| MachineError::Store(error).into()), (found, wanted)))
    });
    Ok(Sheet { columns: COLUMNS.to_vec(), rows: rows.boxed() })
}

fn row(row: &LogRow) -> Value {
    let LogRow { sequence, number, origin, stamp, at, received, recorded, quiet_us, said } = row;
    let what = said.as_ref().map(|said| match said {
        Said::Alive => "alive",
        Said::Lost => "lost",
        Said::State(_) => "state",
        Said::Mode(_) => "mode",
        Said::EmergencyStop(_) => "emergency_stop",
        Said::Total { .. } => "counter",
        Said::Parts(_) => "parts",
        Said::Product(_) => "product",
        Said::Reason(_) => "reason",
        Said::RejectReason(_) => "reject_reason",
    });
    let (counter, reading) = match said {
        Some(Said::Total { part, reading }) => (Some(of(*part)), Some(*reading)),
        _ => (None, None),
    };
    let parts = match said {
        Some(Said::Parts(parts)) => Some(*parts),
        _ => None,
    };
    let of_parts = |count: fn(Parts) -> u64| parts.map(count);
    json!({
        "sequence": sequence,
        "origin": origin,
        "number": number,
        "device_time": stamp.rfc3339(),
        "counts_at": at.rfc3339(),
        "received": received.rfc3339(),
        "recorded": recorded.rfc3339(),
        "quiet_us": quiet_us,
        "said": what,
        "word": said.as_ref().and_then(|said| said.word()),
        "counter": counter,
        "reading": reading,
        "good": of_parts(|parts| parts.good),
        "reject": of_parts(|parts| parts.reject),
        "startup_reject": of_parts(|parts| parts.startup_reject),
        "rework": of_parts(|parts| parts.rework),
    })
}

fn of(part: Part) -> &'static str {
    match part {
        Part::Total => "total",
        Part::Good => "good",
        Part::Reject => "reject",
        Part::Rework => "rework",
    }
}
