//! The form by which people say how many parts were made. Fields that a way of counting does not need are put away by the style
//! alone; where that cannot be, they are there and mean nothing.

use super::draft::{Draft, WAYS};
use super::file::{Unfiled, reports};
use crate::boards::machines::Query;
use crate::clock;
use crate::widgets::html::escaped;
use domain::Timestamp;
use domain::board::MachineAnswer;
use domain::board::tile::Source;
use domain::format;
use store::{Store, Tenant};

/// What the form stands in.
pub struct Scene<'a> {
    pub store: &'a Store,
    pub owner: &'a Tenant,
    pub source: &'a Source<'a>,
    pub answer: &'a MachineAnswer,
    pub query: &'a Query,
    /// What was known at a moment is over: nothing is added to it.
    pub past: bool,
}

/// The form, with what is wrong with it where it comes back.
pub async fn form(scene: &Scene<'_>) -> String {
    if scene.owner.customer().is_some() {
        return "<p class=\"muted\">This tenant looks at machines of another one; parts are reported under the owner’s address.</p>"
            .to_owned();
    }
    if scene.past {
        return "<p class=\"muted\">This is what was known at a moment; go back to now to report parts.</p>".to_owned();
    }
    let draft = match &scene.query.draft {
        Some(text) => {
            let pairs: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
            Draft::of(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
        }
        None => untouched(scene),
    };
    let trouble = if scene.query.draft.is_some() { trouble(scene, &draft).await } else { String::new() };
    format!("{}{trouble}{}", undo(scene), fields(scene, &draft))
}

/// The form as nobody has touched it: about the window that is looked at. What goes on is up to now, which is not written down, or
/// it would change while somebody types.
fn untouched(scene: &Scene<'_>) -> Draft {
    let (window, zone) = (scene.answer.tile.frame.range, scene.source.zone);
    let field = |time: Timestamp| zone.date_time(time).get(..19).unwrap_or_default().replace(' ', "T");
    let over = window.end() <= scene.answer.as_of;
    let last = |time: Timestamp| if over { field(time) } else { String::new() };
    Draft { at: last(window.last()), from: field(window.start()), to: last(window.end()), ..Draft::default() }
}

/// Why a form was not filed, asked again: what is wrong may have been mended since.
async fn trouble(scene: &Scene<'_>, draft: &Draft) -> String {
    let Scene { store, owner, source, .. } = scene;
    let sentence = match reports(store, owner, source.plant, (source.id, source.machine), draft, clock::now()).await {
        Err(Unfiled::Wrong(wrong)) => format!("{wrong}."),
        Err(Unfiled::Failed(error)) => format!("{error} Press File again."),
        Ok(_) => "press File again.".to_owned(),
    };
    format!("<p class=\"banner\" role=\"alert\">Not filed: {}</p>", escaped(&sentence))
}

/// Offers to take back what was just filed.
fn undo(scene: &Scene<'_>) -> String {
    let Some(filed) = &scene.query.filed else { return String::new() };
    let subjects: Vec<&str> = filed.split(',').filter(|subject| subject.parse::<u64>().is_ok()).collect();
    let back = Query { filed: None, draft: None, ..scene.query.clone() };
    format!(
        "<form class=\"filed\" method=\"post\" action=\"/api/stops/report\">{}<p role=\"status\">Filed. <button class=\"button\" name=\"undo\" value=\"{}\">Undo</button></p></form>",
        whose(scene, &back),
        subjects.join(",")
    )
}

/// The fields that say whose parts these are, and where to go on.
fn whose(scene: &Scene<'_>, back: &Query) -> String {
    let (tenant, machine) = (scene.owner.id().as_str(), scene.source.id.as_str());
    let hidden = |name: &str, value: &str| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value));
    format!("{}{}{}", hidden("tenant", tenant), hidden("machine", machine), hidden("back", &back.href(tenant, machine)))
}

fn fields(scene: &Scene<'_>, draft: &Draft) -> String {
    let Draft { what, at, from, to, total, good, reject, startup_reject, rework, product, reason, remark, author } = draft;
    let ways = WAYS.map(|(way, word, says)| {
        let checked = if way == *what { " checked" } else { "" };
        format!("<label class=\"way\"><input type=\"radio\" name=\"what\" value=\"{word}\"{checked}> <span>{says}</span></label>")
    });
    let labelled = |class: &str, label: &str, input: String| format!("<label class=\"{class}\"><span>{label}</span>{input}</label>");
    let time = |class: &str, name: &str, label: &str, value: &str| {
        labelled(class, label, format!("<input type=\"datetime-local\" step=\"1\" name=\"{name}\" value=\"{}\">", escaped(value)))
    };
    let number = |class: &str, name: &str, label: &str, value: &str| {
        labelled(
            class,
            label,
            format!("<input inputmode=\"numeric\" size=\"7\" maxlength=\"10\" name=\"{name}\" value=\"{}\">", escaped(value)),
        )
    };
    let choice = |name: &str, label: &str, none: &str, held: &str, options: Vec<(String, String)>| {
        let option = |(id, name): &(String, String)| {
            let selected = if id == held { " selected" } else { "" };
            format!("<option value=\"{}\"{selected}>{}</option>", escaped(id), escaped(name))
        };
        let options: String = options.iter().map(option).collect();
        labelled("", label, format!("<select name=\"{name}\"><option value=\"\">{none}</option>{options}</select>"))
    };
    let text = |name: &str, label: &str, value: &str, more: &str| {
        labelled("", label, format!("<input name=\"{name}\" value=\"{}\" {more}>", escaped(value)))
    };
    let zone = escaped(&scene.source.zone.name);
    let back = Query { filed: None, draft: None, ..scene.query.clone() };
    let counted = &scene.answer.basis.figures.counts.parts;
    format!(
        "<form class=\"parts\" method=\"post\" action=\"/api/parts/report\">{}\
         <p class=\"muted\">Counted in this window so far: {} parts, {} of them good. Times are those of {zone}; an empty one is now.</p>\
         <fieldset class=\"ways\"><legend class=\"hidden\">What is said</legend>{}</fieldset>\
         <div class=\"fields\">{}{}{}{}{}{}{}{}{}{}{}{}<button class=\"button primary\">File</button></div></form>",
        whose(scene, &back),
        format::count(counted.total()),
        format::count(counted.good),
        ways.concat(),
        time("for-made", "at", "When", at),
        time("for-time", "from", "From", from),
        time("for-time", "to", "To", to),
        number("for-count", "total", "All parts", total),
        number("for-count", "good", "Good", good),
        number("", "reject", "Rejected", reject),
        number("", "startup_reject", "Rejected at the start", startup_reject),
        number("", "rework", "Reworked", rework),
        choice("reason", "Why not good", "– not said –", reason, reasons(scene.source)),
        choice("product", "Product", "– what was on the machine –", product, products(scene.source)),
        text("remark", "Remark", remark, "maxlength=\"1000\" size=\"30\""),
        text("author", "Your name", author, "maxlength=\"100\" size=\"14\" autocomplete=\"name\"")
    )
}

/// The reasons that parts of this machine may have, each with its group, by name.
fn reasons(source: &Source<'_>) -> Vec<(String, String)> {
    let groups: Vec<&str> = source.plant.reasons.values().filter_map(|reason| reason.group.as_deref()).collect();
    let of_parts =
        source.plant.reasons.iter().filter(|(id, reason)| {
            reason.rejects && reason.is_for(source.machine.machine_type.as_deref()) && !groups.contains(&id.as_str())
        });
    let named = of_parts.map(|(id, reason)| {
        let (name, group) = (source.reason_named(id), reason.group.as_deref().map(|group| source.reason_named(group)));
        (id.clone(), group.map_or_else(|| name.clone(), |group| format!("{group}: {name}")))
    });
    sorted(named.collect())
}

fn products(source: &Source<'_>) -> Vec<(String, String)> {
    let named = source.plant.products.iter().map(|(id, product)| {
        let name = if product.name.is_empty() { id } else { &product.name };
        (id.clone(), name.clone())
    });
    sorted(named.collect())
}

fn sorted(mut named: Vec<(String, String)>) -> Vec<(String, String)> {
    named.sort_by(|(_, a), (_, b)| domain::natural::compare(a, b));
    named
}
