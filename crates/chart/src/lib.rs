//! A chart is a value: plain data that can be compared, printed and sent, and drawn on any plotters backend.
//!
//! On a page the plot rectangle is drawn (SVG from the server, canvas in the browser) and the labels around it are HTML
//! text at fractions of the rectangle, so that server and browser agree to the pixel at every width. A picture for
//! download is drawn whole, labels included.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking"))]

pub mod palette;

pub mod scale;
pub mod time_axis;

pub mod trend;

mod project;

pub mod picture;
pub mod plot;
pub mod svg;

pub mod canvas;

mod marks;

pub mod bar;
pub mod hours;
pub mod periods;
pub mod sparkline;
pub mod states;
pub mod waterfall;

pub use palette::{Palette, Role};
pub use trend::{Side, Trend, TrendLine, ValueAxis, Weight};
