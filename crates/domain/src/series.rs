//! A series: one measured quantity over time, and what is known of it besides its samples.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A series' name in addresses. Any text that is not empty; tables bring theirs, whatever it contains.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeriesId(String);

impl SeriesId {
    /// The id; `None` for an empty text.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (!text.is_empty()).then_some(Self(text))
    }

    /// The id of a table, whose name is never empty.
    pub fn table(name: &str) -> Self {
        Self(if name.is_empty() { "~".to_owned() } else { name.to_owned() })
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SeriesId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a viewer sees of a series before its samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Its address.
    pub id: SeriesId,
    /// What it is called: `Dissolved oxygen`.
    pub name: String,
    /// Unit symbol, empty when it has none: `°C`, `%`, `psi`.
    pub unit: String,
    /// Heading under which it is offered: `Bioreactor`.
    pub group: String,
    /// Band of wanted values.
    pub limits: Limits,
    /// Longest distance between two samples that a line bridges; `None` = five times the window's median distance.
    pub gap_limit_us: Option<i64>,
}

impl Series {
    /// Name with unit for headings of columns and axes: `Temperature (°C)`.
    pub fn name_with_unit(&self) -> String {
        if self.unit.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, self.unit) }
    }
}

/// Limits of wanted values, in the series' unit; a value on a limit is inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Lowest wanted value.
    #[serde(default)]
    pub low: Option<f64>,
    /// Highest wanted value.
    #[serde(default)]
    pub high: Option<f64>,
}

impl Limits {
    /// Whether any limit is set.
    pub fn any(self) -> bool {
        self.low.is_some() || self.high.is_some()
    }

    /// Whether a value lies outside.
    pub fn outside(self, value: f64) -> bool {
        self.low.is_some_and(|low| value < low) || self.high.is_some_and(|high| value > high)
    }
}
