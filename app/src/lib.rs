//! The pages of Andon: shell, routes, boards, widgets, and the server functions that feed them.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking"))]
#![recursion_limit = "256"]
#![expect(missing_docs, reason = "the macros of Leptos make public items that cannot carry documentation")]

pub mod address;
pub mod api;
pub mod api_model;
pub mod api_oee;
pub mod clock;
pub mod error;
pub mod live;
pub mod place;
pub mod sealed;

// The one place that asks on which side of the wire this is: the same functions, from one file or the other.
#[cfg_attr(feature = "ssr", path = "server.rs")]
#[cfg_attr(not(feature = "ssr"), path = "browser.rs")]
pub mod side;

pub mod shell;

pub mod boards;
pub mod pages;
pub mod widgets;

pub use shell::App;
