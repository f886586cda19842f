//! Which fields a thing of a kind has, by the names of the configuration, in the order in which they are said.

use crate::plant::Kind;

/// A field of a kind of thing, or a table of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name: `silence`, `standard`.
    pub name: &'static str,
    /// The columns of its rows; none for a field.
    pub columns: &'static [&'static str],
    /// Which of the columns tell its rows apart.
    pub keys: &'static [&'static str],
}

const fn field(name: &'static str) -> Table {
    Table { name, columns: &[], keys: &[] }
}

const fn table(name: &'static str, columns: &'static [&'static str], keys: &'static [&'static str]) -> Table {
    Table { name, columns, keys }
}

/// The fields of a kind.
pub fn shape(kind: Kind) -> &'static [Table] {
    match kind {
        Kind::Site => const { &[field("name"), field("timezone"), field("calendar"), table("place", &["from", "calendar"], &["from"])] },
        Kind::Line => {
            const {
                &[
                    field("name"),
                    field("site"),
                    field("calendar"),
                    field("constraint"),
                    table("place", &["from", "site", "calendar", "constraint"], &["from"]),
                ]
            }
        }
        Kind::Machine => MACHINE,
        Kind::Reason => {
            const {
                &[
                    field("name"),
                    table("names", &["language", "name"], &["language"]),
                    field("group"),
                    field("class"),
                    field("types"),
                    field("words"),
                    field("rejects"),
                ]
            }
        }
        Kind::Product => {
            const { &[field("name"), field("words"), table("standard", &["from", "machine", "ideal_cycle", "value"], &["from", "machine"])] }
        }
        Kind::Calendar => {
            const {
                &[
                    table("shift", &["name", "hours", "breaks", "days", "from"], &["name", "days", "from"]),
                    table("rotation", &["from", "anchor", "days"], &["from"]),
                    field("holidays"),
                    table("extra", &["date", "shifts"], &["date"]),
                ]
            }
        }
        Kind::Order => const { &[field("machine"), field("product"), field("start"), field("quantity")] },
    }
}

const MACHINE: &[Table] = &[
    field("name"),
    field("line"),
    field("site"),
    field("builder"),
    field("model"),
    field("type"),
    field("customer"),
    field("calendar"),
    table("place", &["from", "line", "site", "calendar"], &["from"]),
    field("silence"),
    field("micro_stop"),
    field("cap_performance"),
    field("amber_from"),
    field("green_from"),
    field("dialect"),
    table("states", &["word", "class"], &["word"]),
    table("modes", &["word", "class"], &["word"]),
    field("counters_roll_over_at"),
    field("count_cycles"),
    table("standard", &["from", "ideal_cycle", "value"], &["from"]),
    table("target", &["from", "oee", "availability", "performance", "quality"], &["from"]),
    table("hour_rate", &["from", "rate"], &["from"]),
];
