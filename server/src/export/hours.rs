//! Parts hour by hour of the wall's clock, beside what the target wanted.

use super::sheet::Sheet;
use super::whole::Whole;
use app::error::AppError;
use domain::board::tile::oee_of;
use domain::oee::counts::Parts;
use domain::oee::target::{Hour, hours};
use serde_json::{Value, json};
use store::MachineError;

const COLUMNS: [&str; 8] = ["from", "to", "total", "good", "reject", "startup_reject", "rework", "target"];

/// The table. Where no target is set, none is wanted.
pub async fn sheet(whole: Whole) -> Result<Sheet, AppError> {
    let wanted = whole.look.stretches(&whole.evidence)?;
    let targets = whole.look.machine()?.targets(whole.look.window());
    let store = whole.look.store.clone();
    let found = store.aside(move || {
        let set = oee_of(&targets);
        let each = wanted.iter().flat_map(|range| hours(&whole.evidence, *range, &whole.look.sight.zone, &set));
        each.collect::<Vec<Hour>>()
    });
    Ok(Sheet::of(&COLUMNS, found.await.map_err(MachineError::from)?.into_iter().map(|hour| row(&hour))))
}

fn row(hour: &Hour) -> Value {
    let Parts { good, reject, startup_reject, rework } = hour.parts;
    json!({
        "from": hour.range.start().rfc3339(),
        "to": hour.range.end().rfc3339(),
        "total": hour.parts.total(),
        "good": good,
        "reject": reject,
        "startup_reject": startup_reject,
        "rework": rework,
        "target": (hour.target_thousandths != 0).then(|| hour.target_thousandths as f64 / 1_000.0),
    })
}
