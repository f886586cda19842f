//! The pages that are no boards, and the frame around boards.

mod board;
mod home;
mod not_found;
mod tenant;

pub use board::BoardPage;
pub use home::Home;
pub use not_found::NotFound;
pub use tenant::TenantHome;
