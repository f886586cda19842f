//! `/export/{tenant}/plant.csv`: a row for each machine that the tenant sees, each in its own window of the board; read one by one.

use super::Refused;
use super::asked::Format;
use super::figures::{COLUMNS, with};
use super::sheet::Sheet;
use crate::oee::Answer;
use crate::router::AppState;
use app::boards::plant::Query;
use app::error::AppError;
use app::side::oee::plant_board;
use app::side::sight::{Sight, find};
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use domain::board::{Asked, Tile};
use domain::{TimeRange, Timestamp};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use store::{MachineError, Reader, Store};

/// What is known of a machine beside its figures.
const ABOUT: [&str; 9] = ["name", "site", "line", "customer", "model", "state", "reason", "since", "product"];

/// The table.
pub async fn plant(
    State(state): State<AppState>,
    Extension(reader): Extension<Reader>,
    Path((tenant, file)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let store = state.store.for_reader(reader);
    let (_, format) = Format::of(&file).filter(|(what, _)| *what == "plant").ok_or(AppError::UnknownPage)?;
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let owner = find(&store, &tenant)?;
    let answer = plant_board(&store, &tenant, &query.asked, None).await?;
    if query.rolled_up(&answer).is_none() {
        return Err(AppError::UnknownThing("site or line of this name".to_owned()).into());
    }
    let shown: Vec<Tile> = answer.tiles.into_iter().filter(|tile| query.is_about(tile)).collect();
    let start = shown.iter().map(|tile| tile.frame.range.start()).min();
    let end = shown.iter().map(|tile| tile.frame.range.end()).max();
    let range = start.zip(end).and_then(|(start, end)| TimeRange::new(start, end).ok()).unwrap_or(TimeRange::ALL);
    let mut shown = shown.into_iter();
    // The first is read before anything is answered, so that what fails at all fails with its status.
    let first = match shown.next() {
        Some(tile) => Some(Ok(vec![row(&store, &tenant, &tile, &query.asked).await?])),
        None => None,
    };
    let rest = stream::unfold((store, tenant, query.asked, shown), |(store, tenant, asked, mut shown)| async move {
        let tile = shown.next()?;
        let row = row(&store, &tenant, &tile, &asked).await.map(|row| vec![row]);
        Some((row, (store, tenant, asked, shown)))
    });
    let columns = COLUMNS.iter().take(2).chain(&ABOUT).chain(COLUMNS.iter().skip(2)).copied().collect();
    let sheet = Sheet { columns, rows: stream::iter(first).chain(rest).boxed() };
    Ok(sheet.answer(&format!("{}-plant", owner.name()), range, format))
}

/// A machine in the window of its tile.
async fn row(store: &Store, tenant: &str, tile: &Tile, asked: &Asked) -> Result<Value, AppError> {
    let sight = Sight::of(store, tenant, &tile.id, asked, 2).await?;
    let range = tile.frame.range;
    let evidence = store.evidence(&sight.owner, &sight.id, range, sight.known_at).await?;
    let answer = store.aside(move || Answer::of(&sight.owner, &sight.plant, &sight.id, &evidence, range).json());
    let state = &tile.state;
    let about = [
        ("shift", json!(tile.frame.shift)),
        ("window", json!(tile.frame.name)),
        ("name", json!(tile.name)),
        ("site", json!(tile.site)),
        ("line", json!(tile.line)),
        ("customer", json!(tile.customer)),
        ("model", json!(tile.model)),
        ("state", json!(state.category.word())),
        ("reason", json!(state.reason)),
        ("since", json!(state.since.map(Timestamp::rfc3339))),
        ("product", json!(tile.product)),
    ];
    Ok(with(answer.await.map_err(MachineError::from)?, about))
}
