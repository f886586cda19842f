//! What the configuration says about tenants and series.

use domain::zone::Zone;
use domain::{Limits, TenantId};
use std::path::PathBuf;
use std::time::Duration;

/// Settings of the store.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Schema of our own tables.
    pub schema: String,
    /// The tenants, at least one.
    pub tenants: Vec<TenantSettings>,
    /// Series that the configuration describes.
    pub series: Vec<SeriesSettings>,
    /// A statement that runs longer is cancelled.
    pub statement_timeout: Duration,
    /// Tables that are not ours get a trigger that tells of each statement that wrote into them; all processes of a
    /// database say the same.
    pub triggers: bool,
    /// Readings of our own.
    pub ingest: IngestSettings,
}

/// How readings of our own are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngestSettings {
    /// Readings older than this are dropped, a month at a time; `None` keeps them for ever.
    pub retention: Option<Duration>,
    /// How much is kept of what could not be read.
    pub quarantine: QuarantineSettings,
    /// What cannot reach the database waits here; `None` lets writers wait instead.
    pub spill: Option<SpillSettings>,
}

/// How much of what could not be read is kept for the eyes of the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuarantineSettings {
    /// What is older is dropped.
    pub longest: Duration,
    /// Most rows of a tenant; the oldest go first.
    pub most_rows: u64,
}

impl Default for QuarantineSettings {
    fn default() -> Self {
        Self { longest: Duration::from_secs(30 * 86_400), most_rows: 100_000 }
    }
}

/// Where readings wait while the database is away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpillSettings {
    /// A directory of its own.
    pub directory: PathBuf,
    /// Most bytes in it; beyond, writers are told that it is full.
    pub limit_bytes: u64,
}

/// A tenant and what it owns.
#[derive(Clone, Debug, PartialEq)]
pub struct TenantSettings {
    /// Its name in addresses.
    pub id: TenantId,
    /// What it is called.
    pub name: String,
    /// Its plant's zone.
    pub zone: Zone,
    /// Whether it owns every table of the shape (time, value) that no series setting gives to another tenant.
    pub owns_found_tables: bool,
    /// A customer who looks at machines of another tenant.
    pub view: Option<ViewSettings>,
}

/// Which machines of another tenant a customer sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewSettings {
    /// The tenant that owns them: the builder.
    pub of: TenantId,
    /// The machines with this customer, and no others.
    pub customer: String,
}

/// What is known of one table's series. `None` leaves the default.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSettings {
    /// The tenant that owns it.
    pub tenant: TenantId,
    /// Its address; the table's name where not given.
    pub id: Option<String>,
    /// Schema of the table.
    pub schema: String,
    /// The table, view or foreign table.
    pub table: String,
    /// Column of the time.
    pub time_column: String,
    /// Column of the value.
    pub value_column: String,
    /// What it is called.
    pub name: Option<String>,
    /// Unit symbol.
    pub unit: Option<String>,
    /// Heading.
    pub group: Option<String>,
    /// Zone of a `timestamp without time zone` column; UTC where not given.
    pub zone: Option<Zone>,
    /// Band of wanted values.
    pub limits: Limits,
    /// Longest bridged distance.
    pub gap_limit_us: Option<i64>,
}

impl Settings {
    /// One tenant `default` that owns every source; the plant's zone as given.
    pub fn without_configuration(zone: Zone) -> Self {
        let tenant = TenantSettings { id: TenantId::default_tenant(), name: "Plant".to_owned(), zone, owns_found_tables: true, view: None };
        Self {
            schema: "andon".to_owned(),
            tenants: vec![tenant],
            series: Vec::new(),
            statement_timeout: Duration::from_secs(15),
            triggers: false,
            ingest: IngestSettings::default(),
        }
    }
}
