//! How it went before: OEE over the windows up to this one, and parts an hour in this one.

use super::query::{AVERAGES, Log, Query};
use super::shown::Shown;
use crate::boards::oee::{frame, words};
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use chart::hours;
use chart::periods::Periods;
use domain::TimeRange;
use domain::board::Asked;
use domain::board::machine::Past;
use domain::format;
use domain::window::WindowSpec;

/// The panels.
pub fn blocks(shown: &Shown) -> Vec<Block> {
    let mut blocks = vec![Block { id: "past".to_owned(), html: windows(shown) }];
    if !shown.answer.hours.is_empty() {
        blocks.push(Block { id: "hours".to_owned(), html: parts(shown) });
    }
    blocks
}

fn windows(shown: &Shown) -> String {
    let past = &shown.answer.past;
    let target: Vec<Option<u16>> = past.iter().map(|past| past.target).collect();
    let drawn = Periods {
        bars: past.iter().map(|past| past.oee).collect(),
        average: past.iter().map(|past| past.average).collect(),
        target: target.clone(),
        current: past.len().checked_sub(1),
    };
    let averages = AVERAGES
        .into_iter()
        .map(|width| (Query { average: width, ..shown.query.clone() }, width.to_string(), shown.query.average == width));
    // What has no name of its own is called by its ends.
    let named = |past: &Past| {
        let name = &past.frame.name;
        escaped(&if name.is_empty() { frame::say(&past.frame, &shown.answer.tile.zone) } else { name.clone() })
    };
    // Each bar is a link to its window: an invisible surface over it.
    let newest = past.len();
    let link = |(place, past): (usize, &Past)| {
        let steps = u32::try_from(newest - 1 - place).unwrap_or(0);
        let asked = if shown.query.asked.range.is_some() {
            // A free range is no step of a calendar: what was before it is a range, too.
            let (from, to) = WindowSpec::up_to(past.frame.range).write();
            Asked { range: from.zip(to), ..shown.query.asked.clone() }
        } else {
            Asked { back: shown.query.asked.back.saturating_add(steps), ..shown.query.asked.clone() }
        };
        let (name, oee) = (named(past), words::percent_sign(past.oee));
        format!(
            "<a href=\"{}\" title=\"{name}: OEE {oee}\"><span class=\"hidden\">{name}: OEE {oee}</span></a>",
            shown.href(&shown.query.in_window(asked))
        )
    };
    let links: String = past.iter().enumerate().map(link).collect();
    let ends = past
        .first()
        .zip(past.last())
        .map(|(first, last)| format!("<div class=\"ends\"><span>{}</span><span>{}</span></div>", named(first), named(last)));
    let average = past.last().and_then(|past| past.average);
    let earlier = past.len().checked_sub(1 + shown.query.average as usize).and_then(|place| past.get(place)).and_then(|past| past.average);
    let change = words::change(domain::oee::history::change_points(average, earlier));
    format!(
        "<section id=\"past\" class=\"panel\"><div class=\"panel-head\"><h2>OEE, last {} windows</h2><small>moving average of</small>{}{}</div>\
         <div class=\"bars-plot\"><div class=\"scale\"><span>100</span><span>75</span><span>50</span><span>25</span><span>0</span></div><div class=\"drawn-plot\">{}<div class=\"over\">{links}</div></div></div>{}\
         <p class=\"muted\">Average of {} windows {} {change} against the {} before · dashed: world class 85 %{}</p></section>",
        past.len(),
        shown.choice("Moving average", averages),
        csv(shown),
        drawn.svg(),
        ends.unwrap_or_default(),
        shown.query.average,
        words::percent_sign(average),
        shown.query.average,
        targets(&target)
    )
}

/// What the line of the target says: one, or the first and the last of those that held.
fn targets(target: &[Option<u16>]) -> String {
    let said = |target: u16| format::number(f64::from(target) / 10.0, 1);
    let mut held: Vec<u16> = target.iter().copied().flatten().collect();
    held.dedup();
    match (held.as_slice(), held.last()) {
        ([] | [850], _) | (_, None) => String::new(),
        ([only], _) => format!(" · line: target {} %", said(*only)),
        ([first, ..], Some(last)) => format!(" · line: target, {} % at first, now {} %", said(*first), said(*last)),
    }
}

/// The link to the figures of all these windows.
fn csv(shown: &Shown) -> String {
    let (Some(first), Some(last)) = (shown.answer.past.first(), shown.answer.past.last()) else { return String::new() };
    let by = format!("by={}", shown.query.asked.period.word());
    let Ok(range) = TimeRange::new(first.frame.range.start(), last.frame.range.end()) else { return String::new() };
    let (from, to) = WindowSpec::up_to(range).write();
    let asked = Asked { range: from.zip(to), ..shown.query.asked.clone() };
    let query = Query { asked, ..shown.query.clone() };
    Shown { query, ..shown.clone() }.csv("figures.csv", &[by])
}

fn parts(shown: &Shown) -> String {
    let shown_hours = &shown.answer.hours;
    let zone = &shown.answer.tile.zone;
    let clock = |time| zone.date_time(time).get(11..16).unwrap_or_default().to_owned();
    let wanted = |thousandths: i64| format::count(thousandths.unsigned_abs() / 1_000);
    let over = |hour: &domain::oee::target::Hour| {
        let made = &hour.parts;
        let target = match hour.target_thousandths {
            0 => String::new(),
            thousandths => format!(", target {}", wanted(thousandths)),
        };
        let (from, to) = (clock(hour.range.start()), clock(hour.range.end()));
        let said = format!("{from}–{to}: {} made, {} good{target}", made.total(), made.good);
        format!("<span title=\"{said}\"><span class=\"hidden\">{said}</span></span>")
    };
    let titles: String = shown_hours.iter().map(over).collect();
    // As many labels as fit.
    let every = shown_hours.len().div_ceil(12).max(1);
    let labels: String = shown_hours.iter().step_by(every).map(|hour| format!("<span>{}</span>", clock(hour.range.start()))).collect();
    let most = hours::most(shown_hours);
    let (made, target) =
        shown_hours.iter().fold((0_u64, 0_i64), |(made, target), hour| (made + hour.parts.good, target + hour.target_thousandths));
    let said = if target > 0 {
        format!("line: target · red: not good · {} good of {} wanted in the whole window", format::count(made), wanted(target))
    } else {
        format!("red: not good · {} good; no target is set", format::count(made))
    };
    let report = format!("<a class=\"listed\" href=\"{}\">Report parts</a>", shown.href(&shown.query.opening(Some(Log::Parts))));
    format!(
        "<section id=\"hours\" class=\"panel\"><div class=\"panel-head\"><h2>Parts an hour</h2><small>{said}</small>{report}{}</div>\
         <div class=\"bars-plot\"><div class=\"scale\"><span>{}</span><span></span><span>{}</span><span></span><span>0</span></div><div class=\"drawn-plot\">{}<div class=\"over\">{titles}</div></div></div><div class=\"ends spread\">{labels}</div></section>",
        shown.csv("hours.csv", &[]),
        format::count(most.unsigned_abs()),
        format::count(most.unsigned_abs() / 2),
        hours::svg(shown_hours)
    )
}
