//! Board `model`, made on the server: what is stated about a plant, and forms to state it otherwise. Its pages are one string each,
//! so that the browser's code holds nothing of them and they are the same without a script.

pub mod addresses;
mod check;
mod choices;
mod edit;
mod fields;
mod file;
mod form;
mod history;
mod lists;
mod preview;
mod query;
mod thing;

pub use file::file;

use crate::api_model::ModelPage;
use crate::error::AppError;
use crate::widgets::html::escaped;
use addresses::{Where, at};
use domain::TimeRange;
use domain::civil::{DAY_US, Date};
use domain::plant::{Kind, Plant};
use domain::zone::Zone;
use query::Query;
use std::sync::Arc;
use store::{Store, Tenant};

/// A reader of the model, and what it holds.
struct Desk {
    store: Store,
    tenant: Tenant,
    plant: Arc<Plant>,
    /// Of the owner, in which wall times are written.
    zone: Zone,
}

/// A page of the board: what follows it in the address, and the query.
pub async fn page(store: &Store, tenant: &str, rest: &str, search: &str) -> Result<ModelPage, AppError> {
    let desk = Desk::open(store, tenant).await?;
    let query = Query::parse(search);
    desk.may(&query)?;
    match at(rest) {
        Where::Kind(kind) | Where::Thing(kind, _) if !desk.kinds().contains(&kind) => Err(AppError::UnknownPage),
        Where::Overview => lists::overview(&desk).await,
        Where::History => history::page(&desk, &query).await,
        Where::Kind(kind) if query.new => thing::page(&desk, kind, None, &query).await,
        Where::Kind(kind) => Ok(lists::kind(&desk, kind)),
        Where::Thing(kind, id) => thing::page(&desk, kind, Some(id), &query).await,
        Where::Nowhere => Err(AppError::UnknownPage),
    }
}

/// What a draft would mean, while it is typed.
pub async fn preview(store: &Store, tenant: &str, rest: &str, search: &str) -> Result<String, AppError> {
    let desk = Desk::open(store, tenant).await?;
    let query = Query::parse(search);
    desk.may(&Query { act: query::Act::Look, ..Query::default() })?;
    let (kind, id) = match at(rest) {
        Where::Kind(kind) => (kind, None),
        Where::Thing(kind, id) => (kind, Some(id)),
        _ => return Err(AppError::UnknownPage),
    };
    let edit = edit::Edit::of(&desk, kind, id, &query).await?;
    Ok(preview::fragment(&desk, &edit, &query))
}

impl Desk {
    async fn open(store: &Store, tenant: &str) -> Result<Self, AppError> {
        let tenant = store.tenant(tenant).ok_or_else(|| AppError::UnknownTenant(tenant.to_owned()))?;
        let owner = store.tenant(tenant.owner().as_str());
        let zone = owner.map_or_else(|| tenant.zone(), |owner| owner.zone());
        let plant = store.plant(&tenant, None).await?;
        Ok(Self { store: store.clone(), tenant, plant, zone })
    }

    /// Whether this reader may state anything.
    fn states(&self) -> bool {
        self.tenant.customer().is_none()
    }

    /// The kinds that this reader sees.
    fn kinds(&self) -> &'static [Kind] {
        if self.states() { &addresses::ORDER } else { &addresses::OF_CUSTOMER }
    }

    /// Refuses forms to those who only look.
    fn may(&self, query: &Query) -> Result<(), AppError> {
        let asks_for_a_form = query.new || query.act != query::Act::Show;
        if self.states() || !asks_for_a_form {
            return Ok(());
        }
        Err(AppError::Forbidden(format!(
            "{} looks at machines of {} and cannot change their model; ask the owner to do it.",
            self.tenant.name(),
            self.tenant.owner()
        )))
    }

    /// The date on the wall.
    fn today(&self) -> Date {
        let now = crate::clock::now();
        let wall = TimeRange::new(now, now.plus(1)).map_or(now.us(), |range| self.zone.offsets(range).wall_us(now));
        Date::from_days(wall.div_euclid(DAY_US))
    }

    fn tenant(&self) -> &str {
        self.tenant.id().as_str()
    }

    /// `Plant / Model / Machines / Press 1`, the last of them without a link.
    fn crumb(&self, links: &[(String, String)], last: &str) -> String {
        let home = (crate::address::tenant(self.tenant()), self.tenant.name().to_owned());
        let link = |(href, text): &(String, String)| format!("<a href=\"{}\">{}</a> / ", escaped(href), escaped(text));
        let links: String = std::iter::once(&home).chain(links).map(link).collect();
        format!("<h1 class=\"crumb\">{links}<b>{}</b></h1>", escaped(last))
    }
}
