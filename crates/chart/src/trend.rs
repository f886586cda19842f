//! The trend: lines over time on one or two value axes, with bands of wanted values.

use crate::palette::Role;
use crate::scale;
use domain::bucket::Sample;
use domain::zone::ZoneOffsets;
use domain::{Limits, TimeRange};
use serde::{Deserialize, Serialize};

/// Lines over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// The shown range.
    pub range: TimeRange,
    /// Zone of the time axis.
    pub zone: ZoneOffsets,
    /// Height of the plot in CSS pixels: how many ticks fit. The same on paper and on a screen of any density.
    pub height_px: u32,
    /// Value axes; lines name theirs by position.
    pub axes: Vec<ValueAxis>,
    /// The lines, drawn in this order.
    pub lines: Vec<TrendLine>,
}

/// Where an axis stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// Left of the plot, with the grid.
    Left,
    /// Right of it.
    Right,
    /// Nowhere: its lines have a scale of their own.
    Hidden,
}

/// A value axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueAxis {
    /// Value at the bottom.
    pub low: f64,
    /// Value at the top.
    pub high: f64,
    /// Name with unit.
    pub title: String,
    /// Where it stands.
    pub side: Side,
    /// Colour of its labels.
    pub role: Role,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weight {
    /// One pixel in the series' colour.
    Plain,
    /// One pixel, stepping back behind the average drawn over it.
    Faint,
    /// Two hairlines one pixel apart: the moving average.
    Strong,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrendLine {
    /// Colour.
    pub role: Role,
    /// Position of its axis in [`Trend::axes`].
    pub axis: usize,
    /// How it is drawn.
    pub weight: Weight,
    /// In order of time; those before and after the range lead the line to its edges.
    pub points: Vec<Sample>,
    /// Positions of points before which the line is interrupted, ascending.
    pub breaks: Vec<u32>,
    /// Drawn as a band behind the line.
    pub limits: Limits,
}

impl ValueAxis {
    /// An axis over these values with some air; from 0 to 1 when there are none.
    pub fn over(values: impl Iterator<Item = f64>, title: String, side: Side, role: Role) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let (low, high) = if low <= high { scale::padded(low, high) } else { (0.0, 1.0) };
        Self { low, high, title, side, role }
    }

    /// Ticks for a plot of this height: one about every 30 pixels.
    pub fn ticks(&self, height_px: u32) -> Vec<scale::Tick> {
        scale::ticks(self.low, self.high, (height_px as usize / 30).max(2))
    }

    /// Where a value stands from the top: 0 at the top, 1 at the bottom.
    pub fn from_top(&self, value: f64) -> f64 {
        1.0 - scale::fraction(value, self.low, self.high)
    }
}

impl Trend {
    /// The axis that carries the grid.
    pub fn grid_axis(&self) -> Option<&ValueAxis> {
        self.axes.iter().find(|axis| axis.side == Side::Left)
    }

    /// Where an instant stands: 0 at the start of the range, 1 at its end.
    pub fn fraction(&self, time: domain::Timestamp) -> f64 {
        time.since(self.range.start()) as f64 / self.range.length_us() as f64
    }
}
