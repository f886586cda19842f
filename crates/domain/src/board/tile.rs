//! A machine at a glance: what it does, since when, and what its window was worth.

use super::period::Frame;
use crate::machine::reading::UNSAID;
use crate::machine::{MachineId, Word};
use crate::oee::explain::Figure;
use crate::oee::history::change_points;
use crate::oee::interval::{self, Interval};
use crate::oee::money::Money;
use crate::oee::policy::Rating;
use crate::oee::product::Standards;
use crate::oee::ratios::ratio;
use crate::oee::strip::{self, Run};
use crate::oee::target::Planned;
use crate::oee::{Category, Evidence, Figures, Flag, Policy, ProductId, Ratios, ReasonId, Timeline};
use crate::plant::{Machine, Plant, Target, Unpriced, Worth};
use crate::zone::ZoneOffsets;
use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

/// How many pixels a tile's stripe has.
pub const STRIPE_PX: u32 = 240;
/// In how many parts of its window a tile's line has a point.
const SPARK_POINTS: i64 = 16;

/// What is known of one machine: all that its figures are computed from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The model.
    pub plant: &'a Plant,
    /// The machine.
    pub id: &'a MachineId,
    /// What holds for it.
    pub machine: &'a Machine,
    /// What was seen; it reaches over the window.
    pub evidence: &'a Evidence,
    /// The same, resolved.
    pub timeline: &'a Timeline,
    /// Its site's clock.
    pub zone: &'a ZoneOffsets,
    /// In which language reasons are named, where they have a name in it.
    pub language: &'a str,
    /// The window is the running one, or the last where none runs: what the machine does is what it does now.
    pub latest: bool,
}

/// The sums of a window, and its money by the prices that held in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// The sums.
    pub figures: Figures,
    /// `None` where there is no price, or no ideal cycle.
    pub money: Option<Money>,
    /// Why it may be none.
    pub unpriced: Unpriced,
}

/// What a machine does at the end of what is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What it counts as.
    pub category: Category,
    /// Why, by its name.
    pub reason: Option<String>,
    /// Since when; `None` where that lies before anything that was read.
    pub since: Option<Timestamp>,
    /// Up to when that is said; the end of time for what goes on.
    pub until: Timestamp,
    /// The standstill may still become a stop.
    pub provisional: bool,
}

/// One machine in one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tile {
    /// Its name in addresses.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The name of the line that it is part of at the end; empty for none.
    pub line: String,
    /// The line's id: lines of two sites may be called the same.
    pub line_id: String,
    /// Its site's name; empty for none.
    pub site: String,
    /// The site's id.
    pub site_id: String,
    /// Who owns it; empty where nobody said so.
    pub customer: String,
    /// Its model; empty where nobody said so.
    pub model: String,
    /// The window.
    pub frame: Frame,
    /// Its wall clock.
    pub zone: ZoneOffsets,
    /// What it does.
    pub state: State,
    /// Availability, performance, quality, OEE and all others; n/a is `None`.
    pub ratios: Ratios,
    /// What it should reach.
    pub target: Option<Target>,
    /// The colour of its OEE.
    pub rating: Option<Rating>,
    /// Change of the OEE against the window before, in points.
    pub change: Option<f64>,
    /// What missing data leaves open.
    pub interval: Option<Interval>,
    /// Its stripe, [`STRIPE_PX`] wide.
    pub runs: Vec<Run>,
    /// OEE of parts of the window.
    pub spark: Vec<Option<f64>>,
    /// What is on it.
    pub product: Option<String>,
    /// Good parts.
    pub good: u64,
    /// All parts.
    pub total: u64,
    /// Parts that the plan wants by the end of the window, at the target; `None` where none is set.
    pub planned: Option<u64>,
    /// Value and losses.
    pub money: Option<Money>,
    /// Planned time that was lost: what is known of it and was not fully productive, or, where an ideal cycle is missing, did not run.
    pub lost_us: i64,
    /// What a reader must know beside the figures.
    pub flags: Vec<Flag>,
    /// Stops of the window that nobody has given a reason.
    pub unexplained: u32,
}

impl Source<'_> {
    /// The policy of the machine.
    pub fn policy(&self) -> Policy {
        self.machine.policy()
    }

    /// What a window is worth: by its hour rate, by what was made, or by what is on it.
    pub fn worth(&self, window: TimeRange) -> Worth {
        self.plant.worth(self.id, self.evidence, self.timeline, window)
    }

    /// The sums of a window and its money.
    pub fn sums(&self, window: TimeRange) -> Sums {
        let worth = self.worth(window);
        Sums { figures: Figures::of(self.evidence, self.timeline, window), money: worth.money(), unpriced: worth.unpriced }
    }

    /// The name of a reason: the plant's, or the device's word.
    pub fn reason(&self, reason: ReasonId) -> String {
        let Some(id) = self.plant.reason(reason) else { return self.word(reason.0) };
        self.reason_named(id)
    }

    /// The same by its id.
    pub fn reason_named(&self, id: &str) -> String {
        let name = self.plant.reasons.get(id).map(|reason| reason.name_in(self.language)).filter(|name| !name.is_empty());
        name.unwrap_or(id).to_owned()
    }

    /// The name of a reason's group; its own where it is in none.
    pub fn group_of(&self, reason: ReasonId) -> String {
        let held = self.plant.reason(reason).and_then(|id| self.plant.reasons.get(id));
        held.and_then(|held| held.group.as_deref()).map_or_else(|| self.reason(reason), |group| self.reason_named(group))
    }

    /// The id of a reason's group; its own, or the device's word, where it is in none.
    pub fn group_id(&self, reason: ReasonId) -> String {
        let held = self.plant.reason(reason).and_then(|id| self.plant.reasons.get(id));
        held.and_then(|held| held.group.clone()).unwrap_or_else(|| self.plant.reason_word(reason))
    }

    /// The name of a product: the plant's, or the device's word; that of parts of which nobody says what they are.
    pub fn product(&self, product: ProductId) -> String {
        if product == UNSAID {
            return "No product named".to_owned();
        }
        let Some(id) = self.plant.product(product) else { return self.word(product.0) };
        let name = self.plant.products.get(id).map(|product| product.name.as_str()).filter(|name| !name.is_empty());
        name.unwrap_or(id).to_owned()
    }

    fn word(&self, number: u32) -> String {
        let word = Word::of_unknown(number).and_then(|word| self.plant.words.text(word));
        word.map_or_else(|| format!("number {number}"), str::to_owned)
    }

    /// What it does at the end of a window, or now where that is earlier or the window is the latest.
    pub fn state(&self, window: TimeRange) -> State {
        let known = self.evidence.known_until();
        let (at, until) = if self.latest { (known, Timestamp::MAX) } else { (window.end().min(known), window.end()) };
        let before = self.timeline.segments.partition_point(|segment| segment.start < at);
        let seen = self.timeline.segments.get(..before).unwrap_or_default();
        let idle = |since| State { category: Category::NotScheduled, reason: None, since, until, provisional: false };
        let Some(last) = seen.last() else { return idle(None) };
        if last.end < at {
            return idle(Some(last.end));
        }
        let mut since = last.start;
        for segment in seen.iter().rev().skip(1) {
            if (segment.end, segment.category, segment.reason) != (since, last.category, last.reason) {
                break;
            }
            since = segment.start;
        }
        // Before the first word of a machine nothing is known for ever, not since some window or shift began.
        let heard = self.evidence.spans.iter().any(|span| span.start < last.end);
        let since = Some(since).filter(|_| heard);
        let provisional = self.timeline.stop(last).is_some_and(|stop| stop.provisional()) && last.category == Category::MicroStop;
        let reason = last.reason.map(|reason| self.reason(reason));
        State { category: last.category, reason, since, until, provisional }
    }
}

impl Tile {
    /// The tile of a window, and the sums behind it. `before` are those of the window before.
    pub fn of(source: &Source<'_>, frame: Frame, before: Option<&Figures>) -> (Self, Figures) {
        let Source { plant, id, machine, evidence, timeline, zone, .. } = source;
        let window = frame.range;
        let (figures, policy) = (Figures::of(evidence, timeline, window), source.policy());
        let (ratios, targets, plan) = (Ratios::of(&figures, &policy), machine.targets(window), Planned::of(evidence));
        let target = plan.target(&targets);
        let planned = target.map_or(0, |_| plan.wanted_thousandths(window, &oee_of(&targets)) / 1_000);
        let last = window.end().min(evidence.known_until()).plus(-1);
        let worth = source.worth(window);
        let (product, placed) = (evidence.orders.at(last), plant.placed(machine, last.max(window.start())));
        let unexplained = timeline
            .within(window)
            .iter()
            .filter(|segment| segment.category == Category::UnplannedStop && segment.reason.is_none() && segment.opens_reason);
        let tile = Self {
            id: id.to_string(),
            name: if machine.name.is_empty() { id.to_string() } else { machine.name.clone() },
            line: placed.line.map_or_else(String::new, |(_, line)| line.name.clone()),
            line_id: placed.line.map_or_else(String::new, |(id, _)| id.to_owned()),
            site: placed.site.map_or_else(String::new, |(_, site)| site.name.clone()),
            site_id: placed.site.map_or_else(String::new, |(id, _)| id.to_owned()),
            customer: machine.customer.clone().unwrap_or_default(),
            model: machine.model.clone().unwrap_or_default(),
            state: source.state(window),
            ratios,
            target,
            rating: ratios.oee.map(|oee| policy.limits.rating(oee)),
            change: change_points(ratios.oee, before.and_then(|before| Ratios::of(before, &policy).oee)),
            interval: interval::oee(&figures, &policy).filter(|_| figures.times.unknown_us > 0),
            runs: strip::of(timeline, window, STRIPE_PX),
            spark: spark(source, window),
            product: product.filter(|product| **product != UNSAID).map(|product| source.product(*product)),
            good: figures.counts.parts.good,
            total: figures.counts.parts.total(),
            planned: u64::try_from(planned).ok().filter(|planned| *planned > 0),
            money: worth.money(),
            lost_us: lost_us(&figures),
            flags: Flag::with(&figures, &policy, &worth.unpriced),
            unexplained: u32::try_from(unexplained.count()).unwrap_or(u32::MAX),
            zone: (*zone).clone(),
            frame,
        };
        (tile, figures)
    }
}

/// The targets of OEE alone.
pub fn oee_of(targets: &[(TimeRange, Option<Target>)]) -> Vec<(TimeRange, Option<u16>)> {
    targets.iter().map(|(part, target)| (*part, target.map(|target| target.oee))).collect()
}

fn lost_us(figures: &Figures) -> i64 {
    let Figures { times, counts, ideal, .. } = figures;
    let used_us = if counts.without_ideal > 0 { times.run_us() } else { ideal.good_us };
    times.known_us().saturating_sub(used_us)
}

impl Money {
    /// Everything that was lost.
    pub fn lost_minor(&self) -> i64 {
        self.full_value_minor.saturating_sub(self.good_minor)
    }
}

/// OEE of the parts of a window that have begun, in one pass over its evidence.
fn spark(source: &Source<'_>, window: TimeRange) -> Vec<Option<f64>> {
    let Source { evidence, timeline, .. } = source;
    let Ok(known) = TimeRange::new(window.start(), window.end().min(evidence.known_until())) else { return Vec::new() };
    let step_us = window.length_us() / SPARK_POINTS + 1;
    let place = |time: Timestamp| usize::try_from(time.since(window.start()) / step_us).unwrap_or(usize::MAX);
    // Good time, known time, whether an ideal cycle is missing.
    let mut parts = vec![(0_i64, 0_i64, false); place(known.last()) + 1];
    for segment in timeline.within(known).iter().filter(|segment| Figure::Oee.holds(segment.category).1) {
        let (mut start, end) = (segment.start.max(known.start()), segment.end.min(known.end()));
        while start < end {
            let at = place(start);
            let border = window.start().plus(step_us.saturating_mul(i64::try_from(at).unwrap_or(0) + 1)).min(end);
            if let Some(part) = parts.get_mut(at) {
                part.1 += border.since(start);
            }
            start = border;
        }
    }
    let mut standards = Standards::of(&evidence.products);
    for made in evidence.made.iter().filter(|made| known.contains(made.time)) {
        let Some(part) = parts.get_mut(place(made.time)) else { continue };
        match standards.at(made.product, made.time) {
            Some(standard) => {
                let good = i64::try_from(made.parts.good).unwrap_or(i64::MAX);
                part.0 = part.0.saturating_add(good.saturating_mul(standard.ideal_cycle_us));
            }
            None => part.2 = true,
        }
    }
    parts.into_iter().map(|(good_us, known_us, missing)| ratio(good_us, known_us).filter(|_| !missing)).collect()
}
