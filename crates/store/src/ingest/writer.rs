//! The one task that writes: takes what waits, makes it durable, answers.

use super::IngestError;
use super::batch::Batch;
use super::flush::{self, Memory};
use super::queue::{self, Content, Queue, Waiting, Work};
use crate::changes::Notice;
use crate::source::quoted;
use crate::{Health, Store, StoreError, Writing};
use sqlx::{AssertSqlSafe, PgConnection};
use std::time::Duration;

/// A flush that takes longer has lost its database.
const LONGEST_FLUSH: Duration = Duration::from_secs(60);
/// Pause between attempts while the database is away.
const PAUSE: Duration = Duration::from_millis(200);
/// Attempts at content that the database refuses, with everything forgotten in between.
const ATTEMPTS: u32 = 3;

/// Starts the writer of a store.
pub(super) fn start(store: Store) -> Queue {
    let (queue, waiting) = queue::channel();
    let notice = Notice::of(&store.inner.settings.schema);
    let writer = Writer { store, notice, connection: None, memory: Memory::default() };
    tokio::spawn(writer.run(waiting));
    queue
}

struct Writer {
    store: Store,
    notice: Notice,
    connection: Option<PgConnection>,
    memory: Memory,
}

impl Writer {
    async fn run(mut self, mut waiting: Waiting) {
        loop {
            let works = waiting.gather().await;
            if works.is_empty() {
                return;
            }
            self.answer(works).await;
        }
    }

    async fn answer(&mut self, works: Vec<Work>) {
        for group in by_tenant(works) {
            let contents: Vec<Content> = group.iter().map(|work| work.content.clone()).collect();
            let result = self.durable(&contents).await;
            for work in group {
                work.answer(result.clone());
            }
        }
    }

    async fn durable(&mut self, contents: &[Content]) -> Result<bool, IngestError> {
        let mut refused = 0;
        loop {
            match self.commit(contents).await {
                Ok(()) => return Ok(false),
                Err(StoreError::Unavailable(cause)) => {
                    self.store.suspect(&cause);
                    tokio::time::sleep(PAUSE).await;
                    self.store.wait_until_up(Duration::from_secs(3_600)).await;
                }
                Err(StoreError::Denied(_)) => return Err(IngestError::ReadOnly),
                Err(error) => {
                    refused += 1;
                    self.memory.forget();
                    if refused == ATTEMPTS {
                        tracing::error!(%error, "the database refuses readings");
                        return Err(IngestError::Invalid("the database refuses these readings; the log says why".to_owned()));
                    }
                }
            }
        }
    }

    async fn commit(&mut self, contents: &[Content]) -> Result<(), StoreError> {
        if *self.store.inner.health.borrow() != Health::Up || self.store.writing() != Writing::Ready {
            return Err(StoreError::Unavailable("not up".to_owned()));
        }
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let flushing = tokio::time::timeout(LONGEST_FLUSH, self.flush(&mut connection, contents));
        flushing.await.map_err(|_| StoreError::Unavailable("a flush took longer than a minute".to_owned()))??;
        self.connection = Some(connection);
        Ok(())
    }

    async fn flush(&mut self, connection: &mut PgConnection, contents: &[Content]) -> Result<(), StoreError> {
        let readings = contents.iter().filter_map(|content| match content {
            Content::Readings(batch) => Some(batch.clone()),
            Content::Quarantined { .. } => None,
        });
        if let Some(batch) = Batch::join(readings) {
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
        let schema = quoted(&self.store.inner.settings.schema);
        let prepare = format!("SET search_path = {schema}; SET timezone = 'UTC'; SET statement_timeout = 0; SET jit = off");
        sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut connection).await?;
        self.memory.forget();
        Ok(connection)
    }
}

/// Works of one tenant together, in the order in which they came.
fn by_tenant(works: Vec<Work>) -> Vec<Vec<Work>> {
    let mut groups: Vec<Vec<Work>> = Vec::new();
    for work in works {
        let same = groups.iter_mut().find(|group| group.first().is_some_and(|first| first.content.tenant() == work.content.tenant()));
        match same {
            Some(group) => group.push(work),
            None => groups.push(vec![work]),
        }
    }
    groups
}
