//! The demo plant: a seed and a stretch of time in, readings out.
//!
//! It has no clock of its own: time is an argument, so that a test, a benchmark and the demo see the same plant.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests"))]

pub mod bioreactor;
pub mod plant;
