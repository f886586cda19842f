//! Where the time went: the ladder of losses in hours and money, and the reasons behind it on two levels.

use super::query::{BARS, Query};
use super::shown::Shown;
use crate::boards::oee::words;
use crate::widgets::patch::Block;
use chart::bar;
use chart::states::role;
use chart::waterfall::{self, Rung};
use domain::board::priced;
use domain::format;
use domain::oee::figures::{Figures, ReasonShare};
use domain::oee::losses::Losses;
use domain::oee::pareto::{Bar, By, pareto};
use domain::oee::{Category, ReasonId};

/// The two panels.
pub fn blocks(shown: &Shown) -> Vec<Block> {
    vec![Block { id: "losses".to_owned(), html: ladder(shown) }, Block { id: "pareto".to_owned(), html: reasons(shown) }]
}

fn ladder(shown: &Shown) -> String {
    let table = match Losses::of(shown.figures()) {
        None => "<p class=\"muted\">A product has no ideal cycle, so lost speed cannot be told from lost parts.</p>".to_owned(),
        Some(losses) if losses.sum_us() == 0 => "<p class=\"muted\">Nothing is planned in this window.</p>".to_owned(),
        Some(losses) => {
            let rungs = waterfall::rungs(&losses);
            let widest_us = waterfall::widest_us(&rungs);
            let row = |rung: &Rung| {
                // A loss takes away; a negative one, of a machine faster than its ideal cycle, gives.
                let signed = if rung.loss { -rung.time_us } else { rung.time_us };
                let worth = worth(shown, rung).unwrap_or_default();
                format!(
                    "<tr><th scope=\"row\">{}</th><td class=\"drawn\">{}</td><td>{}</td><td class=\"muted\">{worth}</td></tr>",
                    rung.name,
                    rung.svg(widest_us),
                    words::hours(signed)
                )
            };
            let rows: String = rungs.iter().map(row).collect();
            format!(
                "<table class=\"bars\"><thead class=\"hidden\"><tr><th>Loss</th><th>Bar</th><th>Time</th><th>Worth</th></tr></thead><tbody>{rows}</tbody></table>"
            )
        }
    };
    format!(
        "<section id=\"losses\" class=\"panel\"><div class=\"panel-head\"><h2>Where the time went</h2><small>hours and money{}</small>{}</div>{table}</section>",
        shown.at_which_prices(),
        shown.csv("figures.csv", &["by=window"])
    )
}

/// What a rung is worth: where prices changed inside of the window, each part of it at its own.
fn worth(shown: &Shown, rung: &Rung) -> Option<String> {
    let (rate, parts) = (shown.answer.rate?, shown.answer.priced.as_slice());
    let in_part = |figures: &Figures| {
        let rungs = Losses::of(figures).map(|losses| waterfall::rungs(&losses)).unwrap_or_default();
        rungs.iter().find(|held| held.name == rung.name).map_or(0, |held| held.time_us)
    };
    let minor = if parts.is_empty() { rate.minor(rung.time_us) } else { priced::minor(parts, in_part) };
    Some(words::money(minor, rate.currency, true))
}

/// What the time of a reason is worth, each part of it at the price that held then; the time where it has no price.
fn minor(shown: &Shown, share: &ReasonShare) -> i64 {
    let of = (share.category, share.reason);
    let in_part =
        |figures: &Figures| figures.by_reason.iter().filter(|held| (held.category, held.reason) == of).map(|held| held.time_us).sum();
    match (shown.answer.priced.as_slice(), &shown.answer.rate) {
        ([], Some(rate)) => rate.minor(share.time_us),
        ([], None) => share.time_us,
        (parts, _) => priced::minor(parts, in_part),
    }
}

fn reasons(shown: &Shown) -> String {
    let (by, rate) = (shown.query.bars, shown.answer.rate.as_ref());
    let group_of = |category: Category, reason: Option<ReasonId>| -> String {
        let found = reason.and_then(|reason| shown.answer.reasons.iter().find(|held| held.number == reason));
        match (found, category) {
            (Some(reason), _) => reason.group.clone(),
            (None, Category::MicroStop) => "Micro-stops without a reason".to_owned(),
            (None, Category::Setup) => "Setup".to_owned(),
            _ => "No reason yet".to_owned(),
        }
    };
    let groups = pareto(shown.figures(), by, |share| minor(shown, share), group_of);
    let longest = groups.iter().map(|group| group.bar.measure(by)).max().unwrap_or(0);
    let all: i64 = groups.iter().map(|group| group.bar.measure(by)).sum();
    let said = |bar: &Bar| match (by, rate) {
        (By::Count, _) => format::count(bar.stops),
        (By::Money, Some(rate)) => words::money(bar.minor, rate.currency, true),
        _ => words::hours(bar.time_us),
    };
    let row = |class: &str, name: &str, category: Category, bar: &Bar| {
        let value = bar.measure(by);
        let share = format::number(value as f64 * 100.0 / all.max(1) as f64, 0);
        format!(
            "<tr class=\"{class}\"><th scope=\"row\">{name}</th><td class=\"drawn\">{}</td><td>{}</td><td class=\"muted\">{share} %</td></tr>",
            bar::svg(role(category), value, longest),
            said(bar)
        )
    };
    let mut rows = String::new();
    for group in &groups {
        let category = group.reasons.first().map_or(Category::UnplannedStop, |(category, ..)| *category);
        rows.push_str(&row("", &crate::widgets::html::escaped(&group.group), category, &group.bar));
        let single = matches!(group.reasons.as_slice(), [(_, reason, _)] if reason.is_none_or(|reason| shown.reason(reason) == crate::widgets::html::escaped(&group.group)));
        if !single {
            for (category, reason, bar) in &group.reasons {
                let name = reason.map_or_else(|| words::state(*category).to_owned(), |reason| shown.reason(reason));
                // The same reason may stand for stops and for micro-stops.
                let name = if reason.is_some() && *category == Category::MicroStop { name + " · micro-stops" } else { name };
                rows.push_str(&row("within", &name, *category, bar));
            }
        }
    }
    let choice = BARS.iter().filter(|(by, ..)| *by != By::Money || rate.is_some());
    let choice = choice.map(|(by, _, label)| (Query { bars: *by, ..shown.query.clone() }, (*label).to_owned(), shown.query.bars == *by));
    let table = if rows.is_empty() {
        "<p class=\"muted\">No stops, micro-stops or changeovers in this window.</p>".to_owned()
    } else {
        format!(
            "<table class=\"bars\"><thead class=\"hidden\"><tr><th>Reason</th><th>Bar</th><th>Amount</th><th>Share</th></tr></thead><tbody>{rows}</tbody></table>"
        )
    };
    format!(
        "<section id=\"pareto\" class=\"panel\"><div class=\"panel-head\"><h2>Stop reasons</h2>{}{}</div>{table}</section>",
        shown.choice("Bars by", choice),
        shown.csv("reasons.csv", &["by=window"])
    )
}
