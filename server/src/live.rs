//! The open sockets: one a tab, several topics on each. The latest question of a topic wins; nothing is buffered for a
//! client that does not take it.

use crate::router::AppState;
use app::live::wire::{Asked, MOST_ASKED_BYTES, MOST_TOPICS, Question, Told};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use futures::future::{AbortHandle, Abortable, Aborted};
use futures::stream::FuturesUnordered;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Most sockets of one process.
const MOST_SOCKETS: usize = 10_000;
/// Between two signs of life; a client that gave none in between is gone.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// How long a client may take for one message.
const PATIENCE: Duration = Duration::from_secs(10);
/// Code of a server that goes away.
const GOING_AWAY: u16 = 1001;

/// All sockets of the process: how many there may be, and their end.
#[derive(Clone, Debug)]
pub struct Sockets {
    places: Arc<Semaphore>,
    ending: watch::Sender<bool>,
}

impl Default for Sockets {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(MOST_SOCKETS)), ending: watch::Sender::new(false) }
    }
}

impl Sockets {
    /// Says goodbye on all of them.
    pub fn end(&self) {
        self.ending.send_replace(true);
    }
}

/// Opens a socket for a page of our own.
pub(crate) async fn live(State(state): State<AppState>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    if !from_our_own_page(&headers) {
        return (StatusCode::FORBIDDEN, "This socket serves the pages of this address alone.\n").into_response();
    }
    let Ok(place) = state.sockets.places.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Too many open sockets; the page asks without one.\n").into_response();
    };
    let ending = state.sockets.ending.subscribe();
    upgrade.max_message_size(MOST_ASKED_BYTES).max_frame_size(MOST_ASKED_BYTES).on_upgrade(move |socket| {
        Session { socket, store: state.store, topics: HashMap::new(), readings: FuturesUnordered::new(), place }.run(ending)
    })
}

/// A browser names the page that opens a socket; programs do not, and have no reader's rights to borrow.
fn from_our_own_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return true };
    let Some((_, page)) = origin.split_once("://") else { return false };
    // A proxy may have put its own name into Host, and the one that the browser asked for beside it.
    [text(header::HOST), text(header::HeaderName::from_static("x-forwarded-host"))].contains(&Some(page))
}

type Reading = Pin<Box<dyn Future<Output = Result<Told, Aborted>> + Send>>;

struct Session {
    socket: WebSocket,
    store: Store,
    topics: HashMap<u32, AbortHandle>,
    readings: FuturesUnordered<Reading>,
    place: OwnedSemaphorePermit,
}

impl Session {
    async fn run(mut self, mut ending: watch::Receiver<bool>) {
        let gauge = metrics::gauge!("andon_live_sockets");
        gauge.increment(1.0);
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
                    Ok(told) => self.tell(&told).await,
                    Err(Aborted) => true,
                },
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
                break;
            }
        }
        gauge.decrement(1.0);
        drop(self.place);
    }

    /// Takes what a client asked; false when it is not of our kind.
    fn asked(&mut self, bytes: &[u8]) -> bool {
        match postcard::from_bytes(bytes) {
            Ok(Asked::Window { topic, number, question, follow: _ }) if topic < MOST_TOPICS => self.read(topic, number, question),
            Ok(Asked::Leave { topic }) => {
                self.leave(topic);
                true
            }
            _ => false,
        }
    }

    fn read(&mut self, topic: u32, number: u32, question: Question) -> bool {
        self.leave(topic);
        let (abort, registration) = AbortHandle::new_pair();
        self.topics.insert(topic, abort);
        let store = self.store.clone();
        let reading = async move {
            let outcome = app::api::answer(&store, &question).await;
            Told::Answer { topic, number, outcome }
        };
        self.readings.push(Box::pin(Abortable::new(reading, registration)));
        true
    }

    /// Ends what is still read for a topic.
    fn leave(&mut self, topic: u32) {
        if let Some(before) = self.topics.remove(&topic) {
            before.abort();
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_same_address_open_a_socket() {
        let headers = |origin: Option<&str>, host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            origin.map(|origin| headers.insert(header::ORIGIN, origin.parse().unwrap()));
            headers
        };
        assert!(from_our_own_page(&headers(None, "plant:8888")));
        assert!(from_our_own_page(&headers(Some("http://plant:8888"), "plant:8888")));
        for origin in ["http://elsewhere", "http://plant", "http://plant:8889", "null", "http://plant:8888.evil"] {
            assert!(!from_our_own_page(&headers(Some(origin), "plant:8888")), "{origin}");
        }
    }
}
