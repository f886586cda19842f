//! Fresh samples: each series is watched once, however many look at it, and only while somebody does.
//!
//! A viewer follows first and reads its window afterwards. So whatever happens to a series is in the window that is read,
//! or told, or both; never neither.

use crate::live::watching::Watch;
use domain::bucket::Sample;
use domain::{MachineId, SeriesId, TenantId};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Store, Tenant};
use tokio::sync::{mpsc, watch};

/// News that a viewer may be behind; beyond them it asks for the whole window.
const MOST_NEWS: usize = 64;

/// What happened to a series.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// Samples after all that were known.
    Fresh(SeriesId, Arc<Vec<Sample>>),
    /// Something that no appended samples tell.
    Changed,
    /// What happened to these machines.
    Happened(BTreeSet<MachineId>),
}

type Viewer = mpsc::Sender<News>;

/// A watched series.
struct Watched {
    viewers: Vec<Viewer>,
    /// Whether nothing is missed from now on.
    ready: watch::Receiver<bool>,
}

pub(super) type Key = (TenantId, SeriesId);

/// Who looks at which series.
#[derive(Clone, Default)]
pub(crate) struct Hub {
    watched: Arc<Mutex<HashMap<Key, Watched>>>,
}

impl Hub {
    /// A channel for the news of a viewer.
    pub fn channel() -> (Viewer, mpsc::Receiver<News>) {
        mpsc::channel(MOST_NEWS)
    }

    /// Sends news of a series until the receiver is dropped. Everything that becomes visible after this returned is told;
    /// of what was before, something may be told once more.
    pub async fn follow(&self, store: &Store, tenant: &Tenant, series: &SeriesId, viewer: Viewer) {
        // Without such a series, or without a database, the answer says so.
        let Ok(Some(own)) = store.is_own(tenant, series).await else { return };
        let mut ready = self.join(store, tenant, series, own, viewer);
        // It fails where the watch gave up, and then it tells so.
        let _ = ready.wait_for(|ready| *ready).await;
    }

    /// Makes a viewer one of those of a series, and starts to watch a series without any.
    fn join(&self, store: &Store, tenant: &Tenant, series: &SeriesId, own: bool, viewer: Viewer) -> watch::Receiver<bool> {
        let key = (tenant.id().clone(), series.clone());
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = watched.get_mut(&key) {
            one.viewers.push(viewer);
            return one.ready.clone();
        }
        let (begun, ready) = watch::channel(false);
        watched.insert(key.clone(), Watched { viewers: vec![viewer], ready: ready.clone() });
        tokio::spawn(Watch::new(self.clone(), store.clone(), tenant.clone(), key, own).run(begun));
        ready
    }

    /// How many series are watched.
    pub(super) fn watched_series(&self) -> u32 {
        u32::try_from(self.watched.lock().unwrap_or_else(PoisonError::into_inner).len()).unwrap_or(u32::MAX)
    }

    /// Tells all viewers; false when none is left, and then the series is watched no longer.
    pub(super) fn tell(&self, key: &Key, news: Option<&News>) -> bool {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(one) = watched.get_mut(key) else { return false };
        one.viewers.retain(|viewer| match news {
            // A viewer whose channel is full is behind: its session notices, and asks for everything.
            Some(news) => !matches!(viewer.try_send(news.clone()), Err(mpsc::error::TrySendError::Closed(_))),
            None => !viewer.is_closed(),
        });
        let any = !one.viewers.is_empty();
        if !any {
            watched.remove(key);
        }
        any
    }

    /// Watches a series no longer; those who looked at it.
    pub(super) fn give_up(&self, key: &Key) -> Vec<Viewer> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).remove(key).map(|one| one.viewers).unwrap_or_default()
    }
}
