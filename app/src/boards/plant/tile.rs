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
    let money = query.weighs_money(answer);
    let lost = |tile: &Tile| if money { tile.money.as_ref().map_or(0, |money| money.lost_minor()) } else { tile.lost_us };
    // They come by name, and those of which the same was lost stay so.
    match query.order {
        Order::Name => {}
        Order::Loss => tiles.sort_by_key(|tile| Reverse(lost(tile))),
        Order::State => tiles.sort_by_key(|tile| Reverse((severity(tile.state.category), lost(tile)))),
        Order::Line => tiles.sort_by_key(|tile| answer.lines.iter().position(|roll| roll.id == tile.line_id)),
        Order::Customer => tiles.sort_by_cached_key(|tile| (tile.customer.clone(), of_model(answer, tile).is_some(), tile.model.clone())),
    }
    // Where machines have several shifts, each says which one its figures are of.
    let several = tiles.windows(2).any(|pair| matches!(pair, [a, b] if a.frame.name != b.frame.name));
    let mut blocks = Vec::new();
    let (mut group, mut customer): (Option<String>, Option<&str>) = (None, None);
    for tile in tiles {
        if query.order == Order::Customer && customer != Some(&tile.customer) {
            blocks.push(owner(answer, query, &tile.customer, blocks.len()));
            customer = Some(&tile.customer);
        }
        let roll = match query.order {
            Order::Line => answer.lines.iter().find(|roll| roll.id == tile.line_id),
            Order::Customer => of_model(answer, tile),
            _ => None,
        };
        if let Some(roll) = roll.filter(|roll| group.as_ref() != Some(&roll.id)) {
            blocks.push(heading(roll, query, tenant, blocks.len()));
            group = Some(roll.id.clone());
        }
        blocks.push(block(tile, query, tenant, answer.as_of, several));
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

/// The machines of a tile's customer and model together, where there are several: for a single one a heading of its own
/// would say what its tile says.
fn of_model<'a>(answer: &'a PlantAnswer, tile: &Tile) -> Option<&'a Roll> {
    let id = tile.owner_id();
    answer.customers.iter().find(|roll| roll.id == id && roll.machines > 1)
}

/// What stands above all machines of a customer.
fn owner(answer: &PlantAnswer, query: &Query, customer: &str, place: usize) -> Block {
    let id = format!("g-{place}");
    let theirs = answer.tiles.iter().filter(|tile| tile.customer == customer && query.is_about(tile));
    let (mut machines, mut running) = (0_u32, 0_u32);
    for tile in theirs {
        machines += 1;
        running += u32::from(matches!(tile.state.category, Category::Run | Category::Slow));
    }
    let name = if customer.is_empty() { "No customer named".to_owned() } else { escaped(customer) };
    let html = format!("<h2 id=\"{id}\" class=\"group\"><b>{name}</b> {}, {running} running</h2>", words::many(machines, "machine"));
    Block { id, html }
}

/// What stands above the machines of a line, or of a customer's model; a line's name leads to it alone.
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
    let change = summary.ratios.oee.map(|_| words::change(summary.change)).unwrap_or_default();
    let html = format!(
        "<h2 id=\"{id}\" class=\"group\"><b>{name}</b> OEE {oee}{open} {change} · {} of {} running{}</h2>",
        roll.running,
        roll.machines,
        super::lost::sentence(roll, summary.ratios.oee.is_some())
    );
    Block { id, html }
}

fn block(tile: &Tile, query: &Query, tenant: &str, as_of: Timestamp, several: bool) -> Block {
    let id = format!("m-{}", crate::address::segment(&tile.id));
    let state = &tile.state;
    let unexplained = state.category == Category::UnplannedStop && state.reason.is_none();
    let word = if unexplained { "stop without reason" } else { words::state(state.category) };
    let reason = if unexplained { Some("Tap to give a reason") } else { state.reason.as_deref() };
    let model = (query.order == Order::Customer && !tile.model.is_empty()).then_some(tile.model.as_str());
    let about: Vec<&str> = [model, reason, tile.product.as_deref()].into_iter().flatten().collect();
    let shift = if several && !tile.frame.shift.is_empty() { format!(", {}", escaped(&tile.frame.shift)) } else { String::new() };
    let since = state.since.map(|since| ticking::since(since, state.until, as_of));
    let class = match state.category {
        Category::UnplannedStop => " bad",
        Category::Unknown => " unknown",
        _ => "",
    };
    let html = format!(
        "<a id=\"{id}\" class=\"panel tile{class}\" href=\"{}\" style=\"--state: var(--{})\"><div class=\"tile-head\"><b>{}</b><span class=\"state\">{word}</span></div>\
         <div class=\"tile-about\"><small>{}</small><small>{}</small></div>\
         <div class=\"tile-middle\"><div><div class=\"oee rating-{}\">{}</div><small>OEE{shift} {}</small></div><div class=\"apq\">{}</div></div>\
         {}<div class=\"tile-foot\"><small>{}</small><small>{}</small></div></a>",
        machine_href(tenant, &tile.id, &then(query, as_of)),
        words::colour(state.category),
        escaped(&tile.name),
        escaped(&about.join(" · ")),
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
    // The spaces stand inside, as narrow as what they part.
    let sign = if tile.ratios.oee.is_some() { "<small> %</small>" } else { "" };
    let target =
        tile.target.map(|target| format!("<small title=\"target\"> / {}</small>", format::number(f64::from(target.oee) / 10.0, 0)));
    let doubt = tile.flags.iter().find(|flag| !matches!(flag, Flag::MissingData | Flag::Provisional));
    let mark = doubt.map(|flag| format!("<small class=\"doubt\" title=\"{}\"> !</small>", escaped(flag.sentence())));
    let open = tile.interval.map(|interval| format!("<small class=\"interval\">{}</small>", words::possible(interval, 0)));
    let about = [target, mark, open].into_iter().flatten().collect::<String>();
    format!("{}{sign}{about}", words::percent(tile.ratios.oee))
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
