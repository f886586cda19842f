//! What an address looks at: whose machine, in which window, on which clock, as known when. Boards and downloads see the same.

use super::clocks::{Clocks, clock_of, counted, moment, not_yet, reach};
use crate::clock;
use crate::error::AppError;
use domain::board::{Asked, Frame};
use domain::plant::Plant;
use domain::zone::ZoneOffsets;
use domain::{MachineId, Timestamp};
use std::sync::Arc;
use store::{Store, Tenant};

/// A machine in a window.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Who looks.
    pub owner: Tenant,
    /// As it was known at the moment that is asked for.
    pub plant: Arc<Plant>,
    /// One of its machines.
    pub id: MachineId,
    /// The window as it is asked for, ends that are counted from what was heard as instants.
    pub asked: Asked,
    /// Now, or the moment as known at which everything is shown.
    pub now: Timestamp,
    /// That moment; `None` is now.
    pub known_at: Option<Timestamp>,
    /// The clock on the wall, around the window and as many windows before it as were wanted.
    pub zone: ZoneOffsets,
    /// The window.
    pub frame: Frame,
    /// The one before.
    pub before: Option<Frame>,
}

impl Sight {
    /// What an address means to a tenant now; `windows` of the past are looked at, too. A machine that the tenant does not see is
    /// one that there is not.
    pub async fn of(store: &Store, tenant: &str, machine: &str, asked: &Asked, windows: u32) -> Result<Self, AppError> {
        let (owner, now) = (find(store, tenant)?, clock::now());
        let present = store.plant(&owner, None).await?;
        let named = machine.parse::<MachineId>().ok().and_then(|id| present.machines.get_key_value(&id));
        let (id, machine) = named.ok_or_else(|| AppError::UnknownMachine(machine.to_owned()))?;
        let known_at = moment(asked, clock_of(&present, machine, now, store.plant_zone(&owner)), now)?;
        let now = known_at.unwrap_or(now);
        let plant = store.plant(&owner, known_at).await?;
        let machine = plant.machines.get(id).ok_or_else(|| not_yet(id, asked))?;
        let asked = counted(store, &owner, std::slice::from_ref(id), asked, now).await?;
        let clocks = Clocks { zone: store.plant_zone(&owner), plant: &plant, reach: reach(&asked, windows, now) };
        let (zone, (frame, before)) = clocks.frames(machine, &asked, now)?;
        Ok(Self { owner, id: id.clone(), asked, now, known_at, zone, frame, before, plant })
    }
}

/// A tenant by its name in addresses.
pub fn find(store: &Store, tenant: &str) -> Result<Tenant, AppError> {
    store.tenant(tenant).ok_or_else(|| AppError::UnknownTenant(tenant.to_owned()))
}
