//! Hands on a plot: mouse, finger, wheel and keyboard. All of them move the crosshair or the view of the shared time
//! axis; when the hand rests, the view becomes the window.

use super::TimeAxis;
use domain::{TimeRange, Timestamp};
use leptos::html::Div;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use std::time::Duration;
use web_sys::{KeyboardEvent, PointerEvent, WheelEvent};

/// How long the wheel or the keys rest before the view becomes the window.
const REST: Duration = Duration::from_millis(200);
/// A drag shorter than this is a click.
const CLICK_PX: f64 = 4.0;

/// Pointer ids and their places, as fractions of the plot.
type Fingers = Vec<(i32, f64)>;

/// The state of the hands on one plot.
#[derive(Clone, Copy)]
pub struct Hand {
    axis: TimeAxis,
    range: Memo<Option<TimeRange>>,
    rect: NodeRef<Div>,
    /// The stretch being chosen, as fractions of the plot.
    pub brush: RwSignal<Option<(f64, f64)>>,
    /// Fingers on the plot: pointer id and place.
    fingers: StoredValue<Fingers>,
    /// The range when the fingers came down.
    grabbed: StoredValue<Option<(TimeRange, Fingers)>>,
    resting: StoredValue<Option<TimeoutHandle>>,
}

impl Hand {
    pub fn new(axis: TimeAxis, range: Memo<Option<TimeRange>>, rect: NodeRef<Div>) -> Self {
        Self {
            axis,
            range,
            rect,
            brush: RwSignal::new(None),
            fingers: StoredValue::new(Vec::new()),
            grabbed: StoredValue::new(None),
            resting: StoredValue::new(None),
        }
    }

    /// Style of the chosen stretch.
    pub fn brush_style(self) -> Option<String> {
        let (a, b) = self.brush.get()?;
        Some(format!("left: {:.3}%; width: {:.3}%", a.min(b) * 100.0, (b - a).abs() * 100.0))
    }

    /// Where an event stands: 0 at the left edge of the plot, 1 at the right; and the plot's width in pixels.
    fn place(self, client_x: i32) -> Option<(f64, f64)> {
        let rect = self.rect.get_untracked()?.get_bounding_client_rect();
        (rect.width() > 0.0).then(|| (((f64::from(client_x) - rect.left()) / rect.width()).clamp(0.0, 1.0), rect.width()))
    }

    fn time_at(self, fraction: f64) -> Option<Timestamp> {
        let range = self.range.get_untracked()?;
        Some(range.start().plus((range.length_us() as f64 * fraction) as i64).min(range.last()))
    }

    pub fn down(self, event: &PointerEvent) {
        let Some((x, _)) = self.place(event.client_x()) else { return };
        if event.pointer_type() == "mouse" && event.button() != 0 {
            return;
        }
        if let Some(rect) = self.rect.get_untracked() {
            let _ = rect.set_pointer_capture(event.pointer_id());
        }
        if event.pointer_type() == "mouse" && !event.shift_key() {
            self.brush.set(Some((x, x)));
            return;
        }
        self.fingers.update_value(|fingers| fingers.push((event.pointer_id(), x)));
        self.grab();
    }

    pub fn moved(self, event: &PointerEvent) {
        let Some((x, _)) = self.place(event.client_x()) else { return };
        self.axis.pointer.set(self.time_at(x));
        self.brush.maybe_update(|brush| match brush {
            Some((_, end)) => {
                *end = x;
                true
            }
            None => false,
        });
        let held = self.fingers.try_update_value(|fingers| {
            let finger = fingers.iter_mut().find(|(id, _)| *id == event.pointer_id());
            finger.map(|finger| finger.1 = x).is_some()
        });
        if held == Some(true) {
            self.drag();
        }
    }

    /// True where the hand only pressed and did not drag.
    pub fn up(self, event: &PointerEvent) -> bool {
        let mut pressed = false;
        let width = self.place(event.client_x()).map_or(1.0, |(_, width)| width);
        if let Some((a, b)) = self.brush.get_untracked() {
            self.brush.set(None);
            let (from, to) = (self.time_at(a.min(b)), self.time_at(a.max(b)));
            let chosen = from.zip(to).and_then(|(from, to)| TimeRange::inclusive(from, to).ok());
            pressed = (b - a).abs() * width < CLICK_PX;
            if let Some(chosen) = chosen.filter(|_| !pressed) {
                self.axis.view.set(Some(chosen));
                self.axis.settle.run(chosen);
            }
        }
        self.lift(event.pointer_id());
        pressed
    }

    pub fn cancel(self) {
        self.brush.set(None);
        // The browser took the fingers for itself; what they had moved goes back.
        if self.grabbed.with_value(Option::is_some) {
            self.axis.view.set(None);
        }
        self.fingers.set_value(Vec::new());
        self.grabbed.set_value(None);
    }

    pub fn leave(self, event: &PointerEvent) {
        if event.pointer_type() == "mouse" && self.brush.with_untracked(Option::is_none) {
            self.axis.pointer.set(None);
        }
    }

    pub fn wheel(self, event: &WheelEvent) {
        let (Some((x, width)), Some(range)) = (self.place(event.client_x()), self.range.get_untracked()) else { return };
        event.prevent_default();
        let (across, along) = (event.delta_x(), event.delta_y());
        let pan = event.shift_key() || across.abs() > along.abs();
        let next = if pan {
            shifted(range, (if event.shift_key() { along + across } else { across }) / width)
        } else {
            zoomed(range, x, (along * 0.002).exp().clamp(0.2, 5.0))
        };
        self.move_to(next);
    }

    pub fn key(self, event: &KeyboardEvent) {
        let Some(range) = self.range.get_untracked() else { return };
        let at = self.axis.pointer.get_untracked().filter(|t| range.contains(*t));
        let fraction = at.map_or(0.5, |t| t.since(range.start()) as f64 / range.length_us() as f64);
        let step = if event.shift_key() { 0.1 } else { 0.01 };
        let cross = |fraction: f64| self.axis.pointer.set(self.time_at(fraction.clamp(0.0, 1.0)));
        match event.key().as_str() {
            "ArrowLeft" => cross(fraction - step),
            "ArrowRight" => cross(fraction + step),
            "Home" => cross(0.0),
            "End" => cross(1.0),
            "ArrowUp" | "+" | "=" => self.move_to(zoomed(range, fraction, 0.5)),
            "ArrowDown" | "-" => self.move_to(zoomed(range, fraction, 2.0)),
            "PageUp" => self.move_to(shifted(range, -0.5)),
            "PageDown" => self.move_to(shifted(range, 0.5)),
            "Escape" if at.is_some() => self.axis.pointer.set(None),
            "Escape" | "0" => self.axis.reset.run(()),
            _ => return,
        }
        event.prevent_default();
    }

    fn grab(self) {
        let fingers = self.fingers.get_value();
        self.grabbed.set_value(self.range.get_untracked().map(|range| (range, fingers)));
    }

    /// One finger pans, two pinch.
    fn drag(self) {
        let Some((range, before)) = self.grabbed.get_value() else { return };
        let now = self.fingers.get_value();
        let next = match (before.as_slice(), now.as_slice()) {
            ([(_, from)], [(_, to)]) => shifted(range, from - to),
            ([(_, a), (_, b), ..], [(_, c), (_, d), ..]) => {
                let (spread, wider) = ((a - b).abs().max(0.01), (c - d).abs().max(0.01));
                let middle = (a + b) / 2.0;
                zoomed(range, middle, spread / wider).and_then(|range| shifted(range, (middle - (c + d) / 2.0) * (wider / spread).min(1.0)))
            }
            _ => None,
        };
        if let Some(next) = next {
            self.axis.view.set(Some(next));
        }
    }

    fn lift(self, id: i32) {
        let dragged = self.fingers.try_update_value(|fingers| {
            let before = fingers.len();
            fingers.retain(|(finger, _)| *finger != id);
            before > 0 && fingers.is_empty()
        });
        self.grab();
        let view = self.axis.view.get_untracked();
        if let Some(view) = view.filter(|_| dragged == Some(true)) {
            self.axis.settle.run(view);
        }
    }

    fn move_to(self, next: Option<TimeRange>) {
        let Some(next) = next else { return };
        self.axis.view.set(Some(next));
        self.resting.update_value(|resting| {
            if let Some(resting) = resting.take() {
                resting.clear();
            }
            let settle = self.axis.settle;
            *resting = set_timeout_with_handle(
                move || {
                    let _ = settle.try_run(next);
                },
                REST,
            )
            .ok();
        });
    }
}

/// The range made longer or shorter by a factor, with the instant at `fraction` standing still.
fn zoomed(range: TimeRange, fraction: f64, factor: f64) -> Option<TimeRange> {
    let length = range.length_us() as f64;
    let still = range.start().plus((length * fraction) as i64);
    let start = still.plus(-((length * fraction * factor) as i64));
    let end = still.plus((length * (1.0 - fraction) * factor) as i64).max(start.plus(10));
    TimeRange::new(start, end).ok()
}

/// The range moved by a part of its length.
fn shifted(range: TimeRange, by: f64) -> Option<TimeRange> {
    let us = (range.length_us() as f64 * by) as i64;
    TimeRange::new(range.start().plus(us), range.end().plus(us)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange::new(Timestamp::from_us(start), Timestamp::from_us(end)).unwrap()
    }

    #[test]
    fn zoom_keeps_the_instant_under_the_hand() {
        assert_eq!(zoomed(range(0, 1_000), 0.5, 0.5), Some(range(250, 750)));
        assert_eq!(zoomed(range(0, 1_000), 0.0, 2.0), Some(range(0, 2_000)));
        assert_eq!(zoomed(range(0, 20), 0.0, 0.01), Some(range(0, 10)));
        assert!(zoomed(TimeRange::ALL, 0.5, 5.0).is_some());
    }

    #[test]
    fn pan_moves_by_a_part() {
        assert_eq!(shifted(range(0, 1_000), -0.5), Some(range(-500, 500)));
    }
}
