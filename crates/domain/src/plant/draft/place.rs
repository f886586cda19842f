//! Sites and lines as people write them, and the rows that say what holds of them, or of a machine, from a date on.

use super::Draft;
use super::facts::write_from;
use super::read::Reader;
use crate::Timestamp;
use crate::plant::{Line, LinePlace, Site};
use crate::zone::{NotAZone, Zone};

pub fn write_site(draft: &mut Draft, Site { name, zone: clock, calendar, calendars }: &Site, zone: Zone) {
    draft.put("name", name);
    draft.put("timezone", clock.clone().unwrap_or_default());
    draft.put("calendar", calendar.clone().unwrap_or_default());
    for (from, calendar) in calendars {
        write_row(draft, *from, zone, [("calendar", calendar)]);
    }
}

pub fn read_site(reader: &mut Reader<'_>) -> Site {
    let clock = reader.read("timezone", |text| text.parse::<Zone>().map_err(|error: NotAZone| error.to_string()));
    Site {
        name: reader.draft.text("name").to_owned(),
        zone: clock.map(|zone| zone.name().to_owned()),
        calendar: reader.some("calendar"),
        calendars: read_rows(reader, |id| id("calendar")),
    }
}

pub fn write_line(draft: &mut Draft, Line { name, site, calendar, constraint, places }: &Line, zone: Zone) {
    draft.put("name", name);
    for (field, text) in [("site", site), ("calendar", calendar), ("constraint", constraint)] {
        draft.put(field, text.clone().unwrap_or_default());
    }
    for (from, LinePlace { site, calendar, constraint }) in places {
        write_row(draft, *from, zone, [("site", site), ("calendar", calendar), ("constraint", constraint)]);
    }
}

pub fn read_line(reader: &mut Reader<'_>) -> Line {
    Line {
        name: reader.draft.text("name").to_owned(),
        site: reader.some("site"),
        calendar: reader.some("calendar"),
        constraint: reader.some("constraint"),
        places: read_rows(reader, |id| LinePlace { site: id("site"), calendar: id("calendar"), constraint: id("constraint") }),
    }
}

/// A row of what is named from a date on.
pub fn write_row<const N: usize>(draft: &mut Draft, from: Timestamp, zone: Zone, named: [(&'static str, &Option<String>); N]) {
    let named = named.map(|(column, id)| (column, id.clone().unwrap_or_default()));
    draft.push("place", [("from", write_from(Some(from), zone))].into_iter().chain(named));
}

/// The rows of what is named from a date on.
pub fn read_rows<T>(reader: &mut Reader<'_>, said: impl Fn(&dyn Fn(&str) -> Option<String>) -> T) -> Vec<(Timestamp, T)> {
    reader.dated_rows("place", |cells| {
        let from = cells.from()?;
        if from.is_none() {
            cells.refuse("from", "say from when on that holds; what always held is said above");
        }
        let named = |column: &str| Some(cells.text(column).to_owned()).filter(|id| !id.is_empty());
        Some((from?, said(&named)))
    })
}
