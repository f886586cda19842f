//! A stop down to its raw events: what was heard from just before it to just after, in the order of arrival, what people said of
//! it, and what could not be taken meanwhile.

use super::{Opened, shortened, table};
use crate::address;
use crate::boards::oee::{frame, words};
use crate::error::AppError;
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use domain::board::Asked;
use domain::board::tile::Source;
use domain::civil::MINUTE_US;
use domain::oee::{Category, ReasonId};
use domain::window::WindowSpec;
use domain::{TimeRange, Timestamp};
use store::{LogPlace, LogRow, ReportEntry};

/// What was taken in so much later than it came is said to be; so far around a stop lies what could not be taken meanwhile.
const LATE_US: i64 = MINUTE_US;

/// The standstill of an instant, whole.
struct Found {
    range: TimeRange,
    open: bool,
    category: Category,
    reason: Option<ReasonId>,
}

impl Opened<'_> {
    /// The panel of the standstill that holds an instant.
    pub(super) async fn events(&self, instant: Timestamp) -> Result<Block, AppError> {
        let found = find(self.source, instant);
        let range = found.as_ref().map(|found| found.range);
        let range = range.or_else(|| TimeRange::new(instant, instant.plus(MINUTE_US)).ok()).unwrap_or(TimeRange::ALL);
        let after = self.query.after.as_deref().and_then(place);
        let page = self.store.log_page(self.owner, self.source.id, range, self.known_at, after).await?;
        let rows: String = page.rows.iter().map(|row| self.row(row, range)).collect();
        let last = page.rows.last().map(|row| format!("{}-{}", row.at.us(), row.sequence));
        let around = TimeRange::new(range.start().plus(-LATE_US), range.end().plus(LATE_US)).unwrap_or(range);
        let refused = self.store.refused_page(self.owner, self.source.id, around, self.known_at, None).await?;
        let about = match &found {
            Some(Found { range, open, category, reason }) => {
                let reason = reason.map(|reason| format!(", {}", escaped(&self.source.reason(reason)))).unwrap_or_default();
                let end = if *open { "lasts".to_owned() } else { self.wall(range.end()) };
                format!("{}{reason}: {} – {end}, {}", words::state(*category), self.wall(range.start()), words::hours(range.length_us()))
            }
            None => format!("no standstill holds {}; this is what was heard then", self.wall(instant)),
        };
        let heard = table(&["No.", "Device's clock", "Received", "Said", "From", "Note"], &rows);
        let heard = if heard.is_empty() { "<p class=\"muted\">Nothing was heard.</p>".to_owned() } else { heard };
        // A stop may reach out of the window, and what was said of it, too.
        let mut said = self.store.report_entries(self.owner, self.source.id, range).await?;
        said.retain(|entry| self.known_at.is_none_or(|moment| entry.recorded <= moment));
        let reports = self.reports(range, &said);
        let body = format!(
            "<p class=\"muted\">In the order of arrival, with what was heard just before and after. Signs of life that follow each other within half a minute are not kept one by one.</p>{}{heard}{}\
             <h3>What people said of it</h3>{}<h3>What could not be taken meanwhile</h3>{}",
            self.first(),
            self.further(page.more, last),
            if reports.is_empty() { "<p class=\"muted\">Nobody said anything of it.</p>" } else { &reports },
            self.refused(&refused)
        );
        let (from, to) = WindowSpec::up_to(range).write();
        let asked = Asked { range: from.zip(to), known: self.query.asked.known.clone(), ..Asked::default() };
        let mut pairs = Vec::new();
        frame::write(&asked, &mut pairs);
        let (tenant, machine) = (self.owner.id().as_str(), self.source.id.as_str());
        let csv = frame::csv(&address::machine_file(tenant, machine, "observations.csv", &frame::search(&pairs)));
        Ok(self.panel("events", "What was heard", &format!("{about} {csv}"), &body))
    }

    fn row(&self, row: &LogRow, stop: TimeRange) -> String {
        let LogRow { sequence, number, origin, stamp, at, received, recorded, quiet_us, said } = row;
        let mut notes = Vec::new();
        if at > stamp {
            let back = domain::duration::say(at.since(*stamp));
            notes.push(format!("its clock stepped back by {back}; counts at {}", self.wall(*at)));
        }
        // What counts as unknown; shorter silence means nothing.
        let silent = quiet_us.filter(|us| self.source.machine.silence_us.is_some_and(|limit| *us > limit));
        notes.extend(silent.map(|us| format!("nothing was heard for {} before", domain::duration::say(us))));
        if recorded.since(*received) > LATE_US {
            notes.push(format!("taken in at {}", self.wall(*recorded)));
        }
        let number = number.map(|number| format!(" <small>{number}</small>")).unwrap_or_default();
        let class = if stop.contains(*at) { "" } else { " class=\"out\"" };
        format!(
            "<tr{class}><td>{sequence}</td><td>{}</td><td>{}</td><td>{}</td><td>{}{number}</td><td>{}</td></tr>",
            self.wall(*stamp),
            self.wall(*received),
            said.as_ref().map_or_else(|| "something that a later version of Andon wrote down".to_owned(), super::said::observation),
            shortened(origin),
            notes.join("; ")
        )
    }

    /// Everything that was said about a stretch, the latest last.
    fn reports(&self, stop: TimeRange, said: &[ReportEntry]) -> String {
        let touches = |subject: u64| {
            let of = said.iter().filter(|entry| entry.subject == subject).filter_map(|entry| entry.fact.as_ref());
            of.filter_map(|report| report.range()).any(|range| range.overlap(stop).is_some())
        };
        let rows: String = said.iter().filter(|entry| touches(entry.subject)).map(|entry| self.correction(entry, said)).collect();
        table(&super::corrections::HEADS, &rows)
    }
}

/// The standstill that holds an instant, or what the machine did then.
fn find(source: &Source<'_>, instant: Timestamp) -> Option<Found> {
    let around = TimeRange::new(instant, instant.plus(1)).ok()?;
    let segment = source.timeline.within(around).first()?;
    let (category, reason) = (segment.category, segment.reason);
    let known = source.evidence.known_until();
    Some(match source.timeline.stop(segment) {
        Some(stop) => Found { range: TimeRange::new(stop.start, stop.end).ok()?, open: stop.open, category, reason },
        None => Found { range: TimeRange::new(segment.start, segment.end).ok()?, open: segment.end >= known, category, reason },
    })
}

/// Where a page ended, as its link says it.
fn place(text: &str) -> Option<LogPlace> {
    let (at, sequence) = text.rsplit_once('-')?;
    Some(LogPlace { at: Timestamp::from_us(at.parse().ok()?), sequence: sequence.parse().ok()? })
}
