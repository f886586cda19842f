//! Whether the database answers: one task looks after it, at start and for as long as the server runs.

use crate::source::quoted;
use crate::{Store, StoreError};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Connection, SqlSafeStr};
use std::time::{Duration, SystemTime};

/// The migrations, oldest first. A new one is a file and a line here; one that was released never changes.
const MIGRATIONS: [(i64, &str, &str); 6] = [
    (1, "plant", include_str!("../migrations/0001_plant.sql")),
    (2, "readings", include_str!("../migrations/0002_readings.sql")),
    (3, "tiers", include_str!("../migrations/0003_tiers.sql")),
    (4, "imports", include_str!("../migrations/0004_imports.sql")),
    (5, "machines", include_str!("../migrations/0005_machines.sql")),
    (6, "reads", include_str!("../migrations/0006_reads.sql")),
];

fn migrator() -> Migrator {
    let migration = |(version, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(MIGRATIONS.into_iter().map(migration).collect())
}

/// Whether the database answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It has not answered yet since the server started.
    Starting,
    /// It answers.
    Up,
    /// It does not.
    Down {
        /// Since when.
        since: SystemTime,
    },
}

/// Whether our own tables are there and may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Not tried yet.
    Unknown,
    /// They are.
    Ready,
    /// The role may only read: what stores something does not work.
    ReadOnly,
    /// Creating them failed; the log says why.
    Failed,
}

impl Store {
    /// Looks after the database for ever. Run it in a task of its own.
    pub async fn supervise(self) {
        // Before there is a database to look for, there is nothing to say about it.
        while self.inner.pools.get().is_none() {
            self.inner.check_now.notified().await;
        }
        loop {
            let pause = match self.check().await {
                Ok(()) => {
                    self.found_up().await;
                    Duration::from_secs(5)
                }
                Err(error) => {
                    self.suspect(&error.to_string());
                    Duration::from_millis(500)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // Not more than ten times a second, however many readers fail at once.
                () = async { self.inner.check_now.notified().await; tokio::time::sleep(Duration::from_millis(100)).await } => {}
            }
        }
    }

    /// Whether the database answers right now, as last seen.
    pub fn health(&self) -> Health {
        self.inner.health.borrow().clone()
    }

    /// Whether our own tables can be used.
    pub fn writing(&self) -> Writing {
        self.inner.writing.read().map_or(Writing::Unknown, |w| w.clone())
    }

    /// Creates or extends our own tables; for `andon migrate`, which wants the error.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let mut connection = self.writer().await?;
        let schema = &self.inner.settings.schema;
        let enter = format!("CREATE SCHEMA IF NOT EXISTS {0}; SET search_path = {0}", quoted(schema));
        // A role without the right to create the schema may still use the one that its owner made.
        if let Err(error) = sqlx::raw_sql(AssertSqlSafe(enter)).execute(&mut connection).await {
            let usable = "SELECT coalesce(has_schema_privilege(to_regnamespace(quote_ident($1))::oid, 'USAGE'), false)";
            let there: bool = sqlx::query_scalar(usable).bind(schema).fetch_one(&mut connection).await?;
            if !there {
                return Err(error.into());
            }
            sqlx::raw_sql(AssertSqlSafe(format!("SET search_path = {}", quoted(schema)))).execute(&mut connection).await?;
        }
        migrator().run_direct(None, &mut connection, false).await.map_err(|error| match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => StoreError::from(error),
            other => StoreError::Other(sqlx::Error::Migrate(Box::new(other))),
        })?;
        connection.close().await?;
        Ok(())
    }

    /// A read met an error that looks like an outage.
    pub(crate) fn suspect(&self, cause: &str) {
        let fell = self.inner.health.send_if_modified(|health| match health {
            Health::Down { .. } => false,
            Health::Starting | Health::Up => {
                *health = Health::Down { since: SystemTime::now() };
                true
            }
        });
        if fell {
            tracing::warn!(cause, "database unavailable; looking for it twice a second");
        }
        self.inner.check_now.notify_one();
    }

    /// Waits until the database answers; false when it does not in time.
    pub async fn wait_until_up(&self, patience: Duration) -> bool {
        let mut health = self.inner.health.subscribe();
        let waiting = health.wait_for(|health| *health == Health::Up);
        tokio::time::timeout(patience, waiting).await.is_ok_and(|seen| seen.is_ok())
    }

    /// Looks once for the database, without preparing anything in it: for whoever wants to know and not to change. True when it
    /// answers.
    pub async fn look(&self) -> bool {
        let answers = self.check().await;
        if let Err(error) = &answers {
            tracing::debug!(%error, "the database does not answer");
        }
        let up = answers.is_ok();
        if up {
            let _ = self.inner.health.send_replace(Health::Up);
        }
        up
    }

    async fn check(&self) -> Result<(), StoreError> {
        let mut connection = self.writer().await?;
        let answering = tokio::time::timeout(Duration::from_secs(3), connection.ping());
        answering.await.map_err(|_| StoreError::Unavailable("no answer within 3 s".to_owned()))??;
        Ok(connection.close().await?)
    }

    async fn found_up(&self) {
        if matches!(self.writing(), Writing::Unknown | Writing::Failed) {
            self.prepare_own_tables().await;
        }
        let came_up = self.inner.health.send_if_modified(|health| {
            let changed = *health != Health::Up;
            *health = Health::Up;
            changed
        });
        if came_up {
            let target = self.inner.pools.get().map(|p| p.target.to_string()).unwrap_or_default();
            tracing::info!("{target} answers");
            // What was found before the outage may have changed.
            self.forget_catalog();
            self.inner.machines.forget();
        }
    }

    async fn prepare_own_tables(&self) {
        let before = self.writing();
        let writing = match self.migrate().await {
            Ok(()) => Writing::Ready,
            Err(error) if is_read_only(&error) => Writing::ReadOnly,
            Err(error) if before != Writing::Failed => {
                tracing::warn!(%error, "own tables could not be created");
                Writing::Failed
            }
            Err(_) => Writing::Failed,
        };
        if writing == Writing::ReadOnly {
            tracing::warn!("the database role may only read; charts and exports work, what stores something does not");
        }
        if let Ok(mut state) = self.inner.writing.write() {
            *state = writing;
        }
    }
}

/// Permission denied, or a server that only reads (a standby, a read-only default).
fn is_read_only(error: &StoreError) -> bool {
    match error {
        StoreError::Denied(_) => true,
        StoreError::Other(error) => error.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == "25006"),
        _ => false,
    }
}
