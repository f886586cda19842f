//! The open socket of a tab. Windows and fresh samples come through it; where no socket passes, a server function does
//! the same work.

pub mod wire;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::ev;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use std::cell::RefCell;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BinaryType, MessageEvent, WebSocket};
use wire::{Asked, Told};

/// First pause before the next try; it doubles up to [`LONGEST_PAUSE_MS`], and a random part keeps tabs apart.
const FIRST_PAUSE_MS: f64 = 500.0;
const LONGEST_PAUSE_MS: f64 = 30_000.0;
/// How long a page may be hidden before its socket is closed.
const HIDDEN: Duration = Duration::from_secs(60);

type Listener = Callback<Heard>;
/// What the listener hears.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// The socket is open: what was followed before it closed is followed no longer.
    Opened,
    /// It is closed: what was asked will not be answered.
    Closed,
    /// The server said something.
    Told(Box<Told>),
}

type Handler = Closure<dyn Fn(MessageEvent)>;

/// A socket with its handlers for open, close and message.
struct Wire {
    socket: WebSocket,
    _handlers: [Handler; 3],
}

impl Drop for Wire {
    fn drop(&mut self) {
        // What a socket that was given up still has to say is for nobody.
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        self.socket.set_onmessage(None);
        let _ = self.socket.close();
    }
}

thread_local! {
    /// The one socket of the tab. It cannot leave its thread, so it does not live among the values of the page, which the
    /// server drops wherever it likes.
    static WIRE: RefCell<Option<Wire>> = const { RefCell::new(None) };
}

fn set_wire(wire: Option<Wire>) {
    // Dropped outside of the borrow: closing may call back.
    drop(WIRE.replace(wire));
}

/// The socket; cheap to copy, shared through context.
#[derive(Clone, Copy)]
pub struct Live {
    /// Who hears what arrives.
    listener: StoredValue<Option<Listener>>,
    pause_ms: StoredValue<f64>,
    hiding: StoredValue<Option<TimeoutHandle>>,
}

impl Live {
    /// Provides the socket and, in the browser, opens it.
    pub fn provide() {
        let live = Self { listener: StoredValue::new(None), pause_ms: StoredValue::new(FIRST_PAUSE_MS), hiding: StoredValue::new(None) };
        provide_context(live);
        Effect::new(move |_| {
            live.open();
            // Lives as long as the page.
            let _ = window_event_listener(ev::Custom::<web_sys::Event>::new("visibilitychange"), move |_| live.seen());
            let _ = window_event_listener(ev::online, move |_| live.open());
        });
    }

    /// Names the one who listens: the board that is shown.
    pub fn listen(self, listener: Listener) {
        self.listener.set_value(Some(listener));
    }

    /// Says something; false when no socket is open.
    pub fn say(self, asked: &Asked) -> bool {
        let Ok(bytes) = postcard::to_allocvec(asked) else { return false };
        let open = |wire: &&Wire| wire.socket.ready_state() == WebSocket::OPEN;
        WIRE.with_borrow(|wire| wire.as_ref().filter(open).is_some_and(|wire| wire.socket.send_with_u8_array(&bytes).is_ok()))
    }

    /// Gives the socket up, for one that does not answer any more; a new one is opened.
    pub fn drop_silent(self) {
        set_wire(None);
        self.tell(Heard::Closed);
        self.later();
    }

    fn open(self) {
        if document().hidden() || WIRE.with_borrow(Option::is_some) {
            return;
        }
        let location = window().location();
        let scheme = if location.protocol().is_ok_and(|p| p == "https:") { "wss" } else { "ws" };
        let Ok(host) = location.host() else { return };
        let Ok(socket) = WebSocket::new(&format!("{scheme}://{host}{}", wire::PATH)) else { return };
        socket.set_binary_type(BinaryType::Arraybuffer);
        let opened = Handler::new(move |_| {
            self.pause_ms.set_value(FIRST_PAUSE_MS);
            self.tell(Heard::Opened);
        });
        let closed = Handler::new(move |_| {
            set_wire(None);
            self.tell(Heard::Closed);
            self.later();
        });
        let said = Handler::new(move |event: MessageEvent| {
            let data = event.data().dyn_into::<ArrayBuffer>().ok().map(|buffer| Uint8Array::new(&buffer).to_vec());
            if let Some(told) = data.and_then(|bytes| postcard::from_bytes(&bytes).ok()) {
                self.tell(Heard::Told(Box::new(told)));
            }
        });
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(said.as_ref().unchecked_ref()));
        set_wire(Some(Wire { socket, _handlers: [opened, closed, said] }));
    }

    fn tell(self, heard: Heard) {
        if let Some(Some(listener)) = self.listener.try_get_value() {
            listener.try_run(heard);
        }
    }

    /// Opens again after a pause.
    fn later(self) {
        let pause_ms = self.pause_ms.get_value();
        self.pause_ms.set_value((pause_ms * 2.0).min(LONGEST_PAUSE_MS));
        let pause_ms = pause_ms * (0.5 + js_sys::Math::random());
        set_timeout(move || self.open(), Duration::from_millis(pause_ms as u64));
    }

    /// The page was hidden or shown.
    fn seen(self) {
        if let Some(hiding) = self.hiding.try_update_value(Option::take).flatten() {
            hiding.clear();
        }
        if !document().hidden() {
            self.open();
            return;
        }
        let close = move || {
            set_wire(None);
            self.tell(Heard::Closed);
        };
        self.hiding.set_value(set_timeout_with_handle(close, HIDDEN).ok());
    }
}
