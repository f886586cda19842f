//! On which side of the wire this code runs. Everything else is the same on both.

/// True in the server: it writes what the browser leaves as it is (drawings, tables of figures).
pub const ON_SERVER: bool = cfg!(feature = "ssr");
