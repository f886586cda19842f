//! What a machine does: the classes that evidence is sorted into, and the categories that time ends up in.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// A state as the machine reports it (`ACTIVE`, `Held`); its name and class belong to the machine's mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StateId(pub u32);

/// Why a machine stands; its name and place in the tree of reasons belong to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReasonId(pub u32);

/// What a piece of evidence says about its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Class {
    /// A stop that was planned: a break, maintenance of the calendar, a reason marked as planned.
    PlannedStop,
    /// Changeover and setting up: an availability loss inside planned production time.
    Setup,
    /// Any other standstill, with a reason or waiting for one.
    Stop,
    /// The source itself says that it does not know (UNAVAILABLE, connection lost, DEATH).
    Unknown,
    /// Running with a reduced feed or speed.
    Slow,
    /// Producing.
    Run,
}

/// The one category that an instant belongs to, the winner first.
///
/// A stop that somebody reported beats silence, because a report is evidence; silence beats running, because nothing
/// that was not seen is counted as running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Category {
    /// Outside every shift.
    NotScheduled,
    /// Inside a shift, not meant to produce.
    PlannedStop,
    /// Availability loss: changeover.
    Setup,
    /// Availability loss: everything else from the threshold of micro-stops on.
    UnplannedStop,
    /// Performance loss: a standstill shorter than the threshold.
    MicroStop,
    /// Nothing is known: neither run nor stop.
    Unknown,
    /// Producing at reduced speed.
    Slow,
    /// Producing.
    Run,
}

impl Category {
    /// What time counts as, in a word for programs and addresses: those of `andon oee --json`, and what runs.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotScheduled => "not_scheduled",
            Self::PlannedStop => "planned_stop",
            Self::Setup => "setup",
            Self::UnplannedStop => "unplanned_stop",
            Self::MicroStop => "micro_stop",
            Self::Unknown => "unknown",
            Self::Slow => "slow",
            Self::Run => "run",
        }
    }
}

/// Evidence: over `[start, end)` the machine was of this class. Spans may overlap, touch and come in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First instant.
    pub start: Timestamp,
    /// First instant after; `None` while it lasts.
    pub end: Option<Timestamp>,
    /// What it says.
    pub class: Class,
    /// The machine's own word, when the machine said it; reports of people have none.
    pub state: Option<StateId>,
    /// Why, when somebody said it.
    pub reason: Option<ReasonId>,
    /// Somebody's correction of why it stood: it takes the place of what other spans say of standing time.
    pub corrects: bool,
}

impl Span {
    /// The end as known at `as_of`: nothing that is known then lies after it.
    pub fn known_end(&self, as_of: Timestamp) -> Timestamp {
        self.end.map_or(as_of, |end| end.min(as_of))
    }
}
