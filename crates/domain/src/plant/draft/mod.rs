//! A fact as people write it: texts by the names that the configuration has for them. Forms are filled from it and read into it,
//! and what changes is said in its words, so that file, form, log and history speak the same language.

mod calendar;
mod changes;
mod facts;
mod machine;
mod place;
mod read;
mod shape;
pub mod value;

pub use calendar::{ExtraRow, RotationRow, ShiftRow, WeekRows, hold_from};
pub use changes::{PastChange, changed_fields, rewritten};
pub use shape::{Table, shape};

use super::{Fact, FactKey, Kind};
use crate::zone::Zone;
use std::collections::BTreeMap;

/// Most rows of one table that a form may bring.
const MOST_ROWS: usize = 1_000;

/// One row of a table, by its columns.
pub type Row = BTreeMap<String, String>;

/// What is written about one thing. Fields that are empty are not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    fields: BTreeMap<String, String>,
    tables: BTreeMap<String, Vec<Row>>,
}

/// A text that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Which field: `silence`, or `standard.2.from` for a column of the third row of a table.
    pub field: String,
    /// What is wrong with it, and how to mend it.
    pub sentence: String,
}

impl Draft {
    /// What would be written to state this fact. Wall times are those of the plant's zone.
    pub fn of(fact: &Fact, zone: Zone) -> Self {
        facts::write(fact, zone)
    }

    /// Reads the pairs of a form: `name`, `standard.0.from`. Rows in which nothing stands are left out, and so is whatever no field
    /// of this kind is called.
    pub fn of_pairs<N: AsRef<str>, T: AsRef<str>>(kind: Kind, pairs: impl IntoIterator<Item = (N, T)>) -> Self {
        let mut draft = Self::default();
        let mut rows: BTreeMap<(String, usize), Row> = BTreeMap::new();
        for (name, text) in pairs {
            let (name, text) = (name.as_ref(), text.as_ref().trim().replace("\r\n", "\n"));
            let mut parts = name.splitn(3, '.');
            let known = parts.next().and_then(|first| shape(kind).iter().find(|table| table.name == first));
            let (Some(table), false) = (known, text.is_empty()) else { continue };
            match (parts.next().map(str::parse::<usize>), parts.next()) {
                (None, _) if table.columns.is_empty() => drop(draft.fields.insert(name.to_owned(), text)),
                (Some(Ok(place)), Some(column)) if place < MOST_ROWS && table.columns.contains(&column) => {
                    rows.entry((table.name.to_owned(), place)).or_default().insert(column.to_owned(), text);
                }
                _ => {}
            }
        }
        for ((table, _), row) in rows {
            draft.tables.entry(table).or_default().push(row);
        }
        draft
    }

    /// The same pairs again, rows numbered from 0 on.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let fields = self.fields.iter().map(|(name, text)| (name.clone(), text.clone()));
        let rows = self.tables.iter().flat_map(|(table, rows)| {
            let row = move |(place, row): (usize, &Row)| {
                row.iter().map(|(column, text)| (format!("{table}.{place}.{column}"), text.clone())).collect::<Vec<_>>()
            };
            rows.iter().enumerate().flat_map(row)
        });
        fields.chain(rows).collect()
    }

    /// The fact that is written, or every text that cannot be taken.
    pub fn fact(&self, key: &FactKey, zone: Zone) -> Result<Fact, Vec<Wrong>> {
        facts::read(self, key, zone)
    }

    /// A field; empty where it is not there.
    pub fn text(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// The rows of a table.
    pub fn rows(&self, table: &str) -> &[Row] {
        self.tables.get(table).map_or(&[], Vec::as_slice)
    }

    /// Puts a text into a field; an empty one takes the field out.
    pub fn put(&mut self, name: &str, text: impl Into<String>) {
        let text = text.into();
        if text.is_empty() {
            self.fields.remove(name);
        } else {
            self.fields.insert(name.to_owned(), text);
        }
    }

    /// Puts a row at the end of a table, without its empty columns.
    pub fn push(&mut self, table: &str, columns: impl IntoIterator<Item = (&'static str, String)>) {
        let row: Row = columns.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name.to_owned(), text)).collect();
        self.tables.entry(table.to_owned()).or_default().push(row);
    }

    /// Takes the rows of a table out of another draft.
    pub fn take_rows(&mut self, table: &str, rows: Vec<Row>) {
        if rows.is_empty() {
            self.tables.remove(table);
        } else {
            self.tables.insert(table.to_owned(), rows);
        }
    }

    /// This draft, made of `base`, on what holds `now`: what it left as it was in `base` is as it is now. The second are the fields
    /// that both changed, each in its own way; there this draft stands.
    pub fn on(&self, kind: Kind, base: &Self, now: &Self) -> (Self, Vec<&'static str>) {
        let (mut merged, mut both) = (self.clone(), Vec::new());
        for Table { name, columns, .. } in shape(kind) {
            let same = |one: &Self, other: &Self| match columns.is_empty() {
                true => one.text(name) == other.text(name),
                false => one.rows(name) == other.rows(name),
            };
            if same(self, base) {
                match columns.is_empty() {
                    true => merged.put(name, now.text(name)),
                    false => merged.take_rows(name, now.rows(name).to_vec()),
                }
            } else if !same(now, base) && !same(self, now) {
                both.push(*name);
            }
        }
        (merged, both)
    }
}

impl Wrong {
    fn new(field: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { field: field.into(), sentence: sentence.into() }
    }
}
