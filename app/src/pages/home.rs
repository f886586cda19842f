//! `/`: the tenants that a viewer may see, or straight to the only one.

use super::not_found::Failure;
use crate::api::{self, TenantEntry};
use crate::sealed::Sealed;
use crate::widgets::top_bar::TopBar;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Redirect;

/// The start page.
#[component]
pub fn Home() -> impl IntoView {
    let tenants = Resource::new(|| (), async |()| Sealed(api::tenants().await));
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match tenants.await.0 {
                    Err(error) => view! { <Failure error/> }.into_any(),
                    Ok(tenants) => match tenants.as_slice() {
                        [only] => view! { <Redirect path=format!("/t/{}", only.tenant)/> }.into_any(),
                        _ => view! { <Tenants tenants/> }.into_any(),
                    },
                }
            })}
        </Suspense>
    }
}

#[component]
fn Tenants(tenants: Vec<TenantEntry>) -> impl IntoView {
    let cards = tenants.into_iter().map(|TenantEntry { tenant, name }| {
        let href = format!("/t/{tenant}");
        view! { <li><a class="panel card" href=href><b>{name}</b><small>{tenant}</small></a></li> }
    });
    view! {
        <Title text="Plants"/>
        <TopBar/>
        <main class="page" id="main">
            <h1>"Plants"</h1>
            <ul class="cards">{cards.collect_view()}</ul>
        </main>
    }
}
