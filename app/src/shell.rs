//! Everything in the body of a page.

use crate::live::Live;
use crate::pages::Pages;
use crate::place::Place;
use crate::side;
use crate::widgets::theme::Theme;
use leptos::prelude::*;

/// Everything in the body, for both sides.
#[component]
pub fn App() -> impl IntoView {
    side::provide_head();
    Theme::provide();
    Place::provide();
    Live::provide();
    crate::widgets::shortcuts::listen();
    view! { <Pages/> }
}
