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
    let hint = if title.is_empty() { None } else { Some(title) };
    // A sign is no name.
    let name = hint.filter(|_| label.with_untracked(|label| label.chars().count() == 1));
    view! { <a class=class href=href aria-current=mark title=hint aria-label=name>{label}</a> }.into_any()
}
