//! Drawing the plot rectangle of a trend: grid and bands as one layer, lines as another, so that a new sample repaints
//! the lines alone.

use crate::palette::{Palette, Role};
use crate::project::runs;
use crate::time_axis;
use crate::trend::{Trend, Weight};
use plotters::coord::Shift;
use plotters::prelude::*;

/// Draws grid lines and the bands of wanted values.
pub fn draw_ground<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    trend: &Trend,
    palette: Palette,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let (width, height) = size(area);
    for line in &trend.lines {
        let Some(axis) = trend.axes.get(line.axis).filter(|_| line.limits.any()) else { continue };
        let edge = |value: Option<f64>, otherwise: f64| {
            (value.map_or(otherwise, |v| axis.from_top(v)).clamp(0.0, 1.0) * f64::from(height - 1)).round() as i32
        };
        let (top, bottom) = (edge(line.limits.high, 0.0), edge(line.limits.low, 1.0));
        let colour = palette.colour(line.role);
        area.draw(&Rectangle::new([(0, top), (width, bottom)], colour.mix(0.08).filled()))?;
        for (limit, y) in [(line.limits.high, top), (line.limits.low, bottom)] {
            // A limit beyond the axis has a band but no line: a line at the edge would show it at a wrong value.
            if limit.is_some_and(|limit| (axis.low..=axis.high).contains(&limit)) {
                area.draw(&PathElement::new(vec![(0, y), (width, y)], colour.mix(0.45)))?;
            }
        }
    }
    let grid = palette.colour(Role::Grid);
    if let Some(axis) = trend.grid_axis() {
        for tick in axis.ticks(trend.height_px) {
            let y = (axis.from_top(tick.value) * f64::from(height - 1)).round() as i32;
            area.draw(&PathElement::new(vec![(0, y), (width, y)], grid))?;
        }
    }
    for tick in time_axis::ticks(trend.range, &trend.zone) {
        let x = (trend.fraction(tick.time) * f64::from(width)).floor() as i32;
        area.draw(&PathElement::new(vec![(x, 0), (x, height)], grid))?;
    }
    Ok(())
}

/// Draws the lines: one path a run, one device pixel wide, which is the fast way in every rasteriser.
pub fn draw_lines<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    trend: &Trend,
    palette: Palette,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let (width, height) = size(area);
    for line in &trend.lines {
        let colour = palette.colour(line.role);
        for run in runs(trend, line, width.unsigned_abs(), height.unsigned_abs()) {
            match line.weight {
                Weight::Plain => area.draw(&PathElement::new(run, colour))?,
                Weight::Faint => area.draw(&PathElement::new(run, colour.mix(0.4)))?,
                Weight::Strong => {
                    let below: Vec<(i32, i32)> = run.iter().map(|(x, y)| (*x, y + 1)).collect();
                    area.draw(&PathElement::new(run, colour))?;
                    area.draw(&PathElement::new(below, colour))?;
                }
            }
        }
    }
    Ok(())
}

fn size<DB: DrawingBackend>(area: &DrawingArea<DB, Shift>) -> (i32, i32) {
    let (width, height) = area.dim_in_pixel();
    (i32::try_from(width).unwrap_or(i32::MAX), i32::try_from(height).unwrap_or(i32::MAX))
}
