//! Board `trends`: process values over time, one below the other on one time axis, or overlaid.

mod controls;
mod feed;
mod filter;
mod grow;
mod loaded;
mod memory;
mod overlay;
mod panel;
pub mod picture;
pub mod query;
pub mod selection;
mod side;
mod state;
mod statistics;
mod table;
mod told;
mod toolbar;

use crate::api::Plant;
use crate::error::AppError;
use crate::place::Place;
use crate::widgets::top_bar::TopBar;
use domain::answer::WindowAnswer;
use leptos::prelude::*;
pub use query::Query;
use state::Board;

/// The first window, packed for the way into the page.
pub async fn first(plant: Plant, search: String) -> Vec<u8> {
    let answer = feed::ask(&plant, &Query::parse(&search), domain::answer::DEFAULT_COLUMNS).await;
    postcard::to_allocvec(&answer).unwrap_or_default()
}

/// The board around its first answer. Later windows come through its own feed, which keeps the old picture meanwhile.
#[component]
pub fn Trends(plant: Plant, first: Vec<u8>) -> impl IntoView {
    let search = expect_context::<Place>().search;
    let query = Memo::new(move |_| Query::parse(&search.read()));
    let first = postcard::from_bytes(&first).unwrap_or(Err(AppError::Connection));
    view! { <Shown plant first query/> }.into_any()
}

#[component]
fn Shown(plant: Plant, first: Result<WindowAnswer, AppError>, query: Memo<Query>) -> impl IntoView {
    let board = Board::provide(&plant, first, query);
    crate::side::set_title(&format!("Trends of {}", plant.name));
    let read_only = plant.read_only;
    view! {
        <TopBar plant=plant.clone()><side::Freshness/></TopBar>
        <main
            class="page trends"
            id="main"
            on:pointerover=move |event| board.look_ahead(&event)
            on:focusin=move |event| board.look_ahead(&event)
        >
            <toolbar::Toolbar plant/>
            <state::Trouble/>
            {read_only.then(|| view! {
                <p class="hint">"Andon may only read this database: charts and exports work; what Andon would store itself (settings, tiers, ingest) does not."</p>
            })}
            <div class="columns">
                <div class="charts" class:dimmed=move || board.trouble.read().is_some() class:moving=move || board.view.read().is_some()><Charts/></div>
                <side::SidePanel/>
            </div>
        </main>
    }
    .into_any()
}

/// The plots, or one of the two nothings that are no trouble: no series at all, none chosen.
#[component]
fn Charts() -> impl IntoView {
    let board = expect_context::<Board>();
    view! {
        {move || match (board.layout.get(), board.shown.read().is_empty()) {
            (_, true) => view! { <selection::NothingChosen/> }.into_any(),
            (query::Layout::Stacked, false) => view! {
                <For each=move || board.shown.get() key=|id| id.clone() let:id><panel::SeriesPanel id/></For>
            }.into_any(),
            (_, false) => view! { <overlay::OverlayPanel/> }.into_any(),
        }}
    }
    .into_any()
}
