//! Every SQL statement of Andon, the migrations, and the managed local Postgres.
//!
//! The store answers in the words of `domain`. It reads tables that are not ours in read-only transactions and
//! writes only into its own schema.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking"))]

mod error;
mod instant;
mod target;

pub mod settings;

mod aside;
mod store;
mod supervise;
mod together;

mod catalog;
mod source;

mod export;
mod lease;
mod tail;
mod tiers;
mod window;

mod changes;
mod imports;
mod ingest;

mod machines;

pub mod demo;
pub mod local;

pub use changes::{Change, Writes};
pub use error::StoreError;
pub use export::ExportRow;
pub use imports::{Import, ImportMark};
pub use ingest::{Ingest, IngestError, IngestStatus, LONGEST_NAME_BYTES, Quarantined, Written};
pub use machines::{
    Appended, FILE, Filed, LogPlace, LogRow, LogRows, MachineChange, MachineError, MachineEvidence, Page, ReadCost, RefusedRow,
    ReportEntry, Stated,
};
pub use settings::{IngestSettings, QuarantineSettings, SeriesSettings, Settings, SpillSettings, TenantSettings, ViewSettings};
pub use store::{Reader, Store, Tenant};
pub use supervise::{Health, Writing};
pub use tail::{MOST_TAIL_ROWS, Tail};
pub use target::{BadTarget, Target, unquoted};
pub use tiers::{Difference, TURN, TierState, TierStatus, TierTotals, Verified};
pub use together::Together;
pub use window::{WindowCost, WindowError, WindowQuery};
