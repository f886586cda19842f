//! One machine in one window, with everything that its board shows.

pub use super::compared::{Compare, Compared};

use super::compared::{products, shifts};
use super::only::{Narrowed, Only};
use super::period::Frame;
use super::priced::{self, Priced};
use super::stops::{self, Stop};
use super::tile::{Source, Sums, Tile, oee_of};
use crate::civil::DAY_US;
use crate::machine::reading::plan;
use crate::oee::history::moving_average;
use crate::oee::money::Rate;
use crate::oee::shift_plan::OtherPlan;
use crate::oee::strip::{self, Stretch};
use crate::oee::target::{Hour, Planned, hours};
use crate::oee::what_if::Basis;
use crate::oee::{Class, Evidence, Figures, Plan, Policy, ProductId, Ratios, ReasonId};
use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

/// Most intervals that travel one by one.
const MOST_STRETCHES: usize = 3_000;
/// Most stops in the list.
const MOST_STOPS: usize = 200;
/// Windows longer than this have no bars of hours.
const LONGEST_OF_HOURS_US: i64 = 7 * DAY_US + DAY_US / 2;

/// Windows longer than this are not offered other shift plans: each is the whole calculation once more.
const LONGEST_OF_PLANS_US: i64 = 31 * DAY_US + DAY_US / 2;
/// Most shift plans on offer.
const MOST_PLANS: usize = 8;

/// What is asked of a machine beside its window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// How many windows the moving average is over.
    pub average: u32,
    /// How many past windows are shown, the latest; those before them are for the average alone.
    pub windows: u32,
    /// Whether the figures are explained: with what the device said.
    pub explain: bool,
    /// Whether micro-stops are listed, too.
    pub micro: bool,
    /// The stops of one bar alone.
    pub only: Option<Only>,
    /// The stops alone that begin before this; `None` from the latest on.
    pub older: Option<Timestamp>,
    /// What it is compared with.
    pub compare: Compare,
    /// Width of the stripe in pixels.
    pub pixels: u32,
}

/// One machine in one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MachineAnswer {
    /// Nothing after this instant is in it.
    pub as_of: Timestamp,
    /// The machine at a glance.
    pub tile: Tile,
    /// Ratios of the window before.
    pub before: Option<Ratios>,
    /// Its sums, and what they would be under other assumptions.
    pub basis: Basis,
    /// What it would be under other shift plans of the plant; none for long windows.
    pub plans: Vec<OtherPlan>,
    /// What may be adjusted for it.
    pub policy: Policy,
    /// What time is worth; where prices changed inside of the window, on the whole.
    pub rate: Option<Rate>,
    /// What has no price and leaves no sum of money, by the ids of products.
    pub unpriced: Vec<String>,
    /// In how many parts with prices of their own the window was counted.
    pub priced_parts: u32,
    /// These parts, where there are several and each has a price.
    pub priced: Vec<Priced>,
    /// The range that `stretches` cover: as much again on both sides, so that the picture can be moved.
    pub view: TimeRange,
    /// What it did.
    pub stretches: Vec<Stretch>,
    /// Whether these are intervals, and not pixels.
    pub exact: bool,
    /// The reasons that may be given to its stops, and those that were.
    pub reasons: Vec<Reason>,
    /// Names of products.
    pub products: Vec<(ProductId, String)>,
    /// Time in each state by the device's own words, scheduled or not; where the figures are explained.
    pub said: Vec<(String, i64)>,
    /// Hour by hour, where the window is not too long.
    pub hours: Vec<Hour>,
    /// The windows up to this one, the oldest first.
    pub past: Vec<Past>,
    /// Its standstills, the latest first.
    pub stops: Vec<Stop>,
    /// How many more there are.
    pub more_stops: u64,
    /// To what the list of them is narrowed; `None` where it holds all.
    pub narrowed: Option<Narrowed>,
    /// What it is compared with.
    pub compared: Vec<Compared>,
}

/// A reason in its group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Its number in figures.
    pub number: ReasonId,
    /// Its id in reports; the device's word where it is none of the plant's.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The name of its group; its own where it has none.
    pub group: String,
    /// The id of its group; its own where it has none.
    pub group_id: String,
    /// What a standstill under it counts as.
    pub class: Class,
    /// Whether it may be given to a stop of this machine.
    pub offered: bool,
}

/// A window of the past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// Which.
    pub frame: Frame,
    /// Its OEE.
    pub oee: Option<f64>,
    /// What it should have reached, in thousandths.
    pub target: Option<u16>,
    /// The moving average up to it.
    pub average: Option<f64>,
}

impl MachineAnswer {
    /// The answer for a window. `past` are the windows up to this one with their sums, the oldest first; `others` are the
    /// machines that it is compared with, where that was asked.
    pub fn of(source: &Source<'_>, frame: Frame, past: &[(Frame, Sums)], others: Vec<Compared>, detail: &Detail) -> Self {
        let Source { evidence, timeline, .. } = source;
        let (window, policy) = (frame.range, source.policy());
        let windows = usize::try_from(detail.windows).unwrap_or(usize::MAX);
        let earlier = past.iter().rev().find(|(held, _)| held.range.end() <= window.start());
        let (tile, figures) = Tile::of(source, frame, earlier.map(|(_, sums)| &sums.figures));
        let worth = source.worth(window);
        let view = TimeRange::new(window.start().plus(-window.length_us()), window.end().plus(window.length_us())).unwrap_or(window);
        let pixels = detail.pixels.clamp(100, 4_000);
        let listed = stops::Listed { micro: detail.micro, only: detail.only.as_ref(), before: detail.older, most: MOST_STOPS };
        let (stops, more_stops) = stops::of(source, window, &worth, listed);
        let targets = oee_of(&source.machine.targets(window));
        let sums = past.iter().map(|(_, sums)| &sums.figures);
        let averages = moving_average(sums, usize::try_from(detail.average).unwrap_or(1), &policy);
        let compared = match detail.compare {
            Compare::Machines => others,
            Compare::Shifts => shifts(past.get(past.len().saturating_sub(windows)..).unwrap_or(past), &policy),
            Compare::Products => products(source, window, &policy),
            Compare::Before => earlier.map(|(frame, sums)| Compared::of(&frame.name, None, sums, &policy)).into_iter().collect(),
        };
        Self {
            as_of: evidence.known_until(),
            before: earlier.map(|(_, sums)| Ratios::of(&sums.figures, &policy)),
            basis: Basis::around(figures.clone(), evidence, timeline, window),
            plans: if window.length_us() <= LONGEST_OF_PLANS_US { plans(source, window, view) } else { Vec::new() },
            policy,
            rate: worth.rate(),
            unpriced: source.plant.unpriced_words(&worth.unpriced),
            priced_parts: u32::try_from(worth.parts.len()).unwrap_or(u32::MAX),
            priced: priced::of(source, &worth),
            view,
            stretches: strip::stretches(timeline, view, MOST_STRETCHES, pixels.saturating_mul(3)),
            exact: timeline.within(view).len() <= MOST_STRETCHES,
            reasons: reasons(source, &figures),
            products: named(source, &figures, window),
            said: if detail.explain { said(source, &figures) } else { Vec::new() },
            hours: if window.length_us() <= LONGEST_OF_HOURS_US { hours(evidence, window, source.zone, &targets) } else { Vec::new() },
            past: past
                .iter()
                .zip(averages)
                .skip(past.len().saturating_sub(windows))
                .map(|((frame, sums), average)| {
                    let (oee, target) = (Ratios::of(&sums.figures, &policy).oee, target_of(source, frame.range));
                    Past { frame: frame.clone(), oee, target, average }
                })
                .collect(),
            stops,
            more_stops,
            narrowed: detail.only.as_ref().map(|only| only.narrowed(source)),
            compared,
            tile,
        }
    }
}

/// What was to be reached in a window of the past, which the evidence need not hold: targets that change in it weigh as much as the
/// calendar plans under each.
fn target_of(source: &Source<'_>, window: TimeRange) -> Option<u16> {
    let targets = source.machine.targets(window);
    if let [(_, target)] = targets.as_slice() {
        return target.map(|target| target.oee);
    }
    let plan = plan(source.plant, source.machine, (window.start(), window.end()), &|_, _| source.zone.clone());
    let bare = Evidence { plan, ..Evidence::default() };
    Planned::of(&bare).target(&targets).map(|target| target.oee)
}

/// The window under the other calendars of the plant, and worked around the clock; without those that plan the same.
fn plans(source: &Source<'_>, window: TimeRange, view: TimeRange) -> Vec<OtherPlan> {
    let own = source.plant.placed(source.machine, window.last()).calendar;
    let others = source.plant.calendars.iter().filter(|(id, _)| own.is_none_or(|(own, _)| own != id.as_str()));
    let others = others.map(|(id, calendar)| (id.as_str(), calendar.plan(view, source.zone)));
    let always = own.map(|_| ("around the clock", Plan { scheduled: vec![view], breaks: Vec::new() }));
    let policy = source.policy();
    let other = |(name, plan): (&str, Plan)| OtherPlan::of(name, source.evidence, &policy, window, &plan);
    others.take(MOST_PLANS).chain(always).map(other).collect()
}

/// The reasons of the plant that are for this machine, and any other that occurs.
fn reasons(source: &Source<'_>, figures: &Figures) -> Vec<Reason> {
    let occurs = |number: ReasonId| figures.by_reason.iter().any(|share| share.reason == Some(number));
    let groups: Vec<&str> = source.plant.reasons.values().filter_map(|reason| reason.group.as_deref()).collect();
    let mut reasons: Vec<Reason> = Vec::new();
    for (id, reason) in &source.plant.reasons {
        let Some(number) = source.plant.reason_id(id) else { continue };
        let offered = !reason.rejects && reason.is_for(source.machine.machine_type.as_deref()) && !groups.contains(&id.as_str());
        if offered || occurs(number) {
            let (name, group, group_id) = (source.reason(number), source.group_of(number), source.group_id(number));
            reasons.push(Reason { number, id: id.clone(), name, group, group_id, class: reason.class, offered });
        }
    }
    for share in &figures.by_reason {
        if let Some(number) = share.reason.filter(|number| reasons.iter().all(|held| held.number != *number)) {
            let (id, name, group_id) = (source.plant.reason_word(number), source.reason(number), source.group_id(number));
            reasons.push(Reason { number, id, group: name.clone(), name, group_id, class: Class::Stop, offered: false });
        }
    }
    reasons.sort_by(|a, b| (&a.group, &a.name).cmp(&(&b.group, &b.name)));
    reasons
}

/// What the device says of itself, the longest first.
fn said(source: &Source<'_>, figures: &Figures) -> Vec<(String, i64)> {
    let mut said: Vec<_> = figures.by_state.iter().map(|(state, us)| (source.plant.state_word(*state), *us)).collect();
    said.sort_by(|(a, a_us), (b, b_us)| b_us.cmp(a_us).then_with(|| a.cmp(b)));
    said
}

fn named(source: &Source<'_>, figures: &Figures, window: TimeRange) -> Vec<(ProductId, String)> {
    let mut products: Vec<ProductId> = source.evidence.made.iter().filter(|m| window.contains(m.time)).map(|m| m.product).collect();
    products.sort_unstable();
    products.dedup();
    if figures.counts.parts.total() == 0 {
        products.clear();
    }
    products.into_iter().map(|product| (product, source.product(product))).collect()
}
