//! The machines of a plant on its first page, what is wrong first. The server writes it, because the code of that page holds no
//! board of OEE.

use super::oee::plant_board;
use crate::address;
use crate::boards::oee::words;
use crate::widgets::html::escaped;
use domain::board::{Asked, PlantAnswer, Tile};
use domain::oee::strip::severity;
use std::cmp::Reverse;
use store::Store;

/// The list, as HTML. Nothing where there are no machines, and where they cannot be read: the boards say why.
pub async fn glance(store: &Store, tenant: &str) -> String {
    let found = plant_board(store, tenant, &Asked::default(), None).await;
    found.ok().filter(|answer| !answer.tiles.is_empty()).map(|answer| list(&answer, tenant)).unwrap_or_default()
}

fn list(answer: &PlantAnswer, tenant: &str) -> String {
    let mut tiles: Vec<&Tile> = answer.tiles.iter().collect();
    let lost = |tile: &Tile| tile.money.as_ref().map_or(0, |money| money.lost_minor());
    tiles.sort_by_key(|tile| Reverse((severity(tile.state.category), lost(tile))));
    let all = &answer.all;
    let unknown = if all.unknown > 0 { format!(", {} unknown", all.unknown) } else { String::new() };
    // Clocks of several sites differ: the moment is told on the first one's, with its name.
    let as_of = tiles.first().map(|tile| {
        let moment = tile.zone.date_time(answer.as_of);
        format!("{} {}", moment.get(11..19).unwrap_or(&moment), escaped(&tile.zone.name))
    });
    let entries: String = tiles.iter().map(|tile| entry(tile, tenant)).collect();
    format!(
        "<section class=\"glance\" aria-labelledby=\"glance\"><h2 id=\"glance\"><a href=\"{}\">{}</a>: {} running, {} stopped{unknown} · OEE {} <small>as of {}</small></h2><ul>{entries}</ul></section>",
        escaped(&address::board(tenant, "plant")),
        words::many(all.machines, "machine"),
        all.running,
        all.stopped,
        words::percent_sign(all.fleet.ratios.oee),
        as_of.unwrap_or_default()
    )
}

fn entry(tile: &Tile, tenant: &str) -> String {
    let state = &tile.state;
    let reason = state.reason.as_ref().map(|reason| format!(", {}", escaped(reason))).unwrap_or_default();
    let colour = words::colour(state.category);
    let possible = tile.interval.map(|open| format!(" <small>{}</small>", words::possible(open, 0)));
    format!(
        "<li><a class=\"panel\" href=\"{}\"><i class=\"key key-{colour}\" style=\"--state: var(--{colour})\"></i><b>{}</b><span class=\"state\" style=\"--state: var(--{colour})\">{}{reason}</span><span class=\"rating-{}\">{}{}</span></a></li>",
        escaped(&address::machine(tenant, &tile.id)),
        escaped(&tile.name),
        words::state(state.category),
        words::rating(tile.rating),
        words::percent_sign(tile.ratios.oee),
        possible.unwrap_or_default()
    )
}
