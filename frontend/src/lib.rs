//! The wasm entry: makes the server's page alive.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page when the module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
