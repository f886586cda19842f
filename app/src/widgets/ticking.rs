//! Times that go on: how long a state lasts, how old an answer is. The page's HTML says since when; one timer writes how long.

use crate::boards::oee::words;
use crate::clock;
use crate::error::AppError;
use crate::side::ON_SERVER;
use domain::Timestamp;
use leptos::prelude::*;
use std::time::Duration;

/// Starts the timer of a board.
pub fn start() {
    Effect::new(move |_| {
        tick(false);
        let handle = set_interval_with_handle(|| tick(false), Duration::from_millis(500)).ok();
        on_cleanup(move || handle.iter().for_each(|handle| handle.clear()));
    });
}

/// Writes what came new into the page, which is empty until then.
pub fn begin() {
    tick(true);
}

/// Writes every `<time data-since="…">`, or those that are empty; `data-until` is where it stands still.
fn tick(empty: bool) {
    let which = if empty { "time[data-since]:empty" } else { "time[data-since]" };
    let Ok(elements) = document().query_selector_all(which) else { return };
    let now = clock::now();
    for place in 0..elements.length() {
        let Some(element) = elements.get(place).and_then(|node| wasm_bindgen::JsCast::dyn_into::<web_sys::Element>(node).ok()) else {
            continue;
        };
        let instant = |name: &str| element.get_attribute(name).and_then(|text| text.parse().ok()).map(Timestamp::from_us);
        let Some(since) = instant("data-since") else { continue };
        let text = words::clock(instant("data-until").map_or(now, |until| until.min(now)).since(since));
        if element.text_content().as_ref() != Some(&text) {
            element.set_text_content(Some(&text));
        }
    }
}

/// How long a state lasts, for the first paint and for those without a script. In the browser the timer writes it, so that what
/// says the same stays the same text from answer to answer.
pub fn since(since: Timestamp, until: Timestamp, as_of: Timestamp) -> String {
    let text = if ON_SERVER { words::clock(until.min(as_of).since(since)) } else { String::new() };
    format!("<time data-since=\"{}\" data-until=\"{}\">{text}</time>", since.us(), until.us())
}

/// Whether a board is live, and how old what it shows is. A question that was refused says so itself: nothing is broken.
pub fn freshness(as_of: Option<Timestamp>, moves: bool, trouble: &Option<(AppError, Option<Timestamp>)>) -> String {
    let (class, said) = match (trouble, moves) {
        (Some((error, _)), _) if error.passes() => ("freshness broken", "No connection"),
        (Some(_), _) => return "<span id=\"fresh\" hidden></span>".to_owned(),
        (_, true) => ("freshness live", "Live"),
        _ => ("freshness", "Paused"),
    };
    let age =
        as_of.filter(|_| moves).map(|time| format!("<small title=\"age of what is shown\">{}</small>", since(time, Timestamp::MAX, time)));
    format!("<span id=\"fresh\" class=\"{class}\"><b>{said}</b> {}</span>", age.unwrap_or_default())
}
