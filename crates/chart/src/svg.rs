//! The first paint: the plot rectangle as SVG that stretches to any width and follows the page's theme.

use crate::palette::{self, Palette};
use crate::plot;
use crate::trend::Trend;
use plotters::prelude::*;

/// Width of the drawing in its own units, one a column of the answer.
pub const WIDTH: u32 = 1_000;
/// Units of the drawing a CSS pixel of height, so that slow lines do not become stairs.
const FINENESS: u32 = 2;

/// The plot rectangle of a trend: grid, bands, lines; no labels. Colours are the page's custom properties. Empty when
/// nothing can be drawn, which an SVG in memory never fails to be.
pub fn plot(trend: &Trend) -> String {
    let height = trend.height_px.max(1) * FINENESS;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        let drawn = plot::draw_ground(&area, trend, Palette::Light).and_then(|()| plot::draw_lines(&area, trend, Palette::Light));
        if drawn.and_then(|()| area.present()).is_err() {
            return String::new();
        }
    }
    let body = svg.split_once('>').map_or("", |(_, body)| body).trim_start();
    let mut svg = format!(
        r#"<svg class="plot-svg" viewBox="0 0 {WIDTH} {height}" preserveAspectRatio="none" aria-hidden="true" focusable="false">{body}"#
    );
    for (property, code) in palette::light_codes() {
        svg = svg.replace(&code, &format!("var(--{property})"));
    }
    svg.replace(r#" fill="none" opacity="1""#, r#" fill="none""#)
        .replace(r#" stroke-width="1""#, "")
        .replace(" \"/>", "\"/>")
        .replace('\n', "")
}
