//! Pieces that several pages share.

pub mod download;
pub mod html;
pub mod links;
pub mod patch;
pub mod plot;
pub mod shortcuts;
pub mod theme;
pub mod ticking;
pub mod top_bar;
