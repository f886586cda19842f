//! Above the tiles: where one is, which window, all machines together, and how the tiles stand.

use super::lost;
use super::query::{ORDERS, Order, Query, ROLLED, Rolled, SHOWN, Show};
use crate::address;
use crate::boards::oee::{frame, words};
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use chart::bar;
use domain::board::PlantAnswer;
use domain::board::roll::{Roll, Summary};
use domain::board::tile::Tile;
use domain::format;
use domain::oee::Flag;
use domain::oee::policy::WORLD_CLASS;
use domain::zone::ZoneOffsets;

/// Breadcrumb, roll-up and controls.
pub fn blocks(answer: &PlantAnswer, query: &Query, tenant: &str, name: &str) -> Vec<Block> {
    let Some(roll) = query.rolled_up(answer) else { return nowhere(query, tenant, name) };
    let mut blocks = vec![Block { id: "crumb".to_owned(), html: crumb(answer, roll, query, tenant, name) }];
    let zone = answer.tiles.first().map_or_else(ZoneOffsets::utc, |tile| tile.zone.clone());
    blocks.extend(frame::known(&query.asked, answer.as_of, &zone, |asked| Query { asked, ..query.clone() }.href(tenant)));
    if roll.machines > 0 {
        blocks.push(Block { id: "roll".to_owned(), html: together(roll, query, answer) });
    }
    if !query.tv {
        blocks.push(Block { id: "bar".to_owned(), html: controls(answer, roll, query, tenant) });
    }
    blocks
}

/// Where the address names a site or a line that is not there.
fn nowhere(query: &Query, tenant: &str, name: &str) -> Vec<Block> {
    let whole = Query { site: None, line: None, ..query.clone() };
    let html = format!(
        "<h1 id=\"crumb\" class=\"crumb\"><a href=\"{}\">{}</a> / <a href=\"{}\">Plant</a></h1>",
        escaped(&address::tenant(tenant)),
        escaped(name),
        escaped(&whole.href(tenant))
    );
    vec![Block { id: "crumb".to_owned(), html }]
}

fn crumb(answer: &PlantAnswer, roll: &Roll, query: &Query, tenant: &str, name: &str) -> String {
    let home = escaped(&address::tenant(tenant));
    let mut tiles = answer.tiles.iter().filter(|tile| query.is_about(tile));
    let first = tiles.next();
    // Machines of several calendars have several windows; then the board says of which kind they are.
    let named = |tile: &Tile| (tile.frame.range, tile.frame.name.clone());
    let same = first.is_some_and(|first| tiles.all(|tile| named(tile) == named(first)));
    let window = match first {
        Some(first) if same => frame::say(&first.frame, &first.zone),
        Some(_) => format!("each machine's own {}", query.asked.period.word()),
        None => String::new(),
    };
    // From the plant over the site to the line: each of them but the last leads up.
    let whole = Query { site: None, line: None, ..query.clone() };
    let site = query.site.clone().or_else(|| query.line.as_ref().map(|_| roll.site_id.clone())).filter(|site| !site.is_empty());
    let site = site.filter(|_| answer.sites.len() > 1).and_then(|id| answer.sites.iter().find(|roll| roll.id == id));
    let mut way = vec![(whole.href(tenant), "Plant".to_owned())];
    way.extend(site.map(|site| (Query { site: Some(site.id.clone()), ..whole.clone() }.href(tenant), site.name.clone())));
    way.extend(query.line.as_ref().map(|_| (String::new(), roll.name.clone())));
    let last = way.pop().map(|(_, name)| format!("<b>{}</b>", escaped(&name))).unwrap_or_default();
    let way: String = way.iter().map(|(href, name)| format!("<a href=\"{}\">{}</a> / ", escaped(href), escaped(name))).collect();
    format!(
        "<h1 id=\"crumb\" class=\"crumb\"><a href=\"{home}\">{}</a> / {way}{last} · {} · {}, {} running, {} stopped{}</h1>",
        escaped(name),
        escaped(&window),
        words::many(roll.machines, "machine"),
        roll.running,
        roll.stopped,
        if roll.unknown > 0 { format!(", {} unknown", roll.unknown) } else { String::new() }
    )
}

/// What the chosen way of rolling up says, and its label.
pub fn summary(roll: &Roll, rolled: Rolled) -> (&Summary, &'static str) {
    match (rolled, &roll.constraint) {
        (Rolled::Mean, _) => (&roll.mean, "mean of machines"),
        (Rolled::Line, Some(constraint)) => (constraint, "constraint machines"),
        (Rolled::Line, None) => (&roll.fleet, "fleet; no line names its constraint"),
        (Rolled::Fleet, _) => (&roll.fleet, "fleet: sums of all machines"),
    }
}

/// What missing data leaves open.
pub fn open(summary: &Summary) -> Option<String> {
    summary.interval.map(|interval| words::possible(interval, 0))
}

fn together(roll: &Roll, query: &Query, answer: &PlantAnswer) -> String {
    let (summary, how) = summary(roll, query.rolled);
    let ratios = &summary.ratios;
    let open = open(summary).map(|open| format!("<small class=\"interval\">{open}</small>")).unwrap_or_default();
    // Missing data has its interval, and what is provisional is so for minutes only: neither is an alarm.
    let doubts = summary.flags.iter().filter(|(flag, _)| !matches!(flag, Flag::MissingData | Flag::Provisional));
    let of = |many: u32| if roll.machines == 1 { String::new() } else { format!("{many} of {} machines: ", roll.machines) };
    let doubt = |(flag, many): &(Flag, u32)| format!("<li>{}{}</li>", of(*many), flag.sentence());
    let flags: String = doubts.map(doubt).collect();
    let flags = if flags.is_empty() { flags } else { format!("<ul class=\"flags\">{flags}</ul>") };
    let target = roll.target.map(|target| format!(" · target {}", format::number(f64::from(target) / 10.0, 0))).unwrap_or_default();
    let (times, counts) = (&summary.times, &summary.counts);
    let bad = counts.parts.total().saturating_sub(counts.parts.good);
    let of_stops = format!("{} stopped, {} stops", words::length(times.unplanned_stop_us), format::count(counts.stops));
    let of_micro = format!("{} micro-stops, {}", format::count(counts.micro_stops), words::length(times.micro_stop_us));
    let of_parts = format!("{} of {} not good", format::count(bad), format::count(counts.parts.total()));
    let factors = [
        ("Availability", ratios.availability, of_stops),
        ("Performance", ratios.performance, of_micro),
        ("Quality", ratios.quality, of_parts),
    ];
    let factor = |((name, value, about), target): ((&str, Option<f64>, String), u16)| {
        format!(
            "<div class=\"factor\"><p><span>{name}</span><b>{}</b></p>{}<small>{about}</small></div>",
            words::percent_sign(value),
            bar::ratio(value, Some(target))
        )
    };
    let factors: String = factors.into_iter().zip(WORLD_CLASS).map(factor).collect();
    let sign = if ratios.oee.is_some() { "<small> %</small>" } else { "" };
    format!(
        "<section id=\"roll\" class=\"panel roll\" aria-label=\"All machines together\"><div><h2>OEE, {how}</h2><p class=\"big\">{}{sign}</p>{open}{} <small>against the window before{target}</small></div>{factors}{}{flags}<p class=\"print-only\">Data as of {} · policy {}</p></section>",
        words::percent(ratios.oee),
        words::change(summary.change),
        lost::panel(roll, ratios.oee.is_some()),
        answer.as_of.rfc3339(),
        answer.policy
    )
}

fn link_to(to: Query, tenant: &str) -> String {
    escaped(&to.href(tenant))
}

/// Links to each of several places, and to all of them; nothing where there is no choice.
fn places<'a>(
    name: &str,
    rolls: impl IntoIterator<Item = &'a Roll>,
    chosen: Option<&String>,
    href: impl Fn(Option<String>) -> String,
) -> String {
    let named: Vec<&Roll> = rolls.into_iter().filter(|roll| !roll.id.is_empty()).collect();
    if named.len() < 2 && chosen.is_none() {
        return String::new();
    }
    let link = |id: Option<String>, label: &str| {
        let current = id.as_ref() == chosen;
        format!("<a class=\"button\" href=\"{}\" aria-current=\"{current}\">{label}</a>", href(id))
    };
    let all = link(None, &format!("All {}s", name.to_lowercase()));
    let each: String = named.iter().map(|roll| link(Some(roll.id.clone()), &escaped(&roll.name))).collect();
    format!("<div class=\"segments\" role=\"group\" aria-label=\"{name}\">{all}{each}</div>")
}

fn controls(answer: &PlantAnswer, roll: &Roll, query: &Query, tenant: &str) -> String {
    let link = |to: Query, label: &str, current: bool| {
        format!("<a class=\"button\" href=\"{}\" aria-current=\"{current}\">{label}</a>", escaped(&to.href(tenant)))
    };
    let group = |name: &str, links: String| format!("<div class=\"segments\" role=\"group\" aria-label=\"{name}\">{links}</div>");
    let customers = !answer.customers.is_empty();
    let orders = ORDERS.into_iter().filter(|(order, ..)| *order != Order::Customer || customers);
    let unlike = !query.weighs_money(answer);
    let order = |(order, _, label)| {
        let label = if order == Order::Loss && unlike { "By lost time" } else { label };
        link(Query { order, ..query.clone() }, label, query.order == order)
    };
    let orders: String = orders.map(order).collect();
    let shown = SHOWN.into_iter().map(|(show, _, label)| {
        let many = match show {
            Show::All => roll.machines,
            Show::Running => roll.running,
            Show::Stopped => roll.stopped,
            Show::NoData => roll.unknown,
        };
        link(Query { show, ..query.clone() }, &format!("{label} {many}"), query.show == show)
    });
    let rolled: String =
        ROLLED.into_iter().map(|(rolled, _, label)| link(Query { rolled, ..query.clone() }, label, query.rolled == rolled)).collect();
    let sites = places("Site", &answer.sites, query.site.as_ref(), |site| link_to(Query { site, line: None, ..query.clone() }, tenant));
    // Of a site that is chosen its lines alone.
    let lines: Vec<&Roll> = answer.lines.iter().filter(|line| query.site.as_ref().is_none_or(|site| line.site_id == *site)).collect();
    let lines = places("Line", lines, query.line.as_ref(), |line| link_to(Query { line, ..query.clone() }, tenant));
    let windows = frame::links(&query.asked, |asked| Query { asked, ..query.clone() }.href(tenant));
    // One machine is in no order, and its sums are its own.
    let choices = if answer.tiles.len() > 1 {
        format!("{}{}{sites}{lines}{}", group("Order", orders), group("Show", shown.collect()), group("Roll-up", rolled))
    } else {
        String::new()
    };
    format!(
        "<div id=\"bar\" class=\"toolbar\">{windows}{choices}<span class=\"space\"></span>{}{}</div>",
        frame::csv(&query.csv(tenant)),
        link(Query { tv: true, ..query.clone() }, "TV", false)
    )
}
