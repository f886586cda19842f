//! The raw log of a machine to its end, for a file: one snapshot, one statement over the primary key, as fast as the reader takes it.

use super::MachineError;
use super::raw::{LogRow, log_row};
use crate::instant::Moment;
use crate::lease::Lease;
use crate::source::quoted;
use crate::{Store, StoreError, Tenant};
use domain::machine::Word;
use domain::plant::Plant;
use domain::{MachineId, TimeRange, Timestamp};
use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Rows that travel together.
const CHUNK: usize = 500;

/// Rows on their way; an error ends them.
pub type LogRows = mpsc::Receiver<Result<Vec<LogRow>, StoreError>>;

/// Which rows are read.
struct Wanted {
    owner: String,
    log: i64,
    range: TimeRange,
    known_at: Option<Timestamp>,
}

impl Store {
    /// What was heard of a machine in a stretch of time, in the order of arrival; as it is known now, or as it was at an earlier
    /// moment. Ends by itself when the receiver is dropped.
    pub async fn log_export(
        &self,
        tenant: &Tenant,
        machine: &MachineId,
        range: TimeRange,
        known_at: Option<Timestamp>,
    ) -> Result<LogRows, MachineError> {
        let schema = self.inner.settings.schema.clone();
        let begun = self.retried(|| self.begun(&schema, tenant, machine)).await;
        // After the snapshot, so that it knows every word in it.
        let plant = self.whole_plant(tenant.owner(), None).await?;
        Self::must_see(tenant, &plant, machine)?;
        let (sender, rows) = mpsc::channel(4);
        let (lease, log) = match begun {
            // No tables yet, or nothing heard.
            Err(StoreError::Gone(_)) | Ok((_, None)) => return Ok(rows),
            Err(error) => return Err(error.into()),
            Ok((lease, Some(log))) => (lease, log),
        };
        let wanted = Wanted { owner: tenant.owner().to_string(), log, range, known_at };
        tokio::spawn(async move {
            // A reader that is gone needs no error.
            if let Err(error) = send(lease, &schema, &wanted, &plant, &sender).await {
                tracing::warn!(%error, "the export of a log ended early");
                let _ = sender.send(Err(error)).await;
            }
        });
        Ok(rows)
    }

    /// A snapshot, and the number of the machine's log in it.
    async fn begun(&self, schema: &str, tenant: &Tenant, machine: &MachineId) -> Result<(Lease, Option<i64>), StoreError> {
        let mut lease = self.unhurried().await?;
        let sql = format!("SELECT log_id FROM {}.machine_logs WHERE tenant_id = $1 AND machine = $2", quoted(schema));
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(tenant.owner().as_str()).bind(machine.as_str());
        let log = query.fetch_optional(lease.connection()?).await?;
        Ok((lease, log))
    }
}

async fn send(
    mut lease: Lease,
    schema: &str,
    wanted: &Wanted,
    plant: &Arc<Plant>,
    sender: &mpsc::Sender<Result<Vec<LogRow>, StoreError>>,
) -> Result<(), StoreError> {
    let Wanted { owner, log, range, known_at } = wanted;
    let sql = format!(
        "SELECT sequence, number, origin, stamp, at, received, recorded, quiet_us, kind, value FROM {}.observations
         WHERE tenant_id = $1 AND log_id = $2 AND at >= $3 AND at < $4 AND ($5::timestamptz IS NULL OR recorded <= $5)
         ORDER BY at, sequence",
        quoted(schema)
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(owner).bind(log).bind(Moment(range.start())).bind(Moment(range.end()));
    let mut rows = query.bind(known_at.map(Moment)).fetch(lease.connection()?);
    let text = |word: Word| plant.words.text(word).unwrap_or_default().to_owned();
    let mut chunk = Vec::with_capacity(CHUNK);
    while let Some(row) = rows.try_next().await? {
        chunk.push(log_row(&row, text)?);
        if chunk.len() == CHUNK && sender.send(Ok(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK)))).await.is_err() {
            return Ok(());
        }
    }
    drop(rows);
    if !chunk.is_empty() && sender.send(Ok(chunk)).await.is_err() {
        return Ok(());
    }
    sqlx::raw_sql("COMMIT").execute(lease.connection()?).await?;
    lease.connection()?.ping().await?;
    lease.finish();
    Ok(())
}
