//! The events of a device as spans of time. Arrival order is the truth: sorting by timestamp loses running time
//! whenever an agent writes UNAVAILABLE before a machine's own, earlier stamped report arrives.

use super::state::{Class, ReasonId, Span, StateId};
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
        let (mut spans, mut refused) = (Spans::default(), Vec::new());
        let mut heard: Option<Timestamp> = None;
        for event in arrived.into_values() {
            if event.stamp.us().abs_diff(event.received.us()) > how.absurd_us.unsigned_abs() {
                refused.push(event);
                continue;
            }
            let time = heard.map_or(event.stamp, |before| event.stamp.max(before));
            if let Some(before) = heard {
                spans.quiet(before, time, how.silence_us);
            }
            spans.hear(time, event.state.map(|(state, class)| Held { class, state: Some(state), reason: None }));
            heard = Some(time);
        }
        if let Some(before) = heard {
            spans.quiet(before, as_of, how.silence_us);
        }
        Self { spans: spans.list, refused }
    }
}

/// What a device holds to be so, until it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// What it counts as.
    pub class: Class,
    /// The device's word.
    pub state: Option<StateId>,
    /// Why, where the device says it.
    pub reason: Option<ReasonId>,
}

/// Spans in the making: what is heard comes in order of time.
#[derive(Clone, Debug, Default)]
pub struct Spans {
    list: Vec<Span>,
    held: Option<Held>,
}

impl Spans {
    /// Nothing was heard between two instants: from the limit on, nothing is known.
    pub fn quiet(&mut self, heard: Timestamp, until: Timestamp, limit_us: Option<i64>) {
        if let Some(limit_us) = limit_us.filter(|limit_us| until.since(heard) > *limit_us)
            && !self.list.is_empty()
        {
            self.enter(heard.plus(limit_us), Held { class: Class::Unknown, state: None, reason: None });
        }
    }

    /// Something was heard: a state, or only a sign of life, upon which the last known state holds again.
    pub fn hear(&mut self, time: Timestamp, held: Option<Held>) {
        self.held = held.or(self.held);
        if let Some(held) = self.held {
            self.enter(time, held);
        }
    }

    /// What is known ends here.
    pub fn end(&mut self, time: Timestamp) {
        if let Some(last) = self.list.last_mut() {
            last.end = Some(time);
        }
        self.list.pop_if(|last| last.start == time);
    }

    /// What was made of it; the last one is open unless it was ended.
    pub fn list(&self) -> &[Span] {
        &self.list
    }

    /// The same, taken.
    pub fn into_list(self) -> Vec<Span> {
        self.list
    }

    fn enter(&mut self, time: Timestamp, held: Held) {
        let Held { class, state, reason } = held;
        if let Some(last) = self.list.last_mut() {
            if (last.state, last.class, last.reason) == (state, class, reason) {
                return;
            }
            last.end = Some(time);
            // A state that a clamped stamp leaves no time is no span, but what held before it has begun anew after it.
            self.list.pop_if(|last| last.start == time);
        }
        self.list.push(Span { start: time, end: None, class, state, reason, corrects: false });
    }
}
