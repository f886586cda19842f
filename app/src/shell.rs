//! The document around every page, and the routes.

use crate::pages::{BoardPage, Home, NotFound, TenantHome};
use crate::widgets::theme::{self, Theme};
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

/// The document, for the server.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/andon.svg" type="image/svg+xml"/>
                <script>{theme::EARLY_SCRIPT}</script>
                <AutoReload options=options.clone()/>
                <HydrationScripts options=options.clone()/>
                <HashedStylesheet options id="andon"/>
                <leptos_meta::MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Everything in the body, for both sides.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Theme::provide();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Andon".to_owned() } else { format!("{title} – Andon") }/>
        <Router>
            <Routes fallback=|| view! { <NotFound/> }>
                <Route path=path!("/") view=Home ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant") view=TenantHome ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/:board") view=BoardPage ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/:board/*rest") view=BoardPage ssr=SsrMode::Async/>
            </Routes>
        </Router>
    }
}
