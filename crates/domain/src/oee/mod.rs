//! OEE: from states, stops, counts and calendars to times, losses, ratios and money.
//!
//! Terms and formulae follow ISO 22400-2 and the conventions of oee.com. Integers go in (microseconds, counts, minor units of
//! money) and are only added; ratios are taken once, at the edge. `as_of` is an argument, because nothing here knows a clock.

pub mod policy;

pub mod field;
pub mod state;

pub mod counter;
pub mod log;

pub mod counts;
pub mod product;

pub mod wall;

pub mod calendar;
pub mod correction;
pub mod evidence;

pub mod stop;
pub mod timeline;

pub mod figures;
pub mod ladder;

pub mod interval;
pub mod losses;
pub mod money;
pub mod ratio;
pub mod ratios;

pub mod flags;
pub mod rollup;

pub mod explain;
pub mod history;
pub mod pareto;
pub mod shift_plan;
pub mod strip;
pub mod target;
pub mod what_if;

pub use calendar::{Calendar, Plan};
pub use counts::{Counts, Made};
pub use evidence::Evidence;
pub use figures::Figures;
pub use flags::Flag;
pub use policy::Policy;
pub use product::{Dated, ProductId, Products, Standard};
pub use ratios::Ratios;
pub use state::{Category, Class, ReasonId, Span, StateId};
pub use timeline::Timeline;
