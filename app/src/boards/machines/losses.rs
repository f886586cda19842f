//! Where the time went, and the reasons behind it on two levels: each bar leads to its stops.

use super::query::{BARS, Query};
use super::shown::Shown;
use crate::boards::oee::words;
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use chart::bar;
use chart::states::role;
use domain::board::{only, priced};
use domain::format;
use domain::oee::figures::{Figures, ReasonShare};
use domain::oee::pareto::{Bar, By, pareto};
use domain::oee::{Category, ReasonId};

/// The two panels; the ladder is written by the server.
pub fn blocks(shown: &Shown) -> Vec<Block> {
    shown.written("losses").into_iter().chain([Block { id: "pareto".to_owned(), html: reasons(shown) }]).collect()
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
    let held = |number: ReasonId| shown.answer.reasons.iter().find(|held| held.number == number);
    // Its name, and what addresses call it.
    let group_of = |category: Category, reason: Option<ReasonId>| match (reason.and_then(held), category) {
        (Some(reason), _) => (reason.group.clone(), only::group_word(&reason.group_id)),
        (None, Category::MicroStop) => ("Micro-stops without a reason".to_owned(), only::counted_word(category, "")),
        (None, Category::Setup) => ("Setup".to_owned(), only::counted_word(category, "")),
        _ => ("No reason yet".to_owned(), only::counted_word(category, "")),
    };
    let groups = pareto(shown.figures(), by, |share| minor(shown, share), group_of);
    let longest = groups.iter().map(|group| group.bar.measure(by)).max().unwrap_or(0);
    let all: i64 = groups.iter().map(|group| group.bar.measure(by)).sum();
    let said = |bar: &Bar| match (by, rate) {
        (By::Count, _) => format::count(bar.stops),
        (By::Money, Some(rate)) => words::money(bar.minor, rate.currency, true),
        _ => words::hours(bar.time_us),
    };
    let row = |class: &str, (name, word): (&str, String), category: Category, bar: &Bar| {
        let value = bar.measure(by);
        let share = format::number(value as f64 * 100.0 / all.max(1) as f64, 0);
        // Pressed again, a bar shows all stops.
        let chosen = shown.query.only.as_ref() == Some(&word);
        format!(
            "<tr class=\"{class}\"><th scope=\"row\"><a href=\"{}\" aria-current=\"{chosen}\">{name}</a></th><td class=\"drawn\">{}</td><td>{}</td><td class=\"muted\">{share} %</td></tr>",
            shown.href(&shown.query.only((!chosen).then_some(word))),
            bar::svg(role(category), value, longest),
            said(bar)
        )
    };
    let mut rows = String::new();
    for group in groups {
        let category = group.reasons.first().map_or(Category::UnplannedStop, |(category, ..)| *category);
        let name = escaped(&group.group.0);
        let single = matches!(group.reasons.as_slice(), [(_, reason, _)] if reason.is_none_or(|reason| shown.reason(reason) == name));
        rows.push_str(&row("", (&name, group.group.1), category, &group.bar));
        if !single {
            for (category, reason, bar) in &group.reasons {
                let name = reason.map_or_else(|| words::state(*category).to_owned(), |reason| shown.reason(reason));
                // The same reason may stand for stops and for micro-stops.
                let name = if reason.is_some() && *category == Category::MicroStop { name + " · micro-stops" } else { name };
                let word = only::counted_word(*category, reason.and_then(held).map_or("", |reason| &reason.id));
                rows.push_str(&row("within", (&name, word), *category, bar));
            }
        }
    }
    let choice = BARS.iter().filter(|(by, ..)| *by != By::Money || rate.is_some());
    let choice = choice.map(|(by, _, label)| (Query { bars: *by, ..shown.query.clone() }, (*label).to_owned(), shown.query.bars == *by));
    let table = if rows.is_empty() {
        "<p class=\"muted\">No stops, micro-stops or changeovers in this window.</p>".to_owned()
    } else {
        format!(
            "<table class=\"bars linked\"><thead class=\"hidden\"><tr><th>Reason</th><th>Bar</th><th>Amount</th><th>Share</th></tr></thead><tbody>{rows}</tbody></table>"
        )
    };
    format!(
        "<section id=\"pareto\" class=\"panel\"><div class=\"panel-head\"><h2>Stop reasons</h2>{}{}</div>{table}</section>",
        shown.choice("Bars by", choice),
        shown.csv("reasons.csv", &["by=window".to_owned()])
    )
}
