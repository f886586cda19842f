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
        html.push_str("<input type=\"hidden\" name=\"new\" value=\"1\">");
        let id = |attributes: &str| format!("<input {attributes} value=\"{}\" maxlength=\"200\" required>", escaped(&key.id));
        let id = labelled(edit, "id", "Id", "Its name in addresses and in the configuration; it stays.", "", id);
        html.push_str(&format!(
            "<fieldset class=\"panel\"><legend>New {}</legend><div class=\"fields\">{id}</div></fieldset>",
            key.kind.word()
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
    let like = |text: &str| if text.is_empty() { String::new() } else { format!(" placeholder=\"{}\"", escaped(text)) };
    let control = |attributes: &str| match field.input {
        Input::Text(example) | Input::Short(example) => format!("<input {attributes} value=\"{}\"{}>", escaped(text), like(example)),
        // The first line break after the tag is not part of the text.
        Input::Lines(example) => format!("<textarea {attributes} rows=\"3\"{}>\n{}</textarea>", like(example), escaped(text)),
        Input::Choice(choice) => {
            format!("<select {attributes}>{}</select>", choices::options(choice, &desk.plant, text, &edit.key.id))
        }
        Input::Tick => format!("<input type=\"checkbox\" {attributes} value=\"true\"{}>", if text.is_empty() { "" } else { " checked" }),
    };
    let class = match field.input {
        Input::Tick => " tick",
        Input::Text(_) if in_row => " wide",
        _ => "",
    };
    labelled(edit, name, field.label, if in_row { "" } else { field.hint }, class, control)
}

/// A control with its label, what to know about it, and what is wrong with it; `control` takes its attributes.
fn labelled(edit: &Edit, name: &str, label: &str, hint: &str, class: &str, control: impl Fn(&str) -> String) -> String {
    let id = escaped(&format!("field-{name}"));
    let all = edit.wrong.iter().filter(|wrong| wrong.field == name);
    let wrong: String = all.map(|wrong| format!("<strong class=\"wrong\">{}</strong>", escaped(&wrong.sentence))).collect();
    let invalid = if wrong.is_empty() { "" } else { " aria-invalid=\"true\"" };
    let said = if hint.is_empty() && wrong.is_empty() {
        (String::new(), String::new())
    } else {
        let hint = if hint.is_empty() { String::new() } else { format!("<small>{}</small>", escaped(hint)) };
        (format!(" aria-describedby=\"{id}-said\""), format!("<div class=\"said\" id=\"{id}-said\">{hint}{wrong}</div>"))
    };
    let attributes = format!("id=\"{id}\" name=\"{}\"{invalid}{}", escaped(name), said.0);
    format!("<div class=\"field{class}\"><label for=\"{id}\">{}</label>{}{}</div>", escaped(label), control(&attributes), said.1)
}

/// From when on other shifts hold, and from when on they are shown.
fn dates(edit: &Edit, query: &Query) -> String {
    let date =
        |text: &str, example: &str, attributes: &str| format!("<input {attributes} value=\"{}\" placeholder=\"{example}\">", escaped(text));
    // What was put in already stands in the rows.
    let refused = edit.wrong.iter().any(|wrong| wrong.field == "since");
    let since = |attributes: &str| date(if refused { &query.since } else { "" }, "2026-12-01", attributes);
    let since = match edit.now {
        None => String::new(),
        Some(_) => {
            labelled(edit, "since", "Other shifts hold from", "Shifts until then stay as they were. Empty: for all of time.", "", since)
        }
    };
    let at = labelled(edit, "at", "Show the shifts from", "Two weeks from a date.", "", |attributes| date(&query.at, "today", attributes));
    format!("<fieldset class=\"panel\"><legend>From when on</legend><div class=\"fields\">{since}{at}</div></fieldset>")
}
