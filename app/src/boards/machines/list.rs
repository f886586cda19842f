//! All machines of a plant as a list, line by line: the way from the plant to a machine where one knows its name.

use crate::address;
use crate::api::Plant;
use crate::boards::oee::words;
use crate::error::AppError;
use crate::widgets::html::escaped;
use crate::widgets::top_bar::TopBar;
use domain::board::{PlantAnswer, Tile};
use domain::natural;
use leptos::prelude::*;

/// The list.
#[component]
pub fn List(plant: Plant, first: Vec<u8>) -> impl IntoView {
    let first: Result<PlantAnswer, AppError> = postcard::from_bytes(&first).unwrap_or(Err(AppError::Connection));
    crate::side::set_title(&format!("Machines of {}", plant.name));
    let body = match &first {
        Ok(answer) => table(answer, &plant.tenant),
        Err(error) => {
            crate::side::set_status(error.status());
            format!("<p class=\"banner\" role=\"alert\">{}</p>", escaped(&error.to_string()))
        }
    };
    let crumb = format!("<a href=\"{}\">{}</a> / <b>Machines</b>", escaped(&address::tenant(&plant.tenant)), escaped(&plant.name));
    view! {
        <TopBar plant=plant/>
        <main class="page oee" id="main">
            <h1 class="crumb" inner_html=crumb></h1>
            <div class="panel" inner_html=body></div>
        </main>
    }
    .into_any()
}

fn table(answer: &PlantAnswer, tenant: &str) -> String {
    let mut tiles: Vec<&Tile> = answer.tiles.iter().collect();
    // They come by name.
    tiles.sort_by(|a, b| natural::compare(&a.line, &b.line));
    let row = |tile: &&Tile| {
        format!(
            "<tr><th scope=\"row\"><a href=\"{}\">{}</a></th><td>{}</td><td><i class=\"key\" style=\"--state: var(--{})\"></i>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&address::machine(tenant, &tile.id)),
            escaped(&tile.name),
            escaped(&tile.line),
            words::colour(tile.state.category),
            words::state(tile.state.category),
            words::percent_sign(tile.ratios.oee),
            escaped(&tile.model),
            escaped(&tile.customer),
            escaped(&tile.site)
        )
    };
    let rows: String = tiles.iter().map(row).collect();
    if rows.is_empty() {
        return "<p class=\"muted\">No machines yet: add [[machine]] entries to the configuration.</p>".to_owned();
    }
    format!(
        "<div class=\"table-scroll wide\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Machine</th><th scope=\"col\">Line</th><th scope=\"col\">State</th><th scope=\"col\">OEE of the shift</th><th scope=\"col\">Model</th><th scope=\"col\">Customer</th><th scope=\"col\">Site</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
}
