//! Marks of the small charts: paths of whole units in a picture that stretches to any size. They are text on both sides of
//! the wire, because a browser that only replaces a string needs no drawing code for them.

use crate::palette::Role;

/// Width of a small chart in its own units.
pub const UNITS: i64 = 1_000;

/// A picture of these units; what stands in it is for those who look, the words and numbers beside it for everybody.
pub(crate) fn picture(class: &str, width: i64, height: i64, body: &str) -> String {
    format!(
        "<svg class=\"{class}\" viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">{body}</svg>"
    )
}

/// Surfaces of one role; nothing when there are none.
pub(crate) fn surface(role: Role, path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("<path fill=\"var(--{})\" d=\"{path}\"/>", role.property()) }
}

/// Lines of one role, as thin as the screen's at any stretch; nothing when there are none.
pub(crate) fn stroke(class: &str, role: Role, path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    format!(
        "<path class=\"{class}\" fill=\"none\" stroke=\"var(--{})\" vector-effect=\"non-scaling-stroke\" d=\"{path}\"/>",
        role.property()
    )
}

/// A rectangle as a part of a path.
pub(crate) fn rectangle(x: i64, y: i64, width: i64, height: i64) -> String {
    format!("M{x} {y}h{width}v{height}h-{width}z")
}

/// A horizontal line as a part of a path.
pub(crate) fn level(x: i64, y: i64, width: i64) -> String {
    format!("M{x} {y}h{width}")
}

/// A line through points; gaps are `None`.
pub(crate) fn through(points: impl IntoIterator<Item = Option<(i64, i64)>>) -> String {
    let (mut path, mut drawing) = (String::new(), false);
    for point in points {
        if let Some((x, y)) = point {
            path.push_str(&format!("{}{x} {y}", if drawing { 'L' } else { 'M' }));
        }
        drawing = point.is_some();
    }
    path
}

/// The part that `value` is of `whole`, in units: 0 to `units`, rounded.
pub(crate) fn part(value: i64, whole: i64, units: i64) -> i64 {
    let whole = i128::from(whole.max(1));
    let found = (i128::from(value) * i128::from(units) * 2 + whole) / (2 * whole);
    i64::try_from(found).unwrap_or(units).clamp(0, units)
}
