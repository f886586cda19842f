//! The clock of the side that asks. Views never read it, or server and browser would disagree.

use domain::Timestamp;

/// Now, by the server's clock.
#[cfg(not(target_arch = "wasm32"))]
pub fn now() -> Timestamp {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp::from_us(since_epoch.map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX)))
}

/// Now, by the browser's clock.
#[cfg(target_arch = "wasm32")]
pub fn now() -> Timestamp {
    Timestamp::from_us((js_sys::Date::now() * 1_000.0) as i64)
}
