//! What a draft would change, field by field, and the form that files it with who and why.

use super::edit::Edit;
use super::query::{Act, Query};
use super::{Desk, addresses, history};
use crate::widgets::html::escaped;
use domain::plant::draft::PastChange;
use domain::plant::{Difference, FieldChange};

/// The panel above the form.
pub fn panel(desk: &Desk, edit: &Edit, query: &Query) -> String {
    let title = match query.act {
        Act::Remove => "To be taken away",
        Act::Back => "To be taken back",
        _ => "What would change",
    };
    let mut html = format!("<section class=\"panel check\" id=\"check\"><div class=\"panel-head\"><h2>{title}</h2></div>");
    html.push_str(&unfiled(query));
    html.push_str(&meanwhile(desk, edit));
    html.push_str(&wrong(edit));
    match &edit.difference {
        Some(difference) if edit.differs() => html.push_str(&changes(difference)),
        _ if edit.wrong.is_empty() && edit.misfits.is_empty() => html.push_str("<p>Nothing: all of it holds already.</p>"),
        _ => {}
    }
    html.push_str(&past(edit));
    if edit.is_ready() {
        html.push_str(&filing(desk, edit, query));
    }
    html.push_str("</section>");
    html
}

/// The fields that a change makes other.
pub fn changes(difference: &Difference) -> String {
    let Difference { before, after, fields, key } = difference;
    let what = match (before, after) {
        (None, _) => format!("<p>{} is new.</p>", escaped(&key.to_string())),
        (_, None) => format!("<p>{} is removed.</p>", escaped(&key.to_string())),
        _ if fields.is_empty() => "<p>It says what held already.</p>".to_owned(),
        _ => String::new(),
    };
    // What is new or gone has one side only.
    let (old, new) = (before.is_some(), after.is_some());
    let side = |there: bool, cell: String| if there { cell } else { String::new() };
    let row = |FieldChange { field, before, after }: &FieldChange| {
        let before = side(old, format!("<td><del>{}</del></td>", escaped(before)));
        format!(
            "<tr><th scope=\"row\">{}</th>{before}{}</tr>",
            escaped(field),
            side(new, format!("<td><ins>{}</ins></td>", escaped(after)))
        )
    };
    let rows: String = fields.iter().map(row).collect();
    if rows.is_empty() {
        return what;
    }
    format!(
        "{what}<div class=\"table-scroll wide\" tabindex=\"0\"><table class=\"changes\"><thead><tr><th scope=\"col\">Field</th>{}{}</tr></thead><tbody>{rows}</tbody></table></div>",
        side(old, "<th scope=\"col\">Before</th>".to_owned()),
        side(new, "<th scope=\"col\">After</th>".to_owned())
    )
}

/// Why it was not filed, where somebody tried.
fn unfiled(query: &Query) -> String {
    let why = match query.unfiled.as_str() {
        "" => return String::new(),
        "author" => "say who you are",
        "name" => "this name is kept for Andon itself; write your own",
        "why" => "say why; it is kept with the change",
        "past" => "it rewrites the past; say below that this is meant",
        "meanwhile" => "somebody else changed it meanwhile; look at it again",
        "long" => "a name has at most 100 characters, a reason 1,000",
        "database" => "the database did not take it; try again in a moment",
        _ => "look at what is said below",
    };
    format!("<p class=\"banner\" role=\"alert\">Not filed: {why}.</p>")
}

fn meanwhile(desk: &Desk, edit: &Edit) -> String {
    if edit.meanwhile.is_empty() {
        return String::new();
    }
    let said: String = edit.meanwhile.iter().map(|stated| history::line(desk, stated)).collect();
    let both = if edit.both.is_empty() {
        "Nothing of it is lost: what you left as it was is now as they said.".to_owned()
    } else {
        format!(
            "What you left as it was is now as they said. Both of you changed {}: yours stands below, theirs goes if you file it.",
            escaped(&edit.both.join(", "))
        )
    };
    format!(
        "<div class=\"banner\" role=\"alert\"><p>Somebody else changed this since you opened it. {both}</p><ul class=\"entries\">{said}</ul></div>"
    )
}

/// What cannot be taken.
fn wrong(edit: &Edit) -> String {
    let fields = edit.wrong.iter().map(|wrong| format!("<li><b>{}</b>: {}</li>", escaped(&wrong.field), escaped(&wrong.sentence)));
    let misfits = edit.misfits.iter().map(|sentence| format!("<li>{}</li>", escaped(sentence)));
    let all: String = fields.chain(misfits).collect();
    if all.is_empty() { all } else { format!("<div class=\"banner\" role=\"alert\"><p>This cannot be filed:</p><ul>{all}</ul></div>") }
}

/// What it means for windows that are over.
fn past(edit: &Edit) -> String {
    let names = |wanted: fn(&PastChange) -> Option<&FieldChange>| {
        let names = edit.past.iter().filter_map(wanted).map(|change| change.field.clone()).collect::<Vec<_>>();
        escaped(&names.join(", "))
    };
    let rewritten = names(|change| if let PastChange::Rewritten(change) = change { Some(change) } else { None });
    let undated = names(|change| if let PastChange::Undated(change) = change { Some(change) } else { None });
    let mut html = String::new();
    if !rewritten.is_empty() {
        html.push_str(&format!(
            "<p class=\"flags\"><strong>This rewrites the past: {rewritten}.</strong> Figures of windows that are over will change. If it holds only from now on, go back and give it a date.</p>"
        ));
    }
    if !undated.is_empty() {
        html.push_str(&format!("<p class=\"flags\">Without a date: {undated}. Windows that are over are computed with it, too.</p>"));
    }
    html
}

/// Who, why, and the button.
fn filing(desk: &Desk, edit: &Edit, query: &Query) -> String {
    // The draft as it is shown, on the entry that it was compared with.
    let fields = if matches!(query.act, Act::Look | Act::Check) { edit.draft.pairs() } else { Vec::new() };
    let act = if query.act == Act::Look { Act::Check } else { query.act };
    let shown = Query {
        act,
        new: edit.new,
        id: if edit.new { edit.key.id.clone() } else { String::new() },
        entry: query.entry,
        ..Query::default()
    };
    let draft = Query { seen: Some(edit.last), fields, ..shown }.write();
    let hidden = |name: &str, value: &str| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value));
    let sure = if edit.rewrites() {
        "<label class=\"tick\"><input type=\"checkbox\" name=\"past\" value=\"yes\" required> <span>Yes, the past as well</span></label>"
    } else {
        ""
    };
    format!(
        "<form class=\"filing\" method=\"post\" action=\"/api/model/file\">{}{}{}{}\
         <label><span>Your name</span><input name=\"author\" size=\"16\" maxlength=\"100\" required autocomplete=\"name\" value=\"{}\"></label>\
         <label class=\"wide\"><span>Why</span><input name=\"why\" size=\"36\" maxlength=\"1000\" required value=\"{}\"></label>{sure}\
         <div class=\"actions\"><button class=\"button primary\">File</button> <a class=\"button\" href=\"{}\">Leave it</a></div></form>",
        hidden("tenant", desk.tenant()),
        hidden("kind", edit.key.kind.word()),
        hidden("id", &edit.key.id),
        hidden("draft", &draft),
        escaped(&query.author),
        escaped(&query.why),
        escaped(&if edit.new { addresses::kind(desk.tenant(), edit.key.kind) } else { addresses::thing(desk.tenant(), &edit.key) })
    )
}
