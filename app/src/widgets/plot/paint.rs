//! Painting the two canvases of a plot in device pixels: the ground when axes or theme change, the lines when samples do.

use super::TimeAxis;
use crate::widgets::theme::Theme;
use chart::{Palette, Trend, canvas};
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Starts painting; `painted` becomes true with the first picture, which then hides the server's.
pub fn start(
    trend: Memo<Option<Arc<Trend>>>,
    rect: NodeRef<Div>,
    ground: NodeRef<Canvas>,
    lines: NodeRef<Canvas>,
    painted: RwSignal<bool>,
) {
    let theme = expect_context::<Theme>();
    let axis = expect_context::<TimeAxis>();
    let size = RwSignal::new((0_u32, 0_u32));
    Effect::new(move |_| {
        if let Some(rect) = rect.get() {
            watch_size(&rect, size, axis.columns);
        }
    });
    let bare = Memo::new(move |_| trend.read().as_ref().map(|trend| without_points(trend)));
    Effect::new(move |_| {
        let (Some(trend), Some(canvas)) = (bare.get(), ground.get()) else { return };
        paint(&canvas, size.get(), |canvas| canvas::draw_ground(canvas, &trend, theme.palette()));
    });
    Effect::new(move |_| {
        let (trend, Some(canvas)) = (trend.get(), lines.get()) else { return };
        let palette: Palette = theme.palette();
        let drawn = match trend {
            Some(trend) => paint(&canvas, size.get(), |canvas| canvas::draw_lines(canvas, &trend, palette)),
            None => paint(&canvas, size.get(), |_| true),
        };
        if drawn {
            painted.set(true);
        }
    });
}

/// What the ground shows of a trend: everything but the samples.
fn without_points(trend: &Trend) -> Trend {
    let Trend { range, zone, height_px, axes, lines } = trend;
    let lines = lines.iter().filter(|line| line.limits.any());
    let lines = lines.map(|line| chart::TrendLine { points: Vec::new(), breaks: Vec::new(), ..line.clone() }).collect();
    Trend { range: *range, zone: zone.clone(), height_px: *height_px, axes: axes.clone(), lines }
}

/// Sizes and clears a canvas and draws on it, half a pixel off so that hairlines fill whole pixels.
fn paint(canvas: &HtmlCanvasElement, (width, height): (u32, u32), draw: impl FnOnce(HtmlCanvasElement) -> bool) -> bool {
    if width == 0 || height == 0 {
        return false;
    }
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let context = canvas.get_context("2d").ok().flatten().and_then(|c| c.dyn_into::<CanvasRenderingContext2d>().ok());
    let Some(context) = context else { return false };
    let _ = context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, f64::from(width), f64::from(height));
    let _ = context.set_transform(1.0, 0.0, 0.0, 1.0, 0.5, 0.5);
    draw(canvas.clone())
}

/// Keeps the size in device pixels, now and whenever the plot or the screen's density changes.
fn watch_size(rect: &web_sys::HtmlDivElement, size: RwSignal<(u32, u32)>, columns: RwSignal<u32>) {
    let element = rect.clone();
    let measure = move || {
        let css = element.get_bounding_client_rect();
        let density = window().device_pixel_ratio();
        let device = |px: f64| (px * density).round().max(0.0) as u32;
        let measured = (device(css.width()), device(css.height()));
        if size.try_get_untracked().is_some_and(|known| known != measured) {
            size.set(measured);
            if measured.0 > 0 {
                columns.set(measured.0);
            }
        }
    };
    measure();
    let callback = Closure::<dyn FnMut()>::new(measure);
    let Ok(observer) = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref()) else { return };
    observer.observe(rect);
    let kept = StoredValue::new_local((observer, callback));
    on_cleanup(move || {
        kept.try_with_value(|(observer, _)| observer.disconnect());
    });
}
