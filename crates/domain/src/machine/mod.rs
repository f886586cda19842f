//! A machine as its devices tell of it: observations in their own words, kept as they came.

mod observation;
mod words;

mod arrival;
mod context;
mod mapping;

mod device;
mod tally;

mod people;
pub mod reading;

pub use arrival::{ABSURD_US, Arrival, NOTED_SILENCE_US, Place, Refused};
pub use context::Context;
pub use device::{Device, Heard, Told};
pub use mapping::{Dialect, Mapping};
pub use observation::{Observation, Part, Said};
pub use words::{Word, Words};

pub mod keys;
pub mod shdr;
pub mod signs;

pub use keys::Keys;
pub use signs::Numbered;

use serde::{Deserialize, Serialize};
use std::fmt;

/// A machine's name in addresses and files: any text without control characters, at most [`MachineId::LONGEST_BYTES`] long.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MachineId(String);

/// Why a text is no machine's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot name a machine; use 1 to 200 bytes of text without control characters")]
pub struct NotAMachineId(pub String);

impl MachineId {
    /// In bytes of UTF-8.
    pub const LONGEST_BYTES: usize = 200;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MachineId {
    type Error = NotAMachineId;

    fn try_from(text: String) -> Result<Self, NotAMachineId> {
        let allowed = (1..=Self::LONGEST_BYTES).contains(&text.len()) && !text.chars().any(char::is_control) && text.trim() == text;
        if allowed { Ok(Self(text)) } else { Err(NotAMachineId(text)) }
    }
}

impl std::str::FromStr for MachineId {
    type Err = NotAMachineId;

    fn from_str(text: &str) -> Result<Self, NotAMachineId> {
        Self::try_from(text.to_owned())
    }
}

impl From<MachineId> for String {
    fn from(id: MachineId) -> Self {
        id.0
    }
}

impl fmt::Display for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
