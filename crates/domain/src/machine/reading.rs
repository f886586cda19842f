//! From what devices say and people report to evidence: the one way, whether it comes from the store, a file or a simulator.

use super::device::ANNOUNCED_US;
use super::people;
use super::{Arrival, Device, Heard, Observation, Told, Word};
use crate::oee::{Dated, Evidence, Made, Plan, ProductId, Products};
use crate::plant::{Machine, Plant, Report, Site};
use crate::zone::ZoneOffsets;
use crate::{MachineId, TimeRange, Timestamp};

/// The product of parts of which nobody says what they are; a machine's own standards hold for it.
pub const UNSAID: ProductId = ProductId(0);

/// The years that calendars plan, 1950 to 2139: a window of all of time has no shifts without end.
const PLANNED: (Timestamp, Timestamp) = (Timestamp::from_us(-631_152_000_000_000), Timestamp::from_us(5_364_662_400_000_000));

/// What of a stretch calendars plan; for this the offsets of the zone must hold.
pub fn planned(start: Timestamp, end: Timestamp) -> Option<TimeRange> {
    TimeRange::new(start.max(PLANNED.0), end.min(PLANNED.1)).ok()
}

/// The evidence of a machine from all that its device ever said, in the order of arrival; `range` is what the plan shall hold.
/// Observations with wrong clocks are left out. The words are learned in a dictionary of its own.
pub fn evidence<'a>(
    plant: &Plant,
    id: &MachineId,
    observations: impl IntoIterator<Item = &'a Observation>,
    reports: &[&Report],
    (range, zone): (TimeRange, &ZoneOffsets),
    as_of: Timestamp,
) -> Evidence {
    let mut arrival = Arrival::default();
    let (mut plant, mut heard) = (plant.clone(), Vec::new());
    for observation in observations {
        if let Ok(place) = arrival.take(observation) {
            let said = observation.said.clone().with_word(|word| plant.words.intern(&word));
            heard.push(Heard { at: place.at, quiet_us: place.quiet_us, said });
        }
    }
    let unnamed = Machine::default();
    let mut device = Device::new(&plant, plant.machines.get(id).unwrap_or(&unnamed));
    for heard in heard {
        device.hear(heard);
    }
    if let Some(last) = arrival.heard {
        device.quiet(last, as_of);
    }
    of_told(&plant, id, device.told(), reports, (range, &|_, _| zone.clone()), as_of)
}

/// The clock on the wall of a site over a stretch; of those that name none where a machine stands at none.
pub type Clock<'a> = &'a dyn Fn(Option<&Site>, TimeRange) -> ZoneOffsets;

/// The evidence of a machine from what its device told, what people reported, and what the plant expects.
pub fn of_told(
    plant: &Plant,
    id: &MachineId,
    told: Told,
    reports: &[&Report],
    (range, clock): (TimeRange, Clock<'_>),
    as_of: Timestamp,
) -> Evidence {
    let Told { mut spans, made, products: said } = told;
    let unnamed = Machine::default();
    let machine = plant.machines.get(id).unwrap_or(&unnamed);
    people::stand(plant, reports, &mut spans, as_of);
    let orders = orders(plant, id, &said);
    let product = |named: Option<&str>, time| {
        let named = named.and_then(|id| plant.product_id(id));
        named.or_else(|| orders.at(time).copied()).unwrap_or(UNSAID)
    };
    let of_device = |(time, parts, reason)| Made { time, product: product(None, time), parts, reason };
    let mut made: Vec<Made> = made.into_iter().map(of_device).collect();
    people::count(plant, reports, &mut made, product);
    let mut products = Products::new();
    let on_it = said.iter().map(|(_, word)| named_by_device(plant, *word));
    let ordered = plant.orders.values().filter(|order| order.machine == *id).filter_map(|order| plant.product_id(&order.product));
    for number in on_it.chain(ordered).chain(made.iter().map(|made| made.product)).chain([UNSAID]) {
        products.entry(number).or_insert_with(|| standards(plant, machine, id, number));
    }
    let first = spans.iter().map(|span| span.start).min().map_or(range.start(), |first| first.min(range.start()));
    // What lasts is planned as far as it lasts, or its length would depend on the window that it is looked at in.
    let last = spans.iter().map(|span| span.end.unwrap_or(as_of)).max().map_or(range.end(), |last| last.max(range.end()));
    let plan = plan(plant, machine, (first, last), clock);
    Evidence { spans, made, plan, products, orders, as_of: Some(as_of) }
}

/// The stretch of standing time, by the device or by people, that touches a window, or the window where there is none, with the
/// time in which a reason may have been announced before it. What a reader holds must reach beyond it at both ends, or it does
/// not hold the standstills whole.
pub fn whole(told: &Told, reports: &[&Report], range: TimeRange, as_of: Timestamp) -> (Timestamp, Option<Timestamp>) {
    let mut spans = told.spans.clone();
    people::stand(&Plant::default(), reports, &mut spans, as_of);
    let standing = people::standing(spans.into_iter(), as_of);
    let touching = |time: Timestamp| standing.iter().find(|(start, end)| *start <= time && end.is_none_or(|end| time <= end));
    let start = touching(range.start()).map_or(range.start(), |(start, _)| *start);
    let end = touching(range.end()).map_or(Some(range.end()), |(_, end)| *end);
    (start.plus(-ANNOUNCED_US), end)
}

/// What holds of a product on a machine.
fn standards(plant: &Plant, machine: &Machine, id: &MachineId, number: ProductId) -> Dated<crate::oee::Standard> {
    let product = plant.product(number).and_then(|name| plant.products.get(name));
    let own = product.map(|product| product.on(id)).filter(|dated| *dated != Dated::default());
    own.unwrap_or_else(|| {
        let all = machine.standards.iter();
        all.fold(Dated::default(), |all, (from, standard)| all.from(from.unwrap_or(Timestamp::MIN), *standard))
    })
}

/// Which product is on the machine from when on: what the device says from its first word on, orders before.
fn orders(plant: &Plant, id: &MachineId, said: &[(Timestamp, Word)]) -> Dated<ProductId> {
    let first = said.first().map(|(time, _)| *time);
    let planned = plant.orders.values().filter(|order| order.machine == *id && first.is_none_or(|first| order.start < first));
    let planned = planned.filter_map(|order| Some((order.start, plant.product_id(&order.product)?)));
    let said = said.iter().map(|(time, word)| (*time, named_by_device(plant, *word)));
    planned.chain(said).fold(Dated::always(UNSAID), |all, (time, product)| all.from(time, product))
}

/// The product that a device calls so.
fn named_by_device(plant: &Plant, word: Word) -> ProductId {
    let text = plant.words.text(word).unwrap_or_default();
    let by_word = || plant.products.iter().find(|(_, product)| product.words.iter().any(|known| known == text)).map(|(id, _)| id);
    let id = plant.products.get_key_value(text).map(|(id, _)| id).or_else(by_word);
    id.and_then(|id| plant.product_id(id)).unwrap_or(word.unknown_product())
}

/// By the calendar and on the clock of each place that the machine had. A shift that goes on elsewhere ends where the machine leaves.
pub(crate) fn plan(plant: &Plant, machine: &Machine, (first, last): (Timestamp, Timestamp), clock: Clock<'_>) -> Plan {
    let mut whole = Plan::default();
    for (held, placed) in plant.places(machine) {
        let Some((_, calendar)) = placed.calendar else {
            whole.scheduled.push(held);
            continue;
        };
        let Some(range) = planned(first.max(held.start()), last.min(held.end())) else { continue };
        let Plan { scheduled, breaks } = calendar.plan(range, &clock(placed.site.map(|(_, site)| site), range));
        whole.scheduled.extend(scheduled.into_iter().filter_map(|shift| shift.overlap(held)));
        whole.breaks.extend(breaks.into_iter().filter_map(|pause| pause.overlap(held)));
    }
    whole
}
