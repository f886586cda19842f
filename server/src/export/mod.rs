//! Downloads: what boards show as files, streamed. Names of files are those that any system takes, and no cell is the start of a formula.

mod asked;
pub mod machine;
pub mod plant;
pub mod series;
mod sheet;

mod figures;
mod hours;
mod observations;
mod reasons;
mod slots;
mod states;
mod stops;
mod whole;

use app::error::AppError;
use app::widgets::download::file_name;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{TimeRange, Timestamp};

/// What a table says it is.
pub const CSV: &str = "text/csv; charset=utf-8; header=present";

/// A failed export: status and sentence as text.
pub struct Refused(pub AppError);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{}\n", self.0)).into_response()
    }
}

impl<E: Into<AppError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// `andon-Temperature-20240115T010000Z-20240115T020000Z`
pub fn dated_name(name: &str, range: TimeRange) -> String {
    let compact = |time: Timestamp| time.rfc3339().chars().filter(|c| !matches!(c, '-' | ':')).collect::<String>();
    format!("{}-{}-{}", file_name(name), compact(range.start()), compact(range.last()))
}

pub fn download(body: Body, kind: &'static str, name: &str) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, body).into_response()
}
