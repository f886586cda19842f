//! What a device said: stored in the order of arrival, in the device's own words. What a word means is decided when it is
//! read, by the mapping that the machine has then.

use crate::Timestamp;
use crate::oee::counts::Parts;
use serde::{Deserialize, Serialize};

/// One report of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The device's own clock.
    pub stamp: Timestamp,
    /// When it came in; for a file the time that the file is about.
    pub received: Timestamp,
    /// What it said.
    pub said: Said,
}

/// The things a device can say about a machine; `W` is how its words are written, as text or as numbers of a dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said<W = String> {
    /// That it is there: a heartbeat, or any item that says nothing about states and parts.
    Alive,
    /// Nothing more: the connection broke, or its end was announced (Sparkplug DEATH).
    Lost,
    /// Execution (MTConnect), state (PackML) or item state (OPC 40001-1), word by word.
    State(W),
    /// Controller mode, unit mode or operation mode, word by word.
    Mode(W),
    /// Emergency stop, word by word: `ARMED`, `TRIGGERED`.
    EmergencyStop(W),
    /// A running total of parts, which may be reset or roll over.
    Total {
        /// Which parts it counts.
        part: Part,
        /// What the counter shows.
        reading: u64,
    },
    /// Parts made, said outright.
    Parts(Parts),
    /// The product or program that is on the machine from now on.
    Product(W),
    /// Why it stands, where the device knows: the reason's id or the device's own word.
    Reason(W),
    /// Why the parts of this instant that are not good are not: the reason's id or the device's own word.
    RejectReason(W),
}

/// What a running total counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Part {
    /// All parts, good or not.
    Total,
    /// Good ones.
    Good,
    /// Rejected ones.
    Reject,
    /// Reworked ones.
    Rework,
}

impl<W> Said<W> {
    /// The same with its word written another way.
    pub fn with_word<V>(self, word: impl FnOnce(W) -> V) -> Said<V> {
        match self {
            Self::Alive => Said::Alive,
            Self::Lost => Said::Lost,
            Self::State(text) => Said::State(word(text)),
            Self::Mode(text) => Said::Mode(word(text)),
            Self::EmergencyStop(text) => Said::EmergencyStop(word(text)),
            Self::Total { part, reading } => Said::Total { part, reading },
            Self::Parts(parts) => Said::Parts(parts),
            Self::Product(text) => Said::Product(word(text)),
            Self::Reason(text) => Said::Reason(word(text)),
            Self::RejectReason(text) => Said::RejectReason(word(text)),
        }
    }

    /// Its word, where it has one.
    pub fn word(&self) -> Option<&W> {
        match self {
            Self::State(word) | Self::Mode(word) | Self::EmergencyStop(word) => Some(word),
            Self::Product(word) | Self::Reason(word) | Self::RejectReason(word) => Some(word),
            Self::Alive | Self::Lost | Self::Total { .. } | Self::Parts(_) => None,
        }
    }
}
