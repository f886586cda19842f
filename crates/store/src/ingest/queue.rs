//! The bounded queue between the sources and the writer. Its room is counted in rows, so that many small batches and a few
//! large ones take the same memory.

use super::batch::Batch;
use super::status::Counted;
use super::{IngestError, Quarantined, Written};
use domain::TenantId;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

/// Most rows of one transaction: at half a million rows a second a tenth of a second.
pub(super) const BATCH_ROWS: usize = 50_000;
/// Most rows on their way, gathered or being written; beyond, sources wait.
const ROOM_ROWS: usize = 4 * BATCH_ROWS;
/// How long the first of some readings waits for company. A commit costs as much for one reading as for a thousand; a
/// reader shall see a reading within 50 ms.
const COMPANY: Duration = Duration::from_millis(15);

/// The sources' end.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    sender: mpsc::UnboundedSender<Work>,
    room: Arc<Semaphore>,
    ending: watch::Sender<bool>,
    ended: watch::Receiver<bool>,
    pub(super) counted: Arc<Counted>,
}

/// The writer's end. Dropping it tells everybody that the writer has ended.
pub(super) struct Waiting {
    receiver: mpsc::UnboundedReceiver<Work>,
    ending: watch::Receiver<bool>,
    ended: watch::Sender<bool>,
    /// Taken from the queue already, but too much for the last flush.
    next: Option<Work>,
}

/// Something to make durable, and who waits for it.
#[derive(Debug)]
pub(super) struct Work {
    pub content: Content,
    waiting: Option<oneshot::Sender<Result<Written, IngestError>>>,
    /// Its room in the queue, given back when it is dropped.
    room: Option<OwnedSemaphorePermit>,
}

/// What can be made durable.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// Readings of a tenant.
    Readings(Batch),
    /// What a source of a tenant sent and was not read.
    Quarantined { tenant: TenantId, source: String, bad: Vec<Quarantined> },
}

pub(super) fn channel() -> (Queue, Waiting) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let (ending, ended) = (watch::Sender::new(false), watch::Sender::new(false));
    let queue = Queue {
        sender,
        counted: Arc::default(),
        room: Arc::new(Semaphore::new(ROOM_ROWS)),
        ending: ending.clone(),
        ended: ended.subscribe(),
    };
    (queue, Waiting { receiver, ending: ending.subscribe(), ended, next: None })
}

impl Queue {
    /// Waits for room and hands work to the writer. The answer comes when it is durable.
    pub(super) async fn submit(&self, mut work: Work) -> Result<oneshot::Receiver<Result<Written, IngestError>>, IngestError> {
        let rows = u32::try_from(work.rows().clamp(1, BATCH_ROWS)).unwrap_or(u32::MAX);
        let room = self.room.clone().acquire_many_owned(rows).await;
        work.room = Some(room.map_err(|_| IngestError::Stopped)?);
        let (waiting, answer) = oneshot::channel();
        work.waiting = Some(waiting);
        self.sender.send(work).map_err(|_| IngestError::Stopped)?;
        Ok(answer)
    }

    /// Rows on their way.
    pub(super) fn rows(&self) -> usize {
        ROOM_ROWS.saturating_sub(self.room.available_permits())
    }

    pub(super) async fn stop(&self) {
        let _ = self.ending.send(true);
        let _ = self.ended.clone().wait_for(|ended| *ended).await;
        self.room.close();
    }
}

impl Waiting {
    /// The next works of at most [`BATCH_ROWS`] rows together, once there is one: what came while the last flush ran, or what
    /// comes within [`COMPANY`]. Empty when the writer shall end and nothing waits any more.
    pub async fn gather(&mut self) -> Vec<Work> {
        let Some(first) = self.first().await else { return Vec::new() };
        let deadline = Instant::now() + COMPANY;
        let (mut rows, mut gathered) = (first.rows(), vec![first]);
        while rows < BATCH_ROWS {
            let next = if *self.ending.borrow() { self.receiver.try_recv().ok() } else { self.until(deadline).await };
            let Some(work) = next else { break };
            if rows + work.rows() > BATCH_ROWS {
                self.next = Some(work);
                break;
            }
            rows += work.rows();
            gathered.push(work);
        }
        gathered
    }

    /// What waits right now, without waiting for more: works until they have `rows` rows together.
    pub fn at_hand(&mut self, rows: usize) -> Vec<Work> {
        let mut gathered: Vec<Work> = self.next.take().into_iter().collect();
        let mut taken: usize = gathered.iter().map(Work::rows).sum();
        while taken < rows {
            let Ok(work) = self.receiver.try_recv() else { break };
            taken += work.rows();
            gathered.push(work);
        }
        gathered
    }

    /// Returns when something waits or the writer shall end. May be dropped before.
    pub async fn something(&mut self) {
        if self.next.is_none() {
            self.next = self.first().await;
        }
    }

    /// Whether the writer shall end.
    pub fn ending(&self) -> bool {
        *self.ending.borrow()
    }

    async fn first(&mut self) -> Option<Work> {
        if let Some(work) = self.next.take() {
            return Some(work);
        }
        if let Ok(work) = self.receiver.try_recv() {
            return Some(work);
        }
        tokio::select! {
            biased;
            work = self.receiver.recv() => work,
            _ = self.ending.wait_for(|ending| *ending) => None,
        }
    }

    async fn until(&mut self, deadline: Instant) -> Option<Work> {
        timeout_at(deadline, self.receiver.recv()).await.ok().flatten()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.ended.send(true);
    }
}

impl Work {
    pub fn readings(batch: Batch) -> Self {
        Self { content: Content::Readings(batch), waiting: None, room: None }
    }

    pub fn quarantined(tenant: &TenantId, source: &str, bad: Vec<Quarantined>) -> Self {
        let content = Content::Quarantined { tenant: tenant.clone(), source: source.to_owned(), bad };
        Self { content, waiting: None, room: None }
    }

    pub fn rows(&self) -> usize {
        self.content.rows()
    }

    /// Tells the source. A source that left does not mind.
    pub fn answer(self, result: Result<bool, IngestError>) {
        let rows = self.rows() as u64;
        if let Some(waiting) = self.waiting {
            let _ = waiting.send(result.map(|spilled| Written { rows, spilled }));
        }
    }
}

impl Content {
    pub fn tenant(&self) -> &TenantId {
        match self {
            Self::Readings(batch) => &batch.tenant,
            Self::Quarantined { tenant, .. } => tenant,
        }
    }

    pub fn batch(&self) -> Option<&Batch> {
        match self {
            Self::Readings(batch) => Some(batch),
            Self::Quarantined { .. } => None,
        }
    }

    pub fn rows(&self) -> usize {
        match self {
            Self::Readings(batch) => batch.rows(),
            Self::Quarantined { bad, .. } => bad.len(),
        }
    }
}
