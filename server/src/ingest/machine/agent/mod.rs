//! An MTConnect agent. It keeps the last so many observations in a buffer, each with a sequence: what it still holds is
//! caught up with, then it streams what is new. What we lost sight of, and for how long, is said.

mod choice;
mod client;
mod follow;
mod parts;
mod streams;

pub use follow::listen;
