//! Figures window by window: what `andon oee --json` says of each, by the same function.

use super::asked::Look;
use super::sheet::Sheet;
use super::slots::{self, Slot};
use crate::oee::Answer;
use app::error::AppError;
use domain::TimeRange;
use domain::board::tile::{Source, Sums};
use serde_json::{Value, json};

/// Everything that the command says, by its names.
pub const COLUMNS: [&str; 65] = [
    "tenant",
    "machine",
    "shift",
    "window",
    "from",
    "to",
    "policy",
    "as_of",
    "times_us.calendar",
    "times_us.planned",
    "times_us.run",
    "times_us.planned_stop",
    "times_us.unplanned_stop",
    "times_us.setup",
    "times_us.micro_stop",
    "times_us.unknown",
    "times_us.not_scheduled",
    "counts.total",
    "counts.good",
    "counts.reject",
    "counts.rework",
    "counts.stops",
    "counts.micro_stops",
    "counts.setups",
    "ratios.availability",
    "ratios.performance",
    "ratios.quality",
    "ratios.oee",
    "ratios.nee",
    "ratios.teep",
    "ratios.ooe",
    "ratios.utilisation",
    "ratios.technical_efficiency",
    "ratios.utilisation_efficiency",
    "ratios.setup_ratio",
    "ratios.scrap_ratio",
    "ratios.rework_ratio",
    "ratios.throughput_per_h",
    "ratios.mtbf_us",
    "ratios.mttr_us",
    "intervals.oee",
    "intervals.availability",
    "flags",
    "unpriced",
    "losses_us.failure",
    "losses_us.setup",
    "losses_us.minor_stops",
    "losses_us.reduced_speed",
    "losses_us.process_defects",
    "losses_us.startup_rejects",
    "losses_us.unknown",
    "losses_us.fully_productive",
    "money.currency",
    "money.mode",
    "money.full_value_minor",
    "money.good_minor",
    "money.availability_minor",
    "money.performance_minor",
    "money.quality_minor",
    "money.unknown_minor",
    "money.one_oee_point_minor",
    "money.one_availability_point_minor",
    "money.to_target_minor",
    "times_us.by_state",
    "times_us.by_reason",
];

/// The table.
pub async fn sheet(look: Look) -> Result<Sheet, AppError> {
    Ok(Sheet { columns: COLUMNS.to_vec(), rows: slots::rows(look, rows).await? })
}

fn rows(look: &Look, source: &Source<'_>, slot: &Slot, wanted: &[TimeRange]) -> Vec<Value> {
    let mut sums: Option<Sums> = None;
    for part in wanted {
        let part = source.sums(*part);
        match &mut sums {
            Some(sums) => sums.add(&part),
            None => sums = Some(part),
        }
    }
    let sums = sums.unwrap_or_default();
    if slot.between && sums.figures.counts.parts.total() == 0 {
        return Vec::new();
    }
    let answer = Answer::of_sums(&look.sight.owner, source.plant, source.id, source.evidence, slot.frame.range, sums);
    vec![with(answer.json(), [("shift", json!(slot.frame.shift)), ("window", json!(slot.frame.name))])]
}

/// An object with more in it.
pub fn with<const N: usize>(mut object: Value, more: [(&str, Value); N]) -> Value {
    if let Some(object) = object.as_object_mut() {
        object.extend(more.map(|(name, value)| (name.to_owned(), value)));
    }
    object
}
