//! The one task that writes: takes what waits, makes it durable, answers. While the database is away it spills, and what was
//! spilled goes into the database before anything newer does.

use super::IngestError;
use super::commit::{Commit, Failure};
use super::queue::{self, BATCH_ROWS, Content, Queue, Waiting, Work};
use super::retention;
use super::spill::{Next, Spill, SpillError};
use super::status::Counted;
use crate::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::spawn_blocking;

/// Pause between looks at a database that is away.
const PAUSE: Duration = Duration::from_millis(100);

/// Starts the writer of a store.
pub(super) fn start(store: Store) -> Queue {
    let (queue, waiting) = queue::channel();
    let writer = Writer { commit: Commit::new(store.clone()), store, spill: None, counted: queue.counted.clone() };
    let months = tokio::spawn(retention::keep(writer.store.clone()));
    tokio::spawn(async move {
        writer.run(waiting).await;
        months.abort();
    });
    queue
}

struct Writer {
    store: Store,
    commit: Commit,
    /// `None`: not configured, used by another process, or unusable.
    spill: Option<Spill>,
    counted: Arc<Counted>,
}

impl Writer {
    async fn run(mut self, mut waiting: Waiting) {
        self.open_spill().await;
        loop {
            if self.behind() {
                let drained = self.drain().await;
                if !self.behind() {
                    continue;
                }
                // Less than what a drain takes out, so that the file becomes empty however much comes.
                let works = waiting.at_hand(if drained { BATCH_ROWS / 2 } else { BATCH_ROWS });
                if works.is_empty() && waiting.ending() {
                    return;
                }
                if !works.is_empty() {
                    self.spill(works).await;
                } else if !drained {
                    tokio::select! {
                        () = waiting.something() => {}
                        () = tokio::time::sleep(PAUSE) => {}
                    }
                }
                continue;
            }
            let works = waiting.gather().await;
            if works.is_empty() {
                return;
            }
            self.write(works, &waiting).await;
        }
    }

    /// Whether something waits in the spill file.
    fn behind(&self) -> bool {
        self.spill.as_ref().is_some_and(|spill| !spill.is_empty())
    }

    /// Writes works, in their order within each tenant, and answers them.
    async fn write(&mut self, works: Vec<Work>, waiting: &Waiting) {
        let mut groups = by_tenant(works).into_iter();
        while let Some(group) = groups.next() {
            match self.commit.all(&contents(&group)).await {
                Ok(()) => self.committed(group),
                Err(Failure::Away) => {
                    let rest: Vec<Work> = group.into_iter().chain(groups.flatten()).collect();
                    return self.outlast(rest, waiting).await;
                }
                Err(Failure::ReadOnly) => answer(group, &IngestError::ReadOnly),
                Err(Failure::Refused) => {
                    let rest = self.one_by_one(group).await;
                    if !rest.is_empty() {
                        return self.outlast(rest.into_iter().chain(groups.flatten()).collect(), waiting).await;
                    }
                }
            }
        }
    }

    /// Of works that the database refused together, each alone: a bad one shall not take others along. Answers those that
    /// are left because the database went away.
    async fn one_by_one(&mut self, works: Vec<Work>) -> Vec<Work> {
        let mut works = works.into_iter();
        while let Some(work) = works.next() {
            match self.commit.all(&[&work.content]).await {
                Ok(()) => self.committed(vec![work]),
                Err(Failure::ReadOnly) => work.answer(Err(IngestError::ReadOnly)),
                Err(Failure::Away) => return std::iter::once(work).chain(works).collect(),
                Err(Failure::Refused) => {
                    count(&self.counted.refused_rows, work.rows());
                    work.answer(Err(IngestError::Invalid("the database refuses these readings; Andon's log says why".to_owned())));
                }
            }
        }
        Vec::new()
    }

    fn committed(&self, works: Vec<Work>) {
        count(&self.counted.flushes, 1);
        for work in works {
            count(&self.counted.written_rows, work.rows());
            work.answer(Ok(false));
        }
    }

    /// The database is away: spills, or holds the works until it is back.
    async fn outlast(&mut self, works: Vec<Work>, waiting: &Waiting) {
        if self.spill.is_none() {
            self.open_spill().await;
        }
        if self.spill.is_some() {
            return self.spill(works).await;
        }
        let mut rest = works;
        while !rest.is_empty() && !waiting.ending() {
            tokio::time::sleep(PAUSE).await;
            let mut held = Vec::new();
            for group in by_tenant(rest) {
                match self.commit.all(&contents(&group)).await {
                    Ok(()) => self.committed(group),
                    Err(Failure::Away) => held.extend(group),
                    Err(Failure::ReadOnly) => answer(group, &IngestError::ReadOnly),
                    Err(Failure::Refused) => held.extend(self.one_by_one(group).await),
                }
            }
            rest = held;
        }
        answer(rest, &IngestError::Stopped);
    }

    /// Appends works to the spill file and answers them when it is synced.
    async fn spill(&mut self, works: Vec<Work>) {
        let outcome = self.with_spill(|spill| {
            let appended: Vec<(Work, Result<(), SpillError>)> = works
                .into_iter()
                .map(|work| {
                    let result = spill.append(&work.content);
                    (work, result)
                })
                .collect();
            (appended, spill.sync())
        });
        let Some((appended, synced)) = outcome.await else { return };
        for (work, result) in appended {
            match (result, &synced) {
                (Ok(()), Ok(())) => {
                    count(&self.counted.spilled_rows, work.rows());
                    self.full(None);
                    work.answer(Ok(true));
                }
                (Err(error), _) => {
                    self.full(Some(&error));
                    count(&self.counted.turned_away_rows, work.rows());
                    work.answer(Err(IngestError::Full));
                }
                (Ok(()), Err(error)) => {
                    self.full(Some(error));
                    count(&self.counted.turned_away_rows, work.rows());
                    work.answer(Err(IngestError::Full));
                }
            }
        }
    }

    /// Says once that the spill file takes nothing any more.
    fn full(&self, cause: Option<&SpillError>) {
        let before = self.counted.full.swap(cause.is_some(), Ordering::Relaxed);
        if let Some(error) = cause.filter(|_| !before) {
            tracing::error!(%error, "readings are turned away until the database is back");
        }
    }

    /// Brings the oldest spilled records into the database. False when there is nothing to do but wait; then all of them are
    /// tried again, and nothing of them is counted or kept aside before.
    async fn drain(&mut self) -> bool {
        if !self.commit.possible() {
            return false;
        }
        let next = match self.with_spill(Spill::next).await {
            Some(Ok(Some(next))) => next,
            Some(Err(error)) => {
                tracing::error!(%error, "spilled readings cannot be read");
                return false;
            }
            Some(Ok(None)) | None => return false,
        };
        let mut refused = Vec::new();
        let mut flushes = 0;
        for group in next.contents.chunk_by(|a, b| a.tenant() == b.tenant()) {
            match self.commit.all(&group.iter().collect::<Vec<_>>()).await {
                Ok(()) => flushes += 1,
                Err(Failure::Away | Failure::ReadOnly) => return false,
                // They were acknowledged: the log says why, and one at a time the others get through.
                Err(Failure::Refused) => {
                    for content in group {
                        match self.commit.all(&[content]).await {
                            Ok(()) => flushes += 1,
                            Err(Failure::Away | Failure::ReadOnly) => return false,
                            Err(Failure::Refused) => refused.push(content.clone()),
                        }
                    }
                }
            }
        }
        self.pass(next, refused, flushes).await
    }

    /// Lets go of records that are in the database, or that it refuses for ever and that are kept aside.
    async fn pass(&mut self, next: Next, refused: Vec<Content>, flushes: usize) -> bool {
        let rows: usize = next.contents.iter().map(Content::rows).sum();
        let refused_rows: usize = refused.iter().map(Content::rows).sum();
        let passed = self.with_spill(move |spill| {
            spill.set_aside(&next, &refused)?;
            Ok(spill.done(&next))
        });
        match passed.await {
            Some(Ok(done)) => {
                count(&self.counted.flushes, flushes);
                count(&self.counted.written_rows, rows - refused_rows);
                count(&self.counted.refused_rows, refused_rows);
                self.full(None);
                done.inspect_err(|error| tracing::error!(%error, "spilled readings that are in the database now cannot be removed")).is_ok()
            }
            Some(Err(error)) => {
                // They were acknowledged, so they stay where they are.
                let error: std::io::Error = error;
                tracing::error!(%error, "refused readings cannot be kept aside; nothing newer is written before they are");
                false
            }
            None => false,
        }
    }

    async fn open_spill(&mut self) {
        let Some(settings) = self.store.inner.settings.ingest.spill.clone() else { return };
        let directory = settings.directory.display().to_string();
        match spawn_blocking(move || Spill::open(&settings)).await {
            Ok(Ok(Some(spill))) => {
                self.counted.spill_bytes.store(spill.bytes(), Ordering::Relaxed);
                if !spill.is_empty() {
                    tracing::info!(bytes = spill.bytes(), "readings of an earlier run wait in {directory}");
                }
                self.spill = Some(spill);
            }
            Ok(Ok(None)) => tracing::warn!("another Andon spills into {directory}; here sources wait while the database is away"),
            Ok(Err(error)) => tracing::error!(%error, "cannot spill into {directory}; sources wait while the database is away"),
            Err(error) => tracing::error!(%error, "opening {directory}"),
        }
    }

    /// Works on the spill file, which blocks, away from the runtime. `None` when there is none.
    async fn with_spill<T: Send + 'static>(&mut self, work: impl FnOnce(&mut Spill) -> T + Send + 'static) -> Option<T> {
        let mut spill = self.spill.take()?;
        let done = spawn_blocking(move || {
            let result = work(&mut spill);
            (spill, result)
        });
        let (spill, result) = done.await.inspect_err(|error| tracing::error!(%error, "the spill file")).ok()?;
        self.counted.spill_bytes.store(spill.bytes(), Ordering::Relaxed);
        self.spill = Some(spill);
        Some(result)
    }
}

fn count(counter: &AtomicU64, rows: usize) {
    counter.fetch_add(rows as u64, Ordering::Relaxed);
}

fn contents(works: &[Work]) -> Vec<&Content> {
    works.iter().map(|work| &work.content).collect()
}

fn answer(works: Vec<Work>, error: &IngestError) {
    for work in works {
        work.answer(Err(error.clone()));
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
