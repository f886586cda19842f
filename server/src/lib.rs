//! The server: settings, router, exports, the demo plant, the command line.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking"))]

pub mod cli;
pub mod settings;

mod config;

mod command;
mod oee;
mod plant;

mod serve;
mod tiers;

mod ingest;

mod csv;
mod export;
mod forms;
mod live;
mod operations;
mod request_log;
mod router;

mod import;

mod demo;
mod simulate;
