//! Panels that the server writes for a machine's board: what to know before trusting it, where the time went, why parts were not good; and those that an address opens: the raw events of a
//! stop, everything that people said and corrected, what could not be taken. They are HTML, so that no code for them travels.

mod corrections;
mod doubts;
mod events;
mod explain;
mod ladder;
mod refused;
mod rejects;
mod said;

use crate::boards::machines::{Log, Query};
use crate::error::AppError;
use crate::side::parts;
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use domain::Timestamp;
use domain::board::MachineAnswer;
use domain::board::tile::Source;
use domain::format;
use store::{ReportEntry, Store, Tenant};

/// How long a text of somebody else is shown.
const LONGEST: usize = 300;

/// What panels are made of.
pub struct Opened<'a> {
    pub store: &'a Store,
    pub owner: &'a Tenant,
    pub source: &'a Source<'a>,
    pub answer: &'a MachineAnswer,
    /// The moment as known at which everything is shown; `None` is now.
    pub known_at: Option<Timestamp>,
    /// All that people said about the window until then, also what no longer holds.
    pub entries: &'a [ReportEntry],
    pub query: &'a Query,
}

impl Opened<'_> {
    /// The doubts, the ladder of losses, the panels that there is something to say in, and those that the address wants.
    pub async fn panels(&self) -> Result<Vec<Block>, AppError> {
        let mut panels: Vec<Block> =
            self.doubts().into_iter().chain(self.explained()).chain([self.ladder()]).chain(self.rejects()).collect();
        if let Some(instant) = self.query.stop {
            panels.push(self.events(instant).await?);
        }
        match self.query.log {
            Some(Log::Corrections) => panels.push(self.corrections()),
            Some(Log::Quarantine) => panels.push(self.quarantine().await?),
            Some(Log::Parts) => panels.push(self.parts().await),
            None => {}
        }
        Ok(panels)
    }

    /// The form by which parts are reported.
    async fn parts(&self) -> Block {
        let Self { store, owner, source, answer, known_at, query, .. } = *self;
        let form = parts::form(&parts::Scene { store, owner, source, answer, query, past: known_at.is_some() }).await;
        let said = format!("<a href=\"{}\">what was reported so far</a>", self.href(&query.opening(Some(Log::Corrections))));
        self.panel("parts", "Report parts", &said, &form)
    }

    /// A panel with its way out.
    fn panel(&self, id: &str, title: &str, about: &str, body: &str) -> Block {
        let close = self.query.opening(None);
        let html = format!(
            "<section id=\"{id}\" class=\"panel opened\" aria-label=\"{title}\"><div class=\"panel-head\"><h2>{title}</h2><small>{about}</small><span class=\"space\"></span><a class=\"button\" href=\"{}\">Close</a></div>{body}</section>",
            self.href(&close)
        );
        Block { id: id.to_owned(), html }
    }

    /// The address of the board with another query, ready for an attribute.
    fn href(&self, query: &Query) -> String {
        escaped(&query.href(self.owner.id().as_str(), self.source.id.as_str()))
    }

    /// An instant on the wall's clock, to the microsecond where it has any.
    fn wall(&self, time: Timestamp) -> String {
        let text = self.source.zone.date_time(time);
        text.get(5..).unwrap_or(&text).to_owned()
    }

    /// The same to the second, for stretches that people speak of.
    fn clock(&self, time: Timestamp) -> String {
        self.wall(time).chars().take(14).collect()
    }

    /// How many more there are, and the way to them.
    fn further(&self, more: u64, after: Option<String>) -> String {
        if more == 0 {
            return String::new();
        }
        let next = self.href(&Query { after, ..self.query.clone() });
        format!("<p>{} more follow. <a href=\"{next}\">The next of them</a></p>", format::count(more))
    }

    /// The way back to the first page, where this is another.
    fn first(&self) -> String {
        if self.query.after.is_none() {
            return String::new();
        }
        let first = self.href(&Query { after: None, ..self.query.clone() });
        format!("<p><a href=\"{first}\">Back to the first of them</a></p>")
    }
}

/// A table that scrolls where it is long; nothing where it has no rows.
fn table(heads: &[&str], rows: &str) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    format!("<div class=\"table-scroll wide\" tabindex=\"0\"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>")
}

/// Text of somebody else: cut, and safe.
fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    escaped(&short)
}
