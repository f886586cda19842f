//! The standstills of a window as people talk about them: from, to, why, what it cost.

use super::tile::Source;
use crate::oee::money::Rate;
use crate::oee::{Category, ReasonId};
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

/// The standstills of a window, the latest first, micro-stops only where they are wanted; at most `most`, and how many
/// there are beside these.
pub fn of(source: &Source<'_>, window: TimeRange, rate: Option<&Rate>, micro: bool, most: usize) -> (Vec<Stop>, u64) {
    let mut stops: Vec<(Option<u32>, Stop)> = Vec::new();
    for segment in source.timeline.within(window) {
        let wanted = match segment.category {
            Category::UnplannedStop | Category::Setup => true,
            Category::MicroStop => micro,
            Category::PlannedStop => segment.stop.is_some(),
            _ => false,
        };
        if !wanted {
            continue;
        }
        let inside_us = segment.end.min(window.end()).since(segment.start.max(window.start()));
        let open = segment.end >= source.evidence.known_until() && source.timeline.stop(segment).is_some_and(|stop| stop.open);
        // What a break cuts is one standstill; what has another reason is another line.
        match stops.last_mut().filter(|(stop, held)| *stop == segment.stop && held.reason == segment.reason) {
            Some((_, held)) => {
                (held.end, held.open) = (segment.end, open);
                held.time_us = held.time_us.saturating_add(inside_us);
            }
            None => {
                let (start, end, category, reason) = (segment.start, segment.end, segment.category, segment.reason);
                let stop = Stop { start, end, open, category, reason, time_us: inside_us, lost_minor: None, remarks: Vec::new() };
                stops.push((segment.stop, stop));
            }
        }
    }
    let further = stops.len().saturating_sub(most);
    let shown = stops.into_iter().rev().take(most).map(|(_, stop)| {
        let loss = stop.category != Category::PlannedStop;
        Stop { lost_minor: rate.filter(|_| loss).map(|rate| rate.minor(stop.time_us)), ..stop }
    });
    (shown.collect(), u64::try_from(further).unwrap_or(u64::MAX))
}
