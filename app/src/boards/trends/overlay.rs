//! All shown series in one plot.

use super::controls::PlotMenu;
use super::loaded::{LoadedSeries, OVERLAY_PX};
use super::panel::summary;
use super::query::Layout;
use super::state::Board;
use super::statistics;
use crate::widgets::html;
use crate::widgets::plot::Plot;
use chart::Side;
use leptos::prelude::*;
use std::sync::Arc;

/// The panel of the overlaid layouts.
#[component]
pub fn OverlayPanel() -> impl IntoView {
    let board = expect_context::<Board>();
    let told = Board::told();
    let trend = Memo::new(move |_| {
        let (loaded, range) = (board.answer.get()?, board.range()?);
        Some(Arc::new(loaded.overlay(board.layout.get() == Layout::Normalised, range)))
    });
    let summary = Signal::derive(move || {
        let answer = told.answer.get();
        answer.map(|loaded| loaded.series.iter().map(|s| summary(&told, s)).collect::<Vec<_>>().join(" ")).unwrap_or_default()
    });
    let legend = Signal::derive(move || {
        told.answer.read().as_ref().map(|l| l.series.iter().map(|s| legend_row(s)).collect::<String>()).unwrap_or_default()
    });
    let note = move || {
        let trend = trend.get()?;
        let own: Vec<&str> = trend.axes.iter().filter(|a| a.side == Side::Hidden).map(|a| a.title.as_str()).collect();
        match (board.layout.get(), own.is_empty()) {
            (Layout::Normalised, _) => Some("Each series from its minimum to its maximum.".to_owned()),
            (_, false) => Some(format!("Two axes fit; on a scale of its own: {}.", own.join(", "))),
            _ => None,
        }
    };
    view! {
        <section class="panel chart">
            <div class="chart-head legend" inner_html=legend></div>
            <Plot trend summary height_px=OVERLAY_PX read_out=move |time: domain::Timestamp| Some(board.zone().date_time(time))/>
            <div class="chart-foot">
                <small>{Signal::derive(move || note().unwrap_or_default())}</small>
                {move || view! { <PlotMenu series=board.shown.get()/> }}
            </div>
        </section>
    }
    .into_any()
}

/// One series of the legend: its head, and what is wrong with it.
fn legend_row(series: &LoadedSeries) -> String {
    let problem =
        series.window.as_ref().err().map(|p| format!("<p class=\"nothing\" role=\"alert\">{}</p>", html::escaped(&p.to_string())));
    format!("<div class=\"legend-row\">{}{}</div>", statistics::head(series), problem.unwrap_or_default())
}
