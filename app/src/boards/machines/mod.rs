//! Board `machines/{machine}`: what one machine did, what it lost and why, and what it could have been. Without a machine
//! the list of all of them.

mod compare;
mod head;
mod list;
mod losses;
mod past;
mod query;
mod shown;
mod states;
mod stops;
mod what_if;

use super::oee::feed::{Asking, Feed, banner};
use super::oee::frame;
use crate::api::Plant;
use crate::api_oee::{self, Page};
use crate::error::AppError;
use crate::place::Place;
use crate::widgets::patch::{Block, Blocks};
use crate::widgets::ticking;
use crate::widgets::top_bar::TopBar;
use domain::board::Asked;
use leptos::prelude::*;
pub use query::{FIGURES, Log, Query};
pub use shown::Shown;
use std::sync::Arc;
use std::time::Duration;

/// What is asked of the server: all that its answer depends on.
#[derive(Clone, Debug, PartialEq)]
struct Question {
    tenant: String,
    machine: String,
    asked: Asked,
    average: u32,
    explain: bool,
    micro: bool,
    compare: &'static str,
    only: Option<String>,
    older: Option<i64>,
    /// The whole address where it opens panels that the server writes.
    opened: String,
}

/// Width of the stripe that is asked for.
const PIXELS: u32 = 1_440;

impl Question {
    fn of(tenant: &str, machine: &str, query: &Query) -> Self {
        Self {
            tenant: tenant.to_owned(),
            machine: machine.to_owned(),
            asked: query.asked.clone(),
            average: query.average,
            explain: query.explain.is_some(),
            micro: query.micro,
            compare: query.compare_word(),
            only: query.only.clone(),
            older: query.older.map(domain::Timestamp::us),
            opened: query.opened(),
        }
    }
}

fn ask(question: Question) -> Asking<Page> {
    let Question { tenant, machine, asked, average, explain, micro, compare, only, older, opened } = question;
    let (from, to) = asked.range.unzip();
    let (period, compare, back, known) = (asked.period.word().to_owned(), compare.to_owned(), asked.back, asked.known);
    Box::pin(api_oee::machine_board(
        tenant, machine, period, back, from, to, average, explain, micro, compare, PIXELS, known, opened, older, only,
    ))
}

/// The first answer, packed for the way into the page.
pub async fn first(plant: Plant, machine: String, search: String) -> Vec<u8> {
    if machine.is_empty() {
        return super::plant::first(plant, search).await;
    }
    let answer = ask(Question::of(&plant.tenant, &machine, &Query::parse(&search))).await;
    postcard::to_allocvec(&answer).unwrap_or_default()
}

/// The board of a machine, or the list of all.
#[component]
pub fn Machines(plant: Plant, machine: String, first: Vec<u8>) -> impl IntoView {
    if machine.is_empty() { view! { <list::List plant first/> }.into_any() } else { view! { <Machine plant machine first/> }.into_any() }
}

#[component]
fn Machine(plant: Plant, machine: String, first: Vec<u8>) -> impl IntoView {
    let place = expect_context::<Place>();
    let query = Memo::new(move |_| Query::parse(&place.search.read()));
    let (tenant, id) = (plant.tenant.clone(), machine.clone());
    let question = Memo::new(move |_| Question::of(&tenant, &id, &query.read()));
    let first: Result<Page, AppError> = postcard::from_bytes(&first).unwrap_or(Err(AppError::Connection));
    if let Err(error) = &first {
        crate::side::set_status(error.status());
    }
    let name = first.as_ref().map_or_else(|_| machine.clone(), |answer| answer.tile.name.clone());
    crate::side::set_title(&format!("{name} of {}", plant.name));
    let feed =
        Feed::start(question, first, ask, |question| frame::moves(&question.asked), (plant.tenant.clone(), Some(machine.clone())), None);
    ticking::start();
    let (tenant, plant_name) = (plant.tenant.clone(), plant.name.clone());
    let unnamed = head::unnamed(&tenant, &plant_name, &machine);
    // What is shown, and under which address: a later answer or another address make it anew.
    let shown = Memo::new(move |_| {
        let answer = feed.answer.get()?;
        Some(Arc::new(Shown { answer, query: query.get(), tenant: tenant.clone(), machine: machine.clone(), plant: plant_name.clone() }))
    });
    let blocks =
        move |make: fn(&Shown) -> Vec<Block>| Signal::derive(move || shown.read().as_ref().map(|shown| make(shown)).unwrap_or_default());
    let trouble = Signal::derive(move || {
        let mut blocks = vec![Block { id: "trouble".to_owned(), html: banner(&feed.trouble.read()) }];
        if shown.read().is_none() {
            blocks.insert(0, Block { id: "unnamed".to_owned(), html: unnamed.clone() });
        }
        blocks
    });
    let fresh = Signal::derive(move || {
        let as_of = feed.answer.read().as_ref().map(|answer| answer.as_of);
        let html = ticking::freshness(as_of, frame::moves(&query.read().asked), &feed.trouble.read());
        vec![Block { id: "fresh".to_owned(), html }]
    });
    // A filing fails by itself: the next good answer of the board does not mend it.
    let unfiled: RwSignal<Option<AppError>> = RwSignal::new(None);
    Effect::new(move |_| {
        question.track();
        unfiled.set(None);
    });
    let failed = Signal::derive(move || vec![stops::unfiled(unfiled.read().as_ref())]);
    // What an address opens stands below the stops; the rest has its places among the panels.
    let opened = Signal::derive(move || {
        let opens = |panel: &&Block| !matches!(panel.id.as_str(), "flags" | "explain" | "losses" | "rejects");
        feed.answer.read().as_ref().map(|page| page.panels.iter().filter(opens).cloned().collect::<Vec<_>>()).unwrap_or_default()
    });
    show_opened(Memo::new(move |_| opened.with(|panels| panels.first().map(|panel| panel.id.clone()))), None);
    show_opened(Memo::new(move |_| query.read().only.clone()), Some("stops"));
    let file = move |event: leptos::ev::SubmitEvent| stops::submit(&event, feed, place, unfiled);
    view! {
        <TopBar plant=plant><Blocks class="fresh" blocks=fresh/></TopBar>
        <main class="page oee" id="main" class:dimmed=move || feed.trouble.read().is_some() class:unknown=move || shown.read().is_none()>
            <Blocks class="head" blocks=trouble/>
            <Blocks class="head" blocks=blocks(head::blocks)/>
            <states::States shown/>
            <Blocks class="panels" blocks=blocks(losses::blocks)/>
            <div class="panels">
                <Blocks class="one" blocks=blocks(past::blocks)/>
                <div class="one"><Blocks class="one" blocks=blocks(|shown| shown.written("rejects").into_iter().collect())/><what_if::WhatIf shown/></div>
            </div>
            <div on:submit=file><Blocks class="one" blocks=failed/><Blocks class="one" blocks=blocks(stops::blocks)/></div>
            <Blocks class="one" blocks=opened/>
            <Blocks class="one" blocks=blocks(compare::blocks)/>
        </main>
    }
    .into_any()
}

/// Brings a panel into view when a link further up opened it or asked it for something else; it is called as what was asked where
/// it has no other `id`.
fn show_opened(asked: Memo<Option<String>>, id: Option<&'static str>) {
    Effect::new(move |before: Option<()>| {
        if let (Some(()), Some(asked)) = (before, asked.get()) {
            // After the effect that puts it into the page.
            let show = move || {
                let panel = document().get_element_by_id(id.unwrap_or(&asked));
                panel.iter().for_each(web_sys::Element::scroll_into_view);
            };
            set_timeout(show, Duration::ZERO);
        }
    });
}
