//! Labels around a plot as HTML: text of the page, at fractions of the plot, the same on both sides of the wire.

use chart::{Side, Trend, time_axis};

/// Value labels of one side; nothing when no axis stands there.
pub fn values(trend: &Trend, side: Side) -> String {
    let Some(axis) = trend.axes.iter().find(|axis| axis.side == side) else { return String::new() };
    let role = axis.role.property();
    let ticks = axis.ticks(trend.height_px);
    let label = |tick: &chart::scale::Tick| {
        format!("<span style=\"top:{:.3}%;color:var(--{role})\">{}</span>", axis.from_top(tick.value) * 100.0, tick.text)
    };
    ticks.iter().map(label).collect()
}

/// Time labels; every other one steps aside where the plot is narrow.
pub fn times(trend: &Trend) -> String {
    let label = |tick: time_axis::TimeTick| {
        let class = if tick.strong { "" } else { " class=\"weak\"" };
        format!("<span{class} style=\"left:{:.3}%\">{}</span>", trend.fraction(tick.time) * 100.0, tick.text)
    };
    time_axis::ticks(trend.range, &trend.zone).into_iter().map(label).collect()
}
