//! An answer made ready: lines unpacked once, charts made from them as often as the view moves.

use chart::palette::Role;
use chart::{Side, Trend, TrendLine, ValueAxis, Weight};
use domain::answer::{Problem, SeriesAnswer, SeriesWindow, WindowAnswer};
use domain::bucket::Sample;
use domain::trace::Line;
use domain::zone::ZoneOffsets;
use domain::{Series, SeriesId, TimeRange, Timestamp};
use std::sync::Arc;

/// Height of one plot of several, in CSS pixels; `--plot-height` of the style sheet.
pub const STACKED_PX: u32 = 120;
/// Height of the overlaid plot.
pub const OVERLAY_PX: u32 = 360;

/// An unpacked answer.
#[derive(Debug, PartialEq)]
pub struct Loaded {
    pub range: TimeRange,
    pub answered: Timestamp,
    /// When it was unpacked, by this side's clock.
    pub received: Timestamp,
    pub zone: ZoneOffsets,
    pub series: Vec<Arc<LoadedSeries>>,
}

/// One of its series.
#[derive(Debug, PartialEq)]
pub struct LoadedSeries {
    pub series: Series,
    /// Its colour, by its place among the tenant's series, so that hiding one recolours no other.
    pub role: Role,
    pub window: Result<LoadedWindow, Problem>,
}

/// Its window.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedWindow {
    pub answer: SeriesWindow,
    /// The line with its neighbours left and right of the window.
    pub line: Line,
    pub average: Vec<Sample>,
}

impl Loaded {
    /// Unpacks an answer. A series that an outage kept from us keeps its window of `before`, if that shows the same range.
    pub fn new(answer: WindowAnswer, colours: impl Fn(&SeriesId) -> Role, before: Option<&Self>) -> Self {
        let WindowAnswer { range, answered, zone, series } = answer;
        let same = before.filter(|before| before.range == range);
        let last_good = |id: &SeriesId| same.and_then(|b| b.find(id)).and_then(|s| s.window.as_ref().ok().cloned());
        let load = |SeriesAnswer { series, outcome }: SeriesAnswer| {
            let role = colours(&series.id);
            let window = match outcome {
                Ok(answer) => Ok(LoadedWindow::new(answer)),
                Err(Problem::Unavailable) => last_good(&series.id).ok_or(Problem::Unavailable),
                Err(problem) => Err(problem),
            };
            Arc::new(LoadedSeries { series, role, window })
        };
        Self { range, answered, received: crate::clock::now(), zone, series: series.into_iter().map(load).collect() }
    }

    pub fn find(&self, id: &SeriesId) -> Option<&Arc<LoadedSeries>> {
        self.series.iter().find(|s| s.series.id == *id)
    }

    /// The newest sample of all shown series.
    pub fn newest(&self) -> Option<Timestamp> {
        self.series.iter().filter_map(|s| s.window.as_ref().ok()?.answer.newest).map(|s| s.time).max()
    }

    /// One series in a plot of its own.
    pub fn trend(&self, series: &LoadedSeries, view: TimeRange) -> Option<Trend> {
        let window = series.window.as_ref().ok()?;
        let axis = ValueAxis::over(window.values(view), series.series.name_with_unit(), Side::Left, Role::Muted);
        Some(Trend { range: view, zone: self.zone.clone(), height_px: STACKED_PX, axes: vec![axis], lines: window.lines(series, 0) })
    }

    /// All series in one plot: value axes for the first two units, a scale of its own for any other; or each from its
    /// minimum to its maximum.
    pub fn overlay(&self, normalised: bool, view: TimeRange) -> Trend {
        let mut axes: Vec<(String, ValueAxis)> = Vec::new();
        let mut lines = Vec::new();
        for series in &self.series {
            let Ok(window) = &series.window else { continue };
            let unit = if normalised { series.series.id.as_str() } else { series.series.unit.as_str() };
            let position = axes.iter().position(|(of, _)| of == unit).unwrap_or_else(|| {
                let axis = self.overlay_axis(normalised, unit, series, axes.len(), view);
                axes.push((unit.to_owned(), axis));
                axes.len() - 1
            });
            let mut own = window.lines(series, position);
            if self.series.len() > 1 {
                own.iter_mut().for_each(|line| line.limits = domain::Limits::default());
            }
            lines.extend(own);
        }
        let axes = axes.into_iter().map(|(_, axis)| axis).collect();
        Trend { range: view, zone: self.zone.clone(), height_px: OVERLAY_PX, axes, lines }
    }

    fn overlay_axis(&self, normalised: bool, unit: &str, first: &LoadedSeries, position: usize, view: TimeRange) -> ValueAxis {
        let same = |s: &&Arc<LoadedSeries>| if normalised { s.series.id == first.series.id } else { s.series.unit == unit };
        let values = self.series.iter().filter(same).filter_map(|s| s.window.as_ref().ok()).flat_map(|w| w.values(view));
        let shared = self.series.iter().filter(same).count() > 1;
        let (title, role) = if shared { (unit.to_owned(), Role::Muted) } else { (first.series.name_with_unit(), first.role) };
        let side = match position {
            _ if normalised => Side::Hidden,
            0 => Side::Left,
            1 => Side::Right,
            _ => Side::Hidden,
        };
        ValueAxis::over(values, title, side, role)
    }
}

impl LoadedWindow {
    fn new(answer: SeriesWindow) -> Self {
        let mut line = answer.trace.line();
        if let Some(before) = answer.before {
            line.points.insert(0, before);
            line.breaks.iter_mut().for_each(|b| *b += 1);
        }
        line.points.extend(answer.after);
        let average = answer.average.as_ref().map(|a| a.points()).unwrap_or_default();
        Self { answer, line, average }
    }

    /// Values that the view shows; those of the whole window when it shows none.
    fn values(&self, view: TimeRange) -> impl Iterator<Item = f64> + '_ {
        let shown = move |s: &&Sample| view.contains(s.time);
        let any = self.line.points.iter().any(|s| shown(&s));
        self.line.points.iter().chain(&self.average).filter(move |s| !any || shown(s)).map(|s| s.value)
    }

    fn lines(&self, series: &LoadedSeries, axis: usize) -> Vec<TrendLine> {
        let weight = if self.average.is_empty() { Weight::Plain } else { Weight::Faint };
        let Line { points, breaks, .. } = self.line.clone();
        let limits = series.series.limits;
        let mut lines = vec![TrendLine { role: series.role, axis, weight, points, breaks, limits }];
        if !self.average.is_empty() {
            let points = self.average.clone();
            lines.push(TrendLine {
                role: series.role,
                axis,
                weight: Weight::Strong,
                points,
                breaks: Vec::new(),
                limits: domain::Limits::default(),
            });
        }
        lines
    }

    /// What stands at an instant: the nearest point, and the column around it where points stand for many samples.
    pub fn at(&self, time: Timestamp) -> Option<(Sample, Option<domain::trace::Column>)> {
        let after = self.line.points.partition_point(|s| s.time < time);
        let near = [after.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|i| self.line.points.get(i));
        let nearest = near.min_by_key(|s| s.time.us().abs_diff(time.us())).copied()?;
        let position = self.line.columns.partition_point(|c| c.start <= nearest.time);
        let column = position.checked_sub(1).and_then(|i| self.line.columns.get(i)).filter(|c| c.count > 1).copied();
        Some((nearest, column))
    }
}
