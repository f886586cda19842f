//! The boards. A new one is one file and one line in [`BOARDS`]: navigation, routes, the tenant's list and the
//! end-to-end smoke test follow from it.

pub mod machines;
pub mod model;
pub mod oee;
pub mod plant;
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
    /// What it does; `None` where the code of this page does not hold it, so that going there loads another page.
    pub code: Option<Code>,
    /// Whether something may follow it in the address, and how much of it.
    pub goes_on: GoesOn,
    /// Whether its code is in the lean half of the page's code.
    pub lean: bool,
    /// Whether it is for those alone who may state something about the plant.
    pub states: bool,
}

/// What may follow a board in the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoesOn {
    /// Nothing.
    No,
    /// One name.
    Once,
    /// Any number of them.
    On,
}

/// What a board does.
#[derive(Clone, Copy)]
pub struct Code {
    /// Its first question, asked before the page leaves the server; the answer is packed. The texts are what follows the board in
    /// the address, a machine, and the query.
    pub first: fn(Plant, String, String) -> First,
    /// Its page around that answer.
    pub view: fn(Plant, String, Vec<u8>) -> AnyView,
}

/// The code of a board that is left out of the lean half.
const fn heavy(code: Code) -> Option<Code> {
    if cfg!(feature = "lean") { None } else { Some(code) }
}

/// A board's first answer on its way, packed by the board itself.
pub type First = Pin<Box<dyn Future<Output = Vec<u8>> + Send>>;

/// All boards, in the order of the navigation.
pub const BOARDS: &[Board] = &[
    Board {
        slug: "plant",
        title: "Plant",
        about: "Every machine at a glance: what runs, what stands, what it costs.",
        code: heavy(Code {
            first: |plant, _, search| Box::pin(plant::first(plant, search)),
            view: |plant, _, first| view! { <plant::PlantBoard plant first/> }.into_any(),
        }),
        goes_on: GoesOn::No,
        lean: false,
        states: false,
    },
    Board {
        slug: "machines",
        title: "Machines",
        about: "One machine: its states, losses and stops, and what if.",
        code: heavy(Code {
            first: |plant, machine, search| Box::pin(machines::first(plant, machine, search)),
            view: |plant, machine, first| view! { <machines::Machines plant machine first/> }.into_any(),
        }),
        goes_on: GoesOn::Once,
        lean: false,
        states: false,
    },
    Board {
        slug: "trends",
        title: "Trends",
        about: "Process values over time, one below the other or overlaid.",
        code: Some(Code {
            first: |plant, _, search| Box::pin(trends::first(plant, search)),
            view: |plant, _, first| view! { <trends::Trends plant first/> }.into_any(),
        }),
        goes_on: GoesOn::No,
        lean: true,
        states: false,
    },
    Board {
        slug: "model",
        title: "Model",
        about: "Machines, shifts, products and reasons: what is stated about the plant, by whom and why.",
        code: Some(Code {
            first: |plant, rest, search| Box::pin(model::first(plant, rest, search)),
            view: |plant, rest, first| view! { <model::Model plant rest first/> }.into_any(),
        }),
        goes_on: GoesOn::On,
        lean: true,
        states: true,
    },
];

/// The boards that the navigation of a plant offers.
pub fn offered(plant: &Plant) -> impl Iterator<Item = &'static Board> + use<> {
    let states = plant.states;
    BOARDS.iter().filter(move |board| states || !board.states)
}

/// The board of an address.
pub fn board(slug: &str) -> Option<&'static Board> {
    BOARDS.iter().find(|board| board.slug == slug)
}
