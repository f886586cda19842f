//! Server functions: the typed questions that pages ask. Answers are packed columns, not rows.

use crate::error::AppError;
use domain::Series;
use domain::answer::{Problem, WindowAnswer};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Postcard};
use serde::{Deserialize, Serialize};

/// What a tenant's pages need before any window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plant {
    /// The tenant's name in addresses.
    pub tenant: String,
    /// What it is called.
    pub name: String,
    /// IANA name of its zone.
    pub zone: String,
    /// The series that it owns.
    pub series: Vec<Series>,
    /// Why the series could not be listed.
    pub problem: Option<Problem>,
    /// Whether the database may only be read.
    pub read_only: bool,
    /// Whether something may be stated about the plant here: a customer only looks.
    pub states: bool,
    /// Its machines at a glance, as HTML, where that was asked for.
    pub glance: String,
}

/// A tenant in the list of all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TenantEntry {
    /// Its name in addresses.
    pub tenant: String,
    /// What it is called.
    pub name: String,
}

/// The tenants that a viewer may see.
#[server(prefix = "/api", endpoint = "tenants", input = GetUrl, output = Postcard)]
pub async fn tenants() -> Result<Vec<TenantEntry>, AppError> {
    let store = expect_context::<store::Store>();
    let entry = |t: store::Tenant| TenantEntry { tenant: t.id().to_string(), name: t.name().to_owned() };
    Ok(store.tenants().map(entry).collect())
}

/// A tenant and its series, for its first page with its machines at a `glance`. A database that does not answer is part of the
/// answer: the page is complete without it.
#[server(prefix = "/api", endpoint = "plant", input = GetUrl, output = Postcard)]
pub async fn find_plant(tenant: String, #[server(default)] glance: bool) -> Result<Plant, AppError> {
    let store = expect_context::<store::Store>();
    let owner = store.tenant(&tenant).ok_or_else(|| crate::side::refused(AppError::UnknownTenant(tenant.clone())))?;
    let (series, problem) = store.series(&owner).await.map_or_else(|e| (Vec::new(), Some(e.problem())), |s| (s, None));
    let glance = if glance && problem.is_none() { crate::side::glance::glance(&store, &tenant).await } else { String::new() };
    let read_only = store.writing() == store::Writing::ReadOnly;
    Ok(Plant {
        tenant,
        name: owner.name().to_owned(),
        zone: owner.zone().name().to_owned(),
        series,
        problem,
        read_only,
        states: owner.customer().is_none(),
        glance,
    })
}

/// One window of some series. `from` and `to` as in the address of a board, `columns` the width of the picture in
/// pixels, `average_us` the width of the moving average in microseconds.
#[server(prefix = "/api", endpoint = "window", input = GetUrl, output = Postcard)]
pub async fn window(
    tenant: String,
    #[server(default)] series: Vec<String>,
    #[server(default)] from: Option<String>,
    #[server(default)] to: Option<String>,
    columns: u32,
    #[server(default)] average_us: Option<i64>,
) -> Result<WindowAnswer, AppError> {
    let question = crate::live::wire::Question { tenant, series, from, to, columns, average_us };
    crate::side::answer(&expect_context(), &question).await.map_err(crate::side::refused)
}
