//! Filing what was counted by hand. Whatever is refused leads back to the form as it was filled in.

use super::draft::{Draft, Wanted, Wrong};
use crate::address;
use crate::clock;
use crate::error::AppError;
use crate::side::clocks::clock_of;
use domain::oee::correction::as_known_at;
use domain::plant::{Machine, Plant, Report, found};
use domain::{MachineId, TimeRange, Timestamp};
use store::{Filed, MachineError, Store, Tenant};

/// Why there is nothing to file.
pub enum Unfiled {
    /// It cannot be taken as it is.
    Wrong(Wrong),
    /// It cannot be told whether it can.
    Failed(AppError),
}

/// Files what a form says, and returns the address where its sender goes on: the board with what was filed, or the form.
pub async fn file(store: &Store, form: &[(String, String)]) -> Result<String, AppError> {
    let text = |name: &str| form.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text.as_str());
    let owner = store.tenant(text("tenant")).ok_or_else(|| AppError::UnknownTenant(text("tenant").to_owned()))?;
    let unknown = || AppError::UnknownMachine(text("machine").to_owned());
    let id = text("machine").parse::<MachineId>().map_err(|_| unknown())?;
    if owner.customer().is_some() {
        return Err(MachineError::OnlyLooks.into());
    }
    let plant = store.plant(&owner, None).await?;
    let machine = plant.machines.get(&id).ok_or_else(unknown)?;
    let draft = Draft::of(form.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let back = back(text("back"), &owner, &id);
    let again = || format!("{back}draft={}#parts", address::segment(&draft.write()));
    let reports = match reports(store, &owner, &plant, (&id, machine), &draft, clock::now()).await {
        Ok(reports) => reports,
        Err(Unfiled::Wrong(_)) => return Ok(again()),
        Err(Unfiled::Failed(error)) => return if error.passes() { Ok(again()) } else { Err(error) },
    };
    let filed = reports.into_iter().map(|report| Filed { subject: None, report: Some(report) }).collect();
    match store.file_reports(&owner, &id, draft.author(), &draft.why(), filed).await {
        Ok(subjects) => {
            let subjects: Vec<String> = subjects.iter().map(u64::to_string).collect();
            Ok(format!("{back}filed={}#parts", subjects.join(",")))
        }
        Err(MachineError::Store(error)) => {
            tracing::warn!(%error, "parts that were counted by hand were not filed");
            Ok(again())
        }
        Err(refused) => Err(refused.into()),
    }
}

/// The reports that a draft comes to; the store reads what they are made of.
pub async fn reports(
    store: &Store,
    owner: &Tenant,
    plant: &Plant,
    (id, machine): (&MachineId, &Machine),
    draft: &Draft,
    now: Timestamp,
) -> Result<Vec<Report>, Unfiled> {
    let zone = clock_of(plant, machine, now, store.plant_zone(owner));
    let wanted = draft.wanted(zone, now).map_err(Unfiled::Wrong)?;
    let (reason, product) = (draft.reason.as_str(), draft.product.as_str());
    if !reason.is_empty() && !plant.reasons.contains_key(reason) {
        return Err(Unfiled::Wrong(Wrong::Reason(reason.to_owned())));
    }
    if !product.is_empty() && !plant.products.contains_key(product) {
        return Err(Unfiled::Wrong(Wrong::Product(product.to_owned())));
    }
    let (range, parts) = match wanted {
        Wanted::Report(report) => {
            if let Some(range) = counted_again(store, owner, id, &report).await? {
                let wall = |time| domain::plant::draft::value::write_instant(time, zone);
                return Err(Unfiled::Wrong(Wrong::Recounted(wall(range.start()), wall(range.end()))));
            }
            return Ok(vec![report]);
        }
        Wanted::Found { range, parts } => (range, parts),
    };
    let evidence = store.evidence(owner, id, range, None).await.map_err(|error| Unfiled::Failed(error.into()))?;
    let named = |id| Some(id).filter(|id: &&str| !id.is_empty());
    let counted = (evidence.made.as_slice(), &evidence.orders);
    found::found(plant, counted, range, named(product), parts, named(reason)).map_err(|wrong| Unfiled::Wrong(wrong.into()))
}

/// The time that was counted again and holds these parts, which would be counted for nothing.
async fn counted_again(store: &Store, owner: &Tenant, id: &MachineId, report: &Report) -> Result<Option<TimeRange>, Unfiled> {
    let (Report::Made { time, product: made, .. }, Some(range)) = (report, report.range()) else { return Ok(None) };
    let entries = store.report_entries(owner, id, range).await.map_err(|error| Unfiled::Failed(error.into()))?;
    let swallows = |report: &&Report| match report {
        Report::Recount { product, .. } => {
            report.range().is_some_and(|range| range.contains(*time)) && (product.is_none() || made.is_none() || product == made)
        }
        _ => false,
    };
    Ok(as_known_at(&entries, Timestamp::MAX).into_iter().find(swallows).and_then(Report::range))
}

/// The board's address, ready for one more pair, with the form open; whatever else the form names is not gone to.
fn back(said: &str, owner: &Tenant, id: &MachineId) -> String {
    let board = address::machine(owner.id().as_str(), id.as_str());
    let search = said.strip_prefix(board.as_str()).and_then(|rest| rest.strip_prefix('?')).unwrap_or_default();
    let query = crate::boards::machines::Query::parse(search);
    let open = crate::boards::machines::Query { log: Some(crate::boards::machines::Log::Parts), draft: None, filed: None, ..query };
    format!("{}&", open.href(owner.id().as_str(), id.as_str()))
}
