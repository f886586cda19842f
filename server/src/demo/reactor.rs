//! The bioreactor of the demo plant: four tables that a process historian would write, six hours back and on from now.

use domain::Timestamp;
use domain::civil::{DAY_US, HOUR_US};
use plant_sim::bioreactor::{Bioreactor, Reading, TAGS};
use std::time::Duration;
use store::demo::{DemoError, DemoPlant, DemoRow};

/// History of a new plant, and most that is filled in after a pause.
pub const HISTORY_US: i64 = 6 * HOUR_US;
/// Older readings are forgotten.
const KEPT_US: i64 = 7 * DAY_US;

/// Fills what is missing up to now and goes on for ever.
pub async fn live(plant: &mut DemoPlant) -> Result<(), DemoError> {
    let tables = TAGS.map(|tag| tag.table);
    let now = app::clock::now();
    let newest = plant.newest(&tables).await?;
    let mut reactor = Bioreactor::new(plant.seed.unsigned_abs(), plant.started);
    let missing_from = newest.unwrap_or(plant.started).max(now.plus(-HISTORY_US));
    let missing: Vec<_> = reactor.until(now).into_iter().filter(|r| r.time > missing_from || newest.is_none()).collect();
    for part in missing.chunks(20_000) {
        append(plant, part).await?;
    }
    tracing::info!(seed = plant.seed, readings = missing.len(), "the bioreactor runs");
    let mut second = tokio::time::interval(Duration::from_secs(1));
    for tick in 0_u64.. {
        second.tick().await;
        append(plant, &reactor.until(app::clock::now())).await?;
        if tick % 3_600 == 0 {
            plant.trim(&tables, app::clock::now().plus(-KEPT_US)).await?;
        }
    }
    Ok(())
}

async fn append(plant: &mut DemoPlant, readings: &[Reading]) -> Result<(), DemoError> {
    let row = |r: &Reading| Some(DemoRow { table: TAGS.get(r.tag)?.table, time: r.time, value: r.value });
    let rows: Vec<DemoRow<'_>> = readings.iter().filter_map(row).collect();
    if rows.is_empty() { Ok(()) } else { Ok(plant.append(&rows).await?) }
}

/// Where the run of a new plant begins.
pub fn start() -> Timestamp {
    use domain::civil::SECOND_US;
    Timestamp::from_us((app::clock::now().us() - HISTORY_US) / SECOND_US * SECOND_US)
}
