//! `andon import`: files become readings, once, however often they are imported.

mod columns;
mod csv;
mod file;
mod rows;

pub use csv::{CsvArgs, import_csv};

/// Something is wrong with what was asked, not with what happened: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUse(pub String);
