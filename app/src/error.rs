//! The one error of all server functions: what a reader is told, and the status that goes with it.

use domain::answer::Problem;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    /// Reading failed.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The address holds a value that cannot be understood; the sentence says which and how to mend it.
    #[error("{0}")]
    BadRequest(String),
    /// The tenant has no series of that name.
    #[error("There is no series `{0}` here. It may have been renamed or dropped; choose another from the list.")]
    UnknownSeries(String),
    /// There is no such tenant.
    #[error("There is no tenant `{0}`.")]
    UnknownTenant(String),
    /// There is no such page.
    #[error("There is no page at this address.")]
    UnknownPage,
    /// The server cannot be reached, or answered something that cannot be read.
    #[error("Cannot reach Andon's server; trying again.")]
    Connection,
}

impl AppError {
    /// The HTTP status that says the same to programs.
    pub fn status(&self) -> u16 {
        match self {
            Self::Problem(Problem::Unavailable) => 503,
            Self::Problem(Problem::TooSlow) => 504,
            Self::Problem(Problem::Gone) => 404,
            Self::Problem(Problem::Denied) => 403,
            Self::Problem(Problem::Unreadable | Problem::Failed) => 500,
            Self::BadRequest(_) => 400,
            Self::UnknownSeries(_) | Self::UnknownTenant(_) | Self::UnknownPage => 404,
            Self::Connection => 502,
        }
    }

    /// Whether trying again without any change may help.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Connection | Self::Problem(Problem::Unavailable | Problem::TooSlow))
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(why) => Self::BadRequest(format!("The question cannot be read: {why}.")),
            ServerFnErrorErr::MissingArg(which) => Self::BadRequest(format!("The question lacks `{which}`.")),
            _ => Self::Connection,
        }
    }
}

/// Sets the status of the page or answer that is being made. Does nothing in the browser.
pub fn set_status(status: u16) {
    #[cfg(feature = "ssr")]
    if let (Some(response), Ok(status)) = (leptos::prelude::use_context::<leptos_axum::ResponseOptions>(), status.try_into()) {
        response.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = status;
}

/// The same error, with its status set on the answer.
#[cfg(feature = "ssr")]
pub fn refused(error: impl Into<AppError>) -> AppError {
    let error = error.into();
    set_status(error.status());
    error
}

#[cfg(feature = "ssr")]
impl From<store::WindowError> for AppError {
    fn from(error: store::WindowError) -> Self {
        match error {
            store::WindowError::UnknownSeries(id) => Self::UnknownSeries(id.to_string()),
            store::WindowError::Window(bad) => Self::BadRequest(format!("Cannot show this window: {bad}.")),
            store::WindowError::Store(error) => Self::Problem(error.problem()),
        }
    }
}
