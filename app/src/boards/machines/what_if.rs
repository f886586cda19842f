//! What if: sliders whose figures are computed here while they are dragged, from the sums and standstills of the window.
//! Without a script the same form asks the server.

use super::query::{PERS, Per, Query};
use super::shown::Shown;
use crate::boards::oee::{frame, words};
use crate::place::Place;
use crate::widgets::html::escaped;
use crate::widgets::patch::{Block, Blocks};
use domain::board::priced::{self, Priced};
use domain::civil::{DAY_US, HOUR_US, SECOND_US};
use domain::oee::history::change_points;
use domain::oee::money::{Mode, Money, Rate};
use domain::oee::shift_plan::OtherPlan;
use domain::oee::what_if::{Assumptions, LONGEST_US, STEP_US};
use domain::oee::{Category, Ratios, ReasonId};
use leptos::html::Form;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement, HtmlInputElement};

/// The panel.
#[component]
pub fn WhatIf(shown: Memo<Option<Arc<Shown>>>) -> impl IntoView {
    let form = NodeRef::<Form>::new();
    // What the hand has set, until the address says the same.
    let held: RwSignal<Option<Query>> = RwSignal::new(None);
    let place = expect_context::<Place>();
    let asked = Memo::new(move |_| shown.read().as_ref().map(|shown| shown.query.clone()));
    Effect::new(move |_| {
        asked.track();
        held.set(None);
    });
    let read = move || {
        let (Some(form), Some(shown)) = (form.get_untracked(), shown.get_untracked()) else { return };
        let Ok(data) = FormData::new_with_form(&form) else { return };
        say_values(&form);
        let text = |name: &str| data.get(name).as_string().unwrap_or_default();
        let names = ["ideal", "threshold", "without", "extra", "per", "plan"];
        let asked = names.map(|name| format!("{name}={}", crate::address::segment(&text(name)))).join("&");
        let Query { ideal, threshold_s, without, extra_h, per, plan, .. } = Query::parse(&asked);
        let threshold_s = threshold_s.filter(|s| *s != standard_s(&shown));
        held.set(Some(Query { ideal, threshold_s, without, extra_h, per, plan, ..shown.query.clone() }));
    };
    let rest = move || {
        if let (Some(query), Some(shown)) = (held.get_untracked(), shown.get_untracked()) {
            place.go(&query.href(&shown.tenant, &shown.machine), true);
        }
    };
    let controls = Signal::derive(move || {
        let html = shown.read().as_ref().map(|shown| fields(shown));
        html.map(|html| Block { id: "what-if-fields".to_owned(), html }).into_iter().collect::<Vec<_>>()
    });
    let said = Signal::derive(move || {
        let shown = shown.read();
        let Some(shown) = shown.as_ref() else { return String::new() };
        let held = held.read();
        result(shown, held.as_ref().unwrap_or(&shown.query))
    });
    let action = Signal::derive(move || {
        shown.read().as_ref().map(|shown| crate::address::machine(&shown.tenant, &shown.machine)).unwrap_or_default()
    });
    view! {
        <section class="panel what-if" id="what-if">
            <div class="panel-head"><h2>"What if"</h2><small class="needs-script">"recomputed here, as you drag"</small></div>
            <form
                method="get"
                action=action
                node_ref=form
                on:input=move |_| read()
                on:change=move |_| rest()
                on:submit=move |event| {
                    event.prevent_default();
                    rest();
                }
            >
                <Blocks class="fields-holder" blocks=controls/>
            </form>
            <div class="what-if-result" aria-live="polite" inner_html=said></div>
        </section>
    }
    .into_any()
}

/// Writes what the sliders say beside them.
fn say_values(form: &HtmlFormElement) {
    let fields = form.elements();
    for place in 0..fields.length() {
        let input = fields.item(place).and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
        let Some((input, unit)) = input.and_then(|input| input.get_attribute("data-unit").map(|unit| (input, unit))) else { continue };
        if let Some(output) = input.next_element_sibling() {
            output.set_text_content(Some(&format!("{} {unit}", input.value())));
        }
    }
}

/// The threshold that holds, in seconds on the slider's grid.
fn standard_s(shown: &Shown) -> i64 {
    let parts = i64::try_from(shown.figures().counts.parts.total()).unwrap_or(0);
    let cycle_us = shown.figures().ideal.total_us.checked_div(parts);
    shown.answer.policy.micro_stop_us(cycle_us) / STEP_US * STEP_US / SECOND_US
}

fn fields(shown: &Shown) -> String {
    let Query { ideal, threshold_s, without, extra_h, per, plan, .. } = &shown.query;
    let slider = |name: &str, label: &str, (low, high, step): (i64, i64, i64), value: i64, unit: &str| {
        format!(
            "<label><span>{label}</span><input type=\"range\" name=\"{name}\" min=\"{low}\" max=\"{high}\" step=\"{step}\" value=\"{value}\" data-unit=\"{unit}\"><output>{value} {unit}</output></label>"
        )
    };
    let mut losses: Vec<(ReasonId, i64)> = Vec::new();
    for share in &shown.figures().by_reason {
        let counts = matches!(share.category, Category::UnplannedStop | Category::MicroStop | Category::Setup);
        let Some(reason) = share.reason.filter(|_| counts) else { continue };
        match losses.iter_mut().find(|(held, _)| *held == reason) {
            Some((_, us)) => *us += share.time_us,
            None => losses.push((reason, share.time_us)),
        }
    }
    losses.sort_by_key(|(_, us)| std::cmp::Reverse(*us));
    let option = |(reason, us): &(ReasonId, i64)| {
        let chosen = if *without == Some(reason.0) { " selected" } else { "" };
        format!("<option value=\"{}\"{chosen}>{} ({})</option>", reason.0, shown.reason(*reason), words::hours(*us))
    };
    let options: String = losses.iter().map(option).collect();
    let chosen = |chosen: bool| if chosen { " selected" } else { "" };
    let often = PERS.map(|(each, word, label)| format!("<option value=\"{word}\"{}>{label}</option>", chosen(each == *per))).concat();
    let other = |other: &OtherPlan| format!("<option{}>{}</option>", chosen(plan.as_ref() == Some(&other.name)), escaped(&other.name));
    let others: String = shown.answer.plans.iter().map(other).collect();
    let others = if others.is_empty() {
        String::new()
    } else {
        format!("<label><span>Shift plan</span><select name=\"plan\"><option value=\"\">– as it was –</option>{others}</select></label>")
    };
    // Without a script the rest of the address travels in hidden fields.
    let mut pairs = Vec::new();
    frame::write(&shown.query.asked, &mut pairs);
    let pairs = pairs.join("&");
    let hidden: String = form_urlencoded::parse(pairs.as_bytes())
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escaped(&name), escaped(&value)))
        .collect();
    let longest_s = LONGEST_US / SECOND_US / 4;
    format!(
        "<div id=\"what-if-fields\" class=\"fields\">{hidden}{}{}<label><span>Without</span><select name=\"without\"><option value=\"\">– every reason stays –</option>{options}</select></label>{}<label><span>that comes</span><select name=\"per\">{often}</select></label>{others}<button type=\"submit\" class=\"button no-script\">Compute</button></div>",
        slider("ideal", "Ideal cycle", (50, 150, 1), i64::from(ideal.unwrap_or(100)), "%"),
        slider("threshold", "Micro-stop below", (0, longest_s, STEP_US / SECOND_US), threshold_s.unwrap_or_else(|| standard_s(shown)), "s"),
        slider("extra", "Extra planned time", (0, 24, 1), extra_h.unwrap_or(0), "h"),
    )
}

/// Extra planned time in the window, as far as that is known: what comes each day or week comes in proportion.
fn extra_us(shown: &Shown, query: &Query) -> i64 {
    let window = shown.answer.tile.frame.range;
    let known_us = i128::from(window.end().min(shown.answer.as_of).since(window.start()).max(0));
    let extra_us = query.extra_h.unwrap_or(0) * HOUR_US;
    match query.per {
        Per::Window => extra_us,
        Per::Day => i64::try_from(i128::from(extra_us) * known_us / i128::from(DAY_US)).unwrap_or(0),
        Per::Week => i64::try_from(i128::from(extra_us) * known_us / i128::from(7 * DAY_US)).unwrap_or(0),
    }
}

/// Another ideal cycle is another yardstick: what a part is worth stays, and so does what an hour costs.
fn measured(rate: Rate, ideal_thousandths: u32) -> Rate {
    match rate.mode {
        Mode::MachineHour => rate,
        Mode::LostContribution => {
            let per_us = i128::from(rate.per_us) * i128::from(ideal_thousandths) / 1_000;
            Rate { per_us: i64::try_from(per_us).unwrap_or(rate.per_us).max(1), ..rate }
        }
    }
}

/// The same assumptions in a part of the window: of added time it has as much as of the planned time.
fn in_part(part: &Priced, parts: &[Priced], assumptions: &Assumptions) -> Assumptions {
    let planned_us = |part: &Priced| i128::from(part.basis.figures.times.planned_us());
    let all_us: i128 = parts.iter().map(planned_us).sum();
    let extra_us = i128::from(assumptions.extra_us) * planned_us(part) / all_us.max(1);
    Assumptions { extra_us: i64::try_from(extra_us).unwrap_or(0), ..assumptions.clone() }
}

/// The figures under the assumptions, and what changes.
fn result(shown: &Shown, query: &Query) -> String {
    let answer = &shown.answer;
    let assumptions = Assumptions {
        ideal_thousandths: query.ideal.unwrap_or(100) * 10,
        micro_stop_us: query.threshold_s.map(|s| s * SECOND_US),
        without: query.without.map(ReasonId),
        extra_us: extra_us(shown, query),
    };
    let plan = query.plan.as_ref().and_then(|name| answer.plans.iter().find(|plan| plan.name == *name));
    let now = plan.map_or_else(|| answer.basis.figures_if(&assumptions), |plan| plan.figures_if(&answer.basis, &assumptions));
    let was = shown.figures();
    let (before, after) = (Ratios::of(was, &answer.policy), Ratios::of(&now, &answer.policy));
    let row = |(name, before, after): (&str, Option<f64>, Option<f64>)| {
        format!(
            "<tr><th scope=\"row\">{name}</th><td>{}</td><td><b>{}</b></td><td>{}</td></tr>",
            words::percent_sign(before),
            words::percent_sign(after),
            words::change(change_points(after, before))
        )
    };
    let rows: String = [
        ("OEE", before.oee, after.oee),
        ("Availability", before.availability, after.availability),
        ("Performance", before.performance, after.performance),
        ("Quality", before.quality, after.quality),
    ]
    .into_iter()
    .map(row)
    .collect();
    let thousandths = assumptions.ideal_thousandths;
    // Another shift plan says nothing of the parts of the window that have prices of their own.
    let parts = if plan.is_some() { [].as_slice() } else { answer.priced.as_slice() };
    let (was_worth, now_worth) = if parts.is_empty() {
        (answer.rate.and_then(|rate| Money::of(was, &rate)), answer.rate.and_then(|rate| Money::of(&now, &measured(rate, thousandths))))
    } else {
        let if_so =
            |part: &Priced| Money::of(&part.basis.figures_if(&in_part(part, parts, &assumptions)), &measured(part.rate, thousandths));
        (priced::money(parts, |part| Money::of(&part.basis.figures, &part.rate)), priced::money(parts, if_so))
    };
    let exactly = match (answer.priced_parts, parts.is_empty()) {
        (0 | 1, _) => "",
        (_, false) => " Each part of the window is counted at the price that held in it.",
        (_, true) => " Prices changed inside of this window: the change is counted at their mean, which is not exact.",
    };
    let worth = was_worth.zip(now_worth).map(|(was, now)| {
        let gain = now.good_minor.saturating_sub(was.good_minor);
        // Where prices changed inside of the window the card is exact, and this is by their mean: what changes is added to the card.
        let lost = answer.tile.money.map_or(was.lost_minor(), |money| money.lost_minor());
        let would_be = lost.saturating_add(now.lost_minor().saturating_sub(was.lost_minor()));
        format!(
            "<p>Worth <b>{}</b> more in this window; lost would be {} instead of {}.{exactly}</p>",
            words::money(gain, now.currency, true),
            words::money(would_be, now.currency, true),
            words::money(lost, was.currency, true)
        )
    });
    let (stops, micro) = (now.counts.stops, now.counts.micro_stops);
    let parts = |figures: &domain::oee::Figures| i64::try_from(figures.counts.parts.good).unwrap_or(i64::MAX);
    let more = parts(&now).saturating_sub(parts(was));
    let sign = if more < 0 { "−" } else { "+" };
    let planned_us = now.times.planned_us();
    let planned = if planned_us == was.times.planned_us() {
        String::new()
    } else {
        format!(
            "<p class=\"muted\">Planned are {} instead of {}. Assumed: added time is spent as the planned time of this window was, with its stops, its speed and its rejects; time that is left out takes its parts along. What both plans plan is exactly what it was.</p>",
            words::hours(planned_us),
            words::hours(was.times.planned_us())
        )
    };
    format!(
        "<table class=\"plain\"><thead class=\"hidden\"><tr><th>Figure</th><th>is</th><th>would be</th><th>change</th></tr></thead><tbody>{rows}</tbody></table><p class=\"muted\">{} and {}, {} good parts ({sign}{}).</p>{planned}{}",
        words::many(stops, "stop"),
        words::many(micro, "micro-stop"),
        domain::format::count(now.counts.parts.good),
        domain::format::count(more.unsigned_abs()),
        worth.unwrap_or_default()
    )
}
