//! The answer of `andon oee` and its JSON: names that other programs rely on.

use domain::board::tile::Sums;
use domain::oee::interval::{self, Interval};
use domain::oee::losses::Losses;
use domain::oee::money::Money;
use domain::oee::policy::POLICY_VERSION;
use domain::oee::target::Planned;
use domain::oee::{Category, Evidence, Figures, Flag, Policy, Ratios, Timeline};
use domain::plant::Plant;
use domain::{MachineId, TimeRange, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::Tenant;

/// Everything about a window.
pub struct Answer {
    pub tenant: String,
    pub machine: String,
    pub range: TimeRange,
    pub as_of: Timestamp,
    pub figures: Figures,
    pub ratios: Ratios,
    pub oee: Option<Interval>,
    pub availability: Option<Interval>,
    pub losses: Option<Losses>,
    pub money: Option<Money>,
    /// One point of availability at today's speed and quality, in minor units.
    pub availability_point_minor: Option<i64>,
    /// What is missing to the target of OEE that holds, in minor units; negative above it.
    pub to_target_minor: Option<i64>,
    pub flags: Vec<Flag>,
    /// What has no price and leaves no sum of money, by the ids of products.
    pub unpriced: Vec<String>,
    /// Microseconds by the device's words.
    pub by_state: BTreeMap<String, i64>,
    /// Microseconds by reason; standing time without one by what it counts as.
    pub by_reason: BTreeMap<String, i64>,
}

impl Answer {
    /// Computes the window from its evidence.
    pub fn of(tenant: &Tenant, plant: &Plant, machine: &MachineId, evidence: &Evidence, range: TimeRange) -> Self {
        let timeline = Timeline::of(evidence, &plant.policy(machine));
        let figures = Figures::of(evidence, &timeline, range);
        let worth = plant.worth(machine, evidence, &timeline, range);
        let sums = Sums { figures, money: worth.money(), unpriced: worth.unpriced };
        Self::of_sums(tenant, plant, machine, evidence, range, sums)
    }

    /// The same of sums that somebody has already: those of the window, or of the parts of it that are looked at.
    pub fn of_sums(tenant: &Tenant, plant: &Plant, machine: &MachineId, evidence: &Evidence, range: TimeRange, sums: Sums) -> Self {
        let (policy, Sums { figures, money, unpriced }): (Policy, _) = (plant.policy(machine), sums);
        let by_state = figures.by_state.iter().map(|(state, us)| (plant.state_word(*state), *us));
        let mut by_reason: BTreeMap<String, i64> = BTreeMap::new();
        for share in &figures.by_reason {
            let name = match (share.reason, share.category) {
                (Some(reason), _) => plant.reason_word(reason),
                (None, Category::PlannedStop) => "planned_stop".to_owned(),
                (None, Category::Setup) => "setup".to_owned(),
                (None, Category::MicroStop) => "micro_stop".to_owned(),
                (None, _) => "unclassified".to_owned(),
            };
            *by_reason.entry(name).or_default() += share.time_us;
        }
        let targets = plant.machines.get(machine).map(|machine| machine.targets(range)).unwrap_or_default();
        let target = Planned::of(evidence).target(&targets);
        Self {
            tenant: tenant.id().to_string(),
            machine: machine.to_string(),
            range,
            as_of: evidence.known_until(),
            ratios: Ratios::of(&figures, &policy),
            oee: interval::oee(&figures, &policy),
            availability: interval::availability(&figures),
            losses: Losses::of(&figures),
            money,
            availability_point_minor: money.and_then(|money| money.one_availability_point_minor(&figures)),
            to_target_minor: money.zip(target).map(|(money, target)| money.gap_minor(target.oee)),
            flags: Flag::with(&figures, &policy, &unpriced),
            unpriced: plant.unpriced_words(&unpriced),
            by_state: by_state.collect(),
            by_reason,
            figures,
        }
    }

    /// The one object.
    pub fn json(&self) -> Value {
        let Self { tenant, machine, range, as_of, figures, ratios, oee, availability, losses, money, .. } = self;
        let Self { availability_point_minor, to_target_minor, flags, unpriced, by_state, by_reason, .. } = self;
        let (times, counts, parts) = (&figures.times, &figures.counts, &figures.counts.parts);
        let pair = |interval: &Option<Interval>| interval.map(|interval| [interval.low, interval.high]);
        json!({
            "tenant": tenant,
            "machine": machine,
            "from": range.start().rfc3339(),
            "to": range.end().rfc3339(),
            "policy": POLICY_VERSION,
            "as_of": as_of.rfc3339(),
            "times_us": {
                "calendar": times.calendar_us(),
                "planned": times.planned_us(),
                "run": times.run_us(),
                "planned_stop": times.planned_stop_us,
                "unplanned_stop": times.unplanned_stop_us,
                "setup": times.setup_us,
                "micro_stop": times.micro_stop_us,
                "unknown": times.unknown_us,
                "not_scheduled": times.not_scheduled_us,
                "by_state": by_state,
                "by_reason": by_reason,
            },
            "counts": {
                "total": parts.total(),
                "good": parts.good,
                "reject": parts.reject.saturating_add(parts.startup_reject),
                "rework": parts.rework,
                "stops": counts.stops,
                "micro_stops": counts.micro_stops,
                "setups": counts.setups,
            },
            "ratios": ratios,
            "intervals": { "oee": pair(oee), "availability": pair(availability) },
            "flags": flags,
            "unpriced": unpriced,
            "losses_us": losses.map(|losses| json!({
                "failure": losses.failure_us,
                "setup": losses.setup_us,
                "minor_stops": losses.minor_stops_us,
                "reduced_speed": losses.reduced_speed_us,
                "process_defects": losses.process_defects_us,
                "startup_rejects": losses.startup_rejects_us,
                "unknown": losses.unknown_us,
                "fully_productive": losses.fully_productive_us,
            })),
            "money": money.map(|money| json!({
                "currency": money.currency,
                "mode": money.mode,
                "full_value_minor": money.full_value_minor,
                "good_minor": money.good_minor,
                "availability_minor": money.availability_minor,
                "performance_minor": money.performance_minor,
                "quality_minor": money.quality_minor,
                "unknown_minor": money.unknown_minor,
                "one_oee_point_minor": money.one_oee_point_minor(),
                "one_availability_point_minor": availability_point_minor,
                "to_target_minor": to_target_minor,
            })),
        })
    }
}
