//! What a machine did, stretch by stretch: together they are the window as far as it is known, without gaps and overlaps.

use super::figures::with;
use super::sheet::Sheet;
use super::whole::{Whole, named};
use app::error::AppError;
use domain::board::tile::Source;
use domain::oee::{Category, ReasonId};
use domain::{TimeRange, Timestamp};
use serde_json::{Value, json};

const COLUMNS: [&str; 7] = ["start", "end", "time_us", "category", "reason_id", "reason", "group"];

/// A stretch.
type State = (Timestamp, Timestamp, Category, Option<ReasonId>);

/// The table.
pub fn sheet(whole: Whole) -> Result<Sheet, AppError> {
    let mut states = Vec::new();
    for range in whole.look.stretches(&whole.evidence)? {
        states.extend(within(&whole, range));
    }
    // The names are made while it is written.
    let rows = states.into_iter().filter_map(move |state| Some(row(&whole.source().ok()?, state)));
    Ok(Sheet::of(&COLUMNS, rows))
}

/// The states of a range, what is not scheduled among them.
fn within(whole: &Whole, range: TimeRange) -> Vec<State> {
    let end = range.end().min(whole.evidence.known_until());
    let Ok(known) = TimeRange::new(range.start(), end) else { return Vec::new() };
    let (mut states, mut reached): (Vec<State>, _) = (Vec::new(), known.start());
    let idle = |from: Timestamp, until: Timestamp| (from < until).then_some((from, until, Category::NotScheduled, None));
    for segment in whole.timeline.within(known) {
        let (start, end) = (segment.start.max(known.start()), segment.end.min(known.end()));
        states.extend(idle(reached, start));
        states.push((start, end, segment.category, segment.reason));
        reached = end;
    }
    states.extend(idle(reached, known.end()));
    states
}

fn row(source: &Source<'_>, (start, end, category, reason): State) -> Value {
    let state = json!({"start": start.rfc3339(), "end": end.rfc3339(), "time_us": end.since(start), "category": category.word()});
    with(state, named(source, reason))
}
