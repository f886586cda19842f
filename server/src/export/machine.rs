//! `/export/{tenant}/machines/{machine}/{file}`: what the board of a machine shows, as files.

use super::asked::{Format, Look, Wanted};
use super::whole::Whole;
use super::{Refused, figures, hours, observations, reasons, states, stops};
use crate::router::AppState;
use app::error::AppError;
use app::side::sight::Sight;
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use store::Reader;

/// Windows before the one that is asked for, which its clock must be known of.
const BEFORE: u32 = 2;

/// One of the files.
pub async fn machine(
    State(state): State<AppState>,
    Extension(reader): Extension<Reader>,
    Path((tenant, machine, file)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let store = state.store.for_reader(reader);
    let (what, format) = Format::of(&file).ok_or(AppError::UnknownPage)?;
    let wanted = Wanted::parse(query.as_deref().unwrap_or_default())?;
    let sight = Sight::of(&store, &tenant, &machine, &wanted.asked, BEFORE).await?;
    let look = Look { store, sight, wanted };
    look.check()?;
    let (range, name) = (look.window(), format!("{machine}-{what}"));
    let sheet = match what {
        "figures" => figures::sheet(look).await?,
        "reasons" => reasons::sheet(look).await?,
        "stops" => stops::sheet(Whole::of(look).await?).await?,
        "states" => states::sheet(Whole::of(look).await?)?,
        "hours" => hours::sheet(Whole::of(look).await?).await?,
        "observations" => observations::sheet(look).await?,
        _ => return Err(AppError::UnknownPage.into()),
    };
    Ok(sheet.answer(&name, range, format))
}
