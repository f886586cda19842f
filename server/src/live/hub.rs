//! Fresh samples: each series is watched once, however many look at it, and only while somebody does.
//!
//! Readings of our own are told by the writer, of this process or another. The tables of others are asked for their end
//! several times a second, on their index, and once a second whether anything else happened to them. Where a trigger tells
//! of each statement, their end is looked at then, and otherwise once a second.

use domain::bucket::Sample;
use domain::{SeriesId, TenantId, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{Change, Store, StoreError, Tenant, Writes};
use tokio::sync::{broadcast, mpsc};
use tokio::time::{Instant, sleep, sleep_until};

/// Pause between two looks at the end of a table that is not ours: a probe of its index, a quarter of a millisecond.
const LOOK: Duration = Duration::from_millis(30);
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
/// News that a viewer may be behind; beyond them it asks for the whole window.
const MOST_NEWS: usize = 64;

/// What happened to a series.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// Samples after all that were known.
    Fresh(SeriesId, Arc<Vec<Sample>>),
    /// Something that no appended samples tell.
    Changed,
}

/// A watched series.
struct Watched {
    viewers: Vec<mpsc::Sender<News>>,
    /// Newest sample that the viewers were told of.
    newest: Timestamp,
}

type Key = (TenantId, SeriesId);

/// Who looks at which series.
#[derive(Clone, Default)]
pub(crate) struct Hub {
    watched: Arc<Mutex<HashMap<Key, Watched>>>,
}

impl Hub {
    /// A channel for the news of a viewer.
    pub fn channel() -> (mpsc::Sender<News>, mpsc::Receiver<News>) {
        mpsc::channel(MOST_NEWS)
    }

    /// Sends news of a series that come after `newest`, until the receiver is dropped.
    pub fn follow(&self, store: &Store, tenant: &Tenant, series: &SeriesId, newest: Timestamp, viewer: mpsc::Sender<News>) {
        let key = (tenant.id().clone(), series.clone());
        let watch = Watch { hub: self.clone(), store: store.clone(), tenant: tenant.clone(), key, newest, touched: None };
        if !self.join(&watch, &viewer) {
            tokio::spawn(watch.catch_up(viewer));
        }
    }

    /// Makes a viewer one of those of a series, and starts to watch a series without any; false when the others know
    /// newer samples than this one.
    fn join(&self, watch: &Watch, viewer: &mpsc::Sender<News>) -> bool {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        match watched.get_mut(&watch.key) {
            Some(one) if one.newest > watch.newest => return false,
            Some(one) => one.viewers.push(viewer.clone()),
            None => {
                watched.insert(watch.key.clone(), Watched { viewers: vec![viewer.clone()], newest: watch.newest });
                tokio::spawn(watch.clone().run());
            }
        }
        true
    }

    fn watched_series(&self) -> u32 {
        u32::try_from(self.watched.lock().unwrap_or_else(PoisonError::into_inner).len()).unwrap_or(u32::MAX)
    }

    /// Tells all viewers; false when none is left, and then the series is watched no longer.
    fn tell(&self, key: &Key, news: Option<&News>) -> bool {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Watched { viewers, newest }) = watched.get_mut(key) else { return false };
        if let Some(News::Fresh(_, samples)) = news {
            *newest = samples.last().map_or(*newest, |sample| sample.time);
        }
        viewers.retain(|viewer| match news {
            // A viewer whose channel is full is behind: its session notices, and asks for everything.
            Some(news) => !matches!(viewer.try_send(news.clone()), Err(mpsc::error::TrySendError::Closed(_))),
            None => !viewer.is_closed(),
        });
        let any = !viewers.is_empty();
        if !any {
            watched.remove(key);
        }
        any
    }
}

/// One watched series.
#[derive(Clone)]
struct Watch {
    hub: Hub,
    store: Store,
    tenant: Tenant,
    key: Key,
    newest: Timestamp,
    /// The table's count of touched rows, without those that were seen as fresh samples.
    touched: Option<i64>,
}

impl Watch {
    /// Brings a viewer to where the others are, and then joins it to them.
    async fn catch_up(mut self, viewer: mpsc::Sender<News>) {
        for _ in 0..MOST_TRIES {
            match self.look().await {
                Ok(Some(news)) => drop(viewer.try_send(news)),
                Ok(None) => {}
                // The viewer's own question says what is wrong.
                Err(_) => return,
            }
            if self.hub.clone().join(&self, &viewer) {
                return;
            }
        }
        let _ = viewer.try_send(News::Changed);
    }

    async fn run(mut self) {
        let own = self.store.is_own(&self.tenant, &self.key.1).await.unwrap_or(false);
        let mut waking = if own { Waking::Flushes(self.store.changes()) } else { Waking::Clock };
        let (mut count_at, mut ask_at) = (Instant::now(), Instant::now());
        loop {
            if !own && Instant::now() >= ask_at {
                // A trigger may be placed or removed, and a table be another one of the same name.
                ask_at = Instant::now() + REASSURE;
                let writes = self.store.writes_of(&self.tenant, &self.key.1).await.unwrap_or(None);
                waking = writes.map_or(Waking::Clock, Waking::Statements);
            }
            let looked = self.look().await;
            let news = match looked {
                Ok(Some(news)) => Some(news),
                // The reader's own question says what is wrong.
                Err(_) => None,
                Ok(None) if !own && Instant::now() >= count_at => {
                    count_at = Instant::now() + COUNT;
                    self.count().await.unwrap_or(None)
                }
                Ok(None) => None,
            };
            if !self.hub.tell(&self.key, news.as_ref()) {
                return;
            }
            let polled = LOOK * (self.hub.watched_series() / OFTEN).max(1);
            let late = waking.next(&self.key, self.newest, polled).await;
            if late && !self.hub.tell(&self.key, Some(&News::Changed)) {
                return;
            }
        }
    }

    /// Looks for samples after the newest.
    async fn look(&mut self) -> Result<Option<News>, StoreError> {
        let tail = self.store.tail(&self.tenant, &self.key.1, self.newest).await?;
        self.touched = self.touched.map(|touched| touched + i64::try_from(tail.rows).unwrap_or(0));
        if !tail.whole {
            let last = tail.samples.last().map_or(self.newest, |sample| sample.time);
            self.newest = self.newest.max(last);
            return Ok(Some(News::Changed));
        }
        let Some(last) = tail.samples.last() else { return Ok(None) };
        self.newest = last.time;
        Ok(Some(News::Fresh(self.key.1.clone(), Arc::new(tail.samples))))
    }

    /// Looks whether rows came late, changed or went.
    async fn count(&mut self) -> Result<Option<News>, StoreError> {
        let counted = self.store.touched_rows(&self.tenant, &self.key.1).await?;
        let (Some(counted), Some(known)) = (counted, self.touched) else {
            self.touched = counted;
            return Ok(None);
        };
        // Seen rows are counted by Postgres up to a second later: a smaller count is only late.
        if counted <= known {
            return Ok(None);
        }
        self.touched = Some(counted);
        Ok(Some(News::Changed))
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
    /// Returns when the series is to be looked at, by the clock alone after `polled`; true when something before `newest` is known to be other than it was.
    async fn next(&mut self, key: &Key, newest: Timestamp, polled: Duration) -> bool {
        let now = Instant::now();
        match self {
            Self::Clock => sleep_until(now + polled).await,
            Self::Statements(writes) => {
                sleep(BREATH).await;
                tokio::select! {
                    () = sleep_until(now + COUNT) => {}
                    () = writes.next() => {}
                }
            }
            Self::Flushes(changes) => tokio::select! {
                () = sleep_until(now + REASSURE) => {}
                late = told_of(changes, key, newest) => return late,
            },
        }
        false
    }
}

/// Waits until a flush touched the series; true when it touched what was known before.
async fn told_of(changes: &mut broadcast::Receiver<Change>, (tenant, series): &Key, newest: Timestamp) -> bool {
    loop {
        match changes.recv().await {
            Ok(change) if change.tenant == *tenant => {
                if let Some((_, range)) = change.series.iter().find(|(id, _)| id == series) {
                    return range.start() <= newest;
                }
            }
            Ok(_) => {}
            Err(broadcast::error::RecvError::Lagged(_)) => return true,
            // Never while the store lives.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
