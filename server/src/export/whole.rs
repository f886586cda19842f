//! A window read whole, for what runs on from one shift into the next: stops, states, hours.

use super::asked::Look;
use app::error::AppError;
use domain::board::tile::Source;
use domain::oee::{Evidence, ReasonId, Timeline};
use serde_json::{Value, json};
use store::MachineError;

/// The evidence of a look, resolved.
pub struct Whole {
    pub look: Look,
    pub evidence: Evidence,
    pub timeline: Timeline,
}

impl Whole {
    /// Reads it.
    pub async fn of(look: Look) -> Result<Self, AppError> {
        let sight = &look.sight;
        let evidence = look.store.evidence(&sight.owner, &sight.id, look.window(), sight.known_at).await?;
        let policy = look.machine()?.policy();
        let store = look.store.clone();
        let resolved = store.aside(move || {
            let timeline = Timeline::of(&evidence, &policy);
            Self { look, evidence, timeline }
        });
        Ok(resolved.await.map_err(MachineError::from)?)
    }

    /// What rows are made of.
    pub fn source(&self) -> Result<Source<'_>, AppError> {
        let Self { look, evidence, timeline } = self;
        let (plant, id, zone) = (&*look.sight.plant, &look.sight.id, &look.sight.zone);
        Ok(Source { plant, id, machine: look.machine()?, evidence, timeline, zone, language: "", latest: false })
    }
}

/// Id, name and group of a reason; nulls where there is none.
pub fn named(source: &Source<'_>, reason: Option<ReasonId>) -> [(&'static str, Value); 3] {
    let said = |text: Option<String>| json!(text);
    [
        ("reason_id", said(reason.map(|reason| source.plant.reason_word(reason)))),
        ("reason", said(reason.map(|reason| source.reason(reason)))),
        ("group", said(reason.map(|reason| source.group_of(reason)))),
    ]
}
