//! Parts that people count: the form, what it comes to, and its filing. It is a plain form of the page, so that a machine without a
//! counter has its parts also where no script runs.

mod draft;
mod file;
mod form;

pub use file::file;
pub use form::{Scene, form};
