//! The boards. A new one is one file and one line in [`BOARDS`]: navigation, routes, the tenant's list and the
//! end-to-end smoke test follow from it.

pub mod trends;

use crate::api::Plant;
use leptos::prelude::*;

/// A board of a tenant.
pub struct Board {
    /// Its place in the address.
    pub slug: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What it shows, in one sentence.
    pub about: &'static str,
    /// Its page.
    pub view: fn(Plant) -> AnyView,
}

/// All boards, in the order of the navigation.
pub const BOARDS: &[Board] = &[Board {
    slug: "trends",
    title: "Trends",
    about: "Process values over time, one below the other or overlaid.",
    view: |plant| view! { <trends::Trends plant/> }.into_any(),
}];

/// The board of an address.
pub fn board(slug: &str) -> Option<&'static Board> {
    BOARDS.iter().find(|board| board.slug == slug)
}
