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

/// A report with its number at its source: the same number of the same source is the same report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// Place in a file, sequence of an agent.
    pub number: u64,
    /// The report.
    pub observation: Observation,
}

/// The things a device can say about a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// That it is there: a heartbeat, or any item that says nothing about states and parts.
    Alive,
    /// Nothing more: the connection broke, or its end was announced (Sparkplug DEATH).
    Lost,
    /// Execution (MTConnect), state (PackML) or item state (OPC 40001-1), word by word.
    State(String),
    /// Controller mode, unit mode or operation mode, word by word.
    Mode(String),
    /// Emergency stop, word by word: `ARMED`, `TRIGGERED`.
    EmergencyStop(String),
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
    Product(String),
    /// Why it stands, where the device knows: the reason's id or the device's own word.
    Reason(String),
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
