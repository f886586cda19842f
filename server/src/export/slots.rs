//! A window cut into shifts, days, weeks or months, a row or more for each: read a month at a time, so that a year needs no more
//! memory than a month.

use super::asked::Look;
use super::sheet::Rows;
use app::error::AppError;
use domain::board::tile::Source;
use domain::board::{Frame, Period};
use domain::civil::DAY_US;
use domain::oee::Timeline;
use domain::{TimeRange, Timestamp};
use futures::{StreamExt, stream};
use serde_json::Value;
use store::MachineError;

/// So much is read at once, where its windows are not longer themselves.
const PIECE_US: i64 = 31 * DAY_US;

/// A window of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Which.
    pub frame: Frame,
    /// It lies between two shifts: there it is only if something was made.
    pub between: bool,
}

/// What the rows of a slot are made of: the machine, the slot, and what of it is looked at.
pub type Make = fn(&Look, &Source<'_>, &Slot, &[TimeRange]) -> Vec<Value>;

/// The rows of all slots of a look. The first of them are made at once, so that what fails at all fails with its status.
pub async fn rows(look: Look, make: Make) -> Result<Rows, AppError> {
    let mut pieces = pieces(slots(&look)?).into_iter();
    let first = match pieces.next() {
        Some(piece) => made(&look, piece, make).await?,
        None => Vec::new(),
    };
    let rest = stream::unfold((look, pieces), move |(look, mut pieces)| async move {
        let piece = pieces.next()?;
        let rows = made(&look, piece, make).await;
        Some((rows, (look, pieces)))
    });
    Ok(stream::iter([Ok(first)]).chain(rest).boxed())
}

/// The slots of a window, in order.
fn slots(look: &Look) -> Result<Vec<Slot>, AppError> {
    let Some(by) = look.wanted.by else { return Ok(vec![Slot { frame: look.sight.frame.clone(), between: false }]) };
    let (window, mut slots, mut reached) = (look.window(), Vec::new(), look.window().start());
    let gap = |start: Timestamp, end: Timestamp| {
        let range = TimeRange::new(start, end).ok().filter(|_| by == Period::Shift && look.wanted.shift.is_none())?;
        Some(Slot { frame: Frame { range, name: String::new(), shift: String::new() }, between: true })
    };
    for frame in look.frames(by)? {
        slots.extend(gap(reached, frame.range.start()));
        reached = reached.max(frame.range.end());
        slots.push(Slot { frame, between: false });
    }
    slots.extend(gap(reached, window.end()));
    Ok(slots)
}

/// Slots in pieces of about a month.
fn pieces(slots: Vec<Slot>) -> Vec<Vec<Slot>> {
    let mut pieces: Vec<Vec<Slot>> = Vec::new();
    for slot in slots {
        let start = pieces.last().and_then(|piece| piece.first()).map(|first| first.frame.range.start());
        match pieces.last_mut().filter(|_| start.is_some_and(|start| slot.frame.range.end().since(start) <= PIECE_US)) {
            Some(piece) => piece.push(slot),
            None => pieces.push(vec![slot]),
        }
    }
    pieces
}

/// The rows of one piece.
async fn made(look: &Look, slots: Vec<Slot>, make: Make) -> Result<Vec<Value>, AppError> {
    let start = slots.iter().map(|slot| slot.frame.range.start()).min();
    let end = slots.iter().map(|slot| slot.frame.range.end()).max();
    let Some(range) = start.zip(end).and_then(|(start, end)| TimeRange::new(start, end).ok()) else { return Ok(Vec::new()) };
    let sight = &look.sight;
    let evidence = look.store.evidence(&sight.owner, &sight.id, range, sight.known_at).await?;
    let shifts = look.shifts()?;
    let (store, look) = (look.store.clone(), look.clone());
    let rows = store.aside(move || {
        let Ok(machine) = look.machine() else { return Vec::new() };
        let timeline = Timeline::of(&evidence, &machine.policy());
        let (plant, id, zone) = (&*look.sight.plant, &look.sight.id, &look.sight.zone);
        let source = Source { plant, id, machine, evidence: &evidence, timeline: &timeline, zone, language: "", latest: false };
        let each = slots.iter().flat_map(|slot| {
            let wanted = look.stretches_of(&shifts, &evidence, slot.frame.range);
            if wanted.is_empty() { Vec::new() } else { make(&look, &source, slot, &wanted) }
        });
        each.collect()
    });
    Ok(rows.await.map_err(MachineError::from)?)
}
