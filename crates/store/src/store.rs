//! The store: one handle that every request shares.

use crate::aside;
use crate::catalog::Catalog;
use crate::changes::{self, Change, TableWrites};
use crate::ingest::Queue;
use crate::machines::Machines;
use crate::settings::TenantSettings;
use crate::supervise::{Health, Writing};
use crate::tiers::Tiers;
use crate::{Settings, StoreError, Target};
use domain::TenantId;
use domain::zone::Zone;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, PgPool};
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once, OnceLock, RwLock};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, broadcast, watch};

/// Connections that serve readers; a window of four series uses four for some milliseconds.
const READERS: u32 = 12;

/// The database behind Andon: a handle, cheap to clone. It exists before the database answers and survives its outages.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
    reader: Option<Reader>,
}

/// Whether the reader is still there: its other half lives as long as the request.
#[derive(Clone, Debug)]
pub struct Reader(watch::Receiver<()>);

impl Reader {
    /// A reader, and what to drop when it leaves (or to send when its request ended well).
    pub fn new() -> (watch::Sender<()>, Self) {
        let (here, reader) = watch::channel(());
        (here, Self(reader))
    }

    /// Returns when the other half is dropped; never when it was told that the request ended well.
    async fn left(mut self) {
        if self.0.changed().await.is_ok() {
            std::future::pending::<()>().await;
        }
    }
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub settings: Settings,
    pub pools: OnceLock<Pools>,
    pub health: watch::Sender<Health>,
    pub writing: RwLock<Writing>,
    pub check_now: Notify,
    pub catalog: RwLock<Option<Arc<Catalog>>>,
    /// How far the tiers of each source reach, by [`crate::source::Source::key`], as last seen.
    pub tiers: RwLock<HashMap<String, Tiers>>,
    /// The list is known to be wrong: the next reader waits for a new one.
    pub catalog_stale: AtomicBool,
    pub reloading: tokio::sync::Mutex<()>,
    /// The way to the writer of our own readings, once it runs.
    pub queue: OnceLock<Queue>,
    pub changes: broadcast::Sender<Change>,
    /// The same of machines.
    pub machines: Machines,
    /// Who follows tables that are not ours.
    pub table_writes: TableWrites,
    /// Done once the notices of other processes are listened to.
    pub listening: Once,
    /// Tells this store's notices from those of others.
    pub process: u64,
    /// Places for what is computed.
    pub computing: Semaphore,
}

#[derive(Debug)]
pub(crate) struct Pools {
    pub target: Target,
    pub readers: PgPool,
    /// Connections that append what machines say; created when they are needed.
    pub machine_writers: PgPool,
}

/// A tenant whose existence was checked: every read takes one, and only [`Store::tenant`] makes it.
#[derive(Clone, Debug)]
pub struct Tenant {
    settings: TenantSettings,
}

impl Tenant {
    /// Its name in addresses.
    pub fn id(&self) -> &TenantId {
        &self.settings.id
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Its plant's zone.
    pub fn zone(&self) -> Zone {
        self.settings.zone
    }

    /// Whose machines it sees: its own, or those of the tenant that it is a customer of.
    pub fn owner(&self) -> &TenantId {
        self.settings.view.as_ref().map_or(&self.settings.id, |view| &view.of)
    }

    /// The customer whose machines alone it sees; `None` sees all of them and may change them.
    pub fn customer(&self) -> Option<&str> {
        self.settings.view.as_ref().map(|view| view.customer.as_str())
    }

    pub(crate) fn owns_found_tables(&self) -> bool {
        self.settings.owns_found_tables
    }
}

impl Store {
    /// A store that waits for its database: see [`Store::connect`].
    pub fn new(settings: Settings) -> Self {
        let inner = Inner {
            settings,
            pools: OnceLock::new(),
            health: watch::Sender::new(Health::Starting),
            writing: RwLock::new(Writing::Unknown),
            check_now: Notify::new(),
            catalog: RwLock::new(None),
            tiers: RwLock::default(),
            catalog_stale: AtomicBool::new(false),
            reloading: tokio::sync::Mutex::new(()),
            queue: OnceLock::new(),
            changes: changes::channel(),
            machines: Machines::default(),
            table_writes: TableWrites::default(),
            listening: Once::new(),
            process: changes::process(),
            computing: aside::places(),
        };
        Self { inner: Arc::new(inner), reader: None }
    }

    /// The same store for one reader: what it reads ends when the reader leaves, wherever the reading runs.
    pub fn for_reader(&self, reader: Reader) -> Self {
        Self { inner: self.inner.clone(), reader: Some(reader) }
    }

    /// Names the database. Nothing is connected yet; [`Store::supervise`] does, and again whenever it must.
    pub fn connect(&self, target: Target) {
        let timeout_ms = self.inner.settings.statement_timeout.as_millis();
        // A window's statement takes longer to plan than to run; its plan does not depend on the window.
        let prepare = format!(
            "SET statement_timeout = {timeout_ms}; SET default_transaction_read_only = on; SET jit = off; SET timezone = 'UTC'; SET plan_cache_mode = force_generic_plan"
        );
        let readers = PgPoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(Duration::from_secs(4))
            .idle_timeout(Duration::from_secs(600))
            // A read that meets a dead connection is tried again; a question to each connection before each read is not needed.
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                let prepare = prepare.clone();
                Box::pin(async move {
                    sqlx::raw_sql(sqlx::AssertSqlSafe(prepare)).execute(&mut *connection).await?;
                    // From Postgres 14 on the server notices a reader who left; before, the statement timeout ends it.
                    let _ = sqlx::raw_sql("SET client_connection_check_interval = '500ms'").execute(connection).await;
                    Ok(())
                })
            })
            .connect_lazy_with(target.options());
        let machine_writers = self.machine_writers(&target);
        let _ = self.inner.pools.set(Pools { target, readers, machine_writers });
        self.inner.check_now.notify_one();
    }

    /// The tenants, in the order of the configuration.
    pub fn tenants(&self) -> impl Iterator<Item = Tenant> + '_ {
        self.inner.settings.tenants.iter().map(|settings| Tenant { settings: settings.clone() })
    }

    /// The tenant of an address; `None` when there is none of that name.
    pub fn tenant(&self, id: &str) -> Option<Tenant> {
        self.tenants().find(|tenant| tenant.id().as_str() == id)
    }

    /// The readers' pool while the database answers.
    pub(crate) fn readers(&self) -> Result<&PgPool, StoreError> {
        match (&*self.inner.health.borrow(), self.inner.pools.get()) {
            (Health::Up, Some(pools)) => Ok(&pools.readers),
            (Health::Down { .. }, _) => Err(StoreError::Unavailable("known to be down".to_owned())),
            _ => Err(StoreError::Unavailable("not connected yet".to_owned())),
        }
    }

    /// Runs a read; when the database went away under it, waits a moment for it to come back and tries again, as often as
    /// the pool may hold connections that ended with it: each try uses up one of them.
    pub(crate) async fn retried<T, F: Future<Output = Result<T, StoreError>>>(&self, read: impl Fn() -> F) -> Result<T, StoreError> {
        let mut result = self.while_there(read()).await;
        for _ in 0..=READERS {
            let Err(StoreError::Unavailable(cause)) = &result else { break };
            if *self.inner.health.borrow() != Health::Up {
                break;
            }
            tracing::debug!(cause, "a read lost its connection; looking whether the database is there");
            self.suspect(cause);
            if !self.wait_until_up(Duration::from_millis(1_500)).await {
                break;
            }
            result = self.while_there(read()).await;
        }
        result
    }

    pub(crate) async fn while_there<T>(&self, read: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let Some(reader) = self.reader.clone() else { return read.await };
        tokio::select! {
            result = read => result,
            () = reader.left() => Err(StoreError::ReaderLeft),
        }
    }

    /// A connection of its own that may write; for migrations and the demo plant.
    pub(crate) async fn writer(&self) -> Result<sqlx::PgConnection, StoreError> {
        let pools = self.inner.pools.get().ok_or_else(|| StoreError::Unavailable("not connected yet".to_owned()))?;
        let options = pools.target.options();
        let timeout = tokio::time::timeout(Duration::from_secs(5), sqlx::PgConnection::connect_with(&options));
        timeout.await.map_err(|_| StoreError::Unavailable("connecting took longer than 5 s".to_owned()))?.map_err(StoreError::from)
    }
}
