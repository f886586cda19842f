//! What is other between two facts, in the words of the configuration: the one way in which changes are said anywhere.

use super::value::write_date;
use super::{Draft, Row, Table, shape};
use crate::civil::Date;
use crate::plant::{Difference, Fact, FactKey, FieldChange};
use crate::zone::Zone;

/// What stands where nothing is given.
const NOTHING: &str = "nothing";
/// Columns that need no name before their text.
const BARE: [&str; 5] = ["hours", "rate", "class", "name", "shifts"];

/// What a change says about windows that are over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PastChange {
    /// A value that is dated and held already is another or is gone: it was said that it holds from then on.
    Rewritten(FieldChange),
    /// A field that has no date holds for all of time.
    Undated(FieldChange),
}

impl Difference {
    /// What is other; `None` where nothing is. Wall times are those of the plant's zone.
    pub fn of(key: FactKey, before: Option<Fact>, after: Option<Fact>, zone: Zone) -> Option<Self> {
        if before == after {
            return None;
        }
        let fields = changed_fields(before.as_ref(), after.as_ref(), zone);
        Some(Self { key, before, after, fields })
    }
}

/// The fields in which two facts of one thing differ; all that are given where one of the two is not there.
pub fn changed_fields(before: Option<&Fact>, after: Option<&Fact>, zone: Zone) -> Vec<FieldChange> {
    let said = |fact: Option<&Fact>| fact.map(|fact| said(fact, zone)).unwrap_or_default();
    let (old, new) = (said(before), said(after));
    let nothing = || NOTHING.to_owned();
    let mut changes = Vec::new();
    for (field, before) in &old {
        let after = new.iter().find(|(name, _)| name == field).map(|(_, text)| text);
        if after != Some(before) {
            changes.push(FieldChange { field: field.clone(), before: before.clone(), after: after.cloned().unwrap_or_else(nothing) });
        }
    }
    for (field, after) in new.iter().filter(|(field, _)| !old.iter().any(|(name, _)| name == field)) {
        changes.push(FieldChange { field: field.clone(), before: nothing(), after: after.clone() });
    }
    changes
}

/// Which of the changes of a thing bear on windows that are over. A dated value that is added bears on the time from its date on
/// alone, which is what its date says; a date of a calendar bears on itself.
pub fn rewritten(before: &Fact, after: &Fact, zone: Zone, today: Date) -> Vec<PastChange> {
    let today = write_date(today);
    let of_figures = [
        "calendar",
        "timezone",
        "silence",
        "micro_stop",
        "cap_performance",
        "dialect",
        "states",
        "modes",
        "counters_roll_over_at",
        "count_cycles",
        "class",
        "line",
        "site",
        "machine",
        "product",
        "start",
    ];
    let mut past = Vec::new();
    for change in changed_fields(Some(before), Some(after), zone) {
        let name = change.field.split(' ').next().unwrap_or_default();
        let rewrites = match name {
            "standard" | "target" | "hour_rate" | "place" | "shift" | "rotation" => change.before != NOTHING,
            "extra" => change.field.rsplit(' ').next().is_some_and(|date| date < today.as_str()),
            "holidays" => other(&change).any(|date| date < today.as_str()),
            _ => false,
        };
        if rewrites {
            past.push(PastChange::Rewritten(change));
        } else if of_figures.contains(&name) {
            past.push(PastChange::Undated(change));
        }
    }
    past
}

/// The dates that are in one of two lists only.
fn other(FieldChange { before, after, .. }: &FieldChange) -> impl Iterator<Item = &str> {
    let old: Vec<&str> = before.split(", ").filter(|date| *date != NOTHING).collect();
    let new: Vec<&str> = after.split(", ").filter(|date| *date != NOTHING).collect();
    let gone: Vec<&str> = old.iter().filter(|date| !new.contains(date)).copied().collect();
    let added: Vec<&str> = new.into_iter().filter(|date| !old.contains(date)).collect();
    gone.into_iter().chain(added)
}

/// A fact as named texts, in the order of its fields.
fn said(fact: &Fact, zone: Zone) -> Vec<(String, String)> {
    let draft = Draft::of(fact, zone);
    let mut all: Vec<(String, String)> = Vec::new();
    for table in shape(fact.key().kind) {
        if table.columns.is_empty() {
            let text = draft.text(table.name).replace('\n', ", ");
            all.extend((!text.is_empty()).then(|| (table.name.to_owned(), text)));
            continue;
        }
        for row in draft.rows(table.name) {
            let mut name = row_name(table, row);
            let known = all.iter().filter(|(other, _)| *other == name).count();
            if known > 0 {
                name = format!("{name} #{}", known + 1);
            }
            all.push((name, row_text(table, row)));
        }
    }
    all
}

/// `standard from 2026-07-01 on press-1`.
fn row_name(table: &Table, row: &Row) -> String {
    let mut name = table.name.to_owned();
    for key in table.keys {
        let Some(text) = row.get(*key) else { continue };
        match *key {
            "from" => name.push_str(" from "),
            "machine" => name.push_str(" on "),
            _ => name.push(' '),
        }
        name.push_str(text);
    }
    name
}

/// `ideal_cycle 40s, value 3.20 EUR`.
fn row_text(table: &Table, row: &Row) -> String {
    let given = table.columns.iter().filter(|column| !table.keys.contains(column));
    let said = given.filter_map(|column| {
        let text = row.get(*column)?;
        Some(if BARE.contains(column) { text.clone() } else { format!("{column} {text}") })
    });
    said.collect::<Vec<_>>().join(", ")
}
