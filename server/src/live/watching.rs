//! Looking after one series for all who look at it.
//!
//! Readings of our own are told by the writer, of this process or another; tables with a trigger of ours by their statements. Other
//! tables are asked for their end many times a second, and every second whether anything else happened to them.

use crate::live::hub::{Hub, Key, News};
use domain::{TimeRange, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use store::{Change, Store, StoreError, Tenant, Writes};
use tokio::sync::{broadcast, watch};
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

/// One watched series.
pub(super) struct Watch {
    hub: Hub,
    store: Store,
    tenant: Tenant,
    key: Key,
    /// Whether Andon itself writes its readings.
    own: bool,
    /// The newest row that was seen, with a value or without.
    known: Timestamp,
    /// The table's count of touched rows as last read, and what it must be at least once Postgres has counted what was seen.
    counted: Option<(i64, i64)>,
}

impl Watch {
    pub fn new(hub: Hub, store: Store, tenant: Tenant, key: Key, own: bool) -> Self {
        Self { hub, store, tenant, key, own, known: Timestamp::MIN, counted: None }
    }

    /// Watches until nobody looks any more. `begun` says when a window may be read: what happens from then on is told.
    pub async fn run(mut self, begun: watch::Sender<bool>) {
        // Before anything is read, so that what comes during the reading is heard.
        let changes = self.store.changes();
        if let Err(error) = self.begin().await {
            tracing::debug!(series = %self.key.1, %error, "not watched");
            let viewers = self.hub.give_up(&self.key);
            drop(begun);
            // They ask again, and it is watched then.
            sleep(COUNT).await;
            viewers.iter().for_each(|viewer| drop(viewer.try_send(News::Changed)));
            return;
        }
        begun.send_replace(true);
        let own = self.own;
        let mut waking = if own { Waking::Flushes(changes, self.known) } else { Waking::Clock };
        let (mut count_at, mut ask_at) = (Instant::now() + COUNT, Instant::now());
        loop {
            if !own && Instant::now() >= ask_at {
                // A trigger may be placed or removed, and a table be another one of the same name.
                ask_at = Instant::now() + REASSURE;
                let writes = self.store.writes_of(&self.tenant, &self.key.1).await.unwrap_or(None);
                waking = writes.map_or(Waking::Clock, Waking::Statements);
            }
            let began = Instant::now();
            // A question of the reader says what is wrong, where something is.
            let mut news = vec![self.look().await.unwrap_or(None)];
            let took = began.elapsed();
            if !own && Instant::now() >= count_at {
                count_at = Instant::now() + COUNT;
                news.push(self.count().await.unwrap_or(None));
            }
            for one in news {
                if !self.hub.tell(&self.key, one.as_ref()) {
                    return;
                }
            }
            let pause = (LOOK * (self.hub.watched_series() / OFTEN).max(1)).max(took * REST);
            if waking.next(&self.key, pause).await && !self.hub.tell(&self.key, Some(&News::Changed)) {
                return;
            }
        }
    }

    /// Reads what later looks are compared with. The counters come first: rows that come in between are counted as more
    /// than was seen, never as less.
    async fn begin(&mut self) -> Result<(), StoreError> {
        if !self.own {
            self.count().await?;
        }
        self.known = self.store.newest_row(&self.tenant, &self.key.1).await?.map_or(Timestamp::MIN, |newest| newest.time);
        Ok(())
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
    /// Our own writers, and the newest time that they told of: the order of their words is the order of what they wrote.
    Flushes(broadcast::Receiver<Change>, Timestamp),
}

impl Waking {
    /// Returns when the series is to be looked at; true when something is known to be other than it was.
    async fn next(&mut self, key: &Key, pause: Duration) -> bool {
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
            Self::Flushes(changes, newest) => tokio::select! {
                () = sleep_until(now + REASSURE) => {}
                late = told_of(changes, key, newest) => return late,
            },
        }
        false
    }
}

/// Waits until a flush touched the series; true when it did not only append to what was told of before.
async fn told_of(changes: &mut broadcast::Receiver<Change>, (tenant, series): &Key, newest: &mut Timestamp) -> bool {
    loop {
        match changes.recv().await {
            Ok(change) if change.tenant == *tenant => {
                if let Some((_, range)) = change.series.iter().find(|(id, _)| id == series) {
                    let late = range.start() <= *newest;
                    // All of time is what a lost connection may have hidden, and says nothing of the newest row.
                    if *range != TimeRange::ALL {
                        *newest = range.end().plus(-1).max(*newest);
                    }
                    return late;
                }
            }
            Ok(_) => {}
            Err(broadcast::error::RecvError::Lagged(_)) => return true,
            // Never while the store lives.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
