//! Pieces that several pages share.

pub mod choice;
pub mod download;
pub mod html;
pub mod plot;
pub mod theme;
pub mod top_bar;
