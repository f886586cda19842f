//! `/t/{tenant}/{board}`: finds tenant and board, or says which of them is not there.

use super::not_found::Failure;
use crate::api;
use crate::boards;
use crate::error::AppError;
use crate::sealed::Sealed;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The frame of every board.
#[component]
pub fn BoardPage() -> impl IntoView {
    let params = use_params_map();
    let place = Memo::new(move |_| {
        let params = params.read();
        (params.get("tenant").unwrap_or_default(), params.get("board").unwrap_or_default(), params.get("rest"))
    });
    let plant = Resource::new(move || place.get().0, async |tenant| Sealed(api::find_plant(tenant).await));
    view! {
        <Transition>
            {move || {
                let (_, slug, rest) = place.get();
                Suspend::new(async move {
                    let board = boards::board(&slug).filter(|_| rest.is_none_or(|rest| rest.is_empty()));
                    match (plant.await.0, board) {
                        (Err(error), _) => view! { <Failure error/> }.into_any(),
                        (Ok(_), None) => view! { <Failure error=AppError::UnknownPage/> }.into_any(),
                        (Ok(plant), Some(board)) => (board.view)(plant),
                    }
                })
            }}
        </Transition>
    }
}
