//! The answers of the boards of OEE: asks the store for the model and the evidence, and leaves the rest to `domain::board`.

use super::memory::{generation, keep, recall};
use crate::clock;
use crate::error::AppError;
use domain::board::machine::{Compare, Compared, Detail};
use domain::board::plant::Seen;
use domain::board::stops::Remark;
use domain::board::tile::{Source, Tile};
use domain::board::{Asked, Frame, MachineAnswer, Period, PlantAnswer};
use domain::oee::{Figures, Timeline};
use domain::plant::{Machine, Plant, Report};
use domain::zone::{Zone, ZoneOffsets};
use domain::{MachineId, TimeRange, Timestamp, WindowSpec};
use std::collections::BTreeMap;
use store::{MachineError, MachineEvidence, Store, Tenant};

/// How many windows of the past a machine's board shows.
const PAST: u32 = 30;

/// The window that the parts of an address ask for.
pub fn asked(period: &str, back: u32, from: Option<String>, to: Option<String>) -> Asked {
    let period = Period::ALL.into_iter().find(|known| known.word() == period).unwrap_or_default();
    let range = (from.is_some() || to.is_some()).then(|| (from.unwrap_or_default(), to.unwrap_or_default()));
    Asked { period, back: back.min(1_000), range }
}

/// All machines of a tenant in their windows.
pub async fn plant_board(store: &Store, tenant: &str, asked: &Asked) -> Result<PlantAnswer, AppError> {
    let (owner, now) = (find(store, tenant)?, clock::now());
    // Before anything is read: what changes from here on is not kept as it was.
    let read = generation(store);
    let plant = store.plant(&owner, None).await?;
    let asked = &counted(store, &owner, &plant.machines.keys().cloned().collect::<Vec<_>>(), asked).await?;
    let clocks = Clocks { zone: store.plant_zone(&owner), plant: &plant, reach: reach(asked, 2, now) };
    let mut shown = BTreeMap::new();
    for (id, machine) in &plant.machines {
        let (zone, (frame, before)) = clocks.frames(machine, asked, now)?;
        let known = before.as_ref().and_then(|before| recall(store, owner.owner(), id, before.range));
        shown.insert(id, (machine, zone, frame, before, known));
    }
    let begins = |(.., frame, before, known): &(_, _, Frame, Option<Frame>, Option<Figures>)| {
        let before = before.as_ref().filter(|_| known.is_none());
        before.map_or(frame.range.start(), |before| before.range.start().min(frame.range.start()))
    };
    // Two statements where some windows before are not kept: what is read grows with the length of the range.
    let (wide, narrow): (Vec<MachineId>, Vec<MachineId>) =
        shown.keys().map(|id| (*id).clone()).partition(|id| shown.get(id).is_some_and(|one| one.3.is_some() && one.4.is_none()));
    let mut found = Vec::new();
    for ids in [wide, narrow] {
        let ranges = ids
            .iter()
            .filter_map(|id| shown.get(id))
            .map(|one| (begins(one), one.2.range.end().max(if latest(asked) { now } else { one.2.range.end() })));
        let range = ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).and_then(|(start, end)| TimeRange::new(start, end).ok());
        if let Some(range) = range {
            found.extend(store.evidences(&owner, &ids, range, None).await?);
        }
    }
    let mut seen = Vec::new();
    for MachineEvidence { machine: id, evidence } in &found {
        let Some((id, (machine, zone, frame, before, known))) = shown.remove_entry(id) else { continue };
        let timeline = Timeline::of(evidence, &machine.policy());
        let source = Source { plant: &plant, id, machine, evidence, timeline: &timeline, zone: &zone, latest: latest(asked) };
        let before = before.map(|before| {
            known.unwrap_or_else(|| {
                let figures = Figures::of(evidence, &timeline, before.range);
                keep(store, owner.owner(), &source, before.range, &figures, read);
                figures
            })
        });
        let (tile, figures) = Tile::of(&source, frame, before.as_ref());
        seen.push(Seen { tile, figures, before });
    }
    let as_of = found.iter().map(|found| found.evidence.known_until()).max().unwrap_or(now);
    Ok(PlantAnswer::of(&plant, seen, as_of))
}

/// One machine in one window.
pub async fn machine_board(store: &Store, tenant: &str, machine: &str, asked: &Asked, detail: &Detail) -> Result<MachineAnswer, AppError> {
    let (owner, now) = (find(store, tenant)?, clock::now());
    // Before anything is read: what changes from here on is not kept as it was.
    let read = generation(store);
    let plant = store.plant(&owner, None).await?;
    let named = machine.parse::<MachineId>().ok().and_then(|id| plant.machines.get_key_value(&id));
    let (id, machine) = named.ok_or_else(|| AppError::UnknownMachine(machine.to_owned()))?;
    let asked = &counted(store, &owner, std::slice::from_ref(id), asked).await?;
    let many = PAST + detail.average;
    let clocks = Clocks { zone: store.plant_zone(&owner), plant: &plant, reach: reach(asked, many, now) };
    let (zone, (frame, before)) = clocks.frames(machine, asked, now)?;
    let mut past: Vec<(Frame, Option<Figures>)> = Vec::new();
    if asked.range.is_none() {
        let frames = asked.period.frames(plant.calendar(machine), &zone, frame.range.start(), many);
        past.extend(frames.into_iter().map(|frame| (frame, None)));
    } else {
        past.extend(before.map(|before| (before, None)));
        past.push((frame.clone(), None));
    }
    for (held, figures) in &mut past {
        *figures = recall(store, owner.owner(), id, held.range);
    }
    let missing = past.iter().filter(|(_, figures)| figures.is_none()).map(|(held, _)| held.range.start()).min();
    let around = frame.range.start().plus(-frame.range.length_us());
    let start = missing.map_or(around, |missing| missing.min(around));
    let end = frame.range.end().plus(frame.range.length_us()).max(if latest(asked) { now } else { start });
    let evidence =
        store.evidence(&owner, id, TimeRange::new(start, end).map_err(domain::window::BadWindow::from).map_err(bad)?, None).await?;
    let timeline = Timeline::of(&evidence, &machine.policy());
    let source = Source { plant: &plant, id, machine, evidence: &evidence, timeline: &timeline, zone: &zone, latest: latest(asked) };
    let past: Vec<(Frame, Figures)> = past
        .into_iter()
        .map(|(held, figures)| {
            let figures = figures.unwrap_or_else(|| {
                let figures = Figures::of(&evidence, &timeline, held.range);
                keep(store, owner.owner(), &source, held.range, &figures, read);
                figures
            });
            (held, figures)
        })
        .collect();
    let others = match detail.compare {
        Compare::Machines => others(store, &owner, &plant, id, frame.range).await?,
        _ => Vec::new(),
    };
    let mut answer = MachineAnswer::of(&source, frame, &past, others, detail);
    let shown = answer.past.len().saturating_sub(PAST as usize);
    answer.past.drain(..shown);
    remark(store, &owner, id, &mut answer).await?;
    Ok(answer)
}

/// The other machines of the same line, or of the plant where it is in none.
async fn others(store: &Store, owner: &Tenant, plant: &Plant, id: &MachineId, window: TimeRange) -> Result<Vec<Compared>, AppError> {
    let line = plant.machines.get(id).and_then(|machine| machine.line.as_ref());
    let beside = plant.machines.iter().filter(|(other, machine)| *other != id && machine.line.as_ref() == line);
    let ids: Vec<MachineId> = beside.map(|(id, _)| id.clone()).take(20).collect();
    let mut compared = Vec::new();
    for MachineEvidence { machine: id, evidence } in store.evidences(owner, &ids, window, None).await? {
        let Some(machine) = plant.machines.get(&id) else { continue };
        let policy = machine.policy();
        let timeline = Timeline::of(&evidence, &policy);
        let source = Source { plant, id: &id, machine, evidence: &evidence, timeline: &timeline, zone: &ZoneOffsets::utc(), latest: false };
        let figures = Figures::of(&evidence, &timeline, window);
        let name = if machine.name.is_empty() { id.as_str() } else { &machine.name };
        compared.push(Compared::of(name, Some(id.to_string()), &figures, &policy, source.rate(&figures, window).as_ref()));
    }
    Ok(compared)
}

/// Puts what people said beside the stops that they said it of.
async fn remark(store: &Store, owner: &Tenant, id: &MachineId, answer: &mut MachineAnswer) -> Result<(), AppError> {
    let entries = store.report_entries(owner, id, answer.tile.frame.range).await?;
    for entry in domain::oee::correction::latest(&entries, Timestamp::MAX).into_values() {
        let Some(Report::Comment { start, end, text }) = &entry.fact else { continue };
        let end = end.unwrap_or(start.plus(1));
        for stop in answer.stops.iter_mut().filter(|stop| *start < stop.end && stop.start < end) {
            stop.remarks.push(Remark { author: entry.author.clone(), text: text.clone() });
        }
    }
    Ok(())
}

/// The clocks on the walls of a tenant's sites.
struct Clocks<'a> {
    /// Of sites that name none.
    zone: Zone,
    plant: &'a Plant,
    reach: TimeRange,
}

type Frames = (Frame, Option<Frame>);

impl Clocks<'_> {
    fn frames(&self, machine: &Machine, asked: &Asked, now: Timestamp) -> Result<(ZoneOffsets, Frames), AppError> {
        let named = self.plant.site(machine).and_then(|site| site.zone.as_deref()).and_then(|zone| zone.parse::<Zone>().ok());
        let zone = named.unwrap_or(self.zone);
        let calendar = self.plant.calendar(machine);
        let mut offsets = zone.offsets(self.reach);
        let mut frames = asked.frames(calendar, &offsets, now).map_err(bad)?;
        if asked.range.is_some() {
            // A range may lie anywhere: where it is about says which offsets its wall times need.
            let about = frames.0.range;
            let around = TimeRange::new(about.start().plus(-about.length_us()), about.end().plus(about.length_us()));
            offsets = zone.offsets(around.unwrap_or(about));
            frames = asked.frames(calendar, &offsets, now).map_err(bad)?;
        }
        Ok((offsets, frames))
    }
}

/// A window that is counted from what was heard of these machines, with its ends as instants; any other as it is asked.
async fn counted(store: &Store, owner: &Tenant, machines: &[MachineId], asked: &Asked) -> Result<Asked, AppError> {
    let Some((from, to)) = &asked.range else { return Ok(asked.clone()) };
    let spec = WindowSpec::parse(Some(from), Some(to)).map_err(bad)?.completed();
    let extent = if spec.from.is_none() || spec.counts_from_heard() { store.heard(owner, machines).await? } else { None };
    Ok(Asked { range: Some(spec.heard(extent).map_err(bad)?.texts()), ..asked.clone() })
}

/// Over which range offsets of zones are needed.
fn reach(asked: &Asked, windows: u32, now: Timestamp) -> TimeRange {
    let back_us = asked.period.reach_us(asked.back.saturating_add(windows)).max(Period::Month.reach_us(1));
    TimeRange::new(now.plus(-back_us), now.plus(Period::Month.reach_us(1))).unwrap_or(TimeRange::ALL)
}

/// Whether the running window is asked for.
fn latest(asked: &Asked) -> bool {
    asked.range.is_none() && asked.back == 0
}

fn find(store: &Store, tenant: &str) -> Result<Tenant, AppError> {
    store.tenant(tenant).ok_or_else(|| AppError::UnknownTenant(tenant.to_owned()))
}

fn bad(error: domain::window::BadWindow) -> AppError {
    AppError::BadRequest(format!("Cannot show this window: {error}."))
}

impl From<MachineError> for AppError {
    fn from(error: MachineError) -> Self {
        match error {
            MachineError::Store(error) => Self::Problem(error.problem()),
            MachineError::UnknownMachine(id) => Self::UnknownMachine(id.to_string()),
            refused @ MachineError::OnlyLooks => Self::Forbidden(format!("{refused}.")),
            refused => Self::BadRequest(format!("{refused}.")),
        }
    }
}
