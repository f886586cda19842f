//! Looking after one series for all who look at it.
//!
//! Readings of our own are told by the writer, of this process or another; tables with a trigger of ours by their statements. Other
//! tables are asked for their end many times a second, and every second whether anything else happened to them.

use crate::live::hub::{Hub, Key, News};
use domain::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use store::{Change, Store, StoreError, Tenant, Writes};
use tokio::sync::{broadcast, mpsc};
use tokio::time::{Instant, sleep, sleep_until};

/// Pause between two looks at the end of a table that is not ours: a probe of its index, a quarter of a millisecond.
const LOOK: Duration = Duration::from_millis(30);
/// A table without an index is looked at so much less often than a look takes.
const REST: u32 = 20;
/// Series that are looked at so often; with more of them each is looked at less often, and the database has no more to do.
const OFTEN: u32 = 8;
/// Pause between two looks at whether late rows came, or rows changed.
const COUNT: Duration = Duration::from_secs(1);
/// Our own readings are told of; this is for what a lost connection did not tell.
const REASSURE: Duration = Duration::from_secs(10);
/// Least pause between two looks, however many statements write.
const BREATH: Duration = Duration::from_millis(20);
/// Looks that may bring a viewer to where the others are.
const MOST_TRIES: usize = 5;

/// One watched series.
#[derive(Clone)]
pub(super) struct Watch {
    hub: Hub,
    store: Store,
    tenant: Tenant,
    key: Key,
    /// The newest row that was seen, with a value or without.
    known: Timestamp,
    /// The table's count of touched rows as last read, and what it must be at least once Postgres has counted what was seen.
    counted: Option<(i64, i64)>,
}

impl Watch {
    pub fn new(hub: Hub, store: Store, tenant: Tenant, key: Key, known: Timestamp) -> Self {
        Self { hub, store, tenant, key, known, counted: None }
    }

    pub fn key(&self) -> &Key {
        &self.key
    }

    pub fn known(&self) -> Timestamp {
        self.known
    }

    /// Brings a viewer to where the others are, and then joins it to them.
    pub async fn catch_up(mut self, viewer: mpsc::Sender<News>) {
        for _ in 0..MOST_TRIES {
            let all_the_same = match self.look().await {
                // Its answer knew of gaps at the end, though not by their times.
                Ok(Some(News::Changed)) => false,
                Ok(Some(news)) => {
                    let _ = viewer.try_send(news);
                    false
                }
                // The rows that the others saw are gone.
                Ok(None) => true,
                Err(_) => break,
            };
            if self.hub.clone().join(&self, &viewer, all_the_same) {
                return;
            }
        }
        // It asks again, and is followed then.
        sleep(COUNT).await;
        let _ = viewer.try_send(News::Changed);
    }

    /// Watches until nobody looks any more.
    pub async fn run(mut self) {
        let changes = self.store.changes();
        let own = self.store.is_own(&self.tenant, &self.key.1).await.unwrap_or(false);
        let mut waking = if own { Waking::Flushes(changes) } else { Waking::Clock };
        let (mut count_at, mut ask_at) = (Instant::now(), Instant::now());
        loop {
            if !own && Instant::now() >= ask_at {
                // A trigger may be placed or removed, and a table be another one of the same name.
                ask_at = Instant::now() + REASSURE;
                let writes = self.store.writes_of(&self.tenant, &self.key.1).await.unwrap_or(None);
                waking = writes.map_or(Waking::Clock, Waking::Statements);
            }
            let (before, began) = (self.known, Instant::now());
            // A question of the reader says what is wrong, where something is.
            let mut news = vec![self.look().await.unwrap_or(None)];
            let took = began.elapsed();
            if !own && Instant::now() >= count_at {
                count_at = Instant::now() + COUNT;
                news.push(self.count().await.unwrap_or(None));
            }
            for one in news {
                if !self.hub.tell(&self.key, self.known, one.as_ref()) {
                    return;
                }
            }
            let pause = (LOOK * (self.hub.watched_series() / OFTEN).max(1)).max(took * REST);
            if waking.next(&self.key, before, pause).await && !self.hub.tell(&self.key, self.known, Some(&News::Changed)) {
                return;
            }
        }
    }

    /// Looks for rows after the last that was seen.
    async fn look(&mut self) -> Result<Option<News>, StoreError> {
        let tail = self.store.tail(&self.tenant, &self.key.1, self.known).await?;
        let Some(last) = tail.last else { return Ok(None) };
        self.known = last;
        if let Some((_, due)) = &mut self.counted {
            *due += i64::try_from(tail.rows).unwrap_or(0);
        }
        Ok(Some(if tail.whole { News::Fresh(self.key.1.clone(), Arc::new(tail.samples)) } else { News::Changed }))
    }

    /// Looks whether rows came late, changed or went.
    async fn count(&mut self) -> Result<Option<News>, StoreError> {
        let Some(counted) = self.store.touched_rows(&self.tenant, &self.key.1).await? else { return Ok(None) };
        let (news, due) = match self.counted {
            None => (None, counted),
            // Seen rows are counted by Postgres up to a second later: a smaller count is only late.
            Some((before, due)) if before <= counted && counted <= due => (None, due),
            // More than was seen; or less than before, as after a crash, when nothing is known.
            Some(_) => (Some(News::Changed), counted),
        };
        self.counted = Some((counted, due));
        Ok(news)
    }
}

/// What makes a watch look again.
enum Waking {
    /// Nothing but the clock.
    Clock,
    /// Statements that write into a table that is not ours.
    Statements(Writes),
    /// Our own writers.
    Flushes(broadcast::Receiver<Change>),
}

impl Waking {
    /// Returns when the series is to be looked at; true when something is known to be other than it was, at or before
    /// `known`, the newest row before the last look: what came during that look was seen by it, or is seen by the next.
    async fn next(&mut self, key: &Key, known: Timestamp, pause: Duration) -> bool {
        let now = Instant::now();
        match self {
            Self::Clock => sleep_until(now + pause).await,
            Self::Statements(writes) => {
                sleep(BREATH).await;
                tokio::select! {
                    () = sleep_until(now + COUNT) => {}
                    () = writes.next() => {}
                }
            }
            Self::Flushes(changes) => tokio::select! {
                () = sleep_until(now + REASSURE) => {}
                late = told_of(changes, key, known) => return late,
            },
        }
        false
    }
}

/// Waits until a flush touched the series; true when it touched what was known before.
async fn told_of(changes: &mut broadcast::Receiver<Change>, (tenant, series): &Key, known: Timestamp) -> bool {
    loop {
        match changes.recv().await {
            Ok(change) if change.tenant == *tenant => {
                if let Some((_, range)) = change.series.iter().find(|(id, _)| id == series) {
                    return range.start() <= known;
                }
            }
            Ok(_) => {}
            Err(broadcast::error::RecvError::Lagged(_)) => return true,
            // Never while the store lives.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
