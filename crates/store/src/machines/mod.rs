//! Machines in the store: the model of the plant, what devices say, what people report, and the evidence made of all three.

mod changes;
mod look;
mod memory;
mod telling;

mod facts;
mod follow;
mod history;
mod plant;

mod append;
mod insert;
mod row;
mod words;

mod reports;

mod evidence;
mod heard;
mod log;
mod logs;
mod observed;

mod log_export;
mod raw;

pub use append::Appended;
pub(crate) use changes::CHANNEL;
pub use changes::MachineChange;
pub use evidence::{MachineEvidence, ReadCost};
pub use follow::FILE;
pub use history::Stated;
pub use log_export::LogRows;
pub(crate) use look::look;
pub(crate) use memory::Machines;
pub use raw::{LogPlace, LogRow, Page, RefusedRow};
pub use reports::{Filed, ReportEntry};

use crate::StoreError;
use domain::MachineId;
use domain::plant::{BadPlant, FactKey};

/// What can go wrong with machines. The text is for the operator, and for whoever asked for something that cannot be.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No machine of this tenant.
    #[error("there is no machine `{0}`; look at the plant board, or add [[machine]] with this id to the configuration")]
    UnknownMachine(MachineId),
    /// A tenant that only looks at machines of another.
    #[error("this tenant sees machines of another one and cannot change anything about them; do it under the owner's address")]
    OnlyLooks,
    /// Somebody else was faster.
    #[error("somebody else changed {0} meanwhile; look at what changed and file again")]
    Meanwhile(FactKey),
    /// Facts that do not fit together.
    #[error(transparent)]
    Plant(#[from] BadPlant),
    /// A report that cannot be taken.
    #[error("{0}")]
    Report(&'static str),
}

impl From<sqlx::Error> for MachineError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
