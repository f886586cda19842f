//! Which window, how it refreshes, how the series stand. All of it are links, so that it works without JavaScript and
//! every state has an address.

use super::query::{Layout, Query, REFRESHES};
use super::state::Board;
use crate::address;
use crate::api::Plant;
use chart::time_axis;
use domain::window::Edge;
use domain::{TimeRange, WindowSpec, duration};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Form;

/// Lengths on offer, counted back from the last sample or from now.
const LENGTHS: [&str; 7] = ["5m", "30m", "1h", "6h", "24h", "7d", "30d"];

/// Breadcrumb and controls above the plots.
#[component]
pub fn Toolbar(plant: Plant) -> impl IntoView {
    let board = expect_context::<Board>();
    let said = move || board.range().map(|range| format!(" · {}", time_axis::say(range, &board.zone())));
    let home = format!("/t/{}", address::segment(&plant.tenant));
    view! {
        <Title text=format!("Trends of {}", plant.name)/>
        <h1 class="crumb"><a href=home>{plant.name}</a>" / "<b>"Trends"</b><span>{said}</span></h1>
        <div class="toolbar" role="toolbar" aria-label="Window and view">
            <QuickRanges/>
            <Steps/>
            <ExactWindow/>
            <RefreshMenu/>
            <span class="space"></span>
            <LayoutChoice/>
            <Downloads/>
        </div>
    }
    .into_any()
}

/// Whether ranges are counted from now instead of from the last sample.
fn from_now(query: &Query) -> bool {
    matches!(query.window().ok().and_then(|w| w.to.or(w.from)), Some(Edge::Now(_)))
}

#[component]
fn QuickRanges() -> impl IntoView {
    let board = expect_context::<Board>();
    let now = Memo::new(move |_| from_now(&board.query.read()));
    let spec = move |us| if now.get() { WindowSpec::back_from_now(us) } else { WindowSpec::back_from_last(us) };
    let is = move |spec: WindowSpec| (board.query.read().window() == Ok(spec)).then_some("true");
    let length = move |text: &'static str| {
        let us = duration::parse(text).unwrap_or(1);
        let said = if us < 2 * domain::civil::DAY_US { text.replace('m', " min").replace('h', " h") } else { text.replace('d', " d") };
        view! { <a class="button" href=move || board.window_href(spec(us)) aria-current=move || is(spec(us))>{said}</a> }
    };
    let anchor = move |to_now: bool, word: &'static str, title: &'static str| {
        let length_us = move || board.range().map_or(1, |range| (range.length_us() - 1).max(1));
        let href = move || board.window_href(if to_now { WindowSpec::back_from_now(length_us()) } else { WindowSpec::back_from_last(length_us()) });
        view! { <a class="button" title=title href=href aria-current=move || (now.get() == to_now).then_some("true")>{word}</a> }
    };
    view! {
        <div class="segments" role="group" aria-label="Length of the window">
            {LENGTHS.into_iter().map(length).collect_view()}
            <a class="button" href=move || board.window_href(WindowSpec::everything()) aria-current=move || is(WindowSpec::everything())>"All"</a>
        </div>
        <div class="segments" role="group" aria-label="Counted back from">
            {anchor(false, "last sample", "Count back from the last sample")}
            {anchor(true, "now", "Count back from now")}
        </div>
    }
}

/// Back and forward by one window, out, and back to the default.
#[component]
fn Steps() -> impl IntoView {
    let board = expect_context::<Board>();
    let step = move |windows: i64| {
        move || {
            let range = board.range()?;
            let by = range.length_us().saturating_mul(windows);
            let range = TimeRange::new(range.start().plus(by), range.end().plus(by)).ok()?;
            Some(board.href(&board.query.get().with_range(range)))
        }
    };
    let out = move || {
        let range = board.range()?;
        let half = range.length_us() / 2 + 1;
        let range = TimeRange::new(range.start().plus(-half), range.end().plus(half)).ok()?;
        Some(board.href(&board.query.get().with_range(range)))
    };
    let chosen = move || board.query.read().from.is_some() || board.query.read().to.is_some();
    view! {
        <div class="segments" role="group" aria-label="Move the window">
            <a class="button" href=step(-1) title="Back by one window" aria-label="Back by one window">"‹"</a>
            <a class="button" href=step(1) title="Forward by one window" aria-label="Forward by one window">"›"</a>
            <a class="button" href=out title="Zoom out">"Zoom out"</a>
            <button type="button" class="button needs-script" title="The window before this one" disabled=move || !chosen() on:click=move |_| { let _ = window().history().and_then(|h| h.back()); }>"Undo"</button>
            {move || chosen().then(|| view! { <a class="button" href=board.window_href(WindowSpec::default())>"Reset"</a> })}
        </div>
    }
}

/// Exact ends, in the plant's wall time or any way that an address takes.
#[component]
fn ExactWindow() -> impl IntoView {
    let board = expect_context::<Board>();
    let wall = move |end: fn(TimeRange) -> domain::Timestamp| board.range().map(|range| board.zone().date_time(end(range)));
    let hidden = move || {
        let query = board.query.get().with_window(WindowSpec::default()).write();
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).into_owned().collect();
        pairs.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()
    };
    let action = move || address::board(&board.plant.read().tenant, "trends");
    view! {
        <details class="menu">
            <summary class="button">"From … to"</summary>
            <div class="panel sheet">
                <Form method="GET" action=action>
                    <label>"From "<input type="text" name="from" autocomplete="off" size="24" prop:value=move || wall(TimeRange::start) value=wall(TimeRange::start)/></label>
                    <label>"To "<input type="text" name="to" autocomplete="off" size="24" prop:value=move || wall(TimeRange::last) value=wall(TimeRange::last)/></label>
                    {hidden}
                    <p class="muted">"Wall time of the plant ("{move || board.zone().name}"), RFC 3339, or now-24h, last-6h, first. Both ends belong to the window."</p>
                    <button type="submit" class="button primary">"Show"</button>
                </Form>
            </div>
        </details>
    }
}

#[component]
fn RefreshMenu() -> impl IntoView {
    let board = expect_context::<Board>();
    let said = move || {
        let query = board.query.read();
        match (query.moves(), duration::parse(query.refresh_text())) {
            (false, _) => "Paused".to_owned(),
            (true, Ok(us)) => format!("Every {}", duration::say(us)),
            (true, Err(_)) => "Off".to_owned(),
        }
    };
    let choice = move |text: &'static str| {
        let href = move || board.href(&Query { refresh: Some(text.to_owned()), ..board.query.get() });
        let current = move || (board.query.read().refresh_text() == text).then_some("true");
        let said = duration::parse(text).map_or("Off".to_owned(), |us| format!("Every {}", duration::say(us)));
        view! { <li><a href=href aria-current=current>{said}</a></li> }
    };
    let again = move |event: leptos::ev::MouseEvent| {
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            event.stop_propagation();
            board.refresh();
        }
    };
    view! {
        <div class="segments">
            <a class="button" class:busy=move || board.asking.get() href=move || board.href(&board.query.read()) title="Refresh now" on:click=again>"Refresh"</a>
            <details class="menu">
                <summary class="button" title="Automatic refresh">{said}</summary>
                <ul class="panel sheet list">
                    {choice("off")}
                    {REFRESHES.into_iter().map(choice).collect_view()}
                    <li class="muted">"A window that lies in the past stands still."</li>
                </ul>
            </details>
        </div>
    }
}

#[component]
fn LayoutChoice() -> impl IntoView {
    let board = expect_context::<Board>();
    let choice = move |layout: Layout, word: &'static str| {
        let href = move || board.href(&Query { layout, ..board.query.get() });
        view! { <a class="button" href=href aria-current=move || (board.layout.get() == layout).then_some("true")>{word}</a> }
    };
    view! {
        <div class="segments" role="group" aria-label="Layout">
            {choice(Layout::Stacked, "Stacked")}
            {choice(Layout::Overlay, "Overlay")}
            {choice(Layout::Normalised, "Normalised")}
        </div>
    }
}

/// All shown series in one file, one row a sample.
#[component]
fn Downloads() -> impl IntoView {
    let board = expect_context::<Board>();
    let csv = move || Some(address::all_csv(&board.plant.read().tenant, &board.shown.read(), board.range()?));
    let svg = move || {
        let query = Query { series: board.shown.get(), ..board.query.get().with_range(board.range()?) };
        Some(format!("/export/{}/chart.svg{}", address::segment(&board.plant.read().tenant), query.write()))
    };
    view! {
        <div class="segments" role="group" aria-label="Downloads of all shown series">
            <a class="button" href=csv download="" rel="external">"CSV"</a>
            <a class="button" href=svg download="" rel="external">"SVG"</a>
        </div>
    }
}
