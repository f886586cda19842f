//! The fields behind a line's time as what was seen. Which kind an item is, the agent's device file would tell; here it is
//! told from its shape, so conditions and messages stand alone in a line, as the standard asks for.

use super::line::BadLine;
use std::borrow::Cow;

/// Something that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// The device that is named before the key: `mill:execution`.
    pub device: Option<String>,
    /// What the adapter calls it.
    pub key: String,
    /// What it said.
    pub value: Value<'a>,
}

/// What an item said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A sample or an event.
    Plain(Cow<'a, str>),
    /// A condition: `key|FAULT|code|severity|qualifier|text`.
    Condition {
        /// `NORMAL`, `WARNING`, `FAULT` or `UNAVAILABLE`, in any case.
        level: Cow<'a, str>,
        /// The device's own code.
        code: Cow<'a, str>,
        /// What the device says about it.
        text: Cow<'a, str>,
    },
    /// A message: `key|code|text`.
    Message {
        /// The device's own code.
        code: Cow<'a, str>,
        /// The message.
        text: Cow<'a, str>,
    },
    /// Anything about an asset: `@ASSET@|id|type|…`.
    Asset,
}

impl Value<'_> {
    /// Whether the value says that nothing is known.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Plain(word) | Self::Condition { level: word, .. } | Self::Message { text: word, .. } => {
                word.eq_ignore_ascii_case("UNAVAILABLE")
            }
            Self::Asset => false,
        }
    }
}

/// The items of the fields behind the time.
pub fn items<'a>(fields: &[Cow<'a, str>]) -> Result<Vec<Item<'a>>, BadLine> {
    let item = |name: &str, value| {
        let (device, key) = name.split_once(':').map_or((None, name), |(device, key)| (Some(device.to_owned()), key));
        Item { device, key: key.to_owned(), value }
    };
    match fields {
        [name, ..] if name.starts_with('@') => Ok(vec![item(name, Value::Asset)]),
        [name, level, code, _severity, qualifier, text] if is_condition(level, qualifier) => {
            Ok(vec![item(name, Value::Condition { level: level.clone(), code: code.clone(), text: text.clone() })])
        }
        [name, code, text] => Ok(vec![item(name, Value::Message { code: code.clone(), text: text.clone() })]),
        pairs => pairs
            .chunks(2)
            .map(|pair| match pair {
                [name, value] => Ok(item(name, Value::Plain(value.clone()))),
                _ => Err(BadLine::NoValue(pair.concat().chars().take(40).collect())),
            })
            .collect(),
    }
}

/// Three pairs have as many fields as a condition; the key of the third is none of the words that qualify a condition.
fn is_condition(level: &str, qualifier: &str) -> bool {
    let is = |word: &str, words: &[&str]| words.iter().any(|one| word.eq_ignore_ascii_case(one));
    is(level, &["NORMAL", "WARNING", "FAULT", "UNAVAILABLE"]) && is(qualifier, &["", "HIGH", "LOW"])
}
