//! Pieces that several pages share.

pub mod download;
pub mod html;
pub mod links;
pub mod plot;
pub mod shortcuts;
pub mod theme;
pub mod top_bar;
