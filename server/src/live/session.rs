//! One socket: its questions, their answers, and the fresh samples that follow them.

use crate::live::LiveSettings;
use crate::live::hub::{Hub, News};
use crate::live::machines;
use app::error::AppError;
use app::live::wire::{Asked, MOST_TOPICS, Question, Told};
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use domain::answer::{SeriesAnswer, WindowAnswer};
use domain::bucket::Sample;
use domain::{SeriesId, Timestamp};
use futures::StreamExt;
use futures::future::{AbortHandle, Abortable, Aborted, join_all};
use futures::stream::FuturesUnordered;
use std::collections::{BTreeSet, HashMap};
use std::pin::Pin;
use std::time::Duration;
use store::Store;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Code of a server that goes away.
const GOING_AWAY: u16 = 1001;

/// How long a client may take to close in turn.
const LEAVING: Duration = Duration::from_millis(250);

type Outcome = Result<WindowAnswer, AppError>;
type Reading = Pin<Box<dyn Future<Output = Result<Read, Aborted>> + Send>>;

/// What was read for a topic, and what happens to its series since.
struct Read {
    topic: u32,
    outcome: Outcome,
    news: Option<mpsc::Receiver<News>>,
}

pub(super) struct Session {
    socket: WebSocket,
    store: Store,
    hub: Hub,
    settings: LiveSettings,
    topics: HashMap<u32, Topic>,
    readings: FuturesUnordered<Reading>,
}

/// What is shown on a topic.
struct Topic {
    number: u32,
    reading: AbortHandle,
    /// News of what is shown.
    news: Option<mpsc::Receiver<News>>,
    /// The newest sample that the answer holds of each series.
    newest: HashMap<SeriesId, Timestamp>,
    sequence: u32,
}

impl Session {
    pub fn new(socket: WebSocket, store: Store, hub: Hub, settings: LiveSettings) -> Self {
        Self { socket, store, hub, settings, topics: HashMap::new(), readings: FuturesUnordered::new() }
    }

    /// Serves until the client leaves, falls silent, or the server ends.
    pub async fn run(mut self, mut ending: watch::Receiver<bool>) {
        let mut beat = interval(self.settings.heartbeat);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = true;
        loop {
            let goes_on = tokio::select! {
                message = self.socket.recv() => {
                    heard = true;
                    match message {
                        Some(Ok(Message::Binary(bytes))) => self.asked(&bytes),
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => true,
                        Some(Ok(Message::Text(_) | Message::Close(_)) | Err(_)) | None => false,
                    }
                }
                Some(read) = self.readings.next(), if !self.readings.is_empty() => match read {
                    Ok(read) => self.answer(read).await,
                    Err(Aborted) => true,
                },
                (topic, news) = next_news(&mut self.topics) => self.fresh(topic, news).await,
                _ = beat.tick() => {
                    let alive = std::mem::replace(&mut heard, false);
                    alive && self.send(Message::Ping(Default::default())).await
                }
                () = async { drop(ending.wait_for(|ending| *ending).await) } => {
                    let close = CloseFrame { code: GOING_AWAY, reason: "the server ends".into() };
                    if self.send(Message::Close(Some(close))).await {
                        self.let_it_leave().await;
                    }
                    false
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Takes what a client asked; false when it is not of our kind.
    fn asked(&mut self, bytes: &[u8]) -> bool {
        match postcard::from_bytes(bytes) {
            Ok(Asked::Window { topic, number, question, follow }) if topic < MOST_TOPICS => {
                // What was followed before is watched until the same is followed anew.
                let before = self.leave(topic);
                let (reading, registration) = AbortHandle::new_pair();
                let (store, hub) = (self.store.clone(), self.hub.clone());
                let read = async move {
                    let news = if follow { self::follow(&hub, &store, &question).await } else { None };
                    drop(before);
                    Read { topic, outcome: app::side::answer(&store, &question).await, news }
                };
                self.readings.push(Box::pin(Abortable::new(read, registration)));
                self.topics.insert(topic, Topic { number, reading, news: None, newest: HashMap::new(), sequence: 0 });
                true
            }
            Ok(Asked::Machines { topic, number, tenant, machine }) if topic < MOST_TOPICS => {
                self.leave(topic);
                if let Some((reading, news)) = machines::follow(&self.store, &tenant, machine) {
                    self.topics.insert(topic, Topic { number, reading, news: Some(news), newest: HashMap::new(), sequence: 0 });
                }
                true
            }
            Ok(Asked::Leave { topic }) => {
                drop(self.leave(topic));
                true
            }
            _ => false,
        }
    }

    /// Ends what is still read for a topic; gives its news.
    fn leave(&mut self, topic: u32) -> Option<mpsc::Receiver<News>> {
        let before = self.topics.remove(&topic)?;
        before.reading.abort();
        before.news
    }

    async fn answer(&mut self, Read { topic, outcome, news }: Read) -> bool {
        let Some(shown) = self.topics.get_mut(&topic) else { return true };
        if let Ok(answer) = outcome.as_ref() {
            shown.news = news;
            shown.newest = newest(answer);
        }
        let number = shown.number;
        self.tell(&Told::Answer { topic, number, outcome }).await
    }

    /// Sends all news that are there as one message: a client that is slow gets fewer and larger ones.
    async fn fresh(&mut self, topic: u32, first: News) -> bool {
        let Some(Topic { number, news: Some(news), newest, sequence, .. }) = self.topics.get_mut(&topic) else { return true };
        let number = *number;
        // A full channel has lost something.
        let mut changed = news.len() + 1 >= news.max_capacity();
        let mut series: Vec<(SeriesId, Vec<Sample>)> = Vec::new();
        let mut machines = BTreeSet::new();
        let mut next = Some(first);
        while let Some(one) = next {
            match one {
                News::Changed => changed = true,
                News::Happened(some) => machines.extend(some),
                News::Fresh(id, samples) => {
                    let new = after(&samples, newest.get(&id).copied());
                    match series.iter_mut().find(|(known, _)| *known == id) {
                        Some((_, known)) => known.extend_from_slice(new),
                        None if new.is_empty() => {}
                        None => series.push((id, new.to_vec())),
                    }
                }
            }
            next = news.try_recv().ok();
        }
        if series.is_empty() && machines.is_empty() && !changed {
            return true;
        }
        *sequence = sequence.wrapping_add(1);
        let sequence = *sequence;
        if changed {
            return self.tell(&Told::Changed { topic, number }).await;
        }
        if !machines.is_empty() {
            let machines = machines.into_iter().collect();
            return self.tell(&Told::Happened { topic, number, machines }).await;
        }
        self.tell(&Told::Fresh { topic, number, sequence, now: app::clock::now(), series }).await
    }

    async fn tell(&mut self, told: &Told) -> bool {
        match postcard::to_allocvec(told) {
            Ok(bytes) => {
                metrics::counter!("andon_live_bytes_total").increment(bytes.len() as u64);
                self.send(Message::Binary(bytes.into())).await
            }
            Err(error) => {
                tracing::error!(%error, "an answer cannot be packed");
                false
            }
        }
    }

    /// Takes what is still under way until the client has closed too: a connection that is closed over unread bytes is reset,
    /// and the goodbye is lost.
    async fn let_it_leave(&mut self) {
        let _ = timeout(LEAVING, async { while let Some(Ok(_)) = self.socket.recv().await {} }).await;
    }

    async fn send(&mut self, message: Message) -> bool {
        matches!(timeout(self.settings.patience, self.socket.send(message)).await, Ok(Ok(())))
    }
}

/// Follows every series of a question; what happens after this returned is told.
async fn follow(hub: &Hub, store: &Store, question: &Question) -> Option<mpsc::Receiver<News>> {
    let tenant = store.tenant(&question.tenant)?;
    let series = app::side::asked_series(&question.series).ok()?;
    let (viewer, news) = Hub::channel();
    join_all(series.iter().map(|one| hub.follow(store, &tenant, one, viewer.clone()))).await;
    Some(news)
}

/// The newest sample of each series of an answer that has one.
fn newest(answer: &WindowAnswer) -> HashMap<SeriesId, Timestamp> {
    let newest = |one: &SeriesAnswer| Some((one.series.id.clone(), one.outcome.as_ref().ok()?.newest?.time));
    answer.series.iter().filter_map(newest).collect()
}

/// The samples that come after an instant: a window that is read while news are gathered holds some of them already.
fn after(samples: &[Sample], newest: Option<Timestamp>) -> &[Sample] {
    let known = newest.map_or(0, |newest| samples.partition_point(|sample| sample.time <= newest));
    samples.get(known..).unwrap_or_default()
}

/// The next news of any topic; waits for ever when none is followed.
async fn next_news(topics: &mut HashMap<u32, Topic>) -> (u32, News) {
    std::future::poll_fn(|context| {
        for (topic, shown) in topics.iter_mut() {
            let Some(news) = &mut shown.news else { continue };
            match news.poll_recv(context) {
                std::task::Poll::Ready(Some(one)) => return std::task::Poll::Ready((*topic, one)),
                std::task::Poll::Ready(None) => shown.news = None,
                std::task::Poll::Pending => {}
            }
        }
        std::task::Poll::Pending
    })
    .await
}
