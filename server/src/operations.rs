//! What machines ask: is it alive, is it ready, how does it do.

use crate::plant::Stage;
use crate::router::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::time::Duration;
use store::{Health, IngestStatus, Store, TierState, TierTotals};

/// Longest wait for what the database counts; without it the rest is told all the same.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process answers.
pub async fn live() -> &'static str {
    "alive\n"
}

/// The database answers too, and the plant is what the configuration says. A configuration that is refused takes nothing from those
/// who ask about the plant as it was before, so it is only said.
pub async fn ready(State(state): State<AppState>) -> (StatusCode, String) {
    let (status, sentence) = match (state.store.health(), state.taking.stage()) {
        (Health::Starting | Health::Down { .. }, _) => (StatusCode::SERVICE_UNAVAILABLE, "database unavailable"),
        (Health::Up, Stage::Underway) => (StatusCode::SERVICE_UNAVAILABLE, "the plant of the configuration is being taken over"),
        (Health::Up, Stage::Refused) => {
            (StatusCode::OK, "ready, with the plant as it was: the one of the configuration is refused, the log says why")
        }
        (Health::Up, Stage::Done) => (StatusCode::OK, "ready"),
    };
    let IngestStatus { behind, spill_bytes, spill_limit_bytes, .. } = state.store.ingest().status();
    let spilled =
        if behind { format!("{spill_bytes} of {spill_limit_bytes} bytes of readings wait in the spill file\n") } else { String::new() };
    (status, format!("{sentence}\n{spilled}"))
}

/// Counters in Prometheus' text form.
pub async fn metrics(State(state): State<AppState>) -> String {
    let up = if state.store.health() == Health::Up { 1.0 } else { 0.0 };
    count_tiers(&state.store).await;
    recorder().map_or_else(String::new, |handle| {
        metrics::gauge!("andon_database_up").set(up);
        metrics::gauge!("andon_live_sockets").set(state.sockets.open() as f64);
        metrics::gauge!("andon_live_watched_series").set(f64::from(state.sockets.watched_series()));
        count_readings(state.store.ingest().status());
        handle.render()
    })
}

/// What the store counts of the readings of our own.
fn count_readings(status: IngestStatus) {
    let IngestStatus {
        written_rows,
        flushes,
        refused_rows,
        spilled_rows,
        turned_away_rows,
        queued_rows,
        spill_bytes,
        spill_limit_bytes,
        behind: _,
    } = status;
    metrics::counter!("andon_readings_written_total").absolute(written_rows);
    metrics::counter!("andon_readings_flushes_total").absolute(flushes);
    metrics::counter!("andon_readings_refused_total").absolute(refused_rows);
    metrics::counter!("andon_readings_spilled_total").absolute(spilled_rows);
    metrics::counter!("andon_readings_turned_away_total").absolute(turned_away_rows);
    metrics::gauge!("andon_readings_queued").set(queued_rows as f64);
    metrics::gauge!("andon_spill_bytes").set(spill_bytes as f64);
    metrics::gauge!("andon_spill_limit_bytes").set(spill_limit_bytes as f64);
}

/// How the tiers stand. Where the database does not say, the gauges have no number rather than an old one.
async fn count_tiers(store: &Store) {
    let found = tokio::time::timeout(PATIENCE, store.tier_totals()).await;
    let totals = found.ok().and_then(Result::ok);
    let states = [
        TierState::Unseen,
        TierState::Small,
        TierState::NoIndex,
        TierState::Building,
        TierState::Following,
        TierState::Failed,
        TierState::Written,
    ];
    for state in states {
        let of = |totals: &TierTotals| totals.series.iter().find(|(one, _)| *one == state).map_or(0, |(_, series)| *series);
        metrics::gauge!("andon_tiers_series", "state" => state.word()).set(totals.as_ref().map_or(f64::NAN, |totals| of(totals) as f64));
    }
    let rows = |count: fn(&TierTotals) -> u64| totals.as_ref().map_or(f64::NAN, |totals| count(totals) as f64);
    metrics::gauge!("andon_tiers_rows_done").set(rows(|totals| totals.rows_done));
    metrics::gauge!("andon_tiers_rows_expected").set(rows(|totals| totals.rows_expected));
    metrics::gauge!("andon_tiers_rows_behind").set(rows(|totals| totals.rows_behind));
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
