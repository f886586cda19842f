//! The lines of an adapter's log as observations, each bad one with its number.

use crate::import::file::{START, digest};
use crate::ingest::machine::Told;
use domain::Timestamp;
use domain::civil::DAY_US;
use domain::machine::shdr::{Data, Line, Refused, ShdrReader};
use domain::machine::{ABSURD_US, Keys, Numbered};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use store::ImportMark;

/// Bytes at the beginning by which it is found out what day the file is about.
const HEAD: u64 = 1 << 20;
/// A line longer than this is none of an adapter.
const LONGEST_BYTES: u64 = 4 << 20;

/// Lines as they stand, counted, with a digest of all so far.
pub struct Marked {
    bytes: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    /// How many lines were read, and their digest.
    pub mark: ImportMark,
    /// The file ends in the middle of a line: whoever writes it is not done with it.
    pub unended: bool,
}

/// The lines one after the other.
pub struct Lines {
    lines: Marked,
    reader: ShdrReader,
    told: Vec<Numbered>,
    /// The time that the file is about: it goes on with the lines, and wrong clocks are told by it.
    about: Timestamp,
    /// No file is about a later time.
    latest: Timestamp,
}

/// Why there is no further line, or why a line says nothing.
#[derive(Debug, thiserror::Error)]
pub enum BadLine {
    /// The file cannot be read any more.
    #[error("the file cannot be read further: {0}")]
    Broken(io::Error),
    /// This line.
    #[error("line {0}: {1}")]
    Line(u64, Refused),
    /// A line that goes on and on.
    #[error("line {0}: it is longer than {bytes} bytes, which no adapter writes; it was passed over", bytes = LONGEST_BYTES)]
    Long(u64),
    /// The last one.
    #[error("line {0}: it has no end, so something of it may be missing; it is read once it has one, add a line break if it is whole")]
    Unended(u64),
}

impl Marked {
    /// From the first line on.
    pub fn open(bytes: Box<dyn Read + Send>) -> Self {
        let bytes = Box::new(BufReader::with_capacity(1 << 16, bytes));
        Self { bytes, line: Vec::new(), mark: ImportMark { rows: 0, digest: START }, unended: false }
    }

    /// The next line without its end; `None` at the end of the file. A last line without an end is none yet: what it says so far
    /// may be half of a word or of a number, and when the rest is there it must not be known already.
    pub fn next(&mut self) -> Option<io::Result<Cow<'_, str>>> {
        let Self { bytes, line, mark, unended } = self;
        line.clear();
        let read = bytes.by_ref().take(LONGEST_BYTES).read_until(b'\n', line);
        let ended = match read {
            Ok(0) => return None,
            Ok(_) => line.ends_with(b"\n"),
            Err(error) => return Some(Err(error)),
        };
        let cut = !ended && line.len() as u64 == LONGEST_BYTES;
        // Of a line that is too long the rest is passed over, so that it is no line of its own.
        if let Some(Err(error)) = cut.then(|| bytes.skip_until(b'\n')) {
            return Some(Err(error));
        }
        if !ended && !cut {
            *unended = true;
            return None;
        }
        mark.rows += 1;
        // Whatever the last line ends with, the file may have grown since.
        let line = line.trim_ascii_end();
        mark.digest = digest(digest(mark.digest, line), b"\n");
        Some(Ok(String::from_utf8_lossy(line)))
    }
}

impl Lines {
    /// Looks at the beginning. A file may be about any time that devices have stamped in, up to a year from `now`.
    pub fn open(mut bytes: Box<dyn Read + Send>, keys: Keys, device: Option<String>, alive_us: i64, now: Timestamp) -> io::Result<Self> {
        let mut head = Vec::new();
        bytes.by_ref().take(HEAD).read_to_end(&mut head)?;
        let latest = now.plus(ABSURD_US);
        // Where no line is of a time that can be, all clocks are wrong, and now is as good as any time to tell them by.
        let about = about(&head, latest).unwrap_or(now);
        let lines = Marked::open(Box::new(Cursor::new(head).chain(bytes)));
        Ok(Self { lines, reader: ShdrReader::new(keys, device, alive_us), told: Vec::new(), about, latest })
    }

    /// Reads a line; what it says goes into `part`. `None` at the end.
    pub fn next(&mut self, part: &mut Vec<Told>) -> Option<Result<(), BadLine>> {
        let Self { lines, reader, told, about, latest } = self;
        let number = lines.mark.rows + 1;
        let said = lines.unended;
        let text = match lines.next() {
            Some(Ok(text)) => text,
            Some(Err(error)) => return Some(Err(BadLine::Broken(error))),
            None => return (lines.unended && !said).then_some(Err(BadLine::Unended(number))),
        };
        if text.len() as u64 >= LONGEST_BYTES {
            return Some(Err(BadLine::Long(number)));
        }
        let read = reader.read(number, &text, *about, told);
        if let Ok(Line::Data(Data { stamp: Some(stamp), .. })) = read {
            let ahead_us = stamp.since(*about);
            if (1..=ABSURD_US).contains(&ahead_us) && stamp <= *latest {
                *about = stamp;
            }
        }
        let read = read.map(drop).map_err(|error| BadLine::Line(number, error));
        part.extend(told.drain(..).map(|Numbered { number, observation }| (Some(number), observation)));
        Some(read)
    }

    /// How many lines were read, and their digest.
    pub fn mark(&self) -> ImportMark {
        self.lines.mark
    }

    /// The end: what was held back is given out.
    pub fn finish(&mut self, part: &mut Vec<Told>) {
        self.reader.held(&mut self.told);
        part.extend(self.told.drain(..).map(|Numbered { number, observation }| (Some(number), observation)));
    }
}

/// The day that most lines are of: a log begins with what was known before, and some clocks are wrong.
fn about(head: &[u8], latest: Timestamp) -> Option<Timestamp> {
    let mut days: BTreeMap<i64, u32> = BTreeMap::new();
    let text = String::from_utf8_lossy(head);
    for line in text.lines() {
        if let Ok(Line::Data(Data { stamp: Some(stamp), .. })) = Line::parse(line) {
            *days.entry(stamp.us().div_euclid(DAY_US)).or_default() += 1;
        }
    }
    let can_be = days.into_iter().filter(|(day, _)| (0..=latest.us().div_euclid(DAY_US)).contains(day));
    let most = can_be.max_by_key(|(day, lines)| (*lines, std::cmp::Reverse(*day)));
    most.map(|(day, _)| Timestamp::from_us(day * DAY_US))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::machine::Said;

    fn read(text: &str) -> (Vec<(u64, i64, Said)>, Vec<String>, ImportMark) {
        let bytes = Box::new(Cursor::new(text.to_owned().into_bytes()));
        let now = Timestamp::from_us(20_000 * DAY_US);
        let mut lines = Lines::open(bytes, Keys::default(), None, 10_000_000, now).unwrap();
        let (mut part, mut bad) = (Vec::new(), Vec::new());
        while let Some(read) = lines.next(&mut part) {
            bad.extend(read.err().map(|error| error.to_string()));
        }
        lines.finish(&mut part);
        let shown = |(number, o): Told| (number.unwrap() / 1_024, o.received.us().div_euclid(DAY_US), o.said);
        (part.into_iter().map(shown).collect(), bad, lines.mark())
    }

    #[test]
    fn a_log_is_about_no_day_that_is_still_to_come() {
        for year in ["9999", "2030", "0001"] {
            // By now, day 20,000, the store tells that these clocks are wrong.
            let (part, bad, _) = read(&format!("{year}-01-01T00:00:00Z|execution|ACTIVE\n{year}-01-01T00:01:00Z|execution|READY\n"));
            assert_eq!((part.iter().map(|(_, day, _)| *day).collect::<Vec<_>>(), bad.len()), (vec![20_000; 2], 0), "{year}");
        }
        // Nor does it go on to such a day, in steps of less than a year.
        let line = |year: i64| format!("{year}-01-01T00:00:00Z|execution|{}\n", if year % 2 == 0 { "ACTIVE" } else { "READY" });
        let (part, ..) = read(&(2024..2032).map(line).collect::<String>());
        assert_eq!(part.last().unwrap().1, 20_089, "2025-01-01 is the last that is less than a year from day 20,000");
    }

    #[test]
    fn a_log_is_about_the_day_of_most_of_its_lines() {
        let state = |word: &str| Said::State(word.to_owned());
        let text = "2017-01-23T18:33:25Z|execution|UNAVAILABLE\r\n2002-01-01T00:00:00Z|execution|READY\r\n\
                    2017-06-22T08:27:25Z|execution|ACTIVE\r\nsoon|x|1\r\n2017-06-22T08:27:26Z|Xabs|1\r\nexecution|READY\r\n";
        let (part, bad, mark) = read(text);
        // 17339 is 2017-06-22: by it the store tells that 2002 is a wrong clock and January is not.
        let expected =
            [(1, 17_339, state("UNAVAILABLE")), (2, 17_339, state("READY")), (3, 17_339, state("ACTIVE")), (6, 17_339, state("READY"))];
        assert_eq!(part, expected);
        assert_eq!(bad, ["line 4: `soon` is no time; a line is time|key|value, the time as 2026-01-31T06:00:00.123Z"]);
        assert_eq!(mark, read(&text.replace('\r', "")).2);
        assert_eq!(mark.rows, 6);
        assert_ne!(mark.digest, read(&text.replace("READY", "ready")).2.digest);
    }
}
