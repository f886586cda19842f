//! One line for each request.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;

/// Logs method, path, status and milliseconds until the answer began; counts it for /metrics.
pub async fn log(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let target = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let mut line = Line { method: method.to_string(), target, began, status: None };
    let response = next.run(request).await;
    line.status = Some(response.status().as_u16());
    response
}

/// Written when dropped, so that a request whose reader left has its line too.
struct Line {
    method: String,
    target: String,
    began: Instant,
    status: Option<u16>,
}

impl Drop for Line {
    fn drop(&mut self) {
        let Self { method, target, began, status } = self;
        let took = began.elapsed();
        let quiet = target.starts_with("/health/") || target.starts_with("/metrics") || target.starts_with("/pkg/");
        let said = status.map_or("left".to_owned(), |s| s.to_string());
        metrics::counter!("andon_http_requests_total", "status" => said.clone()).increment(1);
        metrics::histogram!("andon_http_request_seconds").record(took.as_secs_f64());
        let ms = took.as_secs_f64() * 1e3;
        if quiet {
            tracing::debug!("{method} {target} {said} {ms:.1} ms");
        } else {
            tracing::info!("{method} {target} {said} {ms:.1} ms");
        }
    }
}
