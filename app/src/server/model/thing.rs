//! The page of one thing: its form, what a draft of it would change, what it means, and who said what about it.

use super::edit::Edit;
use super::query::{Act, Query};
use super::{Desk, addresses, check, choices, form, history, preview};
use crate::api_model::ModelPage;
use crate::error::AppError;
use crate::widgets::html::escaped;
use domain::plant::draft::changed_fields;
use domain::plant::{Fact, Kind};

/// Entries on the page of a thing.
const MOST_ENTRIES: usize = 20;

/// The page.
pub async fn page(desk: &Desk, kind: Kind, id: Option<&str>, query: &Query) -> Result<ModelPage, AppError> {
    let edit = Edit::of(desk, kind, id, query).await?;
    if !edit.new && edit.now.is_none() && (edit.last == 0 || !desk.states()) {
        return Err(AppError::UnknownThing(edit.key.to_string()));
    }
    let called = match &edit.now {
        Some(fact) => choices::name(fact).to_owned(),
        None if edit.new => format!("New {}", kind.word()),
        None => edit.key.id.clone(),
    };
    let links = [
        (addresses::overview(desk.tenant()), "Model".to_owned()),
        (addresses::kind(desk.tenant(), kind), addresses::plural(kind).to_owned()),
    ];
    let mut html = desk.crumb(&links, &called);
    if !desk.states() {
        html.push_str(&shown(desk, edit.now.as_ref()));
        return Ok(ModelPage { title: called, html });
    }
    html.push_str(&filed(desk, &edit, query));
    if matches!(query.act, Act::Check | Act::Remove | Act::Back) || query.act == Act::Look && !edit.meanwhile.is_empty() {
        html.push_str(&check::panel(desk, &edit, query));
    }
    html.push_str("<div class=\"model-columns\"><div>");
    if edit.now.is_none() && !edit.new {
        html.push_str("<p class=\"banner\">This is not part of the plant any more. Its history says who took it away; an entry there can be taken back.</p>");
    } else if !matches!(query.act, Act::Remove | Act::Back) {
        html.push_str(&form::form(desk, &edit, query));
        if edit.now.is_some() {
            html.push_str(&format!(
                "<p class=\"aside\"><a href=\"{}?do=remove&amp;seen={}\">Take {} away…</a></p>",
                escaped(&addresses::thing(desk.tenant(), &edit.key)),
                edit.last,
                escaped(&called)
            ));
        }
    }
    html.push_str(&format!("</div><div><div id=\"preview\">{}</div>", preview::fragment(desk, &edit, query)));
    if !edit.new {
        let entries = desk.store.stated(&desk.tenant, Some(&edit.key), None, MOST_ENTRIES).await?;
        html.push_str(&history::of_thing(desk, &entries));
    }
    html.push_str("</div></div>");
    Ok(ModelPage { title: called, html })
}

/// What holds, for those who only look.
fn shown(desk: &Desk, fact: Option<&Fact>) -> String {
    let row = |change: &domain::plant::FieldChange| {
        format!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>", escaped(&change.field), escaped(&change.after))
    };
    let rows: String = changed_fields(None, fact, desk.zone).iter().map(row).collect();
    format!("<section class=\"panel check\"><table class=\"changes\"><tbody>{rows}</tbody></table></section>")
}

/// Says that it was filed, and how to take it back.
fn filed(desk: &Desk, edit: &Edit, query: &Query) -> String {
    let Some(number) = query.filed else { return String::new() };
    format!(
        "<p class=\"filed\" role=\"status\">Filed. It holds now. <a class=\"button\" href=\"{}?do=back&amp;entry={number}&amp;seen={}\">Take it back…</a></p>",
        escaped(&addresses::thing(desk.tenant(), &edit.key)),
        edit.last
    )
}
