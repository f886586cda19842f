//! Writing by HTTP: readings as InfluxDB takes them, in its versions 1 and 2, so that Telegraf and other collectors send to Andon
//! unchanged, and what machines say as JSON.

mod access;
mod answer;
mod body;
mod observations;
mod write;

use super::settings::HttpSettings;
use crate::router::AppState;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use std::sync::Arc;

/// The addresses that collectors use.
pub fn routes(settings: HttpSettings) -> Router<AppState> {
    Router::new()
        .route("/api/v2/write", post(write::write))
        .route("/write", post(write::write))
        .route("/query", post(query))
        .route("/api/v2/machines/{machine}/observations", post(observations::observations))
        .route("/ping", get(ping))
        .route("/health", get(health))
        .layer(Extension(Arc::new(settings)))
}

/// The process answers; clients look at the status, some also for a version.
async fn ping() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [("x-influxdb-build", "Andon"), ("x-influxdb-version", env!("CARGO_PKG_VERSION"))])
}

/// The one statement that a collector sends before it writes to version 1. Nothing is made: a database is a tenant, and
/// whether there is such a tenant is said to whoever writes.
async fn query(RawQuery(query): RawQuery, body: String) -> impl IntoResponse {
    let parameters = [query.unwrap_or_default(), body];
    let mut pairs = parameters.iter().flat_map(|text| form_urlencoded::parse(text.as_bytes()));
    let statement = pairs.find(|(name, _)| name == "q").map(|(_, statement)| statement.trim().to_ascii_uppercase());
    if statement.is_some_and(|statement| statement.starts_with("CREATE DATABASE ")) {
        return (StatusCode::OK, Json(serde_json::json!({"results": [{"statement_id": 0}]})));
    }
    let error = "queries are not answered here; Andon's pages show readings, and /export writes them as CSV";
    (StatusCode::BAD_REQUEST, Json(serde_json::json!({"error": error})))
}

/// Ready to take lines: what comes while the database is away waits.
async fn health() -> impl IntoResponse {
    Json(serde_json::json!({"name": "andon", "status": "pass", "message": "ready for writes", "version": env!("CARGO_PKG_VERSION")}))
}
