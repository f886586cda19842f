//! The window beside others: the one before, the shifts and products of the machine, the machines of its line.

use super::query::{COMPARED, Query};
use super::shown::Shown;
use crate::boards::oee::words;
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use domain::board::machine::{Compare, Compared};
use domain::board::tile::Sums;
use domain::format;
use domain::oee::history::change_points;

/// The panel.
pub fn blocks(shown: &Shown) -> Vec<Block> {
    let answer = &shown.answer;
    let this = Sums { figures: shown.figures().clone(), money: answer.tile.money, ..Sums::default() };
    let this = Compared::of("This window", None, &this, &answer.policy);
    let against = this.ratios.oee;
    let mut rows = if matches!(shown.query.compare, Compare::Before | Compare::Machines) { row(shown, &this, None) } else { String::new() };
    for compared in &answer.compared {
        let change = change_points(compared.ratios.oee, against);
        rows.push_str(&row(shown, compared, Some(words::change(change))));
    }
    let choices = COMPARED.iter().map(|(compare, _, label)| {
        (Query { compare: *compare, ..shown.query.clone() }, (*label).to_owned(), shown.query.compare == *compare)
    });
    let said = match shown.query.compare {
        Compare::Shifts => format!("sums of the shifts of the last {} windows, each at its own prices", answer.past.len()),
        Compare::Products => "products of this window".to_owned(),
        Compare::Machines => "the same window of the other machines of the line".to_owned(),
        Compare::Before => "this window and the one before".to_owned(),
    };
    let html = format!(
        "<section id=\"compare\" class=\"panel\"><div class=\"panel-head\"><h2>Compare</h2>{}<small>{said}</small></div><div class=\"table-scroll wide\" tabindex=\"0\"><table><thead><tr><th scope=\"col\"><span class=\"hidden\">Compared</span></th><th scope=\"col\">OEE</th><th scope=\"col\">against this</th><th scope=\"col\">A</th><th scope=\"col\">P</th><th scope=\"col\">Q</th><th scope=\"col\">planned</th><th scope=\"col\">stopped</th><th scope=\"col\">stops</th><th scope=\"col\">good</th><th scope=\"col\">not good</th><th scope=\"col\">lost</th></tr></thead><tbody>{rows}</tbody></table></div></section>",
        shown.choice("Compare with", choices)
    );
    vec![Block { id: "compare".to_owned(), html }]
}

fn row(shown: &Shown, compared: &Compared, change: Option<String>) -> String {
    let Compared { name, machine, windows, ratios, times, counts, money } = compared;
    let name = match machine {
        Some(machine) => {
            let there = Query { asked: shown.query.asked.clone(), ..Query::default() };
            format!("<a href=\"{}\">{}</a>", escaped(&there.href(&shown.tenant, machine)), escaped(name))
        }
        None => escaped(name),
    };
    // Where it is the sum of many windows, it says of how many, and what one of them comes to.
    let many = i64::from(*windows).max(1);
    let each = |text: String| if many > 1 { format!(" <small>{text} each</small>") } else { String::new() };
    let name = if many > 1 { format!("{name} <small>{many} windows</small>") } else { name };
    let bad = counts.parts.total().saturating_sub(counts.parts.good);
    let said = |minor: i64, currency| words::money(minor, currency, true);
    let lost = money.map(|money| {
        let minor = money.lost_minor();
        said(minor, money.currency) + &each(said(minor / many, money.currency))
    });
    let planned = words::hours(times.planned_us()) + &each(words::hours(times.planned_us() / many));
    let lost = lost.unwrap_or_default();
    format!(
        "<tr><th scope=\"row\">{name}</th><td><b>{}</b></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{lost}</td></tr>",
        words::percent_sign(ratios.oee),
        change.unwrap_or_default(),
        words::percent_sign(ratios.availability),
        words::percent_sign(ratios.performance),
        words::percent_sign(ratios.quality),
        planned,
        words::hours(times.unplanned_stop_us),
        format::count(counts.stops),
        format::count(counts.parts.good),
        format::count(bad)
    )
}
