//! Who said what, when and why: of one thing, and of the whole plant.

use super::query::Query;
use super::{Desk, addresses, check};
use crate::api_model::ModelPage;
use crate::error::AppError;
use crate::widgets::html::escaped;
use domain::plant::Difference;
use domain::plant::draft::value;
use store::Stated;

/// Entries on one page.
const A_PAGE: usize = 30;

/// The history of the plant.
pub async fn page(desk: &Desk, query: &Query) -> Result<ModelPage, AppError> {
    if !desk.states() {
        return Err(AppError::Forbidden("The history of the model belongs to the owner of the machines; ask there.".to_owned()));
    }
    let entries = desk.store.stated(&desk.tenant, None, query.before, A_PAGE + 1).await?;
    let shown = entries.get(..A_PAGE).unwrap_or(&entries);
    let older = (entries.len() > A_PAGE).then(|| shown.last().map(|stated| stated.number)).flatten();
    let links = [(addresses::overview(desk.tenant()), "Model".to_owned())];
    let all: String = shown.iter().map(|stated| entry(desk, stated, true)).collect();
    let older = older.map(|number| {
        format!("<p><a class=\"button\" href=\"{}?before={number}\">Older entries</a></p>", addresses::history(desk.tenant()))
    });
    let none = if all.is_empty() { "<p class=\"muted\">Nothing has been said about this plant yet.</p>" } else { "" };
    let html = format!(
        "{}<section class=\"panel check whole-history\"><ol class=\"entries\">{all}</ol>{none}{}</section>",
        desk.crumb(&links, "History"),
        older.unwrap_or_default()
    );
    Ok(ModelPage { title: "History".to_owned(), html })
}

/// The history of a thing.
pub fn of_thing(desk: &Desk, entries: &[Stated]) -> String {
    let all: String = entries.iter().map(|stated| entry(desk, stated, false)).collect();
    let none = if all.is_empty() { "<p class=\"muted\">Nothing has been said about it yet.</p>" } else { "" };
    format!(
        "<section class=\"panel check\" id=\"history\"><div class=\"panel-head\"><h2>History</h2></div><ol class=\"entries\">{all}</ol>{none}</section>"
    )
}

/// One entry with everything that it changed.
fn entry(desk: &Desk, stated: &Stated, with_name: bool) -> String {
    let thing = addresses::thing(desk.tenant(), &stated.difference.key);
    let named = if with_name {
        format!("<a href=\"{}\">{}</a> · ", escaped(&thing), escaped(&stated.difference.key.to_string()))
    } else {
        String::new()
    };
    format!(
        "<li><p class=\"who\">{named}{}</p>{}<p class=\"aside\"><a href=\"{}?do=back&amp;entry={}\">Take this back…</a></p></li>",
        who(desk, stated),
        folded(&stated.difference),
        escaped(&thing),
        stated.number
    )
}

/// What changed; all that is said of what is new or gone is behind a summary.
fn folded(difference: &Difference) -> String {
    let changes = check::changes(difference);
    if difference.before.is_some() && difference.after.is_some() || difference.fields.is_empty() {
        return changes;
    }
    let what = if difference.before.is_none() { "Stated for the first time" } else { "Taken away" };
    format!("<details><summary>{what}</summary>{changes}</details>")
}

/// One entry in a line.
pub fn line(desk: &Desk, stated: &Stated) -> String {
    format!(
        "<li><a href=\"{}\">{}</a><br><small>{}</small></li>",
        escaped(&addresses::thing(desk.tenant(), &stated.difference.key)),
        escaped(&stated.difference.to_string()),
        who(desk, stated)
    )
}

/// Who, when, by which way and why.
fn who(desk: &Desk, stated: &Stated) -> String {
    let by = &stated.by;
    let (author, way) = match by.author.as_str() {
        store::FILE => ("the configuration", "file"),
        "andon" => ("a source of data", "by itself"),
        "Andon" => ("the demo plant", "by itself"),
        person => (person, "browser"),
    };
    let time = value::write_instant(domain::Timestamp::from_us(by.recorded.us() / 1_000_000 * 1_000_000), desk.zone);
    let why = if by.why.is_empty() { String::new() } else { format!(" · {}", escaped(&by.why)) };
    format!("<b>{}</b> <span class=\"way\">{way}</span> · <time>{time}</time>{why}", escaped(author))
}
