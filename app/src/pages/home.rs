//! `/`: the tenants that a viewer may see, or straight to the only one.

use crate::address;
use crate::api::TenantEntry;
use crate::place::Place;
use crate::side;
use crate::widgets::html::escaped;
use crate::widgets::top_bar::TopBar;
use leptos::prelude::*;

/// The start page.
#[component]
pub fn Home(tenants: Vec<TenantEntry>) -> impl IntoView {
    side::set_title("Plants");
    // The server leads there by itself; here the page was reached without it.
    if let [only] = tenants.as_slice() {
        let (place, only) = (expect_context::<Place>(), address::tenant(&only.tenant));
        Effect::new(move |_| place.go(&only, true));
    }
    let card = |TenantEntry { tenant, name }: &TenantEntry| {
        let href = address::tenant(tenant);
        format!("<li><a class=\"panel card\" href=\"{href}\"><b>{}</b><small>{}</small></a></li>", escaped(name), escaped(tenant))
    };
    let cards: String = tenants.iter().map(card).collect();
    view! {
        <TopBar/>
        <main class="page" id="main">
            <h1>"Plants"</h1>
            <ul class="cards" inner_html=cards></ul>
        </main>
    }
    .into_any()
}
