//! The bar on top of every page: tenant, boards, theme.

use super::shortcuts::Shortcuts;
use super::theme::ThemeButton;
use crate::address;
use crate::api::Plant;
use crate::boards;
use crate::place::Place;
use leptos::prelude::*;

/// The bar. Without a plant it only leads home.
#[component]
pub fn TopBar(#[prop(optional, into)] plant: Option<Plant>, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    let path = expect_context::<Place>().path;
    let home = plant.as_ref().map(|p| (format!("/t/{}", address::segment(&p.tenant)), p.name.clone()));
    let boards = plant.map(|plant| {
        let links = boards::offered(&plant).map(move |board| {
            let href = address::board(&plant.tenant, board.slug);
            let here = href.clone();
            let current = move || path.read().starts_with(&here).then_some("page");
            view! { <a href=href aria-current=current>{board.title}</a> }
        });
        view! { <nav aria-label="Boards">{links.collect_view()}</nav> }
    });
    view! {
        <a class="skip" href="#main">"To the content"</a>
        <header class="top-bar">
            <a class="mark" href="/"><i></i><i></i><i></i>"Andon"</a>
            {home.map(|(href, name)| view! { <a class="button" href=href>{name}</a> })}
            {boards}
            <span class="space"></span>
            {children.map(|children| children())}
            <Shortcuts/>
            <ThemeButton/>
        </header>
    }
}
