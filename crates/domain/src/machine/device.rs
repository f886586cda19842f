//! A device's observations as evidence: its words by the machine's mapping, its counters as parts.

use super::tally::Tally;
use super::{Context, Mapping, Said, Word, Words};
use crate::Timestamp;
use crate::civil::SECOND_US;
use crate::oee::counts::Parts;
use crate::oee::log::{Held, Spans};
use crate::oee::{Class, ReasonId, Span};
use crate::plant::{Machine, Plant};
use std::collections::HashMap;

/// One thing that was heard, with its place in time and its words as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// When; never before the one before.
    pub at: Timestamp,
    /// How long nothing was heard before; `None` where that was not long.
    pub quiet_us: Option<i64>,
    /// What.
    pub said: Said<Word>,
}

/// What a device's observations amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// In order, without overlaps; the last one may be open.
    pub spans: Vec<Span>,
    /// Parts, in order, and why those that are not good are not.
    pub made: Vec<(Timestamp, Parts, Option<ReasonId>)>,
    /// Products from when on, in order.
    pub products: Vec<(Timestamp, Word)>,
}

/// A reason that is said while it runs is of the standstill that follows within so long: a control raises its alarm first, and
/// stands then. An older one is of nothing that is known.
pub const ANNOUNCED_US: i64 = 10 * SECOND_US;

/// A device that is being listened to.
pub struct Device<'a> {
    machine: &'a Machine,
    words: &'a Words,
    reasons: Reasons<'a>,
    /// What each state means, looked up once.
    classes: HashMap<[Option<Word>; 3], Class>,
    context: Context,
    class: Class,
    /// The reason was said since it last ran; an older one is of another standstill.
    reasoned: bool,
    /// When a reason was said while it ran.
    announced: Option<Timestamp>,
    spans: Spans,
    tally: Tally,
    products: Vec<(Timestamp, Word)>,
}

/// Reasons by the words of devices.
struct Reasons<'a> {
    plant: &'a Plant,
    known: HashMap<Word, Option<(ReasonId, Option<Class>)>>,
}

impl<'a> Device<'a> {
    /// One that nothing was heard of.
    pub fn new(plant: &'a Plant, machine: &'a Machine) -> Self {
        Self {
            machine,
            words: &plant.words,
            reasons: Reasons { plant, known: HashMap::new() },
            classes: HashMap::new(),
            context: Context::default(),
            class: Class::Unknown,
            reasoned: false,
            announced: None,
            spans: Spans::default(),
            tally: Tally::new(machine.counting.rolls_over_at),
            products: Vec::new(),
        }
    }

    /// Takes in the next thing.
    pub fn hear(&mut self, heard: Heard) {
        let Heard { at, quiet_us, said } = heard;
        self.tally.instant(at);
        match said {
            Said::Total { part, reading } => self.tally.read(part, reading),
            Said::Parts(parts) => self.tally.add(parts),
            Said::RejectReason(word) => self.tally.because(word),
            _ => {}
        }
        let mut context = self.context;
        context.take(&said);
        self.stand(at, quiet_us, context, matches!(said, Said::Reason(_)));
    }

    /// Takes in what holds from an instant on; `reasoned` where a reason was said just then.
    pub fn stand(&mut self, at: Timestamp, quiet_us: Option<i64>, context: Context, reasoned: bool) {
        if let Some(quiet_us) = quiet_us {
            self.spans.quiet(at.plus(quiet_us.saturating_neg()), at, self.machine.silence_us);
        }
        if let Some(product) = context.product.filter(|product| self.products.last().is_none_or(|(_, last)| last != product)) {
            self.products.push((at, product));
        }
        let anew = (context.state, context.mode, context.emergency_stop, context.reason, context.product);
        let before = (self.context.state, self.context.mode, self.context.emergency_stop, self.context.reason, self.context.product);
        self.context = context;
        if anew == before && quiet_us.is_none() && !reasoned {
            return;
        }
        let class = self.class_of(&context);
        if self.machine.counting.by_cycles && self.class == Class::Run && class != Class::Run && self.finished(&context) {
            self.tally.instant(at);
            self.tally.add(Parts { good: 1, ..Parts::default() });
        }
        self.class = class;
        if matches!(class, Class::Run | Class::Slow) {
            self.announced = if reasoned { Some(at) } else { self.announced };
            self.reasoned = false;
        } else {
            let announced = self.announced.take().is_some_and(|said| at.since(said) <= ANNOUNCED_US);
            self.reasoned = self.reasoned || reasoned || announced;
        }
        if context.state.is_none() && self.spans.list().is_empty() {
            return;
        }
        let held = self.held(class, &context);
        self.spans.hear(at, Some(held));
    }

    /// The counters before what is heard next.
    pub fn counters(&mut self, readings: [Option<u64>; 4]) {
        self.context.readings = readings;
        self.tally.begin(readings);
    }

    /// What it counts as now.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Nothing was heard between two instants.
    pub fn quiet(&mut self, heard: Timestamp, until: Timestamp) {
        self.spans.quiet(heard, until, self.machine.silence_us);
    }

    /// What is known ends at an instant.
    pub fn end(&mut self, time: Timestamp) {
        self.spans.end(time);
    }

    /// What it amounts to.
    pub fn told(mut self) -> Told {
        let made = self.tally.made().into_iter();
        let made = made.map(|(time, parts, word)| (time, parts, word.and_then(|word| self.reasons.of(word)).map(|(reason, _)| reason)));
        Told { spans: self.spans.into_list(), made: made.collect(), products: self.products }
    }

    fn class_of(&mut self, context: &Context) -> Class {
        let key = [context.state, context.mode, context.emergency_stop];
        let words = self.words;
        let [state, mode, emergency_stop] = key.map(|word| word.and_then(|word| words.text(word)));
        *self.classes.entry(key).or_insert_with(|| self.machine.mapping.class(state, mode, emergency_stop))
    }

    fn finished(&self, context: &Context) -> bool {
        context.state.and_then(|state| self.words.text(state)).is_some_and(Mapping::finished)
    }

    /// What is held: a device's reason makes a stop the kind of stop that the reason is.
    fn held(&mut self, class: Class, context: &Context) -> Held {
        let state = context.state.map(Word::state);
        if class != Class::Stop {
            return Held { class, state, reason: None };
        }
        let reason = context.reason.filter(|_| self.reasoned).and_then(|word| self.reasons.of(word));
        let class = reason.and_then(|(_, class)| class).unwrap_or(class);
        Held { class, state, reason: reason.map(|(reason, _)| reason) }
    }
}

impl Reasons<'_> {
    /// The reason of a device's word; none for an empty word, which takes the one before back.
    fn of(&mut self, word: Word) -> Option<(ReasonId, Option<Class>)> {
        let plant = self.plant;
        *self.known.entry(word).or_insert_with(|| {
            let text = plant.words.text(word).filter(|text| !text.is_empty())?;
            let by_word = || plant.reasons.iter().find(|(_, reason)| reason.words.iter().any(|known| known == text));
            let known = plant.reasons.get_key_value(text).or_else(by_word);
            let known = known.and_then(|(id, reason)| Some((plant.reason_id(id)?, Some(reason.class))));
            Some(known.unwrap_or((word.unknown_reason(), None)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MachineId;
    use crate::TimeRange;
    use crate::machine::{Observation, reading};
    use crate::zone::ZoneOffsets;

    #[test]
    fn a_stop_that_lasts_is_as_long_wherever_the_window_ends() {
        use crate::oee::calendar::{Calendar, ShiftPlan};
        use crate::oee::{Figures, Policy, Timeline};
        let at = |hour: i64| Timestamp::from_us(hour * 3_600 * SECOND_US);
        let said = |hour, word: &str| Observation { stamp: at(hour), received: at(hour), said: Said::State(word.to_owned()) };
        let log = [said(6, "ACTIVE"), said(10, "STOPPED")];
        let id: MachineId = "m".parse().unwrap();
        let day = Calendar::daily(vec![ShiftPlan::parse("Day", "06:00-14:00", &[]).unwrap()]);
        let machine = Machine { calendar: Some("day".to_owned()), ..Machine::default() };
        let plant = Plant::of_facts([crate::plant::Fact::Calendar("day".into(), day), crate::plant::Fact::Machine(id.clone(), machine)]);
        for until in [11, 14, 30, 80] {
            let range = TimeRange::new(at(0), at(until)).unwrap();
            let evidence = reading::evidence(&plant, &id, &log, &[], (range, &ZoneOffsets::utc()), at(80));
            let figures = Figures::of(&evidence, &Timeline::of(&evidence, &Policy::default()), range);
            // Four hours of the first day, and two days more.
            assert_eq!((figures.counts.stops, figures.counts.repair_us), (1, at(4 + 8 + 8 + 2).us()), "until {until}");
        }
    }

    #[test]
    fn a_fault_that_is_raised_just_before_the_stop_is_its_reason() {
        let at = |s: i64| Timestamp::from_us(s * SECOND_US);
        let said = |s, said| Observation { stamp: at(s), received: at(s), said };
        let state = |s, word: &str| said(s, Said::State(word.to_owned()));
        let reason = |s, word: &str| said(s, Said::Reason(word.to_owned()));
        let log = [
            state(0, "ACTIVE"),
            reason(100, "E17"),
            state(101, "INTERRUPTED"),
            state(400, "ACTIVE"),
            // The same one again, and one that was raised long before.
            reason(500, "E17"),
            state(510, "STOPPED"),
            state(800, "ACTIVE"),
            reason(900, "E9"),
            state(911, "STOPPED"),
            state(1_200, "ACTIVE"),
            // Taken back before it stood.
            reason(1_300, "E9"),
            reason(1_301, ""),
            state(1_302, "STOPPED"),
        ];
        let (id, range): (MachineId, _) = ("m".parse().unwrap(), TimeRange::new(at(0), at(1_500)).unwrap());
        let plant = Plant::of_facts([crate::plant::Fact::Machine(id.clone(), Machine::default())]);
        let evidence = reading::evidence(&plant, &id, &log, &[], (range, &ZoneOffsets::utc()), at(1_500));
        let stops = evidence.spans.iter().filter(|span| span.class == Class::Stop);
        let reasons: Vec<(i64, bool)> = stops.map(|span| (span.start.us() / SECOND_US, span.reason.is_some())).collect();
        assert_eq!(reasons, [(101, true), (510, true), (911, false), (1_302, false)]);
    }
}
