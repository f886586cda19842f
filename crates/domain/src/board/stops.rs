//! The standstills of a window as people talk about them: from, to, why, what it cost.

use super::only::Only;
use super::tile::Source;
use crate::oee::{Category, ReasonId};
use crate::plant::Worth;
use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

/// A standstill, or the part of it that has one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// First instant, also where that lies before the window.
    pub start: Timestamp,
    /// First instant after, as far as is known.
    pub end: Timestamp,
    /// It lasts.
    pub open: bool,
    /// What it counts as.
    pub category: Category,
    /// Why, when it is known.
    pub reason: Option<ReasonId>,
    /// What of it is planned time inside the window.
    pub time_us: i64,
    /// What that is worth.
    pub lost_minor: Option<i64>,
    /// What people said about it, the latest last.
    pub remarks: Vec<Remark>,
}

/// What somebody said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Who.
    pub author: String,
    /// What.
    pub text: String,
}

/// Which stops are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed<'a> {
    /// Micro-stops, too.
    pub micro: bool,
    /// Those of one bar alone, and of these the micro-stops, too.
    pub only: Option<&'a Only>,
    /// Those alone that begin before an instant; `None` from the latest on.
    pub before: Option<Timestamp>,
    /// So many at most.
    pub most: usize,
}

/// The standstills of a window, the latest first, as far as they are listed; and how many older ones there are.
pub fn of(source: &Source<'_>, window: TimeRange, worth: &Worth, listed: Listed<'_>) -> (Vec<Stop>, u64) {
    let Listed { micro, only, before, most } = listed;
    // Each with its place in the timeline, and its time in each part of the window that has a price of its own.
    let mut stops: Vec<(Option<u32>, Stop, Vec<i64>)> = Vec::new();
    for segment in source.timeline.within(window) {
        let wanted = match segment.category {
            Category::UnplannedStop | Category::Setup => true,
            Category::MicroStop => micro || only.is_some(),
            Category::PlannedStop => segment.stop.is_some(),
            _ => false,
        };
        if !wanted {
            continue;
        }
        let inside_us = segment.end.min(window.end()).since(segment.start.max(window.start()));
        let in_part = |part: TimeRange| segment.end.min(part.end()).since(segment.start.max(part.start())).max(0);
        let times: Vec<i64> = worth.parts.iter().map(|part| in_part(part.range)).collect();
        let open = segment.end >= source.evidence.known_until() && source.timeline.stop(segment).is_some_and(|stop| stop.open);
        // What a break cuts is one standstill; what has another reason is another line.
        match stops.last_mut().filter(|(stop, held, _)| *stop == segment.stop && held.reason == segment.reason) {
            Some((_, held, all)) => {
                (held.end, held.open) = (segment.end, open);
                held.time_us = held.time_us.saturating_add(inside_us);
                all.iter_mut().zip(times).for_each(|(sum, us)| *sum = sum.saturating_add(us));
            }
            None => {
                let (start, end, category, reason) = (segment.start, segment.end, segment.category, segment.reason);
                let stop = Stop { start, end, open, category, reason, time_us: inside_us, lost_minor: None, remarks: Vec::new() };
                stops.push((segment.stop, stop, times));
            }
        }
    }
    let is_of = |stop: &Stop| only.is_none_or(|only| only.holds(source, stop));
    stops.retain(|(_, stop, _)| before.is_none_or(|before| stop.start < before) && is_of(stop));
    let further = stops.len().saturating_sub(most);
    let shown = stops.into_iter().rev().take(most).map(|(_, stop, times)| {
        let loss = stop.category != Category::PlannedStop;
        Stop { lost_minor: loss.then(|| worth.minor(times)).flatten(), ..stop }
    });
    (shown.collect(), u64::try_from(further).unwrap_or(u64::MAX))
}
