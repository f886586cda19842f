//! Fresh samples: each series is watched once, however many look at it, and only while somebody does.

use crate::live::watching::Watch;
use domain::bucket::Sample;
use domain::{SeriesId, TenantId, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Store, Tenant};
use tokio::sync::mpsc;

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
    /// Newest row that the viewers know of.
    known: Timestamp,
}

pub(super) type Key = (TenantId, SeriesId);

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

    /// Sends news of a series that come after its row at `newest`, until the receiver is dropped.
    pub fn follow(&self, store: &Store, tenant: &Tenant, series: &SeriesId, newest: Timestamp, viewer: mpsc::Sender<News>) {
        let key = (tenant.id().clone(), series.clone());
        let watch = Watch::new(self.clone(), store.clone(), tenant.clone(), key, newest);
        if !self.join(&watch, &viewer, false) {
            tokio::spawn(watch.catch_up(viewer));
        }
    }

    /// Makes a viewer one of those of a series, and starts to watch a series without any; false when the others know
    /// newer rows than this one, unless it is to join all the same.
    pub(super) fn join(&self, watch: &Watch, viewer: &mpsc::Sender<News>, all_the_same: bool) -> bool {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        match watched.get_mut(watch.key()) {
            Some(one) if one.known > watch.known() && !all_the_same => return false,
            Some(one) => one.viewers.push(viewer.clone()),
            None => {
                watched.insert(watch.key().clone(), Watched { viewers: vec![viewer.clone()], known: watch.known() });
                tokio::spawn(watch.clone().run());
            }
        }
        true
    }

    /// How many series are watched.
    pub(super) fn watched_series(&self) -> u32 {
        u32::try_from(self.watched.lock().unwrap_or_else(PoisonError::into_inner).len()).unwrap_or(u32::MAX)
    }

    /// Tells all viewers, who then know of the rows up to `known`; false when none is left, and then the series is watched
    /// no longer.
    pub(super) fn tell(&self, key: &Key, known: Timestamp, news: Option<&News>) -> bool {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(one) = watched.get_mut(key) else { return false };
        one.known = known;
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
}
