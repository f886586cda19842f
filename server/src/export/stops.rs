//! The stops of a window: from, to, how long, why, what it cost, who said so. A stop belongs to the shift and the product in which
//! it begins, or the window does.

use super::figures::with;
use super::sheet::Sheet;
use super::whole::{Whole, named};
use app::error::AppError;
use domain::Timestamp;
use domain::board::stops::{self, Listed, Stop};
use domain::board::tile::Source;
use domain::oee::correction::latest;
use domain::plant::Report;
use serde_json::{Value, json};
use store::ReportEntry;

const COLUMNS: [&str; 19] = [
    "start",
    "end",
    "open",
    "duration_us",
    "planned_us",
    "category",
    "reason_id",
    "reason",
    "group",
    "lost_minor",
    "currency",
    "mode",
    "reason_by",
    "reason_at",
    "reason_why",
    "comment",
    "comment_by",
    "machine",
    "as_of",
];

/// The table, in order of time.
pub async fn sheet(whole: Whole) -> Result<Sheet, AppError> {
    let (sight, window) = (&whole.look.sight, whole.look.window());
    let entries = whole.look.store.report_entries(&sight.owner, &sight.id, window).await?;
    let moment = sight.known_at.unwrap_or(Timestamp::MAX);
    let held: Vec<ReportEntry> = latest(&entries, moment).into_values().cloned().collect();
    let source = whole.source()?;
    let worth = source.worth(window);
    let (micro, only) = (whole.look.wanted.micro, whole.look.wanted.only.as_ref());
    if let Some(unknown) = only.map(|only| only.narrowed(&source)).filter(|narrowed| !narrowed.known) {
        return Err(AppError::BadRequest(unknown.nothing));
    }
    let (mut stops, _) = stops::of(&source, window, &worth, Listed { micro, only, before: None, most: usize::MAX });
    stops.reverse();
    let wanted = whole.look.stretches(&whole.evidence)?;
    stops.retain(|stop| wanted.iter().any(|range| range.contains(stop.start.max(window.start()))));
    let rate = worth.rate();
    let rows = stops.into_iter().filter_map(move |stop| {
        let source = whole.source().ok()?;
        let paid = stop.lost_minor.zip(rate);
        let row = json!({
            "start": stop.start.rfc3339(),
            "end": (!stop.open).then(|| stop.end.rfc3339()),
            "open": stop.open,
            "duration_us": stop.end.since(stop.start),
            "planned_us": stop.time_us,
            "category": stop.category.word(),
            "lost_minor": paid.map(|(minor, _)| minor),
            "currency": paid.map(|(_, rate)| rate.currency),
            "mode": paid.map(|(_, rate)| rate.mode),
            "machine": source.id,
            "as_of": source.evidence.known_until().rfc3339(),
        });
        let row = with(row, named(&source, stop.reason));
        Some(with(with(row, given(&source, &stop, &held)), said(&stop, &held)))
    });
    Ok(Sheet::of(&COLUMNS, rows))
}

/// Who gave the stop the reason that it has, when and why; nulls where nobody did: then the device said it.
fn given(source: &Source<'_>, stop: &Stop, held: &[ReportEntry]) -> [(&'static str, Value); 3] {
    let reason = stop.reason.and_then(|reason| source.plant.reason(reason));
    let about = |entry: &&ReportEntry| match &entry.fact {
        Some(fact @ (Report::Reason { start, end, .. } | Report::Stop { start, end, .. })) => {
            reason.is_some() && fact.reason() == reason && *start < stop.end && end.is_none_or(|end| stop.start < end)
        }
        _ => false,
    };
    let by = held.iter().filter(about).max_by_key(|entry| entry.number);
    [
        ("reason_by", json!(by.map(|entry| &entry.author))),
        ("reason_at", json!(by.map(|entry| entry.recorded.rfc3339()))),
        ("reason_why", json!(by.map(|entry| &entry.why))),
    ]
}

/// What people remarked, and who.
fn said(stop: &Stop, held: &[ReportEntry]) -> [(&'static str, Value); 2] {
    let remarks = held.iter().filter_map(|entry| match &entry.fact {
        Some(Report::Comment { start, end, text }) => {
            (*start < stop.end && stop.start < end.unwrap_or(start.plus(1))).then_some((text.as_str(), entry.author.as_str()))
        }
        _ => None,
    });
    let (texts, authors): (Vec<&str>, Vec<&str>) = remarks.unzip();
    let joined = |list: Vec<&str>| if list.is_empty() { Value::Null } else { json!(list.join(" | ")) };
    [("comment", joined(texts)), ("comment_by", joined(authors))]
}
