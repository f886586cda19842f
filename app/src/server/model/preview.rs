//! What a calendar means: the shifts of the coming weeks and of the nights in which clocks change, with their real lengths, on the
//! clocks of every site that has this calendar.

use super::Desk;
use super::edit::Edit;
use super::query::Query;
use crate::clock;
use crate::widgets::html::escaped;
use domain::civil::{DAY_US, Date, HOUR_US, MINUTE_US};
use domain::oee::calendar::{Calendar, Shift};
use domain::plant::draft::value;
use domain::plant::{Change, Fact, Kind, Plant};
use domain::zone::{Zone, ZoneOffsets};
use domain::{TimeRange, Timestamp};

/// How many days are shown.
const SHOWN_DAYS: i64 = 14;
/// How far the next changes of clocks are looked for.
const REACH_US: i64 = 550 * DAY_US;

/// The preview of a draft; empty for what is no calendar.
pub fn fragment(desk: &Desk, edit: &Edit, query: &Query) -> String {
    if edit.key.kind != Kind::Calendar {
        return String::new();
    }
    let drafted = match &edit.change {
        Some(Change::Set(Fact::Calendar(_, calendar))) => Some(calendar),
        _ => None,
    };
    let held = match &edit.now {
        Some(Fact::Calendar(_, calendar)) if edit.change.is_none() && edit.wrong.is_empty() => Some(calendar),
        _ => None,
    };
    let wrong: String =
        edit.wrong.iter().map(|wrong| format!("<li><b>{}</b>: {}</li>", escaped(&wrong.field), escaped(&wrong.sentence))).collect();
    let Some(calendar) = drafted.or(held) else {
        return if wrong.is_empty() { String::new() } else { format!("<ul class=\"flags\">{wrong}</ul>") };
    };
    let mut html = if wrong.is_empty() { String::new() } else { format!("<ul class=\"flags\">{wrong}</ul>") };
    let from = Some(query.at.as_str()).filter(|at| !at.is_empty()).map(value::date);
    if let Some(Err(sentence)) = &from {
        html.push_str(&format!("<p class=\"flags\">{}</p>", escaped(sentence)));
    }
    let from = from.and_then(Result::ok);
    for (zone, sites) in zones(&desk.plant, &edit.key.id, desk.zone) {
        html.push_str(&of_zone(calendar, zone, &sites, from));
    }
    html
}

/// The zones in which a calendar is worked by, with the sites that are in them.
fn zones(plant: &Plant, id: &str, usual: Zone) -> Vec<(Zone, Vec<String>)> {
    let mut zones: Vec<(Zone, Vec<String>)> = Vec::new();
    let mut add = |site: Option<(&str, &domain::plant::Site)>| {
        let zone = site.and_then(|(_, site)| site.zone.as_deref()?.parse().ok()).unwrap_or(usual);
        let name = site.map(|(id, site)| if site.name.is_empty() { id.to_owned() } else { site.name.clone() });
        let place = zones.iter().position(|(known, _)| *known == zone).unwrap_or(zones.len());
        if place == zones.len() {
            zones.push((zone, Vec::new()));
        }
        if let (Some((_, names)), Some(name)) = (zones.get_mut(place), name)
            && !names.contains(&name)
        {
            names.push(name);
        }
    };
    plant.sites_by(id).into_iter().for_each(&mut add);
    if zones.is_empty() {
        zones.push((usual, Vec::new()));
    }
    zones
}

fn of_zone(calendar: &Calendar, zone: Zone, sites: &[String], from: Option<Date>) -> String {
    let now = clock::now();
    let midnight = |day: i64| zone.instant(day.saturating_mul(DAY_US), domain::zone::Twice::Earlier);
    let today = near(zone, now).wall_us(now).div_euclid(DAY_US);
    let first = from.map_or(today, Date::days);
    let (begin, end) = (midnight(first), midnight(first.saturating_add(SHOWN_DAYS)));
    let Ok(shown) = TimeRange::new(begin, end) else { return String::new() };
    let Ok(reach) = TimeRange::new(begin.plus(-2 * DAY_US), begin.plus(REACH_US)) else { return String::new() };
    let offsets = zone.offsets(reach);
    let starts_in =
        |range: TimeRange| calendar.shifts(range, &offsets).into_iter().filter(move |shift| range.contains(shift.range.start()));
    let weeks: Vec<Shift> = starts_in(shown).collect();
    let planned_us: i64 = weeks.iter().map(Shift::planned_us).sum();
    let place = if sites.is_empty() { String::new() } else { format!(" ({})", escaped(&sites.join(", "))) };
    let mut html = format!(
        "<section class=\"panel\"><div class=\"panel-head\"><h2>Shifts in {}{place}</h2><small>two weeks from {} · {} planned</small></div>{}",
        escaped(zone.name()),
        Date::from_days(first).say(),
        length(planned_us),
        table(&weeks, &offsets, "No shifts in these weeks.")
    );
    // What begins to hold later is not seen in the coming weeks.
    let later = calendar.rotations.iter().map(|rotation| rotation.valid_from.days()).filter(|day| *day > first);
    let mut later: Vec<i64> = later.collect();
    later.sort_unstable();
    for day in later.into_iter().take(2) {
        let (begin, end) = (midnight(day), midnight(day.saturating_add(7)));
        let Ok(week) = TimeRange::new(begin, end) else { continue };
        let offsets = zone.offsets(week);
        let shifts = calendar.shifts(week, &offsets).into_iter().filter(|shift| week.contains(shift.range.start()));
        let date = Date::from_days(day);
        let shifts: Vec<Shift> = shifts.collect();
        html.push_str(&format!(
            "<h3>The week from {} {} on</h3>{}",
            date.say(),
            date.year,
            table(&shifts, &offsets, "No shifts from then on.")
        ));
    }
    let changes = offsets.changes.iter().filter(|(at, _)| *at >= begin).take(2);
    for (at, offset_s) in changes {
        let moved_us = i64::from(*offset_s) * 1_000_000 - offsets.offset_us(at.plus(-1));
        let which = if moved_us > 0 { "forward" } else { "back" };
        let date = Date::from_days(offsets.wall_us(*at).div_euclid(DAY_US));
        let around = TimeRange::new(at.plus(-DAY_US), at.plus(DAY_US));
        let shifts: Vec<Shift> = around.map(|around| calendar.shifts(around, &offsets)).unwrap_or_default();
        html.push_str(&format!(
            "<h3>Clocks go {which} by {} on {} {}</h3>{}",
            length(moved_us.abs()),
            date.say(),
            date.year,
            table(&shifts, &offsets, "No shifts on these days.")
        ));
    }
    if offsets.changes.iter().all(|(at, _)| *at < begin) {
        html.push_str("<p class=\"muted\">Clocks do not change here in the coming year and a half.</p>");
    }
    html.push_str("</section>");
    html
}

fn near(zone: Zone, time: Timestamp) -> ZoneOffsets {
    TimeRange::new(time, time.plus(1)).map_or_else(|_| ZoneOffsets::utc(), |range| zone.offsets(range))
}

fn table(shifts: &[Shift], zone: &ZoneOffsets, none: &str) -> String {
    if shifts.is_empty() {
        return format!("<p class=\"muted\">{none}</p>");
    }
    let mut day = None;
    let row = |shift: &Shift| {
        let [start, end] = [shift.range.start(), shift.range.end()];
        let clock = |time| zone.date_time(time).get(11..16).unwrap_or_default().to_owned();
        let real_us = shift.range.length_us();
        let wall_us = zone.wall_us(end) - zone.wall_us(start);
        let odd = if real_us == wall_us { String::new() } else { format!(" <strong class=\"odd\">not {}</strong>", length(wall_us)) };
        let again = day.replace(shift.date) == Some(shift.date);
        let named = if again { format!("<span class=\"hidden\">{}</span>", shift.date.say()) } else { shift.date.say() };
        format!(
            "<tr{}><th scope=\"row\">{named}</th><td>{}</td><td>{}–{}</td><td>{}{odd}</td><td>{}</td></tr>",
            if odd.is_empty() { "" } else { " class=\"odd\"" },
            escaped(&shift.name),
            clock(start),
            clock(end),
            length(real_us),
            length(shift.planned_us())
        )
    };
    let rows: String = shifts.iter().map(row).collect();
    format!(
        "<div class=\"table-scroll wide\" tabindex=\"0\"><table class=\"shifts\"><thead><tr><th scope=\"col\">Day</th><th scope=\"col\">Shift</th><th scope=\"col\">From–to</th><th scope=\"col\">Length</th><th scope=\"col\">Planned</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

/// `7 h`, `7 h 30 min`, also of more than a day.
fn length(us: i64) -> String {
    let (hours, minutes) = (us / HOUR_US, us / MINUTE_US % 60);
    match (hours, minutes) {
        (hours, 0) => format!("{hours} h"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
