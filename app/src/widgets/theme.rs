//! Light, dark, or as the system says. The choice stays in the browser; canvases follow it too.

use leptos::prelude::*;

/// Runs before the first paint, so that a chosen theme does not flash.
pub const EARLY_SCRIPT: &str = "try{const t=localStorage.getItem('theme');if(t)document.documentElement.dataset.theme=t}catch{}";

/// Whether the page is dark right now. The server cannot know and says light; only canvases ask.
#[derive(Clone, Copy)]
pub struct Theme {
    dark: RwSignal<bool>,
}

impl Theme {
    /// Provides the theme to all pages and follows the system's.
    pub fn provide() {
        let theme = Self { dark: RwSignal::new(false) };
        provide_context(theme);
        Effect::new(move |_| {
            theme.look();
            let listener = wasm_bindgen::closure::Closure::<dyn Fn()>::new(move || theme.look());
            if let Ok(Some(query)) = window().match_media("(prefers-color-scheme: dark)") {
                use wasm_bindgen::JsCast;
                let _ = query.add_event_listener_with_callback("change", listener.as_ref().unchecked_ref());
            }
            // Lives as long as the page.
            listener.forget();
        });
    }

    /// The palette of canvases.
    pub fn palette(self) -> chart::Palette {
        if self.dark.get() { chart::Palette::Dark } else { chart::Palette::Light }
    }

    fn look(self) {
        let chosen = document().document_element().and_then(|root| root.get_attribute("data-theme"));
        let system = || window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches());
        self.dark.set(chosen.map_or_else(system, |theme| theme == "dark"));
    }

    fn toggle(self) {
        let next = if self.dark.get_untracked() { "light" } else { "dark" };
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", next);
        }
        if let Ok(Some(storage)) = window().local_storage() {
            let _ = storage.set_item("theme", next);
        }
        self.look();
    }
}

/// Switches between light and dark.
#[component]
pub fn ThemeButton() -> impl IntoView {
    let theme = expect_context::<Theme>();
    view! {
        <button type="button" class="button icon needs-script" title="Light or dark" aria-label="Switch between light and dark" on:click=move |_| theme.toggle()>
            <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.2"/><path class="half" d="M8 1.8a6.2 6.2 0 0 1 0 12.4z"/></svg>
        </button>
    }
}
