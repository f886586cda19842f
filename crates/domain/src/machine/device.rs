//! A device's observations as evidence: its words by the machine's mapping, its counters as parts.

use super::tally::Tally;
use super::{Context, Mapping, Said, Word, Words};
use crate::Timestamp;
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
        self.reasoned = (self.reasoned || reasoned) && !matches!(class, Class::Run | Class::Slow);
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
