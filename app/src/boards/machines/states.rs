//! The states of the window as one stripe: it is drawn anew from its intervals while a hand moves it, so that no stop is ever
//! less than a pixel, and becomes another window when the hand rests.

use super::query::Query;
use super::shown::Shown;
use crate::boards::oee::words;
use crate::place::Place;
use crate::widgets::plot::TimeAxis;
use crate::widgets::plot::gestures::Hand;
use chart::{states, time_axis};
use domain::board::Asked;
use domain::oee::strip::{self, Stretch};
use domain::window::WindowSpec;
use domain::{TimeRange, Timestamp};
use leptos::ev;
use leptos::html::Div;
use leptos::prelude::*;
use std::sync::Arc;

/// Pixels of the first paint, when nobody knows how wide the screen is: few enough for a phone to show each.
const FIRST_PX: u32 = 480;

/// The stripe with its axis and legend.
#[component]
pub fn States(shown: Memo<Option<Arc<Shown>>>) -> impl IntoView {
    let place = expect_context::<Place>();
    let rect = NodeRef::<Div>::new();
    let view: RwSignal<Option<TimeRange>> = RwSignal::new(None);
    let pointer: RwSignal<Option<Timestamp>> = RwSignal::new(None);
    let columns = RwSignal::new(FIRST_PX);
    let go = move |query: &Query| {
        if let Some(shown) = shown.get_untracked() {
            place.go(&query.href(&shown.tenant, &shown.machine), false);
        }
    };
    let settle = move |range: TimeRange| {
        let Some(shown) = shown.get_untracked() else { return };
        let (from, to) = WindowSpec::up_to(range).write();
        go(&shown.query.in_window(Asked { range: from.zip(to), ..shown.query.asked.clone() }));
    };
    let reset = move |()| {
        let Some(shown) = shown.get_untracked() else { return };
        go(&shown.query.in_window(Asked { range: None, ..shown.query.asked.clone() }));
    };
    // A press on a stop opens what was heard of it.
    let open = move |_| {
        let (Some(shown), Some(time)) = (shown.get_untracked(), pointer.get_untracked()) else { return };
        let found = shown.answer.stretches.iter().find(|stretch| stretch.start <= time && time < stretch.end);
        if let Some(stop) = found.filter(|found| found.stop.is_some()).map(|found| found.start) {
            go(&Query { stop: Some(stop), log: None, after: None, ..shown.query.clone() });
        }
    };
    let axis = TimeAxis { pointer, view, settle: Callback::new(settle), reset: Callback::new(reset), columns };
    let window = Memo::new(move |_| shown.read().as_ref().map(|shown| shown.answer.tile.frame.range));
    // Another window is there: what the hand moved has arrived.
    Effect::new(move |before: Option<Option<TimeRange>>| {
        let now = window.get();
        if before.is_some_and(|before| before != now) {
            view.set(None);
        }
        now
    });
    let range = Memo::new(move |_| view.get().or_else(|| window.get()));
    let hand = Hand::new(axis, range, rect);
    Effect::new(move |_| {
        let measure = move || {
            let css_px = rect.get_untracked().map_or(0.0, |rect| rect.get_bounding_client_rect().width());
            if css_px > 0.0 {
                columns.set((css_px * leptos::prelude::window().device_pixel_ratio()).round().max(1.0) as u32);
            }
        };
        if rect.get().is_some() {
            measure();
        }
        let resized = window_event_listener(ev::resize, move |_| measure());
        on_cleanup(move || resized.remove());
    });
    let picture = Signal::derive(move || {
        let (shown, Some(range)) = (shown.read(), range.get()) else { return String::new() };
        let Some(shown) = shown.as_ref() else { return String::new() };
        let pixels = columns.get();
        let stretches = shown.answer.stretches.iter().map(|stretch| (stretch.start, stretch.end, stretch.category));
        states::States { runs: strip::runs(stretches, range, pixels), pixels }.svg()
    });
    let labels = Signal::derive(move || {
        let (shown, Some(range)) = (shown.read(), range.get()) else { return String::new() };
        let Some(shown) = shown.as_ref() else { return String::new() };
        let label = |tick: time_axis::TimeTick| {
            let at = tick.time.since(range.start()) as f64 * 100.0 / range.length_us() as f64;
            format!("<span{} style=\"left:{at:.2}%\">{}</span>", if tick.strong { "" } else { " class=\"weak\"" }, tick.text)
        };
        time_axis::ticks(range, &shown.answer.tile.zone).into_iter().map(label).collect()
    });
    let legend = Signal::derive(move || shown.read().as_ref().map(|shown| legend(shown)).unwrap_or_default());
    let told = Signal::derive(move || {
        let (shown, time) = (shown.read(), pointer.get()?);
        let shown = shown.as_ref()?;
        Some(at(shown, time))
    });
    let left = move || {
        let (time, range) = (pointer.get()?, range.get()?);
        range.contains(time).then(|| time.since(range.start()) as f64 * 100.0 / range.length_us() as f64)
    };
    let cross = Signal::derive(move || left().map_or_else(|| "display: none".to_owned(), |left| format!("left: {left:.2}%")));
    let class = Signal::derive(move || if left().is_some_and(|left| left > 60.0) { "read-out flip" } else { "read-out" }.to_owned());
    let brush = Signal::derive(move || hand.brush_style().unwrap_or_else(|| "display: none".to_owned()));
    let said = Signal::derive(move || told.get().unwrap_or_default());
    let csv = Signal::derive(move || shown.read().as_ref().map(|shown| listed(shown) + &shown.csv("states.csv", &[])).unwrap_or_default());
    let summary = Signal::derive(move || shown.read().as_ref().map(|shown| summary(shown)).unwrap_or_default());
    view! {
        <section class="panel states-panel" id="states">
            <div class="panel-head"><h2>"States"</h2><small class="needs-script">"press a stop for its events, drag to zoom, wheel and arrow keys move, double click goes back"</small><span class="csv-holder" inner_html=csv></span></div>
            <figure class="plot states-plot" role="img" tabindex="0" aria-label=summary on:keydown=move |event| hand.key(&event)>
                <div
                    class="rect"
                    node_ref=rect
                    on:pointerdown=move |event| hand.down(&event)
                    on:pointermove=move |event| hand.moved(&event)
                    on:pointerup=move |event| {
                        if hand.up(&event) {
                            open(());
                        }
                    }
                    on:pointercancel=move |_| hand.cancel()
                    on:pointerleave=move |event| hand.leave(&event)
                    on:dblclick=move |_| reset(())
                    on:wheel=move |event| hand.wheel(&event)
                >
                    <div class="stripe" inner_html=picture></div>
                    <div class="brush" style=brush></div>
                    <div class="cross" style=cross></div>
                    <div class=class style=cross>{said}</div>
                </div>
                <div class="labels below" inner_html=labels></div>
            </figure>
            <ul class="legend-states" inner_html=legend></ul>
        </section>
    }
    .into_any()
}

/// The way to the list of all standstills, each of which leads to its events: what a hand finds in the stripe is there for every
/// reader.
fn listed(shown: &Shown) -> String {
    let query = Query { micro: true, older: None, ..shown.query.clone() };
    format!("<a class=\"listed\" href=\"{}#stops\">Every stop as a list</a> ", shown.href(&query))
}

/// Total time and share of each state in the window.
fn legend(shown: &Shown) -> String {
    let totals = strip::totals(&shown.figures().times);
    let all: i64 = totals.iter().map(|(_, us)| us).sum();
    let entry = |(category, us): &(domain::oee::Category, i64)| {
        format!(
            "<li><i class=\"key key-{}\" style=\"--state: var(--{})\"></i>{} <b>{}</b> {} %</li>",
            words::colour(*category),
            states::role(*category).property(),
            words::state(*category),
            words::hours(*us),
            domain::format::number(*us as f64 * 100.0 / all.max(1) as f64, 1)
        )
    };
    totals.iter().map(entry).collect()
}

/// What stood at an instant: state, reason, from, to, how long.
fn at(shown: &Shown, time: Timestamp) -> String {
    let found = shown.answer.stretches.iter().find(|stretch| stretch.start <= time && time < stretch.end);
    let Some(Stretch { start, end, category, reason, .. }) = found else {
        let word = if time >= shown.answer.as_of { "not yet" } else { "not scheduled" };
        return format!("{}  {word}", shown.wall(time));
    };
    if !shown.answer.exact {
        return format!("{}  {}, the worst of this pixel", shown.wall(*start), words::state(*category));
    }
    let reason =
        reason.and_then(|reason| shown.answer.reasons.iter().find(|held| held.number == reason)).map(|reason| format!(", {}", reason.name));
    format!(
        "{}{}\n{} – {}\n{}",
        words::state(*category),
        reason.unwrap_or_default(),
        shown.wall(*start),
        shown.wall(*end),
        words::hours(end.since(*start))
    )
}

/// The sentence for those who do not see it, as plain text: the view escapes its attributes itself.
fn summary(shown: &Shown) -> String {
    let totals = strip::totals(&shown.figures().times);
    let said: Vec<String> = totals.iter().map(|(category, us)| format!("{} {}", words::state(*category), words::length(*us))).collect();
    format!("States of {}: {}.", shown.answer.tile.name, said.join(", "))
}
