//! A whole trend as a picture for downloads and reports: title, labels, one plot below the other.

use crate::palette::{Palette, Role};
use crate::trend::{Side, Trend};
use crate::{plot, time_axis};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Room left of a plot for value labels, in pixels; the page's layout is the same.
pub const LEFT: u32 = 64;
/// Room right of a plot.
pub const RIGHT: u32 = 16;
/// Room right of a plot with a right axis.
pub const RIGHT_AXIS: u32 = 64;
const HEAD: u32 = 26;
const FOOT: u32 = 24;
const TITLE: u32 = 40;

/// A picture of several trends one below the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// What stands above all.
    pub title: String,
    /// The plots; each with its heading and that heading's colour.
    pub plots: Vec<(String, Role, Trend)>,
    /// Width in pixels.
    pub width: u32,
    /// Colours.
    pub palette: Palette,
    /// Device pixels a CSS pixel: 1 for SVG, the screen's ratio for a canvas.
    pub density: u32,
}

type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

impl Picture {
    /// Width and height in device pixels.
    pub fn size(&self) -> (u32, u32) {
        let plots: u32 = self.plots.iter().map(|(_, _, trend)| HEAD + trend.height_px + FOOT).sum();
        (self.width * self.density, (TITLE + plots + 8) * self.density)
    }

    /// The picture as an SVG file; empty when nothing can be drawn.
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        let drawn = {
            let area = SVGBackend::with_string(&mut svg, self.size()).into_drawing_area();
            self.draw(&area).and_then(|()| area.present())
        };
        if drawn.is_err() { String::new() } else { svg }
    }

    /// Draws it.
    pub fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let d = self.density;
        area.fill(&self.palette.colour(Role::Panel))?;
        self.text(area, &self.title, (16, 14), 16, Role::Text, HPos::Left)?;
        let mut top = TITLE;
        for (heading, role, trend) in &self.plots {
            self.text(area, heading, (16, top as i32 + 4), 13, *role, HPos::Left)?;
            top += HEAD;
            let right = if trend.axes.iter().any(|axis| axis.side == Side::Right) { RIGHT_AXIS } else { RIGHT };
            let width = self.width.saturating_sub(LEFT + right).max(1);
            let plot = area.clone().shrink((LEFT * d, top * d), (width * d, trend.height_px * d));
            plot::draw_ground(&plot, trend, self.palette)?;
            plot::draw_lines(&plot, trend, self.palette)?;
            self.labels(area, trend, top, width)?;
            top += trend.height_px + FOOT;
        }
        Ok(())
    }

    fn labels<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>, trend: &Trend, top: u32, width: u32) -> Drawn<DB> {
        for axis in &trend.axes {
            let (x, anchor) = match axis.side {
                Side::Left => (LEFT as i32 - 8, HPos::Right),
                Side::Right => ((LEFT + width) as i32 + 8, HPos::Left),
                Side::Hidden => continue,
            };
            for tick in axis.ticks(trend.height_px) {
                let y = top as i32 + (axis.from_top(tick.value) * f64::from(trend.height_px)).round() as i32 - 6;
                self.text(area, &tick.text, (x, y), 11, axis.role, anchor)?;
            }
        }
        for tick in time_axis::ticks(trend.range, &trend.zone) {
            let x = LEFT as i32 + (trend.fraction(tick.time) * f64::from(width)).floor() as i32;
            self.text(area, &tick.text, (x, (top + trend.height_px) as i32 + 6), 11, Role::Muted, HPos::Center)?;
        }
        Ok(())
    }

    fn text<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        text: &str,
        (x, y): (i32, i32),
        size: u32,
        role: Role,
        anchor: HPos,
    ) -> Drawn<DB> {
        let d = self.density;
        let font = FontDesc::from(("sans-serif", f64::from(size * d)));
        let colour = self.palette.colour(role);
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(anchor, VPos::Top));
        let d = d as i32;
        area.draw_text(text, &style, (x * d, y * d))
    }
}
