//! `andon import`: files become readings and observations, once, however often they are imported.

mod columns;
mod csv;
mod file;
mod rows;
mod shdr;
mod work;

pub use csv::{CsvArgs, import_csv};
pub use shdr::{ShdrArgs, import_shdr};

/// Something is wrong with what was asked, not with what happened: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUse(pub String);
