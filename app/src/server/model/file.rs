//! Filing a draft: what the second form of a change brings. Whatever is refused leads back to the draft, so that nothing is lost.

use super::edit::Edit;
use super::query::Query;
use super::{Desk, addresses};
use crate::address::segment;
use crate::error::AppError;
use domain::plant::Kind;
use store::{MachineError, Store};

/// Names under which Andon speaks itself.
const TAKEN: [&str; 2] = [store::FILE, "andon"];

/// Files what a form says, and returns the address where its sender goes on: the thing as it is now, or the draft with why it was
/// not filed.
pub async fn file(store: &Store, form: &[(String, String)]) -> Result<String, AppError> {
    let text = |name: &str| form.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text.trim());
    let desk = Desk::open(store, text("tenant")).await?;
    let draft = Query::parse(text("draft"));
    desk.may(&Query { new: true, ..Query::default() })?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == text("kind")).ok_or(AppError::UnknownPage)?;
    let query = Query { author: text("author").to_owned(), why: text("why").to_owned(), past: text("past") == "yes", ..draft };
    let named = (!query.new).then(|| text("id"));
    let edit = Edit::of(&desk, kind, named, &query).await?;
    let thing = if query.new { addresses::kind(desk.tenant(), kind) } else { addresses::thing(desk.tenant(), &edit.key) };
    let back = |unfiled: &str| {
        let said = format!("author={}&why={}&unfiled={unfiled}", segment(&query.author), segment(&query.why));
        format!("{thing}?{}&{said}", query.write())
    };
    if let Some(unfiled) = refused(&edit, &query) {
        return Ok(back(unfiled));
    }
    let Some(change) = edit.change.clone() else { return Ok(back("wrong")) };
    match desk.store.state_seen(&desk.tenant, &query.author, &query.why, change, edit.last).await {
        Ok(_) => {
            let number = desk.store.last_stated(&desk.tenant, &edit.key).await?;
            Ok(format!("{}?filed={number}", addresses::thing(desk.tenant(), &edit.key)))
        }
        Err(refused @ MachineError::OnlyLooks) => Err(refused.into()),
        Err(MachineError::Meanwhile(_)) => Ok(back("meanwhile")),
        Err(MachineError::Store(error)) => {
            tracing::warn!(%error, "a change of the model was not filed");
            Ok(back("database"))
        }
        Err(_) => Ok(back("wrong")),
    }
}

/// Why a draft is not filed, as a word.
fn refused(edit: &Edit, query: &Query) -> Option<&'static str> {
    let long = query.author.chars().count() > 100 || query.why.chars().count() > 1_000;
    let taken = TAKEN.iter().any(|taken| query.author.eq_ignore_ascii_case(taken));
    match () {
        () if query.seen != Some(edit.last) => Some("meanwhile"),
        () if !edit.is_ready() => Some("wrong"),
        () if query.author.is_empty() => Some("author"),
        () if taken => Some("name"),
        () if query.why.is_empty() => Some("why"),
        () if long => Some("long"),
        () if edit.rewrites() && !query.past => Some("past"),
        () => None,
    }
}
