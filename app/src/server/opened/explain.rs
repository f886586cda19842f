//! What a percentage is made of: the intervals and counts behind it, their sums, the rules and the moment.

use super::Opened;
use crate::api_oee::Page;
use crate::boards::machines::{FIGURES, Query, Shown};
use crate::boards::oee::words;
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use domain::Timestamp;
use domain::board::Asked;
use domain::format;
use domain::oee::Category;
use domain::oee::explain::{Explanation, Figure, Line};
use domain::oee::policy::POLICY_VERSION;
use domain::oee::ratios::ratio;
use domain::oee::strip::LEGEND;
use domain::window::WindowSpec;
use std::sync::Arc;

/// Most lines of an explanation.
const MOST_LINES: usize = 400;

impl Opened<'_> {
    /// The panel of the figure that the address explains.
    pub(super) fn explained(&self) -> Option<Block> {
        let figure = self.query.explain?;
        let explanation = Explanation::of(self.source.evidence, self.source.timeline, self.answer.tile.frame.range, MOST_LINES);
        let answer = Arc::new(Page { answer: self.answer.clone(), panels: Vec::new() });
        let (tenant, machine) = (self.owner.id().to_string(), self.source.id.to_string());
        let shown = Shown { answer, query: self.query.clone(), tenant, machine, plant: String::new() };
        Some(Block { id: "explain".to_owned(), html: html(&shown, figure, &explanation) })
    }
}

/// The panel of one figure.
fn html(shown: &Shown, figure: Figure, explanation: &Explanation) -> String {
    let name = FIGURES.iter().find(|(known, ..)| *known == figure).map_or("", |(.., name)| *name);
    let (over, under) = match figure {
        Figure::Oee => ("fully productive time", "planned production time that is known"),
        Figure::Availability => ("run time", "planned production time that is known"),
        Figure::Performance => ("ideal cycle × all parts", "run time"),
        Figure::Quality => ("ideal cycle × good parts", "ideal cycle × all parts"),
    };
    let (over_us, under_us) = explanation.terms_us(figure);
    let (from, to) = WindowSpec::up_to(shown.answer.tile.frame.range).write();
    // As it is known now: whoever follows the link sees these digits, whatever is corrected later.
    let known = Some(shown.answer.as_of.rfc3339());
    let still = Asked { range: from.zip(to), known, ..shown.query.asked.clone() };
    let still = shown.href(&Query { asked: still, ..shown.query.clone() });
    let close = shown.href(&Query { explain: None, ..shown.query.clone() });
    let others = FIGURES
        .iter()
        .map(|(other, _, name)| (Query { explain: Some(*other), ..shown.query.clone() }, (*name).to_owned(), *other == figure));
    let zone = &shown.answer.tile.zone;
    format!(
        "<section id=\"explain\" class=\"panel explain\" aria-label=\"What {name} is made of\"><div class=\"panel-head\"><h2>What {name} is made of</h2>{}<span class=\"space\"></span><a class=\"button\" href=\"{close}\">Close</a></div>\
         <p class=\"formula\"><b>{name}</b> = {}</p>\
         <p class=\"muted\">Data as of <time datetime=\"{}\">{}</time> {} · rules of policy {POLICY_VERSION}, after ISO 22400-2 · <a href=\"{still}\">link to exactly this, as it is known now</a></p>\
         <div class=\"explain-tables\">{}{}</div></section>",
        shown.choice("Figure", others),
        formula(shown, figure, (over, under), (over_us, under_us)),
        shown.answer.as_of.rfc3339(),
        zone.date_time(shown.answer.as_of).get(..19).unwrap_or_default(),
        escaped(&zone.name),
        if figure == Figure::Availability { String::new() } else { makings(shown, figure, explanation) },
        if figure == Figure::Quality { String::new() } else { intervals(shown, figure, explanation) }
    )
}

/// The fraction and what it comes to. The card beside it is right: where it says something else than the fraction, this says why.
fn formula(shown: &Shown, figure: Figure, (over, under): (&str, &str), (over_us, under_us): (i64, i64)) -> String {
    let say = |value: Option<f64>| value.map_or_else(|| "n/a".to_owned(), |value| format!("{} %", format::number(value * 100.0, 4)));
    let (ratios, counts) = (&shown.answer.tile.ratios, &shown.figures().counts);
    let card = match figure {
        Figure::Oee => ratios.oee,
        Figure::Availability => ratios.availability,
        Figure::Performance => ratios.performance,
        Figure::Quality => ratios.quality,
    };
    let fraction = ratio(over_us, under_us);
    let (words, times) = (format!("{over} / {under}"), format!("{} / {}", exact(over_us), exact(under_us)));
    let parts = &counts.parts;
    if figure == Figure::Quality && counts.without_ideal > 0 && counts.without_ideal == parts.total() {
        let (good, all, card) = (format::count(parts.good), format::count(parts.total()), say(card));
        return format!("good parts / all parts = {good} / {all} = <b>{card}</b>, by counts, for no product here has an ideal cycle");
    }
    match (card, fraction) {
        (None, _) if counts.without_ideal > 0 && figure != Figure::Availability => {
            format!("{words} = <b>n/a</b>, for a product that was made has no ideal cycle")
        }
        (Some(card), Some(fraction)) if (card - fraction).abs() < 1e-9 => format!("{words} = {times} = <b>{}</b>", say(Some(card))),
        (None, None) => format!("{words} = {times} = <b>n/a</b>"),
        _ => {
            let capped = shown.answer.policy.cap_performance && matches!(figure, Figure::Oee | Figure::Performance);
            let why = if capped { "performance is capped at 100 %, as set" } else { "the card comes from the sums of the whole window" };
            format!("{words} = {times} = {}, shown as <b>{}</b>: {why}", say(fraction), say(card))
        }
    }
}

/// A time to the microsecond: `3:41:05.000000 h`.
fn exact(us: i64) -> String {
    format!("{}.{:06} h", words::hours(us), us.unsigned_abs() % 1_000_000)
}

/// Sums by category, and each interval.
fn intervals(shown: &Shown, figure: Figure, explanation: &Explanation) -> String {
    let mark = |held: (bool, bool)| match held {
        (true, _) => "above and below",
        (_, true) => "below",
        _ => "–",
    };
    let sum = |category| {
        let us = explanation.time_us(|held| held == category);
        (us > 0).then(|| {
            format!(
                "<tr><th scope=\"row\"><i class=\"key\" style=\"--state: var(--{})\"></i>{}</th><td>{}</td><td>{}</td></tr>",
                words::colour(category),
                words::state(category),
                exact(us),
                mark(figure.holds(category))
            )
        })
    };
    let sums: String = LEGEND.into_iter().filter_map(sum).collect();
    let times = &shown.figures().times;
    let idle = match times.not_scheduled_us {
        0 => String::new(),
        us => format!("<tr><th scope=\"row\">{}</th><td>{}</td><td>–</td></tr>", words::state(Category::NotScheduled), exact(us)),
    };
    let all = format!("<tr class=\"sum\"><th scope=\"row\">all of it</th><td>{}</td><td></td></tr>", exact(times.calendar_us()));
    let line = |line: &Line| {
        let reason = line.reason.map(|reason| shown.reason(reason)).unwrap_or_default();
        let class = if figure.holds(line.category).1 { "" } else { " class=\"out\"" };
        format!(
            "<tr{class}><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{reason}</td></tr>",
            instant(shown, line.start),
            instant(shown, line.end),
            exact(line.end.since(line.start)),
            words::state(line.category)
        )
    };
    let lines: String = explanation.lines.iter().map(line).collect();
    let further: u64 = explanation.further.iter().map(|(_, count, _)| count).sum();
    let further = if further > 0 {
        format!("<p class=\"muted\">and {} more, which are in the sums; choose a shorter window to see them</p>", format::count(further))
    } else {
        String::new()
    };
    format!(
        "<div><table class=\"plain\"><caption>Time of the window</caption><thead><tr><th scope=\"col\">counts as</th><th scope=\"col\">time</th><th scope=\"col\">in the fraction</th></tr></thead><tbody>{sums}{idle}{all}</tbody></table>\
         <details class=\"table\"><summary>{}</summary><div class=\"table-scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">from</th><th scope=\"col\">to</th><th scope=\"col\">time</th><th scope=\"col\">counts as</th><th scope=\"col\">reason</th></tr></thead><tbody>{lines}</tbody></table></div>{further}</details>{}</div>",
        words::many(explanation.lines.len() as u64, "interval"),
        said(&shown.answer.said)
    )
}

/// An instant on the wall's clock, and exactly for whoever asks: the figures are of microseconds.
fn instant(shown: &Shown, time: Timestamp) -> String {
    let exactly = time.rfc3339();
    format!("<time datetime=\"{exactly}\" title=\"{exactly}\">{}</time>", shown.wall(time))
}

/// How long the device said what, in its own words: to be held against its own log.
fn said(said: &[(String, i64)]) -> String {
    if said.is_empty() {
        return String::new();
    }
    let rows: String =
        said.iter().map(|(word, us)| format!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>", escaped(word), exact(*us))).collect();
    format!(
        "<table class=\"plain said\"><caption>In the device’s own words, also outside planned time</caption><thead><tr><th scope=\"col\">state</th><th scope=\"col\">time</th></tr></thead><tbody>{rows}</tbody></table>"
    )
}

/// Parts by product and ideal cycle, and what they come to.
fn makings(shown: &Shown, figure: Figure, explanation: &Explanation) -> String {
    let good = figure == Figure::Oee || figure == Figure::Quality;
    let row = |making: &domain::oee::explain::Making| {
        let cycle = making.ideal_cycle_us.map_or_else(|| "none".to_owned(), |us| format!("{} s", format::exact(us as f64 / 1e6)));
        let good = if good { format!("<td>{}</td>", exact(making.good_us())) } else { String::new() };
        format!(
            "<tr><th scope=\"row\">{}</th><td>{cycle}</td><td>{}</td><td>{}</td><td>{}</td>{good}</tr>",
            shown.product(making.product),
            format::count(making.parts.total()),
            format::count(making.parts.good),
            exact(making.total_us())
        )
    };
    let rows: String = explanation.makings.iter().map(row).collect();
    let (all_us, good_us) = explanation.makings.iter().fold((0, 0), |(all, ok), making| (all + making.total_us(), ok + making.good_us()));
    let (head, sum) = if good { ("<th scope=\"col\">× good</th>", format!("<td>{}</td>", exact(good_us))) } else { ("", String::new()) };
    format!(
        "<div class=\"sideways\" tabindex=\"0\"><table class=\"plain\"><caption>Parts of the window</caption><thead><tr><th scope=\"col\">product</th><th scope=\"col\">ideal cycle</th><th scope=\"col\">parts</th><th scope=\"col\">good</th><th scope=\"col\">× all</th>{head}</tr></thead><tbody>{rows}<tr class=\"sum\"><th scope=\"row\">sum</th><td></td><td>{}</td><td>{}</td><td>{}</td>{sum}</tr></tbody></table></div>",
        format::count(shown.figures().counts.parts.total()),
        format::count(shown.figures().counts.parts.good),
        exact(all_us)
    )
}
