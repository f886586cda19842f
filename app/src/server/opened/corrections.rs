//! Everything that people said and corrected about a window: when, who, what, why, and what it took the place of; each with the way
//! to the board as it was known before.

use super::{Opened, shortened, table};
use crate::boards::machines::Query;
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use domain::board::Asked;
use domain::format;
use domain::window::WindowSpec;
use store::ReportEntry;

/// Entries of a page.
const PAGE: usize = 200;

pub(super) const HEADS: [&str; 6] = ["When", "Who", "What", "In place of", "Why", "Before"];

impl Opened<'_> {
    /// The panel, the latest first.
    pub(super) fn corrections(&self) -> Block {
        let before: u64 = self.query.after.as_deref().and_then(|number| number.parse().ok()).unwrap_or(u64::MAX);
        let mut entries: Vec<&ReportEntry> = self.entries.iter().collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.number));
        let all = entries.len();
        entries.retain(|entry| entry.number < before);
        let more = entries.len().saturating_sub(PAGE);
        entries.truncate(PAGE);
        let rows: String = entries.iter().map(|entry| self.correction(entry, self.entries)).collect();
        let listed = table(&HEADS, &rows);
        let listed = if listed.is_empty() { "<p class=\"muted\">Nobody said or corrected anything here.</p>".to_owned() } else { listed };
        let last = entries.last().map(|entry| entry.number.to_string());
        let body = format!("{}{}{listed}{}", self.choose(), self.first(), self.further(u64::try_from(more).unwrap_or(u64::MAX), last));
        let about = format!("{} entries about this window; nothing is ever overwritten", format::count(all as u64));
        self.panel("corrections", "Corrections", &about, &body)
    }

    /// One of all entries.
    pub(super) fn correction(&self, entry: &ReportEntry, all: &[ReportEntry]) -> String {
        let mut of_subject: Vec<&ReportEntry> = all.iter().filter(|other| other.subject == entry.subject).collect();
        of_subject.sort_by_key(|other| (other.recorded, other.number));
        let at = of_subject.iter().position(|other| other.number == entry.number).unwrap_or(0);
        let earlier = at.checked_sub(1).and_then(|at| of_subject.get(at));
        let later = of_subject.get(at + 1);
        let what = match &entry.fact {
            Some(report) => self.report(report),
            None => "<i>taken back</i>".to_owned(),
        };
        let replaced = match earlier {
            None => "–".to_owned(),
            Some(earlier) => {
                let what = earlier.fact.as_ref().map_or_else(|| "<i>taken back</i>".to_owned(), |report| self.report(report));
                format!("{what} <small>of {}, {}</small>", shortened(&earlier.author), self.wall(earlier.recorded))
            }
        };
        let state = match later {
            None if entry.fact.is_some() => " <small>holds</small>".to_owned(),
            None => String::new(),
            Some(later) => format!(" <small>until {}</small>", self.wall(later.recorded)),
        };
        let class = if later.is_some() { " class=\"out\"" } else { "" };
        format!(
            "<tr{class}><td>{}</td><td>{}</td><td>{what}{state}</td><td>{replaced}</td><td>{}</td><td><a href=\"{}\">as known before this</a></td></tr>",
            self.wall(entry.recorded),
            shortened(&entry.author),
            shortened(&entry.why),
            self.href(&self.known_before(entry))
        )
    }

    /// The same window as known just before an entry was recorded.
    fn known_before(&self, entry: &ReportEntry) -> Query {
        let known = Some(entry.recorded.plus(-1).rfc3339());
        Query { asked: Asked { known, ..self.still() }, after: None, ..self.query.clone() }
    }

    /// Exactly this window, whatever is the running one.
    fn still(&self) -> Asked {
        let (from, to) = WindowSpec::up_to(self.answer.tile.frame.range).write();
        Asked { range: from.zip(to), ..self.query.asked.clone() }
    }

    /// A field for any other moment.
    fn choose(&self) -> String {
        let query = Query { asked: Asked { known: None, ..self.still() }, after: None, ..self.query.clone() };
        let href = query.href(self.owner.id().as_str(), self.source.id.as_str());
        let (path, search) = href.split_once('?').unwrap_or((&href, ""));
        let hidden = form_urlencoded::parse(search.as_bytes())
            .map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escaped(&name), escaped(&value)));
        format!(
            "<form class=\"moment\" method=\"get\" action=\"{}\">{}<label>As known at <input name=\"known\" size=\"20\" placeholder=\"2026-11-20 14:00\" required></label><button class=\"button\">Show</button></form>",
            escaped(path),
            hidden.collect::<String>()
        )
    }
}
