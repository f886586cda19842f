//! The clock of the side that asks. Views never read it, or server and browser would disagree.

pub use crate::side::now;
