//! Products and what holds for them from a date on: a new ideal cycle does not rewrite last month.

use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A product, by the store's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProductId(pub u32);

/// A value that changes on dates: each holds from its instant until the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated<T>(BTreeMap<Timestamp, T>);

/// A currency by its three letters of ISO 4217.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Why a text names no currency.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no currency; write its three letters, for example EUR")]
pub struct NotACurrency(pub String);

/// What is expected of a product on a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standard {
    /// The shortest time a part can take, in microseconds; positive.
    pub ideal_cycle_us: i64,
    /// Value of a good unit in millionths of the currency's minor unit, because a screw is worth less than a cent.
    pub value_millionths: i64,
    /// What the value is counted in.
    pub currency: Currency,
}

/// The dated standards of a machine's products.
pub type Products = BTreeMap<ProductId, Dated<Standard>>;

impl<T> Default for Dated<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Dated<T> {
    /// One value for all of time.
    pub fn always(value: T) -> Self {
        Self(BTreeMap::from([(Timestamp::MIN, value)]))
    }

    /// From this instant on this value, until the next dated one.
    pub fn from(mut self, start: Timestamp, value: T) -> Self {
        self.0.insert(start, value);
        self
    }

    /// The value that holds at an instant; `None` before the first.
    pub fn at(&self, time: Timestamp) -> Option<&T> {
        self.0.range(..=time).next_back().map(|(_, value)| value)
    }

    /// The instants inside a range, its start left out, at which another value begins to hold.
    pub fn changes(&self, range: TimeRange) -> impl Iterator<Item = Timestamp> {
        self.0.range(range.start()..range.end()).map(|(start, _)| *start).filter(move |start| *start > range.start())
    }
}

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");

    /// `EUR`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl TryFrom<String> for Currency {
    type Error = NotACurrency;

    fn try_from(text: String) -> Result<Self, NotACurrency> {
        text.parse()
    }
}

impl std::str::FromStr for Currency {
    type Err = NotACurrency;

    fn from_str(text: &str) -> Result<Self, NotACurrency> {
        let letters = <[u8; 3]>::try_from(text.as_bytes()).ok().filter(|letters| letters.iter().all(u8::is_ascii_uppercase));
        letters.map(Self).ok_or_else(|| NotACurrency(text.to_owned()))
    }
}

/// The standard of a product at an instant; `None` where none was set, or where its ideal cycle is no time at all.
pub fn standard(products: &Products, product: ProductId, time: Timestamp) -> Option<Standard> {
    products.get(&product).and_then(|dated| dated.at(time)).copied().filter(|standard| standard.ideal_cycle_us > 0)
}
