//! A window of several series: rows where they are few, M4 columns from tiers or from the database where they are many.

mod assemble;
mod columns;
mod extent;
mod plan;
mod read;
pub(crate) mod rows;

use crate::catalog::Entry;
use crate::instant::Instant;
use crate::store::Tenant;
use crate::{Store, StoreError};
use domain::answer::{MOST_COLUMNS, Problem, SeriesAnswer, SeriesWindow, WindowAnswer};
use domain::window::{Anchors, BadWindow};
use domain::{SeriesId, TimeRange, Timestamp, WindowSpec};
use futures::future::join_all;
use plan::Question;

/// A question for a window.
#[derive(Clone, Debug)]
pub struct WindowQuery {
    /// The series, in the order of the answer.
    pub series: Vec<SeriesId>,
    /// The window as written.
    pub spec: WindowSpec,
    /// Width of the picture in pixels; at most [`MOST_COLUMNS`] are answered.
    pub columns: u32,
    /// Width of the moving average in microseconds.
    pub average_us: Option<i64>,
    /// The time of the question.
    pub now: Timestamp,
}

/// What a window took from the database. It depends on the width of the picture and not on the length of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowCost {
    /// Statements, besides those that resolve a relative window.
    pub statements: u64,
    /// Rows read one by one.
    pub rows: u64,
    /// Packed rows of tiers.
    pub spans: u64,
    /// Buckets that were used of them.
    pub buckets: u64,
    /// Bytes of them.
    pub bytes: u64,
}

impl std::ops::AddAssign for WindowCost {
    fn add_assign(&mut self, other: Self) {
        let Self { statements, rows, spans, buckets, bytes } = other;
        self.statements += statements;
        self.rows += rows;
        self.spans += spans;
        self.buckets += buckets;
        self.bytes += bytes;
    }
}

/// Why a question has no answer at all. A failure of one series is part of the answer instead.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The tenant has no series of that name.
    #[error("there is no series `{0}`")]
    UnknownSeries(SeriesId),
    /// The window cannot be read or is reversed.
    #[error(transparent)]
    Window(#[from] BadWindow),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// One window of several series. The series are read side by side.
    pub async fn window(&self, tenant: &Tenant, query: &WindowQuery) -> Result<WindowAnswer, WindowError> {
        Ok(self.window_with_cost(tenant, query).await?.0)
    }

    /// The same, and what it took.
    pub async fn window_with_cost(&self, tenant: &Tenant, query: &WindowQuery) -> Result<(WindowAnswer, WindowCost), WindowError> {
        let entries = self.retried(|| self.entries(tenant, &query.series)).await?.map_err(WindowError::UnknownSeries)?;
        let range = self.resolve(tenant, &entries, query.spec, query.now).await?;
        let columns = query.columns.clamp(1, MOST_COLUMNS);
        let question = Question { range, columns, average_us: query.average_us };
        let answers = join_all(entries.iter().map(|entry| self.one(entry, question))).await;
        let mut cost = WindowCost::default();
        let series = answers.into_iter().map(|(answer, its)| {
            cost += its;
            answer
        });
        let series = series.collect();
        Ok((WindowAnswer { range, answered: query.now, zone: tenant.zone().offsets(range), series }, cost))
    }

    /// The range that a window means for these series.
    pub(crate) async fn resolve(
        &self,
        tenant: &Tenant,
        entries: &[Entry],
        spec: WindowSpec,
        now: Timestamp,
    ) -> Result<TimeRange, WindowError> {
        let extent = if spec.needs_extent() { self.extent(entries).await? } else { None };
        let anchors = Anchors { now, extent };
        Ok(spec.resolve(anchors, &|wall_us, twice| tenant.zone().instant(wall_us, twice))?)
    }

    async fn one(&self, entry: &Entry, question: Question) -> (SeriesAnswer, WindowCost) {
        let Entry { series, source, .. } = entry;
        let read = match source {
            None => Err(Problem::Gone),
            Some(source) => {
                let read = self.retried(|| self.read(source, series.limits, question)).await;
                read.map_err(|error| self.problem(&series.id, &error))
            }
        };
        let cost = read.as_ref().map_or(WindowCost::default(), |read| read.cost);
        let outcome =
            read.map(|read| SeriesWindow::new(series, question.range, read.grid, question.average_us, &read.reading, read.around));
        (SeriesAnswer { series: series.clone(), outcome }, cost)
    }

    fn problem(&self, series: &SeriesId, error: &StoreError) -> Problem {
        match error {
            // The supervisor has logged an outage already, once.
            StoreError::Unavailable(_) | StoreError::ReaderLeft => {}
            StoreError::Gone(_) => {
                tracing::info!(%series, %error, "series is gone");
                self.forget_catalog();
            }
            _ => tracing::warn!(%series, %error, "reading a series failed"),
        }
        error.problem()
    }
}

/// An end of a window for the database, kept three days inside its calendar so that shifting it by a zone stays there too.
pub(crate) fn bound(time: Timestamp) -> Instant {
    const MARGIN_US: i64 = 3 * domain::civil::DAY_US;
    Instant(time.max(Timestamp::MIN.plus(MARGIN_US)).min(Timestamp::MAX.plus(-MARGIN_US)))
}
