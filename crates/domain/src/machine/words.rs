//! The words of devices as numbers: half a million observations a year say the same few dozen of them.

use crate::oee::{ProductId, ReasonId, StateId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A word by its number in a dictionary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Word(pub u32);

/// A dictionary of words, both ways.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<u32, String>", into = "BTreeMap<u32, String>")]
pub struct Words {
    texts: BTreeMap<u32, String>,
    numbers: BTreeMap<String, u32>,
}

/// From here on numbers of products and reasons are those of words that no fact of the plant knows.
const UNKNOWN: u32 = 1 << 31;

impl Words {
    /// In bytes; what is longer is refused.
    pub const LONGEST_BYTES: usize = 1_000;

    /// The number of a word.
    pub fn number(&self, text: &str) -> Option<Word> {
        self.numbers.get(text).copied().map(Word)
    }

    /// A word.
    pub fn text(&self, word: Word) -> Option<&str> {
        self.texts.get(&word.0).map(String::as_str)
    }

    /// Learns a word under a number.
    pub fn learn(&mut self, word: Word, text: &str) {
        self.texts.insert(word.0, text.to_owned());
        self.numbers.insert(text.to_owned(), word.0);
    }

    /// The number of a word, a new one where it has none: for dictionaries that nobody else writes.
    pub fn intern(&mut self, text: &str) -> Word {
        self.number(text).unwrap_or_else(|| {
            let next = self.texts.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
            self.learn(Word(next), text);
            Word(next)
        })
    }

    /// What a state is called: the device's own word.
    pub fn state(&self, state: StateId) -> Option<&str> {
        self.text(Word(state.0))
    }
}

impl From<BTreeMap<u32, String>> for Words {
    fn from(texts: BTreeMap<u32, String>) -> Self {
        let numbers = texts.iter().map(|(number, text)| (text.clone(), *number)).collect();
        Self { texts, numbers }
    }
}

impl From<Words> for BTreeMap<u32, String> {
    fn from(words: Words) -> Self {
        words.texts
    }
}

impl Word {
    /// The state of this word.
    pub fn state(self) -> StateId {
        StateId(self.0)
    }

    /// The product that a device calls so, where no fact of the plant knows it.
    pub fn unknown_product(self) -> ProductId {
        ProductId(self.0 | UNKNOWN)
    }

    /// The reason that a device calls so, where no fact of the plant knows it.
    pub fn unknown_reason(self) -> ReasonId {
        ReasonId(self.0 | UNKNOWN)
    }

    /// The word behind the number of a product or reason that no fact of the plant knows.
    pub fn of_unknown(number: u32) -> Option<Self> {
        (number >= UNKNOWN).then_some(Self(number & !UNKNOWN))
    }
}
