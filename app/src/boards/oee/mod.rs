//! What the boards of OEE share: words, numbers, the choice of a window, and asking again.

pub mod feed;
pub mod frame;
pub mod words;
