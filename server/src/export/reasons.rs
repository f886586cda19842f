//! Why it stood, window by window: time, stops and money of each reason, each time at the price that held then.

use super::asked::Look;
use super::sheet::Sheet;
use super::slots::{self, Slot};
use app::error::AppError;
use domain::TimeRange;
use domain::board::tile::Source;
use domain::oee::{Category, Figures, ReasonId};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const COLUMNS: [&str; 13] =
    ["shift", "window", "from", "to", "category", "group", "reason_id", "reason", "time_us", "stops", "lost_minor", "currency", "mode"];

/// The table.
pub async fn sheet(look: Look) -> Result<Sheet, AppError> {
    Ok(Sheet { columns: COLUMNS.to_vec(), rows: slots::rows(look, rows).await? })
}

/// Time, stops, and money where every part of it has a price.
type Share = (i64, u64, Option<i64>);
/// What time counts as, and why.
type Of = (Category, Option<ReasonId>);

fn rows(_: &Look, source: &Source<'_>, slot: &Slot, wanted: &[TimeRange]) -> Vec<Value> {
    let mut shares: BTreeMap<Of, Share> = BTreeMap::new();
    let mut rate = None;
    for part in wanted {
        let worth = source.worth(*part);
        let time_in = |figures: &Figures, of: Of| -> i64 {
            figures.by_reason.iter().filter(|share| (share.category, share.reason) == of).map(|share| share.time_us).sum()
        };
        for share in Figures::of(source.evidence, source.timeline, *part).by_reason {
            let of = (share.category, share.reason);
            let minor = worth.minor(worth.parts.iter().map(|part| time_in(&part.figures, of)));
            let held = shares.entry(of).or_insert((0, 0, Some(0)));
            *held = (held.0 + share.time_us, held.1 + share.stops, held.2.zip(minor).map(|(held, minor)| held + minor));
        }
        rate = rate.or_else(|| worth.rate());
    }
    let row = |((category, reason), (time_us, stops, minor)): (Of, Share)| {
        // A planned stop costs nothing.
        let lost = minor.zip(rate).filter(|_| category != Category::PlannedStop);
        json!({
            "shift": slot.frame.shift,
            "window": slot.frame.name,
            "from": slot.frame.range.start().rfc3339(),
            "to": slot.frame.range.end().rfc3339(),
            "category": category.word(),
            "group": reason.map(|reason| source.group_of(reason)),
            "reason_id": reason.map(|reason| source.plant.reason_word(reason)),
            "reason": reason.map(|reason| source.reason(reason)),
            "time_us": time_us,
            "stops": stops,
            "lost_minor": lost.map(|(minor, _)| minor),
            "currency": lost.map(|(_, rate)| rate.currency),
            "mode": lost.map(|(_, rate)| rate.mode),
        })
    };
    shares.into_iter().map(row).collect()
}
