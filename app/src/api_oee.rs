//! Server functions of the boards of OEE: a plant, a machine, and what people say of its stops.

use crate::error::AppError;
use crate::widgets::patch::Block;
use domain::MachineId;
use domain::board::machine::Compare;
use domain::board::{MachineAnswer, PlantAnswer};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, PostUrl, Postcard};
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// A machine's answer, and the panels that the address has opened beside it: written by the server, so that no code travels
/// for what few look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The answer.
    pub answer: MachineAnswer,
    /// The panels, in their order.
    pub panels: Vec<Block>,
}

impl Deref for Page {
    type Target = MachineAnswer;

    fn deref(&self) -> &MachineAnswer {
        &self.answer
    }
}

/// All machines of a tenant, or those that are named. `period`, `back`, `from`, `to` and `known` as in the address of the board.
#[server(prefix = "/api", endpoint = "board/plant", input = GetUrl, output = Postcard)]
pub async fn plant_board(
    tenant: String,
    #[server(default)] period: String,
    #[server(default)] back: u32,
    #[server(default)] from: Option<String>,
    #[server(default)] to: Option<String>,
    #[server(default)] known: Option<String>,
    #[server(default)] machines: Option<Vec<MachineId>>,
) -> Result<PlantAnswer, AppError> {
    let asked = crate::side::oee::asked(&period, back, (from, to), known);
    crate::side::oee::plant_board(&expect_context(), &tenant, &asked, machines).await.map_err(crate::side::refused)
}

/// One machine, with what its board asks for beside the window. `search` is the address of the board where that opens panels;
/// stops are listed that begin before `older`, in microseconds, and of one bar alone where `only` names it.
#[server(prefix = "/api", endpoint = "board/machine", input = GetUrl, output = Postcard)]
#[allow(clippy::too_many_arguments, reason = "the parts of an address")]
pub async fn machine_board(
    tenant: String,
    machine: String,
    #[server(default)] period: String,
    #[server(default)] back: u32,
    #[server(default)] from: Option<String>,
    #[server(default)] to: Option<String>,
    #[server(default)] average: u32,
    #[server(default)] explain: bool,
    #[server(default)] micro: bool,
    #[server(default)] compare: String,
    #[server(default)] pixels: u32,
    #[server(default)] known: Option<String>,
    #[server(default)] search: String,
    #[server(default)] older: Option<i64>,
    #[server(default)] only: Option<String>,
) -> Result<Page, AppError> {
    let asked = crate::side::oee::asked(&period, back, (from, to), known);
    let detail = domain::board::machine::Detail {
        average: average.min(60),
        windows: crate::side::oee::PAST,
        explain,
        micro,
        only: only.as_deref().map(domain::board::only::Only::of),
        older: older.map(domain::Timestamp::from_us),
        compare: comparison(&compare),
        pixels,
    };
    crate::side::oee::machine_board(&expect_context(), &tenant, &machine, &asked, &detail, &search).await.map_err(crate::side::refused)
}

/// Says something about stops, each named by its ends in microseconds, `start~end`, with nothing after the tilde for one that
/// lasts. `tap` gives one of them a reason at once: `start~end|reason`. `undo` takes back what was filed, by its subjects.
/// Answers with the subjects. A form without a script is led back to where it came from.
#[server(prefix = "/api", endpoint = "stops/report", input = PostUrl, output = Postcard)]
#[allow(clippy::too_many_arguments, reason = "the fields of a form")]
pub async fn report_stops(
    tenant: String,
    machine: String,
    #[server(default)] stops: Vec<String>,
    #[server(default)] tap: String,
    #[server(default)] undo: String,
    #[server(default)] reason: String,
    #[server(default)] text: String,
    #[server(default)] author: String,
    #[server(default)] at: String,
    #[server(default)] back: String,
) -> Result<Vec<u64>, AppError> {
    let said = crate::side::reports::Said { tenant, machine, stops, tap, undo, reason, text, author, at };
    let store: store::Store = expect_context();
    crate::side::reports::from_our_own_page().map_err(crate::side::refused)?;
    crate::side::reports::may_lead_back(&back).map_err(crate::side::refused)?;
    let filed = crate::side::reports::file(&store, said).await.map_err(crate::side::refused)?;
    crate::side::reports::lead_back(&back, &filed);
    Ok(filed)
}

/// What to compare with, by its word.
pub fn comparison(word: &str) -> Compare {
    match word {
        "shifts" => Compare::Shifts,
        "products" => Compare::Products,
        "machines" => Compare::Machines,
        _ => Compare::Before,
    }
}
