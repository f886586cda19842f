//! Passwords and tokens: written in the configuration or in a file beside it, never printed.

use std::fmt;
use std::path::PathBuf;

/// A text that no log shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum NoSecret {
    /// Given in both ways.
    #[error("{0} and {0}_file are both given; remove one")]
    Both(&'static str),
    /// The file.
    #[error("cannot read {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No text.
    #[error("the {0} is empty")]
    Empty(&'static str),
}

impl Secret {
    /// From a text or the first line of a file, whichever is given. `name` is the setting's.
    pub fn gather(name: &'static str, text: Option<String>, file: Option<PathBuf>) -> Result<Option<Self>, NoSecret> {
        let text = match (text, file) {
            (Some(_), Some(_)) => return Err(NoSecret::Both(name)),
            (Some(text), None) => text,
            (None, Some(path)) => {
                let text = std::fs::read_to_string(&path).map_err(|source| NoSecret::File { path, source })?;
                text.lines().next().unwrap_or_default().to_owned()
            }
            (None, None) => return Ok(None),
        };
        if text.is_empty() { Err(NoSecret::Empty(name)) } else { Ok(Some(Self(text))) }
    }

    /// The text, for whom it is meant.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether the texts are equal; takes as long for a wrong text as for a nearly right one.
    pub fn is(&self, text: &str) -> bool {
        let same = self.0.len() == text.len();
        let differing = self.0.bytes().zip(text.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
        same && differing == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_come_from_one_place_and_are_not_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "geheim\n").unwrap();
        let secret = Secret::gather("token", None, Some(file.path().to_owned())).unwrap().unwrap();
        assert!(secret.is("geheim") && !secret.is("geheix") && !secret.is("geheim\n") && !secret.is(""));
        assert_eq!(format!("{secret:?}"), "Secret");
        for (text, file, sentence) in [
            (Some("a"), Some("b"), "both given"),
            (Some(""), None, "the token is empty"),
            (None, Some("/nowhere/token"), "cannot read /nowhere/token"),
        ] {
            let error = Secret::gather("token", text.map(Into::into), file.map(Into::into)).unwrap_err().to_string();
            assert!(error.contains(sentence), "{error}");
        }
    }
}
