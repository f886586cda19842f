//! What can go wrong between Andon and the database, and what a reader is told of it.

use domain::answer::Problem;

/// A failed read or write. The text is for the operator's log; readers get [`StoreError::problem`].
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection, or the server is starting, stopping or gone.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// The reader left before the answer was there.
    #[error("the reader left")]
    ReaderLeft,
    /// The statement timeout passed.
    #[error("statement timeout: {0}")]
    TooSlow(sqlx::Error),
    /// The table or column is not there (any more).
    #[error("table or column missing: {0}")]
    Gone(String),
    /// The role lacks a privilege.
    #[error("permission denied: {0}")]
    Denied(sqlx::Error),
    /// A value that cannot be converted.
    #[error("unreadable value: {0}")]
    Unreadable(sqlx::Error),
    /// Anything else.
    #[error("database: {0}")]
    Other(sqlx::Error),
}

impl StoreError {
    /// The sentence for the reader: never a text of the database.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Unavailable(_) => Problem::Unavailable,
            Self::TooSlow(_) => Problem::TooSlow,
            Self::Gone(_) => Problem::Gone,
            Self::Denied(_) => Problem::Denied,
            Self::Unreadable(_) => Problem::Unreadable,
            Self::Other(_) | Self::ReaderLeft => Problem::Failed,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        let code = error.as_database_error().and_then(|e| e.code()).map(|c| c.into_owned());
        match (&error, code.as_deref()) {
            (_, Some("57014")) => Self::TooSlow(error),
            (_, Some("42P01" | "42703" | "3F000")) => Self::Gone(error.to_string()),
            (_, Some("42501")) => Self::Denied(error),
            (_, Some(code)) if code.starts_with("22") => Self::Unreadable(error),
            // 57P0x: shutting down, crashed, starting; 53300: too many connections; 08: connection; 28/3D: not let in.
            (_, Some(code)) if ["57P", "53", "08", "28", "3D"].iter().any(|class| code.starts_with(class)) => {
                Self::Unavailable(error.to_string())
            }
            (E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::Protocol(_), _) => {
                Self::Unavailable(error.to_string())
            }
            (E::ColumnDecode { .. } | E::Decode(_), _) => Self::Unreadable(error),
            _ => Self::Other(error),
        }
    }
}
