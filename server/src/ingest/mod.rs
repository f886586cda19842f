//! The ways in: what senders write becomes readings, and what cannot become one goes to quarantine with its reason.

mod accept;
pub(crate) mod pause;
mod secret;
pub(crate) mod stream;
mod tally;
pub(crate) mod tls;

pub(crate) use accept::named;

pub(crate) mod settings;

pub(crate) mod http;
mod lines;

pub(crate) mod machine;

pub(crate) mod mqtt;
mod sparkplug;
