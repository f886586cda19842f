//! A plot on a page: labels as text, grid and lines on canvases over the server's SVG, crosshair, zoom by every hand.

pub mod gestures;
mod labels;
mod paint;

use crate::side::ON_SERVER;
use chart::{Trend, svg};
use domain::{TimeRange, Timestamp};
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use std::sync::Arc;

/// What plots of one time axis share. The board provides it.
#[derive(Clone, Copy)]
pub struct TimeAxis {
    /// The instant under the pointer or the keyboard's crosshair.
    pub pointer: RwSignal<Option<Timestamp>>,
    /// The range while it is moved by hand.
    pub view: RwSignal<Option<TimeRange>>,
    /// Called when the hand rests.
    pub settle: Callback<TimeRange>,
    /// Called to go back to the default window.
    pub reset: Callback<()>,
    /// Width of the plots in device pixels.
    pub columns: RwSignal<u32>,
}

/// The plot. `summary` is the sentence for those who do not see it, `read_out` says what stands at an instant.
#[component]
pub fn Plot(
    trend: Memo<Option<Arc<Trend>>>,
    summary: Signal<String>,
    height_px: u32,
    #[prop(into)] read_out: Callback<Timestamp, Option<String>>,
) -> impl IntoView {
    let axis = expect_context::<TimeAxis>();
    let rect = NodeRef::<Div>::new();
    let (ground, lines) = (NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    let painted = RwSignal::new(false);
    paint::start(trend, rect, ground, lines, painted);
    let range = Memo::new(move |_| trend.read().as_ref().map(|t| t.range));
    let hand = gestures::Hand::new(axis, range, rect);
    let summary = Signal::derive(move || summary.with(|said| if said.is_empty() { "Loading".to_owned() } else { said.clone() }));
    let picture = Signal::derive(move || trend.get().filter(|_| ON_SERVER).map(|t| svg::plot(&t)).unwrap_or_default());
    let left = Signal::derive(move || trend.read().as_ref().map(|t| labels::values(t, chart::Side::Left)).unwrap_or_default());
    let right = Memo::new(move |_| trend.read().as_ref().map(|t| labels::values(t, chart::Side::Right)).unwrap_or_default());
    let below = Signal::derive(move || trend.read().as_ref().map(|t| labels::times(t)).unwrap_or_default());
    let cross = Memo::new(move |_| {
        let (time, range) = (axis.pointer.get()?, range.get()?);
        range.contains(time).then(|| time.since(range.start()) as f64 / range.length_us() as f64)
    });
    let told = Signal::derive(move || cross.get().and(axis.pointer.get()).and_then(|time| read_out.run(time)).unwrap_or_default());
    let at = Signal::derive(move || cross.get().map(|x| format!("left: {:.3}%", x * 100.0)).unwrap_or_else(|| "display: none".to_owned()));
    let brush = Signal::derive(move || hand.brush_style().unwrap_or_else(|| "display: none".to_owned()));
    let class = Signal::derive(move || {
        let axes = if right.read().is_empty() { "" } else { " two-axes" };
        let canvas = if painted.get() { " painted" } else { "" };
        format!("plot{axes}{canvas}")
    });
    let read_out_class = Signal::derive(move || if cross.get().is_some_and(|x| x > 0.6) { "read-out flip" } else { "read-out" }.to_owned());
    view! {
        <figure
            class=class
            role="img"
            tabindex="0"
            aria-label=summary
            style=format!("--plot-height: {height_px}px")
            on:keydown=move |event| hand.key(&event)
        >
            <div class="labels left" inner_html=left></div>
            <div class="labels right" inner_html=right></div>
            <div
                class="rect"
                node_ref=rect
                on:pointerdown=move |event| hand.down(&event)
                on:pointermove=move |event| hand.moved(&event)
                on:pointerup=move |event| {
                    hand.up(&event);
                }
                on:pointercancel=move |_| hand.cancel()
                on:pointerleave=move |event| hand.leave(&event)
                on:dblclick=move |_| axis.reset.run(())
                on:wheel=move |event| hand.wheel(&event)
            >
                <div class="first-paint" inner_html=picture></div>
                <canvas node_ref=ground></canvas>
                <canvas node_ref=lines></canvas>
                <div class="brush" style=brush></div>
                <div class="cross" style=at></div>
                <div class=read_out_class style=at>{told}</div>
            </div>
            <div class="labels below" inner_html=below></div>
        </figure>
    }
    .into_any()
}
