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

/// How much of the file is read; nothing where nobody looks.
pub fn bar(length: Option<u64>) -> ProgressBar {
    let bar = length.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} to go");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}
