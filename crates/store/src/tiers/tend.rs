//! The task that keeps the tiers of tables that are not ours.

use super::{check, follow};
use crate::source::{Source, quoted};
use crate::{Store, StoreError, Writing};
use domain::Timestamp;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::time::{Duration, SystemTime};

/// Time between two turns when there is nothing to build.
pub const TURN: Duration = Duration::from_secs(10);
/// Slices of one table before the next one has its turn.
const SLICES: usize = 20;
/// Rows of one table that are checked in one turn.
pub(crate) const CHECKED_ROWS: i64 = 200_000;

impl Store {
    /// Keeps tiers for ever. Run it in a task of its own; several processes may, one at a time works on a table.
    pub async fn keep_tiers(self) {
        loop {
            self.wait_until_up(Duration::from_secs(3_600)).await;
            let busy = match self.tend_tiers(clock()).await {
                Ok(busy) => busy,
                Err(error) => {
                    tracing::debug!(%error, "tiers wait for the database");
                    false
                }
            };
            tokio::time::sleep(if busy { Duration::from_millis(10) } else { TURN }).await;
        }
    }

    /// One turn over all tables: begins, extends, checks. True when there is more to build right now.
    pub async fn tend_tiers(&self, now: Timestamp) -> Result<bool, StoreError> {
        if self.writing() != Writing::Ready {
            return Ok(false);
        }
        let sources = self.foreign_sources().await?;
        let mut connection = self.tender().await?;
        let mut busy = false;
        for source in &sources {
            match self.tend(&mut connection, source, now).await {
                Ok(more) => busy |= more,
                Err(error @ StoreError::Unavailable(_)) => return Err(error),
                Err(StoreError::Gone(table)) => tracing::debug!(table, "a table is gone"),
                Err(error) => {
                    if is_conflict(&error) {
                        tracing::debug!(%error, "another process keeps these tiers");
                    } else {
                        self.note_failure(&mut connection, source, &error).await?;
                    }
                }
            }
        }
        self.load_tiers().await;
        connection.close().await?;
        Ok(busy)
    }

    /// A connection that may write, without a reader who waits for it.
    pub(crate) async fn tender(&self) -> Result<PgConnection, StoreError> {
        let mut connection = self.writer().await?;
        let prepare = "SET statement_timeout = '5min'; SET jit = off; SET timezone = 'UTC'; SET synchronous_commit = off";
        sqlx::raw_sql(prepare).execute(&mut connection).await?;
        Ok(connection)
    }

    pub(crate) async fn tend(&self, connection: &mut PgConnection, source: &Source, now: Timestamp) -> Result<bool, StoreError> {
        let schema = quoted(&self.inner.settings.schema);
        let Some(mut followed) = follow::begin(connection, &schema, source, now).await? else { return Ok(false) };
        let before = followed.before;
        follow::extend(connection, &schema, source, &mut followed, SLICES).await?;
        let complete = followed.is_complete();
        let mut changed = followed.before != before;
        if complete {
            let (_, stretches) = check::check(connection, &schema, source, &followed, CHECKED_ROWS).await?;
            for stretch in stretches {
                tracing::info!(
                    source = source.key(),
                    from = stretch.0.rfc3339(),
                    to = stretch.1.rfc3339(),
                    "rows have changed; their tiers are computed again"
                );
                follow::rework(connection, &schema, source, &followed, stretch).await?;
                changed = true;
            }
        }
        let state = if complete { "following" } else { "building" };
        let noted = format!(
            "UPDATE {schema}.tier_sources SET state = $2, detail = NULL, changed_at = now(),
                    rows_done = (SELECT coalesce(sum(row_count), 0) FROM {schema}.tier_checks WHERE tier_checks.series_id = tier_sources.series_id)
             WHERE series_id = $1 AND generation = $3 AND ($4 OR state <> $2)"
        );
        let query = sqlx::query(AssertSqlSafe(noted)).bind(followed.key.series).bind(state).bind(followed.key.generation).bind(changed);
        query.execute(connection).await?;
        // Without progress somebody else is at it.
        Ok(!complete && changed)
    }

    async fn note_failure(&self, connection: &mut PgConnection, source: &Source, error: &StoreError) -> Result<(), StoreError> {
        let schema = quoted(&self.inner.settings.schema);
        let noted = format!(
            "INSERT INTO {schema}.tier_sources (source, state, detail) VALUES ($1, 'failed', $2)
             ON CONFLICT (source) DO UPDATE SET state = 'failed', detail = excluded.detail, changed_at = now()
             WHERE tier_sources.state <> 'failed' RETURNING true"
        );
        let query = sqlx::query_scalar::<_, bool>(AssertSqlSafe(noted)).bind(source.key()).bind(error.problem().to_string());
        if query.fetch_optional(connection).await?.is_some() {
            tracing::warn!(source = source.key(), %error, "tiers cannot be kept; rows serve instead");
        }
        Ok(())
    }
}

/// The clock of this machine.
fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_us(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Two processes met at the same table.
fn is_conflict(error: &StoreError) -> bool {
    let StoreError::Other(error) = error else { return false };
    error.as_database_error().and_then(|e| e.code()).is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01" | "55P03"))
}
