//! The answers of the boards of OEE: asks the store for the model and the evidence, and leaves the rest to `domain::board`.

use super::clocks::{Clocks, bad, clock_of, latest, moment, not_yet, reach, zone_of};
use super::language;
use super::memory::{generation, keep, recall};
use super::opened::Opened;
use crate::api_oee::Page;
use crate::boards::machines::Query;
use crate::clock;
use crate::error::AppError;
use domain::board::machine::{Compare, Compared, Detail};
use domain::board::plant::Seen;
use domain::board::stops::Remark;
use domain::board::tile::{Source, Sums, Tile};
use domain::board::{Asked, Frame, MachineAnswer, Period, PlantAnswer};
use domain::oee::Timeline;
use domain::plant::{Plant, Report};
use domain::zone::ZoneOffsets;
use domain::{MachineId, TimeRange, Timestamp};
use std::collections::BTreeMap;
use store::{MachineError, MachineEvidence, ReportEntry, Store, Tenant};

/// How many windows of the past a machine's board shows.
pub const PAST: u32 = 30;

/// The window that the parts of an address ask for.
pub fn asked(period: &str, back: u32, (from, to): (Option<String>, Option<String>), known: Option<String>) -> Asked {
    let period = Period::ALL.into_iter().find(|known| known.word() == period).unwrap_or_default();
    let range = (from.is_some() || to.is_some()).then(|| (from.unwrap_or_default(), to.unwrap_or_default()));
    Asked { period, back: back.min(1_000), range, known: known.filter(|known| !known.is_empty()) }
}

/// All machines of a tenant in their windows.
pub async fn plant_board(store: &Store, tenant: &str, asked: &Asked) -> Result<PlantAnswer, AppError> {
    let (owner, now) = (find(store, tenant)?, clock::now());
    // Before anything is read: what changes from here on is not kept as it was.
    let read = generation(store);
    let language = language::of_reader();
    let known_at = moment(asked, zone_of(store, &owner), now)?;
    let now = known_at.unwrap_or(now);
    let plant = store.plant(&owner, known_at).await?;
    let seen_now = store.plant(&owner, None).await?;
    let clocks = Clocks { zone: zone_of(store, &owner), plant: &plant, reach: reach(asked, 2, now) };
    let mut shown = BTreeMap::new();
    // Who saw a machine once and does not see it now, sees nothing of it any more.
    for (id, machine) in plant.machines.iter().filter(|(id, _)| seen_now.machines.contains_key(*id)) {
        let (zone, (frame, before)) = clocks.frames(machine, asked, now)?;
        // What is kept is as it is known now.
        let known = before.as_ref().filter(|_| known_at.is_none()).and_then(|before| recall(store, owner.owner(), id, before.range));
        shown.insert(id, (machine, zone, frame, before, known));
    }
    let begins = |(.., frame, before, known): &(_, _, Frame, Option<Frame>, Option<Sums>)| {
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
            found.extend(store.evidences(&owner, &ids, range, known_at).await?);
        }
    }
    let mut seen = Vec::new();
    for MachineEvidence { machine: id, evidence } in &found {
        let Some((id, (machine, zone, frame, before, known))) = shown.remove_entry(id) else { continue };
        let timeline = Timeline::of(evidence, &machine.policy());
        let source =
            Source { plant: &plant, id, machine, evidence, timeline: &timeline, zone: &zone, language: &language, latest: latest(asked) };
        let before = before.map(|before| {
            known.unwrap_or_else(|| {
                let sums = source.sums(before.range);
                if known_at.is_none() {
                    keep(store, owner.owner(), &source, before.range, &sums, read);
                }
                sums
            })
        });
        let before = before.map(|before| before.figures);
        let (mut tile, figures) = Tile::of(&source, frame, before.as_ref());
        tile.state.until = known_at.unwrap_or(tile.state.until).min(tile.state.until);
        seen.push(Seen { tile, figures, before });
    }
    let as_of = found.iter().map(|found| found.evidence.known_until()).max().unwrap_or(now);
    Ok(PlantAnswer::of(&plant, seen, as_of))
}

/// One machine in one window.
pub async fn machine_board(
    store: &Store,
    tenant: &str,
    machine: &str,
    asked: &Asked,
    detail: &Detail,
    search: &str,
) -> Result<Page, AppError> {
    let (owner, now) = (find(store, tenant)?, clock::now());
    // Before anything is read: what changes from here on is not kept as it was.
    let read = generation(store);
    let present = store.plant(&owner, None).await?;
    let named = machine.parse::<MachineId>().ok().and_then(|id| present.machines.get_key_value(&id));
    let (id, machine) = named.ok_or_else(|| AppError::UnknownMachine(machine.to_owned()))?;
    let language = language::of_reader();
    let known_at = moment(asked, clock_of(&present, machine, zone_of(store, &owner)), now)?;
    let now = known_at.unwrap_or(now);
    let plant = store.plant(&owner, known_at).await?;
    let machine = plant.machines.get(id).ok_or_else(|| not_yet(id, asked))?;
    let many = PAST + detail.average;
    let clocks = Clocks { zone: zone_of(store, &owner), plant: &plant, reach: reach(asked, many, now) };
    let (zone, (frame, before)) = clocks.frames(machine, asked, now)?;
    let mut past: Vec<(Frame, Option<Sums>)> = Vec::new();
    if asked.range.is_none() {
        let frames = asked.period.frames(plant.calendar(machine), &zone, frame.range.start(), many);
        past.extend(frames.into_iter().map(|frame| (frame, None)));
    } else {
        past.extend(before.map(|before| (before, None)));
        past.push((frame.clone(), None));
    }
    // What is kept is as it is known now.
    for (held, figures) in past.iter_mut().filter(|_| known_at.is_none()) {
        *figures = recall(store, owner.owner(), id, held.range);
    }
    let missing = past.iter().filter(|(_, figures)| figures.is_none()).map(|(held, _)| held.range.start()).min();
    let around = frame.range.start().plus(-frame.range.length_us());
    let start = missing.map_or(around, |missing| missing.min(around));
    let end = frame.range.end().plus(frame.range.length_us()).max(if latest(asked) { now } else { start });
    let evidence =
        store.evidence(&owner, id, TimeRange::new(start, end).map_err(domain::window::BadWindow::from).map_err(bad)?, known_at).await?;
    let timeline = Timeline::of(&evidence, &machine.policy());
    let source = Source {
        plant: &plant,
        id,
        machine,
        evidence: &evidence,
        timeline: &timeline,
        zone: &zone,
        language: &language,
        latest: latest(asked),
    };
    let past: Vec<(Frame, Sums)> = past
        .into_iter()
        .map(|(held, sums)| {
            let sums = sums.unwrap_or_else(|| {
                let sums = source.sums(held.range);
                if known_at.is_none() {
                    keep(store, owner.owner(), &source, held.range, &sums, read);
                }
                sums
            });
            (held, sums)
        })
        .collect();
    let others = match detail.compare {
        Compare::Machines => others(store, &owner, &plant, id, frame.range, known_at).await?,
        _ => Vec::new(),
    };
    let mut answer = MachineAnswer::of(&source, frame, &past, others, detail);
    answer.tile.state.until = known_at.unwrap_or(answer.tile.state.until).min(answer.tile.state.until);
    let entries = store.report_entries(&owner, id, answer.tile.frame.range).await?;
    let entries: Vec<ReportEntry> = entries.into_iter().filter(|entry| known_at.is_none_or(|moment| entry.recorded <= moment)).collect();
    remark(&entries, &mut answer);
    let query = Query::parse(search);
    let opened = Opened { store, owner: &owner, source: &source, answer: &answer, known_at, entries: &entries, query: &query };
    let panels = opened.panels().await?;
    Ok(Page { answer, panels })
}

/// The other machines of the same line, or of the plant where it is in none.
async fn others(
    store: &Store,
    owner: &Tenant,
    plant: &Plant,
    id: &MachineId,
    window: TimeRange,
    known_at: Option<Timestamp>,
) -> Result<Vec<Compared>, AppError> {
    let line = plant.machines.get(id).and_then(|machine| machine.line.as_ref());
    let beside = plant.machines.iter().filter(|(other, machine)| *other != id && machine.line.as_ref() == line);
    let ids: Vec<MachineId> = beside.map(|(id, _)| id.clone()).take(20).collect();
    let mut compared = Vec::new();
    for MachineEvidence { machine: id, evidence } in store.evidences(owner, &ids, window, known_at).await? {
        let Some(machine) = plant.machines.get(&id) else { continue };
        let policy = machine.policy();
        let timeline = Timeline::of(&evidence, &policy);
        let source = Source {
            plant,
            id: &id,
            machine,
            evidence: &evidence,
            timeline: &timeline,
            zone: &ZoneOffsets::utc(),
            language: "",
            latest: false,
        };
        let name = if machine.name.is_empty() { id.as_str() } else { &machine.name };
        compared.push(Compared::of(name, Some(id.to_string()), &source.sums(window), &policy));
    }
    Ok(compared)
}

/// Puts what people said beside the stops that they said it of.
fn remark(entries: &[ReportEntry], answer: &mut MachineAnswer) {
    for entry in domain::oee::correction::latest(entries, Timestamp::MAX).into_values() {
        let Some(Report::Comment { start, end, text }) = &entry.fact else { continue };
        let end = end.unwrap_or(start.plus(1));
        for stop in answer.stops.iter_mut().filter(|stop| *start < stop.end && stop.start < end) {
            stop.remarks.push(Remark { author: entry.author.clone(), text: text.clone() });
        }
    }
}

fn find(store: &Store, tenant: &str) -> Result<Tenant, AppError> {
    store.tenant(tenant).ok_or_else(|| AppError::UnknownTenant(tenant.to_owned()))
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
