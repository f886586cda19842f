//! What an address of the model asks for. A draft is part of the address, so it can be reloaded, sent to somebody and gone back to.

use crate::address::segment;

/// What is done with a thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Act {
    /// What holds.
    #[default]
    Show,
    /// A draft in its form, with what it means.
    Look,
    /// A draft, and what it would change.
    Check,
    /// To take the thing away.
    Remove,
    /// To say again what held before an entry.
    Back,
}

/// The query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub act: Act,
    /// A thing that is not there yet.
    pub new: bool,
    /// The id of a new thing.
    pub id: String,
    /// The last entry that whoever wrote the draft saw.
    pub seen: Option<u64>,
    /// The entry that is taken back.
    pub entry: Option<u64>,
    /// The date from which on changed shifts hold.
    pub since: String,
    /// The date that a preview begins with.
    pub at: String,
    pub author: String,
    pub why: String,
    /// That the past may change was said.
    pub past: bool,
    /// What was just filed.
    pub filed: Option<u64>,
    /// Why it was not filed.
    pub unfiled: String,
    /// Entries below this number.
    pub before: Option<u64>,
    /// The texts of the draft.
    pub fields: Vec<(String, String)>,
}

const ACTS: [(&str, Act); 4] = [("look", Act::Look), ("check", Act::Check), ("remove", Act::Remove), ("back", Act::Back)];

impl Query {
    /// Reads an address.
    pub fn parse(search: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(search.trim_start_matches('?').as_bytes()) {
            let value = value.into_owned();
            match &*name {
                "do" => query.act = ACTS.into_iter().find(|(word, _)| *word == value).map_or(Act::Show, |(_, act)| act),
                "new" => query.new = value == "1",
                "id" => value.trim().clone_into(&mut query.id),
                "seen" => query.seen = value.parse().ok(),
                "entry" => query.entry = value.parse().ok(),
                "since" => value.trim().clone_into(&mut query.since),
                "at" => value.trim().clone_into(&mut query.at),
                "author" => value.trim().clone_into(&mut query.author),
                "why" => value.trim().clone_into(&mut query.why),
                "past" => query.past = value == "yes",
                "filed" => query.filed = value.parse().ok(),
                "unfiled" => query.unfiled = value,
                "before" => query.before = value.parse().ok(),
                _ => query.fields.push((name.into_owned(), value)),
            }
        }
        query
    }

    /// What says the same draft again, without who files it.
    pub fn write(&self) -> String {
        let mut text = String::new();
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                let joint = if text.is_empty() { "" } else { "&" };
                text.push_str(&format!("{joint}{}={}", segment(name), segment(value)));
            }
        };
        add("do", ACTS.into_iter().find(|(_, act)| *act == self.act).map_or("", |(word, _)| word));
        add("new", if self.new { "1" } else { "" });
        add("id", &self.id);
        add("seen", &self.seen.map(|seen| seen.to_string()).unwrap_or_default());
        add("entry", &self.entry.map(|entry| entry.to_string()).unwrap_or_default());
        add("since", &self.since);
        self.fields.iter().for_each(|(name, value)| add(name, value));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_read_and_written_back() {
        for text in [
            "",
            "do=check&new=1&id=press%202&seen=0&name=A%26B",
            "do=check&seen=7&since=2026-12-01&shift.0.name=Fr%C3%BCh",
            "do=back&entry=9",
        ] {
            assert_eq!(Query::parse(text).write(), text);
        }
        let query = Query::parse("?do=check&author=kim&why=new+tool&name=x&past=yes");
        assert_eq!((query.author.as_str(), query.why.as_str(), query.past), ("kim", "new tool", true));
        assert_eq!(query.write(), "do=check&name=x");
    }
}
