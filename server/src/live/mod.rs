//! The open sockets: one a tab, several topics on each. The latest question of a topic wins; nothing is buffered for a
//! client that does not take it.

mod hub;
mod machines;
mod session;
mod settings;
mod watching;

pub use settings::{LiveConfig, LiveSettings};

use crate::router::AppState;
use app::live::wire::MOST_ASKED_BYTES;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub::Hub;
use session::Session;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// Most sockets of one process.
const MOST_SOCKETS: u32 = 10_000;

/// All sockets of the process: how many there may be, and their end.
#[derive(Clone)]
pub struct Sockets {
    places: Arc<Semaphore>,
    ending: watch::Sender<bool>,
    hub: Hub,
    settings: LiveSettings,
}

impl Sockets {
    /// None is open yet.
    pub fn new(settings: LiveSettings) -> Self {
        Self { places: Arc::new(Semaphore::new(MOST_SOCKETS as usize)), ending: watch::Sender::new(false), hub: Hub::default(), settings }
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        (MOST_SOCKETS as usize).saturating_sub(self.places.available_permits())
    }

    /// How many series their viewers watch.
    pub fn watched_series(&self) -> u32 {
        self.hub.watched_series()
    }

    /// Says goodbye on all of them.
    pub fn end(&self) {
        self.ending.send_replace(true);
    }

    /// Waits until goodbye was said on all of them, also on those that were just being opened; none opens after it.
    pub async fn ended(&self) {
        if self.places.acquire_many(MOST_SOCKETS).await.is_ok() {
            self.places.close();
        }
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
    let Sockets { ending, hub, settings, .. } = &state.sockets;
    let (ending, hub, settings) = (ending.subscribe(), hub.clone(), *settings);
    let upgrade = upgrade.max_message_size(MOST_ASKED_BYTES).max_frame_size(MOST_ASKED_BYTES);
    upgrade.on_upgrade(move |socket| async move {
        Session::new(socket, state.store, hub, settings).run(ending).await;
        drop(place);
    })
}

/// A browser names the page that opens a socket; programs do not, and have no reader's rights to borrow.
fn from_our_own_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let Some((_, page)) = origin.split_once("://") else { return false };
    // A proxy may have put its own name into Host, and the one that the browser asked for beside it.
    [text(header::HOST), text(header::HeaderName::from_static("x-forwarded-host"))].contains(&Some(page))
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
