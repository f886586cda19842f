//! What the boards of OEE show: answers that travel, made of a plant's model and the evidence of its machines. Pure, like
//! the figures in them: the server, a test and a report make the same answer of the same evidence.

pub mod period;

pub mod tile;

pub mod lost;
pub mod roll;

pub mod share;

pub mod plant;

pub mod only;
pub mod stops;

mod compared;

pub mod priced;

pub mod machine;

pub use machine::MachineAnswer;
pub use period::{Asked, Frame, Period};
pub use plant::PlantAnswer;
pub use tile::Tile;
