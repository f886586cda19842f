//! SHDR, the lines that MTConnect adapters and their logs are made of: `time|key|value|key|value…`.
//!
//! Source: the MTConnect C++ agent's adapter protocol (condition, message, asset, `* PING`) and Part 2 of the standard.

mod assets;
mod fields;
mod items;
mod line;
mod reader;

#[cfg(test)]
mod tests;

pub use assets::{Assets, LONGEST_ASSET_BYTES};
pub use items::{Item, Value};
pub use line::{BadLine, Data, Line};
pub use reader::{Refused, ShdrReader};
