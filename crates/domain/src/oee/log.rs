//! The events of a device as spans of time. Arrival order is the truth: sorting by timestamp loses running time
//! whenever an agent writes UNAVAILABLE before a machine's own, earlier stamped report arrives.

use super::state::{Class, Span, StateId};
use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a device said, or only that it is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Place in the order of arrival: a line of a file, a sequence of an agent. The same number is the same event.
    pub sequence: u64,
    /// The device's own clock.
    pub stamp: Timestamp,
    /// When it came in; for a file the time that the file is about.
    pub received: Timestamp,
    /// The new state and its class; `None` for a sign of life.
    pub state: Option<(StateId, Class)>,
}

/// How a log is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// After so long without any event the state is unknown; `None` where a device speaks only of changes.
    pub silence_us: Option<i64>,
    /// Stamps further than this from their arrival are refused.
    pub absurd_us: i64,
}

/// The spans of a log, without overlaps and in order, and the events that were refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The last one is open; equal states that follow each other are one span.
    pub spans: Vec<Span>,
    /// Events with a plainly wrong clock, for the quarantine.
    pub refused: Vec<Event>,
}

impl Default for Reading {
    fn default() -> Self {
        Self { silence_us: None, absurd_us: 366 * crate::civil::DAY_US }
    }
}

impl Log {
    /// Reads events. Their order in the iterator does not matter, their sequence does; an event that comes twice counts once.
    /// A stamp that steps back is clamped to the one before it. `as_of` is where silence is looked for last.
    pub fn read(events: impl IntoIterator<Item = Event>, how: Reading, as_of: Timestamp) -> Self {
        let mut arrived = BTreeMap::new();
        for event in events {
            arrived.entry(event.sequence).or_insert(event);
        }
        let mut log = Self::default();
        let mut heard: Option<(Timestamp, Option<(StateId, Class)>)> = None;
        for event in arrived.into_values() {
            if event.stamp.us().abs_diff(event.received.us()) > how.absurd_us.unsigned_abs() {
                log.refused.push(event);
                continue;
            }
            let time = heard.map_or(event.stamp, |(before, _)| event.stamp.max(before));
            if let Some((before, _)) = heard {
                log.silence(before, time, how);
            }
            // A sign of life after a silence says that the last known state holds again.
            let state = event.state.or(heard.and_then(|(_, state)| state));
            if let Some((id, class)) = state {
                log.enter(time, Some(id), class);
            }
            heard = Some((time, state));
        }
        if let Some((before, _)) = heard {
            log.silence(before, as_of, how);
        }
        log
    }

    fn silence(&mut self, heard: Timestamp, until: Timestamp, how: Reading) {
        if let Some(limit_us) = how.silence_us
            && until.since(heard) > limit_us
            && !self.spans.is_empty()
        {
            self.enter(heard.plus(limit_us), None, Class::Unknown);
        }
    }

    fn enter(&mut self, time: Timestamp, state: Option<StateId>, class: Class) {
        if let Some(last) = self.spans.last_mut() {
            if (last.state, last.class) == (state, class) {
                return;
            }
            last.end = Some(time);
            // A state that a clamped stamp leaves no time is no span, but what held before it has begun anew after it.
            if last.start == time {
                self.spans.pop();
            }
        }
        self.spans.push(Span { start: time, end: None, class, state, reason: None });
    }
}
