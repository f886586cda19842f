//! One socket: its questions, their answers, and the fresh samples that follow them.

use crate::live::hub::{Hub, News};
use crate::live::machines;
use app::error::AppError;
use app::live::wire::{Asked, MOST_TOPICS, Question, Told};
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use domain::SeriesId;
use domain::answer::{SeriesAnswer, WindowAnswer};
use domain::bucket::Sample;
use futures::StreamExt;
use futures::future::{AbortHandle, Abortable, Aborted};
use futures::stream::FuturesUnordered;
use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;
use store::Store;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Between two signs of life; a client that gave none in between is gone.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// How long a client may take for one message.
const PATIENCE: Duration = Duration::from_secs(10);
/// Code of a server that goes away.
const GOING_AWAY: u16 = 1001;

type Outcome = Result<WindowAnswer, AppError>;
type Reading = Pin<Box<dyn Future<Output = Result<(u32, Outcome), Aborted>> + Send>>;

pub(super) struct Session {
    socket: WebSocket,
    store: Store,
    hub: Hub,
    topics: HashMap<u32, Topic>,
    readings: FuturesUnordered<Reading>,
}

/// What is shown on a topic.
struct Topic {
    number: u32,
    /// A window; `None` for machines that are followed.
    question: Option<Question>,
    follow: bool,
    reading: AbortHandle,
    /// News since the answer.
    news: Option<mpsc::Receiver<News>>,
    sequence: u32,
}

impl Session {
    pub fn new(socket: WebSocket, store: Store, hub: Hub) -> Self {
        Self { socket, store, hub, topics: HashMap::new(), readings: FuturesUnordered::new() }
    }

    /// Serves until the client leaves, falls silent, or the server ends.
    pub async fn run(mut self, mut ending: watch::Receiver<bool>) {
        let mut beat = interval(HEARTBEAT);
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
                    Ok((topic, outcome)) => self.answer(topic, outcome).await,
                    Err(Aborted) => true,
                },
                (topic, news) = next_news(&mut self.topics) => self.fresh(topic, news).await,
                _ = beat.tick() => {
                    let alive = std::mem::replace(&mut heard, false);
                    alive && self.send(Message::Ping(Default::default())).await
                }
                () = async { drop(ending.wait_for(|ending| *ending).await) } => {
                    let close = CloseFrame { code: GOING_AWAY, reason: "the server ends".into() };
                    self.send(Message::Close(Some(close))).await;
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
                self.leave(topic);
                let (reading, registration) = AbortHandle::new_pair();
                let (store, asked) = (self.store.clone(), question.clone());
                let read = async move { (topic, app::side::answer(&store, &asked).await) };
                self.readings.push(Box::pin(Abortable::new(read, registration)));
                self.topics.insert(topic, Topic { number, question: Some(question), follow, reading, news: None, sequence: 0 });
                true
            }
            Ok(Asked::Machines { topic, number, tenant, machine }) if topic < MOST_TOPICS => {
                self.leave(topic);
                if let Some((reading, news)) = machines::follow(&self.store, &tenant, machine) {
                    self.topics.insert(topic, Topic { number, question: None, follow: true, reading, news: Some(news), sequence: 0 });
                }
                true
            }
            Ok(Asked::Leave { topic }) => {
                self.leave(topic);
                true
            }
            _ => false,
        }
    }

    /// Ends what is still read for a topic, and its news.
    fn leave(&mut self, topic: u32) {
        if let Some(before) = self.topics.remove(&topic) {
            before.reading.abort();
        }
    }

    async fn answer(&mut self, topic: u32, outcome: Outcome) -> bool {
        let Some(shown) = self.topics.get_mut(&topic) else { return true };
        if let (Ok(answer), Some(question)) = (outcome.as_ref(), &shown.question)
            && shown.follow
        {
            shown.news = follow(&self.hub, &self.store, &question.tenant, answer);
        }
        let number = shown.number;
        self.tell(&Told::Answer { topic, number, outcome }).await
    }

    /// Sends all news that are there as one message: a client that is slow gets fewer and larger ones.
    async fn fresh(&mut self, topic: u32, first: News) -> bool {
        let Some(Topic { number, news: Some(news), sequence, .. }) = self.topics.get_mut(&topic) else { return true };
        let number = *number;
        // A full channel has lost something.
        let mut changed = news.len() + 1 >= news.max_capacity();
        let mut series: Vec<(SeriesId, Vec<Sample>)> = Vec::new();
        let mut next = Some(first);
        while let Some(one) = next {
            match one {
                News::Changed => changed = true,
                News::Fresh(id, samples) => match series.iter_mut().find(|(known, _)| *known == id) {
                    Some((_, known)) => known.extend_from_slice(&samples),
                    None => series.push((id, samples.to_vec())),
                },
            }
            next = news.try_recv().ok();
        }
        *sequence = sequence.wrapping_add(1);
        let sequence = *sequence;
        if changed {
            return self.tell(&Told::Changed { topic, number }).await;
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

    async fn send(&mut self, message: Message) -> bool {
        matches!(timeout(PATIENCE, self.socket.send(message)).await, Ok(Ok(())))
    }
}

/// Follows every series of an answer from its newest sample on.
fn follow(hub: &Hub, store: &Store, tenant: &str, answer: &WindowAnswer) -> Option<mpsc::Receiver<News>> {
    let tenant = store.tenant(tenant)?;
    let (viewer, news) = Hub::channel();
    for SeriesAnswer { series, outcome } in &answer.series {
        if let Ok(window) = outcome {
            let newest = window.newest.map_or(domain::Timestamp::MIN, |sample| sample.time);
            hub.follow(store, &tenant, &series.id, newest, viewer.clone());
        }
    }
    Some(news)
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
