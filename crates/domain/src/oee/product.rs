//! Products and what holds for them from a date on: a new ideal cycle does not rewrite last month.

use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Bound;

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

    /// All values, in order of time.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.values()
    }

    /// The instants inside a range, its start left out, at which another value begins to hold.
    pub fn changes(&self, range: TimeRange) -> impl Iterator<Item = Timestamp> {
        self.0.range(range.start()..range.end()).map(|(start, _)| *start).filter(move |start| *start > range.start())
    }
}

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");
    /// What has no price is counted in none, as ISO 4217 calls it; so it is not taken for worth nothing beside what has one.
    pub const NONE: Self = Self(*b"XXX");

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

/// The standards of parts that mostly come in order and are mostly of one product: each is looked for first where the one before
/// was found. It says what [`standard`] says.
pub struct Standards<'a> {
    products: &'a Products,
    /// A product and the stretch in which one standard holds of it, or none.
    held: Option<(ProductId, Timestamp, Option<Timestamp>)>,
    found: Option<Standard>,
}

impl<'a> Standards<'a> {
    /// None was looked for yet.
    pub fn of(products: &'a Products) -> Self {
        Self { products, held: None, found: None }
    }

    /// The standard of a product at an instant.
    pub fn at(&mut self, product: ProductId, time: Timestamp) -> Option<Standard> {
        let holds = |(of, from, until): (ProductId, Timestamp, Option<Timestamp>)| {
            of == product && from <= time && until.is_none_or(|until| time < until)
        };
        if !self.held.is_some_and(holds) {
            let dates = self.products.get(&product).map(|dated| &dated.0);
            let from = dates.and_then(|dates| dates.range(..=time).next_back()).map_or(Timestamp::MIN, |(from, _)| *from);
            let until = dates.and_then(|dates| dates.range((Bound::Excluded(time), Bound::Unbounded)).next()).map(|(until, _)| *until);
            self.held = Some((product, from, until));
            self.found = standard(self.products, product, time);
        }
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_where_the_last_one_was_finds_the_same() {
        let cycle = |us| Standard { ideal_cycle_us: us, value_millionths: 1, currency: Currency::EUR };
        let at = Timestamp::from_us;
        let dated = Dated::default().from(at(10), cycle(5)).from(at(20), cycle(0)).from(at(30), cycle(7));
        let products: Products = [(ProductId(1), dated), (ProductId(2), Dated::always(cycle(9)))].into();
        let mut standards = Standards::of(&products);
        for turn in 0..400_i64 {
            let (product, time) = (ProductId((turn * 7 % 4) as u32), at(turn * 13 % 41));
            assert_eq!(standards.at(product, time), standard(&products, product, time), "{product:?} {time:?}");
        }
        for time in 0..40 {
            assert_eq!(standards.at(ProductId(1), at(time)), standard(&products, ProductId(1), at(time)));
        }
    }
}
