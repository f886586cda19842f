//! A tenant: the plant or company whose rows a viewer may see.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A tenant's name in addresses: letters, digits, `-` and `_`, at most 63 of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(String);

/// Why a text is no tenant's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot name a tenant; use 1 to 63 letters, digits, - or _")]
pub struct NotATenantId(pub String);

impl TenantId {
    /// The tenant that owns every source where nothing is configured.
    pub fn default_tenant() -> Self {
        Self("default".to_owned())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TenantId {
    type Error = NotATenantId;

    fn try_from(text: String) -> Result<Self, NotATenantId> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if (1..=63).contains(&text.len()) && text.bytes().all(allowed) { Ok(Self(text)) } else { Err(NotATenantId(text)) }
    }
}

impl std::str::FromStr for TenantId {
    type Err = NotATenantId;

    fn from_str(text: &str) -> Result<Self, NotATenantId> {
        Self::try_from(text.to_owned())
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> Self {
        id.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_addresses_can_carry() {
        for text in ["default", "acme", "plant_7", "A-b", &"x".repeat(63)] {
            assert!(text.parse::<TenantId>().is_ok(), "{text}");
        }
        for text in ["", "a b", "a/b", "ä", "..", "a.b", "a'b", &"x".repeat(64)] {
            assert!(text.parse::<TenantId>().is_err(), "{text}");
        }
    }
}
