//! Board `model`: what is stated about the plant, and forms to state it otherwise. All of it is made on the server; here it is put
//! into the page, and the preview of what is typed beside its form.

use crate::api::Plant;
use crate::api_model::{ModelPage, model_board, model_draft};
use crate::error::AppError;
use crate::place::Place;
use crate::side;
use crate::widgets::html::escaped;
use crate::widgets::top_bar::TopBar;
use leptos::ev::Event;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, FormData, HtmlFormElement, UrlSearchParams};

/// The first answer, packed for the way into the page.
pub async fn first(plant: Plant, rest: String, search: String) -> Vec<u8> {
    postcard::to_allocvec(&model_board(plant.tenant, rest, search).await).unwrap_or_default()
}

/// The board around its first answer.
#[component]
pub fn Model(plant: Plant, rest: String, first: Vec<u8>) -> impl IntoView {
    let place = expect_context::<Place>();
    let said = shown(postcard::from_bytes(&first).unwrap_or(Err(AppError::Connection)), &plant.name);
    let holder = NodeRef::<Div>::new();
    let whose = StoredValue::new((plant.tenant.clone(), rest));
    let name = plant.name.clone();
    let here = place.path.get_untracked();
    Effect::new(move |before: Option<String>| {
        let search = place.search.get();
        // Another path is another page, which asks for itself.
        if before.is_some_and(|before| before != search) && place.path.with_untracked(|path| *path == here) {
            let ((tenant, rest), asked, name) = (whose.get_value(), search.clone(), name.clone());
            spawn_local(async move {
                let answer = model_board(tenant, rest, asked.clone()).await;
                let holder = holder.try_get_untracked().flatten();
                if let Some(holder) = holder.filter(|_| place.search.with_untracked(|now| *now == asked)) {
                    holder.set_inner_html(&shown(answer, &name));
                }
            });
        }
        search
    });
    let latest = StoredValue::new(0_u32);
    let typed = move |event: Event| {
        let Some(draft) = draft(&event) else { return };
        let number = latest.get_value() + 1;
        latest.set_value(number);
        let (tenant, rest) = whose.get_value();
        spawn_local(async move {
            let answer = model_draft(tenant, rest, draft).await;
            let preview = document().get_element_by_id("preview");
            if let (Ok(html), Some(preview), Some(newest)) = (answer, preview, latest.try_get_value())
                && newest == number
            {
                preview.set_inner_html(&html);
            }
        });
    };
    view! {
        <TopBar plant=plant/>
        <main class="page oee model" id="main"><div node_ref=holder on:input=typed inner_html=said></div></main>
    }
    .into_any()
}

/// A page as HTML; its title and status are set.
fn shown(answer: Result<ModelPage, AppError>, plant: &str) -> String {
    match answer {
        Ok(ModelPage { title, html }) => {
            side::set_title(&if title == "Model" { format!("Model of {plant}") } else { format!("{title} – Model of {plant}") });
            html
        }
        Err(error) => {
            side::set_title("Model");
            side::set_status(error.status());
            format!("<h1>Model</h1><p class=\"banner\" role=\"alert\">{}</p>", escaped(&error.to_string()))
        }
    }
}

/// What the form would ask with that somebody types into, where it is shown while it is typed.
fn draft(event: &Event) -> Option<String> {
    let typed = event.target()?.dyn_into::<Element>().ok()?;
    let form = typed.closest("form[data-live=preview]").ok()??.dyn_into::<HtmlFormElement>().ok()?;
    let pairs = FormData::new_with_form(&form).ok()?;
    let query = UrlSearchParams::new_with_str_sequence_sequence(&pairs).ok()?;
    query.append("do", "look");
    Some(String::from(query.to_string()))
}
