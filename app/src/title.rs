//! The title of the page: in the head on the server, in the document in the browser.

/// Names the page.
pub fn set(text: &str) {
    let title = format!("{text} – Andon");
    // The head is written by the server alone, and there is a document in the browser alone.
    #[cfg(feature = "ssr")]
    drop(leptos_meta::Title(leptos_meta::TitleProps { formatter: None, text: Some(title.into()) }));
    #[cfg(not(feature = "ssr"))]
    leptos::prelude::document().set_title(&title);
}
