//! What lost time is worth on a machine. Hour rates and prices are dated: a window in which one changes is cut there, each part is
//! counted by what held in it, and the parts are summed.

use super::{Plant, Unpriced};
use crate::machine::MachineId;
use crate::oee::money::{Money, Rate};
use crate::oee::product::standard;
use crate::oee::{Evidence, Figures, ProductId, Timeline};
use crate::{TimeRange, Timestamp};

/// What a window is worth, part by part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// In order of time; one where nothing changes. Parts of which nothing is planned and in which nothing was made are left out.
    pub parts: Vec<PricedPart>,
    /// Why there may be no sum of them.
    pub unpriced: Unpriced,
}

/// A part of a window over which one rate and the same prices hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedPart {
    /// From when to when.
    pub range: TimeRange,
    /// Its sums.
    pub figures: Figures,
    /// What an hour of it is worth; `None` where nobody said so.
    pub rate: Option<Rate>,
}

impl Worth {
    /// Value and losses of the window: the sum of its parts. `None` where a part has no price or no ideal cycle, and where currencies
    /// or ways of counting differ.
    pub fn money(&self) -> Option<Money> {
        let each = self.parts.iter().map(|part| Money::of(&part.figures, part.rate.as_ref()?));
        each.reduce(|sum, part| sum?.plus(&part?)).flatten()
    }

    /// What an hour of the window is worth on the whole: that of its only part, or the mean of its parts by their known planned time.
    pub fn rate(&self) -> Option<Rate> {
        let [first, rest @ ..] = self.parts.as_slice() else { return None };
        let (rate, known) = (first.rate?, |part: &PricedPart| part.figures.times.known_us());
        if rest.is_empty() {
            return Some(rate);
        }
        let (mut millionths, mut per_us) = (0_i128, 0_i64);
        for part in &self.parts {
            let held = part.rate.filter(|held| (held.mode, held.currency) == (rate.mode, rate.currency))?;
            millionths += i128::from(known(part)) * i128::from(held.millionths) / i128::from(held.per_us.max(1));
            per_us = per_us.saturating_add(known(part));
        }
        let millionths = i64::try_from(millionths).unwrap_or(i64::MAX);
        if per_us > 0 { Some(Rate { millionths, per_us, ..rate }) } else { Some(rate) }
    }

    /// What lost time is worth, given in the time that lies in each of the parts.
    pub fn minor(&self, times_us: impl IntoIterator<Item = i64>) -> Option<i64> {
        let mut sum: Option<i64> = None;
        for (part, us) in self.parts.iter().zip(times_us).filter(|(_, us)| *us != 0) {
            sum = Some(sum.unwrap_or(0).saturating_add(part.rate?.minor(us)));
        }
        sum.or_else(|| self.rate().map(|_| 0))
    }
}

impl Plant {
    /// What a window of a machine is worth. The evidence must hold it.
    pub fn worth(&self, id: &MachineId, evidence: &Evidence, timeline: &Timeline, window: TimeRange) -> Worth {
        let mut borders = self.price_changes(id, evidence, window);
        borders.extend([window.start(), window.end()]);
        borders.sort_unstable();
        borders.dedup();
        let mut parts = Vec::new();
        for pair in borders.windows(2) {
            let [start, end] = pair else { continue };
            let Ok(range) = TimeRange::new(*start, *end) else { continue };
            let figures = Figures::of(evidence, timeline, range);
            let rate = self.money_rate(id, evidence, &figures, range);
            parts.push(PricedPart { range, figures, rate });
        }
        // A part of which nothing is known says nothing, unless it is all there is.
        let says = |part: &PricedPart| part.figures.times.planned_us() > 0 || part.figures.counts.parts.total() > 0;
        if parts.iter().any(says) {
            parts.retain(says);
        } else {
            parts.truncate(1);
        }
        let unpriced = Unpriced::of(self, id, evidence, &parts);
        Worth { parts, unpriced }
    }

    /// What an hour of a window is worth in which no price changes: the machine's own rate where it has one, else the parts in the mix
    /// they were made in. Where nothing was made, the product that was on the machine when the window ended speaks for the lost
    /// time. `None` where nobody said what anything is worth.
    fn money_rate(&self, machine: &MachineId, evidence: &Evidence, figures: &Figures, window: TimeRange) -> Option<Rate> {
        let machine = self.machines.get(machine)?;
        if let Some(rate) = machine.hour_rate(window.start()) {
            return Some(rate).filter(|rate| rate.millionths > 0);
        }
        if figures.counts.parts.total() > 0 {
            return Rate::of_mix(figures).filter(|rate| rate.millionths > 0);
        }
        let last: Timestamp = window.last().min(evidence.known_until());
        let product = evidence.orders.at(last)?;
        standard(&evidence.products, *product, last)
            .filter(|standard| standard.value_millionths > 0)
            .map(|standard| Rate::of_product(&standard))
    }

    /// Where inside of a window an hour rate begins to hold, or, where there is none, another standard of what was made or on the
    /// machine.
    fn price_changes(&self, id: &MachineId, evidence: &Evidence, window: TimeRange) -> Vec<Timestamp> {
        let Some(machine) = self.machines.get(id) else { return Vec::new() };
        let inside = |time: &Timestamp| window.start() < *time && *time < window.end();
        let mut changes: Vec<Timestamp> = machine.rates.iter().filter_map(|(from, _)| *from).filter(inside).collect();
        if machine.hour_rate(window.start()).is_some() && machine.hour_rate(window.last()).is_some() {
            return changes;
        }
        let made = evidence.made.iter().filter(|made| window.contains(made.time)).map(|made| made.product);
        let on_it = evidence.orders.changes(window).chain([window.start()]).filter_map(|time| evidence.orders.at(time).copied());
        let mut seen: Vec<ProductId> = made.chain(on_it).collect();
        seen.sort_unstable();
        seen.dedup();
        changes.extend(seen.iter().filter_map(|product| evidence.products.get(product)).flat_map(|dated| dated.changes(window)));
        changes
    }
}
