//! Where the reader is: the address bar as two signals. Every state of Andon is an address, so going somewhere is the
//! hottest path of the page; it is one `pushState` and one signal, without matching, fetching or rebuilding anything.

use leptos::ev;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlAnchorElement, MouseEvent};

/// The address of the request, which the server puts into the context before it renders.
#[derive(Clone, Debug)]
pub struct RequestAddress {
    /// Path, as it came.
    pub path: String,
    /// What follows the question mark, without it.
    pub search: String,
}

/// The reader's place; cheap to copy, shared through context.
#[derive(Clone, Copy)]
pub struct Place {
    /// Path, percent-encoded.
    pub path: RwSignal<String>,
    /// Query with its question mark; empty when there is none.
    pub search: RwSignal<String>,
}

impl Place {
    /// Provides the place to all pages and follows links, back and forward.
    pub fn provide() -> Self {
        let (path, search) = here();
        let place = Self { path: RwSignal::new(path), search: RwSignal::new(search) };
        provide_context(place);
        Effect::new(move |_| {
            // Both listeners live as long as the page.
            let _ = window_event_listener(ev::popstate, move |_| {
                let (path, search) = here();
                place.is_at(path, search);
            });
            let _ = window_event_listener(ev::click, move |event| place.follow(&event));
        });
        place
    }

    /// Goes to an address of this site, given from its root; `replace` keeps the one before out of the history. The signals go
    /// first and the address bar follows when this turn's work is done: what the reader came for is drawn sooner.
    pub fn go(self, href: &str, replace: bool) {
        let (path, search) = href.split_at(href.find('?').unwrap_or(href.len()));
        if self.is_at(path.to_owned(), search.to_owned()) {
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
        let href = href.to_owned();
        let write = move || {
            let Ok(history) = window().history() else { return };
            let _ = if replace {
                history.replace_state_with_url(&JsValue::NULL, "", Some(&href))
            } else {
                history.push_state_with_url(&JsValue::NULL, "", Some(&href))
            };
        };
        set_timeout(write, Duration::ZERO);
    }

    /// The reader is at this address; true when it is another path.
    fn is_at(self, path: String, search: String) -> bool {
        let moved = self.path.with_untracked(|known| *known != path);
        if moved {
            self.path.set(path);
        }
        if self.search.with_untracked(|known| *known != search) {
            self.search.set(search);
        }
        moved
    }

    /// Follows a plain click on a link to one of our pages; everything else is the browser's.
    fn follow(self, event: &MouseEvent) {
        let held = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        if event.default_prevented() || event.button() != 0 || held {
            return;
        }
        let clicked = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(link) = clicked.and_then(|element| element.closest("a[href]").ok().flatten()) else { return };
        let Ok(link) = link.dyn_into::<HtmlAnchorElement>() else { return };
        let elsewhere = link.has_attribute("download") || link.has_attribute("target") || link.rel() == "external";
        if elsewhere || Some(link.origin()) != window().location().origin().ok() || !link.hash().is_empty() {
            return;
        }
        if !crate::pages::can_show(&link.pathname()) {
            return;
        }
        event.prevent_default();
        self.go(&format!("{}{}", link.pathname(), link.search()), false);
    }
}

/// Path and query of the request in the server, of the address bar in the browser.
fn here() -> (String, String) {
    match use_context::<RequestAddress>() {
        Some(RequestAddress { path, search }) if search.is_empty() => (path, search),
        Some(RequestAddress { path, search }) => (path, format!("?{search}")),
        None => {
            let location = window().location();
            (location.pathname().unwrap_or_default(), location.search().unwrap_or_default())
        }
    }
}
