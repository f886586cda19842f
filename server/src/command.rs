//! What commands that work on the database and end have in common: which database, and that Andon's own is stopped again.

use crate::serve::own_database;
use crate::settings::Settings;
use store::Target;
use store::local::LocalPostgres;

/// Anything that ends a command.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Works on the database that the settings name, else on Andon's own, which is started for it and stopped after it.
pub async fn with_database<T>(settings: Settings, work: impl AsyncFnOnce(Settings, Target) -> Result<T, Failure>) -> Result<T, Failure> {
    if let Some(target) = settings.target.clone() {
        return work(settings, target).await;
    }
    let local = LocalPostgres::start(&settings.data_dir).await?;
    let done = match own_database(&local, "andon").await {
        Ok(target) => work(settings, target).await,
        Err(error) => Err(error.into()),
    };
    local.stop().await?;
    done
}
