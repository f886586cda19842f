//! The form that files a change of the model: a plain form of a page, answered by where its sender goes on.

use crate::router::AppState;
use app::error::AppError;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

/// Where the form goes to.
pub const PATH: &str = "/api/model/file";

/// Files what the form says.
pub async fn file(State(state): State<AppState>, headers: HeaderMap, body: Bytes) -> Response {
    let form: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let filed = match app::side::reports::is_our_own_page(&headers) {
        Ok(()) => app::side::model::file(&state.store, &form).await,
        Err(error) => Err(error),
    };
    match filed {
        // An address of ours, with every sign of it escaped.
        Ok(there) => Redirect::to(&there).into_response(),
        Err(error) => refused(&error),
    }
}

fn refused(error: &AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{error}\n")).into_response()
}
