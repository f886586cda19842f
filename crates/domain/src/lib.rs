//! The nouns of a plant and their arithmetic: time, windows, series, resolution.
//!
//! Pure: no clock, no I/O, no floating time. A number shown anywhere in Andon is computed here, once,
//! and the same function runs in the server, in a test and in the browser.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking"))]

pub mod civil;
pub mod duration;
pub mod natural;
pub mod precision;
pub mod time;
#[cfg(feature = "zones")]
pub mod time_format;
pub mod zone;

pub mod window;

pub mod line_protocol;
pub mod reading;
pub mod series;
pub mod tenant;

pub mod average;
pub mod bucket;

pub mod reduce;
pub mod tier;
pub mod trace;

pub mod machine;
pub mod oee;
pub mod plant;

pub mod board;

pub mod answer;
pub mod format;

pub use machine::MachineId;
pub use reading::Reading;
pub use series::{Limits, Series, SeriesId};
pub use tenant::TenantId;
pub use time::{TimeRange, Timestamp};
pub use window::WindowSpec;
