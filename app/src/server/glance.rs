//! A tenant's machines at a glance, for its home: what each does, its OEE of the running shift, and the way to it.

use super::oee::{asked, plant_board};
use crate::address;
use crate::boards::oee::words;
use crate::widgets::html::escaped;
use domain::board::tile::Tile;
use domain::format;
use store::Store;

/// A heading and a card for each machine, the dearest first as on the board; nothing where there are none, or where they cannot be read:
/// the boards say why.
pub async fn glance(store: &Store, tenant: &str) -> String {
    let Ok(answer) = plant_board(store, tenant, &asked("", 0, (None, None), None)).await else { return String::new() };
    if answer.tiles.is_empty() {
        return String::new();
    }
    let cards: String = answer.tiles.iter().map(|tile| card(tenant, tile)).collect();
    format!("<h2 class=\"glance-head\">Machines</h2><ul class=\"glance\">{cards}</ul>")
}

fn card(tenant: &str, tile: &Tile) -> String {
    let (category, line) = (tile.state.category, if tile.line.is_empty() { &tile.model } else { &tile.line });
    let interval = tile.interval.map(|open| {
        let [low, high] = [open.low, open.high].map(|ratio| format::number(ratio * 100.0, 0));
        format!(" ({low}–{high} % possible)")
    });
    format!(
        "<li><a class=\"panel card\" href=\"{}\" style=\"--state: var(--{})\"><b>{}</b><small><span class=\"state\">{}</span> · OEE {}{}</small><small>{}</small></a></li>",
        address::machine(tenant, &tile.id),
        words::colour(category),
        escaped(&tile.name),
        words::state(category),
        words::percent_sign(tile.ratios.oee),
        interval.unwrap_or_default(),
        escaped(line),
    )
}
