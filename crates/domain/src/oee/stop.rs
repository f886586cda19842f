//! Standstills as a whole: where they begin and end whatever window looks at them, and which of them are micro-stops.

use super::state::{Class, Span};
use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// All reports of one class that overlap or touch, together: one stop for counts, Pareto and MTTR, however many shifts,
/// midnights and reasons it crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// [`Class::PlannedStop`], [`Class::Setup`] or [`Class::Stop`].
    pub class: Class,
    /// First instant.
    pub start: Timestamp,
    /// First instant after, or as far as is known while it lasts.
    pub end: Timestamp,
    /// It has not ended yet.
    pub open: bool,
    /// Shorter than the threshold, judged on its whole length. An open one is until it crosses the threshold.
    pub micro: bool,
    /// What of it counts as its category: without breaks, time outside shifts, and better evidence.
    pub effective_us: i64,
}

impl Stop {
    /// Its whole length so far.
    pub fn length_us(&self) -> i64 {
        self.end.since(self.start)
    }

    /// Whether its category may still change: it lasts and is not yet long enough for a stop.
    pub fn provisional(&self) -> bool {
        self.open && self.micro
    }
}

/// The standstills of a class, in order of time. `threshold_us` is the length of a micro-stop for a standstill that begins at an instant.
pub(super) fn standstills(spans: &[Span], class: Class, as_of: Timestamp, threshold_us: impl Fn(Timestamp) -> i64) -> Vec<Stop> {
    let known = spans.iter().filter(|span| span.class == class && span.start < span.known_end(as_of));
    let mut known: Vec<_> = known.collect();
    known.sort_unstable_by_key(|span| span.start);
    let mut stops: Vec<Stop> = Vec::new();
    for span in known {
        let end = span.known_end(as_of);
        // What ends later than anything is known is still going on.
        let open = span.end.is_none_or(|end| end > as_of);
        match stops.last_mut().filter(|stop| span.start <= stop.end) {
            Some(stop) => {
                stop.end = stop.end.max(end);
                stop.open |= open;
            }
            None => stops.push(Stop { class, start: span.start, end, open, micro: false, effective_us: 0 }),
        }
    }
    for stop in &mut stops {
        stop.micro = class == Class::Stop && stop.length_us() < threshold_us(stop.start);
    }
    stops
}
