//! All machines of a plant as a list, line by line: the way from the plant to a machine where one knows its name.

use crate::address;
use crate::api::Plant;
use crate::boards::oee::{frame, words};
use crate::error::AppError;
use crate::place::Place;
use crate::widgets::html::escaped;
use crate::widgets::ticking;
use crate::widgets::top_bar::TopBar;
use domain::board::{Asked, PlantAnswer, Tile};
use domain::natural;
use domain::zone::ZoneOffsets;
use leptos::prelude::*;

/// The list.
#[component]
pub fn List(plant: Plant, first: Vec<u8>) -> impl IntoView {
    let first: Result<PlantAnswer, AppError> = postcard::from_bytes(&first).unwrap_or(Err(AppError::Connection));
    crate::side::set_title(&format!("Machines of {}", plant.name));
    let body = match &first {
        Ok(answer) => {
            let asked = super::super::plant::Query::parse(&expect_context::<Place>().search.get_untracked()).asked;
            let zone = answer.tiles.first().map_or_else(ZoneOffsets::utc, |tile| tile.zone.clone());
            let now = |asked: Asked| format!("{}{}", address::board(&plant.tenant, "machines"), frame::search(&pairs(&asked)));
            let known = frame::known(&asked, answer.as_of, &zone, now).into_iter().map(|block| block.html);
            // An instant, because the clocks of several sites differ.
            let then = asked.known.as_ref().map(|_| answer.as_of.rfc3339());
            known.collect::<String>() + &table(answer, &plant.tenant, &Asked { known: then, ..asked })
        }
        Err(error) => {
            crate::side::set_status(error.status());
            format!("<p class=\"banner\" role=\"alert\">{}</p>", escaped(&error.to_string()))
        }
    };
    let crumb = format!("<a href=\"{}\">{}</a> / <b>Machines</b>", escaped(&address::tenant(&plant.tenant)), escaped(&plant.name));
    ticking::start();
    view! {
        <TopBar plant=plant/>
        <main class="page oee" id="main">
            <h1 class="crumb" inner_html=crumb></h1>
            <div class="panel" inner_html=body></div>
        </main>
    }
    .into_any()
}

fn pairs(asked: &Asked) -> Vec<String> {
    let mut pairs = Vec::new();
    frame::write(asked, &mut pairs);
    pairs
}

fn table(answer: &PlantAnswer, tenant: &str, asked: &Asked) -> String {
    let mut tiles: Vec<&Tile> = answer.tiles.iter().collect();
    // They come by name.
    tiles.sort_by(|a, b| natural::compare(&a.line, &b.line));
    let row = |tile: &&Tile| {
        let lasts = tile.state.since.map(|since| ticking::since(since, tile.state.until, answer.as_of)).unwrap_or_default();
        let change = tile.ratios.oee.map(|_| words::change(tile.change)).unwrap_or_default();
        format!(
            "<tr><th scope=\"row\"><a href=\"{}\">{}</a></th><td>{}</td><td><i class=\"key key-{colour}\" style=\"--state: var(--{colour})\"></i>{}</td><td class=\"figure\">{lasts}</td><td class=\"figure\"><b>{}</b></td><td class=\"figure\">{change}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&format!("{}{}", address::machine(tenant, &tile.id), frame::search(&pairs(asked)))),
            escaped(&tile.name),
            escaped(&tile.line),
            words::state(tile.state.category),
            words::percent_sign(tile.ratios.oee),
            escaped(&tile.model),
            escaped(&tile.customer),
            escaped(&tile.site),
            colour = words::colour(tile.state.category)
        )
    };
    let rows: String = tiles.iter().map(row).collect();
    if rows.is_empty() {
        return "<p class=\"muted\">No machines yet: add [[machine]] entries to the configuration.</p>".to_owned();
    }
    let window = if asked.range.is_some() { "window" } else { asked.period.word() };
    format!(
        "<div class=\"table-scroll whole\" tabindex=\"0\"><table class=\"words\"><thead><tr><th scope=\"col\">Machine</th><th scope=\"col\">Line</th><th scope=\"col\">State</th><th scope=\"col\" class=\"figure\">for</th><th scope=\"col\" class=\"figure\">OEE of the {window}</th><th scope=\"col\" class=\"figure\">against the one before</th><th scope=\"col\">Model</th><th scope=\"col\">Customer</th><th scope=\"col\">Site</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
}
