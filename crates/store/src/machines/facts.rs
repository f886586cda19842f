//! Facts as rows, and what one made other than the one before.
