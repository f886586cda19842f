//! What was read of a machine's log, in lines of a few bytes, and what it holds of any window that begins inside it. A log only
//! ever grows at its end, so what was read once stays true, and a line follows from the one before it.

use super::row::{self, REASON};
use domain::machine::{Context, Heard};
use domain::{TimeRange, Timestamp};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// Readings of counters that are looked at before a window, where a counter of all parts must be judged by others.
pub(super) const COUNTED: usize = 64;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub range: TimeRange,
    /// Nothing that was recorded later.
    pub known_at: Option<Timestamp>,
    /// How far standstills are followed out of the window at either end, in rows that bear on states.
    pub steps: usize,
}

/// A row as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub at: Timestamp,
    /// A word, a count or a reading.
    pub value: i64,
    /// How long nothing was heard before it; 0 where that was not long.
    pub quiet_us: i64,
    pub kind: i16,
    /// It bears on states.
    pub breaks: bool,
}

/// What holds from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub at: Timestamp,
    pub quiet_us: Option<i64>,
    pub context: Context,
    /// A reason was said just then.
    pub reasoned: bool,
}

/// Which row is the last of a log. A log whose last row is another one than that is another log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub sequence: i64,
    pub at: Timestamp,
    pub recorded: Timestamp,
}

/// A machine's log from an instant on.
#[derive(Clone, Debug)]
pub(super) struct Log {
    /// Its number; 0 where nothing was ever said.
    pub log_id: i64,
    /// Every row from here on, as far as was read, is one of the lines.
    pub from: Timestamp,
    /// The last rows before that bear on states, in order of time: so many, or all there are.
    pub before: Vec<Standing>,
    pub steps: usize,
    /// What the counters show before the first line.
    pub readings: [Option<u64>; 4],
    /// The last readings before the first line, where they matter.
    pub counted: Vec<Line>,
    /// In the order of arrival, which is that of their times.
    pub lines: Vec<Line>,
    /// Its last row; `None` without any, and where it was not read to its end.
    pub last: Option<Mark>,
}

/// What a log holds of a window.
#[derive(Clone, Debug)]
pub(super) struct Observed {
    /// What changed before the window, in order of time.
    pub before: Vec<Standing>,
    /// There is nothing before the first of them.
    pub from_the_first: bool,
    /// What the counters show before the window.
    pub readings: [Option<u64>; 4],
    /// Counters that were read before the window, where they matter.
    pub counted: Vec<Line>,
    /// What changed after the window.
    pub after: Vec<Standing>,
    /// There is nothing after the last of them.
    pub to_the_last: bool,
    /// The last sign of life; `None` where nothing was ever heard.
    pub heard: Option<Timestamp>,
    log: Arc<Log>,
    inside: Range<usize>,
}

/// What holds of a log up to an instant.
struct Until {
    /// The first line from the instant on.
    place: usize,
    standings: Vec<Standing>,
    context: Context,
    counted: Vec<Line>,
}

impl Line {
    /// What was said; `None` for what a later version has added.
    pub fn heard(&self) -> Option<Heard> {
        Some(Heard { at: self.at, quiet_us: self.quiet_us(), said: row::said(self.kind, self.value)? })
    }

    fn quiet_us(&self) -> Option<i64> {
        Some(self.quiet_us).filter(|us| *us > 0)
    }

    /// Takes it into what holds; the standing where it bears on states.
    fn take(&self, context: &mut Context) -> Option<Standing> {
        if let Some(said) = row::said(self.kind, self.value) {
            context.take(&said);
        }
        let standing = || Standing { at: self.at, quiet_us: self.quiet_us(), context: *context, reasoned: self.kind == REASON };
        self.breaks.then(standing)
    }
}

impl Observed {
    /// What was said inside.
    pub fn inside(&self) -> impl Iterator<Item = Heard> {
        self.log.lines.get(self.inside.clone()).unwrap_or_default().iter().filter_map(Line::heard)
    }
}

impl Log {
    /// The log of a machine that never said anything.
    pub fn silent(steps: usize) -> Self {
        let (before, counted, lines) = (Vec::new(), Vec::new(), Vec::new());
        Self { log_id: 0, from: Timestamp::MIN, before, steps, readings: [None; 4], counted, lines, last: None }
    }

    /// What it holds of a window; `None` where that takes rows that were not read.
    pub fn observed(self: &Arc<Self>, asked: &Asked, heard: Option<Timestamp>) -> Option<Observed> {
        let Asked { range, steps, .. } = *asked;
        let Until { place, standings, mut context, counted } = self.until(range.start(), steps)?;
        let readings = context.readings;
        let end = self.lines.partition_point(|line| line.at < range.end());
        let mut after = Vec::new();
        if let (Some(inside), Some(rest)) = (self.lines.get(place..end), self.lines.get(end..).filter(|rest| !rest.is_empty())) {
            for line in inside {
                line.take(&mut context);
            }
            after.extend(rest.iter().filter_map(|line| line.take(&mut context)).take(steps));
        }
        Some(Observed {
            from_the_first: standings.len() < steps,
            before: standings,
            readings,
            counted,
            to_the_last: after.len() < steps,
            after,
            // Somebody else may have read on meanwhile.
            heard: heard.max(self.last.map(|last| last.at)),
            log: self.clone(),
            inside: place..end,
        })
    }

    /// Takes in what was said since.
    pub fn grow(&mut self, lines: &[Line], last: Mark) {
        self.lines.extend_from_slice(lines);
        self.last = Some(last);
    }

    /// Forgets the lines before an instant. False where what holds then cannot be told without them.
    pub fn cut(&mut self, time: Timestamp) -> bool {
        let Some(Until { place, standings, context, counted }) = self.until(time, self.steps) else { return false };
        self.lines.drain(..place);
        self.lines.shrink_to_fit();
        (self.before, self.readings, self.counted, self.from) = (standings, context.readings, counted, time);
        true
    }

    fn until(&self, time: Timestamp, steps: usize) -> Option<Until> {
        if time < self.from {
            return None;
        }
        let place = self.lines.partition_point(|line| line.at < time);
        let passed = self.lines.get(..place).unwrap_or_default();
        let (mut context, mut standings) = (self.context(), VecDeque::from(self.before.clone()));
        for standing in passed.iter().filter_map(|line| line.take(&mut context)) {
            if standings.len() >= steps.max(self.steps) {
                standings.pop_front();
            }
            standings.push_back(standing);
        }
        let from_the_first = self.before.len() < self.steps;
        if standings.len() < steps && !from_the_first {
            return None;
        }
        standings.drain(..standings.len().saturating_sub(steps));
        let counted = self.counted(passed, &context)?;
        Some(Until { place, standings: standings.into(), context, counted })
    }

    /// What holds before the first line. Words change in rows that bear on states alone.
    fn context(&self) -> Context {
        let words = self.before.last().map(|standing| standing.context).unwrap_or_default();
        Context { readings: self.readings, ..words }
    }

    /// The last readings before the end of some lines; `None` where some of them were not read.
    fn counted(&self, passed: &[Line], context: &Context) -> Option<Vec<Line>> {
        let matter = |[total, others @ ..]: [Option<u64>; 4]| total.is_some() && others.iter().any(Option::is_some);
        if !matter(context.readings) {
            return Some(Vec::new());
        }
        // The silence before them is in what stands before the window.
        let bare = |line: &Line| Line { quiet_us: 0, breaks: false, ..*line };
        let readings = passed.iter().rev().filter(|line| row::is_reading(line.kind));
        let mut counted: Vec<Line> = readings.take(COUNTED).map(bare).collect();
        if counted.len() < COUNTED && !passed.is_empty() && !matter(self.readings) {
            return None;
        }
        counted.extend(self.counted.iter().rev().take(COUNTED - counted.len()));
        counted.reverse();
        Some(counted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn lines(random: &mut ChaCha8Rng, many: usize) -> Vec<Line> {
        let (mut context, mut at) = (Context::default(), 0);
        let mut line = |_| {
            at += random.random_range(0..3);
            let quiet_us = if random.random_range(0..9) == 0 { 1_000 } else { 0 };
            // States, modes, reasons, products, readings, parts.
            let kind = [2, 2, 3, 14, 13, 5, 5, 6, 7, 9][random.random_range(0..10)];
            let mut line = Line { at: Timestamp::from_us(at), value: random.random_range(1..4), quiet_us, kind, breaks: false };
            line.breaks = row::said(kind, line.value).is_some_and(|said| context.take(&said)) || quiet_us > 0;
            line
        };
        (0..many).map(&mut line).collect()
    }

    fn seen(observed: &Observed) -> String {
        let Observed { before, from_the_first, readings, counted, after, to_the_last, heard, .. } = observed;
        // What counters showed when a state began is nobody's question.
        let bare = |standing: &Standing| Standing { context: Context { readings: [None; 4], ..standing.context }, ..*standing };
        let (before, after): (Vec<_>, Vec<_>) = (before.iter().map(bare).collect(), after.iter().map(bare).collect());
        let inside: Vec<_> = observed.inside().collect();
        format!("{before:?} {from_the_first} {readings:?} {counted:?} {after:?} {to_the_last} {heard:?} {inside:?}")
    }

    #[test]
    fn a_log_without_its_past_says_the_same_of_what_follows() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let (mut told, mut refused) = (0, 0);
        for _ in 0..300 {
            let mut whole = Log::silent(24);
            whole.lines = lines(&mut random, 400);
            let whole = Arc::new(whole);
            let cut_at = random.random_range(0..400);
            let mut short = Log::clone(&whole);
            if !short.cut(Timestamp::from_us(cut_at)) {
                refused += 1;
                continue;
            }
            assert!(short.lines.len() < whole.lines.len() || cut_at == 0);
            let short = Arc::new(short);
            for _ in 0..10 {
                let start = random.random_range(0..400);
                let range = TimeRange::new(Timestamp::from_us(start), Timestamp::from_us(start + random.random_range(1..200))).unwrap();
                let asked = Asked { range, known_at: None, steps: [4, 24][random.random_range(0..2)] };
                let Some(observed) = short.observed(&asked, None) else {
                    // Most often because the window begins before what is left.
                    refused += u64::from(start >= cut_at);
                    continue;
                };
                assert!(start >= cut_at);
                assert_eq!(seen(&observed), seen(&whole.observed(&asked, None).unwrap()));
                told += 1;
            }
        }
        assert!(told > 400 && refused < told / 2, "{told} {refused}");
    }

    #[test]
    fn what_was_not_read_is_not_guessed() {
        let mut log = Log::silent(24);
        log.lines = lines(&mut ChaCha8Rng::seed_from_u64(6), 400);
        assert!(log.cut(Timestamp::from_us(300)));
        let log = Arc::new(log);
        let asked = |start, steps| {
            let range = TimeRange::new(Timestamp::from_us(start), Timestamp::from_us(start + 50)).unwrap();
            log.observed(&Asked { range, known_at: None, steps }, None)
        };
        assert!(asked(299, 24).is_none(), "it begins before");
        assert!(asked(300, 24).is_some());
        assert!(asked(300, 25).is_none(), "as many steps back were not read");
        let last = asked(300, 24).unwrap();
        assert_eq!(last.before.len(), 24);
    }
}
