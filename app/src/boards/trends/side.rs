//! Beside the plots: which series, moving average, the values at the pointer; and above, how fresh it all is.

use super::filter::SeriesFilter;
use super::loaded::LoadedSeries;
use super::panel::read_out;
use super::query::{AVERAGES, Query};
use super::selection;
use super::state::Board;
use crate::clock;
use crate::widgets::html::escaped;
use crate::widgets::links::{self, Link, Links, Stand};
use domain::{Series, Timestamp, duration};
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// A newest sample older than this is not live, whoever waits for the next.
const SILENT_US: i64 = domain::civil::MINUTE_US;

/// The side panel; on a phone it folds.
#[component]
pub fn SidePanel() -> impl IntoView {
    view! {
        <aside class="panel side" aria-label="Series and options">
            <details class="fold" open>
                <summary>"Series and options"</summary>
                <SeriesList/>
                <AverageChoice/>
                <AtThePointer/>
            </details>
        </aside>
    }
    .into_any()
}

#[component]
fn SeriesList() -> impl IntoView {
    let board = Board::told();
    let links = Signal::derive(move || {
        let (plant, shown, query) = (board.plant.read(), board.shown.read(), board.query.read());
        let link = |series: &Series| {
            let toggled = selection::toggled(&plant.series, &shown, &series.id);
            let href = board.href(&Query { series: toggled, ..query.clone() });
            Link {
                href,
                label: format!("{}\n{}\n{}\n{}", series.id, series.name, series.unit, series.group),
                current: shown.contains(&series.id),
                title: "",
            }
        };
        plant.series.iter().map(link).collect()
    });
    let (list, first) = links::kept(links, move |links| board.plant.with_untracked(|plant| series_html(&plant.series, links)));
    view! {
        <SeriesFilter list/>
        <div node_ref=list inner_html=first></div>
    }
    .into_any()
}

/// The series under the headings of their groups.
fn series_html(offered: &[Series], links: &[Link]) -> String {
    let (mut html, mut group) = (String::new(), None);
    for (place, (series, link)) in offered.iter().zip(links).enumerate() {
        if group != Some(&series.group) {
            let end = if group.is_some() { "</ul>" } else { "" };
            let heading = if series.group.is_empty() { "Series" } else { &series.group };
            html.push_str(&format!("{end}<h2>{}</h2><ul class=\"series-list\">", escaped(heading)));
            group = Some(&series.group);
        }
        let colour = chart::Role::series(place).property();
        html.push_str(&format!(
            "<li style=\"--series: var(--{colour})\"><a href=\"{}\" aria-current=\"{}\"><i class=\"box\"></i><i class=\"stroke\"></i><span>{}</span><small>{}</small></a></li>",
            escaped(&link.href),
            link.current,
            escaped(&series.name),
            escaped(&series.unit)
        ));
    }
    if group.is_some() { html + "</ul>" } else { html }
}

#[component]
fn AverageChoice() -> impl IntoView {
    let board = Board::told();
    let widths = Signal::derive(move || {
        let query = board.query.read();
        let choice = |text: &str| {
            let us = duration::parse(text).ok();
            let href = board.href(&Query { average_us: us, ..query.clone() });
            Link { href, current: query.average_us == us, label: us.map_or("off".to_owned(), duration::say), title: "" }
        };
        std::iter::once("off").chain(AVERAGES).map(choice).collect()
    });
    view! {
        <h2>"Moving average"</h2>
        <Links stand=Stand::Wrapped name="Moving average" links=widths/>
    }
    .into_any()
}

#[component]
fn AtThePointer() -> impl IntoView {
    let board = Board::told();
    let html = Signal::derive(move || {
        let Some((time, loaded)) = board.pointer.get().zip(board.answer.get()) else {
            return "<p class=\"muted\">Move over a plot, or focus one and use the arrow keys.</p>".to_owned();
        };
        let row = |series: &Arc<LoadedSeries>| {
            let text = read_out(series, &loaded.zone, time).unwrap_or_else(|| "–".to_owned());
            let colour = series.role.property();
            format!("<div><dt style=\"color: var(--{colour})\">{}</dt><dd>{}</dd></div>", escaped(&series.series.name), escaped(&text))
        };
        let rows: String = loaded.series.iter().map(row).collect();
        let stands = loaded.zone.date_time(time);
        format!("<p>{} {}</p><dl class=\"at-pointer\">{rows}</dl>", stands.get(..19).unwrap_or(&stands), escaped(&loaded.zone.name))
    });
    view! {
        <div class="pointer" aria-live="polite">
            <h2>"At the pointer"</h2>
            <div inner_html=html></div>
        </div>
    }
    .into_any()
}

/// Live or paused, with the age of the newest sample.
#[component]
pub fn Freshness() -> impl IntoView {
    let board = Board::told();
    let now: RwSignal<Option<Timestamp>> = RwSignal::new(None);
    Effect::new(move |_| {
        let handle = set_interval_with_handle(move || now.set(Some(clock::now())), Duration::from_secs(1)).ok();
        on_cleanup(move || handle.iter().for_each(|h| h.clear()));
    });
    let age = move || {
        let loaded = board.answer.get()?;
        let now = now.get().unwrap_or(loaded.answered).max(loaded.answered);
        Some(now.since(loaded.newest()?).max(0))
    };
    let state = Memo::new(move |_| {
        let (broken, query) = (board.trouble.read().is_some(), board.query.read());
        let silent = age().is_none_or(|us| us > SILENT_US.max(2 * query.refresh_us().unwrap_or(0)));
        match (broken, query.refresh_us().is_some(), query.moves()) {
            (true, ..) => ("freshness broken", "No connection"),
            (_, true, _) if silent => ("freshness", "Waiting for samples"),
            (_, true, _) => ("freshness live", "Live"),
            (_, _, true) => ("freshness", "Refresh off"),
            _ => ("freshness", "Paused"),
        }
    });
    let html = Signal::derive(move || {
        let age = age().map(|us| format!("<small title=\"age of the newest sample\">{}</small>", rounded(us)));
        format!("<b>{}</b> {}", state.get().1, age.unwrap_or_default())
    });
    let class = Signal::derive(move || state.get().0.to_owned());
    view! { <span class=class inner_html=html></span> }.into_any()
}

/// An age as people say it: seconds below a minute, then the largest unit alone.
fn rounded(us: i64) -> String {
    use domain::civil::{DAY_US, HOUR_US, MINUTE_US, SECOND_US};
    let unit = [DAY_US, HOUR_US, MINUTE_US, SECOND_US].into_iter().find(|unit| us >= *unit).unwrap_or(SECOND_US);
    duration::say(us / unit * unit)
}
