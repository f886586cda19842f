//! Reading the texts of a draft, one by one, and remembering what is wrong with which.

use super::value::{Bad, instant, money, standard};
use super::{Draft, Row, Wrong};
use crate::Timestamp;
use crate::oee::Standard;
use crate::oee::product::Currency;
use crate::zone::Zone;

/// Reads a draft to its end, so that everything that is wrong is said at once.
pub struct Reader<'a> {
    pub draft: &'a Draft,
    pub zone: Zone,
    pub wrong: Vec<Wrong>,
}

impl<'a> Reader<'a> {
    /// A text, or nothing.
    pub fn some(&self, name: &str) -> Option<String> {
        Some(self.draft.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A text that has to be read.
    pub fn read<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, Bad>) -> Option<T> {
        let text = Some(self.draft.text(name)).filter(|text| !text.is_empty())?;
        read(text).map_err(|sentence| self.wrong.push(Wrong::new(name, sentence))).ok()
    }

    /// A text that must stand there.
    pub fn must<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, Bad>) -> Option<T> {
        if self.draft.text(name).is_empty() {
            self.wrong.push(Wrong::new(name, format!("`{name}` is missing; fill it in")));
        }
        self.read(name, read)
    }

    /// Whether a box is ticked.
    pub fn ticked(&self, name: &str) -> bool {
        matches!(self.draft.text(name), "true" | "on" | "yes" | "1")
    }

    /// One entry a line.
    pub fn lines(&self, name: &str) -> Vec<String> {
        listed(self.draft.text(name), &['\n'])
    }

    /// Entries with commas or lines between them.
    pub fn list(&self, name: &str) -> Vec<String> {
        listed(self.draft.text(name), &['\n', ','])
    }

    /// The rows of a table that hold from a date on: no two of them may hold from the same, or the past would be rewritten unseen.
    pub fn dated_rows<T>(&mut self, table: &'static str, mut read: impl FnMut(&mut Cells<'a, '_>) -> Option<T>) -> Vec<T> {
        let mut known: Vec<[&str; 2]> = Vec::new();
        self.rows(table, |cells| {
            let key = [cells.text("from"), cells.text("machine")];
            if known.contains(&key) {
                cells.refuse(
                    "from",
                    "there is a row that holds from then on already; say from when on this one holds, for example 2026-12-01",
                );
            }
            known.push(key);
            read(cells)
        })
    }

    /// The rows of a table that can be read.
    pub fn rows<T>(&mut self, table: &'static str, mut read: impl FnMut(&mut Cells<'a, '_>) -> Option<T>) -> Vec<T> {
        let draft = self.draft;
        let mut read_rows = Vec::new();
        for (place, row) in draft.rows(table).iter().enumerate() {
            let mut cells = Cells { table, place, row, zone: self.zone, wrong: &mut self.wrong };
            read_rows.extend(read(&mut cells));
        }
        read_rows
    }
}

/// The columns of one row.
pub struct Cells<'a, 'b> {
    table: &'static str,
    place: usize,
    row: &'a Row,
    zone: Zone,
    wrong: &'b mut Vec<Wrong>,
}

impl<'a> Cells<'a, '_> {
    /// A column; empty where nothing stands.
    pub fn text(&self, column: &str) -> &'a str {
        self.row.get(column).map_or("", String::as_str)
    }

    /// Says that a column cannot be taken.
    pub fn refuse(&mut self, column: &str, sentence: impl Into<String>) {
        self.wrong.push(Wrong::new(format!("{}.{}.{column}", self.table, self.place), sentence));
    }

    /// A column that has to be read, where something stands; the outer `None` is one that cannot be read.
    #[expect(clippy::option_option, reason = "nothing there and nothing readable are two things")]
    pub fn read<T>(&mut self, column: &str, read: impl FnOnce(&str) -> Result<T, Bad>) -> Option<Option<T>> {
        let text = self.text(column);
        if text.is_empty() {
            return Some(None);
        }
        read(text).map(Some).map_err(|sentence| self.refuse(column, sentence)).ok()
    }

    /// A column in which something must stand.
    pub fn must<T>(&mut self, column: &str, read: impl FnOnce(&str) -> Result<T, Bad>) -> Option<T> {
        let value = self.read(column, read)?;
        if value.is_none() {
            self.refuse(column, format!("`{column}` is missing in this row; fill it in, or empty the row"));
        }
        value
    }

    /// From when on the row holds.
    #[expect(clippy::option_option, reason = "nothing there and nothing readable are two things")]
    pub fn from(&mut self) -> Option<Option<Timestamp>> {
        let zone = self.zone;
        self.read("from", |text| instant(text, zone))
    }

    /// Ideal cycle and value.
    pub fn standard(&mut self) -> Option<Standard> {
        let cycle = self.must("ideal_cycle", |text| standard(text, None));
        let value = self.read("value", money)?;
        let (value_millionths, currency) = value.unwrap_or((0, Currency::EUR));
        cycle.map(|cycle| Standard { value_millionths, currency, ..cycle })
    }
}

/// The entries of a list.
pub fn listed(text: &str, between: &[char]) -> Vec<String> {
    text.split(between).map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}
