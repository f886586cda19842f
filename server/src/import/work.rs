//! What imports have in common: the store for one command, whose data it is, and what is shown.

use super::WrongUse;
pub(crate) use crate::cli::{complain, say};
pub use crate::command::Failure;
use crate::command::with_database;
use crate::settings::Settings;
use domain::TenantId;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;
use store::{Store, TenantSettings, Writing};

/// The named tenant, or the only one.
pub fn tenant_of<'s>(named: Option<&TenantId>, settings: &'s store::Settings) -> Result<&'s TenantSettings, WrongUse> {
    let missing =
        |id: &TenantId| WrongUse(format!("--tenant: there is no tenant `{id}`; add [[tenant]] with this id to the configuration"));
    match (named, settings.tenants.as_slice()) {
        (None, [only]) => Ok(only),
        (None, _) => Err(WrongUse("--tenant is missing, and there are several tenants; name one".to_owned())),
        (Some(id), tenants) => tenants.iter().find(|t| t.id == *id).ok_or_else(|| missing(id)),
    }
}

/// Opens the store of the settings for one command.
pub async fn with_store<T>(mut settings: Settings, work: impl AsyncFnOnce(&Store) -> Result<T, Failure>) -> Result<T, Failure> {
    // A command waits for the database; a server beside it owns what waits on disk.
    settings.store.ingest.spill = None;
    with_database(settings, async |settings, target| {
        let store = Store::new(settings.store);
        store.connect(target);
        store.migrate().await?;
        let supervisor = tokio::spawn(store.clone().supervise());
        let up = store.wait_until_up(Duration::from_secs(10)).await && store.writing() == Writing::Ready;
        let done = if up { work(&store).await } else { Err("the database does not take readings; the log says why".into()) };
        store.ingest().stop().await;
        supervisor.abort();
        done
    })
    .await
}

/// Bad lines that are printed.
const PRINTED: u64 = 10;

/// The lines of a file that cannot be read. They do not stop the others, up to a number.
#[derive(Clone, Copy, Debug)]
pub struct BadLines {
    count: u64,
    most: u64,
}

impl BadLines {
    /// None yet; more than `most` end the import.
    pub fn new(most: u64) -> Self {
        Self { count: 0, most }
    }

    /// Counts one and prints the first of them; true when it was one too many.
    pub fn one_more(&mut self, bar: &ProgressBar, error: &dyn std::fmt::Display) -> bool {
        self.count += 1;
        if self.count <= PRINTED {
            bar.suspend(|| complain(&error.to_string()));
        }
        self.gave_up()
    }

    /// Whether the rest was not looked at.
    pub fn gave_up(&self) -> bool {
        self.count > self.most
    }

    /// What is said of them at the end of a summary.
    pub fn told(&self) -> String {
        if self.count > 0 { format!("; {}", self.sentence()) } else { String::new() }
    }

    /// The error of an import that met some; `options` are those that may help.
    pub fn outcome(&self, options: &str) -> Result<(), Failure> {
        match self.count {
            0 => Ok(()),
            _ if self.gave_up() => {
                Err(format!("more than {} lines cannot be read, so the rest was not looked at; see {options}", self.most).into())
            }
            _ => Err(self.sentence().into()),
        }
    }

    fn sentence(&self) -> String {
        match self.count {
            1 => "1 line could not be read".to_owned(),
            count => format!("{count} lines could not be read"),
        }
    }
}

/// How much of the file is read; nothing where nobody looks.
pub fn bar(length: Option<u64>) -> ProgressBar {
    let bar = length.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} to go");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}
