//! One series: its name and numbers, its plot, its table and downloads.

use super::controls::PlotMenu;
use super::loaded::{LoadedSeries, STACKED_PX};
use super::state::Board;
use super::statistics::{self, Figures};
use super::table;
use crate::side::ON_SERVER;
use crate::widgets::plot::Plot;
use chart::time_axis;
use domain::zone::ZoneOffsets;
use domain::{SeriesId, Timestamp, format};
use leptos::prelude::*;
use std::sync::Arc;

/// A panel of the stacked layout.
#[component]
pub fn SeriesPanel(id: SeriesId) -> impl IntoView {
    let board = expect_context::<Board>();
    let name = id.as_str().to_owned();
    let told = Board::told();
    let (drawn, id_told) = (id.clone(), id.clone());
    let series = Memo::new(move |_| told.series(&id_told));
    let head = Signal::derive(move || series.read().as_ref().map(|s| statistics::head(s)).unwrap_or_default());
    let summary = Signal::derive(move || series.read().as_ref().map(|s| summary(&told, s)).unwrap_or_default());
    let trend = Memo::new(move |_| {
        let (loaded, range) = (board.answer.get()?, board.range()?);
        loaded.trend(loaded.find(&drawn)?, range).map(Arc::new)
    });
    view! {
        <section class="panel chart" data-series=name>
            <div class="chart-head" inner_html=head></div>
            <Plot trend summary height_px=STACKED_PX read_out=move |time| series.get().and_then(|s| read_out(&s, &board.zone(), time))/>
            <Nothing series/>
            <div class="chart-foot">
                <Table series/>
                <PlotMenu series=vec![id]/>
            </div>
        </section>
    }
    .into_any()
}

/// Two nothings of a single series: it cannot be read, or the window holds no sample of it.
#[component]
fn Nothing(series: Memo<Option<Arc<LoadedSeries>>>) -> impl IntoView {
    let board = Board::told();
    view! {
        {move || {
            let series = series.get()?;
            match &series.window {
                Err(problem) => Some(view! { <p class="nothing" role="alert">{problem.to_string()}</p> }.into_any()),
                Ok(window) if window.answer.stats.samples == 0 => {
                    let range = board.range()?;
                    let zone = board.zone();
                    let said = format!("No data in {}", time_axis::say(range, &zone));
                    let Some(newest) = window.answer.newest else {
                        return Some(view! { <p class="nothing">"This series has no samples yet."</p> }.into_any());
                    };
                    let there = domain::TimeRange::inclusive(newest.time.plus(-range.length_us()), newest.time).ok()?;
                    let href = board.href(&board.query.get().with_range(there));
                    let last = zone.date_time(newest.time);
                    Some(view! {
                        <p class="nothing">{said}"; the last sample is from "{last}". "<a class="button" href=href>"Go there"</a></p>
                    }.into_any())
                }
                Ok(_) => None,
            }
        }}
    }
}

/// The table, which the browser fills only while it is open.
#[component]
fn Table(series: Memo<Option<Arc<LoadedSeries>>>) -> impl IntoView {
    let board = Board::told();
    let open = RwSignal::new(false);
    let details = NodeRef::<leptos::html::Details>::new();
    let html = move || {
        if !ON_SERVER && !open.get() {
            return String::new();
        }
        board.answer.get().zip(series.get()).map(|(loaded, series)| table::html(&loaded, &series)).unwrap_or_default()
    };
    view! {
        <details class="table" node_ref=details on:toggle=move |_| open.set(details.get_untracked().is_some_and(|d| d.open()))>
            <summary>"Table"</summary>
            <div class="table-scroll" tabindex="0" inner_html=html></div>
        </details>
    }
    .into_any()
}

/// What stands at an instant, as the label at the crosshair says it: every digit.
pub fn read_out(series: &LoadedSeries, zone: &ZoneOffsets, time: Timestamp) -> Option<String> {
    let (sample, column) = series.window.as_ref().ok()?.at(time)?;
    let unit = &series.series.unit;
    let clock = zone.date_time(sample.time);
    let clock = clock.get(11..).unwrap_or(&clock);
    Some(match column {
        None => format!("{clock}  {} {unit}", format::exact(sample.value)),
        Some(column) => {
            let digits = format::decimals(column.min, column.max) + 1;
            let (min, max) = (format::number(column.min, digits), format::number(column.max, digits));
            format!("{}  {min}–{max} {unit} ({} samples)", clock.get(..8).unwrap_or(clock), format::count(column.count))
        }
    })
}

/// The sentence that a screen reader says instead of the picture.
pub fn summary(board: &Board, series: &LoadedSeries) -> String {
    let Figures { current, min, mean, max, change, samples, .. } = Figures::of(series);
    let Some(range) = board.range() else { return series.series.name.clone() };
    let change = change.map(|c| format!(", change {c}")).unwrap_or_default();
    let window = time_axis::say(range, &board.zone());
    format!("{}, {window}: {samples}; last {current}, minimum {min}, mean {mean}, maximum {max}{change}.", series.series.name_with_unit())
}
