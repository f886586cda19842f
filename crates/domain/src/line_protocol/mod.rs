//! Influx line protocol: `measurement,tag=value field=1.5,other=3i 1700000000000000000`, one point a line.
//!
//! Pure, and without copies where nothing is escaped. A mistake spoils its own line and no other.

mod lines;
mod name;
mod point;

#[cfg(test)]
mod tests;

pub use lines::{LONGEST_LINE, Lines};
pub use name::SeriesNames;
pub use point::{Field, Point, Tags};

/// Why a line is no point.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Bytes that are no text.
    #[error("it is not UTF-8; send the text as UTF-8")]
    NotUtf8,
    /// More bytes than a line may have.
    #[error("it has more than {LONGEST_LINE} bytes; send shorter lines")]
    TooLong,
    /// Nothing before the first comma or space.
    #[error("the measurement is missing; write `measurement field=1.5`")]
    MissingMeasurement,
    /// Nothing after the tags.
    #[error("there is no field; write `measurement field=1.5`")]
    MissingFields,
    /// A tag that is not `key=value`.
    #[error("the tag at `{0}` is not key=value; a comma, space or equals sign inside needs a backslash")]
    Tag(String),
    /// The same tag twice.
    #[error("the tag `{0}` stands there twice; remove one")]
    TagTwice(String),
    /// A field that is not `key=value`.
    #[error("the field at `{0}` is not key=value; a comma, space or equals sign inside needs a backslash")]
    Field(String),
    /// A value of no kind.
    #[error("`{0}` is no value; write 1.5, 3i, 3u, true, or \"text\"")]
    Value(String),
    /// A number that its kind cannot hold.
    #[error("`{0}` is out of range")]
    OutOfRange(String),
    /// A text without an end.
    #[error("the text at `{0}` has no closing quote")]
    OpenText(String),
    /// What follows the fields is no whole number.
    #[error("`{0}` is no time; write a whole number in the precision of the request")]
    Time(String),
}

/// The beginning of a text, for a sentence.
fn shown(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
