//! The browser's side: a canvas as a drawing area in device pixels.

use crate::palette::Palette;
use crate::picture::Picture;
use crate::plot;
use crate::trend::Trend;
use plotters::prelude::*;
use plotters_canvas::CanvasBackend;
use web_sys::HtmlCanvasElement;

/// Draws grid and bands. False when the canvas gives no context.
pub fn draw_ground(canvas: HtmlCanvasElement, trend: &Trend, palette: Palette) -> bool {
    area(canvas).is_some_and(|area| plot::draw_ground(&area, trend, palette).is_ok())
}

/// Draws the lines. False when the canvas gives no context.
pub fn draw_lines(canvas: HtmlCanvasElement, trend: &Trend, palette: Palette) -> bool {
    area(canvas).is_some_and(|area| plot::draw_lines(&area, trend, palette).is_ok())
}

/// Draws a whole picture.
pub fn draw_picture(canvas: HtmlCanvasElement, picture: &Picture) -> bool {
    area(canvas).is_some_and(|area| picture.draw(&area).is_ok())
}

fn area(canvas: HtmlCanvasElement) -> Option<DrawingArea<CanvasBackend, plotters::coord::Shift>> {
    CanvasBackend::with_canvas_object(canvas).map(IntoDrawingArea::into_drawing_area)
}
