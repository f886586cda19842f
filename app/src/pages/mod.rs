//! The pages: what an address names, what is loaded for it, and who shows it. All pages load through one resource, because
//! a resource inside of what waits for another would be made, and asked, once for each pass of the server over the page.

mod home;
mod not_found;
mod tenant;

use crate::api::{self, Plant, TenantEntry};
use crate::boards::{self, GoesOn};
use crate::error::AppError;
use crate::place::Place;
use crate::sealed::Sealed;
use leptos::prelude::*;
use not_found::Failure;
use serde::{Deserialize, Serialize};

/// What an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Page {
    Home,
    Tenant(String),
    Board { tenant: String, slug: String, rest: String },
    Unknown,
}

/// What a page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Loaded {
    Home(Vec<TenantEntry>),
    Tenant(Plant),
    /// The plant, and the board's own first answer, packed by the board.
    Board(Plant, Vec<u8>),
}

impl Page {
    fn at(path: &str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty()).map(crate::address::unescaped);
        match (parts.next().as_deref(), parts.next(), parts.next()) {
            (None, ..) => Self::Home,
            (Some("t"), Some(tenant), None) => Self::Tenant(tenant),
            (Some("t"), Some(tenant), Some(slug)) => {
                let rest: Vec<String> = parts.collect();
                let most = match boards::board(&slug).map(|board| board.goes_on) {
                    None | Some(GoesOn::No) => 0,
                    Some(GoesOn::Once) => 1,
                    Some(GoesOn::On) => usize::MAX,
                };
                if rest.len() > most { Self::Unknown } else { Self::Board { tenant, slug, rest: rest.join("/") } }
            }
            _ => Self::Unknown,
        }
    }
}

/// Whether this page's code can show the page of an address; what it cannot is loaded anew.
pub fn can_show(path: &str) -> bool {
    match Page::at(path) {
        Page::Board { slug, .. } => boards::board(&slug).is_none_or(|board| board.code.is_some()),
        _ => true,
    }
}

/// Whether the lean half of the code is enough for the page of an address.
pub fn is_lean(path: &str) -> bool {
    match Page::at(path) {
        Page::Board { slug, .. } => boards::board(&slug).is_none_or(|board| board.lean),
        _ => true,
    }
}

/// The page of the reader's place.
#[component]
pub fn Pages() -> impl IntoView {
    let place = expect_context::<Place>();
    let page = Memo::new(move |_| Page::at(&place.path.read()));
    let loaded = Resource::new(move || page.get(), move |page| load(page, place.search.get_untracked()));
    view! {
        <Transition fallback=|| view! { <main class="page" id="main"><div class="panel skeleton" aria-busy="true">"Loading…"</div></main> }>
            {move || Suspend::new(async move {
                let Sealed(loaded) = loaded.await;
                match (loaded, page.get_untracked()) {
                    (Ok(Loaded::Board(plant, first)), Page::Board { slug, rest, .. }) => match boards::board(&slug).and_then(|board| board.code) {
                        Some(code) => (code.view)(plant, rest, first),
                        None => view! { <Failure error=AppError::UnknownPage/> }.into_any(),
                    },
                    (Ok(Loaded::Tenant(plant) | Loaded::Board(plant, _)), _) => view! { <tenant::TenantHome plant/> }.into_any(),
                    (Ok(Loaded::Home(tenants)), _) => view! { <home::Home tenants/> }.into_any(),
                    (Err(error), _) => view! { <Failure error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

async fn load(page: Page, search: String) -> Sealed<Result<Loaded, AppError>> {
    Sealed(match page {
        Page::Home => api::tenants().await.map(Loaded::Home),
        Page::Tenant(tenant) => api::find_plant(tenant, true).await.map(Loaded::Tenant),
        Page::Board { tenant, slug, rest } => board(tenant, slug, rest, search).await,
        Page::Unknown => Err(AppError::UnknownPage),
    })
}

async fn board(tenant: String, slug: String, rest: String, search: String) -> Result<Loaded, AppError> {
    let plant = api::find_plant(tenant, false).await?;
    let code = boards::board(&slug).and_then(|board| board.code).ok_or(AppError::UnknownPage)?;
    let first = (code.first)(plant.clone(), rest, search).await;
    Ok(Loaded::Board(plant, first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_pages() {
        let of = |slug: &str, rest: &str| Page::Board { tenant: "a".into(), slug: slug.into(), rest: rest.into() };
        let board = |slug: &str| of(slug, "");
        for (path, page) in [
            ("/", Page::Home),
            ("/t/a", Page::Tenant("a".into())),
            ("/t/a/", Page::Tenant("a".into())),
            ("/t/a/trends", board("trends")),
            ("/t/a/x%2Fy", board("x/y")),
            ("/t", Page::Unknown),
            ("/t/a/trends/more", Page::Unknown),
            ("/t/a/machines", board("machines")),
            ("/t/a/machines/press%202%2F1", of("machines", "press 2/1")),
            ("/t/a/machines/press/more", Page::Unknown),
            ("/t/a/model/machine/press%202%2F1", of("model", "machine/press 2/1")),
            ("/elsewhere", Page::Unknown),
        ] {
            assert_eq!(Page::at(path), page, "{path}");
        }
    }
}
