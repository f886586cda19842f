//! Board `plant`: every machine as a tile, all of them together above; one glance tells what is wrong.

mod lost;
mod query;
mod roll;
mod tile;

use super::oee::feed::{Asking, Feed, Part, banner};
use super::oee::frame;
use crate::api::Plant;
use crate::api_oee;
use crate::error::AppError;
use crate::place::Place;
use crate::widgets::html::escaped;
use crate::widgets::patch::{Block, Blocks};
use crate::widgets::ticking;
use crate::widgets::top_bar::TopBar;
use domain::MachineId;
use domain::board::{Asked, PlantAnswer};
use leptos::prelude::*;
pub use query::Query;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// How long a screen on a wall shows the same tiles.
const ROTATED: Duration = Duration::from_secs(12);

/// What is asked: whose machines, in which window.
type Question = (String, Asked);

/// The first answer, packed for the way into the page.
pub async fn first(plant: Plant, search: String) -> Vec<u8> {
    let answer = ask((plant.tenant, Query::parse(&search).asked)).await;
    postcard::to_allocvec(&answer).unwrap_or_default()
}

fn ask(question: Question) -> Asking<PlantAnswer> {
    ask_about(question, None)
}

fn ask_about((tenant, asked): Question, machines: Option<Vec<MachineId>>) -> Asking<PlantAnswer> {
    let (from, to) = asked.range.unzip();
    Box::pin(api_oee::plant_board(tenant, asked.period.word().to_owned(), asked.back, from, to, asked.known, machines))
}

/// The board around its first answer.
#[component]
pub fn PlantBoard(plant: Plant, first: Vec<u8>) -> impl IntoView {
    let search = expect_context::<Place>().search;
    let query = Memo::new(move |_| Query::parse(&search.read()));
    let tenant = plant.tenant.clone();
    let question = Memo::new(move |_| (tenant.clone(), query.read().asked.clone()));
    let first: Result<PlantAnswer, AppError> = postcard::from_bytes(&first).unwrap_or(Err(AppError::Connection));
    if let Err(error) = &first {
        crate::side::set_status(error.status());
    }
    let part = Part {
        ask: |question, machines| ask_about(question, Some(machines)),
        take: |whole, part| {
            let mut taken = PlantAnswer::clone(whole);
            taken.take(part).then_some(taken)
        },
        as_of: |answer| answer.as_of,
    };
    let feed = Feed::start(question, first, ask, |(_, asked)| frame::moves(asked), (plant.tenant.clone(), None), Some(part));
    crate::side::set_title(&format!("Plant of {}", plant.name));
    ticking::start();
    let tv = Memo::new(move |_| query.read().tv);
    rotate(tv);
    let (named, tenant) = (plant.name.clone(), plant.tenant.clone());
    let head = Signal::derive(move || {
        let mut blocks = vec![Block { id: "trouble".to_owned(), html: banner(&feed.trouble.read()) }];
        match feed.answer.read().as_ref() {
            Some(answer) => blocks.extend(roll::blocks(answer, &query.read(), &tenant, &named)),
            None => blocks.push(Block {
                id: "crumb".to_owned(),
                html: format!("<h1 id=\"crumb\" class=\"crumb\"><b>Plant</b> of {}</h1>", escaped(&named)),
            }),
        }
        blocks
    });
    let tenant = plant.tenant.clone();
    let tiles =
        Signal::derive(move || feed.answer.read().as_ref().map(|answer| tile::blocks(answer, &query.read(), &tenant)).unwrap_or_default());
    let fresh = Signal::derive(move || {
        let as_of = feed.answer.read().as_ref().map(|answer| answer.as_of);
        let moves = frame::moves(&query.read().asked);
        vec![Block { id: "fresh".to_owned(), html: ticking::freshness(as_of, moves, &feed.trouble.read()) }]
    });
    let dimmed = move || if feed.trouble.read().is_some() { "tiles-frame dimmed" } else { "tiles-frame" };
    view! {
        {move || (!tv.get()).then(|| view! { <TopBar plant=plant.clone()><Blocks class="fresh" blocks=fresh/></TopBar> })}
        <main class=move || if tv.get() { "page oee tv" } else { "page oee" } id="main">
            {move || tv.get().then(|| view! { <Blocks class="fresh" blocks=fresh/> })}
            <Blocks class="head" blocks=head/>
            <div class=dimmed><Blocks class="tiles" blocks=tiles/></div>
        </main>
    }
    .into_any()
}

/// On a wall nobody scrolls: where not all tiles fit, the next of them come by themselves.
fn rotate(tv: Memo<bool>) {
    Effect::new(move |_| {
        if !tv.get() {
            return;
        }
        let turn = || {
            let window = window();
            let number = |value: Result<JsValue, JsValue>| value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0);
            let (high, at) = (number(window.inner_height()), window.scroll_y().unwrap_or(0.0));
            let all = document().document_element().map_or(0.0, |page| f64::from(page.scroll_height()));
            let next = if at + high >= all - 8.0 { 0.0 } else { at + high * 0.85 };
            window.scroll_to_with_x_and_y(0.0, next);
        };
        let handle = set_interval_with_handle(turn, ROTATED).ok();
        on_cleanup(move || handle.iter().for_each(|handle| handle.clear()));
    });
}

/// The address of a machine in the same window.
fn machine_href(tenant: &str, id: &str, asked: &Asked) -> String {
    let mut pairs = Vec::new();
    frame::write(asked, &mut pairs);
    escaped(&format!("{}{}", crate::address::machine(tenant, id), frame::search(&pairs)))
}
