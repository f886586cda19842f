//! Forms of pages that no script sends: each is answered by where its sender goes on.

use crate::router::AppState;
use app::error::AppError;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

/// Where the form of the model goes to.
pub const MODEL: &str = "/api/model/file";
/// Where the form of parts goes to.
pub const PARTS: &str = "/api/parts/report";

/// Files a change of the model.
pub async fn model(State(state): State<AppState>, headers: HeaderMap, body: Bytes) -> Response {
    match own(&headers, &body) {
        Ok(form) => led(app::side::model::file(&state.store, &form).await),
        Err(error) => refused(&error),
    }
}

/// Files parts that somebody counted.
pub async fn parts(State(state): State<AppState>, headers: HeaderMap, body: Bytes) -> Response {
    match own(&headers, &body) {
        Ok(form) => led(app::side::parts::file(&state.store, &form).await),
        Err(error) => refused(&error),
    }
}

/// The fields of a form that one of our own pages sent.
fn own(headers: &HeaderMap, body: &[u8]) -> Result<Vec<(String, String)>, AppError> {
    app::side::reports::is_our_own_page(headers)?;
    Ok(form_urlencoded::parse(body).into_owned().collect())
}

/// Leads on to an address of ours, with every sign of it escaped.
fn led(there: Result<String, AppError>) -> Response {
    match there {
        Ok(there) => Redirect::to(&there).into_response(),
        Err(error) => refused(&error),
    }
}

fn refused(error: &AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{error}\n")).into_response()
}
