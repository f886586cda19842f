//! Where machines stand.

use serde::{Deserialize, Serialize};

/// A site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Site {
    /// What it is called.
    pub name: String,
    /// IANA name of its zone; the tenant's where not given.
    pub zone: Option<String>,
    /// The calendar of its machines.
    pub calendar: Option<String>,
}

/// Machines that make one thing one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// What it is called.
    pub name: String,
    /// Where it stands.
    pub site: Option<String>,
    /// The calendar of its machines.
    pub calendar: Option<String>,
    /// The machine that limits what can leave the line, which speaks for it in the roll-up by line.
    pub constraint: Option<String>,
}
