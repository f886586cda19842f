//! A link that is one of several choices. All states of a board have addresses, so all choices are links.

use leptos::prelude::*;

/// The link; `current` marks the choice that the address holds.
#[component]
pub fn Choice(
    #[prop(into)] href: Signal<String>,
    #[prop(into)] current: Signal<bool>,
    #[prop(into)] label: Signal<String>,
    #[prop(optional)] title: &'static str,
    #[prop(default = "button")] class: &'static str,
) -> impl IntoView {
    let mark = Signal::derive(move || if current.get() { "true" } else { "false" }.to_owned());
    let name = if title.is_empty() { None } else { Some(title) };
    view! { <a class=class href=href aria-current=mark title=name>{label}</a> }.into_any()
}
