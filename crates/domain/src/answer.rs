//! What the server answers to the question "this window of these series": numbers, line, average, or what is wrong.

use crate::average::{self, AverageSummary};
use crate::bucket::{Bucket, Grid, Rows, Sample};
use crate::reduce;
use crate::series::Series;
use crate::time::{TimeRange, Timestamp};
use crate::trace::{Fractions, MOST_BYTES, Trace};
use crate::zone::ZoneOffsets;
use serde::{Deserialize, Serialize};

/// Columns of an answer when the reader does not say how wide the picture is.
pub const DEFAULT_COLUMNS: u32 = 1_000;
/// Most columns of an answer.
pub const MOST_COLUMNS: u32 = 1_500;

/// One window of several series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowAnswer {
    /// The window, resolved.
    pub range: TimeRange,
    /// When the server answered, by its clock.
    pub answered: Timestamp,
    /// The plant's zone over the window.
    pub zone: ZoneOffsets,
    /// One for each series that was asked for, in that order.
    pub series: Vec<SeriesAnswer>,
}

/// One series of an answer: a failure of one never takes the others with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesAnswer {
    /// What it is.
    pub series: Series,
    /// Its window, or why there is none.
    pub outcome: Result<SeriesWindow, Problem>,
}

/// Why a series or a whole board cannot be shown. Each is a sentence for the reader; the cause is in the server's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Problem {
    /// The database does not answer.
    #[error("Database unavailable: Andon cannot reach it and keeps trying. Nothing is lost; the page recovers by itself.")]
    Unavailable,
    /// The query took longer than it may.
    #[error("The database needed too long for this window. Choose a shorter one, or add an index on the time column.")]
    TooSlow,
    /// The table or a column is gone since it was found.
    #[error("This series' table is no longer there, or its columns have changed. It comes back by itself when the table does.")]
    Gone,
    /// The database role may not read it.
    #[error("The database role of Andon may not read this series' table. Grant it SELECT.")]
    Denied,
    /// A value that cannot be a number of a series.
    #[error("The table holds rows that cannot be read as time and value. The server's log says which statement failed.")]
    Unreadable,
    /// Something else; the log has it.
    #[error("Reading this series failed. The server's log says why.")]
    Failed,
}

/// One window of one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesWindow {
    /// Numbers of the window.
    pub stats: Stats,
    /// The newest sample of the series, inside the window or not.
    pub newest: Option<Sample>,
    /// The sample just before the window, when a line may be drawn to it.
    pub before: Option<Sample>,
    /// The sample just after the window, likewise.
    pub after: Option<Sample>,
    /// The line.
    pub trace: Trace,
    /// The moving average, when asked for.
    pub average: Option<AverageLine>,
}

/// Numbers of the samples of one window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Number of samples (finite values).
    pub samples: u64,
    /// Number of rows without a finite value.
    pub gaps: u64,
    /// Number of samples outside the limits; `None` without limits, and where only rows too many to read could tell.
    pub outside: Option<u64>,
    /// Earliest sample.
    pub first: Option<Sample>,
    /// Latest sample: the current value of a window that reaches to the end of the data.
    pub last: Option<Sample>,
    /// Smallest sample.
    pub min: Option<Sample>,
    /// Largest sample.
    pub max: Option<Sample>,
    /// Arithmetic mean of the samples; `None` when their sum overflows.
    pub mean: Option<f64>,
}

impl Stats {
    /// Change from the first to the last sample in percent.
    pub fn change_percent(&self) -> Option<f64> {
        average::percent_change(self.first?.value, self.last?.value)
    }

    fn of(buckets: &[Bucket], outside: Option<u64>) -> Self {
        let kept = || buckets.iter().filter(|b| b.count > 0);
        let samples: u64 = buckets.iter().map(|b| b.count).sum();
        let sum: f64 = kept().map(|b| b.sum).sum();
        Self {
            samples,
            gaps: buckets.iter().map(|b| b.gaps).sum(),
            outside,
            first: kept().next().map(|b| b.first),
            last: kept().next_back().map(|b| b.last),
            min: kept().map(|b| b.min).reduce(|a, b| if b.value < a.value { b } else { a }),
            max: kept().map(|b| b.max).reduce(|a, b| if b.value > a.value { b } else { a }),
            mean: (samples > 0).then(|| sum / samples as f64).filter(|m| m.is_finite()),
        }
    }
}

/// A moving average as it travels: one point a column that holds samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AverageLine {
    /// Width, latest value, change.
    pub summary: AverageSummary,
    start: Timestamp,
    width_us: i64,
    steps: Vec<u32>,
    values: Fractions,
}

impl AverageLine {
    fn of(average: &average::Average, average_us: i64, grid: Grid) -> Self {
        let mut column = -1_i64;
        let mut step = |time| {
            let next = grid.column(time);
            let step = u32::try_from(next - column).unwrap_or(0);
            column = next;
            step
        };
        Self {
            summary: AverageSummary { width_us: average_us, latest: average.latest, change_percent: average.change_percent },
            start: grid.start,
            width_us: grid.width_us,
            steps: average.points.iter().map(|p| step(p.time)).collect(),
            values: Fractions::pack(average.points.iter().map(|p| p.value), 2),
        }
    }

    /// The points, each in the middle of its column.
    pub fn points(&self) -> Vec<Sample> {
        let mut column = -1_i64;
        let middle = |step: &u32| {
            column += i64::from(*step);
            self.start.plus(column.saturating_mul(self.width_us)).plus(self.width_us / 2)
        };
        self.steps.iter().map(middle).zip(self.values.unpack()).map(|(time, value)| Sample { time, value }).collect()
    }
}

/// What the store read for one window: rows when they are few, columns when they are many.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// Every row of the window and, for the average, of the time just before it.
    Rows {
        /// What lies before the rows, as far as the average reaches back; in order of time.
        lead: Vec<Bucket>,
        /// The rows up to the end of the window.
        rows: Rows,
    },
    /// Columns of the grid. Those at the ends hold only what lies inside the window.
    Columns {
        /// What lies before the window, as far as the average reaches back; in order of time.
        lead: Vec<Bucket>,
        /// The window.
        inside: Vec<Bucket>,
        /// Number of samples outside the limits; `None` where only rows could tell and there are too many of them.
        outside: Option<u64>,
    },
}

impl Reading {
    /// Rows alone.
    pub fn rows(rows: Rows) -> Self {
        Self::Rows { lead: Vec::new(), rows }
    }
}

/// The neighbours of a window, and the newest sample of the series.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Around {
    /// Row just before the window; `None` when there is none or when it is a gap.
    pub before: Option<Sample>,
    /// Row just after it.
    pub after: Option<Sample>,
    /// Newest finite sample of the series.
    pub newest: Option<Sample>,
}

impl SeriesWindow {
    /// Computes the answer in the columns of a grid. `average_us` is the width of the moving average, if wanted.
    pub fn new(series: &Series, range: TimeRange, grid: Grid, average_us: Option<i64>, reading: &Reading, around: Around) -> Self {
        let reduced;
        let (buckets, rows, outside): (&[Bucket], Option<Rows>, Option<u64>) = match reading {
            Reading::Rows { rows, .. } => {
                let rows = rows.within(range);
                reduced = reduce::m4(&rows, grid, series.limits);
                (&reduced, Some(rows), Some(reduced.iter().map(|b| b.outside).sum()))
            }
            Reading::Columns { inside, outside, .. } => (inside, None, *outside),
        };
        let gap_limit_us = match &rows {
            Some(rows) => reduce::gap_limit_of_rows(rows, series.gap_limit_us),
            None => reduce::gap_limit_of_buckets(buckets, series.gap_limit_us),
        };
        let average = average_us.map(|width_us| {
            let average = match reading {
                Reading::Rows { lead, rows } => average::of_rows(lead, rows, range, grid, width_us),
                Reading::Columns { lead, inside, .. } => average::of_buckets(lead.iter().chain(inside), range, width_us),
            };
            AverageLine::of(&average, width_us, grid)
        });
        let budget = MOST_BYTES - average.as_ref().map_or(0, |a| 3 * a.steps.len() + 64);
        let few = rows.filter(|rows| rows.times.len() as i64 <= grid.few(range));
        let trace = few
            .and_then(|rows| Trace::exact(&rows, gap_limit_us, budget))
            .unwrap_or_else(|| Trace::columns(buckets, grid, gap_limit_us, budget));
        let near = |a: Sample, b: Sample| gap_limit_us.is_none_or(|limit| b.time.since(a.time) <= limit);
        let first = buckets.first().filter(|b| b.count > 0 && !b.gap_before).map(|b| b.first);
        let last = buckets.last().filter(|b| b.count > 0 && !b.gap_after).map(|b| b.last);
        Self {
            stats: Stats::of(buckets, outside.filter(|_| series.limits.any())),
            newest: around.newest,
            before: around.before.filter(|before| first.or(around.after).is_some_and(|next| near(*before, next))),
            after: around.after.filter(|after| last.or(around.before).is_some_and(|previous| near(previous, *after))),
            trace,
            average,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, SeriesId};

    fn series() -> Series {
        let limits = Limits { low: None, high: Some(8.0) };
        Series { id: SeriesId::new("t").unwrap(), name: "T".into(), unit: "°C".into(), group: String::new(), limits, gap_limit_us: None }
    }

    fn at(us: i64, value: f64) -> Sample {
        Sample { time: Timestamp::from_us(us), value }
    }

    fn window(rows: &Rows, around: Around) -> SeriesWindow {
        let range = TimeRange::inclusive(Timestamp::from_us(20), Timestamp::from_us(90)).unwrap();
        SeriesWindow::new(&series(), range, Grid::over(range, 4), Some(20), &Reading::rows(rows.clone()), around)
    }

    #[test]
    fn numbers_of_a_window() {
        let rows = Rows { times: (0..10).map(|i| i * 10).collect(), values: (0..10).map(f64::from).collect() };
        let around = Around { before: Some(at(10, 1.0)), after: Some(at(100, 10.0)), newest: Some(at(500, 7.0)) };
        let SeriesWindow { stats, newest, before, after, average, .. } = window(&rows, around);
        let expected = Stats {
            samples: 8,
            gaps: 0,
            outside: Some(1),
            first: Some(at(20, 2.0)),
            last: Some(at(90, 9.0)),
            min: Some(at(20, 2.0)),
            max: Some(at(90, 9.0)),
            mean: Some(5.5),
        };
        assert_eq!(stats, expected);
        assert_eq!(stats.change_percent(), Some(350.0));
        assert_eq!((newest, before, after), (Some(at(500, 7.0)), Some(at(10, 1.0)), Some(at(100, 10.0))));
        assert_eq!(average.map(|a| a.summary.latest), Some(Some(8.5)));
    }

    #[test]
    fn an_empty_window_has_no_numbers() {
        let around = Around { before: Some(at(0, 1.0)), after: None, newest: Some(at(0, 1.0)) };
        let empty = window(&Rows::default(), around);
        assert_eq!(empty.stats, Stats { outside: Some(0), ..Stats::default() });
        assert_eq!((empty.before, empty.after), (None, None));
        assert_eq!(empty.trace.line(), crate::trace::Line::default());
    }

    #[test]
    fn a_line_through_an_empty_window_joins_its_neighbours() {
        let around = Around { before: Some(at(10, 1.0)), after: Some(at(95, 3.0)), newest: Some(at(95, 3.0)) };
        let through = window(&Rows::default(), around);
        assert_eq!((through.before, through.after), (around.before, around.after));
    }

    #[test]
    fn neighbours_beyond_the_gap_limit_are_not_joined() {
        let rows = Rows { times: (2..10).map(|i| i * 10).collect(), values: (2..10).map(f64::from).collect() };
        let around = Around { before: Some(at(-40, 1.0)), after: Some(at(141, 10.0)), newest: None };
        let far = window(&rows, around);
        assert_eq!((far.before, far.after), (None, None));
    }

    #[test]
    fn overflowing_sums_have_no_mean() {
        let rows = Rows { times: vec![30, 40], values: vec![f64::MAX, f64::MAX] };
        assert_eq!(window(&rows, Around::default()).stats.mean, None);
    }
}
