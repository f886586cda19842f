//! Which window, how it refreshes, how the series stand. All of it are links, so that it works without JavaScript and
//! every state has an address.

use super::query::{Layout, Query, REFRESHES};
use super::state::Board;
use crate::address;
use crate::api::Plant;
use crate::widgets::html::escaped;
use crate::widgets::links::{Link, Links, Stand};
use chart::time_axis;
use domain::civil::DAY_US;
use domain::window::Edge;
use domain::{TimeRange, Timestamp, WindowSpec, duration};
use leptos::ev::{MouseEvent, SubmitEvent};
use leptos::html::Input;
use leptos::prelude::*;

/// Lengths on offer, counted back from the last sample or from now.
const LENGTHS: [&str; 7] = ["5m", "30m", "1h", "6h", "24h", "7d", "30d"];

/// Breadcrumb and controls above the plots.
#[component]
pub fn Toolbar(plant: Plant) -> impl IntoView {
    let board = Board::told();
    let said =
        Signal::derive(move || board.range().map(|range| format!(" · {}", time_axis::say(range, &board.zone()))).unwrap_or_default());
    let as_of = Signal::derive(move || {
        board.answer.read().as_ref().map(|a| format!("Data as of {} {}", a.zone.date_time(a.answered), a.zone.name)).unwrap_or_default()
    });
    let home = format!("/t/{}", address::segment(&plant.tenant));
    view! {
        <h1 class="crumb"><a href=home>{plant.name}</a>" / "<b>"Trends"</b><span>{said}</span></h1>
        <p class="print-only">{as_of}</p>
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
    let board = Board::told();
    let now = Memo::new(move |_| from_now(&board.query.read()));
    let lengths = Signal::derive(move || {
        let shown = board.query.read().window().map(WindowSpec::completed);
        let link =
            |spec: WindowSpec, label: String, title| Link { href: board.window_href(spec), current: shown == Ok(spec), label, title };
        let length = |text: &str| {
            let us = duration::parse(text).unwrap_or(1);
            let spec = if now.get() { WindowSpec::back_from_now(us) } else { WindowSpec::back_from_last(us) };
            let label = if us < 2 * DAY_US { text.replace('m', " min").replace('h', " h") } else { text.replace('d', " d") };
            link(spec, label, "")
        };
        let all = link(WindowSpec::everything(), "All".to_owned(), "From the first to the last sample");
        LENGTHS.into_iter().map(length).chain([all]).collect()
    });
    let anchors = Signal::derive(move || {
        let length_us = board.range().map_or(1, |range| (range.length_us() - 1).max(1));
        let anchor = |spec, current, label: &str, title| Link { href: board.window_href(spec), current, label: label.to_owned(), title };
        vec![
            anchor(WindowSpec::back_from_last(length_us), !now.get(), "last sample", "Count back from the last sample"),
            anchor(WindowSpec::back_from_now(length_us), now.get(), "now", "Count back from now"),
        ]
    });
    view! {
        <Links stand=Stand::Segments name="Length of the window" links=lengths/>
        <Links stand=Stand::Segments name="Counted back from" links=anchors/>
    }
    .into_any()
}

/// Back and forward by one window, out, and back to the default.
#[component]
fn Steps() -> impl IntoView {
    let board = Board::told();
    let steps = Signal::derive(move || {
        let query = board.query.read();
        // Moved by whole windows, made longer by half a window at both ends.
        let moved = |by: i64, longer: i64, label: &str, title| {
            let next = board.range().and_then(|range| {
                let (length, half) = (range.length_us(), longer * (range.length_us() / 2 + 1));
                let by = length.saturating_mul(by);
                TimeRange::new(range.start().plus(by - half), range.end().plus(by.saturating_add(half))).ok()
            });
            let href = next.map_or_else(|| board.href(&query), |range| board.href(&query.with_range(range)));
            Link { href, current: false, label: label.to_owned(), title }
        };
        vec![moved(-1, 0, "‹", "Back by one window"), moved(1, 0, "›", "Forward by one window"), moved(0, 1, "−", "Zoom out")]
    });
    let reset = Signal::derive(move || board.window_href(WindowSpec::default()));
    let chosen = Signal::derive(move || board.query.read().from.is_some() || board.query.read().to.is_some());
    let undo = move |_| {
        let _ = window().history().and_then(|history| history.back());
    };
    view! {
        <div class="segments">
            <Links stand=Stand::Segments name="Move the window" links=steps/>
            <button type="button" class="button needs-script" title="The window before this one" disabled=Signal::derive(move || !chosen.get()) on:click=undo>"Undo"</button>
            <a class="button" href=reset title="The default window">"Reset"</a>
        </div>
    }
    .into_any()
}

/// Exact ends, in the plant's wall time or any way that an address takes.
#[component]
fn ExactWindow() -> impl IntoView {
    let board = Board::told();
    let (from, to) = (NodeRef::<Input>::new(), NodeRef::<Input>::new());
    let wall = move |end: fn(TimeRange) -> Timestamp| {
        Signal::derive(move || board.range().map(|range| board.zone().date_time(end(range))).unwrap_or_default())
    };
    let (start, last) = (wall(TimeRange::start), wall(TimeRange::last));
    // Without JavaScript the form is sent as it is, with the rest of the view in hidden fields.
    let hidden = Signal::derive(move || {
        let query = board.query.get().with_window(WindowSpec::default()).write();
        let pairs = form_urlencoded::parse(query.trim_start_matches('?').as_bytes());
        pairs
            .map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escaped(&name), escaped(&value)))
            .collect::<String>()
    });
    let show = move |event: SubmitEvent| {
        event.prevent_default();
        let text = |input: NodeRef<Input>| input.get_untracked().map(|i| i.value()).filter(|v| !v.trim().is_empty());
        let query = Query { from: text(from), to: text(to), complaint: None, ..board.query.get_untracked() };
        board.go(&untrack(|| board.href(&query)), false);
    };
    let action = Signal::derive(move || address::board(&board.plant.read().tenant, "trends"));
    let hint = Signal::derive(move || {
        format!("Wall time of the plant ({}), RFC 3339, or now-24h, last-6h, first. Both ends belong to the window.", board.zone().name)
    });
    view! {
        <details class="menu">
            <summary class="button">"From … to"</summary>
            <div class="panel sheet">
                <form method="get" action=action on:submit=show>
                    <label>"From "<input type="text" name="from" autocomplete="off" size="24" node_ref=from value=start prop:value=start/></label>
                    <label>"To "<input type="text" name="to" autocomplete="off" size="24" node_ref=to value=last prop:value=last/></label>
                    <div inner_html=hidden></div>
                    <p class="muted">{hint}</p>
                    <button type="submit" class="button primary">"Show"</button>
                </form>
            </div>
        </details>
    }
    .into_any()
}

#[component]
fn RefreshMenu() -> impl IntoView {
    let (board, now) = (Board::told(), expect_context::<Board>());
    let said = Signal::derive(move || {
        let query = board.query.read();
        match (query.moves(), duration::parse(query.refresh_text())) {
            (false, _) => "Paused".to_owned(),
            (true, Ok(us)) => format!("Every {}", duration::say(us)),
            (true, Err(_)) => "Off".to_owned(),
        }
    });
    let choices = Signal::derive(move || {
        let query = board.query.read();
        let choice = |text: &'static str| {
            let href = board.href(&Query { refresh: Some(text.to_owned()), ..query.clone() });
            let label = duration::parse(text).map_or("Off".to_owned(), |us| format!("Every {}", duration::say(us)));
            Link { href, current: query.refresh_text() == text, label, title: "" }
        };
        std::iter::once("off").chain(REFRESHES).map(choice).collect()
    });
    let again = move |event: MouseEvent| {
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            event.stop_propagation();
            now.refresh();
        }
    };
    let here = Signal::derive(move || board.href(&board.query.read()));
    let class = Signal::derive(move || if now.slow.get() { "button busy" } else { "button" }.to_owned());
    view! {
        <div class="segments">
            <a class=class href=here title="Refresh now" on:click=again>"Refresh"</a>
            <details class="menu">
                <summary class="button" title="Automatic refresh">{said}</summary>
                <div class="panel sheet list">
                    <Links stand=Stand::Menu name="Automatic refresh" links=choices/>
                    <p class="muted">"A window that lies in the past stands still."</p>
                </div>
            </details>
        </div>
    }
    .into_any()
}

#[component]
fn LayoutChoice() -> impl IntoView {
    let board = Board::told();
    let layouts = Signal::derive(move || {
        let query = board.query.read();
        let choice = |(layout, word): (Layout, &str)| {
            let href = board.href(&Query { layout, ..query.clone() });
            Link { href, current: query.layout == layout, label: word.to_owned(), title: "" }
        };
        [(Layout::Stacked, "Stacked"), (Layout::Overlay, "Overlay"), (Layout::Normalised, "Normalised")].map(choice).to_vec()
    });
    view! { <Links stand=Stand::Segments name="Layout" links=layouts/> }.into_any()
}

/// All shown series: one file of rows, one picture.
#[component]
fn Downloads() -> impl IntoView {
    let board = Board::told();
    let csv = Signal::derive(move || Some(address::all_csv(&board.plant.read().tenant, &board.shown.read(), board.range()?)));
    let svg = Signal::derive(move || {
        let query = Query { series: board.shown.get(), ..board.query.get().with_range(board.range()?) };
        Some(format!("/export/{}/chart.svg{}", address::segment(&board.plant.read().tenant), query.write()))
    });
    view! {
        <div class="segments" role="group" aria-label="Downloads of all shown series">
            <a class="button" href=csv download="" rel="external">"CSV"</a>
            <a class="button" href=svg download="" rel="external">"SVG"</a>
        </div>
    }
    .into_any()
}
