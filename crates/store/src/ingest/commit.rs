//! The writer's connection: one transaction for all that is given, and what a failure of it means.

use super::batch::Batch;
use super::flush::{self, Memory};
use super::queue::Content;
use crate::changes::Notice;
use crate::source::quoted;
use crate::{Health, Store, StoreError, Writing};
use sqlx::{AssertSqlSafe, PgConnection};
use std::borrow::Cow;
use std::time::Duration;

/// A flush that takes longer has lost its database.
const LONGEST_FLUSH: Duration = Duration::from_secs(60);
/// Attempts at content that the database refuses, with everything forgotten in between.
const ATTEMPTS: u32 = 3;

/// Why contents are not in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The database does not answer or cannot take anything now; they may be there or not, and may be written again.
    Away,
    /// The role may only read.
    ReadOnly,
    /// It refuses them.
    Refused,
}

pub(super) struct Commit {
    store: Store,
    notice: Notice,
    connection: Option<PgConnection>,
    memory: Memory,
    /// The last failure that the log was told.
    told: Option<String>,
}

impl Commit {
    pub fn new(store: Store) -> Self {
        let notice = Notice::of(&store);
        Self { store, notice, connection: None, memory: Memory::default(), told: None }
    }

    /// Whether the database answers, as last seen, and has our tables.
    pub fn possible(&self) -> bool {
        *self.store.inner.health.borrow() == Health::Up && self.store.writing() == Writing::Ready
    }

    /// Makes contents of one tenant durable.
    pub async fn all(&mut self, contents: &[&Content]) -> Result<(), Failure> {
        let mut tried = 0;
        loop {
            if self.store.writing() == Writing::ReadOnly {
                return Err(Failure::ReadOnly);
            }
            if !self.possible() {
                return Err(Failure::Away);
            }
            let had_connection = self.connection.is_some();
            match self.try_all(contents).await {
                Ok(()) => return Ok(()),
                // The connection may have ended while nothing was written; a new one may do.
                Err(StoreError::Unavailable(_)) if had_connection => {}
                Err(StoreError::Unavailable(cause)) => {
                    self.store.suspect(&cause);
                    return Err(Failure::Away);
                }
                Err(StoreError::Denied(error)) => {
                    tracing::error!(%error, "the database role may not write readings");
                    return Err(Failure::ReadOnly);
                }
                Err(error) => {
                    // Another process may have dropped a month, or the database was restored: look at everything again.
                    self.memory.forget();
                    tried += 1;
                    if tried == ATTEMPTS {
                        return Err(self.given_up(&error));
                    }
                }
            }
        }
    }

    /// What it means that attempt after attempt failed: the values are to blame only where the database says so.
    fn given_up(&mut self, error: &StoreError) -> Failure {
        let text = error.to_string();
        let told = self.told.replace(text.clone()) == Some(text);
        if is_refusal(error) {
            tracing::error!(%error, "the database refuses readings");
            return Failure::Refused;
        }
        if !told {
            tracing::error!(%error, "readings cannot be written; trying on");
        }
        Failure::Away
    }

    async fn try_all(&mut self, contents: &[&Content]) -> Result<(), StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let flushing = tokio::time::timeout(LONGEST_FLUSH, self.flush(&mut connection, contents)).await;
        let flushed = flushing.unwrap_or_else(|_| Err(StoreError::Unavailable("a flush took longer than a minute".to_owned())));
        // After any failure the connection may be in the middle of something.
        flushed.map(|()| self.connection = Some(connection))
    }

    async fn flush(&mut self, connection: &mut PgConnection, contents: &[&Content]) -> Result<(), StoreError> {
        let batches: Vec<&Batch> = contents.iter().filter_map(|content| content.batch()).collect();
        let batch = match batches.as_slice() {
            [only] => Some(Cow::Borrowed(*only)),
            several => Batch::join(several.iter().map(|batch| (*batch).clone())).map(Cow::Owned),
        };
        if let Some(batch) = batch.filter(|batch| !batch.series.is_empty()) {
            let (change, created) = flush::readings(connection, &mut self.memory, &self.notice, &batch).await?;
            if created {
                self.store.forget_catalog();
            }
            let _ = self.store.inner.changes.send(change);
        }
        for content in contents {
            if let Content::Quarantined { tenant, source, bad } = content {
                flush::quarantined(connection, tenant, source, bad).await?;
            }
        }
        Ok(())
    }

    async fn connect(&mut self) -> Result<PgConnection, StoreError> {
        let mut connection = self.store.writer().await?;
        prepare(&mut connection, &self.store.inner.settings.schema).await?;
        self.memory.forget();
        Ok(connection)
    }
}

/// Whether it is about the values: class 22 data, 23 constraints, 54 too large.
fn is_refusal(error: &StoreError) -> bool {
    match error {
        StoreError::Unreadable(_) => true,
        StoreError::Other(error) => {
            let code = error.as_database_error().and_then(|e| e.code());
            code.is_some_and(|code| ["22", "23", "54"].iter().any(|class| code.starts_with(class)))
        }
        _ => false,
    }
}

/// Makes a connection one that writes into our schema.
pub(super) async fn prepare(connection: &mut PgConnection, schema: &str) -> Result<(), StoreError> {
    sqlx::raw_sql(AssertSqlSafe(preparing(schema))).execute(connection).await?;
    Ok(())
}

/// The statements that do so.
pub(crate) fn preparing(schema: &str) -> String {
    let schema = quoted(schema);
    format!(
        "SET search_path = {schema}; SET timezone = 'UTC'; SET statement_timeout = 0; SET jit = off;
         SET default_transaction_read_only = off; SET synchronous_commit = on"
    )
}
