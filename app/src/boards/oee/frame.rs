//! Which window: shift, day, week or month, how many back, or any range. All of it is in the address.

use crate::address;
use crate::widgets::html::escaped;
use crate::widgets::patch::Block;
use domain::Timestamp;
use domain::board::{Asked, Frame, Period};
use domain::zone::ZoneOffsets;

/// Reads one pair of an address into a window; false when the pair is none of its.
pub fn read(asked: &mut Asked, name: &str, value: &str) -> bool {
    let ends = || asked.range.clone().unwrap_or_default();
    match name {
        "period" => asked.period = Period::ALL.into_iter().find(|period| period.word() == value).unwrap_or_default(),
        "back" => asked.back = value.parse().unwrap_or(0).min(1_000),
        "from" if !value.is_empty() => asked.range = Some((value.to_owned(), ends().1)),
        "to" if !value.is_empty() => asked.range = Some((ends().0, value.to_owned())),
        "known" => asked.known = (!value.is_empty()).then(|| value.to_owned()),
        _ => return false,
    }
    true
}

/// The pairs of a window, without those that are as nobody says them.
pub fn write(asked: &Asked, pairs: &mut Vec<String>) {
    if let Some((from, to)) = &asked.range {
        for (name, end) in [("from", from), ("to", to)].into_iter().filter(|(_, end)| !end.is_empty()) {
            pairs.push(format!("{name}={}", address::segment(end)));
        }
    } else {
        if asked.period != Period::Shift {
            pairs.push(format!("period={}", asked.period.word()));
        }
        if asked.back > 0 {
            pairs.push(format!("back={}", asked.back));
        }
    }
    pairs.extend(asked.known.as_ref().map(|known| format!("known={}", address::segment(known))));
}

/// Pairs of an address as what follows its path.
pub fn search(pairs: &[String]) -> String {
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// The link to a table as a file.
pub fn csv(href: &str) -> String {
    format!("<a class=\"csv\" href=\"{}\" download title=\"Download this as a table\">CSV</a>", escaped(href))
}

/// Whether time goes on inside the window.
pub fn moves(asked: &Asked) -> bool {
    let moves = match &asked.range {
        None => asked.back == 0,
        Some((_, to)) => to.is_empty() || to.starts_with("now") || to.starts_with("last"),
    };
    // What was known at a moment stays what it was.
    moves && asked.known.is_none()
}

/// Says that a board shows what was known at a moment, with the way back to now; nothing where it shows what is known now.
pub fn known(asked: &Asked, as_of: Timestamp, zone: &ZoneOffsets, href: impl Fn(Asked) -> String) -> Vec<Block> {
    if asked.known.is_none() {
        return Vec::new();
    }
    let moment = zone.date_time(as_of);
    let html = format!(
        "<p id=\"known\" class=\"banner known\" role=\"status\">As known at <b>{} {}</b>: nothing that was said or corrected later is in it. <a class=\"button\" rel=\"external\" href=\"{}\">Back to now</a></p>",
        moment.get(..19).unwrap_or(&moment),
        escaped(&zone.name),
        escaped(&href(Asked { known: None, ..asked.clone() }))
    );
    vec![Block { id: "known".to_owned(), html }]
}

/// The links to other windows, as HTML; `href` makes the address of one.
pub fn links(asked: &Asked, href: impl Fn(Asked) -> String) -> String {
    let button = |to: Asked, label: &str, current: bool, title: &str| {
        format!(
            "<a class=\"button\" href=\"{}\" aria-current=\"{current}\" title=\"{title}\"{}>{label}</a>",
            escaped(&href(to)),
            if label.chars().count() == 1 { format!(" aria-label=\"{title}\"") } else { String::new() }
        )
    };
    let of = |period| Asked { period, back: 0, range: None, known: asked.known.clone() };
    let periods: String = Period::ALL
        .into_iter()
        .zip(["Shift", "Day", "Week", "Month"])
        .map(|(period, label)| button(of(period), label, asked.range.is_none() && asked.period == period, "The running one"))
        .collect();
    let step = |back: u32| Asked { back, range: None, ..asked.clone() };
    let steps = if asked.range.is_some() {
        String::new()
    } else {
        let newer = asked.back.checked_sub(1).map(|back| button(step(back), "›", false, "The one after this"));
        let newer = newer.unwrap_or_else(|| "<span class=\"button\" aria-disabled=\"true\">›</span>".to_owned());
        format!(
            "<div class=\"segments\" role=\"group\" aria-label=\"Move the window\">{}{newer}</div>",
            button(step(asked.back + 1), "‹", false, "The one before this")
        )
    };
    format!("<div class=\"segments\" role=\"group\" aria-label=\"Window\">{periods}</div>{steps}")
}

/// What a window is called, with its ends on the wall's clock: `Early, Sat 21 Nov, 06:00–14:00 Europe/Berlin`.
pub fn say(frame: &Frame, zone: &ZoneOffsets) -> String {
    let said = chart::time_axis::say_until(frame.range, zone);
    if frame.shift.is_empty() {
        return if frame.name.is_empty() { said } else { format!("{} ({said})", frame.name) };
    }
    let clock = |time| zone.date_time(time).get(11..16).unwrap_or_default().to_owned();
    format!("{}, {}–{} {}", frame.name, clock(frame.range.start()), clock(frame.range.end()), zone.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read_from_addresses_and_written_back() {
        for text in
            ["", "period=day", "period=week&back=3", "back=1", "from=now-2h", "from=2026-01-10T06%3A00%3A00Z&to=now", "back=2&known=now-1h"]
        {
            let mut asked = Asked::default();
            for (name, value) in form_urlencoded::parse(text.as_bytes()) {
                assert!(read(&mut asked, &name, &value), "{name}");
            }
            let mut pairs = Vec::new();
            write(&asked, &mut pairs);
            assert_eq!(pairs.join("&"), text);
        }
        assert!(!read(&mut Asked::default(), "order", "loss"));
    }
}
