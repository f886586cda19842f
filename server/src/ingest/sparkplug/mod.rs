//! Sparkplug B: the life of edge nodes and their devices over MQTT, and their metrics as readings.
//!
//! Source: Eclipse Sparkplug Specification 3.0. What a node's death leaves is unknown, not zero and not "down":
//! a gap in every series that it fed.

mod host;
mod node;
mod payload;
mod topic;

#[cfg(test)]
mod tests;

pub use host::Host;
pub use payload::rebirth;
pub use topic::Topic;

/// What a host subscribes to.
pub const FILTER: &str = "spBv1.0/#";
