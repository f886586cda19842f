//! What machines ask: is it alive, is it ready, how does it do.

use crate::router::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use store::Health;

/// The process answers.
pub async fn live() -> &'static str {
    "alive\n"
}

/// The database answers too.
pub async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.store.health() {
        Health::Up => (StatusCode::OK, "ready\n"),
        Health::Starting | Health::Down { .. } => (StatusCode::SERVICE_UNAVAILABLE, "database unavailable\n"),
    }
}

/// Counters in Prometheus' text form.
pub async fn metrics(State(state): State<AppState>) -> String {
    let up = if state.store.health() == Health::Up { 1.0 } else { 0.0 };
    recorder().map_or_else(String::new, |handle| {
        metrics::gauge!("andon_database_up").set(up);
        handle.render()
    })
}

/// The one recorder of the process.
fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().ok()).as_ref()
}

/// Starts counting.
pub fn start_counting() {
    let _ = recorder();
}
