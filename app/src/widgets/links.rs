//! Choices as links, because every state of a board has an address. A group of links is one list and one element: the
//! server writes it, and the browser then only touches the addresses and marks that differ.

use super::html::escaped;
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::Element;

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub href: String,
    /// What it says.
    pub label: String,
    /// Whether the address already holds it.
    pub current: bool,
    /// What it does, where the label does not say so.
    pub title: &'static str,
}

/// How a group of choices stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// Buttons that touch each other.
    Segments,
    /// The same, in several lines where it must.
    Wrapped,
    /// One below the other, in a menu.
    Menu,
}

/// A group of choices. `name` says to a screen reader what is chosen.
#[component]
pub fn Links(stand: Stand, name: &'static str, links: Signal<Vec<Link>>) -> AnyView {
    let class = match stand {
        Stand::Segments => "segments",
        Stand::Wrapped => "segments wrap",
        Stand::Menu => "list",
    };
    let (group, first) = kept(links, move |links| links.iter().map(|link| one(link, stand)).collect());
    view! { <div class=class role="group" aria-label=name node_ref=group inner_html=first></div> }.into_any()
}

/// Links inside any other HTML: `markup` writes it with one `<a>` for each link, in their order. Returns the element to
/// put it into, and what stands there at first. The elements stay while the labels do, and with them the focus.
pub fn kept(links: Signal<Vec<Link>>, markup: impl Fn(&[Link]) -> String + 'static) -> (NodeRef<Div>, String) {
    let group = NodeRef::<Div>::new();
    let first = links.with_untracked(|links| markup(links));
    Effect::new(move |before: Option<Vec<Link>>| {
        let now = links.get();
        if let (Some(before), Some(group)) = (before.filter(|before| *before != now), group.get_untracked()) {
            let same = before.len() == now.len() && before.iter().zip(&now).all(|(b, n)| b.label == n.label);
            if same { patch(&group, &before, &now) } else { group.set_inner_html(&markup(&now)) }
        }
        now
    });
    (group, first)
}

fn one(Link { href, label, current, title }: &Link, stand: Stand) -> String {
    // A sign is no name.
    let name = if label.chars().count() == 1 { format!(" aria-label=\"{title}\"") } else { String::new() };
    let hint = if title.is_empty() { String::new() } else { format!(" title=\"{title}\"") };
    let class = if stand == Stand::Menu { "" } else { " class=\"button\"" };
    format!("<a{class} href=\"{}\" aria-current=\"{current}\"{hint}{name}>{}</a>", escaped(href), escaped(label))
}

fn patch(group: &Element, before: &[Link], now: &[Link]) {
    let elements = group.get_elements_by_tag_name("a");
    for (place, (before, now)) in (0_u32..).zip(before.iter().zip(now)) {
        let Some(link) = elements.item(place).filter(|_| before != now) else { continue };
        if before.href != now.href {
            let _ = link.set_attribute("href", &now.href);
        }
        if before.current != now.current {
            let _ = link.set_attribute("aria-current", if now.current { "true" } else { "false" });
        }
    }
}
