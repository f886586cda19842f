//! Finding a series in a long list by parts of its name.

use super::state::Board;
use leptos::html::{Div, Input};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// A list of more series than this has a filter.
const LONG: usize = 12;

/// The filter of the list in `list`; a page without a script has the whole list and none.
#[component]
pub fn SeriesFilter(list: NodeRef<Div>) -> impl IntoView {
    let board = Board::told();
    let (wanted, input) = (RwSignal::new(String::new()), NodeRef::<Input>::new());
    let long = Memo::new(move |_| board.plant.read().series.len() > LONG);
    Effect::new(move |_| {
        let wanted = wanted.get();
        // A list that has changed comes without what was hidden in it.
        board.plant.track();
        let apply = move || {
            if let Some(list) = list.try_get_untracked().flatten() {
                apply(&list, &wanted);
            }
        };
        request_animation_frame(apply);
    });
    let noted = move |_| wanted.set(input.get_untracked().map(|input| input.value()).unwrap_or_default());
    view! {
        <input
            type="search"
            class="filter needs-script"
            placeholder="Filter series"
            aria-label="Filter series"
            hidden=move || !long.get()
            node_ref=input
            on:input=noted
        />
    }
    .into_any()
}

/// Hides the series whose text lacks one of the words, and the groups in which nothing is left.
fn apply(list: &Element, wanted: &str) {
    let wanted = wanted.to_lowercase();
    let mut left = false;
    // From the last to the first: a group's heading stands before its series.
    for child in elements(list).into_iter().rev() {
        if child.tag_name() == "UL" {
            left = elements(&child).iter().fold(false, |left, item| {
                let text = item.text_content().unwrap_or_default().to_lowercase();
                let found = wanted.split_whitespace().all(|word| text.contains(word));
                hide(item, !found);
                left || found
            });
        }
        hide(&child, !left);
    }
}

fn elements(parent: &Element) -> Vec<Element> {
    let children = parent.children();
    (0..children.length()).filter_map(|place| children.item(place)).collect()
}

fn hide(element: &Element, hidden: bool) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        element.set_hidden(hidden);
    }
}
