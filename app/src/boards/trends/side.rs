//! Beside the plots: which series, moving average, the values at the pointer; and above, how fresh it all is.

use super::panel::read_out;
use super::query::{AVERAGES, Query};
use super::selection;
use super::state::Board;
use crate::clock;
use domain::{Series, Timestamp, duration};
use leptos::prelude::*;
use std::time::Duration;

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
    let board = expect_context::<Board>();
    let groups = move || {
        let mut groups: Vec<(String, Vec<(usize, Series)>)> = Vec::new();
        for (place, series) in board.plant.read().series.iter().cloned().enumerate() {
            match groups.last_mut().filter(|(name, _)| *name == series.group) {
                Some((_, members)) => members.push((place, series)),
                None => groups.push((series.group.clone(), vec![(place, series)])),
            }
        }
        groups
    };
    view! {
        {move || groups().into_iter().map(|(name, members)| {
            let heading = if name.is_empty() { "Series".to_owned() } else { name };
            view! {
                <h2>{heading}</h2>
                <ul class="series-list">{members.into_iter().map(|(place, series)| view! { <SeriesChoice place series/> }).collect_view()}</ul>
            }
        }).collect_view()}
    }
}

#[component]
fn SeriesChoice(place: usize, series: Series) -> impl IntoView {
    let board = expect_context::<Board>();
    let colour = format!("--series: var(--{})", chart::Role::series(place).property());
    let Series { id, name, unit, .. } = series;
    let of = id.clone();
    let shown = Memo::new(move |_| board.shown.read().contains(&of));
    let href = move || {
        let series = board.plant.with(|p| selection::toggled(&p.series, &board.shown.read(), &id));
        board.href(&Query { series, ..board.query.get() })
    };
    view! {
        <li style=colour>
            <a href=href class:shown=move || shown.get() aria-current=move || shown.get().then_some("true")>
                <i class="box"></i><i class="stroke"></i><span>{name}</span><small>{unit}</small>
            </a>
        </li>
    }
}

#[component]
fn AverageChoice() -> impl IntoView {
    let board = expect_context::<Board>();
    let choice = move |text: &'static str| {
        let us = duration::parse(text).ok();
        let href = move || board.href(&Query { average_us: us, ..board.query.get() });
        let current = move || (board.query.read().average_us == us).then_some("true");
        let said = us.map_or("off".to_owned(), duration::say);
        view! { <a class="button" href=href aria-current=current>{said}</a> }
    };
    view! {
        <h2>"Moving average"</h2>
        <div class="segments wrap">{choice("off")}{AVERAGES.into_iter().map(choice).collect_view()}</div>
    }
}

#[component]
fn AtThePointer() -> impl IntoView {
    let board = expect_context::<Board>();
    let rows = move || {
        let (time, loaded) = (board.pointer.get()?, board.answer.get()?);
        let row = |series: &std::sync::Arc<super::loaded::LoadedSeries>| {
            let text = read_out(series, &loaded.zone, time).unwrap_or_else(|| "–".to_owned());
            view! { <div><dt style=format!("color: var(--{})", series.role.property())>{series.series.name.clone()}</dt><dd>{text}</dd></div> }
        };
        let stands = format!("{} {}", loaded.zone.date_time(time).get(..19).unwrap_or_default(), loaded.zone.name);
        Some(view! { <p>{stands}</p><dl class="at-pointer">{loaded.series.iter().map(row).collect_view()}</dl> })
    };
    view! {
        <div class="pointer" aria-live="polite">
            <h2>"At the pointer"</h2>
            {move || match rows() {
                Some(rows) => rows.into_any(),
                None => view! { <p class="muted">"Move over a plot, or focus one and use the arrow keys."</p> }.into_any(),
            }}
        </div>
    }
}

/// Live or paused, with the age of the newest sample.
#[component]
pub fn Freshness() -> impl IntoView {
    let board = expect_context::<Board>();
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
    let live = move || board.query.read().refresh_us().is_some() && board.trouble.read().is_none();
    let word = move || match (board.trouble.read().is_some(), live(), board.query.read().moves()) {
        (true, ..) => "No connection",
        (_, true, _) => "Live",
        (_, _, true) => "Refresh off",
        _ => "Paused",
    };
    view! {
        <span class="freshness" class:live=live class:broken=move || board.trouble.read().is_some()>
            <b>{word}</b>
            {move || age().map(|us| view! { <small title="age of the newest sample">{rounded(us)}</small> })}
        </span>
    }
}

/// An age as people say it: seconds below a minute, then the largest unit alone.
fn rounded(us: i64) -> String {
    use domain::civil::{DAY_US, HOUR_US, MINUTE_US, SECOND_US};
    let unit = [DAY_US, HOUR_US, MINUTE_US, SECOND_US].into_iter().find(|unit| us >= *unit).unwrap_or(SECOND_US);
    duration::say(us / unit * unit)
}
