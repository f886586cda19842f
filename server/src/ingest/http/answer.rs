//! Answers in the form that clients of InfluxDB read: `{"code": …, "message": …}`, and of its version 1: `{"error": …}`.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use store::{IngestError, MachineError};

/// Seconds after which a client may try again.
const RETRY_AFTER_S: &str = "5";

/// Why a request was not done, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No token is configured and writing without one is not allowed.
    #[error(
        "nobody may write yet; add tokens = [{{ tenant = \"…\", token = \"…\" }}] to [ingest] in the file that ANDON_CONFIG names, or anonymous = true where the network is trusted"
    )]
    Closed,
    /// No token.
    #[error("a token is missing; send it as `Authorization: Token …`")]
    NoToken,
    /// A token that nobody has.
    #[error("this token is not known; compare it with [ingest] tokens in the configuration")]
    UnknownToken,
    /// A page of another site.
    #[error("a browser's page may not write without a token")]
    Browser,
    /// No bucket and several tenants.
    #[error("say which tenant is meant: bucket=…")]
    NoBucket,
    /// A bucket that is not there, or not for this token.
    #[error("bucket `{0}` is not there for this request; a bucket is a tenant of Andon")]
    UnknownBucket(String),
    /// A precision that is not there.
    #[error(transparent)]
    Precision(#[from] domain::precision::UnknownPrecision),
    /// A packing that is not known.
    #[error("the body is packed as `{0}`; send it as it is or as gzip")]
    Packing(String),
    /// A packed body that cannot be unpacked.
    #[error("the body is no whole gzip file")]
    Unpacking,
    /// The connection broke.
    #[error("the body ended early")]
    Body,
    /// Too much.
    #[error("the body has more than {0} bytes; send less at once; sending lines again changes nothing")]
    TooLarge(u64),
    /// Some lines.
    #[error("partial write: {refused} of {lines} lines were refused and are in quarantine, the others are stored; {first}")]
    Lines {
        /// Not understood.
        refused: u64,
        /// All.
        lines: u64,
        /// The first of them, each with its number and reason.
        first: String,
    },
    /// No machine of this tenant.
    #[error("there is no machine `{0}` in this plant; add [[machine]] with this id to the configuration, or compare the name")]
    UnknownMachine(String),
    /// Nobody knows yet what machines there are.
    #[error("the plant of the configuration is not taken over yet, so nobody knows whether there is a machine `{0}`; send again")]
    NotYet(String),
    /// The file describes the machine, and the file is refused.
    #[error(
        "the configuration describes the machine `{0}`, but does not fit to the plant; mend it as the log and `andon check-config` say, and send again"
    )]
    NotTakenOver(String),
    /// No document of the shape that is taken.
    #[error(
        "{0}; the body is one entry, a list of them, or {{\"origin\": \"…\", \"observations\": [{{\"number\": 1, \"time\": \"2026-01-31T06:00:00Z\", \"state\": \"ACTIVE\"}}]}}"
    )]
    Json(String),
    /// The machine cannot be written to.
    #[error(transparent)]
    Machine(MachineError),
    /// It takes too long.
    #[error("the database does not take the readings now; send again")]
    Busy,
    /// The store.
    #[error(transparent)]
    Store(#[from] IngestError),
}

impl Refused {
    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Closed | Self::NoToken | Self::UnknownToken => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::Browser => (StatusCode::FORBIDDEN, "forbidden"),
            Self::Machine(MachineError::OnlyLooks) => (StatusCode::FORBIDDEN, "forbidden"),
            Self::UnknownBucket(_) | Self::UnknownMachine(_) => (StatusCode::NOT_FOUND, "not found"),
            Self::Packing(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "request too large"),
            Self::NoBucket | Self::Json(_) | Self::Machine(_) | Self::Precision(_) | Self::Unpacking | Self::Body | Self::Lines { .. } => {
                (StatusCode::BAD_REQUEST, "invalid")
            }
            Self::Store(IngestError::Invalid(_)) => (StatusCode::BAD_REQUEST, "invalid"),
            Self::Busy | Self::NotYet(_) | Self::NotTakenOver(_) | Self::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        }
    }
}

impl From<MachineError> for Refused {
    fn from(error: MachineError) -> Self {
        match error {
            // The cause is for the log; what a client can do is to send again.
            MachineError::Store(error) => {
                tracing::warn!(%error, "observations were not taken");
                Self::Busy
            }
            MachineError::UnknownMachine(machine) => Self::UnknownMachine(machine.to_string()),
            other => Self::Machine(other),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, code) = self.status();
        let error = match &self {
            // Telegraf drops what it cannot deliver, but for these words: then it keeps it and tries again.
            Self::UnknownBucket(_) => format!("database not found: {self}"),
            _ => self.to_string(),
        };
        let body = serde_json::json!({"code": code, "message": self.to_string(), "error": error});
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static(RETRY_AFTER_S));
        }
        response
    }
}
