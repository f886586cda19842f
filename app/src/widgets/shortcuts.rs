//! What the keys do: a list behind a button and the key `?`. It opens without JavaScript, too.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

const LIST: &str = "<h2>Keys</h2><dl>\
<div><dt><kbd>?</kbd></dt><dd>This list</dd></div>\
<div><dt><kbd>Tab</kbd></dt><dd>To the next control or chart</dd></div></dl>\
<h3>On a chart</h3><dl>\
<div><dt><kbd>←</kbd> <kbd>→</kbd></dt><dd>Move the crosshair; with <kbd>Shift</kbd> ten times as far</dd></div>\
<div><dt><kbd>Home</kbd> <kbd>End</kbd></dt><dd>To the first and the last instant</dd></div>\
<div><dt><kbd>↑</kbd> <kbd>+</kbd> / <kbd>↓</kbd> <kbd>−</kbd></dt><dd>Zoom in and out around the crosshair</dd></div>\
<div><dt><kbd>Page ↑</kbd> <kbd>Page ↓</kbd></dt><dd>Back and forward by half a window</dd></div>\
<div><dt><kbd>Esc</kbd> <kbd>0</kbd></dt><dd>Drop the crosshair; then the default window</dd></div></dl>\
<h3>By hand</h3><dl>\
<div><dt>Drag</dt><dd>Choose a window; with <kbd>Shift</kbd> or one finger move it</dd></div>\
<div><dt>Wheel, pinch</dt><dd>Zoom; the wheel with <kbd>Shift</kbd> moves</dd></div>\
<div><dt>Double click</dt><dd>The default window</dd></div></dl>";

/// The button and its list.
#[component]
pub fn Shortcuts() -> impl IntoView {
    view! {
        <button type="button" class="button sign" popovertarget="shortcuts" aria-label="Keys" title="Keys (?)">"?"</button>
        <div id="shortcuts" popover="auto" class="panel shortcuts" inner_html=LIST></div>
    }
    .into_any()
}

/// Opens and closes the list by its key, on every page.
pub fn listen() {
    Effect::new(|_| {
        let _ = window_event_listener(ev::keydown, |event| {
            let typing = event
                .target()
                .and_then(|t| t.dyn_into::<Element>().ok())
                .is_some_and(|e| e.matches("input, textarea, select").unwrap_or(false));
            if event.key() != "?" || typing {
                return;
            }
            let button = document().query_selector("[popovertarget=shortcuts]").ok().flatten();
            if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
                button.click();
            }
        });
    });
}
