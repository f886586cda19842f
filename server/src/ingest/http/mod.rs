//! Writing by HTTP: readings as InfluxDB 2 takes them, so that Telegraf and other collectors send to Andon unchanged, and
//! what machines say as JSON.

mod access;
mod answer;
mod body;
mod observations;
mod write;

use super::settings::HttpSettings;
use crate::router::AppState;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use std::sync::Arc;

/// The addresses that collectors use.
pub fn routes(settings: HttpSettings) -> Router<AppState> {
    Router::new()
        .route("/api/v2/write", post(write::write))
        .route("/api/v2/machines/{machine}/observations", post(observations::observations))
        .route("/ping", get(ping))
        .route("/health", get(health))
        .layer(Extension(Arc::new(settings)))
}

/// The process answers; clients look at the status only.
async fn ping() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Ready to take lines: what comes while the database is away waits.
async fn health() -> impl IntoResponse {
    Json(serde_json::json!({"name": "andon", "status": "pass", "message": "ready for writes", "version": env!("CARGO_PKG_VERSION")}))
}
