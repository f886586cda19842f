//! Series as files: the exact rows of a window as CSV, streamed, and a chart as a picture.

use super::{CSV, Refused, dated_name, download};
use crate::csv;
use crate::router::AppState;
use app::boards::trends::query::Query;
use app::boards::trends::{picture, selection};
use app::error::AppError;
use app::side::sight::find;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use chart::Palette;
use domain::bucket::Grid;
use domain::window::BadWindow;
use domain::{Series, SeriesId, Timestamp, WindowSpec, duration};
use store::{ExportRow, Reader, StoreError, WindowError, WindowQuery};
use tokio::sync::mpsc;

/// What an export's address says beyond its path.
#[derive(Debug, Default)]
struct Asked {
    spec: WindowSpec,
    series: Vec<SeriesId>,
    resolution_us: Option<i64>,
}

impl Asked {
    fn parse(query: Option<&str>) -> Result<Self, AppError> {
        let (mut from, mut to, mut asked) = (None, None, Self::default());
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match &*name {
                "from" => from = Some(value.into_owned()),
                "to" => to = Some(value.into_owned()),
                "series" => asked.series.extend(SeriesId::new(value)),
                "resolution" => asked.resolution_us = resolution(&value)?,
                _ => {}
            }
        }
        let bad = |error: BadWindow| AppError::from(WindowError::from(error));
        asked.spec = WindowSpec::parse(from.as_deref(), to.as_deref()).map_err(bad)?;
        Ok(asked)
    }
}

fn resolution(text: &str) -> Result<Option<i64>, AppError> {
    if matches!(text, "" | "raw") {
        return Ok(None);
    }
    duration::parse(text)
        .map(Some)
        .map_err(|_| AppError::BadRequest(format!("`resolution={text}` is unknown; write raw, or a length of time like 10s or 5m.")))
}

/// `/export/{tenant}/series/{series}.csv`
pub async fn one_series(
    State(state): State<AppState>,
    Extension(reader): Extension<Reader>,
    Path((tenant, file)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let store = state.store.for_reader(reader);
    let tenant = find(&store, &tenant)?;
    let id = file.strip_suffix(".csv").and_then(SeriesId::new).ok_or(AppError::UnknownPage)?;
    let asked = Asked::parse(query.as_deref())?;
    let export = store.export(&tenant, &[id], asked.spec, app::clock::now()).await?;
    let Some(series) = export.series.first().cloned() else { return Err(AppError::UnknownPage.into()) };
    let name = dated_name(&series.name, export.range);
    let body = match asked.resolution_us {
        None => stream(export.rows, csv::heading(&series), |rows| rows.iter().map(csv::row).collect()),
        Some(width_us) => reduced(export.rows, &series, width_us),
    };
    Ok(download(body, CSV, &format!("{name}.csv")))
}

/// `/export/{tenant}/series.csv?series=…&series=…`, long form; without a choice the series that the board shows.
pub async fn several_series(
    State(state): State<AppState>,
    Extension(reader): Extension<Reader>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let store = state.store.for_reader(reader);
    let tenant = find(&store, &tenant)?;
    let asked = Asked::parse(query.as_deref())?;
    if asked.resolution_us.is_some() {
        return Err(AppError::BadRequest(
            "Several series together come as they are; leave `resolution` away, or export one series.".to_owned(),
        )
        .into());
    }
    let offered = store.series(&tenant).await.map_err(WindowError::from)?;
    let ids = selection::shown(&offered, &asked.series);
    let export = store.export(&tenant, &ids, asked.spec, app::clock::now()).await?;
    let name = dated_name(tenant.name(), export.range);
    let series = export.series;
    let body = stream(export.rows, csv::LONG_HEADING.to_owned(), move |rows| {
        rows.iter().filter_map(|row| Some(csv::long_row(row, series.get(row.series)?))).collect()
    });
    Ok(download(body, CSV, &format!("{name}.csv")))
}

/// `/export/{tenant}/chart.svg?…` with the query of the trends board.
pub async fn chart(
    State(state): State<AppState>,
    Extension(reader): Extension<Reader>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let store = state.store.for_reader(reader);
    let tenant = find(&store, &tenant)?;
    let text = query.unwrap_or_default();
    let query = Query::parse(&text);
    if let Some(complaint) = query.complaint {
        return Err(AppError::BadRequest(format!("{complaint}.")).into());
    }
    let spec = query.window().map_err(|e| AppError::from(WindowError::from(e)))?;
    let offered = store.series(&tenant).await.map_err(WindowError::from)?;
    let series = selection::shown(&offered, &query.series);
    let question = WindowQuery { series, spec, columns: 1_120, average_us: query.average_us, now: app::clock::now() };
    let answer = store.window(&tenant, &question).await?;
    if let Some(problem) = answer.series.iter().find_map(|s| s.outcome.as_ref().err()) {
        return Err(AppError::Problem(problem.clone()).into());
    }
    let dark = form_urlencoded::parse(text.as_bytes()).any(|(name, value)| name == "theme" && value == "dark");
    let name = dated_name(tenant.name(), answer.range);
    let places: Vec<SeriesId> = offered.into_iter().map(|s| s.id).collect();
    let palette = if dark { Palette::Dark } else { Palette::Light };
    let svg = picture::of_answer(answer, &places, query.layout, palette, 1_200).svg();
    Ok(download(Body::from(svg), "image/svg+xml", &format!("{name}.svg")))
}

type Rows = mpsc::Receiver<Result<Vec<ExportRow>, StoreError>>;

/// Streams chunks as text. An error in the middle breaks the connection off, so that nobody takes a part for the whole.
fn stream(rows: Rows, heading: String, text: impl FnMut(Vec<ExportRow>) -> String + Send + 'static) -> Body {
    let begin = futures::stream::iter([Ok(Bytes::from(heading))]);
    let rest = futures::stream::unfold((rows, text), |(mut rows, mut text)| async move {
        let chunk = rows.recv().await?;
        let bytes = chunk.map(|rows| Bytes::from(text(rows)));
        Some((bytes, (rows, text)))
    });
    // Compression asks once more after the end, which an unfold does not forgive.
    Body::from_stream(futures::StreamExt::fuse(futures::StreamExt::chain(begin, rest)))
}

/// Streams one line a stretch of time; stretches begin at multiples of their length since 1970-01-01T00:00:00Z.
fn reduced(rows: Rows, series: &Series, width_us: i64) -> Body {
    let grid = Grid { start: Timestamp::from_us(0), width_us };
    let begin = futures::stream::iter([Ok(Bytes::from(csv::reduced_heading(series)))]);
    let rest = futures::stream::unfold(Some((rows, None::<csv::Stretch>)), move |state| async move {
        let (mut rows, mut open) = state?;
        match rows.recv().await {
            None => Some((Ok(Bytes::from(open.map(|s| s.row()).unwrap_or_default())), None)),
            Some(Err(error)) => Some((Err(error), None)),
            Some(Ok(chunk)) => {
                let text = fold(&chunk, grid, &mut open);
                Some((Ok(Bytes::from(text)), Some((rows, open))))
            }
        }
    });
    // Compression asks once more after the end, which an unfold does not forgive.
    Body::from_stream(futures::StreamExt::fuse(futures::StreamExt::chain(begin, rest)))
}

fn fold(rows: &[ExportRow], grid: Grid, open: &mut Option<csv::Stretch>) -> String {
    let mut text = String::new();
    for row in rows {
        let Some(value) = row.value.filter(|v| v.is_finite()) else { continue };
        let start = grid.column_start(grid.column(row.time));
        if let Some(done) = open.take_if(|stretch| stretch.start() != start) {
            text.push_str(&done.row());
        }
        open.get_or_insert_with(|| csv::Stretch::new(start)).push(value);
    }
    text
}
