//! The document around every page.

use crate::live::Live;
use crate::pages::Pages;
use crate::place::Place;
use crate::widgets::theme::Theme;
use leptos::prelude::*;

/// The document, for the server.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/andon.svg" type="image/svg+xml"/>
                <script>{crate::widgets::theme::EARLY_SCRIPT}</script>
                <AutoReload options=options.clone()/>
                <HydrationScripts options=options.clone()/>
                <leptos_meta::HashedStylesheet options id="andon"/>
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
    #[cfg(feature = "ssr")]
    leptos_meta::provide_meta_context();
    Theme::provide();
    Place::provide();
    Live::provide();
    view! { <Pages/> }
}
