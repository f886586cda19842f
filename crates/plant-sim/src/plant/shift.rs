//! Time cut into blocks: from one take-over of a site to the next, worked or not. What happens in a block follows from its number.

use super::layout::{BREAKS, CLOSED, LINES, SITES};
use domain::civil::{DAY_US, Date, HOUR_US, MINUTE_US};
use domain::zone::{Twice, ZoneOffsets};
use domain::{TimeRange, Timestamp};

/// The clocks of the sites, in their order.
#[derive(Clone, Debug)]
pub struct Clocks(pub [ZoneOffsets; SITES.len()]);

/// A block of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Three times the local date in days since 1970, plus the place of the shift.
    pub number: i64,
    /// First instant.
    pub start: Timestamp,
    /// First instant after: the start of the next block.
    pub end: Timestamp,
    /// Whether there is a shift.
    pub worked: bool,
    /// Planned stops of the shift, in order; none where it is not worked.
    pub breaks: Vec<TimeRange>,
}

/// The local date of a block, in days since 1970.
pub fn day(block: i64) -> i64 {
    block.div_euclid(3)
}

/// The place of a block's shift.
pub fn slot(block: i64) -> usize {
    usize::try_from(block.rem_euclid(3)).unwrap_or(0)
}

/// The day of the week of a date, Monday is 0.
pub fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// Whether a line works in a block.
pub fn worked(line: usize, block: i64) -> bool {
    let Some(line) = LINES.get(line) else { return false };
    let Date { month, day: of_month, .. } = Date::from_days(day(block));
    let closed = line.site == 0 && (month, of_month) == CLOSED;
    !closed && !line.idle.contains(&(weekday(day(block)), slot(block)))
}

/// Planned stops of a block in minutes: after its start on the wall's clock, and length. Those that lie in another are left out.
pub fn breaks_min(line: usize, block: i64) -> Vec<(i64, i64)> {
    let here = |&&(on, shift, ..): &&(i64, usize, i64, i64)| (on, shift) == (weekday(day(block)), slot(block));
    let long: Vec<_> = LINES.get(line).into_iter().flat_map(|line| line.maintenance.iter().filter(here)).collect();
    let long: Vec<(i64, i64)> = long.into_iter().map(|&(_, _, after, length)| (after, length)).collect();
    let within = |&&(after, length): &&(i64, i64)| !long.iter().any(|(start, long)| *start <= after && after + length <= start + long);
    let short: Vec<_> = BREAKS.iter().filter(within).copied().collect();
    let mut all = long.clone();
    all.extend(short);
    all.sort_unstable();
    all
}

impl Clocks {
    /// The block that an instant lies in.
    pub fn block_at(&self, line: usize, time: Timestamp) -> i64 {
        let Some(zone) = self.zone(line) else { return 0 };
        let mut block = zone.wall_us(time).div_euclid(DAY_US) * 3 + 2;
        while self.start(line, block) > time {
            block -= 1;
        }
        block
    }

    /// A block in instants.
    pub fn block(&self, line: usize, number: i64) -> Block {
        let (start, end, worked) = (self.start(line, number), self.start(line, number + 1), worked(line, number));
        let instants = |(after_min, length_min): (i64, i64)| {
            let wall_us = wall_us(line, number) + after_min * MINUTE_US;
            TimeRange::new(self.instant(line, wall_us), self.instant(line, wall_us + length_min * MINUTE_US)).ok()
        };
        let breaks = if worked { breaks_min(line, number).into_iter().filter_map(instants).collect() } else { Vec::new() };
        Block { number, start, end, worked, breaks }
    }

    /// The first instant of a block.
    pub fn start(&self, line: usize, block: i64) -> Timestamp {
        self.instant(line, wall_us(line, block))
    }

    fn instant(&self, line: usize, wall_us: i64) -> Timestamp {
        let near = Timestamp::from_us(wall_us);
        let Some(zone) = self.zone(line) else { return near };
        // No clock is further than a day from UTC, so mostly one offset comes into question.
        let (before_us, after_us) = (zone.offset_us(near.plus(-DAY_US)), zone.offset_us(near.plus(DAY_US)));
        if before_us == after_us { near.plus(-before_us) } else { zone.instant(wall_us, Twice::Earlier) }
    }

    fn zone(&self, line: usize) -> Option<&ZoneOffsets> {
        LINES.get(line).and_then(|line| self.0.get(line.site))
    }
}

fn wall_us(line: usize, block: i64) -> i64 {
    let site = LINES.get(line).and_then(|line| SITES.get(line.site));
    let hour = site.and_then(|site| site.takes_over_h.get(slot(block))).copied().unwrap_or(0);
    day(block) * DAY_US + hour * HOUR_US
}
