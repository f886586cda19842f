//! The form of a thing: one for each kind, its fields by name. It asks the page itself, so that a draft is an address.

use super::edit::Edit;
use super::fields::{Field, Group, Input, groups};
use super::query::Query;
use super::{Desk, addresses, choices};
use crate::widgets::html::escaped;
use domain::plant::Kind;
use domain::plant::draft::Row;

/// Empty rows at the end of a table.
const EMPTY_ROWS: usize = 1;

/// The form.
pub fn form(desk: &Desk, edit: &Edit, query: &Query) -> String {
    let Edit { key, new, last, .. } = edit;
    let action = if *new { addresses::kind(desk.tenant(), key.kind) } else { addresses::thing(desk.tenant(), key) };
    let mut html = format!(
        "<form class=\"thing\" method=\"get\" action=\"{}\" data-live=\"{}\"><input type=\"hidden\" name=\"seen\" value=\"{last}\">",
        escaped(&action),
        if key.kind == Kind::Calendar { "preview" } else { "" }
    );
    if *new {
        let wrong = said_wrong(edit, "id");
        html.push_str(&format!(
            "<input type=\"hidden\" name=\"new\" value=\"1\"><fieldset class=\"panel\"><legend>New {}</legend><div class=\"fields\"><label><span>Id</span><input name=\"id\" value=\"{}\" maxlength=\"200\" required{}><small>Its name in addresses and in the configuration; it stays.</small>{wrong}</label></div></fieldset>",
            key.kind.word(),
            escaped(&key.id),
            invalid(&wrong)
        ));
    }
    for group in groups(key.kind) {
        html.push_str(&if group.table.is_empty() { plain(desk, edit, group) } else { table(desk, edit, group) });
    }
    if key.kind == Kind::Calendar {
        html.push_str(&dates(edit, query));
    }
    html.push_str("<div class=\"actions\"><button class=\"button primary\" name=\"do\" value=\"check\">See what would change</button>");
    let look = if key.kind == Kind::Calendar { "Show the shifts" } else { "More rows" };
    html.push_str(&format!("<button class=\"button\" name=\"do\" value=\"look\" formnovalidate>{look}</button></div></form>"));
    html
}

fn plain(desk: &Desk, edit: &Edit, group: &Group) -> String {
    let field = |field: &Field| input(desk, edit, field, field.name, edit.draft.text(field.name), false);
    let fields: String = group.fields.iter().map(field).collect();
    fieldset(group, &format!("<div class=\"fields\">{fields}</div>"))
}

fn table(desk: &Desk, edit: &Edit, group: &Group) -> String {
    let rows = edit.draft.rows(group.table);
    let empty = Row::new();
    let all = rows.iter().chain(std::iter::repeat_n(&empty, EMPTY_ROWS));
    let row = |(place, row): (usize, &Row)| {
        let cell = |field: &Field| {
            let name = format!("{}.{place}.{}", group.table, field.name);
            input(desk, edit, field, &name, row.get(field.name).map_or("", String::as_str), true)
        };
        format!("<div class=\"row\">{}</div>", group.fields.iter().map(cell).collect::<String>())
    };
    let rows: String = all.enumerate().map(row).collect();
    fieldset(group, &format!("<div class=\"rows\">{rows}</div>"))
}

fn fieldset(group: &Group, inside: &str) -> String {
    let about = if group.about.is_empty() { String::new() } else { format!("<p class=\"muted\">{}</p>", escaped(group.about)) };
    format!("<fieldset class=\"panel\"><legend>{}</legend>{about}{inside}</fieldset>", escaped(group.title))
}

fn input(desk: &Desk, edit: &Edit, field: &Field, name: &str, text: &str, in_row: bool) -> String {
    let wrong = said_wrong(edit, name);
    let attributes = format!("name=\"{}\"{}", escaped(name), invalid(&wrong));
    let like = |text: &str| if text.is_empty() { String::new() } else { format!(" placeholder=\"{}\"", escaped(text)) };
    let control = match field.input {
        Input::Text(example) => format!("<input {attributes} value=\"{}\"{}>", escaped(text), like(example)),
        Input::Short(example) => format!("<input class=\"short\" {attributes} value=\"{}\"{}>", escaped(text), like(example)),
        // The first line break after the tag is not part of the text.
        Input::Lines(example) => format!("<textarea {attributes} rows=\"3\"{}>\n{}</textarea>", like(example), escaped(text)),
        Input::Choice(choice) => {
            format!("<select {attributes}>{}</select>", choices::options(choice, &desk.plant, text, &edit.key.id))
        }
        Input::Tick => format!("<input type=\"checkbox\" {attributes} value=\"true\"{}>", if text.is_empty() { "" } else { " checked" }),
    };
    let hint = if field.hint.is_empty() || in_row { String::new() } else { format!("<small>{}</small>", escaped(field.hint)) };
    let class = match field.input {
        Input::Tick => " class=\"tick\"",
        Input::Text(_) if in_row => " class=\"wide\"",
        _ => "",
    };
    format!("<label{class}><span>{}</span>{control}{hint}{wrong}</label>", escaped(field.label))
}

/// From when on other shifts hold, and from when on they are shown.
fn dates(edit: &Edit, query: &Query) -> String {
    let wrong = said_wrong(edit, "since");
    let since = if edit.now.is_none() {
        String::new()
    } else {
        // What was put in already stands in the rows.
        let since = if wrong.is_empty() { "" } else { query.since.as_str() };
        format!(
            "<label><span>Other shifts hold from</span><input class=\"short\" name=\"since\" value=\"{}\" placeholder=\"2026-12-01\"{}><small>Shifts until then stay as they were. Empty: for all of time.</small>{wrong}</label>",
            escaped(since),
            invalid(&wrong)
        )
    };
    format!(
        "<fieldset class=\"panel\"><legend>From when on</legend><div class=\"fields\">{since}<label><span>Show the shifts from</span><input class=\"short\" name=\"at\" value=\"{}\" placeholder=\"today\"><small>Two weeks from a date.</small></label></div></fieldset>",
        escaped(&query.at)
    )
}

/// What is wrong with a field, beside it.
fn said_wrong(edit: &Edit, name: &str) -> String {
    let all = edit.wrong.iter().filter(|wrong| wrong.field == name);
    all.map(|wrong| format!("<strong class=\"wrong\">{}</strong>", escaped(&wrong.sentence))).collect()
}

fn invalid(wrong: &str) -> &'static str {
    if wrong.is_empty() { "" } else { " aria-invalid=\"true\"" }
}
