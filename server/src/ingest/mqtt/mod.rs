//! Listening to MQTT brokers. A message is acknowledged to its broker only when its readings are durable; a message that
//! comes twice is stored once.

mod connection;
mod listen;
pub(super) mod machine;
mod message;
mod rule;
mod settings;

pub use listen::listen;
pub use settings::{BrokerConfig, BrokerSettings};
