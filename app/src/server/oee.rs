//! The answers of the boards of OEE: asks the store for the model and the evidence, and leaves the rest to `domain::board`.

use super::clocks::{Clocks, bad, counted, latest, moment, not_yet, reach};
use super::language;
use super::memory::{Generation, generation, keep, recall};
use super::opened::Opened;
use super::sight::{Sight, find};
use crate::api_oee::Page;
use crate::boards::machines::Query;
use crate::clock;
use crate::error::AppError;
use domain::board::machine::{Compare, Compared, Detail};
use domain::board::roll::Seen;
use domain::board::stops::Remark;
use domain::board::tile::{Source, Sums};
use domain::board::{Asked, Frame, MachineAnswer, Period, PlantAnswer};
use domain::oee::{Evidence, Timeline};
use domain::plant::{Machine, Plant, Report};
use domain::zone::{Zone, ZoneOffsets};
use domain::{MachineId, TenantId, TimeRange, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use store::{MachineError, MachineEvidence, ReportEntry, Store, Tenant, Together};

/// How many windows of the past a machine's board shows.
pub const PAST: u32 = 30;

/// The window that the parts of an address ask for.
pub fn asked(period: &str, back: u32, (from, to): (Option<String>, Option<String>), known: Option<String>) -> Asked {
    let period = Period::ALL.into_iter().find(|known| known.word() == period).unwrap_or_default();
    let range = (from.is_some() || to.is_some()).then(|| (from.unwrap_or_default(), to.unwrap_or_default()));
    Asked { period, back: back.min(1_000), range, known: known.filter(|known| !known.is_empty()) }
}

/// Plants that are being looked at, by who asks for which window in which language.
type Plants = Together<(TenantId, Asked, String, Only), PlantAnswer, AppError>;

/// The machines that are asked for; `None` for all.
type Only = Option<Vec<MachineId>>;

/// All machines of a tenant in their windows, or only some of them. Whoever looks at the same at the same time gets the same answer.
pub async fn plant_board(store: &Store, tenant: &str, asked: &Asked, only: Only) -> Result<PlantAnswer, AppError> {
    static PLANTS: OnceLock<Plants> = OnceLock::new();
    let owner = find(store, tenant)?;
    let language = language::of_reader();
    let question = (owner.id().clone(), asked.clone(), language.clone(), only.clone());
    let plants = PLANTS.get_or_init(Plants::default);
    let answer = plants.answer(&question, AppError::passes, || made_plant_board(store, owner, asked, language, only)).await?;
    Ok(Arc::unwrap_or_clone(answer))
}

async fn made_plant_board(store: &Store, owner: Tenant, asked: &Asked, language: String, only: Only) -> Result<PlantAnswer, AppError> {
    let now = clock::now();
    // Before anything is read: what changes from here on is not kept as it was.
    let read = generation(store);
    let zone = store.plant_zone(&owner);
    let known_at = moment(asked, zone, now)?;
    let now = known_at.unwrap_or(now);
    let (plant, present) = (store.plant(&owner, known_at).await?, store.plant(&owner, None).await?);
    let asked = counted(store, &owner, &plant.machines.keys().cloned().collect::<Vec<_>>(), asked, now).await?;
    let board = Arc::new(Board { store: store.clone(), owner, plant, present, zone, language, asked, only, now, known_at, read });
    let choosing = board.clone();
    let mut shown = store.aside(move || choosing.shown()).await.map_err(MachineError::from)??;
    // Two statements where some windows before are not kept: what is read grows with the length of the range.
    let (wide, narrow): (Vec<MachineId>, Vec<MachineId>) =
        shown.keys().cloned().partition(|id| shown.get(id).is_some_and(|one| one.unread().is_some()));
    let mut found = Vec::new();
    for ids in [wide, narrow] {
        let ranges = ids.iter().filter_map(|id| shown.get(id)).map(|one| board.reads(one));
        let range = ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).and_then(|(start, end)| TimeRange::new(start, end).ok());
        if let Some(range) = range {
            found.extend(store.evidences(&board.owner, &ids, range, known_at).await?);
        }
    }
    let answer = store.aside(move || {
        let as_of = found.iter().map(|found| found.evidence.known_until()).max().unwrap_or(now);
        let seen = found.iter().filter_map(|found| board.seen(found, shown.remove(&found.machine)?));
        PlantAnswer::of(&board.plant, seen.collect(), as_of)
    });
    Ok(answer.await.map_err(MachineError::from)?)
}

/// What the plant board of a moment is made of.
struct Board {
    store: Store,
    owner: Tenant,
    /// As it was known at the moment that is asked for.
    plant: Arc<Plant>,
    /// As it is known now.
    present: Arc<Plant>,
    zone: Zone,
    language: String,
    asked: Asked,
    only: Only,
    now: Timestamp,
    known_at: Option<Timestamp>,
    read: Generation,
}

/// A machine's windows.
struct Shown {
    zone: ZoneOffsets,
    frame: Frame,
    /// The window before, cut where the machine changed its place, each part with its sums where they are kept.
    before: Option<Vec<(TimeRange, Option<Sums>)>>,
}

impl Shown {
    /// From when on the window before must be read; `None` where all of it is known.
    fn unread(&self) -> Option<Timestamp> {
        self.before.iter().flatten().find(|(_, known)| known.is_none()).map(|(part, _)| part.start())
    }
}

impl Board {
    fn shown(&self) -> Result<BTreeMap<MachineId, Shown>, AppError> {
        let clocks = Clocks { zone: self.zone, plant: &self.plant, reach: reach(&self.asked, 2, self.now) };
        // Who saw a machine once and does not see it now, sees nothing of it any more.
        let wanted = |id: &MachineId| self.only.as_ref().is_none_or(|only| only.contains(id)) && self.present.machines.contains_key(id);
        let each = self.plant.machines.iter().filter(|(id, _)| wanted(id)).map(|(id, machine)| {
            let (zone, (frame, before)) = clocks.frames(machine, &self.asked, self.now)?;
            // What is kept is as it is known now.
            let known = |part| self.known_at.is_none().then(|| recall(&self.store, self.owner.owner(), id, part)).flatten();
            let before = before.map(|before| self.plant.cut(machine, before.range).into_iter().map(|part| (part, known(part))).collect());
            Ok((id.clone(), Shown { zone, frame, before }))
        });
        each.collect()
    }

    /// What must be read of a machine.
    fn reads(&self, shown: &Shown) -> (Timestamp, Timestamp) {
        let (start, end) = (shown.frame.range.start(), shown.frame.range.end());
        let end = if latest(&self.asked) { end.max(self.now) } else { end };
        (shown.unread().map_or(start, |unread| unread.min(start)), end)
    }

    fn seen(&self, MachineEvidence { machine: id, evidence }: &MachineEvidence, shown: Shown) -> Option<Seen> {
        let Shown { zone, frame, before } = shown;
        let machine = self.plant.machines.get(id)?;
        let timeline = Timeline::of(evidence, &machine.policy());
        let (plant, language, latest) = (&*self.plant, self.language.as_str(), latest(&self.asked));
        let source = Source { plant, id, machine, evidence, timeline: &timeline, zone: &zone, language, latest };
        let figures = |(part, known): (TimeRange, Option<Sums>)| {
            let computed = || {
                let sums = source.sums(part);
                if self.known_at.is_none() {
                    keep(&self.store, self.owner.owner(), &source, part, &sums, self.read);
                }
                sums
            };
            (part, known.unwrap_or_else(computed).figures)
        };
        let before: Option<Vec<_>> = before.map(|before| before.into_iter().map(figures).collect());
        let mut seen = Seen::of(&source, frame, before.as_deref());
        let until = &mut seen.tile.state.until;
        *until = self.known_at.unwrap_or(*until).min(*until);
        Some(seen)
    }
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
    // Before anything is read: what changes from here on is not kept as it was.
    let read = generation(store);
    let language = language::of_reader();
    let many = PAST + detail.average;
    // Ends that are counted from what was heard stay as they were asked for in links.
    let query = Query { asked: asked.clone(), ..Query::parse(search) };
    let Sight { owner, plant, id, asked, now, known_at, zone, frame, before } = Sight::of(store, tenant, machine, asked, many).await?;
    let (id, asked) = (&id, &asked);
    let machine = plant.machines.get(id).ok_or_else(|| not_yet(id, asked))?;
    let mut past: Vec<(Frame, Option<Sums>)> = Vec::new();
    if asked.range.is_none() {
        let frames = asked.period.frames(&plant.rota(machine), &zone, frame.range.start(), many);
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
    let others = match detail.compare {
        Compare::Machines => others(store, &owner, &plant, id, frame.range, known_at).await?,
        _ => Vec::new(),
    };
    let about = About { store: store.clone(), owner: owner.clone(), plant: plant.clone(), id: id.clone(), zone, language, evidence };
    let (latest, detail) = (latest(asked), detail.clone());
    let computed = store.aside(move || {
        let machine = about.plant.machines.get(&about.id)?;
        let timeline = Timeline::of(&about.evidence, &machine.policy());
        let source = about.source(machine, &timeline, latest);
        let past = past.into_iter().map(|(held, sums)| {
            let computed = || {
                let sums = source.sums(held.range);
                if known_at.is_none() {
                    keep(&about.store, about.owner.owner(), &source, held.range, &sums, read);
                }
                sums
            };
            let sums = sums.unwrap_or_else(computed);
            (held, sums)
        });
        let mut answer = MachineAnswer::of(&source, frame, &past.collect::<Vec<_>>(), others, &detail);
        answer.tile.state.until = known_at.unwrap_or(answer.tile.state.until).min(answer.tile.state.until);
        Some((about, timeline, answer))
    });
    let (about, timeline, mut answer) =
        computed.await.map_err(MachineError::from)?.ok_or_else(|| AppError::UnknownMachine(id.to_string()))?;
    let entries = store.report_entries(&owner, id, answer.tile.frame.range).await?;
    let entries: Vec<ReportEntry> = entries.into_iter().filter(|entry| known_at.is_none_or(|moment| entry.recorded <= moment)).collect();
    remark(&entries, &mut answer);
    let source = about.source(machine, &timeline, latest);
    let opened = Opened { store, owner: &owner, source: &source, answer: &answer, known_at, entries: &entries, query: &query };
    let panels = opened.panels().await?;
    Ok(Page { answer, panels })
}

/// What a machine's board is made of.
struct About {
    store: Store,
    owner: Tenant,
    plant: Arc<Plant>,
    id: MachineId,
    zone: ZoneOffsets,
    language: String,
    evidence: Evidence,
}

impl About {
    fn source<'a>(&'a self, machine: &'a Machine, timeline: &'a Timeline, latest: bool) -> Source<'a> {
        let Self { plant, id, zone, language, evidence, .. } = self;
        Source { plant, id, machine, evidence, timeline, zone, language, latest }
    }
}

/// The other machines of the line that it was part of at the end, or of those of none where it was in none.
async fn others(
    store: &Store,
    owner: &Tenant,
    plant: &Arc<Plant>,
    id: &MachineId,
    window: TimeRange,
    known_at: Option<Timestamp>,
) -> Result<Vec<Compared>, AppError> {
    let line_of = |machine| plant.placed(machine, window.last()).line.map(|(id, _)| id);
    let line = plant.machines.get(id).and_then(line_of);
    let beside = plant.machines.iter().filter(|(other, machine)| *other != id && line_of(machine) == line);
    let ids: Vec<MachineId> = beside.map(|(id, _)| id.clone()).take(20).collect();
    let (found, plant) = (store.evidences(owner, &ids, window, known_at).await?, plant.clone());
    let compare = move |MachineEvidence { machine: id, evidence }: &MachineEvidence| {
        let machine = plant.machines.get(id)?;
        let policy = machine.policy();
        let (timeline, zone) = (Timeline::of(evidence, &policy), ZoneOffsets::utc());
        let source = Source { plant: &plant, id, machine, evidence, timeline: &timeline, zone: &zone, language: "", latest: false };
        let name = if machine.name.is_empty() { id.as_str() } else { &machine.name };
        Some(Compared::of(name, Some(id.to_string()), &source.sums(window), &policy))
    };
    Ok(store.aside(move || found.iter().filter_map(compare).collect()).await.map_err(MachineError::from)?)
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
