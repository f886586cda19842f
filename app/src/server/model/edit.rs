//! A draft of a thing beside what holds of it: what it would change, what is wrong with it, and what others changed meanwhile.

use super::Desk;
use super::query::{Act, Query};
use crate::error::AppError;
use domain::plant::draft::{Draft, PastChange, Wrong, hold_from, rewritten};
use domain::plant::{Change, Difference, Fact, FactKey, Kind};
use store::{MachineError, Stated};

/// Most entries that are looked through for the one that a draft was made on.
const MOST_ENTRIES: usize = 10_000;

/// A draft and all that is known about it.
pub struct Edit {
    pub key: FactKey,
    /// The thing is not there yet.
    pub new: bool,
    /// What holds.
    pub now: Option<Fact>,
    /// The last entry about it, which is what the draft stands on now.
    pub last: u64,
    /// What is written in the form.
    pub draft: Draft,
    /// What is asked for; nothing where it cannot be read.
    pub change: Option<Change>,
    /// What it would change.
    pub difference: Option<Difference>,
    /// Which of it bears on windows that are over.
    pub past: Vec<PastChange>,
    /// What cannot be taken, field by field.
    pub wrong: Vec<Wrong>,
    /// What does not fit together with the rest of the plant.
    pub misfits: Vec<String>,
    /// What others said since the form was opened.
    pub meanwhile: Vec<Stated>,
    /// Fields that they and this draft changed, each in its own way.
    pub both: Vec<&'static str>,
}

impl Edit {
    /// The draft that an address holds.
    pub async fn of(desk: &Desk, kind: Kind, id: Option<&str>, query: &Query) -> Result<Self, AppError> {
        let id = id.map_or_else(|| query.id.clone(), str::to_owned);
        let key = FactKey { kind, id };
        let now = desk.plant.fact(&key);
        let last = desk.store.last_stated(&desk.tenant, &key).await?;
        let mut edit = Self {
            new: query.new,
            now,
            last,
            draft: Draft::default(),
            change: None,
            difference: None,
            past: Vec::new(),
            wrong: Vec::new(),
            misfits: Vec::new(),
            meanwhile: Vec::new(),
            both: Vec::new(),
            key,
        };
        let written = |fact: Option<&Fact>| fact.map(|fact| Draft::of(fact, desk.zone)).unwrap_or_default();
        let held = written(edit.now.as_ref());
        match query.act {
            Act::Show => {
                edit.draft = held;
                return Ok(edit);
            }
            Act::Remove => {
                edit.draft = held;
                edit.change = edit.now.is_some().then(|| Change::Remove(edit.key.clone()));
            }
            Act::Back => {
                let entries = desk.store.stated(&desk.tenant, Some(&edit.key), None, MOST_ENTRIES).await?;
                let entry = entries.into_iter().find(|stated| Some(stated.number) == query.entry);
                let before =
                    entry.ok_or_else(|| AppError::BadRequest("There is no such entry to take back; load the page again.".to_owned()))?;
                let before = before.difference.before;
                edit.draft = written(before.as_ref().or(edit.now.as_ref()));
                edit.change = before.map(Change::Set).or_else(|| edit.now.is_some().then(|| Change::Remove(edit.key.clone())));
            }
            Act::Look | Act::Check => {
                edit.draft = Draft::of_pairs(kind, query.fields.iter().map(|(name, text)| (name, text)));
                edit.catch_up(desk, query, &held).await?;
                if kind == Kind::Calendar && !query.since.is_empty() && edit.now.is_some() {
                    hold_from(&mut edit.draft, &held, &query.since).unwrap_or_else(|wrong| edit.wrong.push(wrong));
                }
                match edit.draft.fact(&edit.key, desk.zone) {
                    Ok(fact) => edit.change = Some(Change::Set(fact)),
                    Err(wrong) => edit.wrong.extend(wrong),
                }
                edit.check_id();
            }
        }
        edit.compare(desk).await?;
        Ok(edit)
    }

    /// Whether it can be filed as it stands.
    pub fn is_ready(&self) -> bool {
        self.change.is_some() && self.wrong.is_empty() && self.misfits.is_empty() && self.differs()
    }

    /// Whether anything would be other.
    pub fn differs(&self) -> bool {
        let said = |difference: &Difference| difference.before.is_none() || difference.after.is_none() || !difference.fields.is_empty();
        self.difference.as_ref().is_some_and(said)
    }

    /// What this draft rewrites of the time before now, as it was said that it held.
    pub fn rewrites(&self) -> bool {
        self.past.iter().any(|change| matches!(change, PastChange::Rewritten(_)))
    }

    /// Puts a draft that was made on an older entry onto what holds now.
    async fn catch_up(&mut self, desk: &Desk, query: &Query, held: &Draft) -> Result<(), AppError> {
        let Some(seen) = query.seen.filter(|seen| *seen != self.last && !self.new) else { return Ok(()) };
        let entries = desk.store.stated(&desk.tenant, Some(&self.key), None, MOST_ENTRIES).await?;
        let base = entries.iter().find(|stated| stated.number == seen).and_then(|stated| stated.difference.after.clone());
        let base = base.map(|fact| Draft::of(&fact, desk.zone)).unwrap_or_default();
        (self.draft, self.both) = self.draft.on(self.key.kind, &base, held);
        self.meanwhile = entries.into_iter().filter(|stated| stated.number > seen).collect();
        Ok(())
    }

    fn check_id(&mut self) {
        let said = |sentence: &str| Wrong { field: "id".to_owned(), sentence: sentence.to_owned() };
        if self.key.id.is_empty() {
            self.wrong.push(said("It needs an id: its name in addresses and in the configuration, for example press-1."));
        } else if self.new && self.now.is_some() {
            self.wrong.push(said("There is one of this id already; change that, or choose another id."));
        }
    }

    async fn compare(&mut self, desk: &Desk) -> Result<(), AppError> {
        let Some(change) = self.change.clone() else { return Ok(()) };
        if let (Some(before), Change::Set(after)) = (&self.now, &change) {
            self.past = rewritten(before, after, desk.zone, desk.today());
        }
        match desk.store.compare_facts(&desk.tenant, vec![change]).await {
            Ok(differences) => self.difference = differences.into_iter().next(),
            Err(MachineError::Plant(bad)) => {
                self.misfits = bad.0.into_iter().map(|(key, mistake)| format!("{key}: {mistake}")).collect();
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}
