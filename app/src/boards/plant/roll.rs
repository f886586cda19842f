//! Above the tiles: where one is, which window, all machines together, and how the tiles stand.

use super::query::{ORDERS, Order, Query, ROLLED, Rolled, SHOWN, Show};
use crate::address;
use crate::boards::oee::{frame, words};
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use chart::bar;
use domain::board::PlantAnswer;
use domain::board::plant::Roll;
use domain::format;
use domain::oee::policy::WORLD_CLASS;
use domain::zone::ZoneOffsets;

/// Breadcrumb, roll-up and controls.
pub fn blocks(answer: &PlantAnswer, query: &Query, tenant: &str, name: &str) -> Vec<Block> {
    let roll = query.line.as_ref().and_then(|line| answer.lines.iter().find(|roll| roll.name == *line)).unwrap_or(&answer.all);
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

fn crumb(answer: &PlantAnswer, roll: &Roll, query: &Query, tenant: &str, name: &str) -> String {
    let home = escaped(&address::tenant(tenant));
    let mut tiles = answer.tiles.iter().filter(|tile| query.line.as_ref().is_none_or(|line| tile.line == *line));
    let first = tiles.next();
    // Machines of several calendars have several windows; then the board says of which kind they are.
    let same = first.is_some_and(|first| tiles.all(|tile| tile.frame.range == first.frame.range));
    let window = match first {
        Some(first) if same => frame::say(&first.frame, &first.zone),
        Some(_) => format!("each machine's own {}", query.asked.period.word()),
        None => String::new(),
    };
    let line = query.line.as_ref().map(|line| format!(" / {}", escaped(line))).unwrap_or_default();
    format!(
        "<h1 id=\"crumb\" class=\"crumb\"><a href=\"{home}\">{}</a> / <b>Plant</b>{line} · {} · {} machines, {} running, {} stopped{}</h1>",
        escaped(name),
        escaped(&window),
        roll.machines,
        roll.running,
        roll.stopped,
        if roll.unknown > 0 { format!(", {} without data", roll.unknown) } else { String::new() }
    )
}

fn together(roll: &Roll, query: &Query, answer: &PlantAnswer) -> String {
    let (ratios, how) = match (query.rolled, &roll.constraint) {
        (Rolled::Mean, _) => (&roll.mean, "mean of machines"),
        (Rolled::Line, Some(constraint)) => (constraint, "constraint machines"),
        (Rolled::Line, None) => (&roll.fleet, "fleet; no line names its constraint"),
        (Rolled::Fleet, _) => (&roll.fleet, "fleet: sums of all machines"),
    };
    let target = roll.target.map(|target| format!(" · target {}", format::number(f64::from(target) / 10.0, 0))).unwrap_or_default();
    let (times, counts) = (&roll.times, &roll.counts);
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
    let money = roll.money.map(|money| {
        if ratios.oee.is_none() && money.lost_minor() == 0 {
            return "<div class=\"lost\"><h2>Lost so far</h2><p class=\"big\">n/a</p></div>".to_owned();
        }
        let lost = words::money(money.lost_minor(), money.currency, false);
        let point = words::money(money.one_oee_point_minor(), money.currency, false);
        let mode = match money.mode {
            domain::oee::money::Mode::LostContribution => "lost contribution",
            domain::oee::money::Mode::MachineHour => "machine-hour rate",
        };
        format!("<div class=\"lost\"><h2>Lost so far</h2><p class=\"big\">{lost}</p><small>one OEE point = {point} · {mode}</small></div>")
    });
    let any = answer.tiles.iter().any(|tile| tile.money.is_some());
    let money = money.or_else(|| {
        any.then(|| {
            "<div class=\"lost\"><h2>Lost so far</h2><small>several currencies or ways<br>of counting are not added up</small></div>"
                .to_owned()
        })
    });
    let sign = if ratios.oee.is_some() { " <small>%</small>" } else { "" };
    format!(
        "<section id=\"roll\" class=\"panel roll\" aria-label=\"All machines together\"><div><h2>OEE, {how}</h2><p class=\"big\">{}{sign}</p>{} <small>against the window before{target}</small></div>{factors}{}<p class=\"print-only\">Data as of {} · policy {}</p></section>",
        words::percent(ratios.oee),
        words::change(roll.change),
        money.unwrap_or_default(),
        answer.as_of.rfc3339(),
        answer.policy
    )
}

fn controls(answer: &PlantAnswer, roll: &Roll, query: &Query, tenant: &str) -> String {
    let link = |to: Query, label: &str, current: bool| {
        format!("<a class=\"button\" href=\"{}\" aria-current=\"{current}\">{label}</a>", escaped(&to.href(tenant)))
    };
    let group = |name: &str, links: String| format!("<div class=\"segments\" role=\"group\" aria-label=\"{name}\">{links}</div>");
    let customers = !answer.customers.is_empty();
    let orders = ORDERS.into_iter().filter(|(order, ..)| *order != Order::Customer || customers);
    let orders: String = orders.map(|(order, _, label)| link(Query { order, ..query.clone() }, label, query.order == order)).collect();
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
    let lines = if answer.lines.len() > 1 {
        let every = link(Query { line: None, ..query.clone() }, "All lines", query.line.is_none());
        let of = |roll: &Roll| {
            let name = if roll.name.is_empty() { return String::new() } else { &roll.name };
            link(Query { line: Some(name.clone()), ..query.clone() }, &escaped(name), query.line.as_ref() == Some(name))
        };
        group("Line", every + &answer.lines.iter().map(of).collect::<String>())
    } else {
        String::new()
    };
    let windows = frame::links(&query.asked, |asked| Query { asked, ..query.clone() }.href(tenant));
    format!(
        "<div id=\"bar\" class=\"toolbar\">{windows}{}{}{lines}{}<span class=\"space\"></span>{}</div>",
        group("Order", orders),
        group("Show", shown.collect()),
        group("Roll-up", rolled),
        link(Query { tv: true, ..query.clone() }, "TV", false)
    )
}
