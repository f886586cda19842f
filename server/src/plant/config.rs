//! `[[site]]`, `[[line]]`, `[[machine]]`, `[[reason]]`, `[[product]]`, `[[calendar]]` and `[[order]]` as written, and as facts.

use super::FilePlant;
use domain::machine::{Dialect, Mapping};
use domain::oee::Class;
use domain::oee::policy::Limits;
use domain::plant::draft::value::{self, Bad};
use domain::plant::draft::{ExtraRow, RotationRow, ShiftRow, WeekRows};
use domain::plant::{Counting, DatedStandard, Fact, Line, LinePlace, Machine, Order, Place, Plant, Product, Rate, Reason, Site, Target};
use domain::zone::Zone;
use domain::{MachineId, TenantId, Timestamp};
use serde::Deserialize;
use std::collections::BTreeMap;
use store::TenantSettings;

/// What the file says about plants.
#[derive(Clone, Debug, Default)]
pub struct PlantConfig {
    pub site: Vec<SiteConfig>,
    pub line: Vec<LineConfig>,
    pub machine: Vec<MachineConfig>,
    pub reason: Vec<ReasonConfig>,
    pub product: Vec<ProductConfig>,
    pub calendar: Vec<CalendarConfig>,
    pub order: Vec<OrderConfig>,
}

macro_rules! written {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            id: String,
            tenant: Option<TenantId>,
            $(#[serde(default)] $field: $kind,)*
        }
    };
}

written!(
    /// A site.
    SiteConfig { name: String, timezone: Option<String>, calendar: Option<String>, place: Vec<SitePlaceConfig>, }
);
written!(
    /// A line.
    LineConfig { name: String, site: Option<String>, calendar: Option<String>, constraint: Option<String>, place: Vec<LinePlaceConfig>, }
);
written!(
    /// A machine.
    MachineConfig {
        name: String, line: Option<String>, site: Option<String>, builder: Option<String>, model: Option<String>, r#type: Option<String>,
        customer: Option<String>, calendar: Option<String>, silence: Option<String>, micro_stop: Option<String>, cap_performance: bool,
        amber_from: Option<f64>, green_from: Option<f64>, dialect: Option<Dialect>, states: BTreeMap<String, String>,
        modes: BTreeMap<String, String>, counters_roll_over_at: Option<u64>, count_cycles: bool, ideal_cycle: Option<String>,
        value: Option<String>, standard: Vec<StandardConfig>, target: Vec<TargetConfig>, hour_rate: Vec<RateConfig>,
        place: Vec<PlaceConfig>,
    }
);
written!(
    /// A reason or a group of reasons.
    ReasonConfig {
        name: String, names: BTreeMap<String, String>, group: Option<String>, class: Option<String>, planned: bool, rejects: bool, types: Vec<String>, words: Vec<String>,
    }
);
written!(
    /// A product.
    ProductConfig { name: String, words: Vec<String>, ideal_cycle: Option<String>, value: Option<String>, standard: Vec<StandardConfig>, }
);
written!(
    /// A calendar: shifts of a week or of another rotation, holidays, extra shifts.
    CalendarConfig { shift: Vec<ShiftConfig>, rotation: Vec<RotationConfig>, holidays: Vec<String>, extra: Vec<ExtraConfig>, }
);
written!(
    /// An order.
    OrderConfig { machine: String, product: String, start: String, quantity: Option<u64>, }
);

/// What is expected, from when on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardConfig {
    from: Option<String>,
    machine: Option<MachineId>,
    ideal_cycle: String,
    value: Option<String>,
}

/// Where a machine stands from a date on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceConfig {
    from: String,
    line: Option<String>,
    site: Option<String>,
    calendar: Option<String>,
}

/// The calendar of a site from a date on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SitePlaceConfig {
    from: String,
    calendar: Option<String>,
}

/// Where a line stands from a date on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinePlaceConfig {
    from: String,
    site: Option<String>,
    calendar: Option<String>,
    constraint: Option<String>,
}

/// What should be reached, in per cent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetConfig {
    from: Option<String>,
    oee: f64,
    availability: Option<f64>,
    performance: Option<f64>,
    quality: Option<f64>,
}

/// What an hour costs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateConfig {
    from: Option<String>,
    rate: String,
}

/// A shift of every day, or of some days of the week.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShiftConfig {
    name: String,
    hours: String,
    #[serde(default)]
    breaks: Vec<String>,
    #[serde(default)]
    days: Vec<String>,
    from: Option<String>,
}

/// A cycle of days, each with the names of its shifts, from a date on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotationConfig {
    from: String,
    anchor: Option<String>,
    days: Vec<Vec<String>>,
}

/// A date with shifts of its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtraConfig {
    date: String,
    shifts: Vec<String>,
}

impl PlantConfig {
    /// The facts of each tenant, checked against each other; else the place and a sentence.
    pub fn facts(self, tenants: &[TenantSettings]) -> Result<Vec<FilePlant>, (String, Bad)> {
        let mut plants: BTreeMap<TenantId, Vec<Fact>> = BTreeMap::new();
        let Self { site, line, machine, reason, product, calendar, order } = self;
        macro_rules! take {
            ($kind:literal, $list:expr) => {
                for written in $list {
                    let place = format!("{} `{}`", $kind, written.id);
                    let (tenant, zone) = owner(written.tenant.as_ref(), tenants).map_err(|bad| (place.clone(), bad))?;
                    let fact = written.fact(zone).map_err(|bad| (place.clone(), bad))?;
                    let facts = plants.entry(tenant).or_default();
                    if facts.iter().any(|known| known.key() == fact.key()) {
                        return Err((place, "it stands there twice; remove one".to_owned()));
                    }
                    facts.push(fact);
                }
            };
        }
        take!("site", site);
        take!("line", line);
        take!("machine", machine);
        take!("reason", reason);
        take!("product", product);
        take!("calendar", calendar);
        take!("order", order);
        for facts in plants.values() {
            let checked = Plant::of_facts(facts.iter().cloned()).check();
            if let Some((key, mistake)) = checked.err().and_then(|error| error.0.into_iter().next()) {
                return Err((key.to_string(), mistake.to_string()));
            }
        }
        Ok(plants.into_iter().map(|(tenant, facts)| FilePlant { tenant, facts }).collect())
    }
}

/// Whose it is, and the zone of their wall times.
fn owner(named: Option<&TenantId>, tenants: &[TenantSettings]) -> Result<(TenantId, Zone), Bad> {
    let owners: Vec<&TenantSettings> = tenants.iter().filter(|tenant| tenant.view.is_none()).collect();
    match (named, owners.as_slice()) {
        (Some(named), owners) => {
            let found = owners.iter().find(|tenant| tenant.id == *named);
            let found = found.ok_or_else(|| format!("there is no tenant `{named}` with a plant of its own; name another"))?;
            Ok((found.id.clone(), found.zone))
        }
        (None, [only]) => Ok((only.id.clone(), only.zone)),
        (None, _) => Err("say which tenant owns it: tenant = \"…\"".to_owned()),
    }
}

fn from(text: Option<&String>, zone: Zone) -> Result<Option<Timestamp>, Bad> {
    text.map(|text| value::instant(text, zone)).transpose()
}

fn standards(undated: Option<&String>, value: Option<&String>, dated: &[StandardConfig], zone: Zone) -> Result<Vec<DatedStandard>, Bad> {
    let undated = undated.map(|cycle| {
        let standard = value::standard(cycle, value.map(String::as_str))?;
        Ok(DatedStandard { from: None, machine: None, standard })
    });
    let dated = dated.iter().map(|written| {
        let StandardConfig { from: date, machine, ideal_cycle, value } = written;
        let standard = value::standard(ideal_cycle, value.as_deref())?;
        Ok(DatedStandard { from: from(date.as_ref(), zone)?, machine: machine.clone(), standard })
    });
    undated.into_iter().chain(dated).collect()
}

/// What is read of a field, or what is wrong with it.
fn named<T>(field: &str, read: Option<Result<T, Bad>>) -> Result<Option<T>, Bad> {
    read.transpose().map_err(|wrong| format!("{field}: {wrong}"))
}

fn classes(words: BTreeMap<String, String>) -> Result<BTreeMap<String, Class>, Bad> {
    words.into_iter().map(|(word, class)| Ok((word, value::class(&class)?))).collect()
}

impl SiteConfig {
    fn fact(self, zone: Zone) -> Result<Fact, Bad> {
        let Self { id, tenant: _, name, timezone, calendar, place } = self;
        let dated = |SitePlaceConfig { from, calendar }: SitePlaceConfig| Ok((value::instant(&from, zone)?, calendar));
        let calendars = place.into_iter().map(dated).collect::<Result<_, Bad>>()?;
        Ok(Fact::Site(id, Site { name, zone: timezone, calendar, calendars }))
    }
}

impl LineConfig {
    fn fact(self, zone: Zone) -> Result<Fact, Bad> {
        let Self { id, tenant: _, name, site, calendar, constraint, place } = self;
        let dated = |LinePlaceConfig { from, site, calendar, constraint }: LinePlaceConfig| {
            Ok((value::instant(&from, zone)?, LinePlace { site, calendar, constraint }))
        };
        let places = place.into_iter().map(dated).collect::<Result<_, Bad>>()?;
        Ok(Fact::Line(id, Line { name, site, calendar, constraint, places }))
    }
}

impl MachineConfig {
    fn fact(self, zone: Zone) -> Result<Fact, Bad> {
        let id: MachineId = self.id.parse().map_err(|error: domain::machine::NotAMachineId| error.to_string())?;
        let all = standards(self.ideal_cycle.as_ref(), self.value.as_ref(), &self.standard, zone)?;
        let target = |written: &TargetConfig| {
            let factors = [written.availability, written.performance, written.quality];
            let factors = match factors {
                [Some(a), Some(p), Some(q)] => Some([value::thousandths(a)?, value::thousandths(p)?, value::thousandths(q)?]),
                [None, None, None] => None,
                _ => return Err("a target has availability, performance and quality, or none of them".to_owned()),
            };
            Ok((from(written.from.as_ref(), zone)?, Target { oee: value::thousandths(written.oee)?, factors }))
        };
        let rate = |written: &RateConfig| {
            let (millionths, currency) = value::money(&written.rate)?;
            Ok((from(written.from.as_ref(), zone)?, Rate { minor_per_hour: millionths / 1_000_000, currency }))
        };
        let place =
            |PlaceConfig { from, line, site, calendar }: PlaceConfig| Ok((value::instant(&from, zone)?, Place { line, site, calendar }));
        let usual = domain::oee::Policy::default().limits;
        let limits = Limits {
            amber_from: self.amber_from.map_or(Ok(usual.amber_from), value::thousandths)?,
            green_from: self.green_from.map_or(Ok(usual.green_from), value::thousandths)?,
        };
        let mapping = Mapping { dialect: self.dialect.unwrap_or_default(), states: classes(self.states)?, modes: classes(self.modes)? };
        let machine = Machine {
            name: self.name,
            line: self.line,
            site: self.site,
            builder: self.builder,
            model: self.model,
            machine_type: self.r#type,
            customer: self.customer,
            calendar: self.calendar,
            silence_us: named("silence", self.silence.as_deref().map(value::length_us))?,
            micro_stop_us: named("micro_stop", self.micro_stop.as_deref().map(value::threshold_us))?,
            cap_performance: self.cap_performance,
            limits: Some(limits).filter(|limits| *limits != usual),
            mapping,
            counting: Counting { rolls_over_at: self.counters_roll_over_at, by_cycles: self.count_cycles },
            standards: all.into_iter().map(|dated| (dated.from, dated.standard)).collect(),
            targets: self.target.iter().map(target).collect::<Result<_, Bad>>()?,
            rates: self.hour_rate.iter().map(rate).collect::<Result<_, Bad>>()?,
            places: self.place.into_iter().map(place).collect::<Result<_, Bad>>()?,
        };
        Ok(Fact::Machine(id, machine))
    }
}

impl ReasonConfig {
    fn fact(self, _: Zone) -> Result<Fact, Bad> {
        let Self { id, tenant: _, name, names, group, class, planned, rejects, types, words } = self;
        let class = class.as_deref().map_or(Ok(if planned { Class::PlannedStop } else { Class::Stop }), value::class)?;
        Ok(Fact::Reason(id, Reason { name, names, group, class, machine_types: types, words, rejects }))
    }
}

impl ProductConfig {
    fn fact(self, zone: Zone) -> Result<Fact, Bad> {
        let standards = standards(self.ideal_cycle.as_ref(), self.value.as_ref(), &self.standard, zone)?;
        Ok(Fact::Product(self.id, Product { name: self.name, words: self.words, standards }))
    }
}

impl CalendarConfig {
    fn fact(self, _: Zone) -> Result<Fact, Bad> {
        let Self { id, tenant: _, shift: shifts, rotation: rotations, holidays, extra: extras } = self;
        let shift = |written: ShiftConfig| {
            let ShiftConfig { name, hours, breaks, days, from } = written;
            ShiftRow { name, hours, breaks, days, from }
        };
        let rotation = |RotationConfig { from, anchor, days }: RotationConfig| RotationRow { from, anchor, days };
        let extra = |ExtraConfig { date, shifts }: ExtraConfig| ExtraRow { date, shifts };
        let rows = WeekRows {
            shifts: shifts.into_iter().map(shift).collect(),
            rotations: rotations.into_iter().map(rotation).collect(),
            holidays,
            extra: extras.into_iter().map(extra).collect(),
        };
        let calendar = rows.calendar().map_err(|wrong| wrong.into_iter().map(|wrong| wrong.sentence).collect::<Vec<_>>().join("; "))?;
        Ok(Fact::Calendar(id, calendar))
    }
}

impl OrderConfig {
    fn fact(self, zone: Zone) -> Result<Fact, Bad> {
        let Self { id, tenant: _, machine, product, start, quantity } = self;
        let machine = machine.parse().map_err(|error: domain::machine::NotAMachineId| error.to_string())?;
        Ok(Fact::Order(id, Order { machine, product, start: value::instant(&start, zone)?, quantity }))
    }
}
