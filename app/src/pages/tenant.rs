//! `/t/{tenant}`: the tenant's boards and what they hold.

use super::not_found::Failure;
use crate::address;
use crate::api::{self, Plant};
use crate::boards::BOARDS;
use crate::error::set_status;
use crate::sealed::Sealed;
use crate::widgets::top_bar::TopBar;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// A tenant's home.
#[component]
pub fn TenantHome() -> impl IntoView {
    let params = use_params_map();
    let tenant = Memo::new(move |_| params.read().get("tenant").unwrap_or_default());
    let plant = Resource::new(move || tenant.get(), async |tenant| Sealed(api::find_plant(tenant).await));
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match plant.await.0 {
                    Ok(plant) => view! { <Boards plant/> }.into_any(),
                    Err(error) => view! { <Failure error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Boards(plant: Plant) -> impl IntoView {
    let Plant { tenant, name, series, problem, .. } = plant.clone();
    if problem.is_some() {
        set_status(503);
    }
    let found = match series.len() {
        0 => "No series found yet: a table with the columns time and value appears here by itself.".to_owned(),
        1 => "1 series".to_owned(),
        n => format!("{n} series"),
    };
    let cards = BOARDS.iter().map(move |board| {
        let href = address::board(&tenant, board.slug);
        view! { <li><a class="panel card" href=href><b>{board.title}</b><small>{board.about}</small></a></li> }
    });
    view! {
        <Title text=name.clone()/>
        <TopBar plant=plant/>
        <main class="page" id="main">
            <h1>{name}</h1>
            {match problem {
                Some(problem) => view! { <p class="banner" role="alert">{problem.to_string()}</p> }.into_any(),
                None => view! { <p class="muted">{found}</p> }.into_any(),
            }}
            <ul class="cards">{cards.collect_view()}</ul>
        </main>
    }
}
