//! Which windows and moments an address means on the clocks of a tenant's sites.

use crate::error::AppError;
use domain::board::{Asked, Frame, Period};
use domain::plant::{Machine, Plant};
use domain::zone::{Zone, ZoneOffsets};
use domain::{MachineId, TimeRange, Timestamp, WindowSpec};
use store::{Store, Tenant};

/// The moment as known at which everything is asked for; `None` is now.
pub fn moment(asked: &Asked, zone: Zone, now: Timestamp) -> Result<Option<Timestamp>, AppError> {
    asked.known_at(&|wall_us, twice| zone.instant(wall_us, twice), now).map_err(bad)
}

/// A machine that was stated later than the moment that is asked for.
pub fn not_yet(id: &MachineId, asked: &Asked) -> AppError {
    let known = asked.known.as_deref().unwrap_or_default();
    AppError::BadRequest(format!(
        "Nothing was known of the machine `{id}` at {known}: it was added to the plant later. Take `known` out of the address to see what is known now."
    ))
}

/// The zone of a machine at an instant: its site's, or that of sites that name none.
pub fn clock_of(plant: &Plant, machine: &Machine, time: Timestamp, of_others: Zone) -> Zone {
    let site = plant.placed(machine, time).site;
    let named = site.and_then(|(_, site)| site.zone.as_deref()).and_then(|zone| zone.parse().ok());
    named.unwrap_or(of_others)
}

/// The clocks on the walls of a tenant's sites.
pub struct Clocks<'a> {
    /// Of sites that name none.
    pub zone: Zone,
    pub plant: &'a Plant,
    pub reach: TimeRange,
}

pub type Frames = (Frame, Option<Frame>);

impl Clocks<'_> {
    /// The window of a machine and the one before, with the offsets that hold around it.
    pub fn frames(&self, machine: &Machine, asked: &Asked, now: Timestamp) -> Result<(ZoneOffsets, Frames), AppError> {
        let zone = clock_of(self.plant, machine, now, self.zone);
        let rota = self.plant.rota(machine);
        let mut offsets = zone.offsets(self.reach);
        let mut frames = asked.frames(&rota, &offsets, now).map_err(bad)?;
        if asked.range.is_some() {
            // A range may lie anywhere: where it is about says which offsets its wall times need.
            let about = frames.0.range;
            let around = TimeRange::new(about.start().plus(-about.length_us()), about.end().plus(about.length_us()));
            offsets = zone.offsets(around.unwrap_or(about));
            frames = asked.frames(&rota, &offsets, now).map_err(bad)?;
        }
        Ok((offsets, frames))
    }
}

/// A window that is counted from what was heard of these machines until now, with its ends as instants; any other as it is asked.
pub async fn counted(store: &Store, owner: &Tenant, machines: &[MachineId], asked: &Asked, now: Timestamp) -> Result<Asked, AppError> {
    let Some((from, to)) = &asked.range else { return Ok(asked.clone()) };
    let spec = WindowSpec::parse(Some(from), Some(to)).map_err(bad)?.completed();
    let extent = if spec.from.is_none() || spec.counts_from_heard() { store.heard(owner, machines).await? } else { None };
    let extent = extent.map(|(first, last)| (first.min(now), last.min(now)));
    Ok(Asked { range: Some(spec.heard(extent).map_err(bad)?.texts()), ..asked.clone() })
}

/// Over which range offsets of zones are needed.
pub fn reach(asked: &Asked, windows: u32, now: Timestamp) -> TimeRange {
    let back_us = asked.period.reach_us(asked.back.saturating_add(windows)).max(Period::Month.reach_us(1));
    TimeRange::new(now.plus(-back_us), now.plus(Period::Month.reach_us(1))).unwrap_or(TimeRange::ALL)
}

/// Whether the running window is asked for.
pub fn latest(asked: &Asked) -> bool {
    asked.range.is_none() && asked.back == 0
}

/// A window that cannot be shown, as a sentence.
pub fn bad(error: domain::window::BadWindow) -> AppError {
    AppError::BadRequest(format!("Cannot show this window: {error}."))
}
