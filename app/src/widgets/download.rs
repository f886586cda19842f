//! Saving a picture from the browser.

use crate::widgets::theme::Theme;
use chart::picture::Picture;
use chart::{Palette, canvas};
use domain::SeriesId;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The palette that the page has right now.
pub fn palette() -> Palette {
    use_context::<Theme>().map_or(Palette::Light, |theme| untrack(|| theme.palette()))
}

/// Draws a picture at twice the size, for print, and saves it.
pub fn png(picture: &Picture, series: Option<&SeriesId>) {
    let picture = Picture { density: 2, ..picture.clone() };
    let Some(element) = document().create_element("canvas").ok().and_then(|e| e.dyn_into::<web_sys::HtmlCanvasElement>().ok()) else {
        return;
    };
    let (width, height) = picture.size();
    element.set_width(width);
    element.set_height(height);
    if !canvas::draw_picture(element.clone(), &picture) {
        return;
    }
    let (Ok(data), Ok(link)) = (element.to_data_url_with_type("image/png"), document().create_element("a")) else { return };
    let _ = link.set_attribute("href", &data);
    let _ = link.set_attribute("download", &format!("{}.png", file_name(series.map_or("trends", SeriesId::as_str))));
    link.unchecked_into::<web_sys::HtmlElement>().click();
}

/// A name that any file system takes: letters, digits and hyphens of the text, at most 60.
pub fn file_name(text: &str) -> String {
    let kept: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = kept.split('-').filter(|word| !word.is_empty()).collect();
    let name: String = words.join("-").chars().take(60).collect();
    if name.is_empty() { "andon".to_owned() } else { format!("andon-{name}") }
}
