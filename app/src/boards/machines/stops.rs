//! The stops of the window: what is missing a reason first to see, and given one with a tap. All of it is one form, which
//! also works without a script.

use super::query::{Log, Query};
use super::shown::Shown;
use crate::address::segment;
use crate::api_oee;
use crate::boards::oee::feed::Feed;
use crate::boards::oee::words;
use crate::error::AppError;
use crate::place::Place;
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use domain::board::machine::Reason;
use domain::board::only::counted_word;
use domain::board::stops::Stop;
use domain::format;
use domain::oee::Category;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, FormData, HtmlFormElement};

/// How many reasons stand ready beside a stop without one.
const READY: usize = 4;

/// The panel.
pub fn blocks(shown: &Shown) -> Vec<Block> {
    let answer = &shown.answer;
    // The list has pages; the head counts what is on further ones, too.
    let many = answer.more_stops.saturating_add(answer.stops.len() as u64);
    let of_page = if shown.query.older.is_some() { " from here on" } else { "" };
    let micro = [(false, "Stops"), (true, "with micro-stops")];
    let micro =
        micro.map(|(micro, label)| (Query { micro, older: None, ..shown.query.clone() }, label.to_owned(), shown.query.micro == micro));
    // The stops of a bar are of one kind already.
    let list = match &answer.narrowed {
        Some(narrowed) => format!(
            "<a class=\"button chip\" href=\"{}\" title=\"Show all stops\">{}<span aria-hidden=\"true\"> ✕</span></a>",
            shown.href(&shown.query.only(None)),
            escaped(&narrowed.name)
        ),
        None => shown.choice("List", micro),
    };
    let lists = [(Log::Corrections, "Corrections"), (Log::Quarantine, "Quarantine"), (Log::Parts, "Report parts")];
    let lists = lists.map(|(log, label)| {
        let open = shown.query.log == Some(log);
        (shown.query.opening((!open).then_some(log)), label.to_owned(), open)
    });
    let rows: String = answer.stops.iter().map(|stop| row(shown, stop)).collect();
    let table = if rows.is_empty() {
        let nothing = answer.narrowed.as_ref().map_or("No stops in this window.", |narrowed| &narrowed.nothing);
        let nothing = if shown.query.older.is_some() { "No older stops in this window." } else { nothing };
        format!("<p class=\"muted\">{}</p>{}", escaped(nothing), pages(shown))
    } else {
        let more = pages(shown);
        format!(
            "<div class=\"table-scroll wide\" tabindex=\"0\"><table class=\"stops\"><thead><tr><th scope=\"col\"><span class=\"hidden\">choose</span></th><th scope=\"col\">From</th><th scope=\"col\">To</th><th scope=\"col\">Length</th><th scope=\"col\">Reason</th><th scope=\"col\">Remarks</th><th scope=\"col\">Lost</th></tr></thead><tbody>{rows}</tbody></table></div>{more}{}",
            if files(shown) { bulk(shown) } else { String::new() }
        )
    };
    // Enter in a field presses the first button of a form: that is this one, which files, and not a tap or the undoing.
    let html = format!(
        "<section id=\"stops\" class=\"panel\"><form method=\"post\" action=\"/api/stops/report\" id=\"stop-form\">\
         <button class=\"hidden\" name=\"act\" value=\"report\" tabindex=\"-1\" aria-hidden=\"true\">File</button>\
         <input type=\"hidden\" name=\"tenant\" value=\"{}\"><input type=\"hidden\" name=\"machine\" value=\"{}\"><input type=\"hidden\" name=\"back\" value=\"{}\">\
         <div class=\"panel-head\"><h2>Stops</h2><small>{}{of_page} · <a href=\"{}\">{} without a reason in the window</a></small>{list}{}{}</div>{}{table}</form></section>",
        escaped(&shown.tenant),
        escaped(&shown.machine),
        shown.href(&Query { give: None, filed: None, ..shown.query.clone() }),
        format::count(many),
        shown.href(&shown.query.only(Some(counted_word(Category::UnplannedStop, "")))),
        format::count(u64::from(answer.tile.unexplained)),
        shown.choice("Also shown", lists),
        shown.csv("stops.csv", &filters(&shown.query)),
        undo(shown)
    );
    vec![Block { id: "stops".to_owned(), html }]
}

/// What the table as a file is narrowed to, as the list is.
fn filters(query: &Query) -> Vec<String> {
    let only = query.only.as_ref().map(|only| format!("only={}", segment(only)));
    query.micro.then(|| "micro=1".to_owned()).into_iter().chain(only).collect()
}

/// The ways to older stops than those of the list, and back to the latest: a long window has pages.
fn pages(shown: &Shown) -> String {
    let older = shown.answer.stops.last().filter(|_| shown.answer.more_stops > 0).map(|stop| {
        let query = Query { older: Some(stop.start), give: None, ..shown.query.clone() };
        format!("<a href=\"{}\">{} older ones</a>", shown.href(&query), format::count(shown.answer.more_stops))
    });
    let latest = shown.query.older.map(|_| {
        let query = Query { older: None, give: None, ..shown.query.clone() };
        format!("<a href=\"{}\">Back to the latest</a>", shown.href(&query))
    });
    let ways: Vec<String> = [latest, older].into_iter().flatten().collect();
    if ways.is_empty() { String::new() } else { format!("<p class=\"pages\">{}</p>", ways.join(" · ")) }
}

/// Whether anything can be filed here: what was known at a moment is over.
fn files(shown: &Shown) -> bool {
    shown.query.asked.known.is_none()
}

fn unexplained(stop: &Stop) -> bool {
    stop.reason.is_none() && stop.category == Category::UnplannedStop
}

/// A stop by its ends, as forms name it; one that lasts has no end.
fn ends(stop: &Stop) -> String {
    format!("{}~{}", stop.start.us(), if stop.open { String::new() } else { stop.end.us().to_string() })
}

fn row(shown: &Shown, stop: &Stop) -> String {
    let id = ends(stop);
    let chosen = files(shown) && shown.query.give.as_ref() == Some(&id);
    let length = if stop.open { format!("{}, lasts", words::hours(stop.time_us)) } else { words::hours(stop.time_us) };
    let worth = stop.lost_minor.zip(shown.answer.rate.as_ref()).map(|(minor, rate)| words::money(minor, rate.currency, true));
    let remarks: String =
        stop.remarks.iter().map(|remark| format!("{} <small>{}</small> ", escaped(&remark.text), escaped(&remark.author))).collect();
    let open = shown.href(&Query { give: (!chosen).then(|| id.clone()), ..shown.query.clone() });
    let reason = match stop.reason {
        reason if !files(shown) => {
            reason.map_or_else(|| words::state(stop.category).to_owned(), |reason| format!("<b>{}</b>", shown.reason(reason)))
        }
        Some(reason) => format!("<b>{}</b> <a class=\"give\" href=\"{open}\">change</a>", shown.reason(reason)),
        None if unexplained(stop) => format!("{}<a class=\"give\" href=\"{open}\">more…</a>", taps(shown, &id, READY)),
        None => format!("{} <a class=\"give\" href=\"{open}\">give a reason</a>", words::state(stop.category)),
    };
    // The events of a stop are its address, and a link is pressed again to close them.
    let seen = shown.query.stop == Some(stop.start);
    let events = Query { stop: (!seen).then_some(stop.start), log: None, after: None, ..shown.query.clone() };
    let from = format!(
        "<a href=\"{}\" aria-expanded=\"{seen}\" title=\"what was heard, in the order in which it came in\">{}</a>",
        shown.href(&events),
        shown.wall(stop.start)
    );
    let tick = if files(shown) {
        format!(
            "<input type=\"checkbox\" data-key=\"{}\" name=\"stops[]\" value=\"{id}\" aria-label=\"choose the stop of {}\">",
            stop.start.us(),
            shown.wall(stop.start)
        )
    } else {
        String::new()
    };
    let to = if stop.open { "now".to_owned() } else { shown.wall(stop.end) };
    let colour = words::colour(stop.category);
    // A stop is the same while it lasts and when it is over: known again by its start.
    let key = stop.start.us();
    let mut html = format!(
        "<tr class=\"{}\" data-key=\"{key}\"><td>{tick}</td><td><i class=\"key\" style=\"--state: var(--{colour})\"></i>{from}</td><td>{to}</td><td>{length}</td><td>{reason}</td><td>{remarks}</td><td>{}</td></tr>",
        if unexplained(stop) { "missing" } else { "" },
        worth.unwrap_or_default()
    );
    if chosen {
        html.push_str(&format!(
            "<tr class=\"opened\" data-key=\"{key}-opened\"><td></td><td colspan=\"6\"><div class=\"all-reasons\">{}</div></td></tr>",
            taps(shown, &id, usize::MAX)
        ));
    }
    html
}

/// Buttons that give a stop a reason at once, in groups where there are all of them. Those that were given most stand first.
fn taps(shown: &Shown, stop: &str, most: usize) -> String {
    let given = |reason: &Reason| {
        let shares = shown.figures().by_reason.iter().filter(|share| share.reason == Some(reason.number));
        std::cmp::Reverse(shares.map(|share| share.stops).sum::<u64>())
    };
    let mut offered: Vec<&Reason> = shown.answer.reasons.iter().filter(|reason| reason.offered).collect();
    let all = most >= offered.len();
    if !all {
        offered.sort_by_key(|reason| given(reason));
    }
    let mut html = String::new();
    let mut group = "";
    for reason in offered.into_iter().take(most) {
        if all && reason.group != group {
            group = &reason.group;
            html.push_str(&format!("<span class=\"of-group\">{}</span>", escaped(group)));
        }
        html.push_str(&format!(
            "<button class=\"tap\" name=\"tap\" value=\"{stop}|{}\">{}</button>",
            escaped(&reason.id),
            escaped(&reason.name)
        ));
    }
    html
}

/// What is done with all chosen stops.
fn bulk(shown: &Shown) -> String {
    let option = |reason: &Reason| {
        format!("<option value=\"{}\">{}: {}</option>", escaped(&reason.id), escaped(&reason.group), escaped(&reason.name))
    };
    let options: String = shown.answer.reasons.iter().filter(|reason| reason.offered).map(option).collect();
    format!(
        "<fieldset class=\"bulk\"><legend>With the chosen stops</legend>\
         <label>Reason <select name=\"reason\"><option value=\"\">–</option>{options}</select></label>\
         <label>Split after <input name=\"at\" size=\"5\" placeholder=\"12m\" title=\"the reason holds from so long after the start of the stop on; empty: from its start\"></label>\
         <label>Remark <input name=\"text\" size=\"24\" maxlength=\"1000\"></label>\
         <label>Your name <input name=\"author\" size=\"12\" maxlength=\"100\" autocomplete=\"name\"></label>\
         <button class=\"button primary\" name=\"act\" value=\"report\">File</button></fieldset>"
    )
}

/// Offers to take back what was just filed.
fn undo(shown: &Shown) -> String {
    // What was filed by the form of parts is taken back there.
    let here = files(shown) && shown.query.log != Some(Log::Parts);
    let Some(filed) = shown.query.filed.as_ref().filter(|_| here) else { return String::new() };
    let subjects: String = filed.split(',').filter(|subject| subject.parse::<u64>().is_ok()).map(|subject| format!("{subject},")).collect();
    format!(
        "<p class=\"filed\" role=\"status\">Filed. <button class=\"button\" name=\"undo\" value=\"{}\">Undo</button></p>",
        subjects.trim_end_matches(',')
    )
}

/// What could not be filed, as a banner. Nothing files it again by itself, so it stays until the next press.
pub fn unfiled(error: Option<&AppError>) -> Block {
    let said = match error {
        None => String::new(),
        Some(AppError::Connection) => "Not filed: Andon's server cannot be reached. Press again.".to_owned(),
        // What was refused is refused again, until it is said otherwise.
        Some(error) => format!("Not filed: {}{}", escaped(&error.to_string()), if error.passes() { " Press again." } else { "" }),
    };
    let class = if said.is_empty() { "no-trouble" } else { "banner" };
    Block { id: "unfiled".to_owned(), html: format!("<p id=\"unfiled\" class=\"{class}\" role=\"alert\">{said}</p>") }
}

/// Files the form without leaving the page; `unfiled` is why that failed.
pub fn submit<Q, A>(event: &SubmitEvent, feed: Feed<Q, A>, place: Place, unfiled: RwSignal<Option<AppError>>)
where
    Q: Clone + PartialEq + Send + Sync + 'static,
    A: Send + Sync + 'static,
{
    let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
    let Some(data) = form.and_then(|form| FormData::new_with_form(&form).ok()) else { return };
    event.prevent_default();
    let text = |name: &str| data.get(name).as_string().unwrap_or_default();
    let pressed = event.submitter().map(|button| button.unchecked_into::<Element>());
    let pressed = |name: &str| {
        let button = pressed.as_ref().filter(|button| button.get_attribute("name").as_deref() == Some(name))?;
        button.get_attribute("value")
    };
    let stops = data.get_all("stops[]").iter().filter_map(|stop| stop.as_string()).collect();
    let (tap, undo) = (pressed("tap").unwrap_or_default(), pressed("undo").unwrap_or_default());
    let (tenant, machine, back) = (text("tenant"), text("machine"), text("back"));
    let said = (text("reason"), text("text"), text("author"), text("at"));
    let undone = !undo.is_empty();
    unfiled.set(None);
    spawn_local(async move {
        let (reason, text, author, at) = said;
        match api_oee::report_stops(tenant, machine, stops, tap, undo, reason, text, author, at, String::new()).await {
            Ok(filed) => {
                let joint = if back.contains('?') { '&' } else { '?' };
                let subjects: Vec<String> = filed.iter().map(u64::to_string).collect();
                let there = if undone { back } else { format!("{back}{joint}filed={}", subjects.join(",")) };
                place.go(&there, true);
                feed.refresh();
            }
            Err(error) => unfiled.set(Some(error)),
        }
    });
}
