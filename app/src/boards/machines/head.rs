//! Where one is, which window, and the figures: OEE, A, P, Q with target and change, and what was lost. Each percentage is a
//! link to what it is made of.

use super::query::{FIGURES, Query};
use super::shown::Shown;
use crate::address;
use crate::boards::oee::{frame, words};
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use crate::widgets::ticking;
use chart::bar;
use domain::board::Asked;
use domain::format;
use domain::oee::explain::Figure;
use domain::oee::history::change_points;
use domain::oee::policy::{POLICY_VERSION, WORLD_CLASS};
use domain::oee::{Category, Ratios};

/// Breadcrumb, controls, figures, flags and, where it is asked for, the explanation.
pub fn blocks(shown: &Shown) -> Vec<Block> {
    let mut blocks = vec![Block { id: "crumb".to_owned(), html: crumb(shown) }, Block { id: "bar".to_owned(), html: controls(shown) }];
    let tile = &shown.answer.tile;
    let now = |asked| Query { asked, after: None, ..shown.query.clone() }.href(&shown.tenant, &shown.machine);
    blocks.extend(frame::known(&shown.query.asked, shown.answer.as_of, &tile.zone, now));
    blocks.push(Block { id: "as-of".to_owned(), html: on_paper(shown) });
    blocks.push(Block { id: "cards".to_owned(), html: cards(shown) });
    blocks.extend(shown.written("flags"));
    blocks.extend(shown.written("explain"));
    blocks
}

/// The way back from where nothing can be shown of a machine.
pub fn unnamed(tenant: &str, plant: &str, machine: &str) -> String {
    format!(
        "<h1 id=\"unnamed\" class=\"crumb\"><a href=\"{}\">{}</a> / <a href=\"{}\">Plant</a> / <a href=\"{}\">Machines</a> / <b>{}</b></h1>",
        escaped(&address::tenant(tenant)),
        escaped(plant),
        escaped(&address::board(tenant, "plant")),
        escaped(&address::board(tenant, "machines")),
        escaped(machine)
    )
}

fn crumb(shown: &Shown) -> String {
    let tile = &shown.answer.tile;
    let state = &tile.state;
    let plant = address::board(&shown.tenant, "plant");
    let line = if tile.line.is_empty() {
        String::new()
    } else {
        let pairs = [vec![format!("line={}", address::segment(&tile.line_id))], known(shown)].concat();
        let href = format!("{plant}{}", frame::search(&pairs));
        format!(" / <a href=\"{}\">{}</a>", escaped(&href), escaped(&tile.line))
    };
    let reason = state.reason.as_ref().map(|reason| format!(", {}", escaped(reason))).unwrap_or_default();
    let word = if state.category == Category::UnplannedStop && state.reason.is_none() {
        "stop without reason"
    } else {
        words::state(state.category)
    };
    let since = state.since.map(|since| format!(", {}", ticking::since(since, state.until, shown.answer.as_of)));
    format!(
        "<h1 id=\"crumb\" class=\"crumb\"><a href=\"{}\">{}</a> / <a href=\"{}\">Plant</a>{line} / <b>{}</b> · <span class=\"state\" style=\"--state: var(--{})\">{word}{reason}{}</span> · {}</h1>",
        escaped(&address::tenant(&shown.tenant)),
        escaped(&shown.plant),
        escaped(&format!("{plant}{}", frame::search(&known(shown)))),
        escaped(&tile.name),
        words::colour(state.category),
        since.unwrap_or_default(),
        escaped(&frame::say(&tile.frame, &tile.zone))
    )
}

/// Of which moment a printed page is, and by which rules its figures were made.
fn on_paper(shown: &Shown) -> String {
    let zone = &shown.answer.tile.zone;
    let moment = zone.date_time(shown.answer.as_of);
    format!(
        "<p id=\"as-of\" class=\"print-only\">Data as of {} {} · rules of policy {POLICY_VERSION}, after ISO 22400-2</p>",
        moment.get(..19).unwrap_or(&moment),
        escaped(&zone.name)
    )
}

/// The moment as known at which everything is shown, for links to other boards.
fn known(shown: &Shown) -> Vec<String> {
    let mut pairs = Vec::new();
    // An instant, because the clocks of several sites differ.
    let known = shown.query.asked.known.as_ref().map(|_| shown.answer.as_of.rfc3339());
    frame::write(&Asked { known, ..Asked::default() }, &mut pairs);
    pairs
}

fn controls(shown: &Shown) -> String {
    let links = frame::links(&shown.query.asked, |asked| shown.query.in_window(asked).href(&shown.tenant, &shown.machine));
    format!("<div id=\"bar\" class=\"toolbar\">{links}</div>")
}

fn cards(shown: &Shown) -> String {
    let (answer, figures) = (&shown.answer, shown.figures());
    let (tile, times) = (&answer.tile, &figures.times);
    let of = |ratios: &Ratios, figure: Figure| match figure {
        Figure::Oee => ratios.oee,
        Figure::Availability => ratios.availability,
        Figure::Performance => ratios.performance,
        Figure::Quality => ratios.quality,
    };
    let parts = &figures.counts.parts;
    let bad = parts.total().saturating_sub(parts.good);
    let cycle = if parts.total() > 0 && figures.ideal.total_us > 0 {
        let us = figures.ideal.total_us / i64::try_from(parts.total()).unwrap_or(1).max(1);
        format!("ideal cycle {} s", format::number(us as f64 / 1e6, 1))
    } else {
        String::new()
    };
    let open = tile.interval.map(|interval| words::possible(interval, 1));
    let productive = (figures.ideal.total_us > 0 && tile.ratios.oee.is_some())
        .then(|| format!("{} of {} productive", words::length(figures.ideal.good_us), words::length(times.known_us())));
    let about = [
        open.or(productive).unwrap_or_default(),
        format!("{} of {} run", words::length(times.run_us()), words::length(times.known_us())),
        cycle,
        format!("{} of {} not good", format::count(bad), format::count(parts.total())),
    ];
    // Where nobody has set a target, the world's best are no target of this plant.
    let said = |set: bool| if set { "target" } else { "world class" };
    let set = tile.target.and_then(|target| target.factors);
    let [a, p, q] = set.unwrap_or(WORLD_CLASS).map(|target| (said(set.is_some()), target));
    let targets = [tile.target.map_or((said(false), 850), |target| (said(true), target.oee)), a, p, q];
    let cards = FIGURES.iter().zip(about).zip(targets).map(|(((figure, _, name), about), (set, target))| {
        let (value, before) = (of(&tile.ratios, *figure), answer.before.as_ref().and_then(|before| of(before, *figure)));
        let open = shown.query.explain == Some(*figure);
        let href = shown.href(&Query { explain: (!open).then_some(*figure), ..shown.query.clone() });
        let rating = if *figure == Figure::Oee { words::rating(tile.rating) } else { "none" };
        let sign = if value.is_some() { "<small> %</small>" } else { "" };
        let number = value.map_or_else(|| "n/a".to_owned(), |value| format::number(value * 100.0, 1));
        format!(
            "<a class=\"panel card\" href=\"{href}\" aria-expanded=\"{open}\" title=\"what it is made of\"><h2>{name}</h2><p class=\"big rating-{rating}\">{number}{sign}</p>{}<small>{} · {set} {} <u>explain</u></small><small>{about}</small></a>",
            bar::ratio(value, Some(target)),
            words::change(change_points(value, before)),
            format::number(f64::from(target) / 10.0, 1)
        )
    });
    let cards: String = cards.collect();
    // Where nothing can be said of OEE, a loss of nothing is not known either.
    let money = tile.money.filter(|money| tile.ratios.oee.is_some() || money.lost_minor() != 0);
    let money = money.map(|money| {
        let point = words::money(money.one_oee_point_minor(), money.currency, true);
        let availability = money.one_availability_point_minor(figures).map(|minor| words::money(minor, money.currency, true));
        let availability = availability.map(|text| format!("<small>one point of availability = {text}</small>")).unwrap_or_default();
        format!(
            "<div class=\"panel card\"><h2>Lost</h2><p class=\"big\">{}</p><small>of {} · one OEE point = {point}</small>{availability}</div>",
            words::money(money.lost_minor(), money.currency, false),
            words::money(money.full_value_minor, money.currency, false)
        )
    });
    format!("<div id=\"cards\" class=\"figure-cards\">{cards}{}</div>", money.unwrap_or_default())
}
