//! The browser's half of what both sides offer; `server.rs` is the other.

/// The server writes what the browser leaves as it is: drawings, tables of figures.
pub const ON_SERVER: bool = false;

/// Now, by the browser's clock.
pub fn now() -> domain::Timestamp {
    domain::Timestamp::from_us((js_sys::Date::now() * 1_000.0) as i64)
}

/// The head is the server's.
pub fn provide_head() {}

/// Names the page.
pub fn set_title(text: &str) {
    leptos::prelude::document().set_title(&format!("{text} – Andon"));
}

/// The status is the server's.
pub fn set_status(_status: u16) {}
