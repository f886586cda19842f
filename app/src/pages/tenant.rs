//! `/t/{tenant}`: the tenant's boards and what they hold, and its machines at a glance.

use crate::address;
use crate::api::Plant;
use crate::boards;
use crate::side;
use crate::widgets::html::escaped;
use crate::widgets::top_bar::TopBar;
use leptos::prelude::*;

/// A tenant's home.
#[component]
pub fn TenantHome(plant: Plant) -> impl IntoView {
    let Plant { tenant, name, series, problem, glance, .. } = plant.clone();
    side::set_title(&name);
    let (class, said) = match (problem, series.len()) {
        (Some(problem), _) => {
            side::set_status(503);
            ("banner", problem.to_string())
        }
        (None, 0) => ("muted", "No series found yet: a table with the columns time and value appears here by itself.".to_owned()),
        (None, 1) => ("muted", "1 series".to_owned()),
        (None, n) => ("muted", format!("{n} series")),
    };
    let card = |board: &boards::Board| {
        let href = address::board(&tenant, board.slug);
        format!("<li><a class=\"panel card\" href=\"{href}\"><b>{}</b><small>{}</small></a></li>", board.title, escaped(board.about))
    };
    let cards: String = boards::offered(&plant).map(card).collect();
    view! {
        <TopBar plant=plant/>
        <main class="page" id="main">
            <h1>{name}</h1>
            <p class=class role="status">{said}</p>
            <ul class="cards" inner_html=cards></ul>
            <div inner_html=glance></div>
        </main>
    }
    .into_any()
}
