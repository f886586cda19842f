//! HTML that changes as a whole and is only touched where it differs: blocks of text, each one element with an id. What the
//! server wrote stays; the focus, what is open and what is being typed stay, too; nothing flickers.

use super::ticking;
use leptos::html::Div;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, Node, NodeList};

/// One element; its id is unique on the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    pub id: String,
    pub html: String,
}

/// An element whose children are blocks.
#[component]
pub fn Blocks(class: &'static str, blocks: Signal<Vec<Block>>) -> AnyView {
    let holder = NodeRef::<Div>::new();
    let first: String = blocks.with_untracked(|blocks| blocks.iter().map(|block| block.html.as_str()).collect());
    Effect::new(move |before: Option<Vec<Block>>| {
        let now = blocks.get();
        if let (Some(before), Some(holder)) = (before, holder.get_untracked()) {
            update(&holder, &before, &now);
            ticking::begin();
        }
        now
    });
    view! { <div class=class node_ref=holder inner_html=first></div> }.into_any()
}

/// Brings the children of an element from one list of blocks to another; those that stay are moved, not made anew.
fn update(holder: &Element, before: &[Block], now: &[Block]) {
    let mut place = holder.first_element_child();
    for (position, block) in now.iter().enumerate() {
        let there = document().get_element_by_id(&block.id).filter(|element| holder.contains(Some(element.as_ref())));
        let Some(element) = there else {
            if let Some(new) = parsed(&block.html) {
                let _ = holder.insert_before(&new, place.as_ref().map(AsRef::as_ref));
            }
            continue;
        };
        if place.as_ref() == Some(&element) {
            place = element.next_element_sibling();
        } else {
            let _ = holder.insert_before(&element, place.as_ref().map(AsRef::as_ref));
        }
        let held = before.get(position).filter(|held| held.id == block.id).or_else(|| before.iter().find(|held| held.id == block.id));
        if held.is_none_or(|held| held.html != block.html)
            && let Some(new) = parsed(&block.html)
        {
            let ticked: Vec<String> = boxes(&element).filter(HtmlInputElement::checked).map(|tick| named(&tick)).collect();
            let focus = document().active_element().filter(|focus| element.contains(Some(focus.as_ref())));
            let row = focus.as_ref().and_then(|focus| focus.closest("[data-key]").ok()?).and_then(|row| key(row.as_ref()));
            sync(&element, &new);
            // Whoever pressed what is gone now goes on from the same row, not from the top of the page.
            if focus.is_some_and(|focus| !element.contains(Some(focus.as_ref()))) {
                focus_on(&element, row);
            }
            // A tick belongs to what it is about, not to the place on the screen where that stood.
            if !ticked.is_empty() {
                boxes(&element).for_each(|tick| tick.set_checked(ticked.contains(&named(&tick))));
            }
        }
    }
    while let Some(element) = place {
        place = element.next_element_sibling();
        element.remove();
    }
}

/// Puts the focus on the first control of a row, or of the whole where the row is gone, too.
fn focus_on(element: &Element, row: Option<String>) {
    let rows = element.query_selector_all("[data-key]").ok();
    let many = rows.as_ref().map_or(0, NodeList::length);
    let row = (0..many).filter_map(|place| rows.as_ref()?.item(place)).find(|node| row.is_some() && key(node) == row);
    let row = row.and_then(|node| node.dyn_into::<Element>().ok());
    let control = row.as_ref().unwrap_or(element).query_selector("a[href], button, summary").ok().flatten();
    if let Some(control) = control.and_then(|control| control.dyn_into::<HtmlElement>().ok()) {
        let _ = control.focus();
    }
}

fn parsed(html: &str) -> Option<Element> {
    let holder = document().create_element("div").ok()?;
    holder.set_inner_html(html);
    holder.first_element_child()
}

/// The tick boxes inside of an element.
fn boxes(element: &Element) -> impl Iterator<Item = HtmlInputElement> {
    let found = element.query_selector_all("input[type=checkbox]").ok();
    let many = found.as_ref().map_or(0, NodeList::length);
    (0..many).filter_map(move |place| found.as_ref()?.item(place)?.dyn_into().ok())
}

/// What a tick box is about: its key, because its value may change while that stays the same; else its value.
fn named(tick: &HtmlInputElement) -> String {
    tick.get_attribute("data-key").unwrap_or_else(|| tick.value())
}

/// The name by which an element is known again among its siblings.
fn key(node: &Node) -> Option<String> {
    node.dyn_ref::<Element>()?.get_attribute("data-key")
}

/// The first of these siblings with a key.
fn keyed(mut from: Option<Node>, name: &str) -> Option<Node> {
    while let Some(node) = from {
        if key(&node).as_deref() == Some(name) {
            return Some(node);
        }
        from = node.next_sibling();
    }
    None
}

/// Makes an element as another is, touching only what differs.
fn sync(old: &Element, new: &Element) {
    if old.is_equal_node(Some(new.as_ref())) {
        return;
    }
    if old.tag_name() != new.tag_name() {
        let _ = old.replace_with_with_node_1(new);
        return;
    }
    let names = |element: &Element| element.get_attribute_names().iter().filter_map(|name| name.as_string()).collect::<Vec<_>>();
    for name in names(new) {
        let value = new.get_attribute(&name).unwrap_or_default();
        if old.get_attribute(&name).as_ref() != Some(&value) {
            let _ = old.set_attribute(&name, &value);
            // What was typed stays until the page says otherwise.
            if let Some(input) = old.dyn_ref::<HtmlInputElement>().filter(|_| name == "value") {
                input.set_value(&value);
            }
        }
    }
    // What a reader has opened stays open.
    for name in names(old).iter().filter(|name| *name != "open" && !new.has_attribute(name)) {
        let _ = old.remove_attribute(name);
    }
    // What goes on by itself is written by its timer.
    if new.has_attribute("data-since") {
        return;
    }
    let (mut held, mut wanted) = (old.first_child(), new.first_child());
    while let Some(node) = wanted {
        wanted = node.next_sibling();
        // What has a key is matched by it: a new row comes between, one that is gone leaves, and the others stay as they are.
        if let Some(name) = key(&node) {
            let same = keyed(held.clone(), &name);
            if same.is_none() {
                let _ = old.insert_before(&node, held.as_ref());
                continue;
            }
            while held != same {
                let Some(gone) = held else { break };
                held = gone.next_sibling();
                let _ = old.remove_child(&gone);
            }
        }
        match held {
            Some(child) => {
                held = child.next_sibling();
                replace(old, &child, &node);
            }
            None => drop(old.append_child(&node)),
        }
    }
    while let Some(child) = held {
        held = child.next_sibling();
        let _ = old.remove_child(&child);
    }
}

fn replace(parent: &Element, child: &Node, node: &Node) {
    match (child.dyn_ref::<Element>(), node.dyn_ref::<Element>()) {
        (Some(old), Some(new)) => sync(old, new),
        (None, None) => {
            if child.node_value() != node.node_value() {
                child.set_node_value(node.node_value().as_deref());
            }
        }
        _ => drop(parent.replace_child(node, child)),
    }
}
