//! What stands where nothing is, and where something went wrong: always a whole page, a sentence and a way on.

use crate::error::AppError;
use crate::side;
use crate::widgets::top_bar::TopBar;
use leptos::prelude::*;

/// A page that says what went wrong. Sets the status, for all pages, here.
#[component]
pub fn Failure(error: AppError) -> impl IntoView {
    side::set_status(error.status());
    let title = match error.status() {
        404 => "Not found",
        503 => "Database unavailable",
        _ => "Cannot show this",
    };
    side::set_title(title);
    view! {
        <TopBar/>
        <main class="page" id="main">
            <section class="panel notice" role="alert">
                <h1>{title}</h1>
                <p>{error.to_string()}</p>
                <p><a href="/">"To the start page"</a></p>
            </section>
        </main>
    }
}
