//! Streaming the exact rows of a window: constant memory, as fast as the reader takes them, one snapshot for all series.

use crate::catalog::Entry;
use crate::instant::Instant;
use crate::lease::Lease;
use crate::source::Source;
use crate::store::Tenant;
use crate::window::{WindowError, bound};
use crate::{Store, StoreError};
use domain::{Series, SeriesId, TimeRange, Timestamp, WindowSpec};
use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use tokio::sync::mpsc;

/// Rows that travel together between the database and the reader.
const CHUNK: usize = 2_000;

/// One row of an export.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExportRow {
    /// Which of the asked series.
    pub series: usize,
    /// When.
    pub time: Timestamp,
    /// As stored: NULL is `None`; NaN and the infinities are values here.
    pub value: Option<f64>,
}

/// An export that has begun.
pub struct Export {
    /// The window, resolved.
    pub range: TimeRange,
    /// The series in the order asked for.
    pub series: Vec<Series>,
    /// Rows in order of time, one series after the other; an error ends the stream.
    pub rows: mpsc::Receiver<Result<Vec<ExportRow>, StoreError>>,
}

impl Store {
    /// Every row of these series in the window, gaps included. Ends by itself when the receiver is dropped.
    pub async fn export(&self, tenant: &Tenant, series: &[SeriesId], spec: WindowSpec, now: Timestamp) -> Result<Export, WindowError> {
        let entries = self.retried(|| self.entries(tenant, series)).await?.map_err(WindowError::UnknownSeries)?;
        let sources: Vec<Source> = entries.iter().filter_map(|entry| entry.source.clone()).collect();
        if sources.len() < entries.len() {
            return Err(StoreError::Gone("a configured table is not there".to_owned()).into());
        }
        let range = self.resolve(tenant, &entries, spec, now).await?;
        let lease = self.retried(|| self.snapshot(&sources)).await?;
        let (sender, rows) = mpsc::channel(4);
        tokio::spawn(async move {
            // A reader that is gone needs no error.
            if let Err(error) = send_all(lease, &sources, range, &sender).await {
                tracing::warn!(%error, "an export ended early");
                let _ = sender.send(Err(error)).await;
            }
        });
        Ok(Export { range, series: entries.into_iter().map(|Entry { series, .. }| series).collect(), rows })
    }

    /// A connection in one snapshot without a time limit; fails here, before the first byte, when a table cannot be read.
    async fn snapshot(&self, sources: &[Source]) -> Result<Lease, StoreError> {
        let probe = |source: &Source| format!("SELECT {}, {} FROM {} LIMIT 0", source.instant(), source.value(), source.relation());
        let mut lease = self.unhurried().await?;
        for source in sources {
            sqlx::raw_sql(AssertSqlSafe(probe(source))).execute(lease.connection()?).await?;
        }
        Ok(lease)
    }

    /// A connection whose statements all see the same, however long its reader takes.
    pub(crate) async fn unhurried(&self) -> Result<Lease, StoreError> {
        let mut lease = Lease::take(self.readers()?).await?;
        let connection = lease.connection()?;
        sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(&mut *connection).await?;
        // A slow reader stretches the statement; leaving is noticed by the closed connection instead.
        sqlx::raw_sql("SET LOCAL statement_timeout = 0").execute(connection).await?;
        Ok(lease)
    }
}

type Sender = mpsc::Sender<Result<Vec<ExportRow>, StoreError>>;

async fn send_all(mut lease: Lease, sources: &[Source], range: TimeRange, sender: &Sender) -> Result<(), StoreError> {
    for (position, source) in sources.iter().enumerate() {
        if !send(lease.connection()?, position, source, range, sender).await? {
            return Ok(());
        }
    }
    sqlx::raw_sql("COMMIT").execute(lease.connection()?).await?;
    lease.connection()?.ping().await?;
    lease.finish();
    Ok(())
}

/// Sends one series; false when nobody listens any more.
async fn send(
    connection: &mut PgConnection,
    series: usize,
    source: &Source,
    range: TimeRange,
    sender: &Sender,
) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT {} AS t, {} AS v FROM {} WHERE {} ORDER BY {}, 2",
        source.instant(),
        source.value(),
        source.relation(),
        source.between("$1", "$2"),
        source.order(),
    );
    let mut rows = sqlx::query(AssertSqlSafe(sql)).bind(bound(range.start())).bind(bound(range.end())).fetch(connection);
    let mut chunk = Vec::with_capacity(CHUNK);
    while let Some(row) = rows.try_next().await? {
        let time: Instant = row.try_get("t")?;
        chunk.push(ExportRow { series, time: time.0, value: row.try_get("v")? });
        if chunk.len() == CHUNK && sender.send(Ok(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK)))).await.is_err() {
            return Ok(false);
        }
    }
    Ok(chunk.is_empty() || sender.send(Ok(chunk)).await.is_ok())
}
