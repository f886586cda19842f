//! The boards. A new one is one file and one line in [`BOARDS`]: navigation, routes, the tenant's list and the
//! end-to-end smoke test follow from it.

pub mod trends;

use crate::api::Plant;
use leptos::prelude::*;
use std::pin::Pin;

/// A board of a tenant.
pub struct Board {
    /// Its place in the address.
    pub slug: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What it shows, in one sentence.
    pub about: &'static str,
    /// Its first question, asked before the page leaves the server; the answer is packed.
    pub first: fn(Plant, String) -> First,
    /// Its page around that answer.
    pub view: fn(Plant, Vec<u8>) -> AnyView,
}

/// A board's first answer on its way, packed by the board itself.
pub type First = Pin<Box<dyn Future<Output = Vec<u8>> + Send>>;

/// All boards, in the order of the navigation.
pub const BOARDS: &[Board] = &[Board {
    slug: "trends",
    title: "Trends",
    about: "Process values over time, one below the other or overlaid.",
    first: |plant, search| Box::pin(trends::first(plant, search)),
    view: |plant, first| view! { <trends::Trends plant first/> }.into_any(),
}];

/// The board of an address.
pub fn board(slug: &str) -> Option<&'static Board> {
    BOARDS.iter().find(|board| board.slug == slug)
}
