//! A shift calendar as people write it: shifts with the days of a week that they are worked on, or a rotation of named shifts. A week
//! may begin to hold on a date, so that other hours do not change the shifts of last month.

use super::read::{Reader, listed};
use super::value::{Bad, date, shift, write_date};
use super::{Draft, Row, Wrong};
use crate::civil::Date;
use crate::oee::calendar::{Calendar, Exception, Rotation, ShiftPlan};

/// The days of a week.
pub const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Of a shift that is worked on extra dates alone.
const EXTRA: &str = "extra";
/// A Monday long before any machine.
const MONDAY: Date = Date { year: 1900, month: 1, day: 1 };
/// What holds from a date before this one on holds always.
const ALWAYS: Date = Date { year: 2000, month: 1, day: 1 };

/// A calendar in rows of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WeekRows {
    /// Its shifts.
    pub shifts: Vec<ShiftRow>,
    /// Its rotations; without any, shifts are those of a week.
    pub rotations: Vec<RotationRow>,
    /// Dates on which nobody works.
    pub holidays: Vec<String>,
    /// Dates with shifts of their own.
    pub extra: Vec<ExtraRow>,
}

/// A shift of every day, or of some days of the week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShiftRow {
    /// `Early`.
    pub name: String,
    /// `06:00-14:00`.
    pub hours: String,
    /// `09:00-09:30`.
    pub breaks: Vec<String>,
    /// `mon`; none is every day.
    pub days: Vec<String>,
    /// The date from which on the week holds that it is part of.
    pub from: Option<String>,
}

/// A cycle of days with the names of their shifts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RotationRow {
    /// The first date it holds for.
    pub from: String,
    /// Day 0 of the cycle, where that is another.
    pub anchor: Option<String>,
    /// The shifts of each day.
    pub days: Vec<Vec<String>>,
}

/// A date with shifts of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtraRow {
    /// Which date.
    pub date: String,
    /// Their names.
    pub shifts: Vec<String>,
}

/// A shift with the days on which it is worked.
type Worked = (Date, ShiftPlan, Vec<String>);

impl WeekRows {
    /// The calendar of these rows, or every text that cannot be taken.
    pub fn calendar(&self) -> Result<Calendar, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut plans: Vec<Worked> = Vec::new();
        for (place, row) in self.shifts.iter().enumerate() {
            match worked(row) {
                Ok(plan) => plans.push(plan),
                Err((column, sentence)) => wrong.push(Wrong::new(format!("shift.{place}.{column}"), sentence)),
            }
        }
        let mut calendar = Calendar::default();
        for (place, row) in self.rotations.iter().enumerate() {
            match rotation(row, &plans) {
                Ok(rotation) => calendar.rotations.push(rotation),
                Err((column, sentence)) => wrong.push(Wrong::new(format!("rotation.{place}.{column}"), sentence)),
            }
        }
        if self.rotations.is_empty() {
            calendar.rotations = weeks(&plans);
        }
        for text in &self.holidays {
            match date(text) {
                Ok(date) => calendar.exceptions.push(Exception { date, shifts: Vec::new() }),
                Err(sentence) => wrong.push(Wrong::new("holidays", sentence)),
            }
        }
        for (place, row) in self.extra.iter().enumerate() {
            let said = date(&row.date).map_err(|sentence| ("date", sentence));
            let taken = said.and_then(|date| Ok(Exception { date, shifts: named(&row.shifts, &plans, date).map_err(|s| ("shifts", s))? }));
            match taken {
                Ok(exception) => calendar.exceptions.push(exception),
                Err((column, sentence)) => wrong.push(Wrong::new(format!("extra.{place}.{column}"), sentence)),
            }
        }
        if wrong.is_empty() { Ok(calendar) } else { Err(wrong) }
    }

    /// The rows of a calendar.
    pub fn of(calendar: &Calendar) -> Self {
        let mut rotations: Vec<&Rotation> = calendar.rotations.iter().collect();
        rotations.sort_by_key(|rotation| rotation.valid_from);
        let free = |rotation: &Rotation| rotation.days.iter().all(Vec::is_empty);
        let weekly = |rotation: &Rotation| {
            let week = rotation.days.len() == 7 && rotation.anchor.days().rem_euclid(7) == MONDAY.days().rem_euclid(7);
            (week || rotation.days.len() == 1) && !free(rotation)
        };
        let mut rows = Self::default();
        if rotations.iter().all(|rotation| weekly(rotation)) {
            // Of several that hold always only the last ever did.
            let always = rotations.iter().filter(|rotation| rotation.valid_from <= ALWAYS).count();
            for rotation in rotations.iter().skip(always.saturating_sub(1)) {
                rows.shifts.extend(week(rotation));
            }
        } else if !(rotations.len() == 1 && rotations.iter().all(|rotation| free(rotation))) {
            for rotation in &rotations {
                for plan in rotation.days.iter().flatten() {
                    rows.know(plan, &[]);
                }
                let anchor = (rotation.anchor != rotation.valid_from).then(|| write_date(rotation.anchor));
                let names = |day: &Vec<ShiftPlan>| day.iter().map(|plan| plan.name.clone()).collect();
                let days = rotation.days.iter().map(names).collect();
                rows.rotations.push(RotationRow { from: write_date(rotation.valid_from), anchor, days });
            }
        }
        for (place, Exception { date, shifts }) in calendar.exceptions.iter().enumerate() {
            // Of two for a date the later one holds.
            if calendar.exceptions.iter().skip(place + 1).any(|later| later.date == *date) {
                continue;
            }
            if shifts.is_empty() {
                rows.holidays.push(write_date(*date));
                continue;
            }
            for plan in shifts {
                rows.know(plan, &[EXTRA]);
            }
            rows.extra.push(ExtraRow { date: write_date(*date), shifts: shifts.iter().map(|plan| plan.name.clone()).collect() });
        }
        rows
    }

    /// Adds a shift that is not there yet.
    fn know(&mut self, plan: &ShiftPlan, days: &[&str]) {
        let row = row(plan, days.iter().map(|day| (*day).to_owned()).collect(), None);
        let same = |known: &ShiftRow| known.name == row.name && known.hours == row.hours && known.breaks == row.breaks;
        if !self.shifts.iter().any(same) {
            self.shifts.push(row);
        }
    }
}

fn worked(row: &ShiftRow) -> Result<Worked, (&'static str, Bad)> {
    let ShiftRow { name, hours, breaks, days: written, from } = row;
    // The file may say `mon-fri` as the form does.
    let days: Vec<String> = written.iter().flat_map(|day| read_days(day)).collect();
    if name.is_empty() {
        return Err(("name", "a shift needs a name; write for example Early".to_owned()));
    }
    let column = |_: &Bad| if shift(name, hours, &[]).is_err() { "hours" } else { "breaks" };
    let plan = shift(name, hours, breaks).map_err(|sentence| (column(&sentence), sentence))?;
    if let Some(day) = days.iter().find(|day| !WEEK.contains(&day.as_str()) && *day != EXTRA) {
        return Err(("days", format!("`{day}` is no day of the week; write mon, tue, wed, thu, fri, sat, sun or mon-fri")));
    }
    let from = from.as_deref().map_or(Ok(MONDAY), date).map_err(|sentence| ("from", sentence))?;
    Ok((from, plan, days))
}

/// One rotation of seven days for each date from which on shifts hold.
fn weeks(plans: &[Worked]) -> Vec<Rotation> {
    let mut dates: Vec<Date> = plans.iter().map(|(from, ..)| *from).chain(plans.is_empty().then_some(MONDAY)).collect();
    dates.sort_unstable();
    dates.dedup();
    let of_day = |from: Date, day: &str| -> Vec<ShiftPlan> {
        let of_date = plans.iter().filter(|(date, ..)| *date == from);
        let worked = of_date.filter(|(_, _, days)| days.is_empty() || days.iter().any(|named| named == day));
        worked.map(|(_, plan, _)| plan.clone()).collect()
    };
    let week = |from: Date| Rotation { anchor: MONDAY, valid_from: from, days: WEEK.iter().map(|day| of_day(from, day)).collect() };
    dates.into_iter().map(week).collect()
}

fn rotation(row: &RotationRow, plans: &[Worked]) -> Result<Rotation, (&'static str, Bad)> {
    let valid_from = date(&row.from).map_err(|sentence| ("from", sentence))?;
    let anchor = row.anchor.as_deref().map_or(Ok(valid_from), date).map_err(|sentence| ("anchor", sentence))?;
    for (place, (_, plan, _)) in plans.iter().enumerate() {
        if plans.iter().skip(place + 1).any(|(_, other, _)| other.name == plan.name) {
            return Err(("days", format!("two shifts are called `{}`; a rotation needs shifts with names of their own", plan.name)));
        }
    }
    let days = row.days.iter().map(|names| named(names, plans, valid_from)).collect::<Result<_, _>>();
    Ok(Rotation { anchor, valid_from, days: days.map_err(|sentence| ("days", sentence))? })
}

/// The shifts of these names as they hold on a date.
fn named(names: &[String], plans: &[Worked], on: Date) -> Result<Vec<ShiftPlan>, Bad> {
    let plan = |name: &String| {
        let all = || plans.iter().filter(|(_, plan, _)| plan.name == *name);
        let held = all().filter(|(from, ..)| *from <= on).map(|(from, ..)| *from).max();
        let found = all().find(|(from, ..)| held.is_none_or(|held| *from == held));
        found.map(|(_, plan, _)| plan.clone())
    };
    names
        .iter()
        .map(|name| plan(name).ok_or_else(|| format!("there is no shift `{name}`; add [[calendar.shift]] with this name")))
        .collect()
}

/// The shifts of a week, each with its days.
fn week(rotation: &Rotation) -> Vec<ShiftRow> {
    let from = (rotation.valid_from > ALWAYS).then(|| write_date(rotation.valid_from));
    let mut plans: Vec<&ShiftPlan> = Vec::new();
    for plan in rotation.days.iter().flatten() {
        if !plans.contains(&plan) {
            plans.push(plan);
        }
    }
    let days = |plan: &ShiftPlan| -> Vec<String> {
        let on = |day: &Vec<ShiftPlan>| day.contains(plan);
        if rotation.days.iter().all(on) {
            return Vec::new();
        }
        WEEK.iter().zip(&rotation.days).filter(|(_, day)| on(day)).map(|(word, _)| (*word).to_owned()).collect()
    };
    plans.into_iter().map(|plan| row(plan, days(plan), from.clone())).collect()
}

fn row(plan: &ShiftPlan, days: Vec<String>, from: Option<String>) -> ShiftRow {
    let breaks = plan.breaks.iter().map(ToString::to_string).collect();
    ShiftRow { name: plan.name.clone(), hours: plan.hours.to_string(), breaks, days, from }
}

/// What would be written to state a calendar.
pub fn write(draft: &mut Draft, calendar: &Calendar) {
    let WeekRows { shifts, rotations, holidays, extra } = WeekRows::of(calendar);
    for ShiftRow { name, hours, breaks, days, from } in shifts {
        let columns = [("name", name), ("hours", hours), ("breaks", breaks.join(", ")), ("days", write_days(&days))];
        draft.push("shift", columns.into_iter().chain([("from", from.unwrap_or_default())]));
    }
    for RotationRow { from, anchor, days } in rotations {
        let day = |names: &Vec<String>| if names.is_empty() { "-".to_owned() } else { names.join(", ") };
        let days = days.iter().map(day).collect::<Vec<_>>().join("; ");
        draft.push("rotation", [("from", from), ("anchor", anchor.unwrap_or_default()), ("days", days)]);
    }
    draft.put("holidays", holidays.join("\n"));
    for ExtraRow { date, shifts } in extra {
        draft.push("extra", [("date", date), ("shifts", shifts.join(", "))]);
    }
}

/// The calendar that is written.
pub fn read(reader: &mut Reader<'_>) -> Option<Calendar> {
    let holidays = reader.list("holidays");
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let shifts = reader.rows("shift", |cells| {
        let [name, hours] = ["name", "hours"].map(|column| cells.text(column).to_owned());
        let breaks = listed(cells.text("breaks"), &[',', '\n']);
        Some(ShiftRow { name, hours, breaks, days: read_days(cells.text("days")), from: some(cells.text("from")) })
    });
    let rotations = reader.rows("rotation", |cells| {
        let names = |day: &str| listed(day, &[',']).into_iter().filter(|name| name != "-").collect();
        let days = cells.text("days").split([';', '\n']).map(names).collect();
        Some(RotationRow { from: cells.text("from").to_owned(), anchor: some(cells.text("anchor")), days })
    });
    let extra =
        reader.rows("extra", |cells| Some(ExtraRow { date: cells.text("date").to_owned(), shifts: listed(cells.text("shifts"), &[',']) }));
    WeekRows { shifts, rotations, holidays, extra }.calendar().map_err(|wrong| reader.wrong.extend(wrong)).ok()
}

/// Days of the week as typed: `mon, tue`, `Mon-Fri`.
fn read_days(text: &str) -> Vec<String> {
    let mut days = Vec::new();
    for word in listed(&text.to_lowercase(), &[',', ' ', '\n']) {
        let place = |day: &str| WEEK.iter().position(|known| *known == day);
        match word.split_once(['-', '\u{2013}']).and_then(|(first, last)| place(first).zip(place(last))) {
            Some((first, last)) => {
                let many = (last + 7 - first) % 7 + 1;
                days.extend(WEEK.iter().cycle().skip(first).take(many).map(|day| (*day).to_owned()));
            }
            None => days.push(word),
        }
    }
    days
}

/// Days of the week as they are typed: three and more that follow each other as their first and last, `mon-sat`.
fn write_days(days: &[String]) -> String {
    let place = |day: &String| WEEK.iter().position(|known| known == day);
    let mut runs: Vec<Vec<&String>> = Vec::new();
    for day in days {
        let follows = |last: &&String| place(last).zip(place(day)).is_some_and(|(last, this)| last + 1 == this);
        match runs.last_mut().filter(|run| run.last().is_some_and(follows)) {
            Some(run) => run.push(day),
            None => runs.push(vec![day]),
        }
    }
    let written = runs.iter().flat_map(|run| match run.as_slice() {
        [first, .., last] if run.len() > 2 => vec![format!("{first}-{last}")],
        few => few.iter().map(|day| (*day).clone()).collect(),
    });
    written.collect::<Vec<_>>().join(", ")
}

/// Lets the shifts of a draft hold from a date on and leaves those that hold until then as they are: the rows of its newest week begin
/// on that date, and the rows that hold now come before them.
pub fn hold_from(draft: &mut Draft, now: &Draft, since: &str) -> Result<(), Wrong> {
    let wrong = |sentence: String| Wrong::new("since", sentence);
    let since = write_date(date(since).map_err(wrong)?);
    if !draft.rows("rotation").is_empty() || !now.rows("rotation").is_empty() {
        return Err(wrong("shifts of a rotation hold from the date of their rotation on; add a rotation with its date".to_owned()));
    }
    let begun = |row: &Row| row.get("from").cloned().unwrap_or_default();
    let newest = draft.rows("shift").iter().map(begun).max().unwrap_or_default();
    let held = now.rows("shift").iter().filter(|row| begun(row) < since).cloned();
    let changed = draft.rows("shift").iter().filter(|row| begun(row) == newest).cloned().map(|mut row| {
        row.insert("from".to_owned(), since.clone());
        row
    });
    let rows: Vec<Row> = held.chain(changed).collect();
    draft.take_rows("shift", rows);
    Ok(())
}
