//! What people say about stops, from the page into the store.

use crate::clock;
use crate::error::AppError;
use domain::plant::Report;
use domain::time::Written;
use domain::{MachineId, Timestamp};
use leptos::prelude::use_context;
use store::{Filed, Store};

/// Most stops that are given a reason at once.
const MOST_STOPS: usize = 500;
/// Longest remark, in characters.
const LONGEST: usize = 1_000;

/// A form as it came.
pub struct Said {
    pub tenant: String,
    pub machine: String,
    pub stops: Vec<String>,
    pub tap: String,
    pub undo: String,
    pub reason: String,
    pub text: String,
    pub author: String,
    pub at: String,
}

/// Files it and returns the subjects of what was filed; none of what was undone.
pub async fn file(store: &Store, mut said: Said) -> Result<Vec<u64>, AppError> {
    let owner = store.tenant(&said.tenant).ok_or_else(|| AppError::UnknownTenant(said.tenant.clone()))?;
    let machine = said.machine.parse::<MachineId>().map_err(|_| AppError::UnknownMachine(said.machine.clone()))?;
    let author = if said.author.trim().is_empty() { "operator" } else { said.author.trim() }.to_owned();
    let refused = |sentence: &str| AppError::BadRequest(sentence.to_owned());
    if said.text.chars().count() > LONGEST || author.chars().count() > 100 {
        return Err(refused("A remark has at most 1,000 characters, a name 100."));
    }
    let unseen = |text: &str| text.chars().any(|one| one.is_control() && !matches!(one, '\n' | '\r' | '\t'));
    if unseen(&said.text) || unseen(&author) {
        return Err(refused("A remark and a name hold no control characters; leave them away."));
    }
    if !said.undo.is_empty() {
        let subjects: Result<Vec<u64>, _> = said.undo.split(',').map(str::parse::<u64>).collect();
        let mut subjects = subjects.map_err(|_| refused("What was to be undone is not known; load the page again."))?;
        subjects.sort_unstable();
        subjects.dedup();
        // A stop may have been given a reason and a remark.
        if subjects.len() > 2 * MOST_STOPS {
            return Err(refused("At most 1,000 reports are undone at once; undo fewer."));
        }
        store.undo_reports(&owner, &machine, &author, "undone on the board", &subjects).await?;
        // Nothing was filed that could be undone in turn.
        return Ok(Vec::new());
    }
    // A tap is about its stop alone, whatever else is filled in.
    if let Some((stop, reason)) = said.tap.split_once('|') {
        let (stop, reason) = (stop.to_owned(), reason.to_owned());
        said = Said { stops: vec![stop], reason, text: String::new(), at: String::new(), ..said };
    }
    if said.stops.is_empty() || said.stops.len() > MOST_STOPS {
        return Err(refused("Choose at least one stop, and 500 at most."));
    }
    let mut filed = Vec::new();
    for stop in &said.stops {
        let (start, end) = ends(stop).ok_or_else(|| refused("A stop is named by its start and end in microseconds."))?;
        for report in reports(&said, start, end)? {
            filed.push(Filed { subject: None, report: Some(report) });
        }
    }
    Ok(store.file_reports(&owner, &machine, &author, "said on the board", filed).await?)
}

/// The reports of one stop: a reason, for the part after `at` where it is split there, and a comment.
fn reports(said: &Said, start: Timestamp, end: Option<Timestamp>) -> Result<Vec<Report>, AppError> {
    let mut reports = Vec::new();
    if !said.reason.is_empty() {
        let from = if said.at.trim().is_empty() { start } else { split_at(&said.at, start, end)? };
        reports.push(Report::Reason { start: from, end, reason: said.reason.clone() });
    }
    if !said.text.trim().is_empty() {
        // A stop that lasts is commented on as far as it goes.
        let end = end.or_else(|| Some(clock::now().max(start.plus(1))));
        reports.push(Report::Comment { start, end, text: said.text.trim().to_owned() });
    }
    if reports.is_empty() { Err(AppError::BadRequest("Choose a reason or write a remark.".to_owned())) } else { Ok(reports) }
}

/// Where a stop is split: an instant, or minutes after its start.
fn split_at(text: &str, start: Timestamp, end: Option<Timestamp>) -> Result<Timestamp, AppError> {
    let at = match Timestamp::parse(text) {
        Some(Written::Instant(time)) => Some(time),
        _ => domain::duration::parse(text.trim()).ok().map(|us| start.plus(us)),
    };
    at.filter(|at| *at > start && end.is_none_or(|end| *at < end))
        .ok_or_else(|| AppError::BadRequest(format!("`{text}` does not split this stop; write how long after its start, for example 12m.")))
}

fn ends(stop: &str) -> Option<(Timestamp, Option<Timestamp>)> {
    let (start, end) = stop.split_once('~')?;
    let us = |text: &str| text.parse::<i64>().ok().map(Timestamp::from_us);
    Some((us(start)?, if end.is_empty() { None } else { Some(us(end)?) }))
}

/// A browser says on which page a form was; another site may not speak for our readers.
pub fn from_our_own_page() -> Result<(), AppError> {
    use_context::<http::request::Parts>().map_or(Ok(()), |parts| is_our_own_page(&parts.headers))
}

/// The same of a request that is answered elsewhere.
pub fn is_our_own_page(headers: &http::HeaderMap) -> Result<(), AppError> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = header("origin") else { return Ok(()) };
    let page = origin.split_once("://").map_or(origin, |(_, page)| page);
    if [header("host"), header("x-forwarded-host")].into_iter().flatten().any(|host| host == page) {
        return Ok(());
    }
    Err(AppError::Forbidden("Reports are taken from the pages of this address alone.".to_owned()))
}

/// A header of the request that is being answered.
pub(super) fn header(name: &str) -> Option<String> {
    use_context::<http::request::Parts>()?.headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Refuses an address that cannot stand in a header: asked before anything is filed, so that nothing is filed that looks refused.
pub fn may_lead_back(back: &str) -> Result<(), AppError> {
    if back.chars().all(|one| one.is_ascii_graphic() || one == ' ') {
        return Ok(());
    }
    Err(AppError::BadRequest("`back` holds characters that no address has; write them percent-encoded.".to_owned()))
}

/// Leads a form that a browser has sent by itself back to its page, which then offers to undo.
pub fn lead_back(back: &str, filed: &[u64]) {
    let by_itself = header("accept").is_some_and(|accept| accept.contains("text/html"));
    if back.starts_with("/t/") && by_itself && may_lead_back(back).is_ok() {
        if filed.is_empty() {
            // After an undo there is nothing to offer.
            leptos_axum::redirect(back);
            return;
        }
        let subjects: Vec<String> = filed.iter().map(u64::to_string).collect();
        let joint = if back.contains('?') { '&' } else { '?' };
        leptos_axum::redirect(&format!("{back}{joint}filed={}", subjects.join(",")));
    }
}
