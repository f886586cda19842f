//! `/t/{tenant}/{board}`: finds tenant and board, or says which of them is not there.

use super::not_found::Failure;
use crate::api::{self, Plant};
use crate::boards;
use crate::error::AppError;
use crate::sealed::Sealed;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

/// The frame of every board. Tenant and first answer are one resource: a resource inside of what waits for another would
/// be made, and asked, once for each pass of the server over the page.
#[component]
pub fn BoardPage() -> impl IntoView {
    let params = use_params_map();
    let search = use_location().search;
    let place = Memo::new(move |_| {
        let params = params.read();
        let rest = params.get("rest").unwrap_or_default();
        let slug = params.get("board").filter(|_| rest.is_empty()).unwrap_or_default();
        (params.get("tenant").unwrap_or_default(), slug)
    });
    let page = Resource::new(move || place.get(), move |(tenant, slug)| load(tenant, slug, search.get_untracked()));
    view! {
        <Transition fallback=|| view! { <main class="page" id="main"><div class="panel skeleton" aria-busy="true">"Loading…"</div></main> }>
            {move || Suspend::new(async move {
                let Sealed(page) = page.await;
                let board = boards::board(&place.get_untracked().1);
                match (page, board) {
                    (Err(error), _) => view! { <Failure error/> }.into_any(),
                    (Ok(_), None) => view! { <Failure error=AppError::UnknownPage/> }.into_any(),
                    (Ok((plant, first)), Some(board)) => (board.view)(plant, first),
                }
            })}
        </Transition>
    }
}

/// The tenant, and the board's first answer.
async fn load(tenant: String, slug: String, search: String) -> Sealed<Result<(Plant, Vec<u8>), AppError>> {
    let plant = match api::find_plant(tenant).await {
        Ok(plant) => plant,
        Err(error) => return Sealed(Err(error)),
    };
    let first = match boards::board(&slug) {
        Some(board) => (board.first)(plant.clone(), search).await,
        None => Vec::new(),
    };
    Sealed(Ok((plant, first)))
}
