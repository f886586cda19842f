//! Downloads of a plot: exact rows, the picture.

use super::query::{Layout, Query};
use super::state::Board;
use crate::address;
use crate::widgets::download;
use domain::SeriesId;
use leptos::prelude::*;

/// A menu of downloads for these series in the shown window.
#[component]
pub fn PlotMenu(series: Vec<SeriesId>) -> impl IntoView {
    let board = Board::told();
    let series = StoredValue::new(series);
    let tenant = move || board.plant.read().tenant.clone();
    let csv = Signal::derive(move || {
        let range = board.range()?;
        Some(series.with_value(|series| match series.as_slice() {
            [only] => address::series_csv(&tenant(), only, range),
            several => address::all_csv(&tenant(), several, range),
        }))
    });
    let svg = Signal::derive(move || {
        let range = board.range()?;
        let query = Query { series: series.get_value(), ..board.query.get().with_range(range) };
        Some(format!("/export/{}/chart.svg{}", address::segment(&tenant()), query.write()))
    });
    let png = move |_| {
        let Some(loaded) = board.answer.get_untracked() else { return };
        let ids = series.get_value();
        let single = board.layout.get_untracked() == Layout::Stacked;
        download::png(
            &super::picture::of(&loaded, &ids, board.layout.get_untracked(), download::palette(), 1_200),
            if single { ids.first() } else { None },
        );
    };
    view! {
        <div class="downloads" role="group" aria-label="Downloads">
            <a href=csv download="" rel="external">"CSV"</a>
            <a href=svg download="" rel="external">"SVG"</a>
            <button type="button" class="link needs-script" on:click=png>"PNG"</button>
        </div>
    }
    .into_any()
}
