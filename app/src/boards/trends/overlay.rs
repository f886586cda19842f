//! All shown series in one plot.

use super::controls::PlotMenu;
use super::loaded::{LoadedSeries, OVERLAY_PX};
use super::panel::summary;
use super::query::Layout;
use super::state::Board;
use super::statistics::{Figures, StatisticsRow};
use crate::widgets::plot::{Plot, PlotData};
use chart::Side;
use domain::SeriesId;
use leptos::prelude::*;
use std::sync::Arc;

/// The panel of the overlaid layouts.
#[component]
pub fn OverlayPanel() -> impl IntoView {
    let board = expect_context::<Board>();
    let data = Memo::new(move |_| {
        let (loaded, range) = (board.answer.get()?, board.range()?);
        let trend = loaded.overlay(board.layout.get() == Layout::Normalised, range);
        let summary = loaded.series.iter().map(|s| summary(&board, s)).collect::<Vec<_>>().join(" ");
        Some(Arc::new(PlotData { trend, summary }))
    });
    let note = move || {
        let data = data.get()?;
        let own: Vec<&str> = data.trend.axes.iter().filter(|a| a.side == Side::Hidden).map(|a| a.title.as_str()).collect();
        match (board.layout.get(), own.is_empty()) {
            (Layout::Normalised, _) => Some("Each series from its minimum to its maximum.".to_owned()),
            (_, false) => Some(format!("Two axes fit; on a scale of its own: {}.", own.join(", "))),
            _ => None,
        }
    };
    view! {
        <section class="panel chart">
            <div class="chart-head legend">
                <For each=move || board.shown.get() key=|id| id.clone() let:id><LegendRow id/></For>
            </div>
            <Plot data height_px=OVERLAY_PX read_out=move |time: domain::Timestamp| Some(board.zone().date_time(time))/>
            <div class="chart-foot">
                <small>{note}</small>
                {move || view! { <PlotMenu series=board.shown.get()/> }}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn LegendRow(id: SeriesId) -> impl IntoView {
    let board = expect_context::<Board>();
    let series: Memo<Option<Arc<LoadedSeries>>> = Memo::new(move |_| board.series(&id));
    let colour = move || series.read().as_ref().map(|s| format!("color: var(--{})", s.role.property()));
    let name = move || series.read().as_ref().map(|s| s.series.name.clone());
    let current = move || series.read().as_ref().map(|s| format!("{} {}", Figures::of(s).current, s.series.unit));
    let problem = move || series.read().as_ref().and_then(|s| s.window.as_ref().err().map(ToString::to_string));
    view! {
        <div class="legend-row">
            <h2 style=colour>{name}</h2>
            <p class="current"><b>{current}</b></p>
            <StatisticsRow series/>
            {move || problem().map(|text| view! { <p class="nothing" role="alert">{text}</p> })}
        </div>
    }
    .into_any()
}
