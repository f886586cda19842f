//! Board `trends`: process values over time, one below the other on one time axis, or overlaid.

mod controls;
mod feed;
mod loaded;
mod overlay;
mod panel;
pub mod picture;
pub mod query;
pub mod selection;
mod side;
mod state;
mod statistics;
mod table;
mod toolbar;

use crate::api::Plant;
use crate::error::AppError;
use crate::sealed::Sealed;
use crate::widgets::top_bar::TopBar;
use domain::answer::WindowAnswer;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
pub use query::Query;
use state::Board;

/// The board: asks for the first window, which the server does before the page leaves, and shows it.
#[component]
pub fn Trends(plant: Plant) -> impl IntoView {
    let search = use_location().search;
    let query = Memo::new(move |_| Query::parse(&search.read()));
    let asked = plant.clone();
    // Not reactive: later windows come through the board's own feed, which keeps the old picture meanwhile.
    let first = Resource::new(|| (), move |()| feed::ask(asked.clone(), query.get_untracked(), domain::answer::DEFAULT_COLUMNS));
    view! {
        <Suspense fallback=|| view! { <main class="page" id="main"><div class="panel skeleton" aria-busy="true">"Loading…"</div></main> }>
            {move || {
                let plant = plant.clone();
                Suspend::new(async move { view! { <Shown plant first=first.await query/> } })
            }}
        </Suspense>
    }
}

#[component]
fn Shown(plant: Plant, first: Sealed<Result<WindowAnswer, AppError>>, query: Memo<Query>) -> impl IntoView {
    let board = Board::provide(&plant, first, query);
    let title = format!("Trends of {}", plant.name);
    let read_only = plant.read_only;
    view! {
        <Title text=title/>
        <TopBar plant=plant.clone()><side::Freshness/></TopBar>
        <main class="page trends" id="main">
            <toolbar::Toolbar plant/>
            <state::Trouble/>
            {read_only.then(|| view! {
                <p class="hint">"Andon may only read this database: charts and exports work; what Andon would store itself (settings, tiers, ingest) does not."</p>
            })}
            <div class="columns">
                <div class="charts" class:dimmed=move || board.trouble.read().is_some()><Charts/></div>
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
