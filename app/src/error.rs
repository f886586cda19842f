//! The one error of all server functions: what a reader is told, and the status that goes with it.

use domain::answer::Problem;
use leptos::server_fn::Bytes;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType};
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
    /// It is understood, and whoever asks may not; the sentence says who may.
    #[error("{0}")]
    Forbidden(String),
    /// The tenant has no series of that name.
    #[error("There is no series `{0}` here. It may have been renamed or dropped; choose another from the list.")]
    UnknownSeries(String),
    /// The tenant has no machine of that name.
    #[error("There is no machine `{0}` here. Choose another on the plant board.")]
    UnknownMachine(String),
    /// The plant has no such thing.
    #[error("There is no {0} in the model. It may have another name, or belong to another plant.")]
    UnknownThing(String),
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
            Self::Forbidden(_) => 403,
            Self::UnknownSeries(_) | Self::UnknownMachine(_) | Self::UnknownThing(_) | Self::UnknownTenant(_) | Self::UnknownPage => 404,
            Self::Connection => 502,
        }
    }

    /// Whether trying again without any change may help.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Connection | Self::Problem(Problem::Unavailable | Problem::TooSlow))
    }
}

impl FromServerFnError for AppError {
    type Encoder = Sentence;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let refused = match error {
            ServerFnErrorErr::Args(why) => Self::BadRequest(format!("The question cannot be read: {why}.")),
            ServerFnErrorErr::MissingArg(which) => Self::BadRequest(format!("The question lacks `{which}`.")),
            _ => return Self::Connection,
        };
        // No function of ours runs that could say so: without this the answer would be a failure of the server.
        crate::side::set_status(refused.status());
        refused
    }
}

/// An error as text: a word for programs, a line break, the sentence or name that goes with it.
pub struct Sentence;

/// A text that is no [`Sentence`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an error of Andon")]
pub struct NotASentence;

impl ContentType for Sentence {
    const CONTENT_TYPE: &'static str = "text/plain; charset=utf-8";
}

impl FormatType for Sentence {
    const FORMAT_TYPE: Format = Format::Text;
}

const PROBLEMS: [(&str, Problem); 6] = [
    ("unavailable", Problem::Unavailable),
    ("too-slow", Problem::TooSlow),
    ("gone", Problem::Gone),
    ("denied", Problem::Denied),
    ("unreadable", Problem::Unreadable),
    ("failed", Problem::Failed),
];

impl Encodes<AppError> for Sentence {
    type Error = NotASentence;

    fn encode(error: &AppError) -> Result<Bytes, NotASentence> {
        let said = error.to_string();
        let (word, text) = match error {
            AppError::Problem(problem) => (PROBLEMS.iter().find(|(_, p)| p == problem).map_or("failed", |(word, _)| word), said),
            AppError::BadRequest(sentence) => ("bad-request", sentence.clone()),
            AppError::Forbidden(sentence) => ("forbidden", sentence.clone()),
            AppError::UnknownSeries(id) => ("unknown-series", id.clone()),
            AppError::UnknownMachine(id) => ("unknown-machine", id.clone()),
            AppError::UnknownThing(id) => ("unknown-thing", id.clone()),
            AppError::UnknownTenant(id) => ("unknown-tenant", id.clone()),
            AppError::UnknownPage => ("unknown-page", said),
            AppError::Connection => ("connection", said),
        };
        Ok(Bytes::from(format!("{word}\n{text}")))
    }
}

impl Decodes<AppError> for Sentence {
    type Error = NotASentence;

    fn decode(bytes: Bytes) -> Result<AppError, NotASentence> {
        let text = std::str::from_utf8(&bytes).map_err(|_| NotASentence)?;
        let (word, text) = text.split_once('\n').ok_or(NotASentence)?;
        let text = text.to_owned();
        let problem = PROBLEMS.iter().find(|(w, _)| *w == word).map(|(_, problem)| AppError::Problem(problem.clone()));
        problem.map_or_else(
            || match word {
                "bad-request" => Ok(AppError::BadRequest(text)),
                "forbidden" => Ok(AppError::Forbidden(text)),
                "unknown-series" => Ok(AppError::UnknownSeries(text)),
                "unknown-machine" => Ok(AppError::UnknownMachine(text)),
                "unknown-thing" => Ok(AppError::UnknownThing(text)),
                "unknown-tenant" => Ok(AppError::UnknownTenant(text)),
                "unknown-page" => Ok(AppError::UnknownPage),
                "connection" => Ok(AppError::Connection),
                _ => Err(NotASentence),
            },
            Ok,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_survives_the_wire() {
        let mut errors: Vec<AppError> = PROBLEMS.iter().map(|(_, problem)| AppError::Problem(problem.clone())).collect();
        let text = || "a `b`\nc".to_owned();
        errors.extend([
            AppError::BadRequest(text()),
            AppError::Forbidden(text()),
            AppError::UnknownSeries(text()),
            AppError::UnknownMachine(text()),
            AppError::UnknownThing(text()),
            AppError::UnknownTenant(text()),
            AppError::UnknownPage,
            AppError::Connection,
        ]);
        for error in errors {
            let bytes = Sentence::encode(&error).unwrap();
            assert_eq!(Sentence::decode(bytes), Ok(error));
        }
        assert_eq!(Sentence::decode(Bytes::from_static(b"<html>")), Err(NotASentence));
    }
}
