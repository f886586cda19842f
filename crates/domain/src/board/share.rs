//! A machine that changes its place: what it made counts to the line and the site that it was made in.

use super::period::Frame;
use super::roll::{Seen, Share};
use super::tile::{Source, State, Tile};
use crate::TimeRange;
use crate::oee::{Category, Figures};
use crate::plant::Placed;
use std::collections::BTreeMap;

/// The sums of the parts of the window before, cut where the machine changed its place.
pub type Before = [(TimeRange, Figures)];

/// By what places are told apart.
type Id = fn(&Placed<'_>) -> String;

impl Seen {
    /// A machine in a window, with what of it belongs to which line and site.
    pub fn of(source: &Source<'_>, frame: Frame, before: Option<&Before>) -> Self {
        let whole_before = before.map(|parts| sum(parts.iter().map(|(_, figures)| figures)));
        let by = |id: Id| shares(source, &frame, before.unwrap_or_default(), id);
        let in_lines = by(|placed| placed.line.map_or_else(String::new, |(id, _)| id.to_owned()));
        let at_sites = by(|placed| placed.site.map_or_else(String::new, |(id, _)| id.to_owned()));
        let (tile, figures) = Tile::of(source, frame, whole_before.as_ref());
        Self { in_lines, at_sites, ..Self::whole(tile, figures, whole_before) }
    }

    /// A machine that stays where it is.
    pub fn whole(tile: Tile, figures: Figures, before: Option<Figures>) -> Self {
        Self { tile, figures, before, in_lines: Vec::new(), at_sites: Vec::new() }
    }
}

/// The machine in parts by where it was; none where it was at one place in the window and in the one before.
fn shares(source: &Source<'_>, frame: &Frame, before: &Before, id: Id) -> Vec<Share> {
    let Source { plant, machine, evidence, .. } = source;
    if plant.places(machine).len() < 2 {
        return Vec::new();
    }
    let now = stretches(source, frame.range, id);
    let mut earlier: BTreeMap<String, (TimeRange, Figures)> = BTreeMap::new();
    for (part, figures) in before {
        let held = earlier.entry(id(&plant.placed(machine, part.start()))).or_insert((*part, Figures::default()));
        held.1.add(figures);
    }
    if let [(only, _)] = now.as_slice()
        && earlier.keys().all(|id| id == only)
    {
        return Vec::new();
    }
    let last = frame.range.end().min(evidence.known_until()).plus(-1).max(frame.range.start());
    let mut shares = Vec::new();
    for (id, part) in now {
        let (mut tile, figures) = Tile::of(source, Frame { range: part, ..frame.clone() }, None);
        if !part.contains(last) {
            // What it does, it does elsewhere.
            tile.state = State { category: Category::NotScheduled, reason: None, since: None, provisional: false, ..tile.state };
        }
        let compared = earlier.remove(&id).map(|(_, figures)| figures);
        shares.push(Share { seen: Seen::whole(tile, figures, compared), gone: false });
    }
    for (part, figures) in earlier.into_values() {
        let (tile, _) = Tile::of(source, Frame { range: part, ..frame.clone() }, None);
        shares.push(Share { seen: Seen::whole(tile, Figures::default(), Some(figures)), gone: true });
    }
    shares
}

/// Where the machine was one after the other in a window; other calendars at the same place cut nothing.
fn stretches(source: &Source<'_>, window: TimeRange, id: Id) -> Vec<(String, TimeRange)> {
    let mut stretches: Vec<(String, TimeRange)> = Vec::new();
    for (held, placed) in source.plant.places(source.machine) {
        let (Some(part), id) = (held.overlap(window), id(&placed)) else { continue };
        let joined = stretches.last().filter(|(last, _)| *last == id).and_then(|(_, last)| TimeRange::new(last.start(), part.end()).ok());
        match joined.zip(stretches.last_mut()) {
            Some((joined, last)) => last.1 = joined,
            None => stretches.push((id, part)),
        }
    }
    stretches
}

fn sum<'a>(parts: impl Iterator<Item = &'a Figures>) -> Figures {
    parts.fold(Figures::default(), |mut sum, part| {
        sum.add(part);
        sum
    })
}
