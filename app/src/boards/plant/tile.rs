//! Tiles: a machine each, the state by colour and word, its shift in figures and as a stripe.

use super::machine_href;
use super::query::{Order, Query};
use crate::boards::oee::words;
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use crate::widgets::ticking;
use chart::states::States;
use chart::{bar, sparkline};
use domain::Timestamp;
use domain::board::roll::Roll;
use domain::board::tile::STRIPE_PX;
use domain::board::{Asked, PlantAnswer, Tile};
use domain::format;
use domain::oee::strip::severity;
use domain::oee::{Category, Flag};
use std::cmp::Reverse;

/// The tiles that the address wants, in its order, under headings where it groups them.
pub fn blocks(answer: &PlantAnswer, query: &Query, tenant: &str) -> Vec<Block> {
    let mut tiles: Vec<&Tile> = answer.tiles.iter().filter(|tile| query.show.holds(tile) && query.is_about(tile)).collect();
    let lost = |tile: &Tile| tile.money.as_ref().map_or(0, |money| money.lost_minor());
    match query.order {
        Order::Name => {}
        Order::Loss => tiles.sort_by_key(|tile| Reverse(lost(tile))),
        Order::State => tiles.sort_by_key(|tile| Reverse((severity(tile.state.category), lost(tile)))),
        Order::Line => tiles.sort_by_key(|tile| answer.lines.iter().position(|roll| roll.id == tile.line_id)),
        Order::Customer => tiles.sort_by(|a, b| (&a.customer, &a.model).cmp(&(&b.customer, &b.model))),
    }
    let mut blocks = Vec::new();
    let mut group: Option<String> = None;
    for tile in tiles {
        let of = match query.order {
            Order::Line => Some((tile.line_id.clone(), &answer.lines)),
            Order::Customer => Some((tile.owner_id(), &answer.customers)),
            _ => None,
        };
        if let Some((id, rolls)) = of.filter(|(id, _)| group.as_ref() != Some(id)) {
            blocks.extend(rolls.iter().find(|roll| roll.id == id).map(|roll| heading(roll, query, tenant, blocks.len())));
            group = Some(id);
        }
        blocks.push(block(tile, query, tenant, answer.as_of));
    }
    if blocks.is_empty() {
        let said = if answer.tiles.is_empty() && query.asked.known.is_some() {
            "Nothing was known of any machine at this moment."
        } else if answer.tiles.is_empty() {
            "No machines yet: add [[machine]] entries to the configuration, or send what one says, and it appears here."
        } else if query.rolled_up(answer).is_none() {
            "There is no such site or line here; follow Plant to all machines."
        } else {
            "No machine is in this state."
        };
        blocks.push(Block { id: "nothing".to_owned(), html: format!("<p id=\"nothing\" class=\"panel notice\">{said}</p>") });
    }
    blocks
}

/// What stands above the machines of a line or a customer; a line's name leads to it alone.
fn heading(roll: &Roll, query: &Query, tenant: &str, place: usize) -> Block {
    let id = format!("g-{place}");
    let name = if roll.name.is_empty() { "Without a group".to_owned() } else { escaped(&roll.name) };
    let name = if query.order == Order::Line && !roll.id.is_empty() && query.line.is_none() {
        let to = Query { line: Some(roll.id.clone()), order: Order::default(), ..query.clone() };
        format!("<a href=\"{}\">{name}</a>", escaped(&to.href(tenant)))
    } else {
        name
    };
    let summary = super::roll::summary(roll, query.rolled).0;
    let open = super::roll::open(summary).map(|open| format!(" ({open})")).unwrap_or_default();
    let oee = words::percent_sign(summary.ratios.oee);
    let html = format!(
        "<h2 id=\"{id}\" class=\"group\"><b>{name}</b> OEE {oee}{open} {} · {} of {} running{}</h2>",
        words::change(summary.change),
        roll.running,
        roll.machines,
        super::lost::sentence(roll, summary.ratios.oee.is_some())
    );
    Block { id, html }
}

fn block(tile: &Tile, query: &Query, tenant: &str, as_of: Timestamp) -> Block {
    let id = format!("m-{}", crate::address::segment(&tile.id));
    let state = &tile.state;
    let unexplained = state.category == Category::UnplannedStop && state.reason.is_none();
    let word = if unexplained { "stop without reason" } else { words::state(state.category) };
    let about = match (&state.reason, &tile.product) {
        (Some(reason), _) => reason.clone(),
        (None, _) if unexplained => "Tap to give a reason".to_owned(),
        (None, product) => product.clone().unwrap_or_default(),
    };
    let since = state.since.map(|since| ticking::since(since, state.until, as_of));
    let class = match state.category {
        Category::UnplannedStop => " bad",
        Category::Unknown => " unknown",
        _ => "",
    };
    let html = format!(
        "<a id=\"{id}\" class=\"panel tile{class}\" href=\"{}\" style=\"--state: var(--{})\"><div class=\"tile-head\"><b>{}</b><span class=\"state\">{word}</span></div>\
         <div class=\"tile-about\"><small>{}</small><small>{}</small></div>\
         <div class=\"tile-middle\"><div><div class=\"oee rating-{}\">{}</div><small>OEE {}</small></div><div class=\"apq\">{}</div></div>\
         {}<div class=\"tile-foot\"><small>{}</small><small>{}</small></div></a>",
        machine_href(tenant, &tile.id, &then(query, as_of)),
        words::colour(state.category),
        escaped(&tile.name),
        escaped(&about),
        since.unwrap_or_default(),
        words::rating(tile.rating),
        oee(tile),
        words::change(tile.change),
        factors(tile),
        States { runs: tile.runs.clone(), pixels: STRIPE_PX }.svg(),
        parts(tile),
        money(tile),
    );
    Block { id, html }
}

/// The window of a link to a machine: its clock on the wall may be another, so a moment is named as an instant.
fn then(query: &Query, as_of: Timestamp) -> Asked {
    let known = query.asked.known.as_ref().map(|_| as_of.rfc3339());
    Asked { known, ..query.asked.clone() }
}

/// The number, its target, and what missing data leaves open.
fn oee(tile: &Tile) -> String {
    let sign = if tile.ratios.oee.is_some() { " <small>%</small>" } else { "" };
    let target = tile.target.map(|target| format!(" <small>of {}</small>", format::number(f64::from(target.oee) / 10.0, 0)));
    let mark = if tile.flags.iter().any(|flag| !matches!(flag, Flag::MissingData | Flag::Provisional)) {
        "<small title=\"see the machine's page\"> !</small>"
    } else {
        ""
    };
    let open = tile.interval.map(|interval| {
        let end = |value| format::number(value * 100.0, 0);
        format!("<small class=\"interval\">{}–{} % possible</small>", end(interval.low), end(interval.high))
    });
    format!("{}{sign}{}{mark}{}", words::percent(tile.ratios.oee), target.unwrap_or_default(), open.unwrap_or_default())
}

fn factors(tile: &Tile) -> String {
    let ratios = &tile.ratios;
    let targets = tile.target.and_then(|target| target.factors);
    let rows = ["A", "P", "Q"].into_iter().zip([ratios.availability, ratios.performance, ratios.quality]).zip(0_usize..);
    let row = |((name, value), place): ((&str, Option<f64>), usize)| {
        let target = targets.and_then(|targets| targets.get(place).copied());
        format!("<span>{name}</span>{}<span>{}</span>", bar::ratio(value, target), words::percent(value))
    };
    rows.map(row).collect()
}

fn parts(tile: &Tile) -> String {
    let planned = tile.planned.map(|planned| format!(" of {}", format::count(planned))).unwrap_or_default();
    let bad = tile.total.saturating_sub(tile.good);
    let bad = if bad > 0 { format!(", {} not good", format::count(bad)) } else { String::new() };
    format!("{} good{planned}{bad}", format::count(tile.good))
}

fn money(tile: &Tile) -> String {
    let line = sparkline::svg(&tile.spark);
    // Nothing is known to be lost where nothing can be said of OEE: that is no zero.
    let money = tile.money.filter(|money| tile.ratios.oee.is_some() || money.lost_minor() != 0);
    let lost = money.map(|money| format!("−{}", words::money(money.lost_minor(), money.currency, false))).unwrap_or_default();
    format!("{line} <b>{lost}</b>")
}
